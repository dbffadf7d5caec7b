"""The benchmark of conversations over HTTP: every answer is right, and what it grew by is told."""

from __future__ import annotations

import pytest

from tests.benchmarks import serving
from tests.trained import Trained


@pytest.mark.slow
def test_it_prints_throughput_percentiles_and_memory(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(trained.package()), "--messages", "200", "--limit-mb", "1000"]
    assert serving.main(words) == 0
    told = capsys.readouterr().out
    assert "210 messages, 20 at once" in told
    assert "p99" in told
    assert "0 wrong answers; memory" in told
