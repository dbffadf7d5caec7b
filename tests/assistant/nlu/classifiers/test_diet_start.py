"""Going on from a trained network: old weights stand where they belong, and labels must be the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Coded, TokenizedMessages
from graphbuild.assistant.data.response_texts import ResponseTexts
from graphbuild.assistant.networks.layers import Weight
from graphbuild.assistant.nlu.classifiers.diet import DIETClassifier
from graphbuild.assistant.nlu.classifiers.diet_start import Start, check_same
from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.assistant.nlu.extractors.bilou import TagScheme
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer
from graphbuild.assistant.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from graphbuild.assistant.nlu.selectors.response_selector import ResponseSelector
from graphbuild.errors import DataError
from tests.assistant.nlu.classifiers.network_samples import annotated, travels

SMALL: dict[str, Any] = {
    "transformer_size": 16,
    "number_of_transformer_layers": 1,
    "batch_size": 8,
    "random_seed": 3,
    "connection_density": 0.5,
}
CHARACTERS = CountVectorsFeaturizer(CountVectorsFeaturizer.Config(analyzer="char_wb", max_ngram=2))
FEATURIZERS: tuple[Any, ...] = (LexicalSyntacticFeaturizer(), CountVectorsFeaturizer(), CHARACTERS)


def classifier(**options: Any) -> DIETClassifier:
    return DIETClassifier(DIETClassifier.Config(**{**SMALL, "epochs": 2, **options}))


def featurized(
    messages: TokenizedMessages, asked: TokenizedMessages | None = None, starts: list[Any] | None = None
) -> tuple[list[Any], list[Features]]:
    """What the featurizers learn of messages, and the features of the asked ones."""
    states = [one.train(messages, start=start) for one, start in zip(FEATURIZERS, starts or [None] * 3, strict=True)]
    asked = asked or messages
    return states, [one.apply(state, asked) for one, state in zip(FEATURIZERS, states, strict=True)]


def more() -> TokenizedMessages:
    """Other messages of the same labels and tags."""
    origin, target = '[rome]{"entity": "city", "role": "from"}', '[oslo]{"entity": "city", "role": "to"}'
    return annotated(
        [
            (f"fly from {origin} to {target}", "fly"),
            (f"DRIVE from {origin} Tomorrow at 8", "fly"),
            ("what is the weather like in [rome](city)", "weather"),
            ("hello my friend", "greet"),
        ]
    )


@pytest.fixture(scope="module")
def parent() -> tuple[list[Any], DietState]:
    """What featurizers and a classifier learnt."""
    messages = travels()
    states, features = featurized(messages)
    return states, classifier(epochs=20).train(messages, features)


@pytest.mark.slow
def test_rows_of_kernels_stay_with_their_columns(parent: tuple[list[Any], DietState]) -> None:
    states, start = parent
    messages = more()
    now, features = featurized(messages, starts=states)
    # Nothing is learnt at such a rate: what the training began with is what it ends with.
    still = classifier(epochs=1, learning_rate=1e-30, regularization_constant=0.0).train(messages, features, start)
    assert [sum(level) for level in still.parts] == [one[0] for one in still.layout]
    old, new = start.parts[0], still.parts[0]
    assert all(width > before for before, width in zip(old, new, strict=True)), "each of them grew"
    kernel, grown = start.weights["words.sparse.kernel"], still.weights["words.sparse.kernel"]
    at = then = 0
    for before, width in zip(old, new, strict=True):
        assert np.array_equal(grown[at : at + before], kernel[then : then + before])
        assert (grown[at + before : at + width] != 0).all()
        at, then = at + width, then + before
    others = [name for name in start.weights if not name.endswith("sparse.kernel")]
    assert all(np.array_equal(start.weights[name], still.weights[name]) for name in others)
    # So it says of every message what it said before, but for what its new columns add.
    assert len(now[1].terms) > len(states[1].terms)
    known = travels()
    _, before_features = featurized(travels(), known)
    _, after_features = featurized(messages, known, states)
    said = classifier().apply(start, known, before_features).intents
    again = classifier().apply(still, known, after_features).intents
    assert [said.top(row)[0] for row in range(5)] == [again.top(row)[0] for row in range(5)]


@pytest.mark.slow
def test_it_begins_where_the_other_ended(parent: tuple[list[Any], DietState]) -> None:
    states, start = parent
    messages = travels()
    _, features = featurized(messages, starts=states)
    losses: dict[str, float] = {}

    def trained(name: str, begin: DietState | None) -> DietState:
        told = DIETClassifier(DIETClassifier.Config(**{**SMALL, "epochs": 1}))
        told.context = replace(
            told.context, progress=lambda done, total, facts: losses.__setitem__(name, facts["loss"])
        )
        return told.train(messages, features, begin)

    fresh, first, second = trained("fresh", None), trained("first", start), trained("second", start)
    assert losses["first"] < 0.5 * losses["fresh"]
    assert first.encode() == second.encode() != fresh.encode()
    # Connections that there were not have not come.
    name = next(name for name, weight in start.weights.items() if (weight == 0).any() and weight.ndim == 2)
    assert np.array_equal(start.weights[name] == 0, first.weights[name] == 0)


@pytest.mark.slow
def test_other_labels_and_tags_are_refused_by_name(parent: tuple[list[Any], DietState]) -> None:
    _, start = parent
    messages = annotated([("hello", "greet"), ("fly", "fly"), ("order a [pizza](food)", "order")])
    _, features = featurized(messages)
    for refuses in (
        lambda: classifier().train(messages, features, start),
        lambda: classifier().fits(start, messages),  # before there are features
    ):
        with pytest.raises(DataError) as raised:
            refuses()
        told = {problem.what: dict(problem.facts) for problem in raised.value.problems}
        assert told == {
            "the intents are not those that the model learnt": {"added": "order", "removed": "weather"},
            "the entities are not those that the model learnt": {"added": "food", "removed": "city"},
            "the roles are not those that the model learnt": {"removed": "from, to"},
        }
    assert classifier().fits(start, travels()).rows == ()


@pytest.mark.slow
def test_features_that_went_are_refused(parent: tuple[list[Any], DietState]) -> None:
    _, start = parent
    messages = more()
    _, features = featurized(messages)
    with pytest.raises(DataError, match="features of words went since the model was trained"):
        classifier().train(messages, features, start)
    dense = [replace(one, sentence=np.zeros((len(messages), 4), dtype=np.float32)) for one in features]
    with pytest.raises(DataError, match="went since"):
        classifier().train(messages, dense, start)


def test_another_network_is_refused_with_the_weight_that_differs() -> None:
    then = DietState({"a.kernel": np.zeros((2, 3), np.float32)}, {}, (), None, {}, (), ((), ()))
    start = Start.of(then, then)
    for weights in (
        {"a.kernel": np.zeros((2, 4), np.float32)},
        {"a.kernel": np.zeros((2, 3), np.float32), "b": np.zeros(1, np.float32)},
        {},
    ):
        with pytest.raises(DataError, match="another network"):
            start.begin({name: Weight(value) for name, value in weights.items()})


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=4))
def test_parts_that_grow_keep_their_rows(parts: list[tuple[int, int]]) -> None:
    old, new = tuple(before for before, _ in parts), tuple(before + more for before, more in parts)
    kernel = np.arange(1, sum(old) + 1, dtype=np.float32)[:, None]
    then = DietState({"words.sparse.kernel": kernel}, {}, (), None, {}, (), (old, ()))
    fresh = Weight(np.full((sum(new), 1), -1, np.float32))
    grown = Start.of(then, replace(then, parts=(new, ()))).begin({"words.sparse.kernel": fresh})
    value = grown["words.sparse.kernel"].value[:, 0].tolist()
    wanted, number = [], 1
    for before, more in parts:
        wanted += [*range(number, number + before), *([-1] * more)]
        number += before
    assert value == wanted
    assert (fresh.value == -1).all(), "what is handed over is not changed"


def test_equal_labels_and_tags_pass() -> None:
    schemes = {"entity": TagScheme(("city",), True)}
    start = DietState({}, {}, ("a", "b"), None, schemes, ())
    check_same(start, "intents", ("a", "b"), schemes)
    with pytest.raises(DataError, match="the groups are not those"):
        check_same(start, "intents", ("a", "b"), {**schemes, "group": TagScheme(("1",), True)})


@pytest.mark.slow
def test_nothing_learnt_is_no_start() -> None:
    messages = annotated([("hello", "greet"), ("hey", "greet")])
    _, features = featurized(messages)
    start = classifier().train(messages, features)
    assert start == DietState.empty()
    assert classifier().train(messages, features, start) == start


QUESTIONS = (("when do you open", "faq/hours"), ("where are you", "faq/place"), ("opening hours", "faq/hours"))


def asking(asked: tuple[tuple[str, str], ...]) -> TokenizedMessages:
    messages = annotated([(text, "faq") for text, _ in asked])
    return replace(messages, response_keys=Coded.of([key for _, key in asked]))


def selected(
    texts: ResponseTexts, start: DietState | None = None, asked: tuple[tuple[str, str], ...] = QUESTIONS, **options: Any
) -> DietState:
    messages = asking(asked)
    words = CountVectorsFeaturizer()
    features = [words.apply(words.train(messages), messages)]
    small = {"hidden_layers_sizes": {"text": [8], "label": [8]}, "random_seed": 1, "use_text_as_label": True}
    selector = ResponseSelector(ResponseSelector.Config(**{**small, "epochs": 2, **options}))
    return selector.train(messages, features, texts, start)


@pytest.mark.slow
def test_words_of_responses_may_come_and_go() -> None:
    start = selected(ResponseTexts((("faq/hours", "From nine to five."), ("faq/place", "In Rome."))))
    assert start.label_terms == ("five", "from", "in", "nine", "rome", "to")
    assert DietState.decode(start.encode()).label_terms == start.label_terms
    texts = ResponseTexts((("faq/hours", "From eight to five."), ("faq/place", "In Oslo.")))
    still = {"epochs": 1, "learning_rate": 1e-30, "regularization_constant": 0.0}
    grown = selected(texts, start, **still)
    assert grown.label_terms == (*start.label_terms, "eight", "oslo")
    kernels = [one.weights["labels.sparse.kernel"] for one in (start, grown)]
    assert np.array_equal(kernels[0], kernels[1][:6])
    others = (*QUESTIONS, ("who are you", "faq/name"))
    with pytest.raises(DataError, match="the responses are not those"):
        selected(texts, start, others)
    with pytest.raises(DataError, match="the responses are not those"):
        ResponseSelector().fits(start, asking(others))
    assert ResponseSelector().fits(start, asking(QUESTIONS)).rows == ()


def test_words_of_labels_must_be_those_that_were_learnt(parent: tuple[list[Any], DietState]) -> None:
    states, before = parent
    messages = replace(more(), label_words=(("fly", ("ask", "fly")), ("greet", ("hi",)), ("weather", ("ask", "sky"))))
    _, features = featurized(messages, starts=states)
    with pytest.raises(DataError, match="the words of the labels are not those that the model learnt"):
        classifier().train(messages, features, start=before)
