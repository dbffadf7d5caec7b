"""What TEDPolicy and UnexpecTEDIntentPolicy do alike: train a network on runs of states, and ask it. RASA.md 4.3.

m runs of at most w states; l labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.dialogue.featurizers.single_state import (
    TEXT,
    Vocabulary,
    encode_states,
    features_of,
    vocabulary_of,
)
from graphbuild.assistant.dialogue.policies.ted_options import DialogueNetworkOptions, ted_shape
from graphbuild.assistant.dialogue.policies.ted_start import Start
from graphbuild.assistant.dialogue.policies.ted_state import TedState, plain_of
from graphbuild.assistant.dialogue.policies.ted_texts import LABELS, SPELT, KnownTexts, texts_among
from graphbuild.assistant.learning.epochs import batch_size, learn
from graphbuild.assistant.learning.held_out import split_off
from graphbuild.assistant.learning.logs import told
from graphbuild.assistant.learning.options import seed_of
from graphbuild.contract.component import Context
from graphbuild.errors import DataError, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import Columns
    from graphbuild.assistant.networks.steps import Chunk
    from graphbuild.assistant.networks.ted import TedShape
    from graphbuild.assistant.networks.ted_predict import Said
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
    texts: KnownTexts | None = None
    """Those of the states and labels that have features; without them each is a feature of its own."""

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

    known = runs.texts
    spelt = texts_among(names, vocabulary) if known is not None else []
    columns = known.columns(vocabulary, spelt) if known is not None else {}
    scheme = known.tags.scheme if known is not None and known.tags is not None and TEXT in columns else None
    tags = len(scheme.tags) if scheme is not None else 0
    # What has a network of its own has no features by name.
    vocabulary = {name: () if name in columns else terms for name, terms in vocabulary.items()}
    shape = _shape(options, vocabulary, len(names), kind, runs, columns, tags)
    layout = tuple((one.sparse, one.dense) for one in known.layout) if known is not None and columns else ()
    parts = known.parts if known is not None and columns else ()
    state = TedState(
        {}, plain_of(shape), names, None, vocabulary, runs.max_history, runs.is_full, layout, scheme, parts
    )
    weights = ted.begin(shape, seed := seed_of(options, context.seed))
    if start is not None and start.weights:
        weights = Start.of(start, state).begin(weights)
    encoded = replace(encode(runs, vocabulary, shape, spelt), right=right)
    # Only where one label follows a run can there be as many of each in a batch.
    codes = None if runs.is_full or (right is not None and (right.sum(axis=1) > 1).any()) else runs.labels
    everything = np.arange(len(runs.windows))
    learned, held = split_off(everything, codes, options.evaluate_on_number_of_examples, seed)
    others = replace(encode(_some(runs, held), vocabulary, shape, spelt), right=right) if len(held) else None
    # Batches are counted in examples, as in Rasa: each is a question, of which a whole dialogue has many.
    examples = max(ted_steps.questions(encoded), 1) / len(encoded) if runs.is_full else 1.0
    epochs = _Epochs(options, encoded, codes, learned, examples, seed)
    trained = learn(
        options,
        weights,
        ted_steps.TedLoss(shape),
        ted_steps.tables(encoded),
        epochs,
        ted_steps.rows_of(encoded, epochs(0)),
        seed,
        told(options, context),
        (lambda found: _score(replace(state, weights=found), others)) if others is not None else None,
        checkpoints=context.checkpoints,
    )
    return replace(state, weights=trained, label_vectors=label_vectors(trained, shape, encoded))


def ask(state: TedState, runs: Runs) -> list[Said]:
    """What the network says of each run."""
    from graphbuild.assistant.networks.ted_predict import predict

    assert state.label_vectors is not None, "something was learnt"
    return list(predict(state.weights, state.shape, encode(runs, state.vocabulary, state.shape), state.label_vectors))


def similarities(state: TedState, said: Sequence[Said]) -> Floats:
    """How similar each label is to what follows each run, [m, l]; to what follows each state where runs are full."""
    found = [one.similarities for one in said]
    return np.concatenate([np.zeros((0, len(state.labels)), dtype=np.float32), *found])


def encode(runs: Runs, vocabulary: Vocabulary, shape: TedShape, spelt: Sequence[str | None] = ()) -> EncodedDialogues:
    """Runs as the network reads them: whole ones from the oldest state on, others from the newest.

    `spelt`: the labels that are texts; None for the others.
    """
    from graphbuild.assistant.networks.sparse_rows import SparseRows
    from graphbuild.assistant.networks.ted_steps import EncodedDialogues, equal_beginnings, equal_places

    rows = encode_states(runs.states, vocabulary)
    text_of = _texts_of(runs, shape, spelt)
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
            name: SparseRows(one.splits, one.columns, one.values, len(vocabulary[name]))
            for name, one in rows.items()
            if name not in text_of
        },
        is_there={name: text_of[name] >= 0 if name in text_of else one.is_there for name, one in rows.items()},
        splits=splits,
        turns=turns,
        same=same,
        labels=labels,
        asks_first=shape.asks_first,
        texts=runs.texts.encoded if runs.texts is not None and text_of else None,
        text_of=text_of,
    )


def _texts_of(runs: Runs, shape: TedShape, labels: Sequence[str | None]) -> dict[str, Ints]:
    """The text of each state [v], and of each label [l], of those that have networks of their own; -1 for none."""
    if not shape.texts:
        return {}
    seen = [features_of(state) for state in runs.states]
    named = {name: [next(iter(one[name]), None) if name in one else None for one in seen] for name in SPELT}
    numbers = runs.texts.numbers if runs.texts is not None else _unknown
    found = {name: numbers(named[name]) for name in shape.networks if name in named}
    return {**found, LABELS: numbers(labels)} if labels and LABELS in shape.networks else found


def _unknown(names: Sequence[str | None]) -> Ints:
    return np.full(len(names), -1, dtype=np.int32)


def _some(runs: Runs, which: NDArray[np.int64]) -> Runs:
    return replace(runs, windows=runs.windows[which], labels=runs.labels[which])


def _shape(
    options: DialogueNetworkOptions,
    vocabulary: Vocabulary,
    labels: int,
    kind: str,
    runs: Runs,
    texts: Mapping[str, tuple[Columns, Columns]],
    tags: int,
) -> TedShape:
    """The shape of the network. Raises DataError where options of texts, which are there, contradict each other."""
    try:
        return ted_shape(options, vocabulary, labels, kind, is_full=runs.is_full, texts=texts, tags=tags)
    except ValueError as error:
        raise DataError(Problem(str(error), facts=(("of", "the networks of texts"),))) from error


def _score(state: TedState, held: EncodedDialogues) -> dict[str, float]:
    """How often what is likeliest is right."""
    from graphbuild.assistant.networks.ted_predict import label_vectors, predict

    vectors = label_vectors(state.weights, state.shape, held)
    said = predict(state.weights, state.shape, held, vectors)
    best = np.concatenate([one.similarities.argmax(axis=1) for one in said])
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
    examples: float
    """Of a dialogue, on average."""
    seed: int

    def __call__(self, epoch: int, parts: int = 1) -> Iterator[Chunk]:  # noqa: ARG002 - equal turns are shared
        from graphbuild.assistant.networks import batches, ted_steps

        random = np.random.default_rng([self.seed, epoch])
        size = max(round(batch_size(self.options.batch_size, epoch, self.options.epochs) / self.examples), 1)
        if self.options.batch_strategy == "balanced" and self.codes is not None:
            order = self.learned[batches.balanced(self.codes[self.learned], size, random)]
        else:
            order = self.learned[random.permutation(len(self.learned))]
        return ted_steps.chunks(self.encoded, batches.alike(order, np.diff(self.encoded.splits), size, random))
