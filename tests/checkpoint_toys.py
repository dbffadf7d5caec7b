"""A toy component that trains for long: it adds numbers up step by step, and may be broken off at any of them."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.checkpoints import Checkpoint
from graphbuild.contract.options import option
from tests.toys import Toy, ToyOptions

FAULT_VARIABLE = "TOYS_FAULT"
"""`kill 7`, `interrupt 7`, `raise 7`, `wait 7` (until it is killed): what happens after this step."""


class Adds(Toy):
    """Sums of the steps so far, weighed by the length of a text. Writes down every step that it takes."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        steps: int = option(10, "How many.", rounds=True)
        is_odd: bool = option(False, "Whether states hold what JSON cannot.")

    def train(self, text: JsonValue) -> JsonValue:
        total = self.config.steps
        sums = np.zeros(3)
        begin = 0
        found = self.context.checkpoints.newest()
        if found is not None and found.arrays["sums"].shape == sums.shape:
            sums, begin = found.arrays["sums"].copy(), found.done
            self.context.checkpoints.goes_on(found)
        plain = {"of": np.float32(1.0) if self.config.is_odd else "sums"}
        for step in range(begin + 1, total + 1):
            sums = sums * 1.1 + step * len(text.value) / np.arange(1, 4)
            self._ran(f"step {step}")
            if step < total and self.context.checkpoints.is_due():
                self.context.checkpoints.keep(
                    lambda step=step, sums=sums: Checkpoint(step, total, plain, {"sums": sums.copy()})
                )
            self.context.progress(step, total, {})
            _fault(step)
        return JsonValue(sums.tolist())

    def apply(self, state: JsonValue) -> JsonValue:
        return state


def _fault(step: int) -> None:
    what, _, when = os.environ.get(FAULT_VARIABLE, "").partition(" ")
    if when != str(step):
        return
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "raise":
        raise RuntimeError("there is no more")
    Path(os.environ["TOYS_WAITS"]).touch()
    while True:
        time.sleep(0.05)
