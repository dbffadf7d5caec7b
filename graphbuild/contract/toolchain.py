"""Toolchain: the versions that a result depends on, as far as its component declares them.

Versions come from the installed distributions' metadata, which is slow to read; `site_folders` gives what a cache of
them may be checked against, because installing or removing a distribution changes its folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def interpreter() -> dict[str, str]:
    """What every action depends on: Python's minor version and the machine's architecture."""
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "machine": os.uname().machine}


def versions(distributions: Sequence[str]) -> Mapping[str, str]:
    """The installed version of each distribution; those that are not installed are left out."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in sorted(distributions):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def variables(names: Sequence[str]) -> Mapping[str, str]:
    """The values of variables of the environment; those that are not set, or are empty, are left out."""
    return {name: os.environ[name] for name in sorted(names) if os.environ.get(name)}


def site_folders() -> list[Path]:
    """The folders on the import path that hold installed distributions."""
    return [Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages"))]
