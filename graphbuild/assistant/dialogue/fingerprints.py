"""ActionFingerprint: what an action sets in the dialogues that tell of it. RASA.md 4.3.

Nothing to do with caching: incomplete rules are found by it. Policies of a project take both names from `graphbuild`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.retold import told_dialogues


@dataclass(frozen=True)
class ActionFingerprint:
    """The slots that are set right after an action, and the loops that are active then; sorted."""

    slots: list[str]
    active_loop: list[str | None]


def create_action_fingerprints(
    trackers: StoryGraph | Iterable[Mapping[str, Any]], domain: DomainSpace
) -> dict[str, ActionFingerprint]:
    """The fingerprint of each action that something happens after, before the next action or user turn.

    `trackers` are stories and rules, or dialogues as `retold.told_dialogues` writes them. Only slots that influence the
    conversation count.
    """
    if isinstance(trackers, StoryGraph):
        trackers = told_dialogues(trackers.steps, domain, domain.slots)
    slots: dict[str, set[str]] = {}
    loops: dict[str, set[str | None]] = {}
    influencing = {slot.name for slot in domain.slots}
    for tracker in trackers:
        action: str | None = None
        for event in tracker["events"]:
            if "action" in event or "bot" in event:
                action = event.get("action", event.get("bot"))
            elif "user" in event:
                # What follows may come from entities of the user, and is none of listening's doing.
                action = None
            elif action is not None:
                after = slots.setdefault(action, set())
                active = loops.setdefault(action, set())
                if "slot" in event:
                    after |= {event["slot"]} & influencing
                elif "loop" in event:
                    active.add(event["loop"])
    return {
        action: ActionFingerprint(sorted(slots[action]), sorted(loops[action], key=lambda name: name or ""))
        for action in slots
    }
