"""Training dialogues: Rasa's golden states, joints, order, and what Rasa itself makes of real assistants."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.states import slot_features
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain import Domain
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.story_graph_merge import StoryGraphMerge
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.domains import DOMAIN, GOLDEN, action, graph, slot, step, user

CORPORA = os.environ.get("GRAPHBUILD_CORPORA")
LOADS_UNCHANGED = [
    "community-envirocar",
    "community-robocorp",
    "community-thesis",
    "concertbot",
    "course-08-actions",
    "course-09-custom-forms",
    "e2ebot",
    "financial-demo",
    "form-01-actions",
    "form-02-slots",
    "form-03-conditions",
    "form-04-from-text",
    "form-05-validation",
    "formbot",
    "moodbot",
    "rasa-init-3.6",
    "responseselectorbot",
    "retail-demo",
    "rules",
]


def generate(*steps: object) -> Dialogues:
    return TrackerGenerator().apply(stories=graph(*steps), domain=DOMAIN)  # type: ignore[arg-type]


def told(dialogues: Dialogues) -> list[list[str]]:
    """The actions of each dialogue."""
    return [
        [dialogues.actions[code] for code in dialogues.labels[first:last]]
        for first, last in zip(dialogues.splits[:-1], dialogues.splits[1:], strict=True)
    ]


def test_the_samples_that_rasa_makes_of_the_golden_story() -> None:
    """RASA.md 9.3: windows of two states and the action that follows each."""
    samples = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history=2)).apply(generate(GOLDEN))
    found = [
        ([json.loads(samples.states[one]) for one in window if one >= 0], samples.actions[label])
        for window, label in zip(samples.windows.tolist(), samples.labels.tolist(), strict=True)
    ]
    greeted = {"intent": "greet"}
    informed = {"entities": ["city", "city#to"], "intent": "inform"}
    listen, hi, x = ({"action_name": name} for name in ("action_listen", "utter_hi", "action_x"))
    slots = {"city": [1.0]}
    expected = [
        ([{}], "action_listen"),
        ([{}, {"prev_action": listen, "user": greeted}], "utter_hi"),
        ([{"prev_action": listen, "user": greeted}, {"prev_action": hi, "user": greeted}], "action_listen"),
        (
            [{"prev_action": hi, "user": greeted}, {"prev_action": listen, "slots": slots, "user": informed}],
            "action_x",
        ),
        (
            [
                {"prev_action": listen, "slots": slots, "user": informed},
                {"prev_action": x, "slots": slots, "user": informed},
            ],
            "action_listen",
        ),
    ]
    assert sorted(map(json.dumps, found)) == sorted(json.dumps([list(w), label]) for w, label in expected)


@pytest.mark.parametrize(
    ("given_slot", "value", "features"),
    [
        (SlotSpace("n", "float", max_value=10.0), None, [0, 0]),
        (SlotSpace("n", "float", max_value=10.0), 5, [1, 0.5]),
        (SlotSpace("n", "float", max_value=10.0), 20, [1, 1]),
        (SlotSpace("vip", "bool"), None, [0, 0]),
        (SlotSpace("vip", "bool"), True, [1, 1]),
        (SlotSpace("vip", "bool"), False, [1, 0]),
        (SlotSpace("kind", "categorical", values=("a", "b")), None, [0, 0, 0]),
        (SlotSpace("kind", "categorical", values=("a", "b")), "a", [1, 0, 0]),
        (SlotSpace("kind", "categorical", values=("a", "b")), "B", [0, 1, 0]),
        (SlotSpace("kind", "categorical", values=("a", "b")), "c", [0, 0, 1]),
        (SlotSpace("tags", "list"), [], [0]),
        (SlotSpace("tags", "list"), ["x"], [1]),
        (SlotSpace("city", "text"), None, [0]),
        (SlotSpace("city", "text"), "Rome", [1]),
    ],
)
def test_features_of_slots(given_slot: SlotSpace, value: object, features: list[float]) -> None:
    assert slot_features(given_slot, value) == features


def test_steps_are_joined_at_checkpoints() -> None:
    first = step(user("greet"), action("utter_hi"), end="joint")
    left = step(user("bye"), action("utter_bye"), start="joint")
    right = step(user("inform"), action("action_x"), start="joint")
    listen = "action_listen"
    assert told(generate(first, left, right)) == [
        [listen, "utter_hi", listen, "utter_bye", listen],
        [listen, "utter_hi", listen, "action_x", listen],
    ] or sorted(told(generate(first, left, right))) == sorted(
        [[listen, "utter_hi", listen, "utter_bye", listen], [listen, "utter_hi", listen, "action_x", listen]]
    )


def test_a_cycle_of_checkpoints_ends() -> None:
    first = step(user("greet"), action("utter_hi"), end="again")
    loop = step(user("inform"), action("action_x"), start="again", end="again")
    last = step(user("bye"), action("utter_bye"), start="again")
    found = told(generate(first, loop, last))
    assert len(found) == 2
    assert max(len(one) for one in found) == 7


def test_a_story_that_begins_with_an_action_has_no_sample_for_it() -> None:
    assert told(generate(step(action("utter_hi"), user("greet"), action("action_x")))) == [
        ["action_listen", "action_x", "action_listen"]
    ]


def test_equal_stories_are_one_dialogue() -> None:
    assert len(generate(GOLDEN, GOLDEN)) == 1


def test_rules_are_kept_apart() -> None:
    rule = step(action("..."), user("bye"), action("utter_bye"), is_rule=True)
    dialogues = generate(GOLDEN, rule)
    assert dialogues.is_rule.tolist() == [False, True]
    assert len(FullDialogueTrackerFeaturizer().apply(dialogues).windows) == 1


@settings(max_examples=40, deadline=None)
@given(st.permutations([("greet", "utter_hi"), ("bye", "utter_bye"), ("inform", "action_x")]), st.randoms())
def test_the_order_of_stories_does_not_matter(turns: list[tuple[str, str]], random: object) -> None:
    steps = [step(user(intent), action(name)) for intent, name in turns]
    assert generate(*steps).encode() == generate(*reversed(steps)).encode()


def test_a_slot_that_no_state_sees_changes_nothing() -> None:
    with_note = step(*GOLDEN.events[:2], slot("unseen", 1), *GOLDEN.events[2:])
    assert generate(with_note).encode() == generate(GOLDEN).encode()


def test_a_thousand_stories_share_their_beginnings() -> None:
    """Memory and time grow with what is different: 20,000 steps, and few distinct states."""
    turn = (user("greet"), action("utter_hi"))
    dialogues = generate(*(step(*turn * (1 + n % 10), user("bye"), action("utter_bye")) for n in range(2000)))
    assert len(dialogues) == 10
    assert len(dialogues.states) < 10


@pytest.mark.corpora
@pytest.mark.skipif(CORPORA is None, reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", LOADS_UNCHANGED)
def test_the_dialogues_are_those_of_rasa(name: str) -> None:
    """The actions of every training dialogue, rules apart, of a real assistant."""
    assert CORPORA is not None
    folder = Path(CORPORA) / "assistants" / name
    parts = [
        TrainingDataFile().apply(source=SourceFile(file, str(file)))
        for file in sorted((folder / "data").rglob("*.yml"))
    ]
    domain = Domain().apply(
        parts=[DomainFile().apply(source=SourceFile(folder / "domain.yml", "domain.yml")).part],
        responses=[part.responses for part in parts],
    )
    stories = StoryGraphMerge().apply(parts=[part.stories for part in parts])
    space: DomainSpace = domain.space
    dialogues = TrackerGenerator().apply(stories=stories.graph, domain=space)
    found = Counter(zip(dialogues.is_rule.tolist(), map(tuple, told(dialogues)), strict=True))
    oracle = json.loads((Path(CORPORA) / "oracle" / f"{name}.json").read_text())
    assert found == Counter((one["rule"], _labels(one["events"])) for one in oracle["dialogues"])


def _labels(events: list[dict[str, str]]) -> tuple[str, ...]:
    """The actions of an oracle's dialogue; a first one that nobody asked for cannot be predicted."""
    actions = tuple(event.get("action") or event["bot"] for event in events if "action" in event or "bot" in event)
    return actions if actions[:1] == ("action_listen",) else actions[1:]
