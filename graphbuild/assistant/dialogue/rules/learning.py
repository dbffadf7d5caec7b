"""What dialogues teach of rules: their keys, what happens inside loops, and what no story has. RASA.md 4.3.

Dialogues of rules come twice: as conversations look (slots have their initial values), and as rules mean them (a slot
counts only where the rule sets it).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.assistant.data.stories import RULE_SNIPPET
from graphbuild.assistant.dialogue.rules.learned import Key, LearnedRules, Rule
from graphbuild.assistant.dialogue.rules.patterns import Seen, read_state
from graphbuild.assistant.dialogue.states import NOT_SET

_BEGINNING = "{}"


def learn(meant: DialogueColumns, told: DialogueColumns, *, compares: bool = True) -> LearnedRules:
    """The rules of `meant`, and with the stories of `told` what is only in rules.

    `compares`: whether rules are held against stories; what is only in rules is not known otherwise.
    """
    read = _Reader()
    rules: dict[Key, set[str]] = {}
    for states, end, action in _turns(meant, is_rule=True):
        key = _after_snippet(states[:end], read)
        if key:
            rules.setdefault(key, set()).add(action)
    interrupted: set[Key] = set()
    not_the_loop: set[Key] = set()
    for dialogues, is_rule in ((meant, True), (told, False)):
        for states, end, action in _turns(dialogues, is_rule=is_rule):
            last = read(states[end - 1])
            if last.loop is None or last.listened != (action == last.loop):
                continue
            if key := _inside_loop(states, end, read):
                (interrupted if last.listened else not_the_loop).add(key)
    slots, loops = only_in(meant, told) if compares else ((), ())
    # Where rules disagree, none of them counts: neither if one goes on and another has a gap.
    agreed = [(key, next(iter(actions))) for key, actions in rules.items() if len(actions) == 1]
    found = sorted(Rule(key, action) for key, action in agreed if action != RULE_SNIPPET)
    return LearnedRules(
        tuple(found), tuple(sorted(interrupted)), tuple(sorted(not_the_loop)), only_slots=slots, only_loops=loops
    )


def only_in(meant: DialogueColumns, told: DialogueColumns) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Slots and loops of rules that no story has."""
    rule_slots, rule_loops = _mentioned(meant, is_rule=True)
    story_slots, story_loops = _mentioned(told, is_rule=False)
    return tuple(sorted(rule_slots - story_slots)), tuple(sorted(rule_loops - story_loops))


def is_told(state: Seen, action: str) -> bool:
    """Whether an action can be foreseen: not the first of all, and neither a gap in a rule nor what comes after it."""
    return not state.is_start and state.previous != RULE_SNIPPET and action != RULE_SNIPPET


class _Reader:
    """Reads each state once."""

    def __init__(self) -> None:
        self._known: dict[str, Seen] = {}

    def __call__(self, state: str) -> Seen:
        found = self._known.get(state)
        if found is None:
            found = self._known[state] = read_state(state)
        return found


def _turns(dialogues: DialogueColumns, *, is_rule: bool) -> Iterator[tuple[list[str], int, str]]:
    """(states of a dialogue, how many of them come before the action, the action)."""
    for states, actions in spoken(dialogues, is_rule=is_rule):
        yield from ((states, end, action) for end, action in enumerate(actions, 1))


def spoken(dialogues: DialogueColumns, *, is_rule: bool) -> Iterator[tuple[list[str], list[str]]]:
    """States and actions of each dialogue that is a rule, or of each that is none; augmented ones apart."""
    for dialogue in range(len(dialogues)):
        if bool(dialogues.is_rule[dialogue]) is not is_rule or dialogues.is_augmented[dialogue]:
            continue
        first, last = int(dialogues.splits[dialogue]), int(dialogues.splits[dialogue + 1])
        states = [dialogues.states[code] for code in dialogues.state_ids[first:last].tolist()]
        yield states, [dialogues.actions[code] for code in dialogues.labels[first:last].tolist()]


def _after_snippet(states: list[str], read: _Reader) -> Key:
    """The states since the last gap in a rule; from the beginning where there is none."""
    gaps = [place for place, state in enumerate(states) if read(state).previous == RULE_SNIPPET]
    if gaps:
        return tuple(states[gaps[-1] + 1 :])
    # Dialogues leave the beginning out where an action comes first.
    return tuple(states) if read(states[0]).is_start else (_BEGINNING, *states)


def _inside_loop(states: list[str], end: int, read: _Reader) -> Key:
    """The last action but one, and the state: what the user said before does not count."""
    last = states[end - 1]
    if read(last).previous == RULE_SNIPPET:
        return ()
    before = read(states[end - 2]) if end > 1 else None
    if before is None or before.is_start or before.previous == RULE_SNIPPET:
        return (last,)
    action = json.loads(states[end - 2])["prev_action"]
    return (json.dumps({"prev_action": action}, sort_keys=True, ensure_ascii=False), last)


def _mentioned(dialogues: DialogueColumns, *, is_rule: bool) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    states = {state for states, _ in spoken(dialogues, is_rule=is_rule) for state in states}
    for state in states:
        items = read_state(state).items
        slots |= {name for part, name in items if part == "slots"}
        loops |= {json.loads(value) for (part, _), value in items.items() if part == "active_loop"}
    return slots, loops - {NOT_SET}
