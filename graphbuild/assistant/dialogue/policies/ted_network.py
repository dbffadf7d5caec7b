"""What TEDPolicy and UnexpecTEDIntentPolicy do alike: train a network on runs of states, and ask it. RASA.md 4.3.

m runs of at most w states; l labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.featurizers.single_state import Vocabulary, encode_states, vocabulary_of
from graphbuild.assistant.dialogue.policies.ted_options import DialogueNetworkOptions, ted_shape
from graphbuild.assistant.dialogue.policies.ted_start import Start
from graphbuild.assistant.dialogue.policies.ted_state import TedState, plain_of
from graphbuild.assistant.learning.epochs import batch_size, learn
from graphbuild.assistant.learning.held_out import split_off
from graphbuild.assistant.learning.logs import told
from graphbuild.assistant.learning.options import seed_of
from graphbuild.contract.component import Context

if TYPE_CHECKING:
    from graphbuild.assistant.networks.steps import Chunk
    from graphbuild.assistant.networks.ted import TedShape
    from graphbuild.assistant.networks.ted_steps import EncodedDialogues

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
EMPTY = TedState({}, {}, (), None, {}, None, False)


@dataclass(frozen=True)
class Runs:
    """Runs of states, and what follows each run, or each of its states."""

    states: Sequence[str]  # [v]
    windows: Ints  # [m, w] codes into states, -1 for padding
    labels: Ints  # [m] codes, or [m, w] with -1 for padding
    max_history: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether runs are whole dialogues."""
        return self.labels.ndim == 2


def train(
    options: DialogueNetworkOptions,
    context: Context,
    runs: Runs,
    names: tuple[str, ...],
    kind: str,
    right: Floats | None = None,
    start: TedState | None = None,
) -> TedState:
    """A network that tells what follows. `names`: the labels, of a kind (`action_name`, `intent`).

    `right`: for each code among the labels of the runs, which names are right [codes, l]; each stands for its name
    when None. `start`: of an earlier training with the same labels, to go on from.
    """
    vocabulary = vocabulary_of(runs.states)
    if not len(runs.windows) or not vocabulary:
        return EMPTY
    from graphbuild.assistant.networks import ted, ted_steps
    from graphbuild.assistant.networks.ted_predict import label_vectors

    shape = ted_shape(options, vocabulary, len(names), kind, is_full=runs.is_full)
    state = TedState({}, plain_of(shape), names, None, vocabulary, runs.max_history, runs.is_full)
    weights = ted.begin(shape, seed := seed_of(options, context.seed))
    if start is not None and start.weights:
        weights = Start.of(start, state).begin(weights)
    encoded = replace(encode(runs, vocabulary, shape), right=right)
    # Only where one label follows a run can there be as many of each in a batch.
    codes = None if runs.is_full or (right is not None and (right.sum(axis=1) > 1).any()) else runs.labels
    everything = np.arange(len(runs.windows))
    learned, held = split_off(everything, codes, options.evaluate_on_number_of_examples, seed)
    others = replace(encode(_some(runs, held), vocabulary, shape), right=right) if len(held) else None
    trained = learn(
        options,
        weights,
        ted_steps.TedLoss(shape),
        ted_steps.tables(encoded),
        _Epochs(options, encoded, codes, learned, seed),
        len(encoded.turns),
        seed,
        told(options, context),
        (lambda found: _score(replace(state, weights=found), others)) if others is not None else None,
    )
    return replace(state, weights=trained, label_vectors=label_vectors(trained, shape))


def similarities(state: TedState, runs: Runs) -> Floats:
    """How similar each label is to what follows each run, [m, l]; to what follows each state where runs are full."""
    from graphbuild.assistant.networks.ted_predict import predict

    assert state.label_vectors is not None, "something was learnt"
    encoded = encode(runs, state.vocabulary, state.shape)
    found = list(predict(state.weights, state.shape, encoded, state.label_vectors))
    return np.concatenate([np.zeros((0, len(state.labels)), dtype=np.float32), *found])


def encode(runs: Runs, vocabulary: Vocabulary, shape: TedShape) -> EncodedDialogues:
    """Runs as the network reads them: whole ones from the oldest state on, others from the newest."""
    from graphbuild.assistant.networks.sparse_rows import SparseRows
    from graphbuild.assistant.networks.ted_steps import EncodedDialogues, equal_beginnings, equal_places

    rows = encode_states(runs.states, vocabulary)
    windows = runs.windows if runs.is_full else runs.windows[:, ::-1]
    exists = windows >= 0
    splits = np.concatenate([[0], np.cumsum(exists.sum(axis=1))]).astype(np.int64)
    turns = windows[exists]
    labels = np.full(len(turns), -1, dtype=np.int32)
    if runs.is_full:
        labels = runs.labels[exists]
        same = equal_beginnings(splits, turns)  # each turn sees those before it alone
    else:
        labels[splits[:-1]] = runs.labels
        layers = shape.transformer.layers if shape.transformer is not None else 0
        same = equal_places(splits, turns) if layers < 2 else np.arange(len(turns), dtype=np.int32)
    return EncodedDialogues(
        states={
            name: SparseRows(one.splits, one.columns, one.values, len(vocabulary[name])) for name, one in rows.items()
        },
        is_there={name: one.is_there for name, one in rows.items()},
        splits=splits,
        turns=turns,
        same=same,
        labels=labels,
        asks_first=shape.asks_first,
    )


def _some(runs: Runs, which: NDArray[np.int64]) -> Runs:
    return replace(runs, windows=runs.windows[which], labels=runs.labels[which])


def _score(state: TedState, held: EncodedDialogues) -> dict[str, float]:
    """How often what is likeliest is right."""
    from graphbuild.assistant.networks.ted_predict import label_vectors, predict

    vectors = label_vectors(state.weights, state.shape)
    best = np.concatenate([one.argmax(axis=1) for one in predict(state.weights, state.shape, held, vectors)])
    truth = held.labels[held.labels >= 0]
    is_right = best == truth if held.right is None else held.right[truth, best] > 0
    return {"accuracy": float(is_right.mean())}


@dataclass(frozen=True)
class _Epochs:
    """The steps of each epoch."""

    options: DialogueNetworkOptions
    encoded: EncodedDialogues
    codes: Ints | None
    learned: NDArray[np.int64]
    seed: int

    def __call__(self, epoch: int) -> Iterator[Chunk]:
        from graphbuild.assistant.networks import batches, ted_steps

        random = np.random.default_rng([self.seed, epoch])
        size = batch_size(self.options.batch_size, epoch, self.options.epochs)
        if self.options.batch_strategy == "balanced" and self.codes is not None:
            order = self.learned[batches.balanced(self.codes[self.learned], size, random)]
        else:
            order = self.learned[random.permutation(len(self.learned))]
        return ted_steps.chunks(self.encoded, batches.alike(order, np.diff(self.encoded.splits), size, random))
