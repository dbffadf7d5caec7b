"""A toy that takes steps, and tells of each; a gate before the second lets a test look around meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.options import option
from tests.toys import Toy, ToyOptions, wait_at


class Steps(Toy):
    """Passes a text on after some steps."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        steps: int = option(3, "How many.")
        gate: str = option("", "A fifo to wait at before the second, while it exists.", display_only=True)

    def apply(self, text: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        for step in range(1, self.config.steps + 1):
            self.context.progress(step, self.config.steps, {"loss": 1.0 / step, "accuracy": step / self.config.steps})
            if step == 1 and self.config.gate and Path(self.config.gate).exists():
                wait_at(self.config.gate)
        return text or JsonValue(None)
