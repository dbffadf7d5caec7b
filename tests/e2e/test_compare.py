"""Comparing variants: each distinct action once, nothing the second time, only what is new after an edit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.comparing import compare
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.digest import Digest
from graphbuild.errors import ExitCode
from graphbuild.execution.result import Outcome
from graphbuild.report.variants import VariantTable, table_document
from graphbuild.session import BuildRequest
from graphbuild.store.local import open_store
from tests.cli.command_line import run
from tests.conftest import ROOT, Workspace
from tests.e2e.test_interrupt import started, wait_for

NEWS = ROOT / "recipes" / "text-classifier"


@pytest.fixture
def news(tmp_path: Path) -> BuildRequest:
    project = tmp_path / "news"
    shutil.copytree(NEWS, project)
    return BuildRequest(project, "recipe.yml", store=tmp_path / "store")


def ran(table: VariantTable) -> list[int]:
    return [row.ran for row in table.rows]


def test_every_distinct_action_runs_once_and_the_second_time_none(news: BuildRequest) -> None:
    first = compare(news)
    assert first.report.code is ExitCode.DONE
    result = first.report.result
    distinct = {node.key for node in result.nodes.values()}
    assert sum(node.outcome is Outcome.RUN for node in result.nodes.values()) == len(distinct) == 23
    assert first.table.shared.alone == 6 * 6
    assert (first.table.shared.by_all, first.table.shared.by_some) == (1, 4)
    again = compare(news)
    assert again.report.up_to_date
    assert ran(again.table) == [0] * 6
    assert [row.scores for row in again.table.rows] == [row.scores for row in first.table.rows]
    assert all(row.outcome is Outcome.HIT and row.seconds > 0 for row in again.table.rows)


def test_the_scores_are_those_of_each_variant_alone(news: BuildRequest) -> None:
    table = compare(news).table
    for row in table.rows:
        count, smoothing = row.values
        (news.project / "alone.yml").write_text(
            "graphbuild: 1\nextends: recipe.yml\n"
            f"vars: {{smoothing: {smoothing}}}\nnodes: {{words: {{with: {{min_count: {count}}}}}}}\n"
        )
        alone = run("-C", news.project, "--store", str(news.store), "build", "-f", "alone.yml", "fit", "--json")
        nodes = {one["node"]: one for one in alone.document["nodes"]}
        assert {one["decision"] for one in nodes.values()} == {"hit"}
        assert news.store is not None
        with contextlib.closing(open_store(news.store)) as store:
            value = JsonValue.decode(store.blobs.get(nodes["fit:apply"]["outputs"]["output"])).value
        assert row.scores == {f"fit.{name}": value[name] for name in ("texts", "right", "accuracy")}


def test_an_edit_of_the_matrix_builds_the_new_variants_only(news: BuildRequest) -> None:
    compare(news)
    file = news.project / "recipe.yml"
    file.write_text(file.read_text().replace("[0.1, 0.5, 2.0]", "[0.1, 1.0, 2.0]"))
    table = compare(news).table
    assert ran(table) == [0, 3, 0, 0, 3, 0]  # sections:train, sections:apply, fit:apply
    file.write_text(file.read_text().replace("words.min_count: [1, 3]", "words.min_count: [3]"))
    assert ran(compare(news).table) == [0, 0, 0]


def test_what_a_build_made_is_shared_with_a_comparison(news: BuildRequest) -> None:
    assert run("-C", news.project, "--store", str(news.store), "build", "-f", "recipe.yml", "model", "fit").code == 0
    assert ran(compare(news).table)[1] == 0  # the variant that the recipe itself is
    scope = run("-C", news.project, "--store", str(news.store), "plan", "-f", "recipe.yml")
    assert scope.code == 0  # and what is compared is not what `build` compares with


@pytest.mark.slow
def test_with_several_jobs(news: BuildRequest, tmp_path: Path) -> None:
    def keys(store: str, jobs: int) -> dict[str, Digest | None]:
        found = compare(replace(news, store=tmp_path / store, jobs=jobs)).report.result.nodes
        return {node_id: node.key for node_id, node in found.items()}

    assert keys("two", 2) == keys("one", 1)


@pytest.mark.slow
def test_on_a_cluster(news: BuildRequest) -> None:
    pytest.importorskip("distributed")
    words = ("-C", str(news.project), "--store", str(news.store))
    found = run(*words, "compare", "-f", "recipe.yml", "--dask", "local:2", "--json")
    assert found.code == 0, found.err
    nodes = {one["node"]: one["key"] for one in found.document["nodes"]}
    alone = compare(replace(news, store=news.project / "alone")).report.result.nodes
    assert nodes == {node_id: node.key for node_id, node in alone.items()}


TALK = """
nodes:
  first: {uses: "tests.toys:Constant", with: {value: a, tag: first}}
  talk:  {uses: "tests.toys:Talk", with: {fails: false}}
  count: {uses: "tests.toys:CountCalls", needs: {values: [first, talk]}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}}
targets: {model: [count, loud]}
matrix: {talk.fails: [true, false], first.value: [a, b]}
"""


def test_a_variant_that_fails_is_a_row_that_says_so(workspace: Workspace) -> None:
    workspace.recipe(TALK)
    ran = run("-C", workspace.project, "compare", "--keep-going", "--json")
    assert ran.code == 1
    document = ran.document
    assert [one["state"] for one in document["variants"]] == ["failed", "failed", "built", "built"]
    assert document["variants"][0]["failed"] == ["talk:apply@fails=true"]
    assert [problem["what"] for problem in document["problems"]] == ["RuntimeError: as it was told"]
    screen = run("-C", workspace.project, "compare", "--keep-going")
    rows = [line.split() for line in screen.out.splitlines()]
    assert ["true", "a", "-", "failed:", "talk:apply@fails=true"] in rows
    assert "  node:      talk:apply@fails=true" in screen.err.splitlines()


def test_without_keep_going_the_rest_is_not_built(workspace: Workspace) -> None:
    workspace.recipe(TALK)
    workspace.ran()
    document = run("-C", workspace.project, "compare", "--json").document
    states = [one["state"] for one in document["variants"]]
    assert states[:2] == ["failed", "failed"]
    assert document["code"] == 1


def test_ctrl_c_keeps_what_had_finished(workspace: Workspace) -> None:
    gate = workspace.project.parent / "gate"
    os.mkfifo(gate)
    workspace.recipe(
        f"""
nodes:
  first: {{uses: "tests.toys:Constant", with: {{value: a, tag: first}}}}
  slow:  {{uses: "tests.toys:Slow", needs: {{text: first}}, with: {{tag: slow, gate: "{gate}"}}}}
targets: {{model: [slow]}}
matrix: {{first.value: [a, b, c]}}
"""
    )
    running = started(workspace, "1", signal.default_int_handler, "compare")
    wait_for(workspace.log, "Slow.apply slow")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert "interrupted: " in out
    assert "Traceback" not in err
    gate.unlink()
    workspace.ran()
    again = run("-C", workspace.project, "compare", "--json")
    assert again.code == 0
    assert workspace.ran() == ["slow", "slow", "slow"]


def test_build_says_nothing_of_variants(news: BuildRequest) -> None:
    built = run("-C", news.project, "--store", str(news.store), "build", "-f", "recipe.yml", "--json")
    assert not [one for one in built.document["nodes"] if "min_count" in one["node"]]
    assert set(table_document(compare(news).table)) == {"axes", "scores", "best", "variants", "shared"}
