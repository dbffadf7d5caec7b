"""The law of the writers: what was written reads back equal, or is refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import (
    DomainPart,
    EntityEntry,
    Example,
    IntentEntry,
    Lookup,
    NLUPart,
    ResponsesPart,
    StoryBlock,
    StoryElement,
    StoryPart,
    Synonym,
)
from graphbuild.assistant.data.stories import FILLED, RULE_SNIPPET, Checkpoint, Event
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers.nlu_writer import as_written, trimmed
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile, TrainingDataOutput
from graphbuild.assistant.importers.writing_back import domain_text, training_data_text
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

WORDS = st.text(st.sampled_from("abc DE-9.,:#'\"|>é漢שׁ😀{}()*&!%"), min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = st.text(st.sampled_from("abcdE_-9é漢"), min_size=1, max_size=8)
ANYTHING = st.text(st.sampled_from("ab \n\t[](){}:\"\\'#-|>é😀\u2028\x1c"), max_size=14)
PLAIN = st.recursive(
    st.one_of(WORDS, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=2)),
    max_leaves=4,
)
lenient = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def examples(draw: st.DrawFn, texts: st.SearchStrategy[str] = WORDS) -> Example:
    """Words, some of them entities."""
    text, spans = "", []
    for surface in draw(st.lists(texts, min_size=1, max_size=4)):
        text += " " if text else ""
        for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
            value = draw(st.one_of(st.just(surface), texts))
            span: dict[str, Any] = {"start": len(text), "end": len(text) + len(surface)}
            span |= {"entity": draw(NAMES), "value": value}
            span |= draw(st.fixed_dictionaries({}, optional={"role": NAMES, "group": NAMES}))
            spans.append(span)
        text += surface
    intent, sub = draw(NAMES), draw(st.one_of(st.none(), NAMES))
    metadata = draw(
        st.one_of(st.just({}), st.dictionaries(st.sampled_from(["intent", "example"]), PLAIN.filter(_is_said)))
    )
    return Example(text, intent, f"{intent}/{sub}" if sub else None, tuple(spans), metadata or None)


def _is_said(value: object) -> bool:
    return value is not None


NLU = st.builds(
    NLUPart,
    st.lists(examples(), max_size=4).map(tuple),
    st.lists(st.builds(Synonym, WORDS, NAMES), max_size=3).map(tuple),
    st.lists(st.tuples(NAMES, WORDS.map(re.escape)), max_size=3).map(tuple),
    st.lists(st.builds(Lookup, NAMES, st.lists(WORDS, max_size=3).map(tuple)), max_size=2).map(tuple),
)
ENTITIES = st.lists(
    st.fixed_dictionaries(
        {"entity": NAMES.filter(lambda name: name not in ("role", "group")), "value": st.one_of(WORDS, st.just(""))},
        optional={"role": NAMES, "group": NAMES},
    ).map(lambda facts: tuple(sorted(facts.items()))),
    max_size=2,
).map(tuple)
TURNS = st.one_of(st.builds(Event, st.just("user"), NAMES, entities=ENTITIES))
SLOTS = st.builds(Event, st.just("slot"), NAMES, st.one_of(PLAIN, st.just(FILLED)))
LOOPS = st.builds(Event, st.just("loop"), st.one_of(NAMES, st.none()))
HAPPENS = st.one_of(
    TURNS, SLOTS, LOOPS, st.builds(Event, st.just("action"), st.one_of(NAMES, st.just(RULE_SNIPPET)))
)  # fmt: skip
SAID = st.one_of(
    st.builds(lambda text, intent: Event("user", intent, text=text), WORDS, st.one_of(NAMES, st.none())),
    st.builds(lambda text: Event("bot", text=text), WORDS),
)
ONE = st.builds(lambda event: StoryElement((event,)), HAPPENS)
CHOICE = st.builds(
    lambda events: StoryElement(tuple(events)), st.lists(st.one_of(TURNS, SLOTS), min_size=2, max_size=3)
)
JOINT = st.builds(
    lambda name, conditions: StoryElement(checkpoint=Checkpoint(name, tuple(conditions.items()))),
    NAMES,
    st.dictionaries(NAMES, PLAIN, max_size=2),
)
STORIES = st.builds(
    lambda stories, rules: StoryPart((*stories, *rules)),
    st.lists(
        st.builds(
            lambda name, elements: StoryBlock(name, False, tuple(elements)),
            WORDS,
            st.lists(st.one_of(ONE, CHOICE, JOINT, st.builds(lambda e: StoryElement((e,)), SAID)), max_size=5),
        ),
        max_size=2,
    ),
    st.lists(
        st.builds(
            lambda name, elements: StoryBlock(name, True, tuple(elements)),
            WORDS,
            st.lists(st.one_of(ONE, CHOICE), max_size=5),
        ),
        max_size=2,
    ),
)
VARIATIONS = st.lists(
    st.fixed_dictionaries({"text": st.text("ab \n:#'\"é😀{}", max_size=20)}, optional={"metadata": PLAIN})
)
RESPONSES = st.dictionaries(NAMES, VARIATIONS.map(tuple), max_size=2).map(lambda found: tuple(found.items()))
DOMAINS = st.builds(
    DomainPart,
    st.lists(
        st.builds(IntentEntry, WORDS, st.one_of(st.none(), st.lists(WORDS).map(tuple)), st.lists(WORDS).map(tuple)),
        unique_by=lambda entry: entry.name,
        max_size=3,
    ).map(tuple),
    st.lists(
        st.builds(EntityEntry, WORDS, st.lists(WORDS).map(tuple), st.lists(WORDS).map(tuple), st.booleans()),
        unique_by=lambda entry: entry.name,
        max_size=3,
    ).map(tuple),
    st.dictionaries(
        NAMES,
        st.fixed_dictionaries({"type": st.just("text"), "mappings": st.just([])}, optional={"initial_value": PLAIN}),
        max_size=2,
    ).map(lambda found: tuple(found.items())),
    RESPONSES,
    st.dictionaries(NAMES, st.booleans(), max_size=3).map(lambda found: tuple(found.items())),
    st.dictionaries(
        NAMES,
        st.fixed_dictionaries({"required_slots": st.lists(NAMES), "ignored_intents": st.lists(NAMES)}),
        max_size=2,
    ).map(lambda found: tuple(found.items())),
    st.lists(WORDS, max_size=2).map(tuple),
    st.dictionaries(NAMES, PLAIN, max_size=2),
    st.dictionaries(NAMES, PLAIN, max_size=2),
)


def read(folder: Path, text: str) -> TrainingDataOutput:
    path = folder / "written.yml"
    path.write_text(text, "utf-8")
    return TrainingDataFile().apply(SourceFile(path, path.name))


@lenient
@given(NLU)
def test_nlu_data_reads_back_equal(tmp_path: Path, part: NLUPart) -> None:
    text = training_data_text(TrainingData(part), "x.yml")
    assert read(tmp_path, text).nlu.encode() == as_written(part).encode()
    assert as_written(read(tmp_path, text).nlu).encode() == as_written(part).encode()


@lenient
@given(examples(ANYTHING.filter(bool)))
def test_an_example_of_any_text_reads_back_equal_or_is_refused(tmp_path: Path, example: Example) -> None:
    part = NLUPart((example,))
    try:
        text = training_data_text(TrainingData(part), "x.yml")
    except DataError as error:
        refusal = error.problems[0].what
    else:
        refusal = ""
        assert read(tmp_path, text).nlu.encode() == as_written(part).encode()
    assert not refusal or f"the example `{example.text}`" in refusal


@lenient
@given(STORIES)
def test_stories_read_back_equal(tmp_path: Path, part: StoryPart) -> None:
    text = training_data_text(TrainingData(stories=part), "x.yml")
    assert read(tmp_path, text).stories.encode() == part.encode()


@lenient
@given(RESPONSES)
def test_responses_read_back_equal(tmp_path: Path, responses: Any) -> None:
    part = ResponsesPart(responses)
    text = training_data_text(TrainingData(responses=part), "x.yml")
    assert read(tmp_path, text).responses.encode() == part.encode()


@lenient
@given(DOMAINS)
def test_a_domain_reads_back_equal(tmp_path: Path, part: DomainPart) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(domain_text(part, "x.yml"), "utf-8")
    assert DomainFile().apply(SourceFile(path, path.name)).part.encode() == part.encode()


def test_people_would_write_it_so(training_data: Callable[..., TrainingDataOutput]) -> None:
    text = dedent(
        """\
        version: "3.1"

        nlu:
        - synonym: New York
          examples: |
            - NYC

        - intent: fly
          examples: |
            - to [Rome](city)
            - from [Rome]{"entity": "city", "role": "from"} to [NY]{"entity": "city", "value": "New York"}
            - [abc][{"entity": "x"}, {"entity": "y", "value": "z"}]

        - intent: fly
          examples:
          - text: |-
              two
              lines

        - intent: faq/name
          metadata:
            topic: bot
          examples:
          - text: who are you?
            metadata: x

        - regex: zip
          examples: |
            - \\d{5}

        - lookup: fruit
          examples: |
            - apple
            - red pear

        responses:
          utter_faq/name:
          - text: |-
              I am
              a bot

        stories:
        - story: happy
          steps:
          - checkpoint: begin
            slot_was_set:
            - vip: true
          - intent: fly
            entities:
            - city: Rome
              role: to
            - name
          - or:
            - intent: affirm
            - slot_was_set:
              - ok
          - action: "..."
          - user: to [Rome](city)
          - bot: "Well: yes"
          - slot_was_set:
            - city: null
            - kinds:
              - a
              - 1
          - active_loop: null

        rules:
        - rule: begin
          conversation_start: true
          steps:
          - intent: greet
          - action: utter_greet

        - rule: submit
          condition:
          - active_loop: form
          wait_for_user_input: false
          steps:
          - action: form
          - active_loop: null
        """
    )
    data = training_data(text)
    assert training_data_text(TrainingData(data.nlu, data.stories, data.responses), "x.yml") == text


@pytest.mark.parametrize(
    ("part", "what"),
    [
        (NLUPart((Example("see [this](link)", "a", None, ()),)), "its brackets would be read as an annotation"),
        (NLUPart((Example("end ", "a", None, ()),)), "readers take away the spaces at its ends"),
        (NLUPart((Example("hi", None, None, ()),)), "it has no intent, and YAML keeps examples under their intents"),
        (NLUPart((Example("hi", "a/b", None, ()),)), "it would be read as something else"),
        (NLUPart(lookups=(Lookup("x", (), "no file"),)), "it would be read as something else"),
        (NLUPart((Example("a \ud800", "a", None, ()),)), "it holds half of a surrogate pair"),
        (NLUPart(synonyms=(Synonym(" a", "b"),)), "readers take away the spaces at its ends"),
    ],
)
def test_what_cannot_be_written_is_named(part: NLUPart, what: str) -> None:
    with pytest.raises(DataError, match="cannot be written") as error:
        training_data_text(TrainingData(part), "x.yml")
    (problem,) = error.value.problems
    assert what in problem.what
    assert str(problem.location) == "x.yml"


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (Event("event", "rewind", {"times": 2}), "stories in YAML have no word for it"),
        (Event("user", text="hi", entities=((("entity", "a"), ("value", "b")),)), "does not hold the value `b`"),
        (Event("user", "faq/x"), "it would be read as something else"),
    ],
)
def test_an_event_that_stories_have_no_word_for_is_named(event: Event, what: str) -> None:
    part = StoryPart((StoryBlock("s", False, (StoryElement((event,)),)),))
    with pytest.raises(DataError) as error:
        training_data_text(TrainingData(stories=part), "x.yml")
    assert what in error.value.problems[0].what
    assert "`s`" in error.value.problems[0].what


def test_a_rule_cannot_speak() -> None:
    part = StoryPart((StoryBlock("s", True, (StoryElement((Event("bot", text="hi"),)),)),))
    with pytest.raises(DataError, match="rule `s` cannot be written: a rule cannot have a step `bot`"):
        training_data_text(TrainingData(stories=part), "x.yml")


def test_the_word_of_a_domain_that_cannot_be_written_is_named() -> None:
    part = DomainPart(intents=(IntentEntry("a"), IntentEntry(" b")))
    with pytest.raises(DataError, match="` b` of `intents` cannot be written"):
        domain_text(part, "domain.yml")


def test_spaces_at_the_ends_can_be_taken_away() -> None:
    spans = (
        {"start": 1, "end": 5, "entity": "a", "value": " Rome"[1:]},
        {"start": 5, "end": 7, "entity": "b", "value": "x"},
    )
    part = NLUPart(
        (Example(" Rome  ", "a", None, spans),), (Synonym(" a", "b "),), ((" r", "p"),), (Lookup(" l", (" e",)),)
    )
    assert trimmed(part) == NLUPart(
        (Example("Rome", "a", None, ({"start": 0, "end": 4, "entity": "a", "value": "Rome"},)),),
        (Synonym("a", "b"),),
        (("r", "p"),),
        (Lookup("l", ("e",)),),
    )
    training_data_text(TrainingData(trimmed(part)), "x.yml")


def test_places_and_files_that_yaml_has_no_word_for_change_no_value() -> None:
    spans = [{"start": 5, "end": 6, "entity": "b", "value": "c"}, {"start": 0, "end": 1, "entity": "a", "value": "a"}]
    part = NLUPart((Example("a to c", "x", None, tuple(spans)),), lookups=(Lookup("l", ("e",), "file.txt"),))
    written = as_written(part)
    assert [span["start"] for span in written.examples[0].entities] == [0, 5]
    assert written.lookups == (Lookup("l", (), "file.txt"),)
    assert "- lookup: l\n  examples: file.txt\n" in training_data_text(TrainingData(part), "x.yml")
    assert as_written(replace(part, synonyms=(Synonym("a", "b"),))).synonyms == (Synonym("a", "b"),)
