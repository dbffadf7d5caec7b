"""Evaluation of dialogues as nodes: what is added to the nodes of a recipe so that its policies are tested on stories.

Policies are copied to apply what the originals learn to the histories of test stories; so is the pipeline, for the
texts in them. Finds what predicts by the types of its outputs; builds and reads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, DialogueColumns
from graphbuild.assistant.data.domain import Slots
from graphbuild.assistant.data.messages import Messages, TokenizedMessages
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.contract.component import OUTPUT
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.draft import Draft
from graphbuild.graph.wire import Producer
from graphbuild.project.evaluation_nodes import (
    MESSAGE,
    OWN,
    UNDERSTANDING,
    is_given,
    made_in,
    needed_for,
    outputs_of,
    spec_of,
)
from graphbuild.recipe.recipe import NodeSpec, Recipe

DIALOGUE = "core"
"""The target group of what says what to do next."""
_TRACKER = "tracker"
"""What outputs that are the conversation at run time are given as."""
_TEST = "test/"
"""Before the names of copies that apply what others learnt."""
_AGAIN = "test/again/"
"""Before those that do so once more, where policies found what a user meant unlikely."""
_NO_POLICIES = Problem("this recipe has no policies", hint="name another: --config recipe:core-only")
_NO_PARSER = "the recipe has no node that parses messages; one is needed for the texts of the stories"


@dataclass(frozen=True)
class Dialogue:
    """The part of a recipe that says what to do next, by the outputs that count."""

    trackers: Producer
    """The training dialogues, and at run time the conversation."""
    domain: Producer
    predictions: tuple[Producer, ...]
    """Of each policy, in the order of the ensemble."""
    slots: tuple[Producer, ...] = ()
    """All of the domain; none, or one."""

    def prefixed(self, prefix: str) -> Dialogue:
        """The same where names have a prefix."""

        def named(one: Producer) -> Producer:
            return Producer(f"{prefix}{one.node}", one.port)

        predictions, slots = (tuple(map(named, group)) for group in (self.predictions, self.slots))
        return Dialogue(named(self.trackers), named(self.domain), predictions, slots)


@dataclass(frozen=True)
class Parsing:
    """The part of a recipe that makes one parse of a message."""

    messages: Producer
    tokens: tuple[Producer, ...]
    """The last that are made; none, or one."""
    parses: Producer

    def prefixed(self, prefix: str) -> Parsing:
        """The same where names have a prefix."""
        messages, parses, *tokens = (
            Producer(f"{prefix}{one.node}", one.port) for one in (self.messages, self.parses, *self.tokens)
        )
        return Parsing(messages, tuple(tokens), parses)


@dataclass(frozen=True)
class Told:
    """The stories of some files: the node that tells them, and what is understood of the texts in them."""

    node: str
    messages: Producer
    """With their tokens, where the recipe makes any."""
    parses: tuple[Producer, ...] = ()
    """None where texts are not looked at."""


@dataclass(frozen=True)
class StoryTest:
    """The nodes that test stories."""

    figures: Producer
    outcomes: Producer
    page: Producer
    pictures: tuple[Producer, ...]
    findings: tuple[Producer, ...]
    """Of names that the domain lacks."""


def dialogue(draft: Draft, recipe: Recipe) -> Dialogue:
    """What of a recipe says what to do next. Raises UsageError where nothing does."""
    names = needed_for(draft, recipe, DIALOGUE)
    given = [one for one in made_in(draft, names, DialogueColumns) if is_given(draft, one, _TRACKER)]
    predictions = made_in(draft, names, ActionPredictions)
    if ensembles := made_in(draft, names, ChosenActions):
        predictions = [one for one in draft.producers(ensembles[-1].node, learns=False) if one in predictions]
    if not given or not predictions:
        raise UsageError(_NO_POLICIES)
    if len(given) > 1:
        raise UsageError(f"dialogues come from several nodes: {', '.join(one.node for one in given)}")
    domains = made_in(draft, draft.nodes, DomainSpace)
    domain = next((one for one in draft.producers(given[0].node, learns=False) if one in domains), domains[-1])
    slots = [one for one in made_in(draft, draft.nodes, Slots) if one.node == domain.node]
    return Dialogue(given[0], domain, tuple(predictions), tuple(slots[:1]))


def parsing(draft: Draft, recipe: Recipe) -> Parsing | None:
    """What of a recipe parses messages, if anything does."""
    names = needed_for(draft, recipe, UNDERSTANDING)
    given = [one for one in made_in(draft, names, Messages) if is_given(draft, one, MESSAGE)]
    parses = made_in(draft, names, Parses)
    if not parses or len(given) != 1:
        return None
    return Parsing(given[0], tuple(made_in(draft, names, TokenizedMessages)[-1:]), parses[-1])


def told_stories(
    draft: Draft,
    found: Dialogue,
    parsed: Parsing | None,
    paths: Sequence[str],
    prefix: str = "",
    *,
    max_stories: int | None = None,
) -> Told:
    """The stories of some files, and what is understood in them."""
    file = draft.add(NodeSpec(f"{OWN}{prefix}file", "TrainingDataFile", reads=tuple(paths)))
    options: Mapping[str, Any] = {"max_stories": max_stories}
    parts = [Producer(file, "stories")]
    node = draft.add(spec_of(f"{OWN}{prefix}told", "StoryTests", options, parts=parts, domain=[found.domain]))
    messages = Producer(node, "messages")
    if parsed is None:
        return Told(node, messages)
    copied = draft.copy(_TEST, [parsed.parses, *parsed.tokens], {parsed.messages: messages}, learns=False)
    return Told(node, copied[-1] if parsed.tokens else messages, tuple(copied[:1]))


def story_cell(draft: Draft, found: Dialogue, told: Told, prefix: str = "") -> tuple[Producer, Producer]:
    """What policies do at each step of told stories, and what is understood in them: figures and outcomes."""
    histories, steps = (Producer(told.node, port) for port in ("histories", "steps"))
    predicted = draft.copy(_TEST, found.predictions, {found.trackers: histories}, learns=False)
    chosen = spec_of(
        f"{OWN}{prefix}first_steps", "StoryPredictions", predictions=predicted, histories=[histories], steps=[steps]
    )
    first = outputs_of([draft.add(chosen)])
    stories = [Producer(told.node, "told")]
    # Where nobody was surprised these are the same histories, and what policies do with them is known.
    retold = draft.add(
        spec_of(
            f"{OWN}{prefix}retold",
            "SurprisedStories",
            told=stories,
            steps=[steps],
            histories=[histories],
            chosen=first,
            domain=[found.domain],
        )
    )
    histories, steps = (Producer(retold, port) for port in ("histories", "steps"))
    predicted = draft.copy(_AGAIN, found.predictions, {found.trackers: histories}, learns=False)
    chosen = spec_of(
        f"{OWN}{prefix}steps",
        "StoryPredictions",
        predictions=predicted,
        histories=[histories],
        steps=[steps],
        earlier=first,
    )
    made = draft.add(
        spec_of(
            f"{OWN}{prefix}stories",
            "StoryEvaluation",
            told=stories,
            steps=[steps],
            chosen=outputs_of([draft.add(chosen)]),
            messages=[told.messages],
            parses=told.parses,
        )
    )
    return Producer(made, "evaluations"), Producer(made, "outcomes")


def exclusion(draft: Draft, found: Dialogue, label: str, run: int, percentage: int) -> tuple[Dialogue, Producer]:
    """The same trained on fewer stories and rules, and the names of those. Raises UsageError where none are found."""
    prefix = f"{label}/run_{run}/{percentage}%/"
    instead = _excluding(draft, found, f"{prefix}stories", run, percentage)
    trackers, *predictions = draft.copy(prefix, [found.trackers, *found.predictions], instead, learns=True)
    return replace(found, trackers=trackers, predictions=tuple(predictions)), list(instead.values())[-1]


def exclude(draft: Draft, found: Dialogue, run: int, percentage: int) -> None:
    """Has a recipe itself do with fewer stories and rules. Raises UsageError where none are found."""
    draft.redirect(_excluding(draft, found, f"{OWN}kept_stories", run, percentage))


def _excluding(draft: Draft, found: Dialogue, name: str, run: int, percentage: int) -> dict[Producer, Producer]:
    """The graph of stories and their names, each with what takes its place."""
    known = made_in(draft, draft.nodes, StoryGraph)
    graphs = [one for one in draft.producers(found.trackers.node, learns=False) if one in known]
    names = [one for one in made_in(draft, draft.nodes, StoryNames) if graphs and one.node == graphs[-1].node]
    if not names:
        raise UsageError(Problem("the stories of this recipe come from no node that makes a graph of them"))
    options = {"percentage": percentage, "seed": run}
    split = draft.add(spec_of(name, "StoryExclusion", options, graph=graphs[-1:], names=names[-1:]))
    return {graphs[-1]: Producer(split, "graph"), names[-1]: Producer(split, "names")}


def story_test(
    draft: Draft,
    found: Dialogue,
    parsed: Parsing | None,
    paths: Sequence[str],
    *,
    max_stories: int | None = None,
    plots: bool = True,
) -> StoryTest:
    """The test of the stories of some files, with the states that the recipe learns."""
    told = told_stories(draft, found, parsed, paths, max_stories=max_stories)
    figures, outcomes = story_cell(draft, found, told)
    page = spec_of(f"{OWN}page", "StoryPage", evaluations=[figures], outcomes=[outcomes])
    pictures = spec_of(f"{OWN}pictures", "EvaluationPictures", evaluations=[figures])
    graph, names = ([Producer(told.node, port)] for port in ("graph", "names"))
    check = spec_of(f"{OWN}check", "StoryCheck", stories=graph, names=names, domain=[found.domain], slots=found.slots)
    return StoryTest(
        figures,
        outcomes,
        Producer(draft.add(page), OUTPUT),
        tuple(outputs_of([draft.add(pictures)])) if plots else (),
        tuple(outputs_of([draft.add(check)])) if found.slots else (),
    )


def needed_parser(parsed: Parsing | None) -> Parsing:
    """The parser that texts need. Raises UsageError where there is none."""
    if parsed is None:
        raise UsageError(Problem(_NO_PARSER, hint="--no-e2e takes the intents of stories as they are"))
    return parsed
