"""AugmentedMemoizationPolicy: MemoizationPolicy that forgets the past, turn by turn, until it knows. RASA.md 4.3."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Present
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.histories import LOOP, USER
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy, MemorizedTurns, as_key_text
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import State, seen_by_learners, visible
from graphbuild.assistant.dialogue.states import LISTEN


class AugmentedMemoizationPolicy(MemoizationPolicy):
    """Looks the last states up among those of the stories, also as if less had happened before."""

    @dataclass(frozen=True)
    class Config(MemoizationPolicy.Config):
        """The options of MemoizationPolicy."""

    config: Config

    def apply(self, state: MemorizedTurns, trackers: Dialogues, rule_only: RuleOnly | None = None) -> ActionPredictions:
        """1.0 for the action of the last state of each dialogue, where it or a shorter past is known."""
        recalled = self._recalled(state, seen_by_learners(trackers, rule_only))
        present = trackers.present
        if present is not None:
            lookup = state.actions
            beginning = json.loads(present.beginning)
            for dialogue in [place for place, action in enumerate(recalled) if action is None]:
                first, last = int(trackers.splits[dialogue]), int(trackers.splits[dialogue + 1])
                row = _Row(trackers, present, first, last)
                for start in row.starts(state.max_history):
                    kept = visible(row.since(start, beginning), row.hides[start:], rule_only)
                    recalled[dialogue] = self._looked_up(lookup, [one for _, one in kept], state.max_history)
                    if recalled[dialogue] is not None:
                        break
        return self._predicted(state, trackers, recalled)

    def _looked_up(self, lookup: dict[str, str], states: Sequence[State], max_history: int | None) -> str | None:
        length = len(states) if max_history is None else max_history
        window = states[max(0, len(states) - length) :]
        found = lookup.get(self._key([as_key_text(one) for one in window]))
        if found is None and len(states) <= length:
            # Stories that begin with an action are learnt without the state before it.
            found = lookup.get(self._key([as_key_text(one) for one in window[1:]]))
        return found


class _Row:
    """One dialogue with its changes: its states can be told again as if it had begun later."""

    def __init__(self, trackers: Dialogues, present: Present, first: int, last: int) -> None:
        self._states: list[State] = [
            json.loads(trackers.states[one]) for one in trackers.state_ids[first:last].tolist()
        ]
        self._actions = [trackers.actions[one] for one in trackers.labels[first:last].tolist()]
        self._changes = [set(json.loads(present.changes[one])) for one in present.change_ids[first:last].tolist()]
        self.hides: list[bool] = present.is_hidden[first:last].tolist()

    def starts(self, max_history: int | None) -> Iterator[int]:
        """The actions at which the past may begin, the longest past first."""
        taken = self._actions[:-1]  # the last action is to be foreseen
        # A past that began with it would look empty, as learners do not see it: it would recall how stories begin.
        places = [place for place, action in enumerate(taken) if action != UNLIKELY]
        first = 0
        if max_history is not None:
            # From a listening on, so that what the user said last is known.
            longer = range(len(places) - max_history - 1, -1, -1)
            first = next((number for number in longer if taken[places[number]] == LISTEN), 0)
        yield from places[first:]

    def since(self, start: int, beginning: State) -> list[State]:
        """The states, if that action were the first of all, with nothing set before it."""
        changed: set[str] = set()
        states = [beginning]
        for place in range(start + 1, len(self._states)):
            changed |= self._changes[place]
            states.append(_only(self._states[place], changed, beginning))
        return states


def _only(state: State, changed: set[str], beginning: State) -> State:
    """A state in which only what changed is as it is."""
    slots: dict[str, Any] = {name: value for name, value in state.get("slots", {}).items() if name in changed}
    slots |= {name: value for name, value in beginning.get("slots", {}).items() if name not in changed}
    made = {"prev_action": state["prev_action"]}
    made |= {"slots": slots} if slots else {}
    made |= {
        part: state[part] for part, word in (("user", USER), ("active_loop", LOOP)) if part in state and word in changed
    }
    return made
