"""The page of a build in a real browser: what is seen, and that hands and keys find their way."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphbuild.graph.graph import Graph
from graphbuild.report.page.document import page_document
from graphbuild.report.page.facts import BuildFacts, NodeFacts, Told
from graphbuild.report.page.page import as_page
from tests.browser.browser import Page, npm_package
from tests.browser.conftest import drawn
from tests.cli.command_line import run
from tests.report.test_svg import layered
from tests.report.toy_graphs import KEY, assistant, graph_of, node


def text(page: Page, selector: str) -> str:
    found: str = page.tab.inner_text(selector)
    return found


def written(tmp_path: Path, graph: Graph, outcome: str = "hit") -> Path:
    told = dict.fromkeys(graph.nodes, NodeFacts(outcome, key=KEY))
    file = tmp_path / "graph.html"
    file.write_bytes(as_page(page_document(graph, BuildFacts(Told.BUILD, "b1", told, "2026-01-02T03:04:05", 1.0))))
    return file


def test_the_last_build_of_the_sample(page: Page, last: Path) -> None:
    page.open(last)
    assert "ran" in text(page, "#sheet")
    assert "CRITICAL PATH" in text(page, "#sheet").upper()
    assert page.faults == []


def test_an_assistant_that_was_never_built(page: Page, planned: Path) -> None:
    page.open(planned)
    assert "what a build would do" in text(page, "#sheet")
    page.search("domain")
    assert "it was never built here" in text(page, "#sheet") or "needs" in text(page, "#sheet")
    assert page.faults == []


def test_search_goes_from_one_to_the_next(page: Page, last: Path) -> None:
    page.open(last)
    page.search("CountVectors")
    assert text(page, "#found") == "1 of 4"
    first = text(page, "#sheet h2")
    page.press("Enter")
    assert text(page, "#found") == "2 of 4"
    assert text(page, "#sheet h2") != first
    page.press("Escape")
    assert text(page, "#found") == ""


def test_a_click_opens_the_sheet_and_another_beside_closes_it(page: Page, last: Path) -> None:
    page.open(last)
    page.tab.mouse.click(*page.place("intent:train"))
    sheet = text(page, "#sheet")
    assert sheet.splitlines()[1].startswith("intent:train") or "intent:train" in sheet.splitlines()[0]
    for told in (
        "Predicts intents by logistic regression.",
        "data/nlu.yml:",
        "Features.v1",
        "blake3:",
        "KiB",
        "this build",
    ):
        assert told in sheet
    page.tab.mouse.click(10, 700)
    assert page.tab.is_hidden("#sheet")


def test_the_pointer_traces_what_a_node_needs_and_what_needs_it(page: Page, last: Path) -> None:
    page.open(last)
    page.tab.mouse.move(*page.place("words:train"))
    assert page.tab.evaluate("document.getElementById('view').style.cursor") == "pointer"
    lit = page.tab.evaluate("[...graphbuild.lit()].flatMap(box => box.members.map(node => node.id))")
    assert {"nlu", "tokens:apply", "words:train", "words:apply", "intent:train"} <= set(lit)
    assert "chars:apply" not in lit
    page.tab.mouse.move(10, 700)
    assert page.tab.evaluate("graphbuild.lit()") is None


def test_far_away_the_pointer_tells_names(page: Page, last: Path) -> None:
    page.open(last)
    page.tab.mouse.move(*page.place("ted:train"))
    assert "TEDPolicy" in text(page, "#tooltip")


def test_keys_alone_lead_everywhere(page: Page, last: Path) -> None:
    page.open(last)
    page.search("tokens")
    page.press("Escape", "Escape")
    assert page.focused() == "tokens:apply"
    page.press("ArrowRight")
    down = page.focused()
    assert down in {"words:train", "chars:train", "lexical:train", "regex_features:apply"}
    page.press("ArrowLeft")
    assert page.focused() == "tokens:apply"
    page.press("ArrowLeft")
    assert page.focused() == "nlu"
    page.press("ArrowDown")
    assert page.focused() in {"domain", "stories"}
    page.press("Home", "Enter")
    assert page.tab.is_visible("#sheet")
    assert page.tab.evaluate("document.activeElement.tagName") == "H2"
    page.press("Escape")
    assert page.tab.is_hidden("#sheet")
    assert page.focused() is not None
    page.press("?")
    assert page.tab.is_visible("#keys")
    page.press("Escape")
    assert page.tab.is_hidden("#keys")


def test_the_tab_key_reaches_the_picture(page: Page, last: Path) -> None:
    page.open(last)
    for _ in range(20):
        page.press("Tab")
        if page.focused() is not None:
            break
    assert page.focused() is not None
    label = page.tab.evaluate("document.activeElement.getAttribute('aria-label')")
    assert "needed by" in label


def test_groups_close_and_open(page: Page, last: Path) -> None:
    page.open(last)
    button = page.tab.locator("#bands").get_by_role("button", name="NLU 12")
    before = page.tab.evaluate("graphbuild.model.boxes.length")
    button.click()
    assert button.get_attribute("aria-expanded") == "false"
    assert page.tab.evaluate("graphbuild.model.boxes.length") == before - 11
    # What is inside is still found, and opens the group.
    page.search("intent:train")
    assert button.get_attribute("aria-expanded") == "true"
    page.press("Escape", "Escape", "c")
    assert button.get_attribute("aria-expanded") == "false"
    assert page.focused() is not None
    page.press("c")
    assert page.tab.evaluate("graphbuild.model.boxes.length") == before


def test_counts_light_up_what_they_count(page: Page, last: Path) -> None:
    page.open(last)
    page.tab.get_by_role("button", name="ran").first.click()
    lit = page.tab.evaluate("[...graphbuild.lit()].flatMap(box => box.members.map(node => node.id))")
    assert "intent:train" in lit
    assert "ted:train" not in lit


def test_a_stack_of_files_opens(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path, assistant(30)))
    before = page.tab.evaluate("graphbuild.model.boxes.length")
    page.tab.mouse.click(*page.place("nlu_file@data/nlu-7.yml"))
    assert "30 nodes" in text(page, "#sheet")
    page.tab.get_by_role("button", name="Show each of them").click()
    assert page.tab.evaluate("graphbuild.model.boxes.length") == before + 29


def test_the_scheme_is_the_browsers_until_one_switches(page: Page, last: Path) -> None:
    def ground() -> str:
        found: str = page.tab.evaluate("getComputedStyle(document.body).backgroundColor")
        return found

    page.open(last, scheme="dark")
    dark = ground()
    page.press("t")
    assert ground() != dark
    page.open(last, scheme="light")
    assert ground() != dark
    page.press("t")
    assert ground() == dark


def test_a_running_build_is_told_node_by_node(page: Page, tmp_path: Path) -> None:
    page.open(written(tmp_path, assistant(), "pending"))
    page.tab.evaluate("graphbuild.update('intent:train', 'running', {done: 3, total: 10})")
    page.tab.evaluate("graphbuild.update('words:train', 'run', {seconds: 1.5})")
    page.search("intent:train")
    assert "running" in text(page, "#sheet")
    page.tab.evaluate("graphbuild.update('intent:train', 'run', {seconds: 2.5})")
    assert "2.5 s" in text(page, "#sheet")
    assert page.faults == []


def test_names_of_users_are_text(page: Page, tmp_path: Path) -> None:
    nasty = '<img src=x onerror="document.title=1"></script><b>'
    graph = graph_of(node(nasty, "policy", nasty, options={nasty: nasty}, suffix=""), label=nasty)
    page.open(written(tmp_path, graph))
    page.press("End", "n")
    page.search("img")
    assert nasty in text(page, "#sheet")
    assert page.tab.locator("#sheet img, #sheet b").count() == 0
    assert page.tab.title() == f"{nasty} \u00b7 graphbuild"
    assert page.faults == []


@pytest.mark.parametrize("graph", [graph_of(), graph_of(node("only", "toy", "Toy"))], ids=["empty", "one node"])
def test_the_smallest_graphs(page: Page, tmp_path: Path, graph: Graph) -> None:
    page.open(written(tmp_path, graph))
    page.press("0", "i", "i", "n", "c", "p")
    assert page.faults == []


def test_two_thousand_nodes_are_laid_out_searched_and_moved(page: Page, tmp_path: Path) -> None:
    graph = graph_of(*(replace(one, options={"command": one.id}) for one in layered(2000, 40)))
    file = written(tmp_path, graph)
    assert file.stat().st_size < 3_000_000
    page.open(file)
    page.search("n1234")
    assert page.tab.evaluate("graphbuild.view.scale") >= 0.3
    page.press("Escape", "0", "+", "-")
    assert page.faults == []


def test_boxes_do_not_overlap_and_edges_lead_to_the_right(page: Page, last: Path) -> None:
    page.open(last)
    places = page.tab.evaluate("[...graphbuild.layout().places.values()].map(({x, y}) => [x, y])")
    for one, (x, y) in enumerate(places):
        assert not any(x == a and abs(y - b) < 50 for a, b in places[one + 1 :])
    left = "({from, to}) => graphbuild.layout().places.get(from).x < graphbuild.layout().places.get(to).x"
    assert page.tab.evaluate(f"graphbuild.model.edges.every({left})")


def serious(page: Page) -> list[Any]:
    """What axe finds that keeps people out."""
    axe = npm_package("axe-core", "4.10.3") / "axe.min.js"
    # The page's own policy lets no other script in, which is as it should be.
    page.tab.evaluate(axe.read_text())
    found = page.tab.evaluate("axe.run().then(found => found.violations)")
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(page: Page, sample: Path, last: Path, scheme: str, width: int) -> None:
    page.open(last, scheme=scheme, width=width)
    assert serious(page) == []
    page.search("intent:train")
    assert serious(page) == []
    page.press("Escape", "Escape", "?")
    assert serious(page) == []


def test_before_and_after(page: Page, sample: Path) -> None:
    page.open(drawn(sample, "against.html", "--against", "recipe:default"))
    sheet = text(page, "#sheet")
    assert "removed" in sheet
    assert "against recipe:default" in sheet
    page.search("diet")
    assert "removed" in text(page, "#sheet")
    assert page.faults == []


def test_the_data_is_what_was_written(page: Page, last: Path) -> None:
    page.open(last)
    data = json.loads(page.tab.evaluate("document.getElementById('data').textContent"))
    assert len(data["nodes"]) == page.tab.evaluate("graphbuild.model.nodes.length")


def test_variants_of_a_node_are_one_box_that_opens(page: Page, tmp_path: Path) -> None:
    project = tmp_path / "news"
    for words in (
        ("init", str(project), "--sample", "text-classifier"),
        ("-C", str(project), "compare", "-f", "recipe.yml", "-q"),
        ("-C", str(project), "graph", "-f", "recipe.yml", "--matrix", "--last", "--format", "html", "-o", "v.html"),
    ):
        assert run(*words).code == 0
    page.open(project / "v.html")
    titles = page.tab.evaluate("graphbuild.model.boxes.map(box => box.title)")
    assert {"words:train \u00d7 2", "sections:train \u00d7 6", "fit:apply \u00d7 6", "data/train.txt"} <= set(titles)
    sheet = text(page, "#sheet")
    assert "a target of the variants" in sheet
    assert "kept in the package" not in sheet
    page.tab.mouse.click(*page.place("sections:train@min_count=3,smoothing=0.5"))
    page.tab.get_by_role("button", name="Show each of them").click()
    assert page.tab.evaluate("graphbuild.model.boxes.length") == len(titles) + 5
