"""What a word after `graphbuild build` means: a group is packaged, a single node is only built."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.errors import BuildFailed, ExitCode, UsageError
from graphbuild.execution.result import Outcome
from tests.conftest import Workspace

RECIPE = """
nodes:
  lines: {uses: "tests.toys:ReadMessages", reads: data}
  loud:  {uses: "tests.toys:Upper", needs: {text: word}, with: {tag: loud}}
  word:  {uses: "tests.toys:Constant", with: {tag: word, value: hi}}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: word, text: word}, with: {tag: know}}
targets: {model: [know], other: [loud]}
"""


DOTTED = """
nodes:
  word.v1: {uses: "tests.toys:Constant", with: {tag: word.v1, value: hi}}
  know.v1: {uses: "tests.toys:LearnWords", needs: {examples: word.v1.output, text: word.v1}, with: {tag: know.v1}}
targets: {my.model: [know.v1]}
"""


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    workspace.write("data/a.txt", "one")
    workspace.write("data/b.txt", "two")
    workspace.recipe(RECIPE)
    return workspace


@pytest.mark.parametrize(
    ("words", "ran", "has_package"),
    [
        ((), {"word:apply", "know:train"}, True),
        (("other",), {"word:apply", "loud:apply"}, True),
        (("loud",), {"word:apply", "loud:apply"}, False),
        (("know",), {"word:apply", "know:train"}, False),
        (("know:train",), {"word:apply", "know:train"}, False),
        (("know:apply",), {"word:apply", "know:train", "know:apply"}, False),
        (("lines",), {"lines@data/a.txt", "lines@data/b.txt"}, False),
        (("lines@data/b.txt",), {"lines@data/b.txt"}, False),
        (("loud", "model"), {"word:apply", "loud:apply", "know:train"}, True),
    ],
)
def test_words(project: Workspace, words: tuple[str, ...], ran: set[str], has_package: bool) -> None:
    report = project.build(*words)
    assert report.code is ExitCode.DONE
    assert {str(name) for name, node in report.result.nodes.items() if node.outcome is Outcome.RUN} == ran
    assert (report.model is not None) is has_package
    assert project.build(*words).up_to_date


def test_the_name_of_a_package_stays_in_its_folder(project: Workspace) -> None:
    for name in ("../escaped", "/tmp/escaped", "a/../../escaped", "a/", "b/.tar.gz", "a\0b"):
        with pytest.raises(UsageError, match="the name of a package cannot be"):
            project.build(fixed_name=name)
    assert project.build(fixed_name="v1.2").model == project.project / "models" / "v1.2.tar.gz"


def test_a_package_that_cannot_be_written_says_where(project: Workspace) -> None:
    project.write("taken", "a file")
    with pytest.raises(BuildFailed, match="the package cannot be written"):
        project.build(out=Path("taken"))


def test_names_with_dots_are_names_everywhere(workspace: Workspace) -> None:
    workspace.recipe(DOTTED)
    workspace.expect("know.v1", "word.v1")
    for words in (
        ("build", "my.model"),
        ("build", "know.v1", "--no-package"),
        ("build", "know.v1:train", "--no-package"),
        ("explain", "know.v1"),
        ("query", "rdeps(word.v1)"),
        ("graph", "know.v1", "--format", "mermaid"),
    ):
        ran = workspace.run(*words)
        assert (ran.returncode, ran.stderr) == (0, ""), words
    assert "it depends on" in workspace.run("explain", "know.v1:train").stdout.lower()
