"""Pictures are PNG and pages stand alone; both are the same for the same evaluation."""

from __future__ import annotations

import struct
from html.parser import HTMLParser

import numpy as np
import pytest

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.evaluation.comparison import Comparison, Curve, NLUComparison
from graphbuild.assistant.evaluation.evaluation import ENTITY, INTENT, Evaluation, Evaluations
from graphbuild.assistant.evaluation.folds import FoldFigures, FoldPorts, FoldSummary
from graphbuild.assistant.evaluation.metrics import NO_ENTITY, Confusion
from graphbuild.assistant.evaluation.page import ComparisonPage, EvaluationPage
from graphbuild.assistant.evaluation.pictures import BINS, CurvePicture, EvaluationPictures, Pictures, histogram

VOID = {"meta", "input"}
COMPARISON = Comparison(
    (0, 50), (100, 50), (Curve("a", ((0.9, 0.8), (0.8, 0.6))), Curve("b_$x$", ((0.5, 0.4), (0.5, 0.4))))
)


def intents(wrong: str = "bye & <b>") -> Evaluations:
    error = {"text": "<script>\x00", "intent": "greet", "intent_prediction": {"name": wrong, "confidence": 0.5}}
    confusion = Confusion.of(["greet", "greet", wrong], ["greet", wrong, wrong])
    return Evaluations({INTENT: Evaluation(3, None, confusion, errors=(error,), right=(0.75, 1.0), wrong=(0.5,))})


def entities() -> Evaluations:
    span = {"start": 0, "end": 1, "entity": "city", "value": "X"}
    error = {"text": "X", "entities": [span], "predicted_entities": [{**span, "confidence_entity": 1.0, "role": "to"}]}
    confusion = Confusion.of(["city", NO_ENTITY], ["city.to", NO_ENTITY])
    part = Evaluation(1, None, confusion, NO_ENTITY, (error,), right=(1.0,), spans=(0, 1, 1))
    return Evaluations({ENTITY: part, "RegexEntityExtractor": part})


class Checker(HTMLParser):
    """Raises where tags do not nest, and gathers what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: bytes) -> str:
    text = page.decode()
    checker = Checker()
    checker.feed(text)
    checker.close()
    assert checker.open == []
    assert checker.loads == []
    assert "http" not in text
    return text


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert png.endswith(b"IEND\xaeB`\x82")
    return struct.unpack(">II", png[16:24])


def test_an_entity_that_was_found_in_a_test_story_has_no_confidence_to_show() -> None:
    found = {"start": 3, "end": 7, "entity": "city", "value": "Rome"}
    error = {"text": "to Rome", "entities": [], "predicted_entities": [found]}
    confusion = Confusion.of([NO_ENTITY], ["city"])
    part = Evaluation(1, None, confusion, NO_ENTITY, (error,), wrong=(1.0,), spans=(1, 0, 0))
    assert "Rome (city)" in checked(EvaluationPage().apply([Evaluations({ENTITY: part})]).data)


def test_a_page_stands_alone_and_escapes() -> None:
    nothing = Evaluations({"response_selection": Evaluation(reason="nothing & nobody")})
    text = checked(EvaluationPage().apply([intents(), entities(), nothing]).data)
    assert "<script>\x00" not in text
    assert "&lt;script&gt;" in text
    assert "bye &amp; &lt;b&gt;" in text
    assert "Not evaluated: nothing &amp; nobody." in text
    assert "RegexEntityExtractor" in text
    assert "X (city.to)" in text
    assert text.count("<svg") == 4  # confidences of entities are all 1, and say nothing


def test_a_page_of_folds_says_mean_and_spread() -> None:
    made = FoldSummary().apply([intents(), intents()], [intents(), intents("greet")])
    assert isinstance(made, FoldPorts)
    assert made.tests.parts[INTENT].examples == 6
    tests = made.figures.figures[INTENT]["test"]["accuracy"]
    assert tests == {"mean": pytest.approx(5 / 6), "std": pytest.approx(1 / 6), "folds": [pytest.approx(2 / 3), 1.0]}
    again = FoldFigures.decode(made.figures.encode())
    assert again.encode() == made.figures.encode()
    assert "0.833 ± 0.167" in checked(EvaluationPage().apply([made.tests], [again]).data)


def test_pictures_are_png_and_the_same_again() -> None:
    made = EvaluationPictures().apply(intents("$x$ & ä 你好"))
    assert list(made.files) == ["intent_confusion_matrix.png", "intent_histogram.png"]
    assert all(width > 100 and height > 100 for width, height in map(size, made.files.values()))
    assert EvaluationPictures().apply(intents("$x$ & ä 你好")).encode() == made.encode()
    assert Pictures.decode(made.encode()).encode() == made.encode()


def test_pictures_of_many_labels_and_of_none() -> None:
    names = [f"intent_{number}" for number in range(200)]
    many = Evaluations({INTENT: Evaluation(200, None, Confusion.of(names, names[1:] + names[:1]))})
    (picture,) = EvaluationPictures().apply(many).files.values()
    assert max(size(picture)) <= 5000
    assert EvaluationPictures().apply(Evaluations({INTENT: Evaluation(reason="nothing")})).files == {}
    assert checked(EvaluationPage().apply([many]).data).count("<rect") == 200


def test_users_settings_change_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib as mpl

    before = EvaluationPictures().apply(intents()).encode()
    monkeypatch.setitem(mpl.rcParams, "axes.facecolor", "red")
    monkeypatch.setitem(mpl.rcParams, "figure.dpi", 33)
    assert EvaluationPictures().apply(intents()).encode() == before
    assert mpl.rcParams["axes.facecolor"] == "red"


def test_confidences_are_in_25_bins() -> None:
    counts = histogram([0.0, 0.039, 0.04, 0.5, 1.0])
    assert len(counts) == BINS == 25
    assert (counts[0], counts[1], counts[12], counts[24]) == (2, 1, 1, 1)
    assert sum(histogram([])) == 0


def test_a_comparison_is_a_curve_a_configuration() -> None:
    config = NLUComparison.Config(configs=["a", "b"], percentages=[0, 50])
    better, worse = intents("greet"), intents()
    examples = [Messages.of_texts(["x"] * count) for count in (10, 5)]
    # By configuration, then run, then percentage.
    made = NLUComparison(config).apply([better, worse, better, better, worse, worse, worse, worse], examples)
    low = pytest.approx(2 / 3)
    assert made.results() == {"a": [[1.0, low], [1.0, 1.0]], "b": [[low, low], [low, low]]}
    assert made.examples == (10, 5)
    assert made.curves[0].means == [1.0, pytest.approx(5 / 6)]
    assert Comparison.decode(made.encode()) == made


def test_a_comparison_is_drawn() -> None:
    assert min(size(CurvePicture().apply(COMPARISON).data)) > 100
    text = checked(ComparisonPage().apply(COMPARISON).data)
    assert "0.850 ± 0.050" in text
    assert text.count("<polyline") == 2
    assert np.allclose(COMPARISON.curves[0].spreads, [0.05, 0.1])
