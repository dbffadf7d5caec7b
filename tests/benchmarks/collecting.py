"""A store of many blobs: how long stats, why-kept and collections take, and whether a build beside it notices.

    python -m tests.benchmarks.collecting [--blobs 200000] [--folder DIR]

The store is filled without flushing: blobs of 100 to 4,000 bytes, a result with a manifest of 1 KB for each, and records
of ten builds that name the newest quarter. Then a project of 100 nodes is built on it. Seconds are walls of whole
commands, the best of three where nothing changes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.history.plain import grouped, packed
from graphbuild.store.local import open_store

BUILDS = 10
SHARE = 4
"""The newest of so many parts is named by builds."""
NODES = 100


def fill(folder: Path, count: int) -> None:
    """So many blobs, each with a result, in a store."""
    store = open_store(folder)
    chance = random.Random(1)
    store.memos.set("benchmark", "begun", b"")
    store.flush()
    rows, states = [], []
    for number in range(count):
        data = chance.randbytes(chance.randrange(100, 4000))
        digest = digests.of_bytes(data)
        path = store.blobs.path(digest)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(data)
        key = digests.of_value(number)
        status = path.stat()
        rows += [
            ("INSERT INTO blobs VALUES (?, ?, ?, ?, ?)",
             (digest, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)),
            ("INSERT INTO actions VALUES (?, ?, ?)", (key, json.dumps({"output": digest}), 0.1)),
            ("INSERT INTO manifests VALUES (?, ?)", (key, json.dumps({"code": "c", "config": "x" * 1000}))),
        ]  # fmt: skip
        if number >= count - count // SHARE:
            states.append((f"node{number:06}", key, {"output": digest}))
        if len(rows) > 60_000:
            store.actions._database.write(rows)
            rows.clear()
    store.actions._database.write(rows)
    _add_builds(store, states)
    store.close()


def _add_builds(store: object, states: list[tuple[str, Digest, dict[str, Digest]]]) -> None:
    parts = {}
    names = []
    for group in grouped(states):
        data = packed([[node, key, outputs] for node, key, outputs in group])
        names.append(digests.of_bytes(data))
        parts[names[-1]] = data
    for number in range(BUILDS):
        head = {"format": 1, "id": f"b{number}", "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "package": None,
                "graph": names[0], "told": names[0], "states": names}  # fmt: skip
        store.builds.add("scope", f"b{number}", packed(head), parts, keep=100)


def timed(project: Path, store: Path, *arguments: str) -> tuple[float, str]:
    """Seconds of a command, and what it prints."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "graphbuild", "-C", str(project), "--store", str(store), *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if ended.returncode not in (0, 1):
        raise SystemExit(ended.stderr)
    return seconds, ended.stdout


def best(project: Path, store: Path, *arguments: str) -> tuple[float, str]:
    return min(timed(project, store, *arguments) for _ in range(3))


def write_project(folder: Path) -> None:
    folder.mkdir()
    nodes = ['  n0: {uses: "tests.toys:Constant", with: {value: x}}']
    nodes += [f'  n{i}: {{uses: "tests.toys:Upper", needs: {{text: n{i // 2}}}}}' for i in range(1, NODES)]
    (folder / "graphbuild.yml").write_text("graphbuild: 1\nnodes:\n" + "\n".join(nodes) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blobs", type=int, default=200_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])
    root = Path(tempfile.mkdtemp(dir=arguments.folder))
    try:
        measure(root, arguments.blobs)
    finally:
        shutil.rmtree(root)


def measure(root: Path, count: int) -> None:
    """Prints one line a measure."""
    project, store, empty = root / "project", root / "store", root / "empty"
    write_project(project)
    began = time.perf_counter()
    fill(store, count)
    print(f"filled with {count:,} blobs in {time.perf_counter() - began:.1f} s", flush=True)

    def say(what: str, seconds: float, note: str = "") -> None:
        print(f"{what:<34}{seconds:>8.2f} s  {note}", flush=True)

    for place, name in ((empty, "empty store"), (store, "large store")):
        say(f"first build, {name}", timed(project, place, "build", "--no-package")[0])
        say(f"nothing to do, {name}", best(project, place, "build", "--no-package")[0])
    say("store stats", *_cut(best(project, store, "store", "stats")))
    say("store gc --dry-run", *_cut(best(project, store, "store", "gc", "--dry-run")))
    for words in (["store", "gc"], ["store", "gc"]):
        say("store gc", *_cut(timed(project, store, *words)))
    say("nothing to do, after it", best(project, store, "build", "--no-package")[0])
    say("store verify", *_cut(timed(project, store, "store", "verify")))


def _cut(found: tuple[float, str]) -> tuple[float, str]:
    lines = found[1].splitlines()
    return found[0], "; ".join(lines[:2])


if __name__ == "__main__":
    main()
