"""The live page in a real browser: it opens, builds, is watched, looks back, by hand and by keys alone."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.errors import ExitCode
from graphbuild.session import BuildRequest
from tests.browser.browser import Page
from tests.browser.live import LivePage, served
from tests.browser.test_graph_page import serious
from tests.ui.conftest import RECIPE


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    made = tmp_path / "gate"
    os.mkfifo(made)
    return made


@pytest.fixture
def toys(tmp_path: Path, gate: Path) -> Path:
    """A project of toys, one of which waits at the gate."""
    project = tmp_path / "toys"
    project.mkdir()
    (project / "a.txt").write_text("one\ntwo\n")
    (project / "graphbuild.yml").write_text(f"graphbuild: 1\n{RECIPE % (gate, tmp_path / 'when')}")
    return project


@pytest.fixture
def live(page: Page, toys: Path) -> Iterator[LivePage]:
    with served(toys) as address:
        made = LivePage(page, address)
        yield made
        page.tab.goto("about:blank")


@pytest.fixture(scope="module")
def sample_address(sample: Path) -> Iterator[str]:
    with served(sample) as address:
        yield address


@pytest.fixture
def looked_at(page: Page, sample_address: str) -> Iterator[LivePage]:
    yield LivePage(page, sample_address)
    page.tab.goto("about:blank")


def go_on(gate: Path) -> None:
    gate.write_text("")
    gate.unlink()


def wait_for_step(live: LivePage) -> None:
    live.wait_until("graphbuild.now.build?.nodes['steps:apply']?.done === 1")


def test_it_opens_and_the_token_leaves_the_address(live: LivePage) -> None:
    live.open()
    assert live.tab.url == live.address.partition("?")[0]
    assert live.said() == "5 nodes to look at"
    assert live.tab.title() == "toys \u00b7 graphbuild"
    live.tab.reload()
    live.wait_until("graphbuild.now?.document")
    assert live.faults == []


def test_a_build_turns_nodes_from_pending_to_done(live: LivePage, gate: Path) -> None:
    live.open()
    assert live.outcome("after:apply") == "pending"
    live.tab.click("#build")
    wait_for_step(live)
    live.wait_for_outcome("steps:apply", "running")
    assert live.outcome("read@a.txt") == "run"
    assert live.tab.is_visible("#stop")
    assert live.tab.is_hidden("#build")
    assert " of 5 nodes" in live.said()
    go_on(gate)
    live.wait_for_said("done: 5 ran")
    live.wait_until("graphbuild.now.subject === 'build' && graphbuild.now.shown === graphbuild.now.version")
    assert live.outcome("after:apply") == live.outcome("steps:apply") == "run"
    assert live.tab.is_visible("#build")
    assert live.faults == []


def test_steps_of_a_node_are_seen_on_its_sheet_with_curves_in_words(live: LivePage, gate: Path) -> None:
    live.open()
    live.page.search("steps")
    live.page.press("Escape", "b")
    wait_for_step(live)
    live.tab.wait_for_selector("#sheet progress")
    assert "1 of 3" in live.tab.inner_text("#sheet")
    go_on(gate)
    live.wait_for_said("done")
    live.wait_until("document.querySelectorAll('#sheet .chart').length === 2")
    told = live.tab.locator("#sheet .chart").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))")
    assert told[0] == "loss: loss: 1.000 at step 1, 0.333 at step 3, between 0.333 and 1.000"
    assert told[1].startswith("accuracy: accuracy: 0.333 at step 1, 1.000 at step 3")
    assert live.faults == []


def test_a_second_tab_that_comes_late_sees_the_same(live: LivePage, gate: Path) -> None:
    live.open()
    live.page.press("b")
    wait_for_step(live)
    other = LivePage(Page(live.tab.context, live.tab.context.new_page()), live.address)
    other.open()
    other.wait_for_outcome("steps:apply", "running")
    assert other.outcome("read@a.txt") == "run"
    go_on(gate)
    other.wait_for_said("done")
    other.tab.close()


def test_a_build_is_stopped(live: LivePage, gate: Path) -> None:
    live.open()
    live.page.press("b")
    wait_for_step(live)
    live.page.press("s")
    live.wait_for_said("stopping")
    go_on(gate)
    live.wait_for_said("interrupted")
    assert live.faults == []


def test_what_failed_is_told_above_all_with_its_node(live: LivePage, toys: Path, gate: Path) -> None:
    gate.unlink()
    (toys.parent / "when").write_text("it is broken")
    live.open()
    live.page.press("b")
    live.wait_for_said("failed")
    live.tab.wait_for_selector("#trouble .problem")
    assert "it is broken" in live.tab.inner_text("#trouble")
    live.tab.click("#trouble .link")
    assert "fail:apply" in live.tab.inner_text("#sheet h2")
    live.tab.click("#trouble .close")
    assert live.tab.inner_text("#trouble") == ""
    # The same failure of another build is news.
    live.tab.click("#build")
    live.wait_until("graphbuild.now.build.number === 2 && graphbuild.now.build.running === false")
    assert "it is broken" in live.tab.inner_text("#trouble")
    assert live.faults == []


def test_a_complaint_that_is_closed_gives_way_to_what_is_wrong(live: LivePage, toys: Path, gate: Path) -> None:
    gate.unlink()
    live.open("#graph/nonsense")
    live.tab.wait_for_selector("#trouble >> text=no build of this recipe")
    live.tab.click("#trouble .close")
    assert live.tab.inner_text("#trouble") == ""
    recipe = toys / "graphbuild.yml"
    recipe.write_text(recipe.read_text().replace("tests.toys:Upper", "tests.toys:Uper"))
    live.wait_for_said("cannot be read")
    assert "Uper" in live.tab.inner_text("#trouble")


def test_the_plan_follows_the_files_and_errors_have_their_place(live: LivePage, toys: Path, gate: Path) -> None:
    gate.unlink()
    live.open()
    live.page.press("b")
    live.wait_for_said("done")
    (toys / "a.txt").write_text("two\n")
    live.wait_for_said("5 nodes to look at")
    assert live.outcome("read@a.txt") == "run"
    recipe = toys / "graphbuild.yml"
    text = recipe.read_text()
    recipe.write_text(text.replace("tests.toys:Upper", "tests.toys:Uper"))
    live.wait_for_said("cannot be read")
    assert "graphbuild.yml:" in live.tab.inner_text("#trouble .place")
    recipe.write_text(text)
    live.wait_for_said("5 nodes to look at")
    assert live.tab.inner_text("#trouble") == ""
    assert live.faults == []


def _timeout() -> type[Exception]:
    from playwright.sync_api import TimeoutError as Late

    return Late


def _press_until(live: LivePage, selector: str, *keys: str) -> None:
    """Presses keys as a user does: again, where a list was just drawn anew or a dialog was still closing."""
    for _ in range(20):
        live.page.press(*keys)
        with contextlib.suppress(_timeout()):
            live.tab.wait_for_selector(selector, timeout=1_500)
            return
    raise AssertionError(f"{keys} do not lead to {selector}")


def test_options_of_a_build_by_keys_alone(live: LivePage, gate: Path) -> None:
    gate.unlink()
    live.open()
    live.page.press("Shift+B")
    live.tab.keyboard.type("line")
    live.page.press("Enter")
    live.wait_for_said("done: 2 ran")
    assert live.tab.evaluate("graphbuild.now.build.targets") == ["line"]
    live.tab.click("#pinned button:has-text('to the plan')")
    live.wait_for_outcome("after:apply", "pending")
    live.page.press("b")
    live.wait_for_said("done: 3 ran, 2 reused")
    live.page.press("2")
    live.tab.wait_for_selector("#builds .choice")
    assert live.tab.locator("#builds .choice").count() == 2
    live.tab.locator("#builds .choice").first.focus()
    _press_until(live, "#builds .choice:nth-child(2)[aria-current]", "ArrowDown", "Enter")
    live.page.press("3")
    live.tab.wait_for_selector("#packages .choice")
    live.page.press("?")
    live.tab.wait_for_selector("#keys")
    live.page.press("Escape")
    live.tab.wait_for_selector("#keys", state="hidden")
    _press_until(live, "#view", "1")
    assert live.faults == []


def test_the_end_of_the_server_is_told(page: Page, toys: Path) -> None:
    with served(toys) as address:
        live = LivePage(page, address)
        live.open()
    live.wait_for_said("not connected")
    page.tab.goto("about:blank")


def test_earlier_builds_and_what_changed_between_two(looked_at: LivePage) -> None:
    looked_at.open("#builds")
    looked_at.tab.wait_for_selector("#builds .detail .diff")
    detail = looked_at.tab.inner_text("#builds .detail")
    assert "data/nlu.yml:" in detail
    assert "good evening" in detail
    assert "intent:train" in detail
    looked_at.tab.click("text=Show the difference")
    looked_at.tab.wait_for_selector("#pinned")
    looked_at.wait_for_outcome("intent:train", "changed")
    looked_at.tab.click("#pinned button")
    looked_at.wait_for_outcome("intent:train", "hit")
    looked_at.tab.go_back()
    looked_at.tab.wait_for_selector("#pinned")
    assert looked_at.faults == []


def test_why_a_node_ran_down_to_the_line(looked_at: LivePage) -> None:
    looked_at.open()
    looked_at.page.search("intent:train")
    looked_at.tab.click("#sheet summary:has-text('Explain')")
    looked_at.tab.wait_for_selector("#sheet .why .ways")
    told = looked_at.tab.inner_text("#sheet .why")
    assert "training_file@data/nlu.yml" in told
    assert "good evening" in told
    looked_at.tab.locator("#sheet .why .link").first.click()
    assert "intent:train" not in looked_at.tab.inner_text("#sheet h2")
    assert looked_at.faults == []


def test_a_plan_of_unsaved_text_is_shown_and_left_again(looked_at: LivePage) -> None:
    looked_at.open()
    looked_at.tab.evaluate("graphbuild.showPlan({...graphbuild.now.document, label: 'another'})")
    assert looked_at.tab.inner_text("#label") == "another"
    assert "not saved" in looked_at.tab.inner_text("#pinned")
    looked_at.tab.evaluate("graphbuild.showPlan(null)")
    assert looked_at.tab.inner_text("#label") == "graphbuild.yml"
    assert looked_at.tab.is_hidden("#pinned")
    assert looked_at.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_serious(looked_at: LivePage, scheme: str, width: int) -> None:
    for view, selector in (
        ("#graph", "#sheet h2"),
        ("#builds", "#builds .choice"),
        ("#packages", "#packages :is(.choice, .empty)"),
    ):
        looked_at.open(view, scheme=scheme, width=width)
        if view == "#graph":
            looked_at.page.search("intent:train")
        looked_at.tab.wait_for_selector(selector)
        assert serious(looked_at.page) == []
        assert looked_at.tab.evaluate("document.documentElement.scrollWidth") <= width
    looked_at.tab.click("#builds .choice, #tab-builds")
    looked_at.tab.wait_for_selector("#builds .choice")
    looked_at.tab.locator("#builds .choice").first.click()
    looked_at.tab.wait_for_selector("#builds .detail .diff")
    assert serious(looked_at.page) == []
    looked_at.page.press("Shift+B")
    assert serious(looked_at.page) == []
    assert looked_at.faults == []


def test_evaluations_and_other_recipes_are_listed_when_asked_for(page: Page, toys: Path) -> None:
    own = BuildRequest(toys, "graphbuild.yml", targets=("line",), store=toys / ".graphbuild", package=False)
    (toys / "other.yml").write_text((toys / "graphbuild.yml").read_text())
    for request in (own, replace(own, recipe="other.yml")):
        assert build(request).code is ExitCode.DONE
    with served(toys) as address:
        live = LivePage(page, address)
        live.open("#builds", width=400)
        live.tab.wait_for_selector("#builds .choice")
        assert live.tab.locator("#builds .choice").count() == 1
        live.tab.focus("#builds .all input")
        live.tab.keyboard.press("Space")
        live.tab.wait_for_selector("#builds .purpose >> text=-f other.yml line")
        assert live.tab.locator("#builds .choice").count() == 2
        assert live.tab.evaluate("document.activeElement.matches('.all input')"), "the focus stays where it was"
        assert serious(live.page) == []
        live.tab.locator("#builds .choice").first.click()
        live.tab.wait_for_selector("#builds .detail h2")
        assert "what is otherwise" not in live.tab.inner_text("#builds .detail").lower()
        assert live.faults == []
    page.tab.goto("about:blank")
