"""TrackerGenerator: training dialogues from the story graph. RASA.md 4.1 (without augmentation, which comes later).

Steps are joined at checkpoints. A dialogue is a chain of (state, action) links, each kept once however many dialogues
begin with it, so that memory and time grow with what is different. Cycles of checkpoints are cut: no dialogue goes
through the same step twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, StoryGraph, StoryStep
from graphbuild.assistant.dialogue.states import LISTEN, Conversation, StateMaker
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

_NOTHING = -1


@dataclass(frozen=True)
class _Tracker:
    """A dialogue so far: its last link, what is known, the steps it came through."""

    link: int
    now: Conversation
    steps: tuple[int, ...] = ()


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
            steps = [step for step in stories.steps if step.is_rule is is_rule]
            found.extend((link, is_rule) for link in self._tell(steps, StateMaker(domain), chains, is_rule))
        return chains.dialogues(found)

    def _tell(self, steps: list[StoryStep], maker: StateMaker, chains: _Chains, is_rule: bool) -> list[int]:
        by_start: dict[str, list[tuple[int, StoryStep, Checkpoint]]] = {}
        for number, step in enumerate(steps):
            for start in step.start:
                by_start.setdefault(start.name, []).append((number, step, start))
        waiting = deque([(START, _Tracker(_NOTHING, maker.begin()))])
        seen: set[tuple[object, ...]] = set()
        arrived: dict[str, int] = {}
        ended: dict[int, None] = {}
        endings: list[int] = []
        while waiting:
            place, tracker = waiting.popleft()
            for number, step, start in by_start.get(place, ()):
                if number in tracker.steps or not _holds(start, tracker.now):
                    continue
                told = self._follow(step, tracker, maker, chains, is_rule)
                told = replace(told, steps=(*tracker.steps, number) if step.end else ())
                if not step.end:
                    ended.setdefault(told.link)
                    endings.append(told.link)
                for end in step.end:
                    key = (end.name, chains.last(told.link, self.config.unique_last_num_states), told.now.key)
                    if self.config.remove_duplicates and key in seen:
                        continue
                    seen.add(key)
                    arrived[end.name] = arrived.get(end.name, 0) + 1
                    if self.config.tracker_limit is None or arrived[end.name] <= self.config.tracker_limit:
                        waiting.append((end.name, told))
        return list(ended) if self.config.remove_duplicates else endings

    @staticmethod
    def _follow(step: StoryStep, tracker: _Tracker, maker: StateMaker, chains: _Chains, is_rule: bool) -> _Tracker:
        link, now = tracker.link, tracker.now
        # The first action of a story that no user turn comes before cannot be predicted: it has no sample.
        may_predict = not any(start.name == START for start in step.start) or _begins_with_user(step)
        for event in step.events:
            if event.type == "user" and now.previous != LISTEN:
                link = chains.add(link, maker.state(now), LISTEN)
                now = replace(now, previous=LISTEN)
            if event.type in ("action", "bot"):
                name = str(event.name if event.type == "action" else event.text)
                if may_predict:
                    link = chains.add(link, maker.state(now), name)
                may_predict = True
                now = replace(now, previous=name)
            else:
                now = maker.after(now, event, is_rule=is_rule)
        if not step.end and now.previous != LISTEN:
            link = chains.add(link, maker.state(now), LISTEN)
            now = replace(now, previous=LISTEN)
        return _Tracker(link, now)


def _begins_with_user(step: StoryStep) -> bool:
    return next((event.type == "user" for event in step.events if event.type in ("user", "action", "bot")), True)


def _holds(start: Checkpoint, now: Conversation) -> bool:
    return all(now.slots.get(name) == value for name, value in start.conditions)


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
