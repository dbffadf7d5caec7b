"""Throughput of the store: artifacts kept, kept again, and taken out, beside cp, joblib.Memory and DVC's cache.

    python -m tests.benchmarks.store [--rounds 3] [--large 8x32] [--small 2000x16] [--dvc PROGRAM] [--folder DIR]

Large artifacts are like weights (COUNTxMIB), small ones like vocabularies and configurations (COUNTxKIB); all of them
are random bytes, no two alike. The store and joblib keep what is in memory, as results of a build are; cp and DVC keep
files, in processes of their own. What a contender gives back is compared with what it was given. Contenders take turns,
and the best of all rounds counts; the page cache is warm.

`kept`: whether what was written is known to be on the disk (flushed) when the call is over; `verified`: whether what is
taken out is compared with its digest. DVC is left out where it is not installed (`pip install dvc`).
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import joblib
import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.digest import Digest
from graphbuild.store.local import open_store

MB = 1e6
Artifacts = Mapping[str, bytes]


class Contender(ABC):
    """Something that keeps artifacts in a folder of its own."""

    name: ClassVar[str]
    kept: ClassVar[str] = "no"
    verified: ClassVar[str] = "no"

    def __init__(self, folder: Path, files: Path, artifacts: Artifacts) -> None:
        """`files`: the folder that has the artifacts as files; to be left as it is."""
        self.folder, self.files, self.artifacts = folder, files, artifacts

    @abstractmethod
    def write(self) -> None:
        """Keeps all artifacts; the second time they are there."""

    @abstractmethod
    def read(self) -> Artifacts | Path:
        """Takes all of them out: into memory, or into a folder."""

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Nothing more will be asked."""


class Store(Contender):
    """The store of this project."""

    name = "graphbuild"
    kept = verified = "yes"

    def __init__(self, folder: Path, files: Path, artifacts: Artifacts) -> None:
        super().__init__(folder, files, artifacts)
        self._store = open_store(folder)
        self._digests: dict[str, Digest] = {}

    def write(self) -> None:
        self._digests = {name: self._store.blobs.put(data) for name, data in self.artifacts.items()}
        self._store.flush()

    def read(self) -> Artifacts:
        return {name: self._store.blobs.get(digest) for name, digest in self._digests.items()}

    def close(self) -> None:
        self._store.close()


class Copy(Contender):
    """cp, which keeps a copy under the same name, whatever is there."""

    name = "cp"

    def write(self) -> None:
        _run("cp", "-rT", str(self.files), str(self.folder / "kept"))

    def read(self) -> Path:
        _run("cp", "-rT", str(self.folder / "kept"), str(self.folder / "out"))
        return self.folder / "out"


class SyncedCopy(Copy):
    """cp, and every file flushed."""

    name = "cp, sync"
    kept = "yes"

    def write(self) -> None:
        super().write()
        _run("sync", *(str(one) for one in (self.folder / "kept").rglob("*")))


class Joblib(Contender):
    """joblib.Memory: calls of a function by the digest of their arguments; the artifact is an array of bytes."""

    name = "joblib.Memory"

    def __init__(self, folder: Path, files: Path, artifacts: Artifacts) -> None:
        super().__init__(folder, files, artifacts)
        self._made = joblib.Memory(folder, verbose=0).cache(_array, ignore=["data"])

    def write(self) -> None:
        for name, data in self.artifacts.items():
            self._made(name, data)

    def read(self) -> Artifacts:
        return {name: self._made(name, b"").tobytes() for name in self.artifacts}


class Dvc(Contender):
    """DVC's cache of one tracked folder."""

    name = "DVC"
    program: ClassVar[str] = "dvc"

    def __init__(self, folder: Path, files: Path, artifacts: Artifacts) -> None:
        super().__init__(folder, files, artifacts)
        shutil.copytree(files, folder / "data")
        self._dvc("init", "--no-scm")

    def write(self) -> None:
        self._dvc("add", "data")

    def read(self) -> Path:
        shutil.rmtree(self.folder / "data")
        self._dvc("checkout", "data.dvc")
        return self.folder / "data"

    def _dvc(self, *words: str) -> None:
        own = {"DVC_NO_ANALYTICS": "1", "DVC_SITE_CACHE_DIR": str(self.folder / "site")}
        _run(self.program, words[0], "--quiet", *words[1:], cwd=self.folder, env={**os.environ, **own})


def _array(name: str, data: bytes) -> NDArray[np.uint8]:
    """What joblib keeps: of a name that it has, without looking at the data."""
    if not data:
        raise LookupError(name)
    return np.frombuffer(data, np.uint8)


def _run(*words: str, **more: Any) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **more)


@dataclass(frozen=True)
class Timed:
    """Seconds by the clock, and of the processor: of this process and of those that it waited for."""

    wall_s: float
    cpu_s: float


def timed(call: Callable[[], Any]) -> tuple[Timed, Any]:
    """A call, and what it gave."""
    began, before = time.perf_counter(), _cpu_s()
    made = call()
    return Timed(time.perf_counter() - began, _cpu_s() - before), made


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def one_round(kind: type[Contender], root: Path, files: Path, artifacts: Artifacts) -> dict[str, Timed]:
    """Keeps, keeps again and takes out. Raises AssertionError where something else comes out."""
    folder = Path(tempfile.mkdtemp(dir=root))
    contender = kind(folder, files, artifacts)
    try:
        found = {"write": timed(contender.write)[0], "again": timed(contender.write)[0]}
        found["read"], made = timed(contender.read)
        if isinstance(made, Path):
            made = {one.name: one.read_bytes() for one in made.iterdir() if one.is_file()}
        assert made == artifacts, f"{contender.name} gave back something else"
    finally:
        contender.close()
        shutil.rmtree(folder)
    return found


def measure(root: Path, artifacts: Artifacts, kinds: list[type[Contender]], rounds: int) -> None:
    """Prints a line a contender."""
    files = root / "files"
    files.mkdir()
    for name, data in artifacts.items():
        (files / name).write_bytes(data)
    size = sum(len(data) for data in artifacts.values())
    print(f"\n{len(artifacts):,} artifacts of {size / len(artifacts) / 1024:,.0f} KiB, {size / MB:,.0f} MB", flush=True)
    best: dict[str, dict[str, Timed]] = {}
    for _ in range(rounds):
        for kind in kinds:
            for what, one in one_round(kind, root, files, artifacts).items():
                known = best.setdefault(kind.name, {}).setdefault(what, one)
                if one.wall_s < known.wall_s:
                    best[kind.name][what] = one
    columns = ("write", "again", "read")
    print(
        f"{'':<15}{'kept':<6}{'verified':<9}"
        + "".join(f"{what + ' MB/s':>12}{'CPU s':>8}{'x cp':>7}" for what in columns)
    )
    for kind in kinds:
        line = f"{kind.name:<15}{kind.kept:<6}{kind.verified:<9}"
        for what in columns:
            one, copy = best[kind.name][what], best[Copy.name][what]
            line += f"{size / MB / one.wall_s:>12,.0f}{one.cpu_s:>8.2f}{copy.wall_s / one.wall_s:>7.2f}"
        print(line, flush=True)
    shutil.rmtree(files)


def made(shape: str, unit: int) -> Artifacts:
    """Random artifacts of a shape like 8x32."""
    count, each = (int(number) for number in shape.split("x"))
    chance = np.random.default_rng(1)
    return {f"artifact{number:05}": chance.bytes(each * unit) for number in range(count)}


def main(words: list[str] | None = None) -> None:
    """Prints a table for large artifacts and one for small ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", default="8x32", metavar="COUNTxMIB")
    parser.add_argument("--small", default="2000x16", metavar="COUNTxKIB")
    parser.add_argument("--dvc", default=shutil.which("dvc"), metavar="PROGRAM")
    parser.add_argument("--folder", type=Path, help="where to write; the system's temporary folder unless given")
    arguments = parser.parse_args(words)
    kinds: list[type[Contender]] = [Store, Copy, SyncedCopy, Joblib]
    if arguments.dvc:
        Dvc.program = arguments.dvc
        kinds.append(Dvc)
    else:
        print("DVC is not installed, and left out")
    with tempfile.TemporaryDirectory(dir=arguments.folder) as root:
        for shape, unit in ((arguments.large, 1 << 20), (arguments.small, 1 << 10)):
            measure(Path(root), made(shape, unit), kinds, arguments.rounds)


if __name__ == "__main__":
    main()
