"""TrainedModel: a package at work as conversations know it. Texts are parsed, next actions decided, in batches.

One message is a batch of one through the same code; what is said of it does not depend on the others.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions
from graphbuild.assistant.data.domain import RESPONSE_PREFIX, DomainDocument
from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import MergedDomain, space_of
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.response_texts import SelectedResponses
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.dialogue.ensemble import choose
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.nlu.regex_messages import Command, joined, read_command
from graphbuild.assistant.runtime.model import Decided
from graphbuild.assistant.runtime.parts import MESSAGE, TRACKER, deciding, understanding, warnings_of
from graphbuild.assistant.runtime.program import Program
from graphbuild.errors import PackageError, Problem

_SELECTORS = "response_selector"
_LOG = logging.getLogger(__name__)


class TrainedModel:
    """What was trained: a runtime Model over a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._understanding = understanding(program)
        self._warnings = warnings_of(program, self._understanding.outputs)
        self._deciding = deciding(program)
        documents = program.kept(DomainDocument)
        self._document = documents[-1].value if documents else {}

    @property
    def language(self) -> str | None:
        """The language that it was trained for."""
        return self._program.language

    @property
    def domain(self) -> dict[str, Any]:
        """The merged domain, as a document of Rasa's shape; empty where only NLU was trained."""
        return self._document

    @property
    def understands(self) -> bool:
        """Whether NLU was trained; otherwise only messages such as `/greet` mean something."""
        return bool(self._understanding)

    @property
    def decides(self) -> bool:
        """Whether policies were trained."""
        return bool(self._deciding)

    def warm(self) -> None:
        """Decodes all that was trained, so that the first message is answered as fast as the next."""
        self._program.warm([*self._understanding.outputs, *self._deciding.outputs])
        self.parse(["warm"])

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """What is understood of each text: a dict of Rasa's shape.

        Messages such as `/greet{"name": "Ann"}` say what they mean, where the domain has the intent; entities that it
        does not have are left out. Raises PackageError for a state that cannot be read.
        """
        rows: list[dict[str, Any]] = [{} for _ in texts]
        for places, commands in _parted([self._command(text) for text in texts]):
            parses = self._parses([texts[place] for place in places], commands)
            for row, place in enumerate(places):
                rows[place] = self._told(parses.row(row))
        return rows

    def decide(self, moments: Sequence[Moment]) -> Decided:
        """The next action of each conversation, as the policies together choose it.

        Raises PackageError where no policies were trained, or for a state that cannot be read.
        """
        if not self._deciding:
            hint = "`graphbuild train` trains both halves, where the project has stories or rules"
            raise PackageError(Problem("the model was trained of NLU alone: it decides nothing", hint=hint))
        if not moments:
            return Decided(ChosenActions((), (), np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.uint8)))
        # It remembers every state that it writes: kept, it would grow with all that is said.
        trackers = histories(StateMaker(self._space), moments)
        made = self._program.run(self._deciding.outputs, {TRACKER: trackers})
        predictions = [one for one in made.values() if isinstance(one, ActionPredictions)]
        chosen = made[self._deciding.chosen] if self._deciding.chosen else None
        if not isinstance(chosen, ChosenActions):
            chosen = choose(predictions, [one.refused for one in moments])
        return Decided(chosen, predictions)

    def _parses(self, texts: Sequence[str], commands: Sequence[Command | None]) -> Parses:
        """Texts that are all commands, or none of which is."""
        messages = Messages.of_texts(texts)
        found = self._understanding
        if any(commands) or not found:
            return joined(messages, commands)
        made = self._program.run([*found.outputs, *self._warnings], {MESSAGE: messages})
        for warnings in (made[one] for one in self._warnings):
            assert isinstance(warnings, Warnings)
            for _, what, hint in warnings.rows:
                _LOG.warning("%s%s", what, f" ({hint})" if hint else "")
        if found.parses is not None:
            parses = made[found.parses]
            assert isinstance(parses, Parses)
            return parses

        def all_of(outputs: Sequence[tuple[str, str]]) -> list[Any]:
            return [made[one] for one in outputs]

        return joined(messages, commands, all_of(found.intents), all_of(found.entities), all_of(found.responses))

    def _command(self, text: str) -> Command | None:
        """What a message says that names an intent of the domain."""
        command = read_command(text)
        if command is None or not self._document:
            return command
        if command.intent not in self._intents and command.intent.partition("/")[0] not in self._intents:
            return None
        kept = [place for place, one in enumerate(command.entities) if one["entity"] in self._merged.entities]
        entities = tuple(command.entities[place] for place in kept)
        return Command(command.intent, command.confidence, entities, tuple(command.details[place] for place in kept))

    def _told(self, row: dict[str, Any]) -> dict[str, Any]:
        """A parse with the texts of its responses."""
        selectors: dict[str, Any] = row[_SELECTORS]
        if not selectors:
            return row
        told = {name: self._selected(one["ranking"]) for name, one in selectors.items()}
        known = [name.removeprefix(RESPONSE_PREFIX).partition("/")[0] for name in self._responses if "/" in name]
        said = {one["intent_response_key"].partition("/")[0] for made in told.values() for one in made["ranking"]}
        every = sorted({*known, *said})
        intent = row["intent"]
        if intent["name"] in every and intent["name"] in told:
            key = told[intent["name"]]["response"]["intent_response_key"]
            intent = {**intent, "full_retrieval_intent_name": key}
        return {**row, "intent": intent, _SELECTORS: {"all_retrieval_intents": every, **told}}

    def _selected(self, ranking: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        best: Mapping[str, Any] = ranking[0] if ranking else {"intent_response_key": None, "confidence": 0.0}
        key = best["intent_response_key"]
        name = f"{RESPONSE_PREFIX}{key}"
        variations = self._responses.get(name)
        # As in Rasa, a key without responses stands for itself.
        responses = list(variations) if variations else [{"text": key}] if key else None
        response = {
            "responses": responses,
            "confidence": best["confidence"],
            "intent_response_key": key,
            "utter_action": name,
        }
        return {"response": response, "ranking": list(ranking)}

    @cached_property
    def _merged(self) -> MergedDomain:
        return read_document(self._document)

    @cached_property
    def _responses(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Those of the domain; where only NLU was trained, those that can be selected."""
        if self._document:
            return self._merged.responses
        return {name: said for one in self._program.kept(SelectedResponses) for name, said in one.variations.items()}

    @cached_property
    def _intents(self) -> frozenset[str]:
        return frozenset(one.name for one in self._space.intents)

    @cached_property
    def _space(self) -> DomainSpace:
        return space_of(self._merged)


def _parted(commands: Sequence[Command | None]) -> list[tuple[list[int], list[Command | None]]]:
    """The places of commands, and of the others, each with what was read there; without what there is none of."""
    free = [place for place, one in enumerate(commands) if one is None]
    named = [place for place, one in enumerate(commands) if one is not None]
    return [(places, [commands[place] for place in places]) for places in (free, named) if places]
