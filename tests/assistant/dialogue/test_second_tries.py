"""Steps of stories after an intent that came as a surprise, and in turns that never end. RASA.md 6.3."""

from __future__ import annotations

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Dialogues, Mark, StorySteps
from graphbuild.assistant.data.stories import Event, StoryGraph
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.story_steps import (
    LIMIT_REACHED,
    StoryHistories,
    StoryHistoriesOutput,
    StoryPredictions,
)
from tests.assistant.dialogue.tales import DOMAIN, act, loop, step, user


def made(*events: Event) -> StoryHistoriesOutput:
    config = StoryHistories.Config(second_tries=True)
    return StoryHistories(config).apply(StoryGraph((step(*events),)), DOMAIN)


def always(action: str, histories: Dialogues, sure: float = 1.0, only: list[bool] | None = None) -> ActionPredictions:
    """A policy that says one thing, or is silent where it is not to."""
    said = np.full((len(histories), 1), sure, dtype=np.float32)
    if only is not None:
        said[~np.array(only)] = 0.0
    return ActionPredictions((action,), said, f"says {action}")


def is_after_unlikely(histories: Dialogues) -> list[bool]:
    last = histories.state_ids[histories.splits[1:] - 1].tolist()
    return [UNLIKELY in histories.states[state] for state in last]


def predicted(found: StoryHistoriesOutput, *policies: ActionPredictions, **options: int) -> ChosenActions:
    config = StoryPredictions.Config(**options)
    return StoryPredictions(config).apply(policies, found.histories, found.steps)


def test_after_a_surprise_policies_are_asked_again() -> None:
    found = made(user("greet"), act("utter_hi"), user("bye"), act("utter_bye"))
    again = is_after_unlikely(found.histories)
    surprised = always(UNLIKELY, found.histories, only=[not one for one in again])
    chosen = predicted(found, surprised, always("utter_hi", found.histories, 0.5))
    assert found.steps.actions == ("utter_hi", "action_listen", "utter_bye", "action_listen")
    assert chosen.actions == ("utter_hi", UNLIKELY, "utter_hi", UNLIKELY), "only after a turn is there a second try"
    assert [bool(mark & Mark.AFTER_UNLIKELY) for mark in chosen.marks.tolist()] == [True, False, True, False]


def test_a_story_that_says_itself_that_it_is_a_surprise() -> None:
    found = made(user("greet"), act(UNLIKELY), act("utter_hi"))
    chosen = predicted(found, always(UNLIKELY, found.histories))
    assert chosen.actions[0] == UNLIKELY
    assert chosen.marks.tolist()[0] == 0


def test_a_form_that_refuses_refuses_in_the_second_try_too() -> None:
    found = made(user("greet"), act("f"), loop("f"), user("bye"), act("utter_bye"))
    rows = found.steps.unlikely_rows.tolist()
    assert found.histories.present is not None
    rejected, refused = found.histories.present.is_rejected, found.histories.present.refused
    told = dict(zip(found.steps.actions, rows, strict=True))
    assert (rejected[told["utter_bye"]], refused[told["utter_bye"]]) == (True, "f")
    assert not rejected[rows[0]]


def test_a_turn_has_ten_actions_at_most() -> None:
    found = made(user("greet"), *[act("utter_hi")] * 12, user("bye"), act("utter_bye"))
    chosen = predicted(found, always("utter_hi", found.histories))
    assert [one == LIMIT_REACHED for one in chosen.actions] == [False] * 10 + [True] * 3 + [False] * 2
    assert chosen.confidences.tolist()[10] == 0.0
    few = predicted(found, always("utter_hi", found.histories), max_number_of_predictions=1)
    assert few.actions[0] == "utter_hi"
    assert few.actions[1] == LIMIT_REACHED


def test_steps_can_be_kept() -> None:
    steps = made(user("greet"), act("utter_hi")).steps
    again = StorySteps.decode(steps.encode())
    assert again.encode() == steps.encode()
    assert again.unlikely_rows.tolist() == steps.unlikely_rows.tolist() != [-1, -1]
