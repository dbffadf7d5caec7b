"""Glued dialogues: how many Rasa 3.6.21 makes (RASA.md 9.3), what they tell, and that nothing but content decides."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import AugmentedDialogues, Dialogues
from graphbuild.assistant.data.stories import START, Checkpoint, StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.dialogue.augmentation import TrackerAugmenter
from graphbuild.assistant.dialogue.featurizers.max_history import (
    AugmentedMaxHistoryTrackerFeaturizer,
    MaxHistoryTrackerFeaturizer,
)
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from graphbuild.graph.compile import compile_recipe
from graphbuild.recipe.packaged import recipes_folder
from graphbuild.recipe.read import read_recipe
from tests.assistant.dialogue.tales import (
    DOMAIN,
    GOLDEN_STORY,
    SNIPPET,
    act,
    actions,
    dialogues,
    rule,
    slot,
    step,
    user,
)

GOLDEN_PROJECT = """\
version: "3.1"
stories:
- story: s1
  steps:
  - intent: greet
  - action: utter_hi
  - intent: inform
    entities: [{city: Rome, role: to}, {name: Bo}]
  - slot_was_set: [{city: Rome}]
  - action: action_x
- story: s2
  steps:
  - or: [{intent: greet}, {intent: bye}]
  - action: utter_hi
  - checkpoint: asked
- story: s3
  steps:
  - checkpoint: asked
  - intent: inform
  - action: utter_bye
rules:
- rule: r1
  condition: [slot_was_set: [{vip: true}], active_loop: null]
  steps: [{intent: bye}, {action: utter_bye}]
- rule: r2
  conversation_start: true
  steps: [{intent: greet}, {action: utter_hi}]
- rule: r3
  wait_for_user_input: false
  steps: [{intent: inform}, {action: f}, {active_loop: f}]
"""
SIMPLE = (
    step(user("greet"), act("utter_hi")),
    step(user("bye"), slot("vip", True), act("utter_bye")),
    rule(SNIPPET, user("bye"), act("utter_bye")),
)


def augmented(*steps: StoryStep, factor: int = 50, **options: Any) -> AugmentedDialogues:
    config = TrackerAugmenter.Config(augmentation_factor=factor, **options)
    return TrackerAugmenter(config).apply(StoryGraph(steps), DOMAIN)


def glued(made: AugmentedDialogues) -> list[str]:
    names = [made.actions[label] for label in made.labels]
    spans = zip(made.is_augmented.tolist(), made.splits[:-1], made.splits[1:], strict=True)
    return [" ".join(names[first:last]) for is_augmented, first, last in spans if is_augmented]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> StoryGraph:
    path = tmp_path_factory.mktemp("golden") / "data.yml"
    path.write_text(GOLDEN_PROJECT)
    return merge_blocks(TrainingDataFile().apply(SourceFile(path, "data.yml")).stories.blocks)[0]


@pytest.mark.parametrize(("factor", "count"), [(0, 6), (1, 15), (20, 84), (50, 123)])
@pytest.mark.parametrize("seed", [42, 1, 2, 3])
def test_there_are_as_many_as_rasa_makes(golden: StoryGraph, factor: int, count: int, seed: int) -> None:
    made = TrackerAugmenter(TrackerAugmenter.Config(augmentation_factor=factor, seed=seed)).apply(golden, DOMAIN)
    assert len(made) == count
    assert int(made.is_rule.sum()) == 3
    assert int((~made.is_rule & ~made.is_augmented).sum()) == 3


def test_the_other_story_begins_where_the_first_would_have_listened() -> None:
    hi, bye = "action_listen utter_hi", "action_listen utter_bye"
    assert f"{hi} {bye} action_listen" in glued(augmented(*SIMPLE))
    assert set(glued(augmented(*SIMPLE, factor=1))) <= set(glued(augmented(*SIMPLE)))


def test_what_a_story_set_stays_set_in_the_next() -> None:
    made = augmented(*SIMPLE)
    greeted_by_vip = '"prev_action": {"action_name": "action_listen"}, "slots": {"vip": [1.0, 1.0]}, "user": {"intent'
    assert any(greeted_by_vip in state and '"greet"' in state for state in made.states)


def test_three_rounds_glue_four_stories_at_most() -> None:
    made = augmented(*SIMPLE, factor=500)
    assert max(line.count("utter") for line in glued(made)) == 4
    assert len(glued(made)) == 4 + 8 + 16, "each once"


def test_rules_are_left_alone() -> None:
    made = augmented(*SIMPLE)
    assert not (made.is_rule & made.is_augmented).any()
    assert [line for line in actions(made) if line.startswith("rule")] == ["rule action_listen utter_bye action_listen"]


@pytest.mark.parametrize("options", [{"factor": 0}, {"use_story_concatenation": False}])
def test_without_augmentation_there_are_the_dialogues_alone(options: dict[str, Any]) -> None:
    made, plain = augmented(*SIMPLE, GOLDEN_STORY, **options), dialogues(*SIMPLE, GOLDEN_STORY)
    same = dataclasses.astuple(made)[:-2], dataclasses.astuple(plain)[:-2]
    assert all(np.array_equal(one, other) for one, other in zip(*same, strict=True))


def test_the_dialogues_of_the_stories_are_all_among_them() -> None:
    plain = dialogues(*SIMPLE, GOLDEN_STORY)
    made = augmented(*SIMPLE, GOLDEN_STORY, factor=5)
    lines = actions(made)
    assert all(line in lines for line in actions(plain))
    assert len(made) <= len(plain) + 5 * 10


def test_what_waits_at_a_checkpoint_that_nothing_starts_from_is_not_glued() -> None:
    made = augmented(*SIMPLE, step(user("greet"), act("action_x"), end="nowhere"))
    assert "action_x" not in " ".join(glued(made))
    assert sum("action_x" in line for line in actions(made)) == 1


def test_cycles_are_not_gone_round_again_when_gluing() -> None:
    steps = (
        step(user("greet"), end="asked"),
        step(act("action_x"), start="asked", end="asked"),
        step(act("utter_bye"), start="asked"),
    )
    bye = "action_listen utter_bye"
    lines = glued(augmented(*steps, factor=1, seed=7))
    assert all(line.endswith(f"{bye} action_listen") for line in lines)
    assert len(lines) == 3


def test_many_stories_are_glued_no_more_than_the_factor_allows() -> None:
    steps = [step(user("greet"), act(f"a{number:03}")) for number in range(400)]
    made = augmented(*steps, factor=3)
    assert int(made.is_augmented.sum()) == 30
    assert len(made) == 430


NAMES = ("", "c0", "c1", "c2")
STEPS = st.builds(
    lambda events, start, end: step(*events, start=start or START, end=end or None),
    st.lists(st.sampled_from((user("greet"), user("bye"), act("utter_hi"), slot("vip", True))), min_size=1, max_size=4),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
OPTIONS = st.fixed_dictionaries(
    {
        "factor": st.sampled_from((0, 1, 3)),
        "tracker_limit": st.sampled_from((None, 1, 2)),
        "unique_last_num_states": st.sampled_from((None, 1, 2)),
        "remove_duplicates": st.booleans(),
    }
)


@given(st.lists(STEPS, max_size=6, unique=True), OPTIONS, st.randoms(use_true_random=False))
def test_neither_order_nor_names_of_steps_decide_what_is_glued(
    steps: list[StoryStep], options: dict[str, Any], random: Any
) -> None:
    names = dict(zip(NAMES[1:], ("z", "y", "x"), strict=True)) | {START: START}

    def renamed(points: tuple[Checkpoint, ...]) -> tuple[Checkpoint, ...]:
        return tuple(Checkpoint(names[point.name], point.conditions) for point in points)

    other = [dataclasses.replace(one, start=renamed(one.start), end=renamed(one.end)) for one in steps]
    random.shuffle(other)
    assert augmented(*steps, **options).encode() == augmented(*other, **options).encode()


@given(st.lists(STEPS, max_size=5), st.sampled_from((1, 2, 30)))
@example([step(user("greet"), end=end, start=start) for start, end in ((START, ""), (START, "c0"), ("c0", "c0"))], 1)
def test_glued_dialogues_are_canonical_and_each_once(steps: list[StoryStep], factor: int) -> None:
    made = augmented(*steps, factor=factor)
    assert AugmentedDialogues.decode(made.encode()).encode() == made.encode()
    spans = list(zip(made.splits[:-1], made.splits[1:], strict=True))
    rows = [(made.state_ids[a:b].tobytes(), made.labels[a:b].tobytes()) for a, b in spans]
    assert len(set(rows)) == len(rows)
    assert int(made.is_augmented.sum()) <= 10 * factor


def test_policies_that_generalise_learn_from_more_and_the_others_from_the_same() -> None:
    none, many = augmented(*SIMPLE, factor=0), augmented(*SIMPLE, factor=50)
    config = MaxHistoryTrackerFeaturizer.Config(max_history=3)
    plain = MaxHistoryTrackerFeaturizer(config).apply(dialogues(*SIMPLE))
    featurizer = AugmentedMaxHistoryTrackerFeaturizer(config)
    assert featurizer.apply(none).encode() == plain.encode()
    assert len(featurizer.apply(many).windows) > len(plain.windows)


def test_neither_type_passes_for_the_other() -> None:
    assert not issubclass(AugmentedDialogues, Dialogues)
    assert not issubclass(Dialogues, AugmentedDialogues)


def below(recipe: Path, node: str) -> set[str]:
    """Recipe nodes that a node needs, directly or through others."""
    sample = recipes_folder() / "sample"
    graph = compile_recipe(read_recipe(str(recipe), sample), sample).graph
    found, queue = set(), [node]
    while queue:
        needed = {edge.node for edge in graph.nodes[queue.pop()].inputs} - found
        found |= needed
        queue += needed
    return {str(one).split("@")[0].split(":")[0] for one in found}


@pytest.mark.parametrize("text", ["graphbuild: 1\nextends: light\n", "policies: [MemoizationPolicy, KerasPolicy]\n"])
def test_memory_does_not_depend_on_augmentation_and_the_network_does(tmp_path: Path, text: str) -> None:
    recipe = tmp_path / "config.yml"
    recipe.write_text(text)
    memo, network = ("memo", "ted") if "light" in text else ("memoization_policy_0", "keras_policy_1")
    assert "augmented" not in below(recipe, f"{memo}:train")
    assert "augmented" in below(recipe, f"{network}:train")


@pytest.mark.parametrize(
    ("text", "factor"), [("graphbuild: 1\nextends: light\n", 0), ("policies: [KerasPolicy]\n", 50)]
)
def test_the_factor_is_a_variable_of_the_recipe(tmp_path: Path, text: str, factor: int) -> None:
    recipe = tmp_path / "config.yml"
    recipe.write_text(text)
    sample = recipes_folder() / "sample"
    assert read_recipe(str(recipe), sample).nodes["augmented"].options == {"augmentation_factor": factor}
    asked = read_recipe(str(recipe), sample, {"augmentation": 7})
    assert asked.nodes["augmented"].options == {"augmentation_factor": 7}
