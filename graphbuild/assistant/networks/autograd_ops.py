"""The operations of keras_ops that our networks use, in numpy, with their gradients by autograd.

So a small network is trained within the time that TensorFlow takes to be imported. Operations whose gradients autograd
would take in many passes, or by way of huge arrays, have their own here. Source of the method: Maclaurin, Duvenaud and
Adams, "Autograd: Effortless gradients in Numpy", 2015.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.core import SparseObject, VJPNode
from autograd.extend import defvjp, defvjp_argnums, primitive
from autograd.tracer import getval, isbox, new_box, toposort
from numpy.typing import NDArray
from scipy import sparse

from graphbuild.assistant.networks import crf_gradients, numpy_ops

Array = NDArray[Any]

arange = np.arange
concatenate = anp.concatenate
cumsum = anp.cumsum
exp = anp.exp
expand_dims = anp.expand_dims
log = anp.log
logical_and = np.logical_and
logical_not = np.logical_not
max = anp.max  # noqa: A001 - named as in keras.ops
maximum = anp.maximum
minimum = anp.minimum
ones_like = anp.ones_like
reshape = anp.reshape
searchsorted = np.searchsorted
shape = anp.shape
sin = anp.sin
split = anp.split
square = anp.square
stop_gradient = getval
sum = anp.sum  # noqa: A001
transpose = anp.transpose
zeros = np.zeros
zeros_like = np.zeros_like


def cast(x: Any, dtype: str) -> Any:
    """As numbers of another kind; what has a gradient is of one kind anyway."""
    return x if isbox(x) else np.asarray(x, dtype=dtype)


def where(condition: Any, x: Any, y: Any) -> Any:
    """X where the condition holds, else y. Numbers are of single precision, as in the backends."""
    x, y = (np.float32(one) if isinstance(one, float) else one for one in (x, y))
    return _choice(condition, x, y)


def relu(x: Any) -> Any:
    """X where it is positive, else 0."""
    return anp.maximum(x, np.float32(0))


def rsqrt(x: Any) -> Any:
    """1 / sqrt(x)."""
    return 1 / anp.sqrt(x)


def take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    """Of each row what its own indices say."""
    assert axis == 1, "rows are chosen from"
    return x[np.arange(len(indices))[:, None], indices]


def fori_loop(lower: int, upper: int, step: Callable[[int, Any], Any], value: Any) -> Any:
    """step(upper - 1, ... step(lower, value))."""
    for position in range(lower, upper):
        value = step(position, value)
    return value


def _gelu(x: Array, kept: list[Array]) -> Array:
    share = numpy_ops.sigmoid(np.float32(1.702) * x)
    kept[:] = [share]
    return np.asarray(x * share)


def _gelu_slope(_: Array, x: Array, kept: list[Array]) -> Callable[[Array], Array]:
    def back(g: Array) -> Array:
        (share,) = kept
        return np.asarray(g * (share * (1 + np.float32(1.702) * x * (1 - share))))

    return back


_gelu_of = primitive(_gelu)
defvjp(_gelu_of, _gelu_slope, None)


def quick_gelu(x: Any) -> Any:
    """X * sigmoid(1.702 x)."""
    return _gelu_of(x, [])


Argument = tuple[int, ...]


def _standardised(x: Array, scale: Array, shift: Array, epsilon: float, kept: list[Array]) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    inverse = numpy_ops.rsqrt(np.mean(np.square(centred), axis=-1, keepdims=True) + np.float32(epsilon))
    unit = centred * inverse
    kept[:] = unit, inverse
    return np.asarray(unit * scale + shift)


def _of_standardised(wanted: Argument, _: Array, given: tuple[Any, ...], __: Any) -> Callable[[Array], list[Array]]:
    _, scale, _, _, (unit, inverse) = given

    def back(g: Array) -> list[Array]:
        def of(argument: int) -> Array:
            if argument == 0:
                scaled = g * scale
                along = np.mean(scaled * unit, axis=-1, keepdims=True)
                return np.asarray(inverse * (scaled - scaled.mean(axis=-1, keepdims=True) - unit * along))
            return _to_last_axis(g * unit if argument == 1 else g)

        return [of(argument) for argument in wanted]

    return back


def _to_last_axis(g: Array) -> Array:
    """[..., units] -> [units]."""
    return np.asarray(np.sum(g, axis=tuple(range(g.ndim - 1))))


_standardised_of = primitive(_standardised)
defvjp_argnums(_standardised_of, _of_standardised)


def standardise(x: Any, scale: Any, shift: Any, epsilon: float) -> Any:
    """As numpy_ops.standardise; what the gradient needs, too, is computed once."""
    return _standardised_of(x, scale, shift, epsilon, [])


@dataclass(frozen=True)
class Product:
    """The gradient of a large kernel, not yet multiplied: nothing before it asks for it, so it may be done beside."""

    left: Array
    right: Array

    def value(self) -> Array:
        """The gradient."""
        return np.asarray(self.left @ self.right)


_LARGE = 1 << 22
"""So many multiplications take several times as long as to hand them to another thread."""


def _to_kernel(x: Array, g: Array) -> Array | Product:
    found = Product(np.reshape(x, (-1, x.shape[-1])).T, np.reshape(g, (-1, g.shape[-1])))
    return found if found.left.size * found.right.shape[1] >= _LARGE else found.value()


def _of_affine(wanted: Argument, _: Array, given: tuple[Any, ...], __: Any) -> Callable[[Array], list[Any]]:
    x, kernel, _ = given

    def back(g: Array) -> list[Any]:
        def of(argument: int) -> Any:
            if argument == 0:
                return np.asarray(np.matmul(g, kernel.T))
            return _to_kernel(x, g) if argument == 1 else _to_last_axis(g)

        return [of(argument) for argument in wanted]

    return back


affine = primitive(numpy_ops.affine)
defvjp_argnums(affine, _of_affine)

softmax = primitive(numpy_ops.softmax)
defvjp(softmax, lambda y, _, axis=-1: lambda g: y * (g - np.sum(g * y, axis=axis, keepdims=True)))


def _softplus(x: Array) -> Array:
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))))


softplus = primitive(_softplus)
"""log(1 + exp(x)), without overflow."""
defvjp(softplus, lambda _, x: lambda g: g * numpy_ops.sigmoid(x))


def _logsumexp(x: Array, axis: int = -1) -> Array:
    most = x.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.sum(np.exp(x - most), axis=axis)) + np.squeeze(most, axis))


def _shares(y: Array, x: Array, axis: int = -1) -> Callable[[Array], Array]:
    return lambda g: np.expand_dims(g, axis) * np.exp(x - np.expand_dims(y, axis))


logsumexp = primitive(_logsumexp)
"""log(sum(exp(x))), without overflow."""
defvjp(logsumexp, _shares)


def _to_left(_: Array, __: Array, y: Array) -> Callable[[Array], Array]:
    return lambda g: np.matmul(g, np.swapaxes(y, -1, -2))


def _to_right(_: Array, x: Array, y: Array) -> Callable[[Array], Any]:
    if y.ndim > 2:
        return lambda g: np.matmul(np.swapaxes(x, -1, -2), g)
    return lambda g: _to_kernel(x, g)


matmul = primitive(np.matmul)
"""Products of matrices: of as many with as many, or of all with one."""
defvjp(matmul, _to_left, _to_right)


def _rows(x: Array, indices: Array) -> Array:
    return np.take(x, indices, axis=0)


def _to_rows(_: Array, x: Array, indices: Array) -> Callable[[Array], Array]:
    def back(g: Array) -> Array:
        flat = np.reshape(indices, -1).astype(np.int32, copy=False)  # as the matrix has them: nothing is converted
        ones = np.ones(len(flat), dtype=x.dtype)
        chosen = sparse.csc_array((ones, flat, np.arange(len(flat) + 1, dtype=np.int32)), shape=(len(x), len(flat)))
        return np.reshape(chosen @ np.reshape(g, (len(flat), math.prod(x.shape[1:]))), x.shape)

    return back


_taken = primitive(_rows)
defvjp(_taken, _to_rows, None)


def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The rows of these indices; a row's gradients add up."""
    assert axis == 0 or len(np.shape(getval(x))) == 1, "rows are taken"
    return _taken(x, indices)


def _by_sparse(kernel: Array, left: Any) -> Array:
    return np.asarray(left @ kernel)


_multiplied = primitive(_by_sparse)
defvjp(_multiplied, lambda *given: lambda g: given[2].T @ g, None)


def sparse_matmul(columns: Any, values: Any, rows: Any, count: int, kernel: Any) -> Any:
    """Sparse rows [count, k], whose entries come by row, times a kernel [k, units]."""
    splits = np.zeros(count + 1, dtype=np.int32)  # as columns are
    np.cumsum(np.bincount(rows, minlength=count), out=splits[1:])
    return _multiplied(kernel, sparse.csr_array((values, columns, splits), shape=(count, len(kernel))))


def _partition(scores: Array, exists: Array, transitions: Array, tiny: float, kept: list[Any]) -> Array:
    whole, steps, last = crf_gradients.log_partition(scores, exists, transitions, tiny)
    kept[:] = steps, last
    return whole


def _of_partition(wanted: Argument, whole: Array, given: tuple[Any, ...], _: Any) -> Callable[[Array], list[Array]]:
    _, exists, transitions, _, (steps, last) = given

    def back(g: Array) -> list[Array]:
        of_scores, of_transitions = crf_gradients.gradients(g, exists, transitions, steps, last, whole)
        return [of_scores if argument == 0 else of_transitions for argument in wanted]

    return back


_partitioned = primitive(_partition)
defvjp_argnums(_partitioned, _of_partition)


def log_partition(scores: Any, exists: Array, transitions: Any, tiny: float) -> Any:
    """The sum over all ways of networks.crf as one operation."""
    return _partitioned(scores, exists, transitions, tiny, [])


def _chosen(condition: Array, x: Any, y: Any) -> Array:
    return np.asarray(np.where(condition, x, y))


def _of_chosen(wanted: Argument, _: Array, given: tuple[Any, ...], __: Any) -> Callable[[Array], list[Array]]:
    condition, *both = given

    def back(g: Array) -> list[Array]:
        def of(argument: int) -> Array:
            given, other = (g, np.float32(0)) if argument == 1 else (np.float32(0), g)
            return _summed_to(np.where(condition, given, other), np.shape(both[argument - 1]))

        return [of(argument) for argument in wanted]

    return back


def _summed_to(g: Array, shape: Argument) -> Array:
    """A gradient of what was repeated over some axes: the sum over these."""
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and g.shape[axis] != 1)
    return np.asarray(g.sum(axis=axes, keepdims=True)) if axes else g


_choice = primitive(_chosen)
defvjp_argnums(_choice, _of_chosen)


def _second(_: float, x: Array, __: Callable[[Array | Product], None]) -> Array:
    return x


def _kept(_: Array, __: float, ___: Array, keep: Callable[[Array | Product], None]) -> Callable[[Any], float]:
    def back(g: Array | Product) -> float:
        keep(g)
        return 0.0

    return back


watched = primitive(_second)
"""watched(anchor, x, keep): x, whose gradient, or Product, goes to `keep` when the anchor's is asked for.

autograd gives gradients of one argument; of a dictionary of weights it would fill another for each weight.
"""
defvjp(watched, _kept, None, None)


def gradients(loss: Callable[[Any], tuple[Any, Any]]) -> Any:
    """Runs a loss of an anchor, which gives its value and what it tells; then all gradients that are watched."""
    root, (value, told) = forwards(loss)
    backwards(root, value)
    return told


def forwards(make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What is made with an anchor; and before it what `backwards` asks for.

    As autograd's own trace, without the count of traces within traces, which it keeps for all threads: there is one.
    """
    root = VJPNode.new_root()
    return root, make(new_box(0.0, 0, root))


def backwards(root: Any, value: Any) -> None:
    """All gradients that are watched, of a number that was made.

    As autograd's grad, without its vector spaces: all that has a gradient is an array, or a number.
    """
    if not isbox(value):
        return
    end = value._node  # noqa: SLF001 - as autograd's own trace, whose place this takes
    found: dict[Any, tuple[Any, bool]] = {end: (np.float32(1), False)}
    for node in toposort(end):
        g, _ = found.pop(node)
        if type(g) is Product and root not in node.parents:
            g = g.value()
        for parent, more in zip(node.parents, node.vjp(g), strict=True):
            found[parent] = _added(found.get(parent), more)


def _added(before: tuple[Any, bool] | None, more: Any) -> tuple[Any, bool]:
    """The sum of gradients, and whether it is ours to be changed."""
    if before is None:
        return (more.mut_add(more.vs.zeros()), True) if type(more) is SparseObject else (more, False)
    g, is_ours = before
    if type(g) is Product:
        g, is_ours = g.value(), True
    if type(more) is Product:
        more = more.value()
    if type(more) is SparseObject:
        return more.mut_add(g if is_ours else np.array(g)), True
    if is_ours and isinstance(g, np.ndarray):
        g += more
        return g, True
    return g + more, True
