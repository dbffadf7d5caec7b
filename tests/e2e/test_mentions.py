"""A file may mention environment variables and other files: what they say counts as what the file itself says."""

from __future__ import annotations

import pytest

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component
from graphbuild.contract.source import Mentions, SourceFile
from graphbuild.errors import ExitCode
from graphbuild.execution.result import Outcome
from tests.conftest import Workspace


class Template(Component):
    """Fills `$NAME` from the environment and `@path` from other files."""

    kind = "importer"

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:
        words = content.decode().split()
        variables = tuple(word[1:] for word in words if word.startswith("$"))
        return Mentions(variables, tuple(word[1:] for word in words if word.startswith("@")))

    def apply(self, source: SourceFile) -> JsonValue:
        return JsonValue([self._filled(word, source) for word in source.read_text().split()])

    def _filled(self, word: str, source: SourceFile) -> str | None:
        if word.startswith("$"):
            return source.variables[word[1:]]
        if word.startswith("@"):
            other = source.others[word[1:]]
            return None if other is None else other.read_text()
        return word


@pytest.fixture
def project(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("CITY", "Rome")
    workspace.recipe("nodes:\n  text: {uses: 'tests.e2e.test_mentions:Template', reads: data}\n")
    workspace.write("data/a.txt", "to $CITY with @lists/bags.txt @near")
    workspace.write("lists/bags.txt", "two bags")
    workspace.write("data/near", "")
    (workspace.project / "data" / "near").unlink()
    return workspace


def value(workspace: Workspace) -> object:
    report = workspace.build()
    assert report.code is ExitCode.DONE, report.problems
    return workspace.value(report, "text@data/a.txt")


def outcome(workspace: Workspace) -> tuple[Outcome, tuple[str, ...]]:
    (node,) = workspace.build().result.nodes.values()
    return node.outcome, tuple(reason.detail for reason in node.reasons)


def test_what_is_mentioned_is_there_to_read(project: Workspace) -> None:
    assert value(project) == ["to", "Rome", "with", "two bags", None]
    assert outcome(project) == (Outcome.HIT, ())


def test_a_changed_variable_runs_the_importer_and_is_the_reason(
    project: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    value(project)
    monkeypatch.setenv("CITY", "Oslo")
    why = "the environment variable CITY changed, which data/a.txt mentions"
    assert outcome(project) == (Outcome.RUN, (why,))
    monkeypatch.setenv("CITY", "Rome")
    assert outcome(project) == (Outcome.HIT, ())
    monkeypatch.delenv("CITY")
    assert value(project) == ["to", None, "with", "two bags", None]


def test_a_changed_file_does_too_and_one_that_appears(project: Workspace) -> None:
    value(project)
    project.write("lists/bags.txt", "one bag")
    assert outcome(project) == (Outcome.RUN, ("lists/bags.txt changed, which data/a.txt mentions",))
    project.write("near", "here")
    assert value(project) == ["to", "Rome", "with", "one bag", "here"]
    (project.project / "near").unlink()
    project.write("data/near", "beside")
    assert value(project) == ["to", "Rome", "with", "one bag", "beside"]


def test_other_variables_and_files_change_nothing(project: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    value(project)
    monkeypatch.setenv("TOWN", "Oslo")
    project.write("lists/coats.txt", "a coat")
    assert outcome(project) == (Outcome.HIT, ())


@pytest.mark.parametrize("word", ["@../secret", "@/etc/hostname", "@link", "@lists", "@" + "x" * 5000, "@a\x00b"])
def test_no_file_outside_of_the_project_is_touched(project: Workspace, word: str) -> None:
    (project.project.parent / "secret").write_text("secret")
    (project.project / "link").symlink_to(project.project.parent / "secret")
    project.write("data/a.txt", f"x {word}")
    assert value(project) == ["x", None]
