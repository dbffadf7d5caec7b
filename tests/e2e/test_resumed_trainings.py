"""Trainings of networks that are killed in the midst of an epoch go on in another process, and end in the same bytes.

What the network is when it was built again is held against that of a build in another store that nothing disturbed and
that kept no checkpoint.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from graphbuild.execution.checkpointing import VARIABLE
from graphbuild.store.checkpoints import FOLDER
from tests.conftest import ROOT, Workspace

pytestmark = pytest.mark.slow
EPOCHS = 24
RECIPE = f"""
extends: recipe:light
vars: {{network_epochs: {EPOCHS}}}
nodes:
  diet:
    uses: DIETClassifier
    needs: {{messages: tokens, features: [regex_features, lexical, words, chars]}}
    with: {{epochs: {EPOCHS}, learning_rate_schedule: linear, drop_rate_attention: 0.1}}
  held:
    uses: DIETClassifier
    needs: {{messages: tokens, features: [words]}}
    with:
      epochs: {EPOCHS}
      evaluate_on_number_of_examples: 15
      evaluate_every_number_of_epochs: 2
      checkpoint_model: true
      early_stopping: true
      patience: 15
      clip_norm: 1.0
  ted:
    with: {{epochs: {EPOCHS}}}
  keras:
    uses: KerasPolicy
    needs: {{trackers: trackers}}
    with: {{epochs: {EPOCHS}, max_history: 4}}
"""
# ResponseSelector is DIET's network, UnexpecTEDIntentPolicy TED's. Those of TensorFlow that go on within one process:
# networks/test_trainings.py.
ALL = [*(("numpy", node) for node in ("diet", "held", "ted")), ("tensorflow", "keras")]


@pytest.fixture
def sample(workspace: Workspace) -> Workspace:
    """The sample's data."""
    folders = shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml")
    shutil.copytree(ROOT / "recipes" / "sample", workspace.project, dirs_exist_ok=True, ignore=folders)
    workspace.recipe(RECIPE)
    return workspace


def epochs(workspace: Workspace) -> list[int]:
    """The epochs that checkpoints in the store are of."""
    return [int(file.name.partition("-")[0]) for file in (workspace.store / FOLDER).glob("*/[0-9]*")]


def kill(workspace: Workspace, backend: str, *arguments: str, wanted: int = EPOCHS // 3) -> None:
    """Begins a build, and kills it some time after its training has come so far."""
    running = workspace.start(*arguments, **{"KERAS_BACKEND": backend, VARIABLE: "0"})
    while not any(one >= wanted for one in epochs(workspace)):
        assert running.poll() is None, running.communicate()
        time.sleep(0.005)
    time.sleep(random.Random(backend).random() / 20)
    running.kill()
    running.communicate()
    assert running.returncode == -signal.SIGKILL


def events(log: Path, kind: str, node: str) -> list[Any]:
    """What the log of builds has of a node."""
    found = map(json.loads, log.read_text().splitlines())
    return [one for one in found if one["event"] == kind and one.get("node") == f"{node}:train"]


def undisturbed(sample: Workspace, tmp_path: Path, backend: str, node: str) -> dict[str, str]:
    """The outputs of a network in another store, where no checkpoint is kept."""
    store, log = tmp_path / "other", tmp_path / "other.log"
    line = ("--store", str(store), "build", node, "--log", str(log))
    ended = sample.run(*line, **{"KERAS_BACKEND": backend, VARIABLE: "off"})
    assert ended.returncode == 0, ended.stderr
    assert not (store / FOLDER).exists()
    (finished,) = events(log, "node_finished", node)
    return dict(finished["outputs"])


@pytest.mark.parametrize(("backend", "node"), ALL)
def test_a_killed_training_ends_in_the_same_bytes(sample: Workspace, tmp_path: Path, backend: str, node: str) -> None:
    line = ("build", node, "--jobs", "2" if node in ("ted", "keras") else "1", "--log", str(tmp_path / "log"))
    kill(sample, backend, *line)
    again = sample.run(*line, KERAS_BACKEND=backend)
    assert again.returncode == 0, again.stderr
    (resumed,) = events(tmp_path / "log", "node_resumed", node)
    assert EPOCHS // 3 <= resumed["done"] < resumed["total"] == EPOCHS
    assert f"goes on from epoch {resumed['done']} of {EPOCHS}" in again.stdout
    assert not epochs(sample)
    (finished,) = events(tmp_path / "log", "node_finished", node)
    assert finished["outputs"] == undisturbed(sample, tmp_path, backend, node)


def test_one_that_is_killed_again_and_again_ends_in_the_same_bytes(sample: Workspace, tmp_path: Path) -> None:
    """Each time it comes further."""
    line = ("build", "ted", "--log", str(tmp_path / "log"))
    environment = {"KERAS_BACKEND": "numpy", VARIABLE: "0"}
    for wanted in (5, 10, 17):
        kill(sample, "numpy", *line, wanted=wanted)
    ended = sample.run(*line, **environment)
    assert ended.returncode == 0, ended.stderr
    begun = [one["done"] for one in events(tmp_path / "log", "node_resumed", "ted")]
    assert len(begun) == 3
    assert begun[0] >= 5
    assert begun[1] >= 10
    assert begun[2] >= 17
    (finished,) = events(tmp_path / "log", "node_finished", "ted")
    assert finished["outputs"] == undisturbed(sample, tmp_path, "numpy", "ted")
