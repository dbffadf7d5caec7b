"""Toy components: small, true components for the tests of the engine, where others would put mocks.

They are named `tests.toys:Upper` and so on in recipes. Every operation that runs is written down: a line
`Upper.apply tag` is appended to the file that the environment variable TOYS_LOG names, so that tests can say which
nodes really ran, in whatever process. `tag` is a display-only option, so that giving it changes no action key.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from graphbuild.contract.artifact import JsonArtifact, JsonValue, Ports
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import DataError, Location, Problem

LOG_VARIABLE = "TOYS_LOG"


def calls(log: Path) -> list[str]:
    """The operations that ran, in order, as `Upper.apply` or `Upper.apply tag`."""
    return log.read_text().splitlines() if log.exists() else []


def tags(log: Path) -> list[str]:
    """The tags of the operations that ran, sorted."""
    return sorted(line.partition(" ")[2] for line in calls(log))


@dataclass(frozen=True)
class ToyOptions(Options):
    """Options of every toy."""

    tag: str = option("", "Who this is, in the log.", display_only=True)


class Toy(Component):
    """Base of the toys: writes down what runs."""

    kind = "toy"

    @dataclass(frozen=True)
    class Config(ToyOptions):
        """No more options."""

    def _ran(self, operation: str) -> None:
        log = os.environ.get(LOG_VARIABLE)
        if log:
            # One write of a short line in append mode is never torn by other processes.
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.write(descriptor, f"{type(self).__name__}.{operation} {self.config.tag}".rstrip().encode() + b"\n")
            os.close(descriptor)


class ReadText(Toy):
    """Importer of one file: its text without lines that begin with #."""

    kind = "importer"

    def apply(self, source: SourceFile) -> JsonValue:
        self._ran("apply")
        lines = source.read_text().splitlines()
        return JsonValue("\n".join(line for line in lines if not line.startswith("#")))


@dataclass(frozen=True)
class MessagePorts(Ports):
    """One port, given from outside when the package is used."""

    runtime: ClassVar[Mapping[str, str]] = {"output": "messages"}
    output: JsonValue


class ReadMessages(Toy):
    """Importer whose output is given as `messages` when the package is used: the lines of a file."""

    kind = "importer"

    def apply(self, source: SourceFile) -> MessagePorts:
        self._ran("apply")
        return MessagePorts(JsonValue(source.read_text().splitlines()))


class ReadTree(Toy):
    """Importer of a tree of files: {path: text}."""

    kind = "importer"

    def apply(self, source: SourceTree) -> JsonValue:
        self._ran("apply")
        return JsonValue({path: file.read_text() for path, file in source.files.items()})


class Constant(Toy):
    """No input: gives what its options say."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        value: str = option("", "What it gives.")

    def apply(self) -> JsonValue:
        self._ran("apply")
        return JsonValue(self.config.value)


class Upper(Toy):
    """The text in capitals."""

    def apply(self, text: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue(str(text.value).upper())


class FirstLine(Toy):
    """The first line of a text: most edits stop here (early cutoff)."""

    def apply(self, text: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue(str(text.value).partition("\n")[0])


class Concat(Toy):
    """Many texts as one, in the order of the recipe, with an optional ending."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        separator: str = option("", "Between two texts.")

    def apply(self, texts: Sequence[JsonValue], ending: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        joined = self.config.separator.join(str(text.value) for text in texts)
        return JsonValue(joined + ("" if ending is None else str(ending.value)))


class CountCalls(Toy):
    """Gives its inputs on as a list; there to be counted."""

    def apply(self, values: Sequence[JsonValue] = ()) -> JsonValue:
        self._ran("apply")
        return JsonValue([value.value for value in values])


@dataclass(frozen=True)
class SplitPorts(Ports):
    """The outputs of Split."""

    head: JsonValue
    tail: JsonValue


class Split(Toy):
    """Two output ports: the words before and after a place."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        at: int = option(1, "How many words go to `head`.")

    def apply(self, text: JsonValue) -> SplitPorts:
        self._ran("apply")
        words = str(text.value).split()
        return SplitPorts(JsonValue(" ".join(words[: self.config.at])), JsonValue(" ".join(words[self.config.at :])))


@dataclass(frozen=True)
class WordCounts(JsonArtifact):
    """The state of LearnWords: a multiset of words, so that the order of the texts is lost."""

    type_name: ClassVar[str] = "ToyWordCounts.v1"
    counts: Mapping[str, int]

    def to_plain(self) -> Any:
        return dict(self.counts)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


class LearnWords(Toy):
    """Trainable: learns the words of its examples; tells which words of a text it knows, and how often it saw them."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(ToyOptions):
        min_count: int = option(1, "Forget words that are rarer.")

    def train(self, examples: Sequence[JsonValue]) -> WordCounts:
        self._ran("train")
        self.context.progress(1, 1, {"examples": float(len(examples))})
        counts = Counter(word for example in examples for word in str(example.value).split())
        return WordCounts({word: count for word, count in counts.items() if count >= self.config.min_count})

    def apply(self, state: WordCounts, text: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue({word: state.counts[word] for word in str(text.value).split() if word in state.counts})


class Seeded(Toy):
    """Trainable: its state is its seed, which is all of the context that may change a result."""

    def train(self) -> WordCounts:
        self._ran("train")
        return WordCounts({"seed": self.context.seed})

    def apply(self, state: WordCounts) -> JsonValue:
        self._ran("apply")
        return JsonValue(state.counts["seed"])


class Fail(Toy):
    """Passes a text on, unless the file `when` exists: then it raises, its text as the message.

    `at` names a file and a line: then the error is a DataError with that place, otherwise a plain RuntimeError.
    """

    @dataclass(frozen=True)
    class Config(ToyOptions):
        when: str = option("", "A file; failing while it exists.", display_only=True)
        at: str = option("", "FILE:LINE for a DataError.", display_only=True)

    def apply(self, text: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        told = Path(self.config.when)
        if self.config.when and told.exists():
            message = told.read_text().strip() or "told to fail"
            if self.config.at:
                path, _, line = self.config.at.rpartition(":")
                raise DataError(Problem(message, Location(path, int(line)), hint="do as the hint says"))
            raise RuntimeError(message)
        return text or JsonValue(None)


class Crash(Toy):
    """Passes a text on, unless the file `when` exists: then its process dies by SIGKILL."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        when: str = option("", "A file; dying while it exists.", display_only=True)

    def apply(self, text: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        if self.config.when and Path(self.config.when).exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return text or JsonValue(None)


class Slow(Toy):
    """Passes a text on after a while: when the fifo `gate` is opened for writing, or after `seconds`.

    With a gate a test decides when the node goes on, and needs no sleep: `os.mkfifo(gate)`, start the build, wait for
    the line in the log, look around or kill, then `gate.write_text("")`.
    """

    @dataclass(frozen=True)
    class Config(ToyOptions):
        gate: str = option("", "A fifo to wait at, while it exists.", display_only=True)
        seconds: float = option(0.0, "How long to wait.", display_only=True)

    def apply(self, text: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        if self.config.gate and Path(self.config.gate).exists():
            wait_at(self.config.gate)
        if self.config.seconds:
            time.sleep(self.config.seconds)
        return text or JsonValue(None)


def wait_at(fifo: str) -> None:
    """Waits until somebody has written. A signal that comes just before a call that blocks would not be heard: it looks
    up now and then."""
    opened = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while not select.select([opened], [], [], 0.05)[0]:
            pass
    finally:
        os.close(opened)


class SlowCommand(Slow):
    """As Slow, but one of those that only wait: threads run it."""

    waits = True


class Dice(Toy):
    """Not deterministic: other bytes at each run."""

    def apply(self, text: JsonValue | None = None) -> JsonValue:
        self._ran("apply")
        return JsonValue([text.value if text else None, os.urandom(8).hex()])


class Liar(Toy):
    """Returns something else than its signature says."""

    def apply(self) -> JsonValue:
        self._ran("apply")
        return WordCounts({})  # type: ignore[return-value]


class Optioned(Toy):
    """All sorts of options: numbers, a nested mapping, lists, an optional one, one for display only."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        count: int = option(3, "A whole number.")
        rate: float = option(0.5, "A fraction.")
        flag: bool = option(False, "Yes or no.")
        name: str | None = option(None, "A name, or none.")
        sizes: dict[str, int] = option({"text": 128, "label": 20}, "Sizes by what they are for.")
        layers: list[int] = option([256, 128], "Sizes from first to last.")
        verbose: bool = option(True, "Talk more.", display_only=True)

    def apply(self, values: Sequence[JsonValue] = ()) -> JsonValue:
        self._ran("apply")
        options = self.config
        chosen = [options.count, options.rate, options.flag, options.name, dict(options.sizes), list(options.layers)]
        return JsonValue([chosen, [value.value for value in values]])


class Helped(Toy):
    """Needs a port that its recipes may leave open: a helper node fills it, with the option handed on."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        greeting: str = option("hello", "What the helper says.")

    @classmethod
    def helpers(cls, config: Any) -> Mapping[str, Helper]:
        return {"word": Helper("tests.toys:Constant", {"value": config.greeting})}

    def apply(self, word: JsonValue) -> JsonValue:
        self._ran("apply")
        return JsonValue(f"{word.value}!")


class Talk(Toy):
    """Says something in every way there is: prints, warns, logs; from a thread of its own, too."""

    @dataclass(frozen=True)
    class Config(ToyOptions):
        text: str = option("hello", "What.", display_only=True)
        times: int = option(1, "How often.", display_only=True)
        fails: bool = option(False, "Whether it fails then.")

    def apply(self) -> JsonValue:
        self._ran("apply")
        for _ in range(self.config.times):
            print(f"{self.config.text} on output")
        print(f"{self.config.text} on errors", file=sys.stderr)
        logging.getLogger("toys").warning("%s in the log", self.config.text)
        thread = threading.Thread(target=print, args=(f"{self.config.text} from a thread",))
        thread.start()
        thread.join()
        if self.config.fails:
            raise RuntimeError("as it was told")
        return JsonValue(self.config.text)
