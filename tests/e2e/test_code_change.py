"""Edits of a user's own components: code counts, also in helpers that they import; comments and docstrings do not."""

from __future__ import annotations

import os
import sys

import pytest

from graphbuild.builder import build, plan
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.plan.decision import ReasonKind, Verdict
from tests.conftest import Workspace

RECIPE = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: word}}
  mine:  {uses: "mine.parts:Shout", needs: {text: one}, with: {tag: mine}}
  other: {uses: "mine.other:Whisper", needs: {text: one}, with: {tag: other}}
targets: {model: [mine, other]}
"""
PARTS = '''
"""My components."""
from graphbuild.contract.artifact import JsonValue
from mine.helper import loud
from tests.toys import Toy


class Shout(Toy):
    """Shouts."""

    def apply(self, text: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue(loud(text.value))
'''
OTHER = '''
from graphbuild.contract.artifact import JsonValue
from tests.toys import Toy


class Whisper(Toy):
    """Whispers."""

    def apply(self, text: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue(text.value.lower())
'''
HELPER = '''
def loud(text: str) -> str:
    """The text, loud."""
    return text + "!"
'''


def begin(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    for name, text in (("parts", PARTS), ("other", OTHER), ("helper", HELPER), ("__init__", "")):
        workspace.write(f"mine/{name}.py", text)
    report = workspace.expect("one", "mine", "other")
    assert workspace.value(report, "mine") == "word!"


def test_a_changed_helper_runs_what_imports_it_and_is_the_reason(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("mine/helper.py", HELPER.replace('"!"', '"!!"'))
    made = plan(workspace.request)
    (name,) = [name for name, one in made.decisions.items() if one.verdict is Verdict.RUN]
    (reason,) = made.decisions[name].reasons
    assert (name, reason.kind, reason.subject) == ("mine:apply", ReasonKind.CODE, "mine.helper")
    report = workspace.expect("mine")
    assert workspace.value(report, "mine") == "word!!"
    workspace.write("mine/helper.py", HELPER)
    workspace.expect()


def test_comments_docstrings_and_formatting_cost_nothing(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("mine/helper.py", HELPER.replace("The text, loud.", "Loud.").replace("return", "# why\n    return"))
    workspace.write("mine/parts.py", PARTS.replace('"""Shouts."""', '"""Shouts at everybody."""  # a comment'))
    workspace.expect()
    workspace.write("mine/helper.py", HELPER.replace("text: str) ->", "text: str,\n) ->"))
    workspace.expect()


def test_edits_of_equal_size_within_a_second_run_the_new_code(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's own bytecode cache goes by whole seconds and size; the result must be the new code's."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    begin(workspace)
    for mark in "?.;:":
        workspace.write("mine/helper.py", HELPER.replace('"!"', f'"{mark}"'))
        report = workspace.expect("mine")
        assert workspace.value(report, "mine") == f"word{mark}"


def test_so_they_do_from_the_command_line(workspace: Workspace) -> None:
    begin(workspace)
    assert workspace.run("build", "--force", PYTHONDONTWRITEBYTECODE="").returncode == 0
    status = (workspace.project / "mine/helper.py").stat()
    helper = workspace.write("mine/helper.py", HELPER.replace('"!"', '"?"'))
    os.utime(helper, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert workspace.run("build", PYTHONDONTWRITEBYTECODE="").returncode == 0
    report = workspace.build()
    assert workspace.value(report, "mine") == "word?"


def test_a_new_base_class_and_a_removed_import_are_seen(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("mine/base.py", "from tests.toys import Toy\n\n\nclass Base(Toy):\n    bonus = 1\n")
    workspace.write(
        "mine/other.py",
        OTHER.replace("from tests.toys import Toy", "from mine.base import Base").replace("(Toy)", "(Base)"),
    )
    workspace.expect("other")
    workspace.write("mine/base.py", "from tests.toys import Toy\n\n\nclass Base(Toy):\n    bonus = 2\n")
    workspace.expect("other")


def test_a_file_nobody_imports_costs_nothing(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("mine/unused.py", "X = 1\n")
    workspace.expect()


def test_two_projects_may_have_modules_of_the_same_name(workspace: Workspace) -> None:
    begin(workspace)
    other = Workspace(workspace.project.parent / "second")
    other.log = workspace.log
    other.recipe(RECIPE)
    for name, text in (("parts", PARTS), ("other", OTHER), ("helper", HELPER.replace('"!"', '"#"')), ("__init__", "")):
        other.write(f"mine/{name}.py", text)
    report = other.expect("one", "mine", "other")
    assert other.value(report, "mine") == "word#"
    workspace.expect()


def test_a_module_that_raises_is_told_with_its_line_and_the_recipes(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("mine/helper.py", f"{HELPER}\n\nraise RuntimeError('no voice')\n")
    with pytest.raises(RecipeError) as caught:
        plan(workspace.request)
    assert caught.value.exit_code is ExitCode.USAGE
    (problem,) = caught.value.problems
    assert (problem.what, str(problem.location)) == (
        "cannot import `mine.parts`: RuntimeError: no voice",
        "graphbuild.yml:5:17",
    )
    assert dict(problem.facts)["raised at"] == "mine/helper.py:7: raise RuntimeError('no voice')"


SAVES = '''
from pathlib import Path

from graphbuild.contract.artifact import JsonValue
from tests.toys import Toy


class Saves(Toy):
    """Saves another text as the helper, as somebody might while a build runs."""

    def apply(self, text: JsonValue) -> JsonValue:
        helper = Path(__file__).with_name("helper.py")
        if text.value == "save":
            helper.write_text(helper.read_text().replace('"!"', '"?"'))
        return text
'''


def test_code_that_is_saved_while_a_build_runs_makes_nothing_that_is_kept(workspace: Workspace) -> None:
    begin(workspace)
    recipe = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: save}}
  first: {uses: "mine.saves:Saves", needs: {text: one}, with: {tag: first}}
  mine:  {uses: "mine.parts:Shout", needs: {text: first}, with: {tag: mine}}
targets: {model: [mine]}
"""
    workspace.recipe(recipe)
    workspace.write("mine/saves.py", SAVES)
    report = build(workspace.request)
    assert report.code is ExitCode.FAILED
    (problem,) = report.problems
    assert problem.what == "the code of `mine.helper` changed while this was built"
    assert problem.location is not None
    assert problem.location.path == "mine/helper.py"
    assert workspace.value(build(workspace.request), "mine") == "save?"
    workspace.write("mine/helper.py", HELPER)
    assert workspace.value(build(workspace.request), "mine") == "save!", "nothing of the other code is under this key"
