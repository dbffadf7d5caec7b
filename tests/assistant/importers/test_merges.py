"""The merges: canonical values, whatever the files are called, however they are split and ordered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.domain import DEFAULT_ACTIONS, Form, SessionSettings
from graphbuild.assistant.data.nlu_projections import EntityParts, EntityTypes, Lookups, Regexes, Synonyms
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
from graphbuild.assistant.data.space import IntentSpace, SlotSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryStep
from graphbuild.assistant.importers.domain import Domain
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.nlu_training_data import NLUTrainingData
from graphbuild.assistant.importers.story_graph_merge import StoryGraphMerge, StoryGraphOutput
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Operation, signature
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

SAMPLE = Path(__file__).parents[3] / "recipes" / "sample"
WORDS = st.sampled_from(["a", "b", "c", "d"])


def encoded(ports: Ports) -> dict[str, bytes]:
    return {name: value.encode() for name, value in ports.values().items()}


def user(intent: str) -> StoryElement:
    return StoryElement((Event("user", intent),))


def action(name: str) -> StoryElement:
    return StoryElement((Event("action", name),))


# ---- NLU

EXAMPLES = st.builds(
    lambda text, intent, marked: Example(
        text, intent, None, ({"start": 0, "end": 1, "entity": marked, "value": "v"},) if marked else ()
    ),
    WORDS,
    WORDS,
    st.none() | WORDS,
)
NLU_PARTS = st.builds(
    NLUPart,
    st.lists(EXAMPLES, max_size=4).map(tuple),
    st.lists(st.builds(Synonym, WORDS, WORDS, st.booleans()), max_size=3).map(tuple),
    st.lists(st.tuples(WORDS, WORDS), max_size=3).map(tuple),
    st.lists(st.builds(Lookup, WORDS, st.lists(WORDS, max_size=3).map(tuple)), max_size=2).map(tuple),
)


def split(part: NLUPart) -> list[NLUPart]:
    """One part for each record, last first."""
    return [
        *(NLUPart(lookups=(Lookup(one.name, (element,)),)) for one in part.lookups for element in one.elements),
        *(NLUPart(lookups=(Lookup(one.name, ()),)) for one in part.lookups),
        *(NLUPart(regexes=(one,)) for one in reversed(part.regexes)),
        *(NLUPart(synonyms=(one,)) for one in reversed(part.synonyms)),
        *(NLUPart(examples=(one,)) for one in reversed(part.examples)),
    ]


@given(st.lists(NLU_PARTS, max_size=3), st.randoms())
@settings(max_examples=50)
def test_nlu_data_does_not_depend_on_files_and_order(parts: list[NLUPart], random: Any) -> None:
    pieces = [piece for part in parts for piece in split(part)]
    random.shuffle(pieces)
    assert encoded(NLUTrainingData().apply(parts)) == encoded(NLUTrainingData().apply(pieces))


def test_nlu_data_is_projected() -> None:
    spans = ({"start": 0, "end": 2, "entity": "city", "value": "New York", "role": "to", "group": "a"},)
    one = NLUPart(
        examples=(Example("NY", "inform", None, spans), Example("hi", "greet", None, ())),
        synonyms=(Synonym("NY", "New York", is_implied=True), Synonym("home", "house")),
        regexes=(("zip", "b"), ("zip", "a")),
        lookups=(Lookup("fruit", ("pear", "apple")), Lookup("fruit", ("fig",))),
    )
    merged = NLUTrainingData().apply([one, one])
    assert merged.messages.texts == ("hi", "NY")
    assert merged.messages.intents.decoded() == ["greet", "inform"]
    assert merged.messages.entities.row(1) == list(spans)
    assert merged.synonyms == Synonyms((("NY", "New York"), ("home", "house")))
    assert merged.regexes == Regexes((("zip", "a"), ("zip", "b")))
    assert merged.lookups == Lookups((("fruit", ("apple", "fig", "pear")),))
    assert merged.entity_types == EntityTypes(("city",))
    assert merged.entity_parts == EntityParts(("city#a", "city#to"))
    assert merged.findings.rows == ()


def test_a_synonym_section_counts_before_an_annotation() -> None:
    part = NLUPart(synonyms=(Synonym("NY", "Albany", is_implied=True), Synonym("NY", "New York")))
    merged = NLUTrainingData().apply([part])
    assert merged.synonyms.pairs == (("NY", "New York"),)
    (found,) = merged.findings.rows
    assert (found.code, found.what) == ("GB209", "`NY` is a synonym of `New York` and also of `Albany`")


def test_messages_are_given_from_outside_at_run_time() -> None:
    assert signature(NLUTrainingData, Operation.APPLY).runtime == {"messages": "message"}


# ---- stories


def test_names_and_order_of_stories_do_not_show_in_the_graph() -> None:
    one = StoryBlock("one", False, (user("greet"), action("utter_hi")))
    two = StoryBlock("two", False, (user("bye"), action("utter_bye")))
    renamed = StoryBlock("other", False, two.elements)
    before = StoryGraphMerge().apply([StoryPart((one, two))])
    swapped = StoryGraphMerge().apply([StoryPart((two,)), StoryPart((one,))])
    after = StoryGraphMerge().apply([StoryPart((renamed, one))])
    assert encoded(before) == encoded(swapped)
    assert before.graph == after.graph
    assert (before.names.of_steps, after.names.of_steps) == ((("two",), ("one",)), (("other",), ("one",)))


def test_equal_stories_are_one() -> None:
    blocks = tuple(StoryBlock(name, False, (user("greet"),)) for name in ("b", "a"))
    merged = StoryGraphMerge().apply([StoryPart(blocks)])
    assert len(merged.graph.steps) == 1
    assert merged.names.of_steps == (("a", "b"),)


def test_a_choice_ends_a_copy_of_the_step_for_each_alternative_at_one_joint() -> None:
    choice = StoryElement((Event("user", "yes"), Event("user", "no")))
    block = StoryBlock("s", False, (action("utter_ask"), choice, action("utter_ok")))
    steps = StoryGraphMerge().apply([StoryPart((block,))]).graph.steps
    (joint,) = {end for step in steps for end in step.end}
    asks = Event("action", "utter_ask")
    assert set(steps) == {
        StoryStep((Checkpoint(START),), (joint,), (asks, Event("user", "yes"))),
        StoryStep((Checkpoint(START),), (joint,), (asks, Event("user", "no"))),
        StoryStep((joint,), (), (Event("action", "utter_ok"),)),
    }


def test_what_only_tests_of_stories_look_at_does_not_train() -> None:
    place = (("end", 9), ("entity", "city"), ("start", 4), ("value", "Rome"))
    labelled = StoryElement((Event("user", "faq", "faq/name", entities=(place,)), Event("user", "bye")))
    full = StoryBlock("s", False, (user("hi"), labelled))
    plain = StoryElement((Event("user", "faq", entities=((*place[1:2], *place[3:]),)), Event("user", "bye")))
    graph = StoryGraphMerge().apply([StoryPart((full,))]).graph
    assert graph == StoryGraphMerge().apply([StoryPart((StoryBlock("s", False, (user("hi"), plain)),))]).graph


def test_entities_of_a_text_keep_their_places() -> None:
    spoken = Event("user", None, text="to Rome", entities=((("end", 7), ("entity", "city"), ("start", 3)),))
    graph = StoryGraphMerge().apply([StoryPart((StoryBlock("s", False, (StoryElement((spoken,)),)),))]).graph
    assert graph.steps[0].events == (spoken,)


def test_two_equal_choices_in_one_story_have_joints_of_their_own() -> None:
    choice = StoryElement((Event("user", "yes"), Event("user", "no")))
    block = StoryBlock("s", False, (choice, action("utter_a"), choice, action("utter_b")))
    steps = StoryGraphMerge().apply([StoryPart((block,))]).graph.steps
    assert len({end.name for step in steps for end in step.end}) == 2


def test_many_checkpoints_and_choices_make_no_more_steps_than_they_are() -> None:
    checkpoints = [StoryElement(checkpoint=Checkpoint(f"c{number}")) for number in range(50)]
    block = StoryBlock("s", False, (user("greet"), *checkpoints, action("utter_hi")))
    assert len(StoryGraphMerge().apply([StoryPart((block,))]).graph.steps) == 51
    choice = StoryElement((Event("user", "yes"), Event("user", "no")))
    block = StoryBlock("s", False, tuple(one for _ in range(300) for one in (choice, action("utter_hi"))))
    assert len(StoryGraphMerge().apply([StoryPart((block,))]).graph.steps) == 601


def test_checkpoints_join_and_part_stories() -> None:
    here, there = (
        StoryElement(checkpoint=Checkpoint("here", (("vip", True),))),
        StoryElement(checkpoint=Checkpoint("there")),
    )
    block = StoryBlock("s", False, (here, user("greet"), there, action("utter_hi")))
    steps = StoryGraphMerge().apply([StoryPart((block,))]).graph.steps
    assert set(steps) == {
        StoryStep((Checkpoint("here", (("vip", True),)),), (Checkpoint("there"),), (Event("user", "greet"),)),
        StoryStep((Checkpoint("there"),), (), (Event("action", "utter_hi"),)),
    }


ELEMENTS = st.one_of(
    WORDS.map(user),
    WORDS.map(action),
    st.lists(WORDS, min_size=2, max_size=3, unique=True).map(
        lambda names: StoryElement(tuple(Event("user", name) for name in names))
    ),
    WORDS.map(lambda name: StoryElement(checkpoint=Checkpoint(name))),
)
BLOCKS = st.builds(StoryBlock, WORDS, st.booleans(), st.lists(ELEMENTS, max_size=4).map(tuple))


@given(st.lists(BLOCKS, max_size=4), st.randoms())
@settings(max_examples=50)
def test_stories_do_not_depend_on_files_and_order(blocks: list[StoryBlock], random: Any) -> None:
    shuffled = list(blocks)
    random.shuffle(shuffled)
    one_file = StoryGraphMerge().apply([StoryPart(tuple(blocks))])
    assert encoded(one_file) == encoded(StoryGraphMerge().apply([StoryPart((block,)) for block in shuffled]))
    assert type(one_file.graph).decode(one_file.graph.encode()).encode() == one_file.graph.encode()


PERCENTAGES = st.integers(0, 100)


@given(st.lists(BLOCKS, max_size=6), PERCENTAGES, PERCENTAGES, st.randoms())
@settings(max_examples=50)
def test_a_percentage_of_the_steps_is_left_out_by_content(
    blocks: list[StoryBlock], one: int, other: int, random: Any
) -> None:
    def merged(percentage: int | None, some: list[StoryBlock]) -> StoryGraphOutput:
        config = StoryGraphMerge.Config(exclusion_percentage=percentage)
        return StoryGraphMerge(config).apply([StoryPart(tuple(some))])

    low, high = sorted((one, other))
    every, some, fewer = (merged(percentage, blocks) for percentage in (None, low, high))
    assert set(fewer.graph.steps) <= set(some.graph.steps) <= set(every.graph.steps)
    count = len(every.graph.steps)
    assert len(some.graph.steps) == count - round(low * count / 100)
    assert [step for step in every.graph.steps if step in some.graph.steps] == list(some.graph.steps), "in their order"
    names = dict(zip(every.graph.steps, every.names.of_steps, strict=True))
    assert tuple(names[step] for step in some.graph.steps) == some.names.of_steps
    shuffled = list(blocks)
    random.shuffle(shuffled)
    assert encoded(merged(low, shuffled)) == encoded(some)


@pytest.mark.parametrize("percentage", [-1, 101])
def test_what_is_no_percentage_is_refused(percentage: int) -> None:
    with pytest.raises(DataError, match="between 0 and 100"):
        StoryGraphMerge(StoryGraphMerge.Config(exclusion_percentage=percentage)).apply([])


# ---- domain


def a_domain(**changes: Any) -> DomainPart:
    given: dict[str, Any] = {
        "intents": (IntentEntry("inform", ("city",)), IntentEntry("greet", None, ("name",)), IntentEntry("bye")),
        "entities": (EntityEntry("name"), EntityEntry("city", ("to", "from")), EntityEntry("aside", influences=False)),
        "slots": (
            ("vip", {"type": "bool", "mappings": [{"type": "custom"}]}),
            (
                "city",
                {
                    "type": "text",
                    "mappings": [
                        {"type": "from_entity", "entity": "city", "role": "to", "intent": "inform"},
                        {"type": "from_entity", "entity": "name", "conditions": [{"active_loop": "f"}]},
                    ],
                },
            ),
            ("quiet", {"type": "text", "influence_conversation": False, "mappings": [{"type": "from_text"}]}),
        ),
        "responses": (("utter_hi", ({"text": "hi"},)),),
        "actions": (("utter_hi", False), ("action_b", False), ("action_a", True)),
        "forms": (("f", {"required_slots": ["city"], "ignored_intents": []}),),
        "session": {"session_expiration_time": 30},
    }
    return DomainPart(**{**given, **changes})


def test_the_space_is_what_training_sees() -> None:
    space = Domain().apply([a_domain()], [ResponsesPart((), ("faq",))]).space
    intents = {intent.name: intent.used_entities for intent in space.intents}
    assert intents["inform"] == ("city", "city#from", "city#to")
    assert intents["greet"] == ("city", "city#from", "city#to")
    assert intents["bye"] == intents["nlu_fallback"] == ("city", "city#from", "city#to", "name")
    assert space.entities == ("aside", "city", "name", "city#from", "city#to")
    assert space.slots == (
        SlotSpace("city", "text", fills_from=(("city", "to", None, ("inform",), ()),)),
        SlotSpace("vip", "bool"),
    )
    assert space.actions == (*DEFAULT_ACTIONS, "action_a", "action_b", "utter_faq", "utter_hi", "f")
    assert space.forms == ("f",)


def test_the_rest_of_a_domain_comes_apart() -> None:
    merged = Domain().apply([a_domain()], [ResponsesPart((("utter_faq/name", ({"text": "bot"},)),))])
    assert merged.responses.variations == {"utter_faq/name": [{"text": "bot"}], "utter_hi": [{"text": "hi"}]}
    assert merged.forms.forms == {"f": Form(("city",))}
    assert list(merged.slots.slots) == ["city", "quiet", "requested_slot", "session_started_metadata", "vip"]
    assert merged.session == SessionSettings(30.0, carries_slots=True)
    assert merged.document.value["intents"][0] == "bye"
    for value in merged.values().values():
        assert type(value).decode(value.encode()) == value


@pytest.mark.parametrize(
    "changes",
    [
        {"responses": (("utter_hi", ({"text": "ho"},)),)},
        {"session": {}},
        {"forms": (("f", {"required_slots": [], "ignored_intents": ["bye"]}),)},
        {"slots": (*a_domain().slots, ("more", {"type": "any", "mappings": [{"type": "custom"}]}))},
        {"slots": tuple(reversed(a_domain().slots))},
        {"actions": tuple(reversed(a_domain().actions))},
        {"intents": tuple(reversed(a_domain().intents))},
    ],
    ids=["response text", "session", "required slots", "slot without influence", "slot order", "actions", "intents"],
)
def test_what_training_cannot_see_does_not_change_the_space(changes: dict[str, Any]) -> None:
    assert Domain().apply([a_domain(**changes)], []).space == Domain().apply([a_domain()], []).space


def test_using_entities_changes_the_space() -> None:
    edited = a_domain(intents=(IntentEntry("inform", ()), *a_domain().intents[1:]))
    space = Domain().apply([edited], []).space
    assert IntentSpace("inform", ()) in space.intents


def test_a_domain_may_be_split_over_files() -> None:
    whole = a_domain()
    pieces = [
        *(DomainPart(intents=(one,)) for one in whole.intents),
        *(DomainPart(slots=(one,)) for one in reversed(whole.slots)),
        DomainPart(entities=whole.entities, responses=whole.responses),
        *(DomainPart(actions=(one,)) for one in whole.actions),
        DomainPart(forms=whole.forms, session=whole.session),
    ]
    assert encoded(Domain().apply(pieces, [])) == encoded(Domain().apply([whole], []))


def test_a_slot_without_mappings_is_filled_by_the_entity_of_its_name() -> None:
    slots = (("name", {"type": "text"}), ("city", {"type": "text", "auto_fill": False}))
    space = Domain().apply([a_domain(slots=slots)], []).space
    assert {slot.name: slot.fills_from for slot in space.slots} == {"city": (), "name": (("name", None, None, (), ()),)}


def test_a_name_defined_in_two_ways_is_an_error() -> None:
    other = DomainPart(intents=(IntentEntry("bye", ()),), responses=(("utter_hi", ({"text": "ho"},)),))
    with pytest.raises(DataError) as error:
        Domain().apply([a_domain(), other], [])
    assert [problem.what for problem in error.value.problems] == [
        "intent `bye` is defined in two ways in two files",
        "response `utter_hi` is defined in two ways in two files",
    ]


# ---- the sample assistant


def test_the_sample_assistant_is_read_without_a_warning() -> None:
    domain = DomainFile().apply(SourceFile(SAMPLE / "domain.yml", "domain.yml"))
    files = [TrainingDataFile().apply(SourceFile(path, path.name)) for path in sorted((SAMPLE / "data").glob("*.yml"))]
    assert [row for one in [domain, *files] for row in one.warnings.rows] == []
    merged = Domain().apply([domain.part], [one.responses for one in files])
    nlu = NLUTrainingData().apply([one.nlu for one in files])
    graph = StoryGraphMerge().apply([one.stories for one in files]).graph
    declared = {intent.name for intent in domain.part.intents}
    assert set(nlu.messages.intents.names) == declared
    assert {e.name for step in graph.steps for e in step.events if e.type == "user"} <= declared
    assert {e.name for step in graph.steps for e in step.events if e.type == "action"} <= set(merged.space.actions)
    assert {e.name for step in graph.steps for e in step.events if e.type == "slot"} <= set(merged.slots.slots)
    assert set(nlu.entity_types.names) == {entity.name for entity in domain.part.entities}
    assert nlu.messages.entities.roles.names == ("from", "to")
