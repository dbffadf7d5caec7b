"""RuleBook: learns what rules say, and stops the build where they are incomplete or contradict something. RASA.md 4.3.

A check, so that it comes before anything trains; what it learns is all that RulePolicy trains on. Names of rules and
stories are looked up only where there is something to say of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.data.subjects import story_subject
from graphbuild.assistant.dialogue.chains import NOTHING, Chains, Told
from graphbuild.assistant.dialogue.fingerprints import create_action_fingerprints
from graphbuild.assistant.dialogue.retold import told_dialogues
from graphbuild.assistant.dialogue.rules.completeness import Omission, omissions, with_several_users
from graphbuild.assistant.dialogue.rules.contradictions import Contradiction, Turn, check
from graphbuild.assistant.dialogue.rules.learned import LearnedRules
from graphbuild.assistant.dialogue.rules.learning import learn
from graphbuild.assistant.dialogue.states import NOT_SET
from graphbuild.assistant.dialogue.telling import Limits, Telling
from graphbuild.assistant.validation.findings import Finding, Findings, listed, problem_of
from graphbuild.contract.component import CHECK, Component, Options
from graphbuild.contract.options import option
from graphbuild.errors import GraphbuildError

_FEW = 3
"""Names that are told of one contradiction."""


class RuleBook(Component):
    """Learns rules, and checks them against each other and against stories."""

    kind = CHECK

    @dataclass(frozen=True)
    class Config(Options):
        """Options of RulePolicy."""

        restrict_rules: bool = option(True, "Whether a rule has one user turn at most.")
        check_for_contradictions: bool = option(True, "Whether rules are held against each other and against stories.")
        core_fallback_action_name: str = option("action_default_fallback", "The action where no rule fits.")
        enable_fallback_prediction: bool = option(True, "Whether to fall back where no rule fits.")

    config: Config

    def apply(self, trackers: Dialogues, stories: StoryGraph, names: StoryNames, domain: DomainSpace) -> LearnedRules:
        """What rules say. Raises GraphbuildError with findings GB314 to GB316: a check failed (exit code 1)."""
        learned, found = self.read(trackers, stories, names, domain)
        if found.rows:
            raise GraphbuildError([problem_of(one) for one in found.rows])
        return learned

    def read(
        self, trackers: Dialogues, stories: StoryGraph, names: StoryNames, domain: DomainSpace
    ) -> tuple[LearnedRules, Findings]:
        """What rules say, and what is wrong with them; only the first kind of fault, as others follow from it."""
        config = self.config
        tellers = _Tellers(stories, names, domain)
        compares = config.check_for_contradictions
        learned = learn(as_meant(stories, domain), trackers, compares=compares)
        if config.restrict_rules:
            found = Findings.of(_too_long(turn, tellers) for turn in with_several_users(trackers))
            if found.rows:
                return learned, found
        if not compares:
            return learned, Findings()
        rules = [step for step in stories.steps if step.is_rule]
        fingerprints = create_action_fingerprints(told_dialogues(rules, domain, domain.slots), domain)
        found = Findings.of(
            one for left_out in omissions(trackers, fingerprints) for one in _left_out(left_out, tellers)
        )
        if found.rows:
            return learned, found
        fallback = config.core_fallback_action_name if config.enable_fallback_prediction else None
        learned, wrong = check(learned, trackers, domain.forms, fallback)
        return learned, Findings.of(_contradiction(one, tellers) for one in wrong)


def as_meant(stories: StoryGraph, domain: DomainSpace) -> Dialogues:
    """The dialogues of rules, in which slots have only the values that the rules give them."""
    slots = tuple(replace(slot, initial_value=None) for slot in domain.slots)
    chains = Chains()
    telling = Telling(stories.steps, replace(domain, slots=slots), chains, Limits(), is_rule=True)
    return chains.dialogues(Dialogues, [Told(one.link, is_rule=True) for one in telling.tell().all()])


class _Tellers:
    """Which stories and rules tell a turn: all are told again, with their names."""

    def __init__(self, stories: StoryGraph, names: StoryNames, domain: DomainSpace) -> None:
        self._stories = stories
        self._names = names
        self._domain = domain

    def of(self, turn: Turn, *, is_rule: bool) -> tuple[str, ...]:
        """Records of those that tell this turn after the turns before it."""
        chains, by_link = self._rules if is_rule else self._stories_told
        link = NOTHING
        for state, action in zip(turn.states[: turn.place + 1], turn.actions, strict=False):
            link = chains.add(link, state, action)
        return tuple(story_subject(name, is_rule) for name in sorted(by_link.get(link, ())))

    @cached_property
    def _rules(self) -> tuple[Chains, dict[int, set[str]]]:
        return self._told(is_rule=True)

    @cached_property
    def _stories_told(self) -> tuple[Chains, dict[int, set[str]]]:
        return self._told(is_rule=False)

    def _told(self, *, is_rule: bool) -> tuple[Chains, dict[int, set[str]]]:
        chains = Chains()
        of_step = {id(step): names for step, names in zip(self._stories.steps, self._names.of_steps, strict=True)}
        by_link: dict[int, set[str]] = {}

        def watch(step: StoryStep, before: int, last: int) -> None:
            # Numbers of links fall on the way back; what was taken back in this step is not on it.
            for link in chains.back(last):
                if link <= before:
                    break
                by_link.setdefault(link, set()).update(of_step[id(step)])

        Telling(self._stories.steps, self._domain, chains, Limits(), is_rule=is_rule, watch=watch).tell()
        return chains, by_link


def _too_long(turn: Turn, tellers: _Tellers) -> Finding:
    subjects = tellers.of(turn, is_rule=True)
    what = f"{_named(subjects)} has more than one user turn: rules are no state machines"
    return Finding("GB314", what, subjects, turn.action, "action", "tell what goes on over several turns in a story")


def _left_out(one: Omission, tellers: _Tellers) -> Iterator[Finding]:
    subjects = tellers.of(one.turn, is_rule=True)
    hint = "say it after the action (`null` where nothing is set), or end the rule with `wait_for_user_input: false`"
    if one.slots:
        what = f"{_named(subjects)} leaves out what `{one.action}` sets in other rules: slots {listed(one.slots)}"
        yield Finding("GB315", what, subjects, one.action, "action", hint)
    if one.loops:
        names = [("null" if name in (None, NOT_SET) else str(name)) for name in one.loops]
        what = f"{_named(subjects)} leaves out what `{one.action}` sets in other rules: `active_loop` {listed(names)}"
        yield Finding("GB315", what, subjects, one.action, "action", hint)


def _contradiction(one: Contradiction, tellers: _Tellers) -> Finding:
    subjects = tellers.of(one.turn, is_rule=one.is_rule)
    rules = [name for turn in one.behind for name in tellers.of(turn, is_rule=True) if name not in subjects]
    behind = one.by if one.by is not None else _named(tuple(dict.fromkeys(rules)))
    says = f"says `{one.predicted}`" if one.predicted else "says something else"
    what = f"{_named(subjects)} goes on with `{one.turn.action}`, where {behind} {says}"
    hint = "let them agree, or tell them apart by a condition, an entity or a slot"
    return Finding("GB316", what, subjects, one.turn.action, "action", hint)


def _named(subjects: tuple[str, ...]) -> str:
    """Some stories and rules for a sentence."""
    if not subjects:
        return "another rule"
    more = f" and {len(subjects) - _FEW} more" if len(subjects) > _FEW else ""
    return f"{', '.join(subjects[:_FEW])}{more}"
