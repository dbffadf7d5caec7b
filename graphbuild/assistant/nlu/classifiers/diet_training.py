"""Trains networks of DIET's kind: the batches of messages of each epoch. Knows no component."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.learning.epochs import Arrays, HeldOut, Progress, batch_size, learn
from graphbuild.assistant.nlu.classifiers.diet_options import NetworkOptions
from graphbuild.assistant.nlu.classifiers.diet_start import Start
from graphbuild.contract.checkpoints import Checkpoints

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import DietShape
    from graphbuild.assistant.networks.diet_steps import Encoded
    from graphbuild.assistant.networks.sparse_rows import SparseRows
    from graphbuild.assistant.networks.steps import Chunk


def train_network(
    options: NetworkOptions,
    shape: DietShape,
    encoded: Encoded,
    label_rows: SparseRows | None,
    seed: int,
    progress: Progress,
    held_out: HeldOut,
    start: Start | None = None,
    checkpoints: Checkpoints | None = None,
) -> Arrays:
    """The trained weights. `start`: of an earlier training, to go on from. Raises BuildFailed for a NaN loss."""
    from graphbuild.assistant.networks import diet, diet_steps

    weights = diet.begin(shape, seed)
    if start is not None:
        weights = start.begin(weights)
    tables = diet_steps.tables(encoded, label_rows)
    epochs = _Epochs(options, encoded, held_out.learned, seed)
    rows = len(encoded.word_of) + len(encoded)
    return learn(
        options,
        weights,
        diet_steps.DietLoss(shape),
        tables,
        epochs,
        rows,
        seed,
        progress,
        held_out.score,
        checkpoints=checkpoints,
        comes_in_parts=epochs.comes_in_parts,
    )


@dataclass(frozen=True)
class _Epochs:
    """The steps of each epoch."""

    options: NetworkOptions
    encoded: Encoded
    learned: NDArray[np.int64]
    seed: int

    @property
    def comes_in_parts(self) -> bool:
        """A word that is hidden is told from the others of its step: those must be together."""
        return not self.options.use_masked_language_model

    def __call__(self, epoch: int, parts: int = 1) -> Iterator[Chunk]:
        from graphbuild.assistant.networks import batches, diet_steps

        random = np.random.default_rng([self.seed, epoch])
        size = batch_size(self.options.batch_size, epoch, self.options.epochs)
        lengths, labels = np.diff(self.encoded.splits), self.encoded.labels
        if self.options.batch_strategy == "balanced" and labels is not None:
            order = self.learned[batches.balanced(labels[self.learned], size, random)]
        else:
            order = self.learned[random.permutation(len(self.learned))]
        codes = labels if labels is not None else np.zeros(len(self.encoded), dtype=np.int32)
        found = batches.alike_by_label(order, codes, lengths, size, random)
        if self.options.drop_small_last_batch and len(found) > 1:
            found = [one for one in found if 2 * len(one) >= size] or found
        return diet_steps.chunks(self.encoded, found, parts if self.comes_in_parts else 1)
