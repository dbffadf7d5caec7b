"""Pictures of the live page are taken while it builds and looks back, light and dark."""

from __future__ import annotations

from pathlib import Path

from tests.browser.browser import Page
from tests.browser.ui_pictures import NAMES, edited, take_all

LARGEST = 250_000


def test_the_pictures(page: Page, tmp_path: Path) -> None:
    taken = take_all(page, edited(tmp_path), tmp_path)
    assert [one.stem for one in taken] == list(NAMES)
    # An empty page is far smaller.
    assert all(15_000 < one.stat().st_size < LARGEST for one in taken)
