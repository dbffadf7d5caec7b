"""Contradictions: what rules predict is held against what rules and stories tell. RASA.md 4.3.

Every action of every dialogue is predicted once, by what came before it; how long that takes does not depend on how
many rules there are that do not fit. What rules and stories agree on says which rules no story has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.assistant.data.stories import RULE_SNIPPET
from graphbuild.assistant.dialogue.rules.learned import LearnedRules, Rule, by_intent, by_loop
from graphbuild.assistant.dialogue.rules.learning import is_told, spoken
from graphbuild.assistant.dialogue.rules.predicting import DEFAULT_ACTIONS, RulePredictor
from graphbuild.assistant.dialogue.states import LISTEN

Source = int | str | tuple[str, ...]
"""What stands behind a prediction: a rule, a default intent or loop, or the states for which there is no rule."""


@dataclass(frozen=True)
class Turn:
    """One action of a dialogue, and all of that dialogue."""

    states: Sequence[str]
    actions: Sequence[str]
    place: int

    @property
    def action(self) -> str:
        """The action that is told."""
        return self.actions[self.place]


@dataclass(frozen=True)
class Contradiction:
    """A turn in which rules predict something else than what is told."""

    turn: Turn
    is_rule: bool
    predicted: str
    behind: tuple[Turn, ...]
    """The turns of rules that predict it."""
    by: str | None = None
    """The default intent or the loop that does."""


@dataclass
class _Told:
    """What rules tell where one source predicts."""

    turns: list[tuple[str, Turn]] = field(default_factory=list)
    """(action that the source stands for, turn)."""


def check(
    learned: LearnedRules, dialogues: DialogueColumns, loops: Iterable[str], fallback: str | None
) -> tuple[LearnedRules, tuple[Contradiction, ...]]:
    """The rules, with what no story has marked, and what contradicts them.

    `loops`: all of the domain. `fallback`: the action where no rule fits, if there is one.
    """
    instead = fallback if fallback is not None else LISTEN
    while True:
        told, stories, rules = _compared(learned, dialogues, instead)
        outdone = {one.source for one, _ in stories.wrong if _is_outdone(learned, one)}
        if not outdone:
            break
        kept = tuple(rule for number, rule in enumerate(learned.rules) if number not in outdone)
        learned = replace(learned, rules=kept)
    found = [*_contradictions(told, stories, fallback, False), *_contradictions(told, rules, fallback, True)]
    return _marked(learned, told, stories.right, loops), tuple(found)


@dataclass(frozen=True)
class _Predicted:
    """What rules predict, and what stands behind it."""

    action: str | None
    source: Source


@dataclass
class _Run:
    """Predictions for some dialogues."""

    right: set[Source] = field(default_factory=set)
    wrong: list[tuple[_Predicted, Turn]] = field(default_factory=list)


def _compared(
    learned: LearnedRules, dialogues: DialogueColumns, instead: str
) -> tuple[dict[Source, _Told], _Run, _Run]:
    predictor = RulePredictor(learned)
    told: dict[Source, _Told] = {}
    rules = _Run()
    for predicted, turn in _predictions(predictor, dialogues, is_rule=True):
        # Rules always say something.
        one = replace(predicted, action=predicted.action or instead)
        stands_for = str(one.action) if isinstance(one.source, str) else turn.action
        told.setdefault(one.source, _Told()).turns.append((stands_for, turn))
        if one.action != turn.action:
            rules.wrong.append((one, turn))
    stories = _Run()
    for predicted, turn in _predictions(predictor, dialogues, is_rule=False):
        if predicted.action == turn.action:
            stories.right.add(predicted.source)
        elif predicted.action is not None:
            stories.wrong.append((predicted, turn))
    return told, stories, rules


def _predictions(
    predictor: RulePredictor, dialogues: DialogueColumns, *, is_rule: bool
) -> Iterator[tuple[_Predicted, Turn]]:
    for states, actions in spoken(dialogues, is_rule=is_rule):
        walk = LoopWalk()
        for end, action in enumerate(actions, 1):
            seen = predictor.seen(states[end - 1])
            is_rejected = walk.is_rejected(seen.loop)
            if is_told(seen, action):
                found = predictor.predict(states, end, is_rejected=is_rejected)
                if found.action != action and found.action is not None and found.action == seen.loop:
                    # The loop would go on; that something else is told means that it refused to.
                    walk.reject(seen.loop)
                    found = predictor.predict(states, end, is_rejected=True)
                # Rules that say two things of one situation, and so nothing, have the situation in common.
                nothing = _situation(predictor, states, end) if is_rule and found.source is None else ()
                source: Source = found.source if found.source is not None else nothing
                yield _Predicted(found.action, source), Turn(states, actions, end - 1)
            walk.act(action)


class LoopWalk:
    """Whether the active loop refused, along a dialogue: until it runs again, or another one is active."""

    def __init__(self) -> None:
        self._rejected: str | None = None

    def is_rejected(self, loop: str | None) -> bool:
        """Whether this loop, which is active now, has refused."""
        if loop != self._rejected:
            self._rejected = None
        return self._rejected is not None

    def reject(self, loop: str | None) -> None:
        """This loop refuses."""
        self._rejected = loop

    def act(self, action: str) -> None:
        """An action was taken."""
        if action == self._rejected:
            self._rejected = None


def _situation(predictor: RulePredictor, states: Sequence[str], end: int) -> tuple[str, ...]:
    """The states since the last gap in a rule."""
    first = end
    while first and predictor.seen(states[first - 1]).previous != RULE_SNIPPET:
        first -= 1
    return tuple(states[first:end])


def _is_outdone(learned: LearnedRules, predicted: _Predicted) -> bool:
    """Whether a rule says only to listen after an action with which another rule goes on.

    A rule may begin with an action, for what comes after it; nobody meant that nothing else may follow that action.
    """
    number = predicted.source
    if not isinstance(number, int) or predicted.action != LISTEN:
        return False
    states = learned.rules[number].states
    if sum('"prev_action"' in state for state in states) > 1:
        return False
    beginning = states[-1].removesuffix("}")
    others = (rule for other, rule in enumerate(learned.rules) if other != number)
    return any(_begins(rule, states[:-1], beginning) for rule in others)


def _begins(rule: Rule, before: tuple[str, ...], beginning: str) -> bool:
    place = len(before)
    return len(rule.states) > place and rule.states[:place] == before and rule.states[place].startswith(beginning)


def _contradictions(
    told: dict[Source, _Told], run: _Run, fallback: str | None, is_rule: bool
) -> Iterator[Contradiction]:
    for predicted, turn in run.wrong:
        known = told.get(predicted.source)
        behind = [one for action, one in known.turns if action != turn.action] if known is not None else []
        if behind:
            by = predicted.source if isinstance(predicted.source, str) else None
            action = "" if predicted.action == fallback else str(predicted.action)
            yield Contradiction(turn, is_rule, action, tuple(behind), by)


def _marked(learned: LearnedRules, told: dict[Source, _Told], right: set[Source], loops: Iterable[str]) -> LearnedRules:
    """The rules with marks on those that no story has, and the default intents and loops that none has."""
    alone = told.keys() - right
    rules = tuple(replace(rule, is_hidden=number in alone) for number, rule in enumerate(learned.rules))
    names = {by_intent(intent) for intent in DEFAULT_ACTIONS}
    names |= {by_loop(loop, listens=listens) for loop in loops for listens in (False, True)}
    names |= {source for source in told if isinstance(source, str)}
    return replace(learned, rules=rules, hidden=tuple(sorted(name for name in names if name not in right)))
