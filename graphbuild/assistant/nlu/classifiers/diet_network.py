"""What DIETClassifier and ResponseSelector do alike: train a network on labels and tags, and ask it. RASA.md 5.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.learning.epochs import HeldOut
from graphbuild.assistant.learning.held_out import split_off
from graphbuild.assistant.learning.logs import told
from graphbuild.assistant.learning.options import seed_of
from graphbuild.assistant.nlu.classifiers.diet_features import encode, layout_of, parts_of, take
from graphbuild.assistant.nlu.classifiers.diet_labels import Labels
from graphbuild.assistant.nlu.classifiers.diet_options import NetworkOptions, diet_shape
from graphbuild.assistant.nlu.classifiers.diet_start import Start, check_same
from graphbuild.assistant.nlu.classifiers.diet_state import DietState, plain_of
from graphbuild.assistant.nlu.classifiers.diet_training import train_network
from graphbuild.assistant.nlu.classifiers.ranking import confidences_of, ranked
from graphbuild.assistant.nlu.extractors.bilou import Tags
from graphbuild.contract.component import Context
from graphbuild.errors import DataError, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet_predict import Said
    from graphbuild.assistant.networks.diet_steps import Encoded
    from graphbuild.assistant.networks.sparse_rows import SparseRows


def train(
    options: NetworkOptions,
    context: Context,
    messages: TokenizedMessages,
    features: Sequence[Features],
    labels: Labels,
    tags: Mapping[str, Tags],
    start: DietState | None = None,
) -> DietState:
    """A network that tells labels apart and tags words; messages without a label teach nothing where there are some.

    `start`: of an earlier training with the same labels and tags, to go on from. Raises DataError for others, and where
    there are no features, BuildFailed for a loss that is no number and for logs that cannot be written.
    """
    schemes = {level: one.scheme for level, one in tags.items()}
    if start is not None:
        check_same(start, labels.kind, labels.names, schemes)
    encoded = encode(messages, features, labels.codes if labels.names else None, [one.codes for one in tags.values()])
    learnable = np.flatnonzero(labels.codes >= 0) if labels.names else np.arange(len(messages))
    layout = layout_of(encoded)
    if not len(learnable) or not (labels.names or tags):
        return DietState.empty()
    if not any(one.sparse + one.dense for one in layout):
        hint = "put a featurizer before it, such as CountVectorsFeaturizer"
        raise DataError(Problem("there are examples, but no features of them to learn from", hint=hint))
    rows = labels.features() if labels.names else None
    counted = tuple((level, len(one.scheme.tags)) for level, one in tags.items())
    shape = diet_shape(options, *layout, (len(labels.names), rows.width if rows is not None else 0), counted)
    sizes = tuple((one.sparse, one.dense) for one in layout)
    state = DietState({}, plain_of(shape), labels.names, None, schemes, sizes, parts_of(features), labels.terms)
    seed = seed_of(options, context.seed)
    held_out = _held_out(options, state, encoded, rows, learnable, seed)
    begin = Start.of(start, state) if start is not None and start.weights else None
    weights = train_network(
        options, shape, encoded, rows, seed, told(options, context), held_out, begin, context.checkpoints
    )
    from graphbuild.assistant.networks.diet_predict import label_vectors

    return replace(state, weights=weights, label_vectors=label_vectors(weights, shape, rows))


def ask(state: DietState, messages: TokenizedMessages, features: Sequence[Features]) -> list[Said]:
    """What a network says of each message; nothing where it learnt nothing."""
    if not state.weights:
        return []
    from graphbuild.assistant.networks.diet_predict import predict

    encoded = encode(messages, features, like=state.layout)
    return list(predict(state.weights, state.shape, encoded, state.label_vectors))


def rank(options: NetworkOptions, state: DietState, said: Sequence[Said], count: int) -> IntentPredictions:
    """The labels of n messages, ranked."""
    names = state.labels if said else ()
    similarities = np.zeros((count, len(names)), dtype=np.float32)
    for row, one in enumerate(said):
        if one.similarities is not None:
            similarities[row] = one.similarities
    confidences = confidences_of(similarities)
    return ranked(names, confidences, options.ranking_length, renormalise=options.renormalize_confidences)


def _held_out(
    options: NetworkOptions,
    state: DietState,
    encoded: Encoded,
    rows: SparseRows | None,
    learnable: NDArray[np.int64],
    seed: int,
) -> HeldOut:
    """What is learnt from, and how the rest is scored."""
    learned, held = split_off(learnable, encoded.labels, options.evaluate_on_number_of_examples, seed)
    if not len(held):
        return HeldOut(learned)
    from graphbuild.assistant.networks.diet_predict import label_vectors, predict

    others, shape = take(encoded, held), state.shape

    def score(weights: dict[str, NDArray[np.float32]]) -> dict[str, float]:
        said = list(predict(weights, shape, others, label_vectors(weights, shape, rows)))
        found = {}
        if others.labels is not None:
            guesses = [int(one.similarities.argmax()) for one in said if one.similarities is not None]
            found["intent_accuracy"] = float((np.array(guesses) == others.labels).mean())
        for place, (level, codes) in enumerate(zip(state.schemes, others.tags, strict=True)):
            tags = np.concatenate([one.tags[place][0] if one.tags else np.zeros(0, np.int32) for one in said])
            found[f"{level}_f1"] = _f1(codes, tags)
        return found

    return HeldOut(learned, score)


def _f1(truth: NDArray[np.int32], found: NDArray[np.int32]) -> float:
    """Of tags other than "O", by words."""
    right = int(((truth == found) & (truth > 0)).sum())
    both = int((truth > 0).sum() + (found > 0).sum())
    return 2 * right / both if both else 1.0
