"""What happens in each training dialogue, as plain events: for people and other programs to compare.

The dialogues are those that TrackerGenerator makes, told by the same code; only that here events are logged. Keys and
values are those of corpora/oracle/README.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from graphbuild.assistant.data.show import plain_event
from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.stories import FILLED, Event, StoryStep, filled_value
from graphbuild.assistant.dialogue.chains import NOTHING, Chains
from graphbuild.assistant.dialogue.teller import Log
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.contract.artifact import encode_json


def told_dialogues(
    steps: Iterable[StoryStep], domain: DomainSpace, slots: Sequence[SlotSpace], limits: Limits | None = None
) -> list[dict[str, Any]]:
    """Every dialogue as {"rule", "events"}, sorted by its JSON text.

    `slots` are all slots of the domain (domain_merge.slot_spaces), those too that influence nothing: user turns fill
    them. Of dialogues in which policies see the same, the one whose steps come first is kept.
    """
    types = {slot.name: slot.type for slot in slots}
    steps = [_with_values(step, types) for step in steps]
    log = Log(lambda moment: plain_event(moment.event))
    chains = Chains()
    found = []
    for is_rule in (False, True):
        telling = Telling(steps, domain, chains, limits or Limits(), is_rule=is_rule, log=log, filling=slots)
        ends = [end for end in telling.tell().all() if end.link != NOTHING]
        found += [{"rule": is_rule, "events": log.events(end.log)} for end in ends]
    return sorted(found, key=encode_json)


def _with_values(step: StoryStep, types: dict[str, str]) -> StoryStep:
    """The step with the values that its slots get where it names only the slots."""

    def with_value(event: Event) -> Event:
        if event.type != "slot" or event.value != FILLED or event.name not in types:
            return event
        return replace(event, value=filled_value(types[event.name]))

    return replace(step, events=tuple(map(with_value, step.events)))
