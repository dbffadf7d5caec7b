"""Names and versions of Rasa 1 and 2 in texts, stories and domains."""

from __future__ import annotations

import pytest

from graphbuild.assistant.data.domain_merge import merge_domain
from graphbuild.assistant.data.migration.words import (
    contradictions,
    modern_domain,
    modern_stories,
    modern_text,
    new_action,
    plain_intents,
)
from graphbuild.assistant.data.parts import DomainPart, IntentEntry, ResponsesPart, StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.stories import Event


def story(*events: Event) -> StoryPart:
    return StoryPart((StoryBlock("s", False, tuple(StoryElement((event,)) for event in events)),))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('version: "2.0"\r\nnlu: []\r\n', 'version: "3.1"\r\nnlu: []\r\n'),
        ("# mine\nversion: 2.0  # old\n", '# mine\nversion: "3.1"\n'),
        ('version: "3.0"\n', 'version: "3.0"\n'),
        ("nlu: []\n", "nlu: []\n"),
        ("  version: '2.0'\n", "  version: '2.0'\n"),
        ("- action: respond_faq # x\n", "- action: utter_faq # x\n"),
        ("- action: 'respond_faq'\n", "- action: 'utter_faq'\n"),
        ("- action: respond_other\n", "- action: respond_other\n"),
        ("- action: action_deactivate_form\n", "- action: action_deactivate_loop\n"),
    ],
)
def test_texts_keep_all_but_what_has_another_name(old: str, new: str) -> None:
    assert modern_text(old, ["faq"]) == new


def test_actions_of_retrieval_intents_have_another_name() -> None:
    assert new_action("respond_faq", ["faq"]) == "utter_faq"
    old = story(Event("user", "respond_faq"), Event("action", "respond_faq"), Event("action", "action_x"))
    assert modern_stories(old, ["faq"]) == story(
        Event("user", "respond_faq"), Event("action", "utter_faq"), Event("action", "action_x")
    )


def test_a_domain_names_what_it_named_as_it_is_defined_when_merged() -> None:
    part = DomainPart(
        intents=(IntentEntry("b", ("x",)), IntentEntry("a")),
        slots=(("z", {"type": "text", "mappings": []}), ("y", {"type": "bool", "mappings": []})),
        actions=(("respond_faq", False), ("action_x", True)),
    )
    merged = merge_domain([part], [ResponsesPart(retrieval_intents=("faq",))])
    modern = modern_domain(part, merged)
    assert [entry.name for entry in modern.intents] == ["b", "a"]
    assert modern.slots == part.slots
    assert modern.actions == (("action_x", True),)


def test_stories_that_say_something_else_than_a_trigger() -> None:
    part = story(Event("user", "b"), Event("action", "utter_b"), Event("user", "a"), Event("action", "utter_a"))
    assert list(contradictions(part.blocks, {"b": "action_b", "c": "x"})) == [("s", "b", "utter_b")]
    assert list(contradictions(part.blocks, {"b": "utter_b"})) == []


def test_a_story_names_the_intent_alone_where_nothing_is_said() -> None:
    old = story(Event("user", "faq", "faq/a"), Event("user", "faq", "faq/a", text="a?"))
    assert plain_intents(old) == story(Event("user", "faq"), Event("user", "faq", "faq/a", text="a?"))
