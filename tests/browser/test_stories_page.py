"""The page of stories in a real browser: it opens, is searched, and a click tells who passes."""

from __future__ import annotations

from pathlib import Path

from tests.browser.browser import Page
from tests.cli.command_line import run


def opened(page: Page, sample: Path) -> None:
    file = sample / "stories.html"
    ran = run("-C", sample, "--store", sample / ".graphbuild", "visualize", "--out", file)
    assert ran.code == 0, ran.err
    page.faults.clear()
    page.tab.set_viewport_size({"width": 1280, "height": 800})
    page.tab.goto(file.resolve().as_uri())


def test_a_search_and_a_click_tell_which_stories_pass(page: Page, sample: Path) -> None:
    opened(page, sample)
    page.tab.fill("#search", "greet")
    page.press("Enter")
    assert "1 of" in page.tab.inner_text("#found")
    assert "greet back" in page.tab.inner_text("#panel")
    page.press("Escape")
    assert page.tab.is_hidden("#panel")
    page.tab.locator("#view .box.bot, #view .box.action").first.click()
    assert page.tab.is_visible("#panel")
    assert page.faults == []


def test_it_is_dragged_and_scaled(page: Page, sample: Path) -> None:
    opened(page, sample)

    def seen() -> str:
        found: str = page.tab.get_attribute("#view svg", "viewBox")
        return found

    before = seen()
    page.tab.mouse.move(600, 700)
    page.tab.mouse.down()
    page.tab.mouse.move(500, 650)
    page.tab.mouse.up()
    moved = seen()
    assert moved != before
    page.tab.mouse.wheel(0, -200)
    page.tab.click("#whole")
    assert seen() not in (before, moved)
    assert page.faults == []
