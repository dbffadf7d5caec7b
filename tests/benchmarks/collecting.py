"""A store of many blobs: how long stats, why-kept and collections take, and whether a build beside it notices.

    python -m tests.benchmarks.collecting [--blobs 200000] [--folder DIR]

The store is filled without flushing: blobs of 100 to 4,000 bytes, a result with a manifest of 1 KB for each, and
records of ten builds that name the newest quarter. Then a project of 100 nodes is built on it. Seconds are those of
whole commands: of the wall, which others on the machine lengthen, and of the processor; the best of three where nothing
changes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
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
    made = []
    for number in range(count):
        data = chance.randbytes(chance.randrange(100, 4000))
        digest = digests.of_bytes(data)
        path = store.blobs.path(digest)
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, parents=True)
        path.write_bytes(data)
        status = path.stat()
        stat = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        made.append((digests.of_value(number), digest, stat))
    states = [(f"node{number:06}", *made[number][:2]) for number in range(count - count // SHARE, count)]
    write = store.actions._database.write
    # In the order of the table: what was filled over months lies no better, but this fills in seconds.
    write(("INSERT INTO blobs VALUES (?, ?, ?, ?, ?)", (blob, *stat)) for _, blob, stat in sorted(made, key=_second))
    made.sort()
    write(("INSERT INTO actions VALUES (?, ?, ?)", (key, f'{{"output":"{blob}"}}', 0.1)) for key, blob, _ in made)
    manifest = json.dumps({"code": "c", "config": "x" * 1000})
    write(("INSERT INTO manifests VALUES (?, ?)", (key, manifest)) for key, _, _ in made)
    _add_builds(store, [(node, key, {"output": blob}) for node, key, blob in states])
    store.close()


def _second(row: tuple[Digest, Digest, tuple[int, ...]]) -> Digest:
    return row[1]


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


Measured = tuple[float, float, str]
"""Seconds of the wall and of the processor, and what was printed."""


def timed(project: Path, store: Path, *arguments: str) -> Measured:
    """A whole command."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "graphbuild", "-C", str(project), "--store", str(store), *arguments]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in (0, 1):
        raise SystemExit(ended.stderr)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used, ended.stdout


def best(project: Path, store: Path, *arguments: str) -> Measured:
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

    def say(what: str, measured: Measured) -> None:
        wall_s, used_s, text = measured
        note = "; ".join(text.splitlines()[:2]) if what.startswith("store") else ""
        print(f"{what:<28}{wall_s:>8.2f} s {used_s:>8.2f} s  {note}", flush=True)

    print(f"{'':<28}{'wall':>10} {'processor':>10}")

    for place, name in ((empty, "empty store"), (store, "large store")):
        say(f"first build, {name}", timed(project, place, "build", "--no-package"))
        say(f"nothing to do, {name}", best(project, place, "build", "--no-package"))
    say("store stats", best(project, store, "store", "stats"))
    say("store gc --dry-run", best(project, store, "store", "gc", "--dry-run"))
    for words in (["store", "gc"], ["store", "gc"]):
        say("store gc", timed(project, store, *words))
    say("nothing to do, after it", best(project, store, "build", "--no-package"))
    say("store verify", timed(project, store, "store", "verify"))


if __name__ == "__main__":
    main()
