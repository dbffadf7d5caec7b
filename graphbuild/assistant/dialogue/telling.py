"""Telling: follows steps from checkpoint to checkpoint and makes chains of what is told. RASA.md 4.1.

All dialogues go side by side, in waves: those of a wave have come through equally many steps. So neither the order of
steps nor their names decide what is kept where not everything can be. Cycles of checkpoints are cut: a dialogue ends
where it would come to the same checkpoint once more than allowed. (Rasa cuts by the order in which steps happen to be
read.) Knows nothing of augmentation but what it is told to leave out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from graphbuild.assistant.data.space import DomainSpace, SlotSpace
from graphbuild.assistant.data.stories import START, Checkpoint, StoryStep
from graphbuild.assistant.dialogue.chains import NOTHING, Chains, evenly
from graphbuild.assistant.dialogue.states import Conversation, StateMaker
from graphbuild.assistant.dialogue.teller import History, Log, Teller, begins_with_user
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import of_bytes

TURNS_OF_CYCLES = 2
"""How often a dialogue comes to one checkpoint: once, and once more after a turn of the cycle."""
_LEAST_BUDGET = 200_000
"""Pairs of a dialogue and a step in one round; more where there are many steps."""
_SHARE = 4
"""A wave may take this part of what is left of the budget,"""
_LEAST_SHARE = 100
"""and so many pairs in any case."""


@dataclass(frozen=True, slots=True)
class Tracker:
    """A dialogue so far: its last link, what is known, and the checkpoints of cycles that it came to, sorted."""

    link: int
    now: Conversation
    visits: tuple[str, ...] = ()
    history: History | None = None
    """What can be taken back."""
    log: int = NOTHING
    """The last of its events, where they are logged."""


@dataclass(frozen=True)
class Limits:
    """What is not told."""

    remove_duplicates: bool = True
    unique_last_num_states: int | None = None
    tracker_limit: int | None = None
    seed: int = 42
    turns_of_cycles: int = TURNS_OF_CYCLES
    keeps_open_ends: bool = True
    """Whether dialogues count that come to a checkpoint and do not go on."""
    through_a_step: int | None = None
    """Dialogues at most that one step goes on with."""
    at_the_start: int | None = None
    """Pairs at most of a dialogue and a step that it begins anew with."""


Watch = Callable[[StoryStep, int, int], None]
"""Is told of each step, the link before it and its last one."""


@dataclass
class Ends:
    """Where dialogues end, each once if duplicates are removed."""

    remove_duplicates: bool = True
    finished: list[Tracker] = field(default_factory=list)
    """At the end of a story."""
    others: list[Tracker] = field(default_factory=list)
    """At a checkpoint that none goes on from, or before an event that takes back what was."""
    _known: set[int] = field(default_factory=set)

    def finish(self, tracker: Tracker) -> None:
        """Keeps a dialogue that came to the end of a story, unless it is known."""
        if not self.remove_duplicates or tracker.link not in self._known:
            self._known.add(tracker.link)
            self.finished.append(tracker)

    def all(self) -> list[Tracker]:
        """Every dialogue."""
        both = [*self.finished, *self.others]
        return list({one.link: one for one in reversed(both)}.values())[::-1] if self.remove_duplicates else both


class Telling:
    """Follows some steps: all stories, or all rules."""

    def __init__(
        self,
        steps: Iterable[StoryStep],
        domain: DomainSpace,
        chains: Chains,
        limits: Limits,
        *,
        is_rule: bool = False,
        log: Log[Any] | None = None,
        watch: Watch | None = None,
        filling: Sequence[SlotSpace] | None = None,
    ) -> None:
        self._steps = [step for step in steps if step.is_rule is is_rule]
        self._chains = chains
        self._limits = limits
        self._is_rule = is_rule
        self._log = log
        self._watch = watch
        self._from: dict[str, list[tuple[StoryStep, Checkpoint]]] = {}
        for step in self._steps:
            for start in step.start:
                self._from.setdefault(start.name, []).append((step, start))
        asked = {name for step in self._steps for start in step.start for name, _ in start.conditions}
        self._maker = StateMaker(domain, asked, filling)
        self._cyclic = _on_cycles(self._steps)
        self.ends = Ends(limits.remove_duplicates)
        self.left_out = 0
        """Dialogues that were not followed because there were too many."""
        self._begin_round(limits)

    def tell(self) -> Ends:
        """All dialogues from the beginning."""
        self.round([Tracker(NOTHING, self._maker.begin())], self._limits)
        return self.ends

    def round(self, trackers: Sequence[Tracker], limits: Limits) -> None:
        """Lets some dialogues go on with the stories, once through."""
        self._begin_round(limits)
        wave: dict[str, list[Tracker]] = {START: list(trackers)}
        while wave:
            wave = self._next(self._thinned(wave))

    def content_of(self, tracker: Tracker) -> tuple[str, str]:
        """A key to sort dialogues by what they tell, well mixed."""
        return self._chains.content(tracker.link, self._limits.seed), repr(tracker.now.key)

    def chosen(self, trackers: list[Tracker], most: int) -> list[Tracker]:
        """At most so many of them, by content."""
        if len(trackers) <= most:
            return trackers
        ordered = sorted(trackers, key=self.content_of)
        return [ordered[position] for position in evenly(len(ordered), most)]

    def _begin_round(self, limits: Limits) -> None:
        self._limits = limits
        self._seen: set[tuple[object, ...]] = set()
        self._arrived: dict[str, int] = {}
        self._admitted: dict[int, int] = {}
        self._budget = max(_LEAST_BUDGET, 20 * len(self._steps))

    def _next(self, wave: Mapping[str, list[Tracker]]) -> dict[str, list[Tracker]]:
        """What waits where after each dialogue of a wave was told one step further."""
        arrivals: dict[str, list[Tracker]] = {}
        finished: list[Tracker] = []
        for place in wave:
            for tracker, step in self._pairs(place, wave[place]):
                told = self._follow(step, tracker)
                if not step.end:
                    finished.append(told)
                for end in step.end:
                    self._arrive(end.name, told, arrivals)
        for tracker in self._unlike(finished):
            self.ends.finish(tracker)
        return {place: kept for place, found in arrivals.items() if (kept := self._gathered(place, found))}

    def _unlike(self, finished: list[Tracker]) -> Iterable[Tracker]:
        """Of dialogues that look alike but know different things, one by content."""
        if not self._limits.remove_duplicates:
            return finished
        kept: dict[int, Tracker] = {}
        for tracker in finished:
            known = kept.setdefault(tracker.link, tracker)
            if known.now.key != tracker.now.key:
                kept[tracker.link] = min(known, tracker, key=self.content_of)
        return kept.values()

    def _pairs(self, place: str, waiting: list[Tracker]) -> Iterable[tuple[Tracker, StoryStep]]:
        """Which dialogues go on with which steps from a checkpoint."""
        most = self._limits.at_the_start
        starts = self._from.get(place, [])
        if place == START and most is not None and len(waiting) * len(starts) > most:
            starts = sorted(starts, key=lambda pair: _content(pair[0]))
            for position in evenly(len(waiting) * len(starts), most):
                tracker, (step, start) = waiting[position // len(starts)], starts[position % len(starts)]
                if _holds(start, tracker.now):
                    yield tracker, step
            return
        for step, start in starts:
            yield from ((tracker, step) for tracker in self._admit(step, start, waiting))

    def _admit(self, step: StoryStep, start: Checkpoint, waiting: list[Tracker]) -> list[Tracker]:
        admitted = [one for one in waiting if _holds(start, one.now)] if start.conditions else waiting
        most = self._limits.through_a_step
        if most is not None:
            admitted = self.chosen(admitted, most - self._admitted.get(id(step), 0))
            self._admitted[id(step)] = self._admitted.get(id(step), 0) + len(admitted)
        return admitted

    def _follow(self, step: StoryStep, tracker: Tracker) -> Tracker:
        teller = Teller(
            self._maker, self._chains, tracker.link, tracker.now, tracker.history, self._is_rule, self._log, tracker.log
        )
        # The first action of a story that no user turn comes before cannot be predicted: it has no turn.
        untold = any(start.name == START for start in step.start) and not begins_with_user(step)
        for before in teller.tell(step, untold=untold):
            self._passed(step, tracker, before)
            self.ends.others.append(Tracker(before.link, before.now, log=before.logged))
        self._passed(step, tracker, teller)
        if self._watch is not None:
            self._watch(step, tracker.link, teller.link)
        history = teller.history
        if not step.end and history is not None:
            history = replace(history, before=None)  # who begins anew takes back no more than the last listen
        return Tracker(teller.link, teller.now, tracker.visits, history, teller.logged)

    def _passed(self, step: StoryStep, tracker: Tracker, teller: Teller) -> None:
        if self._log is not None and teller.logged != tracker.log:
            self._log.came_through(step, tracker.log, teller.logged)

    def _arrive(self, place: str, tracker: Tracker, arrivals: dict[str, list[Tracker]]) -> None:
        """Lets a dialogue come to a checkpoint, or ends it where none goes on, or only in circles."""
        if place not in self._from or tracker.visits.count(place) == self._limits.turns_of_cycles:
            if self._limits.keeps_open_ends:
                self.ends.others.append(tracker)
            return
        if place in self._cyclic:
            tracker = replace(tracker, visits=tuple(sorted((*tracker.visits, place))))
        arrivals.setdefault(place, []).append(tracker)

    def _gathered(self, place: str, arrivals: list[Tracker]) -> list[Tracker]:
        """Those of the dialogues at a checkpoint that go on from it."""
        limits = self._limits
        if limits.remove_duplicates:
            arrivals = self._new(arrivals, lambda one: (place, one.link, one.now.key, one.visits), [])
            if (count := limits.unique_last_num_states) is not None:
                last = self._chains.last_states
                arrivals.sort(key=self.content_of)
                # What the others told so far is new, what they would tell from here is not.
                others = self.ends.others
                arrivals = self._new(arrivals, lambda one: (place, last(one.link, count), one.now.key), others)
        if limits.tracker_limit is not None:
            arrivals = self.chosen(arrivals, limits.tracker_limit - self._arrived.get(place, 0))
            self._arrived[place] = self._arrived.get(place, 0) + len(arrivals)
        return arrivals

    def _new(
        self, trackers: list[Tracker], key: Callable[[Tracker], tuple[object, ...]], others: list[Tracker]
    ) -> list[Tracker]:
        """The first of each key that was not seen before; the rest goes to `others`."""
        found: list[Tracker] = []
        for tracker in trackers:
            one = key(tracker)
            (others if one in self._seen else found).append(tracker)
            self._seen.add(one)
        return found

    def _thinned(self, wave: dict[str, list[Tracker]]) -> dict[str, list[Tracker]]:
        """The wave, without what is too much to tell: choices after choices multiply."""
        share = max(_LEAST_SHARE, self._budget // _SHARE)
        widths = [(len(waiting), len(self._from.get(place, ()))) for place, waiting in wave.items()]
        most = _widest(widths, share)
        thinned = {place: self.chosen(waiting, most) for place, waiting in wave.items()}
        self._budget -= sum(min(waiting, most) * steps for waiting, steps in widths)
        self.left_out += sum(max(0, waiting - most) for waiting, _ in widths)
        return thinned


def _widest(widths: list[tuple[int, int]], share: int) -> int:
    """How many dialogues each place may keep, so that they and the steps from there make no more pairs than `share`.

    One at least, and no more than there are.
    """
    low, high = 1, max(waiting for waiting, _ in widths)
    if sum(waiting * steps for waiting, steps in widths) <= share:
        return high
    while low < high:
        most = (low + high + 1) // 2
        fits = sum(min(waiting, most) * steps for waiting, steps in widths) <= share
        low, high = (most, high) if fits else (low, most - 1)
    return low


def _content(step: StoryStep) -> str:
    """A key to sort steps by what happens in them, well mixed."""
    return of_bytes(encode_json(msgspec.to_builtins(step.events)))


def _holds(start: Checkpoint, now: Conversation) -> bool:
    return all(now.slots.get(name) == value for name, value in start.conditions)


def _on_cycles(steps: Iterable[StoryStep]) -> frozenset[str]:
    """Names of the checkpoints on cycles, and of some between cycles: those that lie neither before nor after all."""
    edges = {(start.name, end.name) for step in steps for start in step.start for end in step.end}
    return _stuck(edges) & _stuck((end, start) for start, end in edges)


def _stuck(edges: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What a topological sort does not come to: cycles, and what lies behind them."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    names = set()
    for before, after in edges:
        sorter.add(after, before)
        names |= {before, after}
    with suppress(CycleError):
        sorter.prepare()
    while ready := sorter.get_ready():
        sorter.done(*ready)
        names -= set(ready)
    return frozenset(names)
