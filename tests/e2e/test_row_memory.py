"""A component that remembers computes the rows that are new, and makes what it would make without a memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphbuild.contract.digest import Digest
from graphbuild.errors import ExitCode
from graphbuild.execution import row_tables
from graphbuild.execution.result import RowsComputed
from graphbuild.execution.row_memory import RowTable
from graphbuild.store.memory import MemoryMemos
from tests import toys
from tests.conftest import Workspace, digest_of

RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt]}
  loud: {uses: "tests.row_toys:LoudLines", needs: {lines: read}, with: {mark: "%s"}}
targets: {model: [loud]}
"""


def lines(workspace: Workspace, **options: object) -> list[str]:
    """The lines that a build had to make."""
    workspace.log.unlink(missing_ok=True)
    report = workspace.build(**options)
    assert report.code is ExitCode.DONE, report.problems
    return [call.split()[1] for call in toys.calls(workspace.log) if "LoudLines" in call]


@pytest.fixture
def edited(workspace: Workspace) -> Workspace:
    """A workspace that was built with three lines."""
    workspace.recipe(RECIPE % "!")
    workspace.write("a.txt", "one\ntwo\nthree")
    assert lines(workspace) == ["one", "two", "three"]
    return workspace


def test_one_edited_row_is_one_computed_row(edited: Workspace) -> None:
    edited.write("a.txt", "one\n2\nthree")
    assert lines(edited) == ["2"]
    report = edited.build()
    assert edited.value(report, "loud") == ["ONE!", "2!", "THREE!"]


def test_rows_that_move_go_or_come_twice_cost_nothing(edited: Workspace) -> None:
    edited.write("a.txt", "three\none\nthree")
    assert lines(edited) == []
    assert edited.value(edited.build(), "loud") == ["THREE!", "ONE!", "THREE!"]


def test_the_result_is_that_of_a_store_that_remembers_nothing(edited: Workspace, tmp_path: Path) -> None:
    edited.write("a.txt", "four\none")
    report = edited.build()
    fresh = edited.build(store=tmp_path / "another")
    assert digest_of(report, "loud") == digest_of(fresh, "loud")


def test_two_data_sets_by_turns_are_both_remembered(edited: Workspace) -> None:
    edited.write("a.txt", "x\ny")
    assert lines(edited) == ["x", "y"]
    edited.write("a.txt", "one\nx\nnew")
    assert lines(edited) == ["new"]


def test_another_configuration_remembers_nothing_of_this_one(edited: Workspace) -> None:
    edited.recipe(RECIPE % "?")
    assert lines(edited) == ["one", "two", "three"]
    edited.recipe(RECIPE % "!")
    edited.write("a.txt", "one\ntwo\nfour")
    assert lines(edited) == ["four"]


def test_so_does_another_value_at_another_port(workspace: Workspace) -> None:
    recipe = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt]}
  end:  {uses: "tests.toys:Constant", with: {value: "%s"}}
  loud: {uses: "tests.row_toys:LoudLines", needs: {lines: read, ending: end}}
targets: {model: [loud]}
"""
    workspace.write("a.txt", "one")
    workspace.recipe(recipe % "a")
    assert lines(workspace) == ["one"]
    workspace.recipe(recipe % "b")
    assert lines(workspace) == ["one"]


def test_a_forced_build_remembers_nothing(edited: Workspace) -> None:
    assert lines(edited, force=True) == ["one", "two", "three"]


def test_a_lost_result_is_computed_again(edited: Workspace) -> None:
    edited.blob(digest_of(edited.build(), "loud")).unlink()
    edited.write("a.txt", "one\ntwo")
    assert lines(edited) == ["one", "two"]


def test_processes_remember_too(edited: Workspace) -> None:
    edited.write("a.txt", "one\n2\nthree")
    report = edited.build(jobs=2)
    assert report.result.nodes["loud:apply"].rows == RowsComputed(1, 3, "lines")


def test_explain_tells_how_many_were_computed(edited: Workspace) -> None:
    edited.write("a.txt", "one\n2\nthree")
    edited.build()
    told = edited.run("explain", "loud")
    assert "It computed 1 of 3 lines." in told.stdout
    document = json.loads(edited.run("explain", "loud", "--json").stdout)
    assert document["nodes"][0]["last_rows"] == "1 of 3 lines"


def test_numbers_are_told_as_people_write_them() -> None:
    assert str(RowsComputed(1, 20_000, "messages")) == "1 of 20,000 messages"


def test_the_last_few_tables_of_a_configuration_are_kept() -> None:
    memos = MemoryMemos()
    key = Digest("blake3:key")
    for number in (1, 2, 3, 4, 5, 3):
        row_tables.keep(memos, key, Digest(f"blake3:{number}"), Digest(f"blake3:made by {number}"))
    assert row_tables.tables(memos, key) == ("blake3:3", "blake3:5", "blake3:4", "blake3:2")
    assert row_tables.tables(memos, Digest("blake3:other")) == ()


def test_a_table_of_rows_is_canonical() -> None:
    import numpy as np

    table = RowTable((b"a", b"", b"bcd"), np.array([1, 0, 7]), Digest("blake3:x"))
    again = RowTable.decode(table.encode())
    assert (again.keys, again.lengths.tolist(), again.output) == ((b"a", b"", b"bcd"), [1, 0, 7], "blake3:x")
    assert again.encode() == table.encode()
