"""StoryStructureCheck: stories that agree on what was and not on what comes next, and checkpoints that lead nowhere.

RASA.md 6.4. Every way through the stories is followed as a window over its last states; ways that come to a
checkpoint with the same window are one from there on, so that the work grows with what is different. Rules are left
out: what contradicts them is RulePolicy's to find.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, StoryGraph, StoryStep
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.data.subjects import story_subject
from graphbuild.assistant.dialogue.states import LISTEN, Conversation, StateMaker
from graphbuild.assistant.validation.checkpoints import check_checkpoints
from graphbuild.assistant.validation.findings import Finding, Findings, listed
from graphbuild.contract.component import CHECK, Component, Options
from graphbuild.contract.options import option

WAYS_LIMIT = 1000
"""Ways that are followed on from one checkpoint."""
ALL_WAYS_LIMIT = 20_000
"""Ways that are followed on from all checkpoints; twice the number of stories where that is more."""
_VISITS = 2
"""How often one way comes to the same checkpoint."""
_TOLD = 10
"""Stories in which a conflict is looked for when its place is shown."""
_FEW = 3
"""Story names that are told of one action."""

Window = tuple[int, ...]
Contested = dict[str, set[str]]
"""Next action -> names of the stories that tell it."""


class StoryStructureCheck(Component):
    """Checks how stories hang together: contradictions between them, checkpoints that lead nowhere."""

    kind = CHECK

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        max_history: int | None = option(None, "How many last states of a story are compared; all by default.")

    config: Config

    def apply(self, stories: StoryGraph, names: StoryNames, domain: DomainSpace) -> Findings:
        """Findings GB310 to GB313."""
        followed = _Following(stories, names, domain, self.config.max_history)
        followed.run()
        return Findings.of([*check_checkpoints(stories, names), *followed.conflicts(), *followed.left_out()])


@dataclass(frozen=True)
class _Way:
    """One way through stories so far: its last states, what is known, and the checkpoints that it came to."""

    window: Window
    now: Conversation
    visits: tuple[str, ...] = ()


class _Following:
    """Follows all stories from the start to their ends, and remembers which action came after which states."""

    def __init__(self, stories: StoryGraph, names: StoryNames, domain: DomainSpace, max_history: int | None) -> None:
        told = [pair for pair in zip(stories.steps, names.of_steps, strict=True) if not pair[0].is_rule]
        self._from: dict[str, list[tuple[StoryStep, Checkpoint, tuple[str, ...]]]] = {}
        for step, of_step in told:
            for start in step.start:
                self._from.setdefault(start.name, []).append((step, start, of_step))
        asked = {name for step, _ in told for start in step.start for name, _ in start.conditions}
        self._maker = StateMaker(domain, asked)
        self._length = max_history
        self._states: dict[str, int] = {}
        self._chains: dict[tuple[int, int], int] = {}
        self._next: dict[Window, Contested] = {}
        self._last: dict[Window, str] = {}
        self._seen: dict[str, set[tuple[object, ...]]] = {}
        self._left = max(ALL_WAYS_LIMIT, 2 * len(told))
        self._cut: set[str] = set()

    def run(self) -> None:
        """Follows everything."""
        waiting = deque([(START, _Way((), self._maker.begin()))])
        while waiting:
            place, way = waiting.popleft()
            for step, start, names in self._from.get(place, ()):
                if all(way.now.slots.get(name) == value for name, value in start.conditions):
                    told = self._follow(step, names, way)
                    waiting.extend((end.name, on) for end in step.end if (on := self._arrive(end.name, told)))

    def _arrive(self, place: str, way: _Way) -> _Way | None:
        """The way as it waits at a checkpoint; None where another is like it, or it came here too often."""
        if place not in self._from or way.visits.count(place) == _VISITS:
            return None
        window = way.window if self._length is None else way.window[max(0, len(way.window) - self._length + 1) :]
        seen = self._seen.setdefault(place, set())
        key = (window, way.now.key)
        if key in seen:
            return None
        if len(seen) == WAYS_LIMIT or not self._left:
            self._cut.add(place)
            return None
        self._left -= 1
        seen.add(key)
        return _Way(window, way.now, (*way.visits, place))

    def _follow(self, step: StoryStep, names: tuple[str, ...], way: _Way) -> _Way:
        teller = _Teller(self, names, way.window, way.now)
        # No user turn comes before such an action: it is no prediction.
        first = next((event.type for event in step.events if event.type in ("user", "action", "bot")), "user")
        untold = first != "user" and any(start.name == START for start in step.start)
        for event in step.events:
            if event.type in ("action", "bot"):
                is_text = event.type == "bot"
                teller.act(str(event.text if is_text else event.name), is_text=is_text, told=not untold)
                untold = False
                continue
            if event.type == "user":
                teller.listen()
            teller.now = self._maker.after(teller.now, event, is_rule=False)
            teller.listens = False
        if not step.end:
            teller.listen()
        return _Way(teller.window, teller.now, way.visits)

    def tell(self, window: Window, now: Conversation, action: str, names: tuple[str, ...]) -> Window:
        """An action taken after some states and in the present one; the window that it leaves."""
        state = self._maker.state(now)
        code = self._states.setdefault(state, len(self._states))
        window = self._longer(window, code)
        self._last.setdefault(window, state)
        self._next.setdefault(window, {}).setdefault(action, set()).update(names)
        return window

    def _longer(self, window: Window, code: int) -> Window:
        if self._length is not None:
            return (*window, code)[-self._length :]
        # Without a limit, a number stands for the whole chain of states.
        before = window[0] if window else -1
        return (self._chains.setdefault((before, code), len(self._chains)),)

    def conflicts(self) -> Iterator[Finding]:
        """GB310: the text is Rasa's."""
        for window, actions in self._next.items():
            if len(actions) > 1:
                # Its place is where a story goes on, rather than where one ends.
                first = {name: action for action in sorted(actions) for name in actions[action] if action != LISTEN}
                names = sorted(
                    {name for told in actions.values() for name in told}, key=lambda one: (one not in first, one)
                )
                subjects = tuple(story_subject(name, is_rule=False) for name in names[:_TOLD])
                lines = [f"  {action} predicted in {_listed(sorted(told))}" for action, told in sorted(actions.items())]
                what = "\n".join([f"Story structure conflict {_after(json.loads(self._last[window]))}:", *lines])
                word = first.get(names[0], "")
                hint = "let them go on alike, or tell them apart by an earlier turn, an entity or a slot"
                yield Finding("GB310", what, subjects, word, "action", hint)

    def left_out(self) -> Iterator[Finding]:
        """GB313, once for all checkpoints of which not all ways were followed."""
        if not self._cut:
            return
        first, *others = names = sorted(self._cut)
        what = f"more than {WAYS_LIMIT:,} different ways lead through checkpoint `{first}`; not all were compared"
        if others:
            what = (
                f"too many different ways lead through {len(names)} checkpoints, {listed(names)}; not all were compared"
            )
        subjects = tuple(story_subject(one, is_rule=False) for one in self._from[first][0][2])
        yield Finding("GB313", what, subjects, first, "checkpoint", "compare shorter windows: --max-history 5")


@dataclass
class _Teller:
    """One step being told."""

    following: _Following
    names: tuple[str, ...]
    window: Window
    now: Conversation
    listens: bool = field(default=False)

    def act(self, name: str, *, is_text: bool = False, told: bool = True) -> None:
        if told:
            self.window = self.following.tell(self.window, self.now, name, self.names)
        self.now = replace(self.now, previous=name, previous_is_text=is_text)
        self.listens = name == LISTEN and not is_text

    def listen(self) -> None:
        if not self.listens:
            self.act(LISTEN)


def _after(state: Mapping[str, Mapping[str, str]]) -> str:
    """What happened last before a conflict, as Rasa says it."""
    previous = state.get("prev_action", {})
    kind, name = ("action", previous.get("action_name")) if "action_name" in previous else ("bot utterance", None)
    name = name or previous.get("action_text")
    if name == LISTEN and state.get("user"):
        user = state["user"]
        kind, name = ("intent", user["intent"]) if "intent" in user else ("user text", user.get("text"))
    return f"after {kind} '{name}'" if name else "at the beginning of stories"


def _listed(names: list[str]) -> str:
    if len(names) > _FEW:
        return f"'{names[0]}', '{names[1]}', and {len(names) - 2} other trackers"
    quoted = [f"'{name}'" for name in names]
    if len(quoted) == _FEW:
        return f"{quoted[0]}, {quoted[1]}, and {quoted[2]}"
    return " and ".join(quoted)
