"""What is printed of an evaluation, as a screen."""

from __future__ import annotations

from graphbuild.assistant.evaluation.comparison import Comparison, Curve
from graphbuild.assistant.evaluation.evaluation import Evaluation
from graphbuild.assistant.evaluation.folds import FIGURES, FoldFigures
from graphbuild.assistant.evaluation.metrics import NO_ENTITY, Confusion
from graphbuild.assistant.evaluation.text import comparison_lines, fold_lines, summary_lines, text_report
from tests.golden import golden

ERROR = {"text": "bye"}
INTENTS = Evaluation(
    4,
    confusion=Confusion.of(["greet", "greet", "bye", "faq"], ["greet", "bye", "bye", "(none)"]),
    errors=(ERROR, ERROR),
)
ENTITIES = Evaluation(
    4,
    confusion=Confusion.of(["city.from", "city.from", NO_ENTITY, "day"], ["city.from", NO_ENTITY, NO_ENTITY, "day"]),
    without=NO_ENTITY,
    errors=(ERROR,),
    spans=(1, 2, 2),
)
PARTS = {
    "intent": INTENTS,
    "entity": ENTITIES,
    "response_selection": Evaluation(reason="no component of the recipe selects responses"),
}


def test_the_whole_report() -> None:
    folds = {part: {one: {"mean": 0.5, "std": 0.125, "folds": [0.5]} for one in FIGURES} for part in ("train", "test")}
    comparison = Comparison((0, 50), (10, 5), (Curve("light", ((0.9, 0.8), (0.7, 0.6))), Curve("b", ((1.0, 0.0),))))
    lines = [
        *summary_lines(PARTS),
        "",
        *fold_lines(FoldFigures({"intent": folds})),
        "",
        *comparison_lines(comparison),
        "",
        text_report(PARTS),
    ]
    golden.check("console/evaluation.txt", "\n".join(lines))
