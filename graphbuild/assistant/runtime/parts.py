"""Parts of a program: its outputs that say what a message means, and what to do next. Found by their types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.nlu.regex_messages import RegexMessageHandler
from graphbuild.assistant.runtime.program import Output, Program
from graphbuild.contract.artifact import Artifact

MESSAGE, TRACKER = "message", "tracker"
"""What is given at run time."""


@dataclass(frozen=True)
class Understanding:
    """What says what messages mean."""

    parses: Output | None
    """Of a parser of the project's own, which makes one of all that is said by itself."""
    tokens: tuple[Output, ...] = ()
    """The last that are made; none, or one."""
    intents: tuple[Output, ...] = ()
    """Of what is said, the last counts."""
    entities: tuple[Output, ...] = ()
    responses: tuple[Output, ...] = ()

    @property
    def outputs(self) -> list[Output]:
        """All that a parse is made of."""
        return [self.parses] if self.parses else [*self.intents, *self.entities, *self.responses]

    def __bool__(self) -> bool:
        return bool(self.outputs)


@dataclass(frozen=True)
class Deciding:
    """What says what to do next."""

    chosen: Output | None
    """Of an ensemble; where there is none, policies are chosen among as PolicyEnsemble does."""
    predictions: tuple[Output, ...]
    """Of each policy, in the order of the ensemble."""

    @property
    def outputs(self) -> list[Output]:
        """What is asked for."""
        return [*self.predictions, *([self.chosen] if self.chosen else [])]

    def __bool__(self) -> bool:
        return bool(self.outputs)


def understanding(program: Program) -> Understanding:
    """What of a program says what messages mean; nothing, where it was trained of dialogue alone."""
    tokens = tuple(_about_messages(program, TokenizedMessages)[-1:])
    parsers = _about_messages(program, Parses)[-1:]
    if parsers and program.uses(parsers[0][0]).partition("@")[0] != RegexMessageHandler.__name__:
        return Understanding(parsers[0], tokens)
    if parsers:
        node = parsers[0][0]
        kinds = (IntentPredictions, EntityPredictions, ResponsePredictions)
        return Understanding(None, tokens, *(tuple(program.takes(node, kind)) for kind in kinds))
    return Understanding(
        None,
        tokens,
        tuple(_last(program, IntentPredictions)[-1:]),
        tuple(_last(program, EntityPredictions)),
        tuple(_last(program, ResponsePredictions)),
    )


def deciding(program: Program) -> Deciding:
    """What of a program says what to do next; nothing, where it was trained of NLU alone."""
    ensembles = program.made(ChosenActions)
    predictions = program.made(ActionPredictions)
    if ensembles:
        taken = program.takes(ensembles[-1][0], ActionPredictions)
        return Deciding(ensembles[-1], tuple(taken))
    return Deciding(None, tuple(predictions))


def finders(program: Program) -> list[str]:
    """The components that find entities, and do not only take those that others found; sorted."""
    nodes = [node for node, _ in _about_messages(program, EntityPredictions)]
    return sorted({program.uses(node).split(":")[-1] for node in nodes if not program.takes(node, EntityPredictions)})


def warnings_of(program: Program, outputs: Sequence[Output]) -> list[Output]:
    """What the nodes behind some outputs have to say beside them."""
    nodes = [node for node, _ in outputs]
    for node in nodes:
        nodes += [one for one in program.needs(node) if one not in nodes]
    return [one for one in program.made(Warnings) if one[0] in nodes]


def predictions_of(program: Program) -> Understanding:
    """The outputs that an evaluation looks at, whatever parser takes them: the last of intents, all entities."""
    tokens = tuple(_about_messages(program, TokenizedMessages)[-1:])
    intents = tuple(_last(program, IntentPredictions)[-1:])
    entities = tuple(_last(program, EntityPredictions)) if finders(program) else ()
    return Understanding(None, tokens, intents, entities, tuple(_last(program, ResponsePredictions)))


def _about_messages(program: Program, kind: type[Artifact]) -> list[Output]:
    """Outputs of a type that are made of messages alone."""
    return [one for one in program.made(kind) if program.inputs(one[0]) == {MESSAGE}]


def _last(program: Program, kind: type[Artifact]) -> Sequence[Output]:
    """Outputs of a type that no node makes another of."""
    made = _about_messages(program, kind)
    used = {one for maker, _ in made for one in program.takes(maker, kind)}
    return [one for one in made if one not in used]
