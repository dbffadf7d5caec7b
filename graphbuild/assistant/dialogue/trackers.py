"""TrackerGenerator: training dialogues from the story graph. RASA.md 4.1 (without augmentation, which comes later).

Steps are joined at checkpoints. A dialogue is a chain of (state, action) links, each kept once however many dialogues
begin with it, so that memory and time grow with what is different. Cycles of checkpoints are cut: a dialogue ends
where it would come to the same checkpoint a third time. (Rasa cuts by the order in which steps happen to be read;
here neither order nor names decide.)
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep
from graphbuild.assistant.dialogue.states import LISTEN, Conversation, StateMaker
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

_NOTHING = -1
_VISITS = 2
"""How often a dialogue comes to one checkpoint: once, and once more after a turn of the cycle."""


@dataclass(frozen=True)
class _Tracker:
    """A dialogue so far: its last link, what is known, and the checkpoints of cycles that it came to, sorted."""

    link: int
    now: Conversation
    visits: tuple[str, ...] = ()


class TrackerGenerator(Component):
    """Makes the dialogues that policies learn from."""

    kind = "trackers"
    runtime = {"output": "tracker"}  # noqa: RUF012 - as the base declares it

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        remove_duplicates: bool = option(True, "Keep equal dialogues once.")
        unique_last_num_states: int | None = option(None, "Compare only this many last states at checkpoints.")
        tracker_limit: int | None = option(None, "Dialogues at most that wait at one checkpoint.")

    config: Config

    def apply(self, stories: StoryGraph, domain: DomainSpace) -> Dialogues:
        """Every dialogue that stories and rules tell, in canonical order."""
        chains = _Chains()
        found: list[tuple[int, bool]] = []
        for is_rule in (False, True):
            telling = _Telling(self.config, [s for s in stories.steps if s.is_rule is is_rule], domain, chains, is_rule)
            found.extend((link, is_rule) for link in telling.ends())
        return chains.dialogues(found)


class _Telling:
    """Follows all stories, or all rules, from the start to their ends."""

    def __init__(
        self,
        config: TrackerGenerator.Config,
        steps: Sequence[StoryStep],
        domain: DomainSpace,
        chains: _Chains,
        is_rule: bool,
    ) -> None:
        self._config = config
        self._chains = chains
        self._is_rule = is_rule
        self._from: dict[str, list[tuple[StoryStep, Checkpoint]]] = {}
        for step in steps:
            for start in step.start:
                self._from.setdefault(start.name, []).append((step, start))
        asked = {name for step in steps for start in step.start for name, _ in start.conditions}
        self._maker = StateMaker(domain, asked)
        self._cyclic = _on_cycles(steps)
        self._waiting: deque[tuple[str, _Tracker]] = deque()
        self._seen: set[tuple[object, ...]] = set()
        self._arrived: dict[str, int] = {}
        self._ends: list[int] = []

    def ends(self) -> Iterable[int]:
        """The last links of all dialogues."""
        self._waiting.append((START, _Tracker(_NOTHING, self._maker.begin())))
        while self._waiting:
            place, tracker = self._waiting.popleft()
            for step, start in self._from.get(place, ()):
                if not _holds(start, tracker.now):
                    continue
                told = self._follow(step, tracker)
                if not step.end:
                    self._ends.append(told.link)
                for end in step.end:
                    self._arrive(end.name, told)
        return dict.fromkeys(self._ends) if self._config.remove_duplicates else self._ends

    def _arrive(self, place: str, tracker: _Tracker) -> None:
        """Lets a dialogue wait at a checkpoint, or ends it where none goes on, or only in circles."""
        if place not in self._from or tracker.visits.count(place) == _VISITS:
            self._ends.append(tracker.link)
            return
        if place in self._cyclic:
            tracker = replace(tracker, visits=tuple(sorted((*tracker.visits, place))))
        if self._config.remove_duplicates and not self._is_new(place, tracker):
            return
        self._arrived[place] = self._arrived.get(place, 0) + 1
        if self._config.tracker_limit is None or self._arrived[place] <= self._config.tracker_limit:
            self._waiting.append((place, tracker))

    def _is_new(self, place: str, tracker: _Tracker) -> bool:
        whole = (place, tracker.link, tracker.now.key, tracker.visits)
        if whole in self._seen:
            return False
        self._seen.add(whole)
        if self._config.unique_last_num_states is None:
            return True
        last = (place, self._chains.last(tracker.link, self._config.unique_last_num_states), tracker.now.key)
        if last in self._seen:
            self._ends.append(tracker.link)  # what it told so far is new, what it would tell from here is not
            return False
        self._seen.add(last)
        return True

    def _follow(self, step: StoryStep, tracker: _Tracker) -> _Tracker:
        teller = _Teller(self._maker, self._chains, tracker.link, tracker.now, self._is_rule)
        # The first action of a story that no user turn comes before cannot be predicted: it has no turn.
        untold = any(start.name == START for start in step.start) and not _begins_with_user(step)
        for event in step.events:
            if event.type in ("action", "bot"):
                teller.act(str(event.name if event.type == "action" else event.text), event.type, told=not untold)
                untold = False
            else:
                if event.type == "user":
                    teller.listen()
                teller.happen(event)
        if not step.end:
            teller.listen()
        return replace(tracker, link=teller.link, now=teller.now)


@dataclass
class _Teller:
    """One step being told: the link and the conversation that it has come to."""

    maker: StateMaker
    chains: _Chains
    link: int
    now: Conversation
    is_rule: bool
    listens: bool = field(default=False)
    """Whether the last event of this step was to listen. What was before the step does not count, as in Rasa."""

    def act(self, name: str, kind: str = "action", *, told: bool = True) -> None:
        if told:
            self.link = self.chains.add(self.link, self.maker.state(self.now), name)
        self.now = replace(self.now, previous=name, previous_is_text=kind == "bot")
        self.listens = kind == "action" and name == LISTEN

    def listen(self) -> None:
        if not self.listens:
            self.act(LISTEN)

    def happen(self, event: Event) -> None:
        self.now = self.maker.after(self.now, event, is_rule=self.is_rule)
        self.listens = False


def _begins_with_user(step: StoryStep) -> bool:
    return next((event.type == "user" for event in step.events if event.type in ("user", "action", "bot")), True)


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


class _Chains:
    """Links (link before, state, action), each kept once."""

    def __init__(self) -> None:
        self._states: dict[str, int] = {}
        self._actions: dict[str, int] = {}
        self._links: dict[tuple[int, int, int], int] = {}
        self._rows: list[tuple[int, int, int]] = []

    def add(self, before: int, state: str, action: str) -> int:
        """The link of an action taken in a state after some others."""
        state_id = self._states.setdefault(state, len(self._states))
        action_id = self._actions.setdefault(action, len(self._actions))
        row = (before, state_id, action_id)
        if row not in self._links:
            self._links[row] = len(self._rows)
            self._rows.append(row)
        return self._links[row]

    def last(self, link: int, count: int | None) -> object:
        """What tells two chains apart: the link itself, or only its last states."""
        if count is None:
            return link
        return tuple(state for _, (state, _) in zip(range(count), self._back(link), strict=False))

    def dialogues(self, ends: list[tuple[int, bool]]) -> Dialogues:
        """The chains that end in some links, as columns in canonical order."""
        states = list(self._states)
        actions = list(self._actions)
        chains = [(is_rule, [*self._back(link)][::-1]) for link, is_rule in ends]
        chains = [(is_rule, chain) for is_rule, chain in chains if chain]
        used_states = sorted({states[state] for _, chain in chains for state, _ in chain})
        used_actions = sorted({actions[action] for _, chain in chains for _, action in chain})
        state_code = {self._states[text]: code for code, text in enumerate(used_states)}
        action_code = {self._actions[name]: code for code, name in enumerate(used_actions)}
        rows = sorted((is_rule, [(state_code[s], action_code[a]) for s, a in chain]) for is_rule, chain in chains)
        splits = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(chain) for _, chain in rows], out=splits[1:])
        flat = np.array([pair for _, chain in rows for pair in chain], dtype=np.int32).reshape(-1, 2)
        return Dialogues(
            tuple(used_states),
            tuple(used_actions),
            splits,
            np.ascontiguousarray(flat[:, 0]),
            np.ascontiguousarray(flat[:, 1]),
            np.array([is_rule for is_rule, _ in rows], dtype=np.bool_),
        )

    def _back(self, link: int) -> Iterator[tuple[int, int]]:
        while link != _NOTHING:
            link, state, action = self._rows[link]
            yield state, action
