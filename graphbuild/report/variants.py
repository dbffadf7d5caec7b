"""Variants side by side: a row a variant, a column an option or a score. As text, CSV and JSON; pure.

Which score is the best of its column is marked, where they differ at all.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphbuild.errors import Problem, UsageError
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.report.sizes import in_seconds
from graphbuild.report.widths import cut, filled, printable, width_of

TOOK = "took"
"""The column of times."""
_LOWER = frozenset({"loss", "error", "errors", "perplexity", "mse", "mae", "rmse", "wer", "cer"})
"""Words in the names of scores of which the lowest is the best."""
_WIDEST = 24
"""Columns that a value takes at most."""
_NOTHING = "-"


@dataclass(frozen=True)
class VariantRow:
    """One variant, and what came of it."""

    values: tuple[Any, ...]
    """Of each axis."""
    outcome: Outcome
    """FAILED where a node of it did, SKIPPED where one was not run, RUN where any ran, else HIT."""
    scores: Mapping[str, float | None] = field(default_factory=dict)
    seconds: float = 0.0
    """What its nodes took when they ran, those that it shares included."""
    ran: int = 0
    """Nodes that ran in this build."""
    failed: tuple[NodeId, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether all of it is made."""
        return self.outcome in (Outcome.HIT, Outcome.RUN)


@dataclass(frozen=True)
class Shared:
    """How much variants have in common."""

    nodes: int
    """All that there are."""
    alone: int
    """How many there would be if each variant were built by itself in a store of its own."""
    by_all: int
    by_some: int

    @classmethod
    def of(cls, graph: Graph) -> Shared:
        """Of a graph of variants."""
        uses: dict[NodeId, int] = dict.fromkeys(graph.nodes, 0)
        for variant in graph.variants:
            for node_id in graph.needed(variant.ends):
                uses[node_id] += 1
        counts = list(uses.values())
        every = len(graph.variants)
        shared = sum(count > 1 for count in counts)
        by_all = sum(count == every for count in counts) if every > 1 else 0
        return cls(len(counts), sum(counts), by_all, shared - by_all)


@dataclass(frozen=True)
class VariantTable:
    """All variants of a recipe."""

    axes: tuple[str, ...]
    rows: tuple[VariantRow, ...]
    shared: Shared

    @property
    def columns(self) -> list[str]:
        """All scores that any variant has."""
        return list(dict.fromkeys(name for row in self.rows for name in row.scores))

    @property
    def has_scores(self) -> bool:
        """Whether there is anything to compare."""
        return any(score is not None for row in self.rows for score in row.scores.values())

    def best(self, column: str) -> float | None:
        """The best score of a column; None where there is nothing to choose."""
        found = [score for row in self.rows if (score := row.scores.get(column)) is not None]
        if len(set(found)) < 2:
            return None
        return min(found) if is_lower_better(column) else max(found)

    def sorted_by(self, word: str) -> VariantTable:
        """By a column: scores from the best, times from the shortest, options in the order of their values.

        What has no score comes last. `word`: its name, or the end of it. Raises UsageError.
        """
        known = [*self.axes, *self.columns, TOOK]
        named = [one for one in known if one == word] or [one for one in known if one.endswith(f".{word}")]
        if len(named) != 1:
            from graphbuild.contract.options import did_you_mean

            what = f"there is no column `{word}`" if not named else f"`{word}` may be {' or '.join(named)}"
            raise UsageError(Problem(what, hint=did_you_mean(word, known)))
        return replace(self, rows=tuple(sorted(self.rows, key=lambda row: self._place(row, named[0]))))

    def _place(self, row: VariantRow, column: str) -> tuple[bool, Any]:
        if column in self.axes:
            axis = self.axes.index(column)
            order = list(dict.fromkeys(_text(one.values[axis]) for one in self.rows))
            return False, order.index(_text(row.values[axis]))
        if column == TOOK:
            return not row.is_done, row.seconds
        score = row.scores.get(column)
        return score is None, 0.0 if score is None else score if is_lower_better(column) else -score


def is_lower_better(column: str) -> bool:
    """Whether the lowest score of a column is the best: by the words of its name."""
    return not _LOWER.isdisjoint(re.split(r"[^a-z]+", column.rpartition(".")[2].lower()))


def table_text(table: VariantTable) -> str:
    """The table for a terminal, and below it what the variants share."""
    columns = [one for one in table.columns if not _tells_nothing(table, one)]
    best = {column: table.best(column) for column in columns}
    head = [*table.axes, *columns, TOOK]
    rows = [
        [
            *(cut(printable(_text(value)), _WIDEST) for value in row.values),
            *(_score(row, column, best[column]) for column in columns),
            f"{in_seconds(row.seconds)} " if row.is_done else f"{_NOTHING} ",
        ]
        for row in table.rows
    ]
    titles = [*table.axes, *(f"{one} " for one in (*columns, TOOK))]
    widths = [max(width_of(row[place]) for row in [titles, *rows]) for place in range(len(head))]
    ends = ["", *(_ending(row) for row in table.rows)]
    lines = []
    for row, end in zip([titles, *rows], ends, strict=True):
        cells = [filled(cell, width) for cell, width in zip(row, widths[: len(table.axes)], strict=False)]
        numbers = zip(row[len(table.axes) :], widths[len(table.axes) :], strict=True)
        cells += [" " * (width - width_of(cell)) + cell for cell, width in numbers]
        lines.append("  ".join([*cells, end]).rstrip())
    return "\n".join([*lines, "", *_foot(table, best)]) + "\n"


def _foot(table: VariantTable, best: Mapping[str, float | None]) -> Iterator[str]:
    if any(one is not None for one in best.values()):
        yield "* the best of its column"
    if not table.columns:
        yield "there are no scores: no target is an evaluation"
    yield shared_text(table.shared, len(table.rows))


def shared_text(shared: Shared, variants: int) -> str:
    """What variants share, in a line."""
    parts = [f"{shared.by_all} shared by all"] if shared.by_all else []
    parts += [f"{shared.by_some} by some" if parts else f"{shared.by_some} shared by some"] if shared.by_some else []
    told = f": {', '.join(parts)}" if parts else ""
    return f"{variants} variants, {shared.nodes} nodes instead of {shared.alone}{told}"


def table_csv(table: VariantTable) -> str:
    """All columns, as spreadsheets read them; numbers in full."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = table.columns
    writer.writerow([*table.axes, *columns, "seconds", "state"])
    for row in table.rows:
        scores = [row.scores.get(column) for column in columns]
        seconds = round(row.seconds, 4) if row.is_done else None
        writer.writerow([*(_text(value) for value in row.values), *scores, seconds, state(row)])
    return text.getvalue()


def table_document(table: VariantTable) -> dict[str, Any]:
    """What `--json` tells of the variants."""
    columns = table.columns
    best = {column: table.best(column) for column in columns}
    return {
        "axes": list(table.axes),
        "scores": columns,
        "best": best,
        "variants": [
            {
                "values": dict(zip(table.axes, row.values, strict=True)),
                "state": state(row),
                "scores": {column: row.scores.get(column) for column in columns},
                "seconds": round(row.seconds, 4) if row.is_done else None,
                "ran": row.ran,
                "failed": list(row.failed),
            }
            for row in table.rows
        ],
        "shared": {
            "nodes": table.shared.nodes,
            "alone": table.shared.alone,
            "by_all": table.shared.by_all,
            "by_some": table.shared.by_some,
        },
    }


def state(row: VariantRow) -> str:
    """What became of a variant, in a word or two."""
    words = {Outcome.FAILED: "failed", Outcome.SKIPPED: "not built", Outcome.RUN: "built", Outcome.HIT: "reused"}
    return words[row.outcome]


def _ending(row: VariantRow) -> str:
    if row.is_done:
        return ""
    return f"{state(row)}: {', '.join(row.failed)}" if row.failed else state(row)


def _score(row: VariantRow, column: str, best: float | None) -> str:
    score = row.scores.get(column)
    if score is None:
        return f"{_NOTHING} "
    text = str(score) if isinstance(score, int) else f"{score:.4f}" if abs(score) < 1000 else f"{score:.1f}"
    return f"{text}{'*' if best is not None and score == best else ' '}"


def _tells_nothing(table: VariantTable, column: str) -> bool:
    """Whether no variant has such a score, or it is a count that is the same everywhere, as that of the texts is."""
    scores = {row.scores.get(column) for row in table.rows if row.is_done}
    is_same = len(scores) == 1 and len(table.rows) > 1
    return scores <= {None} or (is_same and all(isinstance(one, int) for one in scores))


def _text(value: Any) -> str:
    """A value as the recipe has it; texts without quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
