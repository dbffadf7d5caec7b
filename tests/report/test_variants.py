"""The table of variants: what is the best, in what order, and as what text."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from graphbuild.errors import UsageError
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import NodeId
from graphbuild.report.variants import (
    Shared,
    VariantRow,
    VariantTable,
    is_lower_better,
    table_csv,
    table_document,
    table_text,
)
from tests.golden.golden import check

AXES = ("words.analyzer", "net.epochs")


def row(values: tuple[Any, ...], outcome: Outcome = Outcome.RUN, **scores: float | None) -> VariantRow:
    named = {f"fit.{name}": score for name, score in scores.items()}
    return VariantRow(values, outcome, named, 1.25 * len(values[0]), 3)


ROWS = (
    row(("char_wb", 10), accuracy=0.91234567, loss=0.3, texts=56, f1=None),
    row(("char_wb", 9), Outcome.HIT, accuracy=0.95, loss=0.2, texts=56, f1=0.5),
    VariantRow(("word", 10), Outcome.FAILED, failed=(NodeId("net:train@analyzer=word,epochs=10"),)),
    VariantRow(("word", 9), Outcome.SKIPPED),
    row(("a very long text of an option", 9), accuracy=0.95, loss=0.4, texts=56, f1=0.25),
)
TABLE = VariantTable(AXES, ROWS, Shared(9, 21, 2, 1))


def order(column: str) -> list[int]:
    return [ROWS.index(one) for one in TABLE.sorted_by(column).rows]


def test_the_table() -> None:
    check("compare/table.txt", table_text(TABLE))


def test_without_scores() -> None:
    rows = tuple(VariantRow(one.values, Outcome.RUN, {}, 0.01) for one in ROWS[:2])
    check("compare/no-scores.txt", table_text(VariantTable(AXES, rows, Shared(2, 2, 0, 0))))


def test_the_best_of_a_column() -> None:
    best = {column: TABLE.best(column) for column in TABLE.columns}
    assert best == {"fit.accuracy": 0.95, "fit.loss": 0.2, "fit.texts": None, "fit.f1": 0.5}


@pytest.mark.parametrize("name", ["fit.loss", "fit.word_error", "a.dev.wer", "x.mean-squared.RMSE"])
def test_of_some_scores_the_lowest_is_the_best(name: str) -> None:
    assert is_lower_better(name)


@pytest.mark.parametrize("name", ["loss.accuracy", "fit.lossless", "errors", "f1"])
def test_of_others_the_highest_is(name: str) -> None:
    assert is_lower_better(name) == (name == "errors")


def test_sorted_by_a_column() -> None:
    assert order("fit.accuracy") == order("accuracy") == [1, 4, 0, 2, 3]
    assert order("loss") == [1, 0, 4, 2, 3]
    assert order("f1") == [1, 4, 0, 2, 3]
    assert order("epochs") == [0, 2, 1, 3, 4]
    assert order("words.analyzer") == [0, 1, 2, 3, 4]
    assert order("took") == [0, 1, 4, 2, 3]


@pytest.mark.parametrize(
    ("word", "what"),
    [("accurate", "there is no column `accurate`"), ("x", "there is no column `x`")],
)
def test_a_column_that_is_not_there(word: str, what: str) -> None:
    with pytest.raises(UsageError, match=what) as caught:
        TABLE.sorted_by(word)
    assert caught.value.problems[0].hint is not None


def test_an_end_of_a_name_that_is_of_two() -> None:
    with pytest.raises(UsageError, match=r"`a` may be x\.a or y\.a"):
        VariantTable(("x.a", "y.a"), ROWS[:1], TABLE.shared).sorted_by("a")


def test_a_spreadsheet_reads_all_of_it() -> None:
    rows = list(csv.DictReader(io.StringIO(table_csv(TABLE))))
    assert len(rows) == 5
    assert rows[0]["fit.accuracy"] == "0.91234567"
    assert (rows[2]["state"], rows[2]["seconds"], rows[2]["fit.loss"]) == ("failed", "", "")
    assert rows[4]["words.analyzer"] == "a very long text of an option"


def test_the_document() -> None:
    document = table_document(TABLE)
    assert document["variants"][1] == {
        "values": {"words.analyzer": "char_wb", "net.epochs": 9},
        "state": "reused",
        "scores": {"fit.accuracy": 0.95, "fit.loss": 0.2, "fit.texts": 56, "fit.f1": 0.5},
        "seconds": 8.75,
        "ran": 3,
        "failed": [],
    }
    assert document["shared"] == {"nodes": 9, "alone": 21, "by_all": 2, "by_some": 1}
