"""The texts of TED's steps: which of them each step has, and what is tagged in them, made by numpy for many steps.

x items (states, labels, turns) of k steps; a text is a number, -1 for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import diet_steps, ted_texts
from graphbuild.assistant.networks.layers import Tensor
from graphbuild.assistant.networks.steps import Column

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class StepTexts:
    """The distinct texts of each step, one at least: a step without any has the first, which counts nowhere."""

    keys: Ints
    """step * height + text, ascending."""
    splits: Ints  # [k + 1]
    height: int

    @classmethod
    def of(cls, step_of: Ints, texts: NDArray[Any], height: int, steps: int) -> StepTexts:
        """Those of some items [x] that have texts [x]."""
        has = texts >= 0
        without = np.setdiff1d(np.arange(steps), step_of[has])
        keys = np.unique(np.concatenate([step_of[has] * height + texts[has], without * height]))
        return cls(keys, np.searchsorted(keys, np.arange(steps + 1) * height), height)

    def codes(self, step_of: Ints, texts: NDArray[Any]) -> NDArray[np.int32]:
        """Which of the texts of its step each item [x] has; the first where it has none."""
        found = np.searchsorted(self.keys, step_of * self.height + texts) - self.splits[step_of]
        return np.where(texts >= 0, found, 0).astype(np.int32)

    def columns(self, name: str, encoded: diet_steps.Encoded) -> dict[str, Column]:
        """The messages that the texts of each step are."""
        batches = np.split(self.keys % self.height, self.splits[1:-1])
        return {f"{name}.{key}": one for key, one in diet_steps.columns_of(encoded, batches).items()}


def tagged_columns(texts: StepTexts, step_of: Ints, about: Ints, said: NDArray[Any], steps: int) -> dict[str, Column]:
    """Items [x] with what users say in them [x] and the rows of dialogues that they are about [x], ascending by step.

    All of a step have the same share of its loss. A step without any has one that has none.
    """
    has = said >= 0
    without = np.setdiff1d(np.arange(steps), step_of[has])
    nothing = np.zeros(len(without), dtype=np.int64)
    step = np.concatenate([step_of[has], without])
    order = np.argsort(step, kind="stable")
    counts = np.bincount(step_of[has], minlength=steps)
    splits = np.concatenate([[0], np.cumsum(np.maximum(counts, 1))]).astype(np.int64)
    shares = np.concatenate([1 / counts[step_of[has]], nothing])[order]
    text = np.concatenate([texts.codes(step_of[has], said[has]), nothing])[order]
    return {
        "tagged.about": Column(np.concatenate([about[has], nothing])[order].astype(np.int32), splits),
        "tagged.text": Column(text.astype(np.int32), splits),
        "tagged.share": Column(shares.astype(np.float32), splits),
    }


def texts_of(
    ops: Any, name: str, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], levels: int
) -> ted_texts.Texts:
    """The texts of an attribute, or of labels, in a step."""
    batch = diet_steps.batch_of(ops, ted_texts.own(tables, "texts"), ted_texts.own(step, name), levels)
    if name == ted_texts.LABELS:
        return ted_texts.Texts(batch, tables["labels.text_of"], tables["labels.are_texts"])
    return ted_texts.Texts(batch, step[f"{name}.of"])
