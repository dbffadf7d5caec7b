"""DIETClassifier on a small assistant: what it learns, what it does where there is little to learn, and equal bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Coded, Messages, Spans, TokenizedMessages, Tokens, no_names
from graphbuild.assistant.nlu.classifiers.diet import DIETClassifier, DIETClassifierOutput
from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.contract.component import Context
from graphbuild.contract.options import read_options
from graphbuild.errors import BuildFailed, DataError
from tests.assistant.nlu.classifiers.network_samples import annotated, travels, vocabulary, words

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {
    "epochs": 30,
    "transformer_size": 32,
    "number_of_transformer_layers": 1,
    "batch_size": 8,
    "random_seed": 3,
    "connection_density": 0.5,
    "constrain_similarities": True,
}
ASKED = ("fly from paris to new york now", "weather in berlin", "hello my friend")


def made(progress: Any = None, **options: Any) -> DIETClassifier:
    context = Context() if progress is None else Context(progress=progress)
    return DIETClassifier(DIETClassifier.Config(**{**SMALL, **options}), context)


@pytest.fixture(scope="module")
def messages() -> TokenizedMessages:
    return travels()


@pytest.fixture(scope="module")
def state(messages: TokenizedMessages) -> DietState:
    return made(epochs=100).train(messages, words(vocabulary(messages), messages))


def said(state: DietState, *texts: str, **options: Any) -> DIETClassifierOutput:
    known = vocabulary(travels())
    asked = annotated([(text, None) for text in texts])
    return made(**options).apply(state, asked, words(known, asked))


def test_it_learns_intents_and_entities(state: DietState) -> None:
    output = said(state, *ASKED)
    assert [output.intents.top(row)[0] for row in range(3)] == ["fly", "weather", "greet"]
    found = [(span["value"], span["entity"]) for span in output.entities.spans.row(0)]
    assert found == [("paris", "city"), ("new york", "city")]
    assert [(span["start"], span["end"]) for span in output.entities.spans.row(1)] == [(11, 17)]
    assert output.entities.spans.row(2) == []
    assert (output.entities.confidences > 0.5).all()
    assert set(output.entities.extractors.names) == {"DIETClassifier"}


def test_it_learns_roles(state: DietState, messages: TokenizedMessages) -> None:
    output = made().apply(state, messages, words(vocabulary(messages), messages))
    right = wanted = 0
    for row in range(len(messages)):
        true, made_of = messages.entities.row(row), output.entities.spans.row(row)
        roles = {(span["start"], span.get("role")) for span in true}
        wanted += len(roles)
        right += len(roles & {(span["start"], span.get("role")) for span in made_of})
    assert wanted == 36
    assert right >= 28


def test_words_of_intents_are_their_features_where_the_tokenizer_splits_names(messages: TokenizedMessages) -> None:
    split = replace(messages, label_words=(("fly", ("ask", "fly")), ("greet", ("greet",)), ("weather", ("ask", "sky"))))
    state = made().train(split, words(vocabulary(messages), messages))
    assert state.label_terms == ("ask", "fly", "greet", "sky")
    assert state.weights["labels.sparse.kernel"].shape[0] == 4
    assert [said(state, *ASKED).intents.top(row)[0] for row in range(3)] == ["fly", "weather", "greet"]


def test_confidences_of_all_intents_add_up_to_one(state: DietState) -> None:
    output = said(state, *ASKED)
    assert output.intents.confidences.sum(axis=1) == pytest.approx(1, abs=1e-5)
    two = said(state, *ASKED, ranking_length=2, renormalize_confidences=True)
    assert two.intents.ranking.shape == (3, 2)
    assert two.intents.confidences.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_same_inputs_give_the_same_bytes(messages: TokenizedMessages) -> None:
    features = words(vocabulary(messages), messages)
    first, second = (made(epochs=3).train(messages, features).encode() for _ in range(2))
    assert first == second
    assert first != made(epochs=3, random_seed=4).train(messages, features).encode()


def test_a_seed_that_is_null_comes_from_the_inputs(messages: TokenizedMessages) -> None:
    features = words(vocabulary(messages), messages)
    states = [
        DIETClassifier(DIETClassifier.Config(**{**SMALL, "epochs": 1, "random_seed": None}), Context(seed=seed)).train(
            messages, features
        )
        for seed in (5, 5, 6)
    ]
    assert states[0].encode() == states[1].encode() != states[2].encode()


def test_a_message_gets_what_it_gets_among_many(state: DietState) -> None:
    again = DietState.decode(state.encode())
    together = said(again, *ASKED, "", "😀", "word " * 2000)
    for row, text in enumerate((*ASKED, "", "😀", "word " * 2000)):
        alone = said(state, text)
        assert np.array_equal(alone.intents.confidences[0], together.intents.confidences[row])
        assert alone.entities.spans.row(0) == together.entities.spans.row(row)


@pytest.mark.parametrize(
    ("examples", "labels", "levels"),
    [
        ([("hi there", "greet"), ("hello", "greet")], (), ()),
        ([("to [rome](city)", "fly"), ("to [oslo](city) now", "fly")], (), ("entity",)),
        ([("hi", "greet"), ("bye", "bye")], ("bye", "greet"), ()),
        ([("hi", "greet"), ("bye", "bye"), ("to [rome](city)", None)], ("bye", "greet"), ("entity",)),
        ([("hi", None), ("bye", None)], (), ()),
        ([], (), ()),
    ],
)
def test_it_learns_what_there_is(
    examples: list[tuple[str, str | None]], labels: tuple[str, ...], levels: tuple[str, ...]
) -> None:
    some = annotated(examples)
    known = vocabulary(some)
    learnt = made(epochs=2).train(some, words(known, some))
    assert (learnt.labels, tuple(learnt.schemes)) == (labels, levels)
    output = made().apply(learnt, some, words(known, some))
    assert len(output.intents.ranking) == len(output.entities.spans.splits) - 1 == len(examples)
    assert output.intents.ranking.shape[1] == len(labels)


def test_messages_without_words_are_learnt_from_too(messages: TokenizedMessages) -> None:
    nothing = np.zeros(3, dtype=np.int64)
    bare = Messages(("", " "), Coded.of(["a", "b"]), no_names(2), Spans.none(2))
    empty = TokenizedMessages.of(bare, Tokens(nothing, *(np.zeros(0, np.int32) for _ in range(2)), no_names(0)))
    features = [Features(np.zeros((0, 3), np.float32), np.eye(2, dtype=np.float32))]
    learnt = made(epochs=3).train(empty, features)
    assert made().apply(learnt, empty, features).intents.ranking.shape == (2, 2)
    both = made(epochs=1, batch_size=2).train(messages, words(vocabulary(messages), messages))
    assert both.labels == ("fly", "greet", "weather")


def test_halves_can_be_left_out(messages: TokenizedMessages) -> None:
    features = words(vocabulary(messages), messages)
    assert made(epochs=1, entity_recognition=False).train(messages, features).schemes == {}
    assert made(epochs=1, intent_classification=False).train(messages, features).labels == ()


@pytest.mark.parametrize(
    "options",
    [
        {"use_masked_language_model": True},
        {"loss_type": "margin"},
        {"loss_type": "margin", "use_maximum_negative_similarity": False},
        {"constrain_similarities": False, "scale_loss": True},
        {"number_of_transformer_layers": 0, "hidden_layers_sizes": {"text": [24, 16], "label": [16]}},
        {"unidirectional_encoder": True, "use_key_relative_attention": True, "use_value_relative_attention": True},
        {"batch_strategy": "sequence", "batch_size": [4, 16], "drop_small_last_batch": True},
        {"mixed_precision": True},
        {"drop_rate": 0.0, "drop_rate_attention": 0.1, "BILOU_flag": False},
        {"learning_rate_schedule": "cosine", "clip_norm": 1.0, "similarity_type": "cosine"},
    ],
    ids=lambda options: "-".join(options),
)
def test_every_option_trains_something_that_knows_its_examples(
    options: dict[str, Any], messages: TokenizedMessages
) -> None:
    features = words(vocabulary(messages), messages)
    output = made(**options).apply(made(**options).train(messages, features), messages, features)
    right = [output.intents.top(row)[0] == intent for row, intent in enumerate(messages.intents.decoded())]
    assert sum(right) >= 24


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"batch_size": []}, ("batch_size",)),
        ({"batch_size": 0}, ("batch_size",)),
        ({"batch_size": [64, -5]}, ("batch_size",)),
        ({"drop_rate": 1.0}, ("drop_rate",)),
        ({"drop_rate_attention": 1.0}, ("drop_rate_attention",)),
        ({"connection_density": 0.0}, ("connection_density",)),
        ({"number_of_attention_heads": 3}, ()),
        ({"transformer_size": 10}, ()),
        ({"transformer_size": -4}, ("transformer_size",)),
        ({"transformer_size": 0}, ("transformer_size",)),
        ({"dense_dimension": {"label": 0}}, ("dense_dimension",)),
        ({"hidden_layers_sizes": {"text": [0]}}, ("hidden_layers_sizes",)),
        ({"hidden_layers_sizes": {"txt": [8]}}, ("hidden_layers_sizes",)),
        ({"share_hidden_layers": True, "hidden_layers_sizes": {"text": [32], "label": [32]}}, ()),
        ({"regularization_constant": -1.0}, ("regularization_constant",)),
    ],
)
def test_options_that_cannot_be_are_told_before_anything_trains(
    options: dict[str, Any], place: tuple[str, ...]
) -> None:
    config, problems = read_options(DIETClassifier.Config, options)
    assert config is None
    assert [one.path[:1] for one in problems] == [place]


def test_examples_without_features_are_refused(messages: TokenizedMessages) -> None:
    with pytest.raises(DataError, match="no features of them to learn from"):
        made().train(messages, [])


def test_progress_tells_of_each_epoch_and_of_held_out_messages(messages: TokenizedMessages) -> None:
    told: list[tuple[int, int, dict[str, float]]] = []
    classifier = made(
        lambda *facts: told.append(facts),
        epochs=4,
        evaluate_on_number_of_examples=6,
        evaluate_every_number_of_epochs=2,
        checkpoint_model=True,
    )
    classifier.train(messages, words(vocabulary(messages), messages))
    assert [(done, total) for done, total, _ in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert set(told[0][2]) == {"loss", "intent", "intent_accuracy", "entity", "role"}
    assert {"held_out_intent_accuracy", "held_out_entity_f1"} <= set(told[1][2])


def test_epochs_are_logged_for_tensorboard(messages: TokenizedMessages, tmp_path: Path) -> None:
    from tensorflow.python.summary.summary_iterator import summary_iterator

    features = words(vocabulary(messages), messages)
    config = DIETClassifier.Config(**{**SMALL, "epochs": 2, "tensorboard_log_directory": "logs"})
    logged = DIETClassifier(config, Context(project=tmp_path)).train(messages, features)
    assert logged.encode() == made(epochs=2).train(messages, features).encode()
    (file,) = (tmp_path / "logs").iterdir()
    told = [(event.step, value.tag) for event in summary_iterator(str(file)) for value in event.summary.value]
    assert {(1, "loss"), (2, "loss"), (2, "intent_accuracy")} <= set(told)


def test_a_folder_of_logs_that_is_a_file_is_named(messages: TokenizedMessages, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    config = DIETClassifier.Config(**{**SMALL, "tensorboard_log_directory": "logs/diet"})
    with pytest.raises(BuildFailed, match="no logs for TensorBoard can be written to logs/diet"):
        DIETClassifier(config, Context(project=tmp_path)).train(messages, words(vocabulary(messages), messages))


def test_early_stopping_ends_where_epochs_do_not_help(messages: TokenizedMessages) -> None:
    told: list[int] = []
    classifier = made(lambda done, *_: told.append(done), epochs=200, early_stopping=True, patience=2)
    classifier.train(messages, words(vocabulary(messages), messages))
    assert 2 < max(told) < 200


def test_a_loss_that_is_no_number_ends_the_training(messages: TokenizedMessages) -> None:
    features = words(vocabulary(messages), messages)
    broken = [replace(one, sentence=_broken(one)) for one in features]
    with pytest.raises(BuildFailed, match="the loss is no number after epoch 1"):
        made().train(messages, broken)


def _broken(features: Features) -> Any:
    return replace(features.sentence, data=np.full_like(features.sentence.data, np.nan))  # type: ignore[type-var, union-attr]


def test_features_of_another_shape_are_refused(state: DietState) -> None:
    asked = annotated([("hello", None)])
    with pytest.raises(DataError, match="not those that the network was trained with"):
        made().apply(state, asked, words(vocabulary(asked), asked))


def test_dense_features_are_taken_too(messages: TokenizedMessages) -> None:
    random = np.random.default_rng(0)
    dense = Features(
        random.normal(size=(len(messages.tokens.starts), 5)).astype(np.float32),
        random.normal(size=(len(messages), 7)).astype(np.float32),
    )
    for features in ([dense], [*words(vocabulary(messages), messages), dense], [Features(None, dense.sentence)]):
        output = made().apply(made().train(messages, features), messages, features)
        assert output.intents.ranking.shape == (len(messages), 3)
