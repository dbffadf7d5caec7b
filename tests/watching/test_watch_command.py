"""`graphbuild watch`, in a process of its own: what is saved is built, once, and nothing else is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.watching.watcher import Watcher, ran

RECIPE = """
nodes:
  text: {uses: "tests.toys:ReadText", source: "data/*.txt", with: {tag: text}}
  up:   {uses: "tests.toys:Upper", needs: {text: text}, with: {tag: up}}
targets: {model: [up]}
"""
