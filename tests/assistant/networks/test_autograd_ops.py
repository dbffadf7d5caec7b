"""The gradients that numpy takes are those that TensorFlow takes, and of single precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from autograd import grad
from numpy.typing import NDArray

from graphbuild.assistant.networks import autograd_ops, similarity
from graphbuild.assistant.networks.layers import Silence

pytestmark = pytest.mark.slow
Floats = NDArray[np.float32]
SAMPLES, LABELS, UNITS = 7, 5, 4
CODES = np.array([0, 1, 2, 3, 4, 0, 1], dtype=np.int32)
RIGHT = np.eye(LABELS, dtype=np.float32)[CODES]


class Drawn(Silence):
    """Negatives that are the same for whoever draws them."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(5)

    def below(self, shape: tuple[Any, ...], limit: Any) -> Any:
        """Whole numbers in [0, limit)."""
        return self._random.integers(0, int(limit), tuple(int(one) for one in shape), dtype=np.int32)


def one_right(ops: Any, vectors: Any, shape: similarity.SimilarityShape) -> Any:
    inputs, labels = vectors[:SAMPLES], vectors[SAMPLES:]
    known = similarity.Labels(ops.take(labels, CODES, axis=0), CODES, labels)
    each, _ = similarity.loss(ops, inputs, known, shape, Drawn(), SAMPLES)
    return ops.sum(each * each)


def many_right(ops: Any, vectors: Any, shape: similarity.SimilarityShape) -> Any:
    each, _ = similarity.many_right_loss(ops, vectors[:SAMPLES], vectors[SAMPLES:], RIGHT, shape, Drawn())
    return ops.sum(each * each)


@pytest.mark.parametrize("scale", [False, True])
@pytest.mark.parametrize("kind", ["inner", "cosine"])
@pytest.mark.parametrize(
    ("loss", "options"),
    [
        (one_right, {"loss_type": "cross_entropy", "constrain_similarities": True}),
        (one_right, {"loss_type": "cross_entropy"}),
        (one_right, {"loss_type": "margin"}),
        (one_right, {"loss_type": "margin", "use_maximum_negative_similarity": False}),
        (many_right, {}),
    ],
)
def test_losses_have_the_gradients_of_tensorflow(loss: Any, options: dict[str, Any], kind: str, scale: bool) -> None:
    from graphbuild.assistant.networks import keras_ops
    from graphbuild.assistant.networks.tensorflow_start import tf

    shape = similarity.SimilarityShape(3, kind, scale_loss=scale, **options)
    vectors: Floats = np.random.default_rng(2).normal(0, 1, (SAMPLES + LABELS, UNITS)).astype(np.float32)
    with tf.GradientTape() as tape:
        watched = tf.Variable(vectors)
        value = loss(keras_ops, tf.convert_to_tensor(watched), shape)
    expected = tf.convert_to_tensor(tape.gradient(value, watched)).numpy()
    found = grad(lambda given: loss(autograd_ops, given, shape))(vectors)
    assert found.dtype == np.float32
    assert np.abs(expected).max() > 0
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("name", ["quick_gelu", "softmax", "softplus", "logsumexp", "rsqrt"])
def test_operations_have_the_gradients_of_tensorflow(name: str) -> None:
    from graphbuild.assistant.networks import keras_ops
    from graphbuild.assistant.networks.tensorflow_start import tf

    random = np.random.default_rng(3)
    x: Floats = (random.normal(0, 3, (6, 5)) ** 2 + 0.1 if name == "rsqrt" else random.normal(0, 3, (6, 5))).astype("f")
    axis = {"axis": -1} if name == "logsumexp" else {}
    weights: Floats = random.normal(0, 1, 6 if name == "logsumexp" else (6, 5)).astype("f")

    def total(ops: Any, given: Any) -> Any:
        return ops.sum(getattr(ops, name)(given, **axis) * weights)

    with tf.GradientTape() as tape:
        watched = tf.Variable(x)
        value = total(keras_ops, tf.convert_to_tensor(watched))
    found = grad(lambda given: total(autograd_ops, given))(x)
    assert found.dtype == np.float32
    assert found == pytest.approx(tape.gradient(value, watched).numpy(), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "shapes", "more"),
    [("affine", [(2, 6, 5), (5, 3), (3,)], ()), ("standardise", [(2, 6, 5), (5,), (5,)], (1e-6,))],
)
@pytest.mark.parametrize("argument", [0, 1, 2])
def test_layers_have_the_gradients_of_tensorflow(
    name: str, shapes: list[tuple[int, ...]], more: tuple[Any, ...], argument: int
) -> None:
    from graphbuild.assistant.networks import keras_ops
    from graphbuild.assistant.networks.tensorflow_start import tf

    random = np.random.default_rng(4)
    given = [random.normal(0, 1, shape).astype("f") for shape in shapes]
    weights = random.normal(0, 1, shapes[1][-1]).astype("f")

    def total(ops: Any, one: Any) -> Any:
        taken = [*given[:argument], one, *given[argument + 1 :]]
        return ops.sum(getattr(ops, name)(*taken, *more) * weights)

    with tf.GradientTape() as tape:
        watched = tf.Variable(given[argument])
        value = total(keras_ops, tf.convert_to_tensor(watched))
    found = grad(lambda one: total(autograd_ops, one))(given[argument])
    assert found.dtype == np.float32
    assert found == pytest.approx(tape.gradient(value, watched).numpy(), rel=1e-3, abs=1e-4)
