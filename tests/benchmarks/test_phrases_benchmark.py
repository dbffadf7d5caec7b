"""The benchmark of lookup tables: what it times finds the same."""

from __future__ import annotations

import pytest

from tests.benchmarks import phrases


def test_all_find_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert phrases.main(["--sizes", "200"]) == 0
    assert "graphbuild" in capsys.readouterr().out
