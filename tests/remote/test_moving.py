"""`store push`, `store pull`, and what other commands of the store tell of a remote."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Workspace, digest_of
from tests.remote.clones import cloned, first, objects


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return tmp_path / "remote"


def test_a_package_is_pushed_and_pulled_by_its_name(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    done = first(workspace, "").expect("loud", "read", "twice")
    assert done.model is not None
    ended = workspace.run("store", "push", str(done.model), "--remote", str(remote), "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["results"] == 3
    assert len(objects(remote, "actions.v1")) == 3
    again = json.loads(workspace.run("store", "push", "--remote", str(remote), "--json").stdout)
    assert (again["results"], again["bytes_sent"]) == (3, 0)
    other = cloned(workspace, tmp_path / "other")
    ended = other.run("store", "pull", done.model.name, "--remote", str(remote))
    assert ended.returncode == 0, ended.stderr
    assert "3 results and 3 blobs are here" in ended.stdout
    assert other.blob(digest_of(done, "read")).exists()
    other.request = replace(other.request, remote="")
    other.expect()
    ended = other.run("store", "pull", "nobody-pushed-this.tar.gz", "--remote", str(remote))
    assert ended.returncode == 2
    assert "there is no package" in ended.stderr


def test_what_is_elsewhere_is_not_lost(workspace: Workspace, remote: Path, tmp_path: Path) -> None:
    first(workspace, str(remote)).expect("loud", "read", "twice")
    other = cloned(workspace, tmp_path / "other")
    other.expect()
    assert other.run("store", "verify").returncode == 0
    found = json.loads(other.run("store", "stats", "--json", GRAPHBUILD_REMOTE=str(remote)).stdout)
    assert found["remote"]["far_blobs"] == 2
    pulled = other.run("--remote", str(remote), "store", "pull", "last")
    assert pulled.returncode == 0, pulled.stderr
    assert json.loads(other.run("store", "stats", "--json", GRAPHBUILD_REMOTE=str(remote)).stdout)["blobs"] == 3


def test_commands_say_what_is_missing(workspace: Workspace, tmp_path: Path) -> None:
    first(workspace, "").expect("loud", "read", "twice")
    ended = workspace.run("store", "push")
    assert (ended.returncode, "no remote store is set" in ended.stderr) == (2, True)
    ended = workspace.run("store", "push", "--remote", "gs://bucket")
    assert ended.returncode == 1
    assert "graphbuild[gs]" in ended.stderr
    ended = workspace.run("build", "--remote", "nonsense://x")
    assert ended.returncode == 0
    assert "nonsense" in workspace.run("build", "--force", "--remote", "nonsense://x").stdout
