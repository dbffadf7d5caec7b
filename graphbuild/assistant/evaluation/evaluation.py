"""Evaluation: what came of holding predictions against what the data says; and several of them, by name.

Holds facts only (what was confused, wrong, right, how sure); figures are made of them where they are shown, so that
the evaluations of folds can be put together.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from graphbuild.assistant.evaluation.metrics import Confusion, Report, exact, report_of
from graphbuild.contract.artifact import JsonArtifact

INTENT, ENTITY, RESPONSE = "intent", "entity", "response_selection"
NO_EXAMPLES = "there are no examples"
NOTHING = "(none)"
"""Stands for the prediction where there is none."""


@dataclass(frozen=True)
class Evaluation:
    """How well one thing is predicted: intents, entities (of one extractor or of all), responses."""

    examples: int = 0
    reason: str | None = None
    """Why nothing was evaluated."""
    confusion: Confusion = field(default_factory=lambda: Confusion.of((), ()))
    without: str | None = None
    """A label that averages leave out."""
    errors: tuple[Mapping[str, Any], ...] = ()
    successes: tuple[Mapping[str, Any], ...] = ()
    right: tuple[float, ...] = ()
    """Confidences of right predictions."""
    wrong: tuple[float, ...] = ()
    """Confidences of wrong ones."""
    spans: tuple[int, int, int] | None = None
    """Entities found with their exact place and label, found at all, to be found."""

    @classmethod
    def pooled(cls, parts: Iterable[Evaluation]) -> Evaluation:
        """Evaluations over different examples as one."""
        held = list(parts)
        done = [one for one in held if one.reason is None]
        if not done:
            return held[0] if held else cls(reason="there is nothing to evaluate")
        spans = [one.spans for one in done if one.spans is not None]
        right, said, asked = (sum(one[i] for one in spans) for i in range(3))
        return cls(
            sum(one.examples for one in done),
            None,
            Confusion.summed(one.confusion for one in done),
            done[0].without,
            tuple(itertools.chain.from_iterable(one.errors for one in done)),
            tuple(itertools.chain.from_iterable(one.successes for one in done)),
            tuple(itertools.chain.from_iterable(one.right for one in done)),
            tuple(itertools.chain.from_iterable(one.wrong for one in done)),
            (right, said, asked) if spans else None,
        )

    def report(self) -> Report | None:
        """The figures; None where nothing was evaluated."""
        if self.reason is not None:
            return None
        report = report_of(self.confusion, self.without)
        if self.spans is not None:
            report["exact"] = exact(*self.spans)
        return report

    def to_plain(self) -> Any:
        """As JSON holds it."""
        return {
            "examples": self.examples,
            "reason": self.reason,
            "confusion": [list(cell) for cell in self.confusion.cells()],
            "without": self.without,
            "errors": [dict(one) for one in self.errors],
            "successes": [dict(one) for one in self.successes],
            "right": list(self.right),
            "wrong": list(self.wrong),
            "spans": None if self.spans is None else list(self.spans),
        }

    @classmethod
    def from_plain(cls, plain: Any) -> Evaluation:
        """The evaluation again."""
        return cls(
            plain["examples"],
            plain["reason"],
            Confusion.of_cells(tuple(cell) for cell in plain["confusion"]),
            plain["without"],
            tuple(plain["errors"]),
            tuple(plain["successes"]),
            tuple(plain["right"]),
            tuple(plain["wrong"]),
            None if plain["spans"] is None else tuple(plain["spans"]),
        )


@dataclass(frozen=True)
class Evaluations(JsonArtifact):
    """Evaluations by name: `intent`; or `entity`, and after it each extractor alone."""

    type_name: ClassVar[str] = "Evaluations.v1"
    parts: Mapping[str, Evaluation]

    @classmethod
    def pooled(cls, held: Iterable[Evaluations]) -> Evaluations:
        """Evaluations over different examples as one, name by name."""
        every = list(held)
        names = dict.fromkeys(name for one in every for name in one.parts)
        return cls({name: Evaluation.pooled(one.parts[name] for one in every if name in one.parts) for name in names})

    def as_scores(self) -> Mapping[str, float | None]:
        """Of each thing that is predicted its F1, averaged as people compare it, and its accuracy.

        Of entities those of whole ones in the place of the accuracy, which counts all words that are none; and not
        those of each extractor.
        """
        parts = {ENTITY: self.parts[ENTITY]} if ENTITY in self.parts else self.parts
        return {f"{name}.{figure}": value for name, part in parts.items() for figure, value in _scores(part)}

    def to_plain(self) -> Any:
        return [[name, one.to_plain()] for name, one in self.parts.items()]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls({name: Evaluation.from_plain(one) for name, one in plain})


def _scores(part: Evaluation) -> Iterator[tuple[str, float | None]]:
    report = part.report()
    yield "f1", None if report is None else report["weighted avg" if part.without is None else "micro avg"]["f1-score"]
    if part.without is None:
        yield "accuracy", None if report is None else report["accuracy"]
    elif report is not None and "exact" in report:
        yield "exact_f1", report["exact"]["f1-score"]
