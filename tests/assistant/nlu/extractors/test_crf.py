"""CRFEntityExtractor: what it learns, what it sees, and that it is stored trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.features import Features, PatternFeatures
from graphbuild.assistant.data.messages import Messages, Spans, TokenizedMessages, no_names
from graphbuild.assistant.data.readers.entity_markup import read_markup
from graphbuild.assistant.nlu.extractors.crf import CRFEntityExtractor, CrfModels
from graphbuild.assistant.nlu.extractors.crf_features import TokenFeatures
from graphbuild.assistant.nlu.featurizers.matrices import csr_of_entries
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from graphbuild.contract.component import Context
from graphbuild.contract.options import read_options
from graphbuild.errors import ComponentError
from tests.assistant.nlu.samples import letters, tokenized

TRAVEL = (
    "fly from [Rome]{'entity': 'city', 'role': 'from'} to [New York]{'entity': 'city', 'role': 'to'}",
    "from [Paris]{'entity': 'city', 'role': 'from'} to [Rome]{'entity': 'city', 'role': 'to'} on [monday](day)",
    "to [Paris]{'entity': 'city', 'role': 'to'} from [New York]{'entity': 'city', 'role': 'from'} please",
    "a trip to [Berlin]{'entity': 'city', 'role': 'to'} on [sunday](day)",
    "hello",
    "",
)


def annotated(*texts: str) -> TokenizedMessages:
    read = [read_markup(text.replace("'", '"')) for text in texts]
    nothing = no_names(len(texts))
    spans = Spans.of([one[1] for one in read])
    return WhitespaceTokenizer().apply(Messages(tuple(one[0] for one in read), nothing, nothing, spans))


def found(state: CrfModels, *texts: str, **options: Any) -> list[list[tuple[str, str, str | None]]]:
    made = CRFEntityExtractor(CRFEntityExtractor.Config(**options)).apply(state, tokenized(*texts))
    return [
        [(one["value"], one["entity"], one.get("role")) for one in made.spans.row(row)] for row in range(len(texts))
    ]


def attributes(window: list[list[str]], text: str, features: Any = (), patterns: Any = ()) -> list[dict[str, float]]:
    return TokenFeatures(window, tokenized(text), features, patterns).of_message(0)


def test_words_are_seen_with_their_neighbours() -> None:
    window = [["low"], ["title", "upper", "digit", "prefix2", "suffix1", "bias"], ["low", "title"]]
    assert attributes(window, "Go UP 12") == [
        {"BOS": 1, "0:title=True": 1, "0:prefix2=Go": 1, "0:suffix1=o": 1, "0:bias=True": 1, "1:low=up": 1},
        {"-1:low=go": 1, "0:upper=True": 1, "0:prefix2=UP": 1, "0:suffix1=P": 1, "0:bias=True": 1, "1:low=12": 1},
        {"-1:low=up": 1, "0:digit=True": 1, "0:prefix2=12": 1, "0:suffix1=2": 1, "0:bias=True": 1, "EOS": 1},
    ]


def test_patterns_and_dense_features_are_seen_too() -> None:
    marks = csr_of_entries(np.array([1]), np.array([3]), None, (2, 4))
    dense = np.float32([[0.5, 0], [1, -2]])
    seen = attributes(
        [["pattern", "text_dense_features"]], "a b", [Features(dense, None)], [PatternFeatures(marks, None)]
    )
    assert seen == [
        {"0:text_dense_features=0.0": 0.5, "0:text_dense_features=0.1": 0},
        {"0:pattern=0.3": 1, "0:text_dense_features=0.0": 1, "0:text_dense_features=0.1": -2},
    ]


def test_types_are_seen_by_the_models_of_roles() -> None:
    seen = TokenFeatures([["low"], [], []], tokenized("a b"), [], []).of_message(0, ["O", "U-x"])
    assert seen[0] == {"BOS": 1, "0:entity=O": 1, "1:entity=U-x": 1}


def test_parts_of_speech_need_a_tokenizer_that_tells_them() -> None:
    with pytest.raises(ComponentError, match="SpacyTokenizer"):
        attributes([["pos2"]], "a")


def test_wrong_lists_of_features_are_refused() -> None:
    _, problems = read_options(CRFEntityExtractor.Config, {"features": [["low"], ["low"]]})
    assert "odd number" in problems[0].what
    _, problems = read_options(CRFEntityExtractor.Config, {"features": [["lower"]]})
    assert "no feature `lower`" in problems[0].what


class TestTrained:
    """With the library."""

    @pytest.fixture(autouse=True)
    def library(self) -> None:
        pytest.importorskip("pycrfsuite")

    @pytest.mark.parametrize("bilou", [True, False])
    def test_it_finds_what_it_was_shown_with_roles(self, bilou: bool) -> None:
        state = CRFEntityExtractor(CRFEntityExtractor.Config(BILOU_flag=bilou)).train(annotated(*TRAVEL))
        assert sorted(state.models) == ["entity", "role"]
        assert found(state, "fly from Rome to New York", "hello", "", BILOU_flag=bilou) == [
            [("Rome", "city", "from"), ("New York", "city", "to")],
            [],
            [],
        ]

    def test_what_is_stored_is_trained_already(self, monkeypatch: pytest.MonkeyPatch) -> None:
        state = CrfModels.decode(CRFEntityExtractor().train(annotated(*TRAVEL)).encode())
        monkeypatch.setattr("pycrfsuite.Trainer.train", None)
        assert found(state, "to Paris on sunday") == [[("Paris", "city", "to"), ("sunday", "day", None)]]

    def test_confidences_are_probabilities_of_names(self) -> None:
        state = CRFEntityExtractor().train(annotated(*TRAVEL))
        made = CRFEntityExtractor().apply(state, tokenized("from Rome to Zanzibar"))
        assert ((made.confidences > 0.2) & (made.confidences <= 1)).all()
        assert made.role_confidences is not None
        assert ((made.role_confidences > 0.2) & (made.role_confidences <= 1)).all()

    def test_without_entities_nothing_is_learnt_or_found(self) -> None:
        state = CRFEntityExtractor().train(tokenized("hello", ""))
        assert state.models == {}
        assert found(CrfModels.decode(state.encode()), "Rome") == [[]]

    def test_dense_features_alone_can_tell(self) -> None:
        messages = annotated("ooo [aaa](x)", "ooo [aaaa](x) oo", "oo", "[aa](x)", "o")
        config = CRFEntityExtractor.Config(features=[["text_dense_features"]])
        state = CRFEntityExtractor(config).train(messages, [letters(messages)])
        new = tokenized("ooooo aaaaa")
        assert CRFEntityExtractor(config).apply(state, new, [letters(new)]).spans.values == ("aaaaa",)

    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int]] = []
        context = Context(progress=lambda done, total, facts: told.append((done, total)))
        CRFEntityExtractor(CRFEntityExtractor.Config(max_iterations=4), context).train(annotated(*TRAVEL))
        assert told[0] == (1, 8)
        assert told[-1] == (8, 8)
