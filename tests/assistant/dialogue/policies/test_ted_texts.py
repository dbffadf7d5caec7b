"""TEDPolicy on end-to-end stories: what users and the bot say word for word, the entities in it, and text or intent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Mark, Present, Samples
from graphbuild.assistant.data.stories import Event, StoryGraph, StoryStep, frozen_entities
from graphbuild.assistant.data.text_features import TextEntities, TextFeatures
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.ted import TEDPolicy
from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.assistant.dialogue.states import with_text
from graphbuild.assistant.dialogue.texts import StoryTextEntities, StoryTextFeatures, StoryTexts
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer, Vocabulary
from graphbuild.assistant.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from graphbuild.contract.component import Context
from graphbuild.errors import DataError
from tests.assistant.dialogue.prefixes import prefixes
from tests.assistant.dialogue.tales import act, dialogues, rule, step, user

SMALL: dict[str, Any] = {
    "transformer_size": 32,
    "batch_size": 8,
    "random_seed": 3,
    "connection_density": 0.5,
    "dense_dimension": dict.fromkeys(("text", "action_text", "label_action_text"), 32)
    | dict.fromkeys(("intent", "action_name", "label_action_name", "entities", "slots", "active_loop"), 20),
}
MODES = pytest.mark.parametrize("max_history", [3, None])
CITIES = ("rome", "oslo", "paris", "lima")


def said(text: str, **entities: str) -> Event:
    """What a user says; entities by type."""
    places = {kind: text.index(word) for kind, word in entities.items()}
    spans = [
        {"start": places[kind], "end": places[kind] + len(word), "value": word, "entity": kind}
        for kind, word in entities.items()
    ]
    return Event("user", text=text, entities=frozen_entities(spans))


def bot(text: str) -> Event:
    return Event("bot", text=text)


STORIES: tuple[StoryStep, ...] = (
    step(user("greet"), act("utter_hi"), said("i had that yesterday"), act("action_x")),
    step(user("greet"), act("utter_hi"), said("i can always go for sushi"), bot("sushi it is")),
    step(said("good morning to you"), bot("hello there"), said("leave me alone please"), act("utter_bye")),
    step(user("bye"), act("utter_bye")),
    *(step(said(f"take me to {city} today", city=city), act("f")) for city in CITIES),
)


@cache
def stories() -> Dialogues:
    return dialogues(*STORIES)


def samples_of(trackers: Dialogues, max_history: int | None) -> Samples:
    if max_history is None:
        return FullDialogueTrackerFeaturizer().apply(trackers)
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history)).apply(trackers)


@cache
def words() -> Vocabulary:
    messages = WhitespaceTokenizer().apply(StoryTexts().apply(stories()))
    return CountVectorsFeaturizer().train(messages)


def features_of(trackers: Dialogues) -> TextFeatures:
    """The texts of dialogues through a small pipeline, as it was learnt from the stories."""
    messages = WhitespaceTokenizer().apply(StoryTexts().apply(trackers))
    return StoryTextFeatures().apply(messages, [CountVectorsFeaturizer().apply(words(), messages)])


@cache
def entities() -> TextEntities:
    return StoryTextEntities().apply(StoryGraph(STORIES))


def policy(context: Context | None = None, **options: Any) -> TEDPolicy:
    return TEDPolicy(TEDPolicy.Config(**{**SMALL, "epochs": 3, **options}), context)


@cache
def learnt(max_history: int | None) -> TedState:
    """Trained until it knows the stories, once."""
    made = policy(epochs=60, learning_rate=0.005)
    return made.train(samples_of(stories(), max_history), features_of(stories()), entities())


@cache
def usual(max_history: int | None) -> TedState:
    """Trained with the usual options for a little while, once."""
    return policy().train(samples_of(stories(), max_history), features_of(stories()), entities())


def best(found: ActionPredictions) -> list[str]:
    return [found.actions[place] for place in found.probabilities.argmax(axis=1)]


def ends(*tales: Sequence[Event]) -> Dialogues:
    """Dialogues up to the last turn of the user, what comes next unknown."""
    found = []
    for events in tales:
        told = dialogues(step(*events, act("action_x")))
        splits = np.array([0, len(told.state_ids) - 1])
        found.append(replace(told, splits=splits, state_ids=told.state_ids[:-1], labels=told.labels[:-1]))
    return joined(found)


def joined(parts: Sequence[Dialogues]) -> Dialogues:
    states = tuple(dict.fromkeys(state for part in parts for state in part.states))
    ids = [np.array([states.index(part.states[code]) for code in part.state_ids], dtype=np.int32) for part in parts]
    nothing = np.zeros(len(parts), dtype=np.bool_)
    flat = np.concatenate(ids)
    splits = np.cumsum([0, *map(len, ids)]).astype(np.int64)
    return Dialogues(states, ("action_x",), splits, flat, np.zeros_like(flat), nothing, nothing)


def spoken(told: Dialogues, *texts: str) -> Dialogues:
    """The same, where it is known what users said last, too."""
    count, steps = len(told), len(told.state_ids)
    present = Present(
        is_hidden=np.zeros(steps, dtype=np.bool_),
        is_rejected=np.zeros(count, dtype=np.bool_),
        refused=("",) * count,
        texts=texts,
        confidences=np.ones(count),
        changes=("[]",),
        change_ids=np.zeros(steps, dtype=np.int32),
        beginning="{}",
    )
    return replace(told, present=present)


@pytest.mark.slow
@MODES
def test_it_learns_what_is_said_word_for_word(max_history: int | None) -> None:
    state = learnt(max_history)
    again = TedState.decode(state.encode())
    assert again.encode() == state.encode()
    assert state.spelt == ("text", "action_text", "label_action_text")
    told, actions = prefixes(stories())
    found = policy().apply(again, told, texts=features_of(told))
    assert {"sushi it is", "hello there"} < {*found.actions}
    assert best(found) == actions
    assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
@MODES
def test_other_words_for_the_same_lead_on(max_history: int | None) -> None:
    """What each text is told apart by are its words, so one that no story has is like those that share them."""
    told = ends([user("greet"), act("utter_hi"), said("i can go for sushi")], [said("please leave me")])
    found = policy().apply(learnt(max_history), told, texts=features_of(told))
    assert best(found) == ["sushi it is", "utter_bye"]


@pytest.mark.slow
@MODES
def test_entities_are_found_in_what_users_say(max_history: int | None) -> None:
    options = {"epochs": 90, "learning_rate": 0.005}
    messages = WhitespaceTokenizer().apply(StoryTexts().apply(stories()))
    neighbours = LexicalSyntacticFeaturizer()
    shapes = neighbours.train(messages)

    def featurized(trackers: Dialogues) -> TextFeatures:
        made = WhitespaceTokenizer().apply(StoryTexts().apply(trackers))
        return StoryTextFeatures().apply(
            made, [CountVectorsFeaturizer().apply(words(), made), neighbours.apply(shapes, made)]
        )

    state = policy(**options).train(samples_of(stories(), max_history), featurized(stories()), entities())
    assert state.tags is not None
    assert state.tags.names == ("city",)
    told = ends([said("take me to rome today")], [said("take me to lima today")], [user("bye")])
    found = ActionPredictions.decode(policy().apply(state, told, texts=featurized(told)).encode())
    assert found.entities is not None
    rows = [found.entities.spans.row(number) for number in range(3)]
    assert rows[:2] == [
        [{"start": 11, "end": 15, "entity": "city", "value": "rome"}],
        [{"start": 11, "end": 15, "entity": "city", "value": "lima"}],
    ]
    assert rows[2] == [], "there is no text to find any in"
    assert {*found.entities.extractors.decoded()} == {"TEDPolicy"}
    assert policy(entity_recognition=False).apply(state, told, texts=featurized(told)).entities is None


@pytest.mark.slow
def test_entities_are_learnt_only_where_stories_mark_some() -> None:
    samples, texts = samples_of(stories(), 3), features_of(stories())
    assert policy().train(samples, texts).tags is None
    assert policy(entity_recognition=False).train(samples, texts, entities()).tags is None
    nothing = StoryTextEntities().apply(StoryGraph((step(said("good morning to you"), act("utter_bye")),)))
    assert policy().train(samples, texts, nothing).tags is None
    assert policy(BILOU_flag=False).train(samples, texts, entities()).tags is not None


@pytest.mark.slow
@MODES
def test_the_text_decides_where_it_is_surer_than_the_intent(max_history: int | None) -> None:
    state = learnt(max_history)
    told = spoken(
        ends([user("inform")], [user("bye")], [user("greet")]),
        "leave me alone please",
        "something that nobody has said",
        "",
    )
    found = policy(e2e_confidence_threshold=0.3).apply(state, told, texts=features_of(told))
    assert found.marks is not None
    assert found.marks[0] == Mark.END_TO_END, "no story has the intent"
    assert best(found)[0] == "utter_bye"
    assert found.marks[2] == 0, "what was said is not known"
    assert best(found)[2] == "utter_hi"
    never = policy(e2e_confidence_threshold=1.0).apply(state, told, texts=features_of(told))
    assert never.marks is not None
    assert not never.marks.any()
    assert never.probabilities[2].tobytes() == found.probabilities[2].tobytes()


@pytest.mark.slow
@MODES
def test_where_users_have_no_intents_the_text_always_decides(max_history: int | None) -> None:
    told = dialogues(STORIES[2])
    state = policy(epochs=60).train(samples_of(told, max_history), features_of(told))
    start, actions = prefixes(told)
    found = policy().apply(state, start, texts=features_of(start))
    assert found.marks is not None
    assert (found.marks == Mark.END_TO_END).all()
    assert best(found) == actions


@pytest.mark.slow
@MODES
def test_equal_trainings_give_equal_bytes(max_history: int | None) -> None:
    samples, texts = samples_of(stories(), max_history), features_of(stories())
    again = policy().train(samples, TextFeatures.decode(texts.encode()), entities())
    assert again.encode() == usual(max_history).encode()


@pytest.mark.slow
@MODES
def test_a_dialogue_is_seen_the_same_alone_and_among_others(max_history: int | None) -> None:
    state = learnt(max_history)
    told, _ = prefixes(stories())
    together = policy().apply(state, told, texts=features_of(told))
    for number in range(len(told)):
        own, _ = prefixes(stories(), only=number)
        alone = policy().apply(state, own, texts=features_of(own))
        assert alone.probabilities.tobytes() == together.probabilities[number : number + 1].tobytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"number_of_transformer_layers": {"text": 0, "dialogue": 1}},
        {"number_of_transformer_layers": 0},
        {"hidden_layers_sizes": {"text": [16], "action_text": [8], "label_action_text": []}},
        {"unidirectional_encoder": True, "use_key_relative_attention": True},
        {"use_masked_language_model": True},
        {"drop_rate": 0.2, "use_dense_input_dropout": False},
        {"transformer_size": {"text": 16, "action_text": 8, "label_action_text": 24, "dialogue": 32}},
        {"evaluate_on_number_of_examples": 3, "evaluate_every_number_of_epochs": 1},
    ],
)
def test_options_of_texts_are_followed(options: dict[str, Any]) -> None:
    max_history = None if "hidden_layers_sizes" in options or "drop_rate" in options else 3
    heard: list[dict[str, float]] = []
    context = Context(progress=lambda done, total, facts: heard.append(dict(facts)))
    samples, texts = samples_of(stories(), max_history), features_of(stories())
    state = policy(context, **options).train(samples, texts, entities())
    usual = policy().train(samples, texts, entities())
    assert any(
        name not in usual.weights or not np.array_equal(usual.weights[name], one) for name, one in state.weights.items()
    )
    told, _ = prefixes(stories())
    assert np.isfinite(policy(**options).apply(state, told, texts=features_of(told)).probabilities).all()
    assert "entity" in heard[-1]
    assert ("words" in heard[-1]) == ("use_masked_language_model" in options)


def test_units_of_texts_that_heads_cannot_share_are_named() -> None:
    size = {"text": 30, "dialogue": 32}
    with pytest.raises(DataError, match="`transformer_size` 30 cannot be shared by 4"):
        policy(transformer_size=size).train(samples_of(stories(), 3), features_of(stories()))


@pytest.mark.slow
def test_a_training_goes_on_where_the_words_are_the_same() -> None:
    samples, texts = samples_of(stories(), 3), features_of(stories())
    more = policy(epochs=1).train(samples, texts, entities(), start=learnt(3))
    told, actions = prefixes(stories())
    assert best(policy().apply(more, told, texts=texts)) == actions, "one epoch alone would not do"


@pytest.mark.slow
def test_a_training_goes_on_with_more_words() -> None:
    more = dialogues(*STORIES, step(user("greet"), act("utter_hi"), said("i had pizza tonight again"), act("action_x")))
    messages = WhitespaceTokenizer().apply(StoryTexts().apply(more))
    grown = CountVectorsFeaturizer().train(messages, start=words())
    texts = StoryTextFeatures().apply(messages, [CountVectorsFeaturizer().apply(grown, messages)])
    assert len(grown.terms) > len(words().terms)
    state = policy(epochs=1).train(samples_of(more, 3), texts, entities(), start=learnt(3))
    told, actions = prefixes(stories())
    asked = WhitespaceTokenizer().apply(StoryTexts().apply(told))
    heard = StoryTextFeatures().apply(asked, [CountVectorsFeaturizer().apply(grown, asked)])
    assert best(policy().apply(state, told, texts=heard)) == actions, "one epoch alone would not do"


def test_a_training_does_not_go_on_with_other_words() -> None:
    """Or on a model that does not say where its words are, as none did once."""
    samples, texts = samples_of(stories(), 3), features_of(stories())
    fewer = replace(texts, features=(CountVectorsFeaturizer().apply(Vocabulary(words().terms[1:]), texts.messages),))
    for start, found in ((usual(3), fewer), (replace(usual(3), text_parts=()), fewer)):
        with pytest.raises(
            DataError, match="the words of texts in stories are not those that the model learnt"
        ) as error:
            policy(epochs=1).train(samples, found, entities(), start=start)
        count = len(words().terms)
        (problem,) = error.value.problems
        assert dict(problem.facts)["columns now"] == f"{count - 1} of words, {count - 1} of texts"


def test_a_training_does_not_go_on_with_other_entities() -> None:
    with pytest.raises(DataError, match="the entities in its texts"):
        policy(epochs=1).train(samples_of(stories(), 3), features_of(stories()), start=usual(3))


def test_a_training_does_not_go_on_where_texts_have_no_features_any_more() -> None:
    with pytest.raises(DataError, match="what it reads as texts"):
        policy(epochs=1).train(samples_of(stories(), 3), start=usual(3))


@pytest.mark.slow
def test_without_features_each_text_is_a_feature_of_its_own() -> None:
    state = policy(epochs=100).train(samples_of(stories(), 3))
    assert state.spelt == ()
    told, actions = prefixes(stories())
    assert best(policy().apply(state, told)) == actions


@pytest.mark.slow
def test_stories_without_texts_learn_what_they_did() -> None:
    plain = dialogues(STORIES[3], step(user("greet"), act("utter_hi")))
    samples = samples_of(plain, 3)
    with_texts = policy().train(samples, features_of(plain), StoryTextEntities().apply(StoryGraph((STORIES[3],))))
    assert with_texts.encode() == policy().train(samples).encode()


def test_texts_of_rules_are_not_among_those_of_stories() -> None:
    told = dialogues(STORIES[2], rule(said("only in a rule"), act("utter_bye")))
    assert list(StoryTexts().apply(told).texts) == ["good morning to you", "hello there", "leave me alone please"]
    now = spoken(ends([user("greet")]), "hi bot")
    assert list(StoryTexts().apply(now).texts) == ["hi bot"]


def test_marked_entities_are_gathered_by_text() -> None:
    marked = said("take me to rome", city="rome")
    twice = replace(marked, entities=())
    found = StoryTextEntities().apply(StoryGraph((step(twice, act("f")), step(marked, act("f")), rule(marked))))
    assert found.texts == ("take me to rome",)
    assert found.entities.row(0) == [{"start": 11, "end": 15, "entity": "city", "value": "rome"}]
    assert TextEntities.decode(found.encode()).encode() == found.encode()


def test_a_state_known_by_its_text_has_no_intent() -> None:
    assert with_text('{"user": {"intent": "greet", "entities": ["city"]}}', "hi") == '{"user": {"text": "hi"}}'
