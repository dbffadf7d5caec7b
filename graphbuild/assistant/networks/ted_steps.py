"""Dialogues -> the steps of TED's training, made by numpy, many steps at a time.

m dialogues, t turns, v distinct states, r distinct turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import diet_steps, ted, ted_texts
from graphbuild.assistant.networks.layers import Noise, Rows, Tensor, Weights
from graphbuild.assistant.networks.sparse_rows import NO_ROW, SparseRows
from graphbuild.assistant.networks.steps import STEPS_PER_CALL, Chunk, Column, one_each, ranges, splits_of
from graphbuild.assistant.networks.ted_text_steps import StepTexts, tagged_columns, texts_of

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EncodedDialogues:
    """Dialogues as numbers, the turns of each in the order in which the network reads them."""

    states: Mapping[str, SparseRows]  # of each attribute, [v, columns]
    is_there: Mapping[str, NDArray[np.bool_]]  # of each attribute, [v]
    splits: Ints  # [m + 1] turns of each dialogue
    turns: NDArray[np.int32]  # [t] the state of each
    same: NDArray[np.int32]  # [t] turns that have one code are computed once; at most t codes
    labels: NDArray[np.int32]  # [t] what comes next, -1 where that is not asked
    right: NDArray[np.float32] | None = None  # [labels, l] which labels are right where several may be
    asks_first: bool = False
    """Whether labels are asked for after the first turns alone (TedShape.asks_first)."""
    texts: diet_steps.Encoded | None = None
    """Texts that have networks of their own, with tags of their words where these are learnt."""
    text_of: Mapping[str, NDArray[np.int32]] = field(default_factory=dict)
    """Of each attribute that has such a network the text of each state [v], of labels that of each [l]; -1 for none."""

    def __len__(self) -> int:
        return len(self.splits) - 1


def equal_beginnings(splits: Ints, turns: NDArray[np.int32]) -> NDArray[np.int32]:
    """A code for each turn, which turns share that follow equal states in equal order: [m + 1], [t] -> [t]."""
    codes = np.zeros(len(turns), dtype=np.int64)
    lengths = np.diff(splits)
    before = np.zeros(len(lengths), dtype=np.int64)  # of each dialogue, the code of what was there so far
    known = 0
    for position in range(int(lengths.max(initial=0))):
        alive = np.flatnonzero(lengths > position)
        at = splits[alive] + position
        pairs = np.stack([before[alive], turns[at].astype(np.int64)], axis=1)
        distinct, inverse = np.unique(pairs, axis=0, return_inverse=True)
        codes[at] = known + inverse.reshape(-1)
        known += len(distinct)
        before[alive] = codes[at]
    return codes.astype(np.int32)


def equal_places(splits: Ints, turns: NDArray[np.int32]) -> NDArray[np.int32]:
    """A code for each turn, which turns of equal states at equal positions share: [m + 1], [t] -> [t]."""
    lengths = np.diff(splits)
    position = np.arange(len(turns)) - np.repeat(splits[:-1], lengths)
    pairs = position * (int(turns.max(initial=0)) + 1) + turns
    _, codes = np.unique(pairs, return_inverse=True)
    return np.asarray(codes.reshape(-1), dtype=np.int32)


def tables(encoded: EncodedDialogues) -> dict[str, NDArray[Any]]:
    """What every step looks things up in."""
    found: dict[str, NDArray[Any]] = {}
    for name, rows in encoded.states.items():
        found[f"{name}.values"] = rows.values
        found[f"{name}.columns"] = rows.columns
        found[f"{name}.is_there"] = encoded.is_there[name].astype(np.float32)
    if encoded.right is not None:
        found["right"] = encoded.right
    if encoded.texts is not None:
        found.update({f"texts.{name}": one for name, one in diet_steps.tables(encoded.texts, None).items()})
    for name, text_of in encoded.text_of.items():
        if name == ted_texts.LABELS:
            # Of a step without texts the first counts nowhere, and so it is with labels, which all steps have.
            spelt = np.unique(text_of[text_of >= 0])
            found["labels.text_of"] = np.maximum(np.searchsorted(spelt, text_of), 0).astype(np.int32)
            found["labels.are_texts"] = (text_of >= 0).astype(np.float32)
        else:
            found[f"{name}.is_there"] = encoded.is_there[name].astype(np.float32)
    return found


def chunks(encoded: EncodedDialogues, batches: Sequence[Ints]) -> Iterator[Chunk]:
    """The steps of some batches of dialogues, so many at a time."""
    for first in range(0, len(batches), STEPS_PER_CALL):
        yield _chunk(encoded, batches[first : first + STEPS_PER_CALL])


def questions(encoded: EncodedDialogues) -> int:
    """How many there are: what comes next after equal turns, if it is the same, is one."""
    asked = np.flatnonzero(encoded.labels >= 0)
    width = int(encoded.labels.max(initial=0)) + 1
    return len(np.unique(encoded.same[asked].astype(np.int64) * width + encoded.labels[asked]))


def rows_of(encoded: EncodedDialogues, epoch: Iterator[Chunk]) -> int:
    """What dense layers see in an epoch, by its first steps: turns, equal ones of a step once; words, and texts."""
    first = next(epoch, None)
    share = len(first["home"].values) / max(len(first["turn"].values), 1) if first is not None else 1.0
    texts = len(encoded.texts.word_of) + len(encoded.texts) if encoded.texts is not None else 0
    return round(len(encoded.turns) * share) + texts


def _chunk(encoded: EncodedDialogues, batches: Sequence[Ints]) -> dict[str, Column]:
    dialogues = np.concatenate(batches)
    by_dialogue = splits_of([len(one) for one in batches])
    lengths = np.diff(encoded.splits)[dialogues]
    turns = ranges(encoded.splits[:-1][dialogues], lengths)
    by_turn = splits_of(lengths)[by_dialogue]
    step_of = np.repeat(np.arange(len(batches)), np.diff(by_turn))
    # Equal turns of a batch are computed once, and so are equal states of these.
    row_of, first, by_row = _distinct(step_of, encoded.same[turns], len(encoded.turns), len(batches))
    own = np.repeat(np.arange(len(dialogues)) - np.repeat(by_dialogue[:-1], np.diff(by_dialogue)), lengths)
    position = turns - np.repeat(encoded.splits[:-1][dialogues], lengths)
    states = encoded.turns[turns[first]]
    height = len(next(iter(encoded.is_there.values())))
    state_of, first_state, by_state = _distinct(step_of[first], states, height, len(batches))
    found = {
        "state": Column(states[first_state].astype(np.int32), by_state),
        "state_of": Column(state_of.astype(np.int32), by_row),
        "states.count": one_each(np.diff(by_state), is_size=True),
        "length": Column(lengths.astype(np.int32), by_dialogue),
        "positions": one_each(np.maximum.reduceat(lengths, by_dialogue[:-1]), is_size=True),
        "turn": Column(row_of.astype(np.int32), by_turn),
        "home": Column(own[first].astype(np.int32), by_row),
        "home_position": Column(position[first].astype(np.int32), by_row),
        **_questions(encoded, turns, own if encoded.asks_first else row_of, by_dialogue, by_turn, own),
    }
    for name, rows in encoded.states.items():
        found.update(_entries(name, rows, states[first_state], by_state))
    if encoded.texts is not None:
        own_step = step_of[first]
        newest = encoded.turns[encoded.splits[:-1][dialogues]], np.repeat(np.arange(len(batches)), np.diff(by_dialogue))
        heard = newest if encoded.asks_first else (states, own_step)
        found.update(_texts(encoded, encoded.texts, states[first_state], by_state, heard))
    return found


def _texts(
    encoded: EncodedDialogues,
    texts: diet_steps.Encoded,
    states: NDArray[np.int32],
    by_state: Ints,
    heard: tuple[NDArray[np.int32], Ints],
) -> dict[str, Column]:
    """The texts of the distinct states of each step and of labels; those that users say in `heard` are tagged.

    `heard`: states, and the step of each, ascending.
    """
    steps = len(by_state) - 1
    step_of = np.repeat(np.arange(steps), np.diff(by_state))
    found: dict[str, Column] = {}
    for name, text_of in encoded.text_of.items():
        if name == ted_texts.LABELS:
            own = StepTexts.of(np.repeat(np.arange(steps), len(text_of)), np.tile(text_of, steps), len(texts), steps)
        else:
            said = text_of[states]
            own = StepTexts.of(step_of, said, len(texts), steps)
            found[f"{name}.of"] = Column(own.codes(step_of, said), by_state)
        found.update(own.columns(name, texts))
        if texts.tags and name == ted_texts.USER:
            codes, step = heard
            about = np.arange(len(step)) - np.searchsorted(step, step)
            found.update(tagged_columns(own, step, about, text_of[codes], steps))
    return found


def _distinct(step_of: Ints, codes: NDArray[Any], height: int, steps: int) -> tuple[Ints, Ints, Ints]:
    """Codes below `height` that differ within a step: which of them each is, where each comes first, their splits."""
    distinct, first, inverse = np.unique(step_of * height + codes, return_index=True, return_inverse=True)
    splits = np.searchsorted(distinct, np.arange(steps + 1) * height)
    return inverse.reshape(-1) - splits[step_of], first, splits


def _questions(
    encoded: EncodedDialogues, turns: Ints, about: Ints, by_dialogue: Ints, by_turn: Ints, own: Ints
) -> dict[str, Column]:
    """What comes after the turns that are asked for: equal questions once, with the shares of all.

    `about` [t]: what a question after each turn is about.
    """
    labels = encoded.labels[turns]
    steps = len(by_turn) - 1
    step_of = np.repeat(np.arange(steps), np.diff(by_turn))
    asked = np.flatnonzero(labels >= 0)
    # Every dialogue has the same share of the loss, and each of its questions the same of that.
    dialogue = own[asked] + by_dialogue[step_of[asked]]
    shares = 1 / np.bincount(dialogue, minlength=int(by_dialogue[-1]))[dialogue]
    shares = shares / np.diff(by_dialogue)[step_of[asked]]
    width = int(labels.max(initial=0)) + 1
    height = width * (int(about.max(initial=0)) + 1)
    code, first, splits = _distinct(step_of[asked], about[asked] * width + labels[asked], height, steps)
    total = np.bincount(code + splits[step_of[asked]], weights=shares, minlength=len(first))
    return {
        "asked": Column(about[asked][first].astype(np.int32), splits),
        "label": Column(labels[asked][first].astype(np.int32), splits),
        "share": Column(total.astype(np.float32), splits),
        "count": one_each(np.diff(splits)),
    }


def _entries(name: str, matrix: SparseRows, rows: NDArray[Any], splits: Ints) -> dict[str, Column]:
    """The entries of some states, and which state of its step each belongs to."""
    lengths = np.diff(matrix.splits)[rows]
    own = np.arange(len(rows)) - np.repeat(splits[:-1], np.diff(splits))
    by_entry = splits_of(lengths)[splits]
    entries = ranges(matrix.splits[:-1][rows], lengths)
    return {
        f"{name}.entry": Column(entries.astype(np.int32), by_entry),
        f"{name}.row": Column(np.repeat(own, lengths).astype(np.int32), by_entry, fill=NO_ROW),
    }


@dataclass(frozen=True)
class TedLoss:
    """The loss of a step of TED (networks.steps.Loss)."""

    shape: ted.TedShape

    @property
    def names(self) -> tuple[str, ...]:
        """Its parts and measures."""
        name = "intent" if self.shape.has_many_right else "action"
        tags = (ted.ENTITIES,) if self.shape.tags else ()
        hides = any(one.guesses_words for attribute, one in self.shape.texts if attribute != ted_texts.LABELS)
        return name, f"{name}_accuracy", *tags, *((ted.WORDS,) if hides else ())

    def __call__(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        """Its parts by name."""
        return ted.losses(ops, weights, self.shape, self.batch(ops, tables, step), noise)

    def batch(self, ops: Any, tables: Mapping[str, Tensor], step: Mapping[str, Tensor]) -> ted.Batch:
        """The dialogues of a step."""

        def rows(name: str) -> Rows:
            columns, values = (ops.take(tables[f"{name}.{of}"], step[f"{name}.entry"]) for of in ("columns", "values"))
            return Rows(columns, values, step[f"{name}.row"], step["states.count"][0])

        names = [one.name for one in self.shape.attributes]
        levels = {ted_texts.USER: 1} if self.shape.tags else {}
        tagged = None
        if self.shape.tags:
            tagged = ted_texts.Tagged(step["tagged.about"], step["tagged.text"], step["tagged.share"])
        return ted.Batch(
            features={name: rows(name) for name in names if name not in self.shape.networks},
            is_there={name: ops.take(tables[f"{name}.is_there"], step["state"]) for name in names},
            state_of=step["state_of"],
            positions=step["positions"][0],
            lengths=step["length"],
            turns=step["turn"],
            home=step["home"],
            home_position=step["home_position"],
            asked=step["asked"],
            labels=step["label"],
            shares=step["share"],
            count=step["count"][0],
            right=ops.take(tables["right"], step["label"], axis=0) if "right" in tables else None,
            texts={name: texts_of(ops, name, tables, step, levels.get(name, 0)) for name in self.shape.networks},
            tagged=tagged,
        )
