"""Incomplete rules: they leave out what an action sets in other rules; and rules of several user turns. RASA.md 4.3.

A rule that does not say what its action sets never fits once the action has set it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.assistant.data.stories import RULE_SNIPPET
from graphbuild.assistant.dialogue.fingerprints import ActionFingerprint
from graphbuild.assistant.dialogue.rules.contradictions import Turn
from graphbuild.assistant.dialogue.rules.learning import spoken
from graphbuild.assistant.dialogue.rules.patterns import read_state


@dataclass(frozen=True)
class Omission:
    """What a rule leaves out after one of its actions."""

    turn: Turn
    """What comes after that action."""
    action: str
    slots: tuple[str, ...]
    loops: tuple[str | None, ...]
    """The loops one of which is active then in other rules."""


def omissions(dialogues: DialogueColumns, fingerprints: Mapping[str, ActionFingerprint]) -> Iterator[Omission]:
    """What rules leave out. A rule that ends with a gap (`wait_for_user_input: false`) need not say it there."""
    for states, actions in spoken(dialogues, is_rule=True):
        for place, (state, action) in enumerate(zip(states, actions, strict=True)):
            items = read_state(state).items
            previous = json.loads(items.get(("prev_action", "action_name"), "null"))
            if previous in (None, RULE_SNIPPET) or action == RULE_SNIPPET or previous not in fingerprints:
                continue
            fingerprint = fingerprints[previous]
            slots = tuple(name for name in fingerprint.slots if ("slots", name) not in items)
            loop = json.loads(items.get(("active_loop", "name"), "null"))
            loops = () if loop in fingerprint.active_loop else tuple(fingerprint.active_loop)
            if slots or loops:
                yield Omission(Turn(states, actions, place), previous, slots, loops)


def with_several_users(dialogues: DialogueColumns) -> Iterator[Turn]:
    """The second turn of the user in each rule that has one."""
    for states, actions in spoken(dialogues, is_rule=True):
        users = [place for place, state in enumerate(states) if (seen := read_state(state)).listened and seen.is_user]
        if len(users) > 1:
            yield Turn(states, actions, users[1])
