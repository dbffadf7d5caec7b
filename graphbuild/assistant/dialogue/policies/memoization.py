"""MemoizationPolicy: repeats what a story did in exactly this situation, and is silent elsewhere. RASA.md 4.3."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.max_history import window
from graphbuild.assistant.dialogue.policies.helpers import featurizer_helper
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import AtLeastOne, option


@dataclass(frozen=True)
class MemorizedTurns(JsonArtifact):
    """Situation -> action, sorted; and how many states make a situation."""

    type_name: ClassVar[str] = "MemorizedTurns.v1"
    max_history: int | None
    lookup: tuple[tuple[str, str], ...]

    def to_plain(self) -> Any:
        return {"max_history": self.max_history, "lookup": dict(self.lookup)}

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain["max_history"], tuple(sorted(plain["lookup"].items())))

    @cached_property
    def actions(self) -> dict[str, str]:
        """The action of each situation, as a table that is made once."""
        return dict(self.lookup)


class MemoizationPolicy(Component):
    """Looks the last states up among those of the stories."""

    kind = "policy"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        max_history: AtLeastOne | None = option(None, "How many states make a situation; all when empty.")
        priority: int = option(3, "Which policy wins when two are equally sure.")
        enable_feature_string_compression: bool = option(True, "Keep situations compressed.")
        use_nlu_confidence_as_score: bool = option(False, "Be only as sure as the intent was.")
        featurizer: list[dict[str, Any]] = option([], "Rasa's way to name the featurizer.")

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": featurizer_helper(config.max_history, config.featurizer)}

    def train(self, samples: Samples) -> MemorizedTurns:
        """Every situation of the stories with its action; situations with two actions are left out."""
        texts = [as_key_text(json.loads(state)) for state in samples.states]
        actions: dict[str, set[str]] = {}
        for states, label in _situations(samples):
            actions.setdefault(self._key([texts[state] for state in states]), set()).add(samples.actions[label])
        lookup = {key: next(iter(found)) for key, found in actions.items() if len(found) == 1}
        return MemorizedTurns(samples.max_history, tuple(sorted(lookup.items())))

    def apply(self, state: MemorizedTurns, trackers: Dialogues, rule_only: RuleOnly | None = None) -> ActionPredictions:
        """1.0 for the action of the last state of each dialogue, where it is known."""
        return self._predicted(state, trackers, self._recalled(state, seen_by_learners(trackers, rule_only)))

    def _recalled(self, state: MemorizedTurns, seen: Dialogues) -> list[str | None]:
        """The known action for the end of each dialogue, as learners see it."""
        texts = [as_key_text(json.loads(one)) for one in seen.states]
        found = []
        for dialogue in range(len(seen)):
            ids = seen.state_ids[seen.splits[dialogue] : seen.splits[dialogue + 1]].tolist()
            found.append(state.actions.get(self._key([texts[one] for one in window(ids, state.max_history)])))
        return found

    def _predicted(
        self, state: MemorizedTurns, trackers: Dialogues, recalled: Sequence[str | None]
    ) -> ActionPredictions:
        names = tuple(sorted({action for _, action in state.lookup}))
        code = {name: number for number, name in enumerate(names)}
        sure = trackers.present.confidences if trackers.present and self.config.use_nlu_confidence_as_score else None
        probabilities = np.zeros((len(trackers), len(names)), dtype=np.float32)
        for dialogue, action in enumerate(recalled):
            if action is not None:
                probabilities[dialogue, code[action]] = 1.0 if sure is None else sure[dialogue]
        return ActionPredictions(names, probabilities, type(self).__name__, self.config.priority)

    def _key(self, states: Sequence[str]) -> str:
        """The situation as text, compressed (as in Rasa's own tables)."""
        text = f"[{', '.join(states)}]"
        if not self.config.enable_feature_string_compression:
            return text
        return base64.b64encode(zlib.compress(text.encode())).decode("ascii")


def as_key_text(state: Mapping[str, Any]) -> str:
    """JSON of a state as Rasa writes it into keys: ASCII, without quotes."""
    return json.dumps(state, sort_keys=True).replace('"', "")


def _situations(samples: Samples) -> Iterator[tuple[list[int], int]]:
    """(states, action) of every sample; for full dialogues of every prefix."""
    for row, label in zip(samples.windows.tolist(), samples.labels.tolist(), strict=True):
        if not samples.is_full:
            yield [state for state in row if state >= 0], label
            continue
        for position, one in enumerate(label):
            if one >= 0:
                yield row[: position + 1], one
