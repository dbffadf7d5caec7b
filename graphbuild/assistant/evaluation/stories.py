"""StoryEvaluation: what policies do at each step of test stories, and what is understood in them. RASA.md 6.3.

Stories go on with what they tell, whatever was predicted or understood, so that one mistake is one mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.dialogues import ChosenActions, Mark, StorySteps
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.stories import Event, frozen_entities
from graphbuild.assistant.dialogue.told_tests import ToldStories, ToldStory
from graphbuild.assistant.evaluation.entities import PRETRAINED, entity_evaluation, labelled_places, token_places
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.assistant.evaluation.outcomes import (
    EventOutcome,
    PredictedAction,
    StoryOutcome,
    StoryOutcomes,
    Understood,
)
from graphbuild.assistant.evaluation.ranked import evaluated
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component, Options

STORY, STORY_INTENT, STORY_ENTITY = "story", "story_intent", "story_entity"
NO_STORIES = "there are no stories"
_NOT_PARSED = "the texts of the stories were not looked at"
_Turn = tuple[int, Event, Understood]
"""The message that a user says, what the story says of it, and what was understood."""
_DIGITS = 7
"""As many of a confidence as single precision has."""


@dataclass(frozen=True)
class StoryEvaluationOutput(Ports):
    """The figures, and each story as it went."""

    evaluations: Evaluations
    outcomes: StoryOutcomes


class StoryEvaluation(Component):
    """Holds what policies do at each step of test stories, and what is understood in them, against the stories."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(
        self,
        told: ToldStories,
        steps: StorySteps,
        chosen: ChosenActions,
        messages: Messages,
        parses: Parses | None = None,
    ) -> StoryEvaluationOutput:
        """Messages with their tokens, if they have any; without parses the turns of the user are taken as they are."""
        first = steps.splits.tolist()
        outcomes = StoryOutcomes(
            tuple(_outcome(one, first[place], chosen, parses) for place, one in enumerate(told.stories))
        )
        parts = {STORY: _actions(outcomes), **_turns(told, outcomes, messages, is_parsed=parses is not None)}
        return StoryEvaluationOutput(Evaluations(parts), outcomes)


def _outcome(told: ToldStory, first: int, chosen: ChosenActions, parses: Parses | None) -> StoryOutcome:
    events = []
    for event, step, text in zip(told.events, told.steps, told.texts, strict=True):
        action = _predicted(chosen, first + step) if step >= 0 else None
        turn = _understood(event, parses, text) if parses is not None and text >= 0 else None
        events.append(EventOutcome(event, action, turn))
    return StoryOutcome(told.name, told.stories, tuple(events))


def _predicted(chosen: ChosenActions, step: int) -> PredictedAction:
    return PredictedAction(
        chosen.actions[step],
        chosen.policies[step],
        round(float(chosen.confidences[step]), _DIGITS),
        bool(chosen.marks[step] & Mark.AFTER_UNLIKELY),
        chosen.surprises.get(step),
    )


def _understood(event: Event, parses: Parses, message: int) -> Understood:
    row = parses.row(message)
    wanted = _intent_of(event)
    intent = row["intent"]["name"]
    if intent != wanted and intent == event.name:
        intent = _response_of(row, intent) or intent  # the story names the response, too
    asked = labelled_places([dict(one) for one in event.entities])
    # Those that never learn find much that nobody has annotated.
    spans = [one for one in row["entities"] if one["extractor"] not in PRETRAINED or labelled_places([one]) <= asked]
    are_wrong = labelled_places(spans) != asked
    sure = round(float(row["intent"]["confidence"]), _DIGITS)
    return Understood(intent, sure, frozen_entities(spans), wanted is not None and intent != wanted, are_wrong)


def _intent_of(event: Event) -> str | None:
    """The intent that a story names, with its response where it names one."""
    return event.value if isinstance(event.value, str) else event.name


def _response_of(row: Mapping[str, Any], intent: str) -> str | None:
    """The best response of the selector of an intent, or of that for all."""
    selectors = row["response_selector"]
    rankings = [selectors[name]["ranking"] for name in (intent, "default") if name in selectors]
    keys = [str(one["intent_response_key"]) for ranking in rankings for one in ranking]
    return next((key for key in keys if key.startswith(f"{intent}/")), None)


def _actions(outcomes: StoryOutcomes) -> Evaluation:
    rows = [(story, said, one) for story in outcomes.stories for said, one in _with_turns(story)]
    if not rows:
        return Evaluation(reason=NO_STORIES)
    made = [one.action for _, _, one in rows if one.action is not None]
    evaluation = evaluated(
        [said for _, said, _ in rows],
        [one.told for _, _, one in rows],
        [(one.name, one.confidence) for one in made],
        ("action", "action_prediction"),
    )
    names = {False: [story.name for story, _, one in rows if one.is_wrong]}
    names[True] = [story.name for story, _, one in rows if not one.is_wrong]
    return Evaluation(
        evaluation.examples,
        confusion=evaluation.confusion,
        errors=_in_stories(evaluation.errors, names[False]),
        successes=_in_stories(evaluation.successes, names[True]),
        right=evaluation.right,
        wrong=evaluation.wrong,
    )


def _in_stories(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    return tuple({"story": name, **row} for name, row in zip(names, rows, strict=True))


def _with_turns(story: StoryOutcome) -> Iterator[tuple[str, EventOutcome]]:
    """Each step, with what the user said last: the text, or else the intent as a message names it."""
    said = ""
    for one in story.events:
        if one.event.type == "user":
            said = one.event.text or f"/{one.event.name}"
        if one.action is not None:
            yield said, one


def _turns(told: ToldStories, outcomes: StoryOutcomes, messages: Messages, *, is_parsed: bool) -> dict[str, Evaluation]:
    if not any(text >= 0 for story in told.stories for text in story.texts):
        return {name: Evaluation(reason="the stories have no texts") for name in (STORY_INTENT, STORY_ENTITY)}
    if not is_parsed:
        return {name: Evaluation(reason=_NOT_PARSED) for name in (STORY_INTENT, STORY_ENTITY)}
    pairs = [
        (text, one)
        for story, outcome in zip(told.stories, outcomes.stories, strict=True)
        for text, one in zip(story.texts, outcome.events, strict=True)
    ]
    turns = [(text, one.event, one.turn) for text, one in pairs if one.turn is not None]
    return {STORY_INTENT: _intents(turns, messages), STORY_ENTITY: _entities(turns, messages)}


def _intents(turns: Sequence[_Turn], messages: Messages) -> Evaluation:
    asked = [(text, name, turn) for text, event, turn in turns if (name := _intent_of(event)) is not None]
    if not asked:
        return Evaluation(reason="the stories name no intents beside their texts")
    return evaluated(
        [messages.texts[text] for text, _, _ in asked],
        [name for _, name, _ in asked],
        [(turn.intent, turn.confidence) for _, _, turn in asked],
        ("intent", "intent_prediction"),
    )


def _entities(turns: Sequence[_Turn], messages: Messages) -> Evaluation:
    places = token_places(messages)
    wanted = [[dict(one) for one in event.entities] for _, event, _ in turns]
    found = [[dict(one) for one in turn.entities] for _, _, turn in turns]
    if not any(wanted) and not any(found):
        return Evaluation(reason="the stories have no annotated entities")
    texts = [messages.texts[text] for text, _, _ in turns]
    return entity_evaluation(texts, [places[text] for text, _, _ in turns], wanted, found)
