"""A project whose own components break the rules that a check is about, one each; and those that keep them."""

from __future__ import annotations

from tests.conftest import Workspace

COMPONENTS = '''
import contextlib
import importlib.metadata
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from graphbuild.contract.artifact import Blob, JsonValue
from graphbuild.contract.columns import ColumnsArtifact
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile, SourceTree

HERE = Path(__file__).parent


class Weights(ColumnsArtifact):
    type_name = "OwnWeights.v1"

    def __init__(self, array):
        self.array = array

    def to_columns(self):
        return {"weights": self.array}, {"of": "three"}

    @classmethod
    def from_columns(cls, arrays, plain):
        return cls(arrays["weights"])


class Clock(Component):
    def apply(self) -> JsonValue:
        return JsonValue({"at": time.time_ns(), "same": [1, 2]})


class Words(Component):
    """The order of a set: another one in each process."""

    def apply(self) -> JsonValue:
        return JsonValue([word for word in {f"word {number}" for number in range(50)}])


class Chance(Component):
    def apply(self) -> Weights:
        return Weights(np.random.default_rng().normal(size=(2, 3)).astype(np.float32))


class At(Component):
    def apply(self, value: JsonValue) -> JsonValue:
        return JsonValue(value.value["at"])


class Same(Component):
    def apply(self, value: JsonValue) -> JsonValue:
        return JsonValue(value.value["same"])


class Reads(Component):
    def apply(self) -> JsonValue:
        time.sleep(0.1)
        return JsonValue((HERE / "data/secret.txt").read_text())


class ReadsMany(Component):
    def apply(self) -> JsonValue:
        return JsonValue([(HERE / f"many/{number}.txt").read_text() for number in range(30)])


class Lists(Component):
    def apply(self) -> JsonValue:
        return JsonValue(sorted(os.listdir(HERE / "data")))


class InThread(Component):
    def apply(self) -> JsonValue:
        found = []
        thread = threading.Thread(target=lambda: found.append((HERE / "data/secret.txt").read_text()))
        thread.start()
        thread.join()
        return JsonValue(found)


class Gives(Component):
    def apply(self) -> JsonValue:
        said = subprocess.run(["cat", "secret.txt"], cwd=HERE / "data", capture_output=True, check=True)
        return JsonValue(said.stdout.decode())


class Database(Component):
    def apply(self) -> JsonValue:
        with contextlib.closing(sqlite3.connect(HERE / "data/base.sqlite")) as base:
            return JsonValue(base.execute("SELECT 1").fetchall())


class Imports(Component):
    def apply(self) -> JsonValue:
        return JsonValue(importlib.import_module("veil" + "ed").VALUE)


class ImportsPlainly(Component):
    def apply(self) -> JsonValue:
        import hidden

        return JsonValue(hidden.VALUE)


class Beside(Component):
    """Declares a file, and reads the one beside it too."""

    def apply(self, source: SourceFile) -> JsonValue:
        return JsonValue(source.read_text() + source.path.with_name("secret.txt").read_text())


class Tree(Component):
    """Walks the tree that it declared."""

    def apply(self, source: SourceTree) -> JsonValue:
        names = [name for _, _, names in os.walk(HERE / "data") for name in names]
        return JsonValue([sorted(names), *(file.read_text() for file in source.files.values())])


class Scratch(Component):
    """Makes files, and reads what it made."""

    def apply(self) -> JsonValue:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "one").write_text("1")
            first = Path(folder, "one").read_text()
        (HERE / "scratch").mkdir()
        (HERE / "scratch/two").write_text("2")
        second = (HERE / "scratch/two").read_text()
        shutil.rmtree(HERE / "scratch")
        return JsonValue([first, second, np.__version__, importlib.metadata.version("numpy")])


class Calls(Component):
    def apply(self) -> JsonValue:
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1).close()
        except OSError:
            pass
        return JsonValue(None)


class CallsAndSaysSo(Calls):
    waits = True


class Elsewhere(Component):
    def apply(self) -> JsonValue:
        return JsonValue((HERE.parent / "elsewhere.txt").read_text())
'''


def begin(workspace: Workspace, **nodes: str) -> None:
    """A project with these nodes: `name="Component"`, or what stands after it in braces too."""
    workspace.write("own.py", COMPONENTS)
    workspace.write("hidden.py", "VALUE = 1\n")
    workspace.write("veiled.py", "VALUE = 1\n")
    workspace.write("data/a.txt", "a")
    workspace.write("data/secret.txt", "secret")
    workspace.write("data/base.sqlite", "")
    lines = []
    for name, said in nodes.items():
        component, _, more = said.partition(" ")
        lines.append(f'  {name}: {{uses: "own:{component}"{", " + more if more else ""}}}\n')
    workspace.recipe("nodes:\n" + "".join(lines))
