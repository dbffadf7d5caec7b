"""Pictures are taken at the widths of a desk and of a hand, light and dark, and nothing is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.browser import Page
from tests.browser.pictures import SCENES, take

LARGEST = 200_000


@pytest.mark.parametrize("name", SCENES)
def test_a_picture(page: Page, sample: Path, tmp_path: Path, name: str) -> None:
    file = take(page, sample, name, tmp_path)
    # An empty page is far smaller.
    assert 15_000 < file.stat().st_size < LARGEST
    width = SCENES[name][1]
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= width
    assert page.faults == []
