"""Chains: dialogues as links (link before, state, action), each kept once however many dialogues begin with it.

Links are rows of integer arrays, so that memory and time grow with what is different. Knows no stories.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import DialogueColumns
from graphbuild.contract.digest import of_bytes, of_value, short

NOTHING = -1
"""The link before the first."""

_Columns = TypeVar("_Columns", bound=DialogueColumns)


class HasLink(Protocol):
    """A dialogue by its last link."""

    @property
    def link(self) -> int:
        """The last link."""


_Linked = TypeVar("_Linked", bound=HasLink)
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Told:
    """A dialogue: its last link, and what it is."""

    link: int
    is_rule: bool = False
    is_augmented: bool = False


class Chains:
    """All links. A link's number is greater than that of the link before it."""

    def __init__(self) -> None:
        self._states: dict[str, int] = {}
        self._actions: dict[str, int] = {}
        self._links: dict[int, int] = {}
        self._before = array("i")
        self._state = array("i")
        self._action = array("i")
        self._length = array("i")
        self._content: dict[int, str] = {}
        self._state_digests: list[str] = []
        self._action_digests: list[str] = []

    def __len__(self) -> int:
        return len(self._before)

    def add(self, before: int, state: str, action: str) -> int:
        """The link of an action taken in a state after some others."""
        state_id = self._states.setdefault(state, len(self._states))
        action_id = self._actions.setdefault(action, len(self._actions))
        key = ((before + 1) << 64) | (state_id << 32) | action_id
        link = self._links.setdefault(key, len(self._before))
        if link == len(self._before):
            self._before.append(before)
            self._state.append(state_id)
            self._action.append(action_id)
            self._length.append(1 if before == NOTHING else self._length[before] + 1)
        return link

    def last_states(self, link: int, count: int) -> tuple[int, ...]:
        """Codes of the last states of a chain, newest first."""
        return tuple(self._state[one] for one, _ in zip(self.back(link), range(count), strict=False))

    def content(self, link: int, seed: int) -> str:
        """A digest of what a chain tells and a seed: an order that neither names nor the order of files decide.

        All calls on one object take the same seed.
        """
        missing = []
        for one in self.back(link):
            if one in self._content:
                break
            missing.append(one)
        for names, digests in ((self._states, self._state_digests), (self._actions, self._action_digests)):
            if len(digests) < len(names):
                digests.extend(of_value(name) for name in list(names)[len(digests) :])
        for one in reversed(missing):
            before = self._content.get(self._before[one], str(seed))
            parts = (before, self._state_digests[self._state[one]], self._action_digests[self._action[one]])
            self._content[one] = short(of_bytes(" ".join(parts).encode()), 16)
        return self._content.get(link, str(seed))

    def dialogues(self, kind: type[_Columns], told: Sequence[Told], left_out: int = 0) -> _Columns:
        """Some dialogues in canonical order: stories, augmented ones, rules, each by their states and actions."""
        told = [one for one in told if one.link != NOTHING]
        ends = np.array([one.link for one in told], dtype=np.int64)
        is_rule = np.array([one.is_rule for one in told], dtype=np.bool_)
        is_augmented = np.array([one.is_augmented for one in told], dtype=np.bool_)
        before, used = self._used(ends)
        states, state_codes = _vocabulary(list(self._states), np.array(self._state, dtype=np.int64), used)
        actions, action_codes = _vocabulary(list(self._actions), np.array(self._action, dtype=np.int64), used)
        places = _places(before, state_codes, action_codes, used)
        order = np.lexsort((places[ends], is_augmented, is_rule))
        ends = ends[order]
        splits = np.zeros(len(ends) + 1, dtype=np.int64)
        np.cumsum(np.array(self._length, dtype=np.int64)[ends], out=splits[1:])
        steps = _steps(before, ends, splits)
        return kind(
            tuple(states),
            tuple(actions),
            splits,
            state_codes[steps].astype(np.int32),
            action_codes[steps].astype(np.int32),
            is_rule[order],
            is_augmented[order],
            left_out,
        )

    def ordered(self, told: Sequence[_Linked]) -> list[_Linked]:
        """Some dialogues of one kind in canonical order."""
        told = [one for one in told if one.link != NOTHING]
        ends = np.array([one.link for one in told], dtype=np.int64)
        before, used = self._used(ends)
        _, states = _vocabulary(list(self._states), np.array(self._state, dtype=np.int64), used)
        _, actions = _vocabulary(list(self._actions), np.array(self._action, dtype=np.int64), used)
        places = _places(before, states, actions, used)
        return [told[place] for place in np.argsort(places[ends], kind="stable").tolist()]

    def back(self, link: int) -> Iterator[int]:
        """A link and those before it."""
        while link != NOTHING:
            yield link
            link = self._before[link]

    def _used(self, ends: _Ints) -> tuple[_Ints, NDArray[np.bool_]]:
        """The link before each, and which of them lie on some dialogue."""
        used = [False] * len(self._before)
        for link in ends.tolist():
            used[link] = True
        for link in range(len(used) - 1, -1, -1):
            if used[link] and self._before[link] != NOTHING:
                used[self._before[link]] = True
        return np.array(self._before, dtype=np.int64), np.array(used, dtype=np.bool_)


def _vocabulary(names: list[str], ids: _Ints, used: NDArray[np.bool_]) -> tuple[list[str], _Ints]:
    """The names that used links have, sorted, and the code of each link's name among them."""
    occurring = np.unique(ids[used]).tolist()
    by_name = sorted(occurring, key=names.__getitem__)
    codes = np.zeros(len(names) + 1, dtype=np.int64)
    codes[by_name] = np.arange(len(by_name))
    return [names[one] for one in by_name], codes[ids]


def _places(before: _Ints, states: _Ints, actions: _Ints, used: NDArray[np.bool_]) -> _Ints:
    """Where each used link comes when dialogues are sorted by (state, action) pairs, shorter ones first.

    That is the order in which a walk through the tree of links comes to them, which sizes of subtrees give without
    comparing dialogues.
    """
    sizes = used.astype(np.int64).tolist()
    parents = before.tolist()
    for link in range(len(parents) - 1, -1, -1):
        if parents[link] != NOTHING:
            sizes[parents[link]] += sizes[link]
    size = np.array(sizes, dtype=np.int64)
    order = np.lexsort((actions, states, before))
    ahead = np.cumsum(size[order]) - size[order]  # of all links sorted before
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = before[order][1:] != before[order][:-1]
    offset = np.zeros(len(order), dtype=np.int64)
    offset[order] = ahead - ahead[is_first][np.cumsum(is_first) - 1] if len(order) else ahead
    places = offset.tolist()
    for link, parent in enumerate(parents):
        if parent != NOTHING:
            places[link] += places[parent] + 1
    return np.array(places, dtype=np.int64)


def _steps(before: _Ints, ends: _Ints, splits: _Ints) -> _Ints:
    """The links of dialogues one after another: all are walked back side by side, the longest first."""
    steps = np.zeros(int(splits[-1]), dtype=np.int64)
    lengths = np.diff(splits)
    longest_first = np.argsort(-lengths, kind="stable")
    now, at = ends[longest_first], splits[1:][longest_first] - 1
    alive = np.searchsorted(-lengths[longest_first], -np.arange(1, int(lengths.max(initial=0)) + 1), side="right")
    for count in alive.tolist():
        steps[at[:count]] = now[:count]
        now, at = before[now[:count]], at[:count] - 1
    return steps


def evenly(count: int, most: int) -> list[int]:
    """Positions of `most` of `count` things, evenly spread; all of them where there are no more."""
    if count <= most:
        return list(range(count))
    return [(2 * position + 1) * count // (2 * most) for position in range(most)]
