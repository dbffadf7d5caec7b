"""An action that is broken off goes on from its last checkpoint, and makes what it makes undisturbed.

Checkpoints are kept after each step here (0 s); the one of the step before the last may still be under way when a
process is killed.
"""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport
from graphbuild.errors import ExitCode
from graphbuild.execution.checkpointing import VARIABLE
from graphbuild.execution.events import NodeResumed
from graphbuild.store.checkpoints import FOLDER, KEEP_S, MOST
from tests.checkpoint_toys import FAULT_VARIABLE
from tests.conftest import Workspace, digest_of
from tests.toys import calls

RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  sums: {uses: "tests.checkpoint_toys:Adds", needs: {text: read}, with: {tag: sums}}
targets: {model: [sums]}
"""
STEPS = 10


@pytest.fixture(autouse=True)
def _each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "0")


def write(workspace: Workspace, text: str = "four") -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", text)


def steps(workspace: Workspace) -> list[int]:
    """The steps that were taken since this was last asked."""
    found = [int(line.split()[1]) for line in calls(workspace.log) if line.startswith("Adds.step")]
    workspace.log.unlink(missing_ok=True)
    return found


def kept(workspace: Workspace) -> list[Path]:
    return sorted(one for one in (workspace.store / FOLDER).glob("*/[0-9]*"))


def resumed(workspace: Workspace) -> list[tuple[int, int]]:
    return [(one.done, one.total) for one in workspace.events if isinstance(one, NodeResumed)]


def undisturbed(tmp_path: Path, text: str = "four") -> str:
    """The digest that a build makes that keeps nothing and is not broken off."""
    alone = Workspace(tmp_path / "undisturbed")
    write(alone, text)
    os.environ[VARIABLE] = "off"
    try:
        return digest_of(alone.build(), "sums:train", "state")
    finally:
        os.environ[VARIABLE] = "0"


def done(report: BuildReport) -> str:
    assert report.code is ExitCode.DONE, report.problems
    return digest_of(report, "sums:train", "state")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_c13_a_killed_action_goes_on_and_ends_in_the_same_bytes(
    workspace: Workspace, tmp_path: Path, jobs: str
) -> None:
    """In one process the build dies; with jobs the process that trains, and the build fails."""
    write(workspace)
    ended = workspace.run("build", "--jobs", jobs, **{FAULT_VARIABLE: "kill 7"})
    assert ended.returncode == (-signal.SIGKILL if jobs == "1" else 1)
    assert steps(workspace) == list(range(1, 8))
    (left,) = {file.parent for file in kept(workspace)}
    again = workspace.run("build", "--jobs", jobs)
    assert again.returncode == 0, again.stderr
    taken = steps(workspace)
    assert taken in ([7, 8, 9, 10], [8, 9, 10])
    assert f"goes on from epoch {taken[0] - 1} of {STEPS}" in again.stdout
    assert not left.exists()
    assert done(workspace.build()) == undisturbed(tmp_path)


def test_the_build_that_is_killed_with_its_processes_goes_on(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace)
    waits = tmp_path / "waits"
    running = workspace.start("build", "--jobs", "2", **{FAULT_VARIABLE: "wait 7", "TOYS_WAITS": str(waits)})
    while not waits.exists():
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    running.kill()
    running.communicate()
    steps(workspace)
    assert done(workspace.build()) == undisturbed(tmp_path)
    assert steps(workspace)[0] in (7, 8)
    assert not kept(workspace)


def test_ctrl_c_leaves_what_was_come_to(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "interrupt 7")
    assert workspace.build().code is ExitCode.INTERRUPTED
    monkeypatch.delenv(FAULT_VARIABLE)
    steps(workspace)
    assert done(workspace.build()) == undisturbed(tmp_path)
    assert resumed(workspace) == [(7, STEPS)], "what was being written is waited for"
    assert not kept(workspace)


def test_one_that_fails_goes_on_too(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 4")
    assert workspace.build().code is ExitCode.FAILED
    monkeypatch.setenv(FAULT_VARIABLE, "raise 8")
    assert workspace.build().code is ExitCode.FAILED
    assert resumed(workspace) == [(4, STEPS)]
    monkeypatch.delenv(FAULT_VARIABLE)
    done(workspace.build())
    assert resumed(workspace) == [(8, STEPS)]
    assert steps(workspace) == list(range(1, STEPS + 1)), "each step was taken once"


def test_there_is_one_checkpoint_of_an_action_and_none_when_it_is_done(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    (file,) = kept(workspace)
    assert re.fullmatch(rf"5-{STEPS}-[0-9a-f]{{64}}", file.name)
    assert file.stat().st_mode & 0o777 == 0o400
    monkeypatch.delenv(FAULT_VARIABLE)
    done(workspace.build())
    assert not list((workspace.store / FOLDER).iterdir())


def test_an_edit_begins_at_the_start_and_going_back_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    steps(workspace)
    monkeypatch.delenv(FAULT_VARIABLE)
    write(workspace, "other words")
    done(workspace.build())
    assert steps(workspace) == list(range(1, STEPS + 1))
    assert len(kept(workspace)) == 1
    write(workspace)
    done(workspace.build())
    assert steps(workspace) == list(range(6, STEPS + 1))


def test_what_is_forced_begins_at_the_start(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    steps(workspace)
    monkeypatch.delenv(FAULT_VARIABLE)
    assert done(workspace.build(force=True)) == undisturbed(tmp_path)
    assert resumed(workspace) == []
    assert steps(workspace)[:STEPS] == list(range(1, STEPS + 1))


def test_a_check_begins_at_the_start(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    steps(workspace)
    ended = workspace.run("check", **{FAULT_VARIABLE: ""})
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert steps(workspace) == 2 * list(range(1, STEPS + 1))
    assert len(kept(workspace)) == 1, "the store itself stays as it is"


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-8])


def alter(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("harm", [cut_short, alter, empty])
def test_c4_c5_what_is_altered_is_set_aside_and_the_action_begins_at_the_start(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, harm: object
) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    steps(workspace)
    (file,) = kept(workspace)
    file.chmod(0o600)
    assert callable(harm)
    harm(file)
    monkeypatch.delenv(FAULT_VARIABLE)
    assert done(workspace.build()) == undisturbed(tmp_path)
    assert steps(workspace)[:STEPS] == list(range(1, STEPS + 1))
    assert len(list((workspace.store / "quarantine").glob("checkpoint-*.reason"))) == 1


def test_c3_the_checkpoint_of_another_action_is_passed_over(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Copied to the place of this one, whole as it is."""
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    write(workspace, "other words")
    workspace.build()
    (foreign,) = kept(workspace)
    write(workspace)
    workspace.build()
    (own,) = (file for file in kept(workspace) if file.parent != foreign.parent)
    own.unlink()
    (own.parent / foreign.name).write_bytes(foreign.read_bytes())
    steps(workspace)
    monkeypatch.delenv(FAULT_VARIABLE)
    assert done(workspace.build()) == undisturbed(tmp_path)
    assert steps(workspace)[:STEPS] == list(range(1, STEPS + 1))


def test_c20_it_is_json_and_arrays(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from safetensors import safe_open

    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    (file,) = kept(workspace)
    with safe_open(file, "numpy") as opened:
        about = json.loads(opened.metadata()["graphbuild"])
        assert opened.get_tensor("sums").shape == (3,)
    assert about["key"] == f"blake3:{file.parent.name}"
    assert (about["type"], about["done"], about["total"], about["plain"]) == ("Checkpoint.v1", 5, STEPS, {"of": "sums"})


@pytest.mark.parametrize("every", ["off", "3600", "words", ""])
def test_short_trainings_keep_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, every: str) -> None:
    write(workspace)
    monkeypatch.setenv(VARIABLE, every)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    assert not (workspace.store / FOLDER).exists()


def test_c16_where_nothing_can_be_kept_the_training_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace)
    workspace.store.mkdir()
    (workspace.store / FOLDER).write_text("a file in the place of the folder")
    done(workspace.build())
    assert steps(workspace) == list(range(1, STEPS + 1))
    assert not list((workspace.store / "tmp").iterdir())


def test_a_state_that_json_cannot_hold_is_not_kept(workspace: Workspace) -> None:
    workspace.recipe(RECIPE.replace("{tag: sums}", "{tag: sums, is_odd: true}"))
    workspace.write("a.txt", "four")
    ended = workspace.run("build", **{VARIABLE: "0"})
    assert (ended.returncode, ended.stderr) == (0, "")
    assert steps(workspace) == list(range(1, STEPS + 1))


def test_c12_two_builds_at_once_train_once(workspace: Workspace, tmp_path: Path) -> None:
    write(workspace)
    waits = tmp_path / "waits"
    first = workspace.start("build", **{FAULT_VARIABLE: "wait 7", "TOYS_WAITS": str(waits)})
    while not waits.exists():
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    second = workspace.start("build")
    assert second.stdout is not None
    while "runs the same action" not in second.stdout.readline():
        assert second.poll() is None
    assert workspace.run("store", "gc", "--max-age", "0s").returncode == 0
    assert kept(workspace), "who runs it has a lease on it"
    first.kill()
    first.communicate()
    told, _ = second.communicate()
    assert second.returncode == 0
    assert "goes on from epoch" in told
    assert len(steps(workspace)) <= STEPS + 1


def test_explain_statistics_and_collections_tell_of_it(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    said = workspace.run("explain", "sums:train").stdout
    assert f"Its training was broken off, and goes on from epoch 5 of {STEPS}." in said
    (node,) = json.loads(workspace.run("explain", "sums:train", "--json").stdout)["nodes"]
    assert node["goes_on"] == {"done": 5, "total": STEPS}
    assert "checkpoints  1, " in workspace.run("store", "stats").stdout
    assert json.loads(workspace.run("store", "stats", "--json").stdout)["checkpoints"] == 1
    assert "1 checkpoints of trainings that run, or were broken off" in workspace.run("store", "gc").stdout
    dry = workspace.run("store", "gc", "--dry-run", "--max-age", "0s").stdout
    assert "would be removed: 1 checkpoints that no training goes on from" in dry
    assert kept(workspace)
    assert "removed: 1 checkpoints" in workspace.run("store", "gc", "--max-age", "0s").stdout
    assert not kept(workspace)
    assert "checkpoints" not in workspace.run("store", "stats").stdout


def test_what_was_left_long_ago_goes_by_itself(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does what many edits have left, but for the last."""
    monkeypatch.setenv(FAULT_VARIABLE, "raise 2")
    for number in range(MOST + 3):
        write(workspace, f"state {number}")
        workspace.build()
    assert MOST <= len(kept(workspace)) <= MOST + 1
    for file in kept(workspace):
        os.utime(file, (time.time() - KEEP_S - 60,) * 2)
    write(workspace, "a new one")
    monkeypatch.delenv(FAULT_VARIABLE)
    workspace.build()
    assert not kept(workspace)


def test_the_time_of_an_action_counts_what_it_took_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(workspace)
    monkeypatch.setenv(FAULT_VARIABLE, "raise 5")
    workspace.build()
    monkeypatch.delenv(FAULT_VARIABLE)
    report = workspace.build()
    result = report.result.nodes[next(one for one in report.result.nodes if one == "sums:train")]
    assert result.key is not None
    store = workspace.open()
    assert store.actions.lookup([result.key])[result.key].seconds > result.seconds
    store.close()
