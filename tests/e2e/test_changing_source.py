"""A source that changes while it is read: the result belongs to no known input, so it is made again or not at all."""

from __future__ import annotations

from pathlib import Path

from graphbuild.errors import ExitCode
from graphbuild.execution.result import Outcome
from tests.conftest import Workspace

RECIPE = """
nodes:
  read: {uses: "restless:Restless", reads: [a.txt], with: {tag: read, times: %d}}
  loud: {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
"""
COMPONENT = '''
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceFile
from tests.toys import Toy, ToyOptions


class Restless(Toy):
    """Somebody saves the file while it is read, some times: the text is one more x each time."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(ToyOptions):
        times: int = option(0, "How often.", display_only=True)

    def apply(self, source: SourceFile) -> JsonValue:
        self._ran("apply")
        text = source.read_text()
        if len(text) <= self.config.times:
            Path(source.path).write_text(text + "x")
        return JsonValue(text)
'''


def begin(workspace: Workspace, times: int) -> Path:
    workspace.write("restless.py", COMPONENT)
    workspace.recipe(RECIPE % times)
    return workspace.write("a.txt", "x")


def test_c14_it_is_read_again_and_the_last_state_counts(workspace: Workspace) -> None:
    begin(workspace, 2)
    report = workspace.expect("read", "read", "read", "loud")
    assert workspace.value(report, "loud") == "XXX"
    workspace.expect()


def test_c14_nothing_is_recorded_when_it_never_comes_to_rest(workspace: Workspace) -> None:
    file = begin(workspace, 10)
    report = workspace.build()
    assert report.code is ExitCode.FAILED
    assert report.result.nodes["read@a.txt"].outcome is Outcome.FAILED
    assert "keeps changing" in report.problems[0].what
    assert report.problems[0].location is not None
    assert report.problems[0].location.path == "a.txt"
    store = workspace.open()
    assert store.count("actions") == 0
    store.close()
    workspace.recipe(RECIPE % 0)
    file.write_text("xxxx")
    report = workspace.expect("read", "loud")
    assert workspace.value(report, "loud") == "XXXX"


def test_a_file_that_goes_while_it_is_read_fails_its_node(workspace: Workspace) -> None:
    workspace.write("restless.py", COMPONENT.replace('write_text(text + "x")', "unlink()"))
    workspace.recipe(RECIPE % 1)
    workspace.write("a.txt", "x")
    report = workspace.build()
    assert report.code is ExitCode.USAGE
    assert report.problems[0].location is not None
    assert report.problems[0].location.path == "a.txt"
