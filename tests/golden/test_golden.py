from __future__ import annotations

from tests.golden.golden import IS_REWRITING


def test_golden_files_are_compared_and_not_rewritten() -> None:
    assert not IS_REWRITING, "REWRITE_GOLDEN is set: the golden tests just agreed with themselves"
