"""Two builds at once on one store: both are right, and each action is run by one of them."""

from __future__ import annotations

import os
from pathlib import Path

from graphbuild.store.maintenance import verify
from tests.conftest import Workspace
from tests.toys import calls

RECIPE = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: one}}
  slow:  {uses: "tests.toys:Slow", needs: {text: one}, with: {tag: slow, gate: "%s"}}
  after: {uses: "tests.toys:Upper", needs: {text: slow}, with: {tag: after}}
"""


def test_the_second_waits_for_the_first_and_takes_its_result(workspace: Workspace) -> None:
    gate = workspace.project.parent / "gate"
    os.mkfifo(gate)
    workspace.recipe(RECIPE % gate)
    first = workspace.start("build", "--fixed-model-name", "first")
    while "Slow.apply slow" not in calls(workspace.log):
        os.sched_yield()
    second = workspace.start("build", "--fixed-model-name", "second")
    assert second.stdout is not None
    told = ""
    while "runs the same action" not in told:
        told = second.stdout.readline()
        assert told, "the second build ended without waiting"
    assert f"process {first.pid}" in told
    gate.write_text("")
    for build in (first, second):
        _, err = build.communicate(timeout=30)
        assert build.returncode == 0, err
    assert sorted(calls(workspace.log)) == ["Constant.apply one", "Slow.apply slow", "Upper.apply after"]
    models = [workspace.project / f"models/{name}.tar.gz" for name in ("first", "second")]
    assert models[0].read_bytes() == models[1].read_bytes()


def test_c12_a_waiter_takes_over_when_the_owner_dies(workspace: Workspace) -> None:
    gate = workspace.project.parent / "gate"
    os.mkfifo(gate)
    workspace.recipe(RECIPE % gate)
    first = workspace.start("build")
    while "Slow.apply slow" not in calls(workspace.log):
        os.sched_yield()
    second = workspace.start("build")
    assert second.stdout is not None
    while "runs the same action" not in second.stdout.readline():
        pass
    first.kill()
    first.communicate()
    while calls(workspace.log).count("Slow.apply slow") < 2:
        os.sched_yield()
    gate.write_text("")
    _, err = second.communicate(timeout=30)
    assert second.returncode == 0, err
    workspace.expect()


def test_c12_builds_that_begin_together_share_the_work(workspace: Workspace) -> None:
    names = [f"n{number}" for number in range(60)]
    nodes = "".join(
        f'  {name}: {{uses: "tests.toys:Concat", needs: {{texts: {names[max(0, number - 2)]}}},'
        f' with: {{tag: {name}, separator: "{number}"}}}}\n'
        for number, name in enumerate(names)
        if number
    )
    workspace.recipe(f'nodes:\n  n0: {{uses: "tests.toys:Constant", with: {{tag: n0, value: x}}}}\n{nodes}')
    builds = [workspace.start("build", "--fixed-model-name", f"m{number}") for number in range(3)]
    for build in builds:
        _, err = build.communicate(timeout=60)
        assert build.returncode == 0, err
    ran = [line.partition(" ")[2] for line in calls(workspace.log)]
    assert sorted(ran) == sorted(names)
    assert len({Path(workspace.project, f"models/m{number}.tar.gz").read_bytes() for number in range(3)}) == 1
    store = workspace.open()
    found = verify(store)
    assert (found.damaged, found.lost) == ((), ())
    assert store.count("divergences") == 0
    store.close()
