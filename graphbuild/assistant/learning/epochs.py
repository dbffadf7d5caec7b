"""The epochs of a training: how large their batches are, how long their steps, and when to stop. Knows no network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.learning.options import LearningOptions
from graphbuild.contract.checkpoints import Checkpoint, Checkpoints, NoCheckpoints
from graphbuild.errors import BuildFailed, Problem

if TYPE_CHECKING:
    from graphbuild.assistant.networks.layers import Weight
    from graphbuild.assistant.networks.steps import Epochs, Loss, State

Arrays = dict[str, NDArray[np.float32]]
Progress = Callable[[int, int, Mapping[str, float]], None]
Score = Callable[[Arrays], Mapping[str, float]]
"""Measures of weights on held-out examples, by name; the first decides."""

_NOW, _BEST = "now/", "best/"
"""How names in a checkpoint begin: of what is being learnt, and of what did best on held-out examples."""
_ENOUGH = 0.01
"""A loss has to fall by this share to count as progress."""


@dataclass(frozen=True)
class HeldOut:
    """Examples that are not trained on."""

    learned: NDArray[np.int64]
    score: Score | None = None


def learn(
    options: LearningOptions,
    weights: Mapping[str, Weight],
    loss: Loss,
    tables: Mapping[str, NDArray[Any]],
    epochs: Epochs,
    rows: int,
    seed: int,
    progress: Progress,
    score: Score | None,
    *,
    checkpoints: Checkpoints | None = None,
    comes_in_parts: bool = False,
) -> Arrays:
    """The trained weights. Raises BuildFailed for a loss that is no number.

    `epochs`: the steps of each, which come in parts or not; `rows`: of what dense layers see in one, at most.
    `checkpoints`: where a training that was killed goes on from, and keeps what it has come to.
    """
    from graphbuild.assistant.networks import steps, training

    task = steps.Task(
        weights=weights,
        loss=loss,
        tables=tables,
        epochs=epochs,
        rows=rows,
        count=options.epochs,
        optimiser=steps.Optimiser(options.learning_rate, options.regularization_constant, options.clip_norm),
        seed=seed,
        rate_of=lambda epoch: _rate(options, epoch),
        comes_in_parts=comes_in_parts,
        precision="bfloat16" if options.mixed_precision else "float32",
    )
    watch = _Watch(options, progress, score, checkpoints or NoCheckpoints())
    trained = training.train(task, watch)
    return watch.best or trained


def batch_size(given: int | Sequence[int], epoch: int, epochs: int) -> int:
    """Examples a step in an epoch that counts from 0: a fixed number, or one that grows from the first to the last."""
    if isinstance(given, int):
        return given
    first, last = given[0], given[-1]
    return first if epochs < 2 else int(first + epoch * (last - first) / (epochs - 1))


def _rate(options: LearningOptions, epoch: int) -> float:
    done = epoch / options.epochs
    if options.learning_rate_schedule == "linear":
        return 1 - done
    return (1 + math.cos(math.pi * done)) / 2 if options.learning_rate_schedule == "cosine" else 1.0


@dataclass
class _Watch:
    """Tells of epochs, says when to stop, and keeps checkpoints (networks.steps.Watcher)."""

    options: LearningOptions
    progress: Progress
    score: Score | None
    checkpoints: Checkpoints
    best: Arrays | None = None
    _best_score: float = -math.inf
    _lowest: float = math.inf
    _waited: int = 0
    _facts: dict[str, float] = field(default_factory=dict)
    _state: State | None = None
    _backend: str = ""

    def begin(self, state: State, backend: str) -> int:
        self._state, self._backend = state, backend
        found = self.checkpoints.newest()
        if found is None or found.total != self.options.epochs or found.plain.get("backend") != backend:
            return 0
        if not state.go_on(_named(found.arrays, _NOW)):
            return 0
        self.best = _named(found.arrays, _BEST) or None
        self._best_score = _number(found.plain["best_score"], -math.inf)
        self._lowest = _number(found.plain["lowest"], math.inf)
        self._waited, self._facts = found.plain["waited"], dict(found.plain["facts"])
        self.checkpoints.goes_on(found)
        return found.done

    def __call__(self, epoch: int, facts: Mapping[str, float], weights: Callable[[], Arrays]) -> bool:
        if not math.isfinite(facts["loss"]):
            hint = "a smaller `learning_rate`, or `clip_norm: 1.0`, keeps it in bounds"
            raise BuildFailed(Problem(f"the loss is no number after epoch {epoch}", hint=hint))
        every = self.options.evaluate_every_number_of_epochs
        is_last = epoch == self.options.epochs
        if self.score is not None and (is_last or (every > 0 and epoch % every == 0)):
            self._evaluate(weights)
        is_over = self.options.early_stopping and self._is_done(facts["loss"])
        if not is_last and not is_over and self._state is not None and self.checkpoints.is_due():
            self.checkpoints.keep(partial(self._checkpoint, epoch, self._state))
        self.progress(epoch, self.options.epochs, {**facts, **self._facts})
        return not is_over

    def _checkpoint(self, epoch: int, state: State) -> Checkpoint:
        best = {f"{_BEST}{name}": one for name, one in (self.best or {}).items()}
        now = {f"{_NOW}{name}": one for name, one in state.kept().items()}
        plain = {
            "backend": self._backend,
            "best_score": self._best_score if math.isfinite(self._best_score) else None,
            "lowest": self._lowest if math.isfinite(self._lowest) else None,
            "waited": self._waited,
            "facts": self._facts,
        }
        return Checkpoint(epoch, self.options.epochs, plain, {**now, **best})

    def _evaluate(self, weights: Callable[[], Arrays]) -> None:
        assert self.score is not None
        found = weights()
        self._facts = {f"held_out_{name}": value for name, value in self.score(found).items()}
        value = next(iter(self._facts.values()))
        if self.options.checkpoint_model and value > self._best_score:
            self._best_score, self.best = value, found

    def _is_done(self, loss: float) -> bool:
        if loss < self._lowest * (1 - _ENOUGH):
            self._lowest, self._waited = loss, 0
        else:
            self._waited += 1
        return self._waited >= self.options.patience


def _named(arrays: Mapping[str, NDArray[Any]], start: str) -> dict[str, NDArray[Any]]:
    """Those whose names begin so, without that."""
    return {name.removeprefix(start): one for name, one in arrays.items() if name.startswith(start)}


def _number(found: float | None, endless: float) -> float:
    return endless if found is None else found
