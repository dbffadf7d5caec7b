"""What a build leaves behind: one record that tells all of it, shared parts, nothing for a no-op."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.errors import BuildFailed, ExitCode, StoreError, UsageError
from graphbuild.graph.plain import to_plain
from graphbuild.history import write
from graphbuild.history.record import BuildHead, BuildRecord, Ending
from graphbuild.inspecting import build_earlier, build_named, builds
from graphbuild.plan.decision import ReasonKind
from graphbuild.session import open_session
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  first: {uses: "tests.toys:FirstLine", needs: {text: read}, with: {tag: first}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}, with: {tag: loud}}
  weak:  {uses: "tests.toys:Fail", needs: {text: read}, with: {tag: weak, when: "WHEN"}}
  end:   {uses: "tests.toys:Concat", needs: {texts: [loud, weak]}, with: {tag: end, separator: "+"}}
targets: {model: [end]}
"""


@pytest.fixture
def toys(workspace: Workspace) -> Workspace:
    workspace.recipe(RECIPE.replace("WHEN", str(workspace.project / "told")))
    workspace.write("data/a.txt", "one\ntwo")
    return workspace


def endings(record: BuildRecord) -> dict[str, str]:
    return {node_id.partition(":")[0]: node.ending.value for node_id, node in record.nodes.items()}


def heads(workspace: Workspace) -> tuple[BuildHead, ...]:
    return builds(workspace.request).heads


def test_a_build_is_told_whole(toys: Workspace) -> None:
    report = toys.build()
    record = build_named(toys.request, "last")
    assert (record.recipe, record.code, record.targets, record.purpose) == ("graphbuild.yml", 0, (), "")
    assert (record.package, record.is_new_package) == (str(report.model), True)
    assert record.counts == {Ending.RUN: 5}
    node = record.nodes["end:apply"]
    assert (node.name, node.uses, node.ending) == ("end", "tests.toys:Concat", Ending.RUN)
    assert node.key == report.result.nodes["end:apply"].key
    assert node.outputs["output"].digest == report.result.nodes["end:apply"].outputs["output"]
    made = node.outputs["output"]
    assert (made.type, made.size) == ("JsonValue.v1", toys.blob(made.digest).stat().st_size)
    assert [(edge.port, edge.node) for edge in node.inputs] == [("texts", "loud:apply"), ("texts", "weak:apply")]
    assert node.config == {"separator": "+"}  # the tag is for display only
    assert node.seconds == round(report.result.nodes["end:apply"].seconds, 6)
    assert [reason.kind for reason in node.reasons] == [ReasonKind.NEW]
    assert record.nodes["read@data/a.txt"].files == ("data/a.txt",)
    with open_session(toys.request) as opened:
        assert to_plain(record.graph) == to_plain(opened.graph)


def test_a_build_with_nothing_to_do_leaves_none(toys: Workspace) -> None:
    toys.build()
    before = change(toys, "SELECT (SELECT count(*) FROM builds), (SELECT count(*) FROM build_parts)")
    assert toys.build().up_to_date
    assert len(heads(toys)) == 1
    assert change(toys, "SELECT (SELECT count(*) FROM builds), (SELECT count(*) FROM build_parts)") == before


def test_early_cutoff_is_told_apart_from_what_was_never_in_question(toys: Workspace) -> None:
    toys.build()
    toys.write("data/a.txt", "one\nTWO")
    toys.build()
    assert endings(build_named(toys.request, "last")) == {
        "read@data/a.txt": "run", "first": "run", "loud": "cutoff", "weak": "run", "end": "run",
    }  # fmt: skip


def test_a_failure_is_recorded_with_its_problem_and_what_was_skipped(toys: Workspace) -> None:
    toys.write("told", "it broke")
    assert toys.build(keep_going=True).code is ExitCode.FAILED
    record = build_named(toys.request, "last")
    assert endings(record) == {
        "read@data/a.txt": "run", "first": "run", "loud": "run", "weak": "failed", "end": "skipped",
    }  # fmt: skip
    assert (record.code, record.package) == (1, None)
    assert "it broke" in record.problems[0].what
    assert record.nodes["weak:apply"].problems == record.problems
    assert record.nodes["weak:apply"].outputs == {}
    assert record.nodes["end:apply"].key is None
    assert [reason.detail for reason in record.nodes["end:apply"].reasons] == ["needs weak:apply, which failed"]


def test_a_package_that_cannot_be_written_is_recorded(toys: Workspace) -> None:
    toys.write("models/taken.tar.gz/file", "a folder in its place")
    with pytest.raises(BuildFailed):
        toys.build(fixed_name="taken")
    record = build_named(toys.request, "last")
    assert (record.code, record.package, record.counts) == (1, None, {Ending.RUN: 5})
    assert "the package cannot be written" in record.problems[0].what


def test_going_back_to_an_earlier_state_is_recorded_once(toys: Workspace) -> None:
    toys.build()
    toys.write("data/a.txt", "other")
    toys.build()
    toys.write("data/a.txt", "one\ntwo")
    toys.build()
    toys.build()
    assert [head.counts for head in heads(toys)] == [{Ending.HIT: 5}, {Ending.RUN: 5}, {Ending.RUN: 5}]
    assert heads(toys)[0].package == heads(toys)[2].package


def test_builds_are_found_by_place_and_by_parts_of_their_ids(toys: Workspace) -> None:
    for text in ("a", "b", "c"):
        toys.write("data/a.txt", text)
        toys.build()
    newest, middle, oldest = heads(toys)
    assert sorted([newest.id, middle.id, oldest.id]) == [oldest.id, middle.id, newest.id]
    end = middle.id.rpartition("-")[2]
    for name, head in {"last": newest, "last~1": middle, oldest.id: oldest, end: middle}.items():
        assert build_named(toys.request, name).id == head.id
    earlier = build_earlier(toys.request, newest)
    assert earlier is not None
    assert earlier.id == middle.id
    assert build_earlier(toys.request, oldest) is None
    with pytest.raises(UsageError, match="may be any of 3"):
        build_named(toys.request, oldest.id[:4])
    with pytest.raises(UsageError, match="3 are remembered"):
        build_named(toys.request, "last~3")
    with pytest.raises(UsageError, match="did you mean `last`"):
        build_named(toys.request, "lst")


def test_no_build_is_remembered_of_another_recipe_or_of_a_new_project(toys: Workspace) -> None:
    with pytest.raises(UsageError, match="no build of this recipe is remembered"):
        build_named(toys.request, "last")
    assert not toys.store.exists()
    toys.build()
    assert builds(replace(toys.request, recipe="other.yml")).heads == ()


def test_what_is_damaged_is_passed_over_and_named(toys: Workspace) -> None:
    for text in ("a", "b", "c"):
        toys.write("data/a.txt", text)
        toys.build()
    newest, middle, oldest = heads(toys)
    change(toys, "UPDATE builds SET record = x'00' WHERE name = ?", middle.id)
    found = builds(toys.request)
    assert ([head.id for head in found.heads], found.damaged) == ([newest.id, oldest.id], (middle.id,))
    change(toys, "UPDATE build_parts SET part = x'00' WHERE digest = ?", oldest.graph_digest)
    with pytest.raises(StoreError, match="is damaged or lost"):
        build_named(toys.request, oldest.id)
    toys.write("data/a.txt", "d")
    assert toys.build().code is ExitCode.DONE


def test_the_newest_are_kept_and_the_parts_that_they_name(toys: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "KEEP", 2)
    for text in ("a", "b", "c", "d"):
        toys.write("data/a.txt", text)
        toys.build()
    assert len(heads(toys)) == 2
    assert [build_named(toys.request, head.id).id for head in heads(toys)] == [head.id for head in heads(toys)]
    # The graph, which all of them share; and of each what is told and the states of its nodes, in at least one group.
    (parts,) = change(toys, "SELECT count(*) FROM build_parts")[0]
    assert 1 + 2 * 2 <= parts <= 1 + 2 * 6


def test_a_build_does_not_fail_for_its_record(toys: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> str:
        raise StoreError("no room")

    monkeypatch.setattr(write, "keep_build", broken)
    assert toys.build().code is ExitCode.DONE
    assert heads(toys) == ()


def test_a_store_of_an_earlier_release_is_added_to(toys: Workspace) -> None:
    toys.build()
    change(toys, "DROP TABLE builds")
    change(toys, "DROP TABLE build_parts")
    toys.ran()
    toys.write("data/a.txt", "one\nTWO")
    toys.build()
    assert "loud" not in toys.ran()  # what it knew is still known
    assert len(heads(toys)) == 1


def change(workspace: Workspace, sql: str, *arguments: object) -> list[tuple[int, ...]]:
    """Does something to the database behind the store's back."""
    connection = sqlite3.connect(database(workspace.store))
    try:
        rows = connection.execute(sql, arguments).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()


def database(folder: Path) -> Path:
    return folder / "actions.v1.sqlite"
