"""Evaluation as nodes: what is added to the nodes of a recipe so that its understanding is evaluated.

Held-out data goes through copies that apply what the originals learn, so nothing is trained twice. Folds and exclusions
train copies of their own. Finds what predicts by the types of its outputs; builds and reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.assistant.data.messages import Messages, TokenizedMessages
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.contract.component import OUTPUT
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.draft import Draft
from graphbuild.graph.wire import Producer
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

KINDS = ("intent", "entity", "response_selection")
"""What is evaluated, in this order everywhere."""
OWN = "evaluation/"
"""Before the names of nodes that are no copies; those of recipes have no `/`."""
_TEST = "test/"
"""Before the names of copies that apply what others learnt."""
UNDERSTANDING = "nlu"
"""The target group of what understands messages."""
_WHOLE = "model"
MESSAGE = "message"
"""What outputs that are a user's message at run time are given as."""
_TRAINED_SHARE = 0.8
_NO_MESSAGES = Problem("this recipe understands no messages", hint="name another: --config recipe:light")


@dataclass(frozen=True)
class Understanding:
    """The part of a recipe that understands messages, by the outputs that count."""

    messages: Producer
    """The examples, and at run time the user's message."""
    tokens: Producer | None
    intents: tuple[Producer, ...]
    """The last that are made; none, or one."""
    entities: tuple[Producer, ...]
    """All that nothing puts together."""
    responses: tuple[Producer, ...]
    extractors: tuple[str, ...]
    """Components that find entities."""

    @property
    def outputs(self) -> list[Producer]:
        """All that depends on the messages."""
        tokens = [self.tokens] if self.tokens is not None else []
        return [*tokens, *self.intents, *self.entities, *self.responses]

    def prefixed(self, prefix: str) -> Understanding:
        """The same where names have a prefix."""
        messages, *outputs = (Producer(f"{prefix}{one.node}", one.port) for one in (self.messages, *self.outputs))
        return self.over(messages, outputs)

    def over(self, messages: Producer, outputs: Sequence[Producer]) -> Understanding:
        """The same over other messages, with the outputs that take the place of these."""
        new = dict(zip(self.outputs, outputs, strict=True))
        groups = [tuple(new[one] for one in group) for group in (self.intents, self.entities, self.responses)]
        tokens = new[self.tokens] if self.tokens is not None else None
        return replace(
            self, messages=messages, tokens=tokens, intents=groups[0], entities=groups[1], responses=groups[2]
        )


def understanding(draft: Draft, recipe: Recipe) -> Understanding:
    """What of a recipe understands messages. Raises UsageError where nothing does."""
    names = needed_for(draft, recipe, UNDERSTANDING)
    given = [one for one in made_in(draft, names, Messages) if is_given(draft, one, MESSAGE)]
    if len(given) > 1:
        raise UsageError(f"messages come from several nodes: {', '.join(one.node for one in given)}")
    if not given:
        raise UsageError(_NO_MESSAGES)
    tokens = made_in(draft, names, TokenizedMessages)
    extractors = {draft.nodes[one.node].component.__name__ for one in _finders(draft, names)}
    found = Understanding(
        given[0],
        tokens[-1] if tokens else None,
        tuple(_last(draft, names, IntentPredictions)[-1:]),
        tuple(_last(draft, names, EntityPredictions)) if extractors else (),
        tuple(_last(draft, names, ResponsePredictions)),
        tuple(sorted(extractors)),
    )
    if not (found.intents or found.entities or found.responses):
        raise UsageError(_NO_MESSAGES)
    return found


def held_out(draft: Draft, found: Understanding, paths: Sequence[str]) -> Understanding:
    """The same over the examples of other files, with the states that the recipe learns."""
    file = draft.add(NodeSpec(f"{OWN}file", "TrainingDataFile", reads=tuple(paths)))
    data = draft.add(spec_of(f"{OWN}examples", "NLUTrainingData", parts=[Producer(file, "nlu")]))
    return _applied(draft, found, Producer(data, "messages"))


def fold(draft: Draft, found: Understanding, number: int, folds: int, seed: int) -> tuple[Understanding, Understanding]:
    """One turn of a cross-validation: over what it trains on, and over what it tests on."""
    options = {"folds": folds, "fold": number, "seed": seed}
    prefix = f"fold_{number + 1}/"
    split = draft.add(spec_of(f"{prefix}split", "ExampleFold", options, messages=[found.messages]))
    trained = _trained(draft, found, prefix, Producer(split, "train"))
    return trained, _applied(draft, trained, Producer(split, "test"))


def exclusion(
    draft: Draft, found: Understanding, label: str, run: int, percentage: int
) -> tuple[Understanding, Understanding]:
    """One run without some of the examples to train on: over what it trains on, and over what it tests on."""
    options = {"fraction": _TRAINED_SHARE, "seed": run}
    split = f"{label}/run_{run}/split"
    if split not in draft.nodes:
        draft.add(spec_of(split, "ExampleSplit", options, messages=[found.messages]))
    prefix = f"{label}/run_{run}/{percentage}%/"
    options = {"fraction": 1 - percentage / 100, "seed": run}
    kept = Producer(
        draft.add(spec_of(f"{prefix}split", "ExampleSplit", options, messages=[Producer(split, "train")])), "train"
    )
    trained = _trained(draft, found, prefix, kept)
    return trained, _applied(draft, trained, Producer(split, "test"))


def evaluations(draft: Draft, found: Understanding, prefix: str) -> list[str]:
    """The nodes that evaluate intents, entities and responses."""
    words = found.tokens if found.tokens is not None else found.messages
    options = {"extractors": list(found.extractors)}
    return [
        draft.add(spec_of(f"{prefix}intents", "IntentEvaluation", messages=[found.messages], intents=found.intents)),
        draft.add(spec_of(f"{prefix}entities", "EntityEvaluation", options, messages=[words], entities=found.entities)),
        draft.add(
            spec_of(f"{prefix}responses", "ResponseEvaluation", messages=[found.messages], responses=found.responses)
        ),
    ]


def spec_of(name: str, uses: str, options: Mapping[str, Any] | None = None, **needs: Iterable[Producer]) -> NodeSpec:
    """A node over some outputs."""
    ports = {port: tuple(Need(one.node, one.port) for one in made) for port, made in needs.items()}
    return NodeSpec(name, uses, options or {}, ports)


def outputs_of(names: Iterable[str]) -> list[Producer]:
    """The one output of each of some nodes."""
    return [Producer(name, OUTPUT) for name in names]


def _trained(draft: Draft, found: Understanding, prefix: str, messages: Producer) -> Understanding:
    return found.over(messages, draft.copy(prefix, found.outputs, {found.messages: messages}, learns=True))


def _applied(draft: Draft, found: Understanding, messages: Producer) -> Understanding:
    return found.over(messages, draft.copy(_TEST, found.outputs, {found.messages: messages}, learns=False))


def needed_for(draft: Draft, recipe: Recipe, half: str) -> list[str]:
    """The nodes of a half of an assistant, or of all of it where the recipe does not tell halves apart."""
    group = group_for(recipe, half)
    targets = [need.node for need in recipe.targets[group]] if group is not None else draft.nodes
    return draft.needed(name for name in targets if name in draft.nodes)


def group_for(recipe: Recipe, half: str) -> str | None:
    """The target group of a half of an assistant, or of all of it where the recipe does not tell halves apart."""
    return next((name for name in (half, _WHOLE) if name in recipe.targets), None)


def is_given(draft: Draft, producer: Producer, what: str) -> bool:
    """Whether an output is what is given from outside at run time."""
    return draft.nodes[producer.node].apply.runtime.get(producer.port) == what


def made_in(draft: Draft, names: Iterable[str], kind: type) -> list[Producer]:
    """Outputs of a type, of some nodes."""
    return [
        Producer(name, port)
        for name in names
        for port, made in draft.nodes[name].apply.outputs.items()
        if issubclass(made, kind)
    ]


def _finders(draft: Draft, names: Iterable[str]) -> list[Producer]:
    """Outputs of what finds entities, and does not only take those that others found."""

    def takes_some(one: Producer) -> bool:
        return any(issubclass(port.type, EntityPredictions) for port in draft.nodes[one.node].apply.inputs.values())

    return [one for one in made_in(draft, names, EntityPredictions) if not takes_some(one)]


def _last(draft: Draft, names: Sequence[str], kind: type) -> list[Producer]:
    """Outputs of a type that no node makes another of."""
    made = made_in(draft, names, kind)
    used = {one for maker in made for one in draft.producers(maker.node, learns=False)}
    return [one for one in made if one not in used]
