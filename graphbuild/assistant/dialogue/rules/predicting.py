"""RulePredictor: the next action by rules. RASA.md 4.3.

Default intents count first, then active loops, rules of texts, and rules of intents. Knows one history at a time, and
no columns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphbuild.assistant.dialogue.rules.learned import Key, LearnedRules, by_intent, by_loop
from graphbuild.assistant.dialogue.rules.patterns import Seen, by_meaning, by_text
from graphbuild.assistant.dialogue.rules.tree import RuleTree
from graphbuild.assistant.dialogue.states import LISTEN

DEFAULT_ACTIONS = {"restart": "action_restart", "back": "action_back", "session_start": "action_session_start"}
"""What these intents ask for, whatever rules say of them."""


@dataclass(frozen=True, slots=True)
class RulePrediction:
    """What comes next, if rules know."""

    action: str | None
    source: int | str | None = None
    """What says so: the number of a rule, or a name (learned.by_intent, by_loop)."""
    is_no_user: bool = False
    """Whether it is so whatever the user said."""
    is_end_to_end: bool = False
    """Whether the text of the user decided, not what was meant by it."""
    is_interrupted: bool = False
    """Whether a loop goes on that something else had come into."""


class RulePredictor:
    """Predicts by learnt rules."""

    def __init__(self, learned: LearnedRules) -> None:
        self.rules = learned.rules
        # Where several rules fit, one is part of another: the one that says most counts. Its length is that of Rasa's
        # text of it; the order of rules decides between equals.
        self._lengths = [_length(rule.states) for rule in self.rules]
        self._tree = RuleTree([rule.states for rule in self.rules])
        self._in_loop = [self.seen(rule.states[-1]).loop is not None for rule in self.rules]
        self._interrupted = RuleTree(learned.interrupted)
        self._not_the_loop = RuleTree(learned.not_the_loop)
        self._by_text: dict[str, str] = {}
        self._by_meaning: dict[str, str] = {}

    def seen(self, state: str) -> Seen:
        """A state, read once."""
        return self._tree.patterns.seen(state)

    def predict(
        self, states: Sequence[str], end: int, *, is_rejected: bool = False, text_state: str | None = None
    ) -> RulePrediction:
        """What comes after `states[:end]`, of which the last is the present one.

        `is_rejected`: whether the active loop refused to go on. `text_state`: the present state with the text of the
        user in the place of the intent, where both are known.
        """
        state = states[end - 1]
        now = self.seen(state)
        if now.listened:
            spoken = _once(self._by_text, state if text_state is None else text_state, by_text)
            from_text = self._from_rules(states, end, spoken, now)
        else:
            from_text = RulePrediction(None)
        default = DEFAULT_ACTIONS.get(now.intent or "") if now.listened else None
        if default is not None and from_text.action is None:
            return RulePrediction(default, by_intent(str(now.intent)))
        if now.loop is not None and not is_rejected and now.previous is not None:
            if now.previous != now.loop:
                return RulePrediction(now.loop, by_loop(now.loop), is_no_user=True)
            return RulePrediction(LISTEN, by_loop(now.loop, listens=True), is_no_user=True)
        if from_text.action is not None:
            return RulePrediction(
                from_text.action, from_text.source, is_end_to_end=True, is_interrupted=from_text.is_interrupted
            )
        meant = _once(self._by_meaning, state, by_meaning) if now.listened else state
        found = self._from_rules(states, end, meant, now)
        is_interrupted = found.is_interrupted or from_text.is_interrupted
        return RulePrediction(found.action, found.source, is_interrupted=is_interrupted)

    def _from_rules(self, states: Sequence[str], end: int, last: str, now: Seen) -> RulePrediction:
        best = max(
            self._tree.ending(states, end, last), key=lambda number: (self._lengths[number], -number), default=None
        )
        action = None if best is None else self.rules[best].action
        if now.loop is None:
            return RulePrediction(action, best)
        if best is not None and action == LISTEN and not self._in_loop[best]:
            # A rule that knows nothing of the loop is at its end: the loop goes on, unless a story says otherwise.
            if not self._not_the_loop.ending(states, end, last):
                return RulePrediction(now.loop, best)
            action = None
        return RulePrediction(action, best, is_interrupted=bool(self._interrupted.ending(states, end, last)))


def _once(known: dict[str, str], state: str, make: Callable[[str], str]) -> str:
    found = known.get(state)
    if found is None:
        found = known[state] = make(state)
    return found


def _length(states: Key) -> int:
    return len(json.dumps([json.loads(state) for state in states], sort_keys=True))
