"""The benchmark of single messages: what it times is the same in batches."""

from __future__ import annotations

import pytest

from tests.benchmarks import parse
from tests.trained import Trained


def test_it_prints_percentiles_and_memory(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse.main([str(trained.package()), "--messages", "40"]) == 0
    told = capsys.readouterr().out
    assert "p99" in told
    assert "MB over 40 messages; in batches the same" in told
    assert parse.main([str(trained.package()), "--messages", "4", "--limit-ms", "0.0001"]) == 1
