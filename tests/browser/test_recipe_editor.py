"""The recipe edited in the page: errors at their lines, completions, the plan before building, saving, conflicts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.browser import chromium, npm_package
from tests.browser.live import served
from tests.browser.recipe_page import Editor
from tests.browser.recipe_pictures import take

ROWS = ".recipe .problems li"


@pytest.fixture(scope="module")
def project(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample assistant, built."""
    folder = tmp_path_factory.mktemp("live") / "sample"
    shutil.copytree(sample, folder)
    return folder


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with served(project) as found:
        yield found


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as context:
        yield context.pages[0]


@pytest.fixture
def recipe(project: Path, sample: Path, tab: Any) -> Path:
    """The recipe's file, as it was. No page looks on while it is written: half of it has other files."""
    tab.goto("about:blank")
    file = project / "graphbuild.yml"
    shutil.copy(sample / "graphbuild.yml", file)
    return file


@pytest.fixture
def editor(tab: Any, address: str, recipe: Path) -> Iterator[Editor]:
    """The recipe, open."""
    opened = Editor(tab)
    opened.open(address)
    yield opened
    assert opened.faults == []


def line_of_cursor(editor: Editor) -> str:
    found: str = editor.tab.inner_text(".cm-line.cm-activeLine")
    return found


def test_it_opens_with_the_text_and_says_that_nothing_is_to_be_done(editor: Editor, recipe: Path) -> None:
    assert editor.text == recipe.read_text()
    assert editor.said(".recipe .state") == "saved"
    assert "nothing to run" in editor.said(".recipe .summary")
    assert editor.tab.is_disabled(".recipe button.main")


def test_an_error_of_yaml_is_shown_at_its_line(editor: Editor) -> None:
    editor.to_end()
    editor.type("nodes:\n  ted: {with: [\n")
    editor.tab.wait_for_selector(ROWS)
    assert "this is not YAML" in editor.said(ROWS)
    assert "cannot be built: 1 problem" in editor.said(".recipe .summary")
    marked = editor.tab.eval_on_selector(
        ".cm-gutter-lint .cm-lint-marker-error",
        "mark => Math.round(mark.getBoundingClientRect().top)",
    )
    numbers = editor.tab.eval_on_selector_all(
        ".cm-lineNumbers .cm-gutterElement",
        "all => all.map(one => [one.textContent, Math.round(one.getBoundingClientRect().top)])",
    )
    line = next(number for number, top in reversed(numbers) if top <= marked + 2)
    assert f"{line}:" in editor.said(f"{ROWS} code")


def test_problems_lead_to_their_lines_with_the_keyboard(editor: Editor) -> None:
    editor.to_end()
    editor.type("nodes:\n  ted: {with: {epochs: 3x}}\n  words: {with: {max_ngrm: 2}}\n")
    editor.tab.wait_for_selector(f"{ROWS}:nth-child(2)")
    assert "did you mean `max_ngram`?" in editor.said(ROWS + ":nth-child(2)")
    editor.tab.focus(f"{ROWS}:nth-child(1) button")
    editor.tab.keyboard.press("Enter")
    assert "ted" in line_of_cursor(editor)
    editor.tab.keyboard.press("F8")  # marks what is wrong here
    editor.tab.keyboard.press("F8")
    assert "words" in line_of_cursor(editor)


def test_a_completion_inserts_an_option_and_then_its_value(editor: Editor) -> None:
    editor.to_end()
    editor.type("nodes:\n  words:\n    with:\n      ana")
    editor.tab.keyboard.press("Control+Space")
    editor.tab.wait_for_selector(".cm-tooltip-autocomplete li")
    assert "analyzer" in editor.said(".cm-tooltip-autocomplete li[aria-selected]")
    editor.tab.wait_for_selector(".cm-completionInfo")
    assert "What to count" in editor.said(".cm-completionInfo")
    editor.tab.wait_for_timeout(100)  # the list takes keys when it has been seen for a moment
    editor.tab.keyboard.press("Enter")
    editor.tab.wait_for_function("() => document.querySelector('.host').shadowRoot.textContent.includes('analyzer: ')")
    editor.tab.wait_for_selector(".cm-tooltip-autocomplete li >> text=char_wb")
    editor.tab.keyboard.type("char_w")
    editor.tab.wait_for_timeout(100)
    editor.tab.keyboard.press("Enter")
    editor.tab.wait_for_function(
        "() => document.querySelector('.host').shadowRoot.textContent.includes('analyzer: char_wb')"
    )
    assert line_of_cursor(editor).strip() == "analyzer: char_wb"


def test_completions_come_while_one_types(editor: Editor) -> None:
    editor.to_end()
    editor.tab.keyboard.type("no")
    editor.tab.wait_for_selector(".cm-tooltip-autocomplete li >> text=nodes")
    editor.tab.keyboard.press("Escape")


def test_what_is_pointed_at_is_explained(editor: Editor) -> None:
    editor.tab.hover(".cm-line:has-text('extends: light') >> text=light")
    editor.tab.wait_for_selector(".cm-tooltip .about")
    assert "packaged" in editor.said(".cm-tooltip .about")


def test_the_plan_changes_before_anything_is_saved(editor: Editor, recipe: Path) -> None:
    before = recipe.read_text()
    editor.to_end()
    editor.type("nodes:\n  words: {with: {max_ngram: 2}}\n  lexical: null\n")
    editor.settled("removed: lexical")
    summary = editor.said(".recipe .summary")
    assert "1 removed: lexical" in summary
    assert "changed: check_config, words, intent" in summary
    assert summary.startswith("would run 2 of 32 nodes: check_config, words")
    editor.tab.click("text=Show plan")
    editor.tab.wait_for_function(
        "() => graphbuild.model.nodes.some(node => node.name === 'lexical' && node.change === 'removed')"
    )
    assert recipe.read_text() == before
    editor.tab.click("text=Show plan")
    editor.tab.wait_for_function("() => graphbuild.model.nodes.every(node => node.change === null)")
    editor.tab.click("text=Revert")
    editor.settled("nothing to run")
    assert editor.text == before


def test_saving_with_the_keyboard(editor: Editor, recipe: Path) -> None:
    before = recipe.read_text()
    editor.to_end()
    editor.type("seed: 1\n")
    assert editor.said(".recipe .state") == "not saved"
    editor.tab.keyboard.press("Control+s")
    editor.tab.wait_for_selector(".recipe .state >> text=/^saved$/")
    assert recipe.read_text() == f"{before}seed: 1\n"


def test_who_else_saved_is_not_overwritten_unasked(editor: Editor, recipe: Path) -> None:
    editor.to_end()
    editor.type("seed: 1\n")
    theirs = recipe.read_text() + "seed: 2\n"
    recipe.write_text(theirs)
    editor.tab.click(".recipe .tools button.main")
    editor.tab.wait_for_selector(".recipe .conflict pre")
    assert editor.said(".recipe .state") == "changed on disk"
    assert "-seed: 2\n+seed: 1" in editor.said(".recipe .conflict pre")
    assert recipe.read_text() == theirs
    editor.tab.click("text=Take over what is on the disk")
    assert editor.text == theirs
    assert editor.said(".recipe .state") == "saved"
    editor.faults = [one for one in editor.faults if "409" not in one]


def test_saving_over_what_others_wrote_is_possible(editor: Editor, recipe: Path) -> None:
    before = recipe.read_text()
    editor.to_end()
    editor.type("seed: 1\n")
    recipe.write_text(before + "seed: 2\n")
    editor.tab.keyboard.press("Control+s")
    editor.tab.click("text=Save over it")
    editor.tab.wait_for_selector(".recipe .state >> text=/^saved$/")
    assert recipe.read_text() == before + "seed: 1\n"
    editor.faults = [one for one in editor.faults if "409" not in one]


def test_a_change_on_the_disk_while_one_edits_is_told(editor: Editor, recipe: Path) -> None:
    editor.to_end()
    editor.type("seed: 1\n")
    recipe.write_text(recipe.read_text() + "seed: 2\n")
    editor.tab.evaluate("window.dispatchEvent(new Event('focus'))")
    editor.tab.wait_for_selector(".recipe .conflict >> text=changed on the disk while you edited it")
    assert "null" not in editor.said(".recipe .conflict")
    assert editor.said(".recipe .state") == "changed on disk"
    assert "-seed: 2\n+seed: 1" in editor.said(".recipe .conflict pre")
    editor.tab.click("text=Take over what is on the disk")
    assert editor.text == recipe.read_text()


def test_a_change_on_the_disk_that_is_taken_back_is_told_no_more(editor: Editor, recipe: Path) -> None:
    before = recipe.read_text()
    editor.to_end()
    editor.type("seed: 1\n")
    for theirs, state in (("seed: 2\n", "changed on disk"), ("", "not saved"), ("seed: 1\n", "saved")):
        recipe.write_text(before + theirs)
        editor.tab.evaluate("window.dispatchEvent(new Event('focus'))")
        editor.tab.wait_for_selector(f".recipe .state >> text=/^{state}$/")
        assert editor.tab.is_visible(".recipe .conflict") == (state == "changed on disk")
    assert editor.text == f"{before}seed: 1\n"


def test_a_recipe_that_cannot_be_read_at_first_is_opened_when_it_can(tab: Any, address: str, recipe: Path) -> None:
    text = recipe.read_bytes()
    recipe.write_bytes(b"\xff")
    tab.goto("about:blank")
    tab.goto(f"{address}#recipe")
    tab.wait_for_selector(".recipe .summary >> text=not UTF-8")
    tab.click(".cm-content")
    tab.keyboard.type("x")
    recipe.write_bytes(text)
    tab.evaluate("window.dispatchEvent(new Event('focus'))")
    tab.wait_for_selector(".recipe .state >> text=/^saved$/")
    assert Editor(tab).text == text.decode()


def test_a_change_on_the_disk_comes_into_the_page(editor: Editor, recipe: Path) -> None:
    theirs = recipe.read_text() + "seed: 5\n"
    recipe.write_text(theirs)
    editor.tab.evaluate("window.dispatchEvent(new Event('focus'))")
    editor.tab.wait_for_function("() => document.querySelector('.host').shadowRoot.textContent.includes('seed: 5')")
    assert editor.said(".recipe .state") == "saved"


def test_packaged_recipes_can_be_read_and_not_written(editor: Editor) -> None:
    editor.tab.select_option(".recipe select", "recipes/light.yml")
    editor.tab.wait_for_selector(".recipe .note >> text=packaged recipe")
    assert "uses: WhitespaceTokenizer" in editor.text
    before = editor.text
    editor.to_end()
    editor.tab.keyboard.type("x")
    assert editor.text == before
    assert editor.said(".recipe .state") == "read only"


def test_keys_of_the_page_mean_nothing_while_one_types(editor: Editor) -> None:
    editor.to_end()
    editor.tab.keyboard.type("# t1?/b")
    assert editor.text.endswith("# t1?/b")
    assert editor.tab.evaluate("document.documentElement.dataset.theme ?? null") is None
    assert editor.tab.evaluate("location.hash") == "#recipe"
    assert not editor.tab.evaluate("document.getElementById('keys').open")


def test_tab_indents_and_escape_then_tab_leaves(editor: Editor) -> None:
    editor.to_end()
    editor.tab.keyboard.press("Tab")
    assert line_of_cursor(editor) == "  "
    editor.tab.keyboard.press("Shift+Tab")
    editor.tab.keyboard.press("Escape")
    editor.tab.keyboard.press("Shift+Tab")
    assert editor.tab.evaluate("document.activeElement.tagName") == "BUTTON"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 400)])
def test_axe_finds_nothing_serious(tab: Any, address: str, recipe: Path, scheme: str, width: int) -> None:
    editor = Editor(tab)
    editor.open(address, scheme=scheme, width=width)
    editor.to_end()
    editor.type("nodes:\n  ted: {with: {epochs: 3x}}  # a comment\n")
    editor.tab.wait_for_selector(ROWS)
    axe = npm_package("axe-core", "4.10.3") / "axe.min.js"
    tab.evaluate(axe.read_text())
    found = tab.evaluate("axe.run('#recipe').then(found => found.violations)")
    assert [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ] == []


def test_on_a_narrow_screen_all_of_it_is_there(tab: Any, address: str, recipe: Path) -> None:
    editor = Editor(tab)
    editor.open(address, width=400)
    editor.to_end()
    editor.type("nodes:\n  lexical: null\n")
    editor.settled("removed: lexical")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400
    assert tab.evaluate("document.querySelector('.host').getBoundingClientRect().height") > 250
    for name in ("Save", "Revert", "Show plan"):
        box = tab.locator(".recipe .tools button", has_text=name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
    tab.click("text=Show plan")
    tab.wait_for_selector("#graph:not([hidden])")
    assert editor.faults == []


def test_the_picture_of_the_docs(tab: Any, address: str, recipe: Path, tmp_path: Path) -> None:
    assert 15_000 < take(tab, address, tmp_path).stat().st_size < 250_000
