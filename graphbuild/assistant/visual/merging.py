"""Merging: follows stories and rules from checkpoint to checkpoint, and makes one graph of them.

A spot is known by its last `max_history` actions, itself among them: two places of stories where these are equal have
equal fingerprints, and are the same spot. Every place is looked up once by that fingerprint, never compared with the
others, and what waits at a checkpoint goes on once for each fingerprint: the work grows with the stories, and neither
choices nor cycles of checkpoints multiply it. (Rasa compares all pairs of nodes, and cuts cycles.)
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import RULE_SNIPPET, START, Event, StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import OR_PREFIX, StoryNames
from graphbuild.assistant.dialogue.states import LISTEN, Conversation, StateMaker
from graphbuild.assistant.visual.story_map import Happening, Spot, SpotKind, StoryMap, Teller, Way
from graphbuild.contract.artifact import encode_json

LEAST_BUDGET = 200_000
"""Pairs of something that waits at a checkpoint and a step that goes on from it; more where there are many steps."""
_RESTART = "restart"

Label = tuple[SpotKind, str]
Window = tuple[Label, ...]
"""The fingerprint: the last actions, the newest last."""
_SHOWN = {SpotKind.START: "START", SpotKind.ANYWHERE: RULE_SNIPPET}
_ORDER = (SpotKind.START, SpotKind.ANYWHERE, SpotKind.ACTION, SpotKind.BOT, SpotKind.ONWARD, SpotKind.END)
_BEGIN: Window = ((SpotKind.START, ""),)
_ANYWHERE: Window = ((SpotKind.ANYWHERE, ""),)
_END: Window = ((SpotKind.END, ""),)
_ONWARD: Window = ((SpotKind.ONWARD, ""),)


def merged(stories: StoryGraph, names: StoryNames, domain: DomainSpace, max_history: int) -> StoryMap:
    """The graph of all stories and rules."""
    merging = _Merging(stories, names, domain, max_history)
    merging.run()
    return merging.story_map()


@dataclass(frozen=True)
class _Waiting:
    """What waits at a checkpoint: where it came from, and what happened since the last action."""

    place: str
    window: Window
    since: tuple[Happening, ...]
    now: Conversation
    key: tuple[object, ...]
    """Equal for those that go on equally."""

    @property
    def has_begun(self) -> bool:
        """Whether something has happened since the last action; if not, the way on is the next story's own."""
        return self.key[2] != _NOTHING


_WayKey = tuple[Window, Window, bytes]
"""Where a way begins and ends, and what happens between."""


@dataclass
class _Told:
    """What happens on a way, and who tells of it."""

    since: tuple[Happening, ...]
    tellers: set[int]


class _Merging:
    def __init__(self, stories: StoryGraph, names: StoryNames, domain: DomainSpace, max_history: int) -> None:
        told = {Teller(name, step.is_rule) for step, of in _told(stories, names) for name in of}
        self._tellers = tuple(sorted(told, key=lambda one: (one.is_rule, one.name)))
        places = {one: place for place, one in enumerate(self._tellers)}
        self._steps = [
            (step, frozenset(places[Teller(name, step.is_rule)] for name in of)) for step, of in _told(stories, names)
        ]
        self._from: dict[str, list[int]] = {}
        for number, (step, _) in enumerate(self._steps):
            for start in step.start:
                self._from.setdefault(start.name, []).append(number)
        self._copied = self._steps_that_go_on()
        self._asked = sorted({name for step, _ in self._steps for one in step.start for name, _ in one.conditions})
        self._maker = StateMaker(domain, self._asked)
        self._length = max_history
        self._ways: dict[_WayKey, _Told] = {}
        self._followed: set[int] = set()
        self._left_out = 0
        self._came: dict[tuple[object, ...], set[int]] = {}
        """Who came to a checkpoint, by the keys of those that wait."""
        self._carried: dict[tuple[object, ...], set[tuple[object, ...]]] = {}
        """Those that wait -> those that wait further on, with no action between."""
        self._finished: dict[tuple[object, ...], set[_WayKey]] = {}
        """Those that wait, and something has happened -> the ways of which they are the beginning."""

    def run(self) -> None:
        """Follows everything, in waves: what is cut where there is too much does not depend on any order."""
        queue = deque([self._waiting(START, _BEGIN, (), self._maker.begin())])
        self._came[queue[0].key] = set()
        budget = max(LEAST_BUDGET, 20 * len(self._steps))
        while queue:
            waiting = queue.popleft()
            steps = list(self._going_on(waiting))
            budget -= len(steps)
            if budget < 0:
                self._left_out += len(steps)
                continue
            if not steps and waiting.place != START:
                way = self._way(waiting.window, _END, waiting.since, frozenset())
                self._finished.setdefault(waiting.key, set()).add(way)
            for number, since in steps:
                self._followed.add(number)
                queue.extend(self._follow(number, replace(waiting, since=since)))
        self._give_to_beginnings()

    def _going_on(self, waiting: _Waiting) -> Iterator[tuple[int, tuple[Happening, ...]]]:
        """The steps that go on from a checkpoint, with the conditions that they ask for."""
        for number in self._from.get(waiting.place, ()):
            for start in self._steps[number][0].start:
                holds = all(waiting.now.slots.get(name) == value for name, value in start.conditions)
                if start.name == waiting.place and holds:
                    asked = (Happening("slot", name, value, is_condition=True) for name, value in start.conditions)
                    yield number, (*waiting.since, *asked)

    def _follow(self, number: int, waiting: _Waiting) -> Iterator[_Waiting]:
        """Tells a step; what waits at its ends that did not wait there before."""
        step, tellers = self._steps[number]
        window, since, now = waiting.window, waiting.since, waiting.now
        beginning: _Waiting | None = waiting
        for event in step.events:
            label = _label(event)
            if label is None:
                since = (*since, _happening(event))
                now = self._after(now, event, step)
            elif label[1] == RULE_SNIPPET and step.is_rule and window == _BEGIN:
                window, since = _ANYWHERE, tuple(replace(one, is_condition=True) for one in since)
            elif label[1] == RULE_SNIPPET and step.is_rule:
                self._way(window, _ONWARD, since, tellers, beginning)
                return
            elif label[1] != LISTEN:
                after = (*window, label)[-self._length :]
                self._way(window, after, since, tellers, beginning)
                window, since, beginning = after, (), None
        if not step.end:
            self._way(window, _END, since, tellers, beginning)
        for end in step.end:
            if not self._is_joint_of_a_copy(number, end.name):
                yield from self._arrive(self._waiting(end.name, window, since, now), tellers, beginning)

    def _arrive(self, there: _Waiting, tellers: frozenset[int], beginning: _Waiting | None) -> Iterator[_Waiting]:
        """What waits at a checkpoint, unless its like does. `beginning`: with no action since it waited elsewhere."""
        if beginning is not None and beginning.has_begun:
            self._carried.setdefault(beginning.key, set()).add(there.key)
        if there.key not in self._came:
            yield there
        self._came.setdefault(there.key, set()).update(tellers)

    def _steps_that_go_on(self) -> dict[bytes, set[int]]:
        """Who tells of steps that end where others go on, by what the steps say."""
        found: dict[bytes, set[int]] = {}
        for step, tellers in self._steps:
            if any(end.name in self._from or not end.name.startswith(OR_PREFIX) for end in step.end):
                found.setdefault(_content(step), set()).update(tellers)
        return found

    def _is_joint_of_a_copy(self, number: int, end: str) -> bool:
        """Whether nothing goes on from a choice because a checkpoint follows it: the step is there twice then."""
        step, tellers = self._steps[number]
        is_loose = end.startswith(OR_PREFIX) and end not in self._from
        return is_loose and tellers <= self._copied.get(_content(step), set())

    def _after(self, now: Conversation, event: Event, step: StoryStep) -> Conversation:
        if event.type == "event" and event.name == _RESTART:
            return self._maker.begin()
        return self._maker.after(now, event, is_rule=step.is_rule)

    def _waiting(self, place: str, window: Window, since: tuple[Happening, ...], now: Conversation) -> _Waiting:
        asked = json.dumps([now.slots.get(name) for name in self._asked], default=str)
        return _Waiting(place, window, since, now, (place, window, _bytes(since), asked))

    def _way(
        self,
        start: Window,
        end: Window,
        since: tuple[Happening, ...],
        tellers: frozenset[int],
        beginning: _Waiting | None = None,
    ) -> _WayKey:
        """Keeps a way, and of what waited at a checkpoint it is the end."""
        key = (start, end, _bytes(since))
        self._ways.setdefault(key, _Told(since, set())).tellers.update(tellers)
        if beginning is not None and beginning.has_begun:
            self._finished.setdefault(beginning.key, set()).add(key)
        return key

    def _give_to_beginnings(self) -> None:
        """Of a way that began before a checkpoint, who came there tells, too."""
        queue = deque(self._carried)
        while queue:
            key = queue.popleft()
            for further in self._carried.get(key, ()):
                if not self._came[key] <= self._came[further]:
                    self._came[further] |= self._came[key]
                    queue.append(further)
        for key, ways in self._finished.items():
            for way in ways:
                self._ways[way].tellers |= self._came[key]

    def story_map(self) -> StoryMap:
        """What was found, in canonical order."""
        windows = sorted({one for way in self._ways for one in way[:2]}, key=_place)
        number = {window: place for place, window in enumerate(windows)}
        ways = [
            Way(number[key[0]], number[key[1]], told.since, tuple(sorted(told.tellers)))
            for key, told in sorted(
                self._ways.items(), key=lambda way: (number[way[0][0]], number[way[0][1]], way[0][2])
            )
        ]
        missing = {one for place, (_, of) in enumerate(self._steps) if place not in self._followed for one in of}
        unreached = () if self._left_out else tuple(sorted(missing))
        return StoryMap(self._length, tuple(map(_spot, windows)), tuple(ways), self._tellers, unreached, self._left_out)


def _told(stories: StoryGraph, names: StoryNames) -> Iterable[tuple[StoryStep, tuple[str, ...]]]:
    return zip(stories.steps, names.of_steps, strict=True)


def _content(step: StoryStep) -> bytes:
    """What a step says, its end left out."""
    return encode_json(msgspec.to_builtins([step.start, step.events, step.is_rule]))


def _label(event: Event) -> Label | None:
    """How an action is known; None for anything else."""
    if event.type == "action":
        return SpotKind.ACTION, str(event.name)
    return (SpotKind.BOT, str(event.text)) if event.type == "bot" else None


def _happening(event: Event) -> Happening:
    return Happening(event.type, event.name, event.value, event.text, event.entities)


def _bytes(since: tuple[Happening, ...]) -> bytes:
    """What happened as bytes: 1 and true are not the same there."""
    return encode_json([[one.type, one.name, one.value, one.text, one.entities, one.is_condition] for one in since])


_NOTHING = _bytes(())


def _place(window: Window) -> tuple[object, ...]:
    """Spots of the same action lie together."""
    kind, name = window[-1]
    return _ORDER.index(kind), name, [label[1] for label in window], [label[0] for label in window]


def _spot(window: Window) -> Spot:
    kind, name = window[-1]
    return Spot(kind, name, tuple(_SHOWN.get(before, word) for before, word in window[:-1]))
