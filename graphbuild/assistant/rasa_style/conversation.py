"""Conversations and domains as Rasa's policies see them: views of the columns that our own policies learn from.

A dialogue of ours is a row of states, each with the action taken in it; the events here are made of these. So slots
have the features that they have in states, and no values. RASA.md 4.2, 4.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.rasa_style.names import ACTION_LISTEN_NAME, ACTIVE_LOOP, PREVIOUS_ACTION, SLOTS, USER

State = dict[str, Any]


class Domain:
    """What of a domain policies are trained by."""

    def __init__(self, space: DomainSpace) -> None:
        self._space = space
        self.action_names_or_texts = list(space.actions)
        """Labels of all actions, in the order in which probabilities are given."""
        self.intents = [one.name for one in space.intents]
        self.entities = [one for one in space.entities if "#" not in one]
        self.form_names = list(space.forms)
        self.slot_names = [one.name for one in space.slots]
        """Those that influence the conversation."""

    @property
    def num_actions(self) -> int:
        """How many labels there are."""
        return len(self.action_names_or_texts)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.action_names_or_texts)}

    def index_for_action(self, action_name: str) -> int:
        """The place of an action among the labels. Raises KeyError for one that the domain has not."""
        return self._numbers[action_name]


class Event:
    """Something that happened."""

    type_name = "event"


class UserUttered(Event):
    """The user spoke. `intent` has the name; entities have their labels alone."""

    type_name = "user"

    def __init__(
        self,
        text: str | None = None,
        intent: dict[str, Any] | None = None,
        entities: list[dict[str, Any]] | None = None,
    ) -> None:
        self.text = text
        self.intent = intent or {}
        self.entities = entities or []

    @property
    def intent_name(self) -> str | None:
        """The name of the intent."""
        return self.intent.get("name")


class ActionExecuted(Event):
    """The assistant did something; in an end-to-end story it said a text."""

    type_name = "action"

    def __init__(self, action_name: str | None = None, action_text: str | None = None) -> None:
        self.action_name = action_name
        self.action_text = action_text


class ActiveLoop(Event):
    """A form or another loop began; none is active where the name is None."""

    type_name = "active_loop"

    def __init__(self, name: str | None) -> None:
        self.name = name


class DialogueStateTracker:
    """One conversation. `seen`: its states as policies see them that look past what only rules know."""

    def __init__(
        self,
        sender_id: str,
        states: Sequence[State],
        actions: Sequence[str],
        *,
        seen: Sequence[State] | None = None,
        text: str = "",
        confidence: float = 1.0,
        is_rule: bool = False,
        is_augmented: bool = False,
    ) -> None:
        self.sender_id = sender_id
        self.is_rule_tracker = is_rule
        self.is_augmented = is_augmented
        self._states = list(states)
        self._actions = list(actions)
        self._seen = self._states if seen is None else list(seen)
        self._text = text
        self._confidence = confidence

    def past_states(
        self,
        domain: Domain | None = None,  # noqa: ARG002 - the states are made already
        omit_unset_slots: bool = False,  # noqa: ARG002 - they have none
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,  # noqa: ARG002 - looked past already
    ) -> list[State]:
        """The states before each action, the present one last."""
        return [dict(state) for state in (self._seen if ignore_rule_only_turns else self._states)]

    @property
    def actions(self) -> list[str]:
        """What was done in each state; of a conversation that is to go on one fewer, for the present."""
        return list(self._actions)

    @cached_property
    def events(self) -> list[Event]:
        """What happened, oldest first, as far as states tell."""
        return list(self._events())

    def applied_events(self) -> list[Event]:
        """The same: nothing of it was undone."""
        return self.events

    @property
    def latest_message(self) -> UserUttered:
        """What the user said last."""
        return next((one for one in reversed(self.events) if isinstance(one, UserUttered)), UserUttered())

    @property
    def latest_action_name(self) -> str | None:
        """The action before the present state."""
        return _action(self._states[-1]) if self._states else None

    @property
    def active_loop_name(self) -> str | None:
        """The active form or loop."""
        name = self._states[-1].get(ACTIVE_LOOP, {}).get("name") if self._states else None
        return None if name in (None, "should_not_be_set") else str(name)

    def get_slot(self, key: str) -> Any:
        """There are no values: raises NotImplementedError that says what there is."""
        raise NotImplementedError(
            f"the value of slot `{key}` is not known to policies: `past_states(domain)[-1]` has its features in `slots`"
        )

    def _events(self) -> Iterator[Event]:
        loop: Any = None
        for place, state in enumerate(self._states):
            now = state.get(ACTIVE_LOOP, {}).get("name")
            if now != loop:
                yield ActiveLoop(now)
                loop = now
            user = state.get(USER)
            if user and _action(state) == ACTION_LISTEN_NAME:
                yield self._uttered(user, is_last=place == len(self._states) - 1)
            if place < len(self._actions):
                yield ActionExecuted(self._actions[place])

    def _uttered(self, user: State, *, is_last: bool) -> UserUttered:
        intent = (
            {"name": user["intent"], "confidence": self._confidence if is_last else 1.0} if "intent" in user else {}
        )
        text = user.get("text") or (self._text if is_last else None) or None
        entities = [_entity(label) for label in user.get("entities", ()) if "#" not in label]
        return UserUttered(text, intent, entities)


def training_trackers(dialogues: DialogueColumns) -> list[DialogueStateTracker]:
    """The dialogues to learn from, stories first."""
    states = [_rasas(json.loads(state)) for state in dialogues.states]
    trackers = []
    for number in range(len(dialogues)):
        first, last = int(dialogues.splits[number]), int(dialogues.splits[number + 1])
        row = [states[code] for code in dialogues.state_ids[first:last].tolist()]
        actions = [dialogues.actions[code] for code in dialogues.labels[first:last].tolist()]
        is_rule, is_augmented = bool(dialogues.is_rule[number]), bool(dialogues.is_augmented[number])
        trackers.append(
            DialogueStateTracker(f"dialogue_{number}", row, actions, is_rule=is_rule, is_augmented=is_augmented)
        )
    return trackers


def present_trackers(dialogues: DialogueColumns, seen: DialogueColumns) -> list[DialogueStateTracker]:
    """The dialogues to go on with. `seen`: the same without what only rules know."""
    states, learnt = ([_rasas(json.loads(state)) for state in one.states] for one in (dialogues, seen))
    present = dialogues.present
    trackers = []
    for number in range(len(dialogues)):
        first, last = int(dialogues.splits[number]), int(dialogues.splits[number + 1])
        row = [states[code] for code in dialogues.state_ids[first:last].tolist()]
        codes = seen.state_ids[int(seen.splits[number]) : int(seen.splits[number + 1])].tolist()
        actions = [dialogues.actions[code] for code in dialogues.labels[first : last - 1].tolist()]
        trackers.append(
            DialogueStateTracker(
                "default",
                row,
                actions,
                seen=[learnt[code] for code in codes],
                text=present.texts[number] if present is not None else "",
                confidence=float(present.confidences[number]) if present is not None else 1.0,
            )
        )
    return trackers


def _rasas(state: State) -> State:
    """A state with tuples where Rasa has them."""
    if USER in state and "entities" in state[USER]:
        state[USER]["entities"] = tuple(state[USER]["entities"])
    slots = state.get(SLOTS, {})
    state.update({SLOTS: {name: _tuple(value) for name, value in slots.items()}} if slots else {})
    return state


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _action(state: State) -> Any:
    action = state.get(PREVIOUS_ACTION, {})
    return action.get("action_name", action.get("action_text"))


def _entity(label: str) -> dict[str, Any]:
    return {"entity": label}
