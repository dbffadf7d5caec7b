"""Many jobs give what one gives."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest

from graphbuild.builder import build
from graphbuild.errors import ExitCode
from graphbuild.execution.events import Event, NodeProgress
from tests.conftest import Workspace, digest_of
from tests.toys import calls

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  loud:  {uses: "tests.toys:Concat", needs: {texts: read}, with: {tag: loud, separator: " "}}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: read, text: loud}, with: {tag: know}}
  slow:  {uses: "tests.toys:SlowCommand", needs: {text: loud}, with: {tag: slow}}
  seed:  {uses: "tests.toys:Seeded", with: {tag: seed}}
  told:  {uses: "tests.toys:CountCalls", needs: {values: [know, slow]}, with: {tag: told}}
targets: {model: [told, seed]}
"""


def begin(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    for number in range(6):
        workspace.write(f"data/{number}.txt", f"word{number % 3} and")


@pytest.mark.slow
def test_two_jobs_give_the_results_of_one(workspace: Workspace) -> None:
    begin(workspace)
    first = workspace.build(jobs=2)
    assert first.code is ExitCode.DONE
    ran = workspace.ran()
    outputs = {name: node.outputs for name, node in first.result.nodes.items()}
    forced = workspace.build(jobs=1, force=True)
    assert {name: node.outputs for name, node in forced.result.nodes.items()} == outputs
    assert forced.result.diverged == ()
    assert set(ran) == {"read", "loud", "know", "slow", "seed", "told"}
    workspace.expect(jobs=2)


@pytest.mark.slow
def test_progress_of_processes_is_told(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build(jobs=2)
    assert [event.facts for event in workspace.events if type(event).__name__ == "NodeProgress"] == [{"examples": 6.0}]


@pytest.mark.slow
def test_jobs_really_run_at_the_same_time(workspace: Workspace) -> None:
    """Each of two nodes waits for a word of the other: one at a time would never end."""
    for kind in ("Slow", "SlowCommand"):
        gates = [workspace.project.parent / f"{kind}{number}" for number in range(2)]
        for gate in gates:
            os.mkfifo(gate)
        nodes = "".join(
            f'  s{number}: {{uses: "tests.toys:{kind}", needs: {{text: t{number}}}, '
            f'with: {{tag: s{number}, gate: "{gate}"}}}}\n'
            f'  t{number}: {{uses: "tests.toys:Constant", with: {{tag: t{number}, value: "{kind}{number}"}}}}\n'
            for number, gate in enumerate(gates)
        )
        workspace.recipe(f"nodes:\n{nodes}")
        running = workspace.start("build", "--jobs", "2")
        while sorted(line for line in calls(workspace.log) if " s" in line) != [f"{kind}.apply s{n}" for n in range(2)]:
            os.sched_yield()
        for gate in gates:
            gate.write_text("")
        _, err = running.communicate(timeout=30)
        assert running.returncode == 0, err
        workspace.ran()


@pytest.mark.slow
def test_a_users_component_runs_in_other_processes(workspace: Workspace) -> None:
    workspace.write(
        "own.py",
        "from graphbuild.contract.artifact import JsonValue\nfrom graphbuild.contract.component import Component\n\n\n"
        "class Own(Component):\n    def apply(self) -> JsonValue:\n        return JsonValue(7)\n",
    )
    workspace.recipe('nodes: {own: {uses: "own:Own"}, more: {uses: "tests.toys:CountCalls", needs: {values: own}}}')
    report = workspace.build(jobs=2)
    assert report.code is ExitCode.DONE, report.problems
    assert workspace.value(report, "more") == [7]
    assert digest_of(report, "own")


TALKS = """
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component


class Talks(Component):
    def apply(self) -> JsonValue:
        while True:
            self.context.progress(1, 2, {"loss": 1.0})
"""


@pytest.mark.slow
def test_a_process_that_is_stopped_in_the_middle_of_a_word_holds_nobody_up(workspace: Workspace) -> None:
    """Nobody takes what it says, so that it stands in its call when it is stopped."""
    workspace.write("talks.py", TALKS)
    workspace.recipe('nodes: {on: {uses: "talks:Talks"}}')
    spoke, ended = threading.Event(), threading.Event()

    def listen(event: Event) -> None:
        if isinstance(event, NodeProgress):
            spoke.set()
            ended.wait()

    try:
        report = build(replace(workspace.request, jobs=2), listen, spoke.is_set)
    finally:
        ended.set()
    assert report.code is ExitCode.INTERRUPTED
