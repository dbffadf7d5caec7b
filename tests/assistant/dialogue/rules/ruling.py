"""Short words to learn rules of told stories, and to ask what they say at each step of others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Mark
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.dialogue.policies.rule_policy import RulePolicy
from graphbuild.assistant.dialogue.rules.learned import LearnedRules
from graphbuild.assistant.dialogue.story_steps import StoryHistories, StoryPredictions
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.validation.findings import Findings
from graphbuild.assistant.validation.rules import RuleBook
from tests.assistant.dialogue.tales import DOMAIN

ACTIONS = ("action_listen", "action_default_fallback", "action_restart", "action_x", "utter_hi", "utter_bye", "f")
RULED = dataclasses.replace(DOMAIN, actions=ACTIONS)


def read(
    told: Mapping[str, StoryStep] | Sequence[StoryStep], domain: DomainSpace = RULED, **options: Any
) -> tuple[LearnedRules, Findings]:
    """What some stories and rules (by name, or numbered) teach, and what is wrong with them."""
    named = told if isinstance(told, Mapping) else {f"number {n}": one for n, one in enumerate(told)}
    graph = StoryGraph(tuple(named.values()))
    trackers = TrackerGenerator().apply(graph, domain).dialogues
    names = StoryNames(tuple((name,) for name in named))
    return RuleBook(RuleBook.Config(**options)).read(trackers, graph, names, domain)


def learned(*told: StoryStep, domain: DomainSpace = RULED, **options: Any) -> LearnedRules:
    """What stories and rules teach that nothing is wrong with."""
    rules, found = read(told, domain, **options)
    assert found.rows == ()
    return rules


def steps(rules: LearnedRules, story: StoryStep, domain: DomainSpace = RULED, **options: Any) -> list[str]:
    """What rules do at each step of a story, as "told: predicted" or "predicted", with "?" where they fall back."""
    made = StoryHistories().apply(StoryGraph((story,)), domain)
    ruled = RulePolicy(RulePolicy.Config(**options)).apply(rules, made.histories)
    found = StoryPredictions().apply([ruled.predictions], made.histories, made.steps)
    lines = []
    for told, action, sure in zip(made.steps.actions, found.actions, found.confidences.tolist(), strict=True):
        says = "?" if sure < 1.0 else action
        lines.append(says if says == told else f"{told}: {says}")
    return lines


def at_the_end(rules: LearnedRules, trackers: Dialogues, **options: Any) -> tuple[ActionPredictions, list[Mark]]:
    """What the policy says of the ends of dialogues."""
    made = RulePolicy(RulePolicy.Config(**options)).apply(rules, trackers).predictions
    assert made.marks is not None
    return made, [Mark(one) for one in made.marks.tolist()]
