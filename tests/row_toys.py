"""A toy component that remembers its rows: of each line of a text, and an ending, something loud."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.options import option
from tests.toys import Toy, ToyOptions


class LoudLines(Toy):
    """Lines in capitals, each made alone. Writes down every line that it has to make."""

    remembers = "lines"

    @dataclass(frozen=True)
    class Config(ToyOptions):
        mark: str = option("!", "What each line ends with.")

    def apply(self, lines: JsonValue, ending: JsonValue | None = None) -> JsonValue:
        texts = lines.value.splitlines()
        known = {}
        for earlier in self.context.memory.earlier():
            output = earlier.output()
            if output is not None:
                known.update(dict(zip(earlier.keys, output.value, strict=True)))
        keys = [text.encode() for text in texts]
        new = dict.fromkeys(key for key in keys if key not in known)
        for key in new:
            self._ran(f"line {key.decode()}")
            known[key] = key.decode().upper() + self.config.mark + (ending.value if ending is not None else "")
        self.context.memory.remember(keys, [1] * len(keys), len(new))
        return JsonValue([known[key] for key in keys])
