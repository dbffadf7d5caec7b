"""Probes: what graphbuild does when builds are killed, blobs are altered, builds meet, recipes are contradictory.

    python -m tests.benchmarks.probes

Each probe makes a fresh chain of three commands, first -> mid -> final, does its harm, builds again, and looks at the
bytes of `final` in the store and at which commands really ran. Prints a table; exits with 1 if anything came out wrong.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.contract.artifact import Blob
from tests.benchmarks.tools import Graphbuild

LIMIT_S = 60.0
BLOBS = ".graphbuild/blobs.v1"
EXPECTED = b"final\nmid\nfirst\nvalue\n"

_SCRIPT = """\
name=$1; out=$2; in=$3
echo "$name" >> '{root}/counter'
echo half > "$out"
if [ "$name" = mid ] && [ -p '{root}/gate' ]; then echo >> '{root}/started'; cat '{root}/gate'; fi
{{ echo "$name"; grep -v '^#' "$in"; }} > "$out"
"""
_NODE = '  {name}: {{uses: Command,{needs} reads: [{reads}], with: {{command: "sh step.sh {name} $out {reading}"}}}}'


class Wrong(Exception):
    """Something came out otherwise than it should."""


@dataclass(frozen=True)
class Ended:
    """A build that ended: its exit code, its JSON document, both its texts."""

    code: int
    document: dict[str, Any]
    said: str


@dataclass(frozen=True)
class Chain:
    """The project: a source file and three commands. The gate, a fifo, stops `mid` with its output half written."""

    root: Path

    def write(self) -> None:
        """Writes all files of the project."""
        (self.root / "src.txt").write_text("# note\nvalue\n")
        (self.root / "step.sh").write_text(_SCRIPT.format(root=self.root))
        self.write_recipe(self.nodes())

    def nodes(self) -> list[str]:
        """The nodes of the recipe, as lines of YAML."""
        return [
            _NODE.format(name="first", needs="", reads="src.txt, step.sh", reading="src.txt"),
            _NODE.format(name="mid", needs=" needs: {inputs: [first]},", reads="step.sh", reading="$in"),
            _NODE.format(name="final", needs=" needs: {inputs: [mid]},", reads="step.sh", reading="$in"),
        ]

    def write_recipe(self, nodes: list[str]) -> None:
        """Writes the recipe of some nodes."""
        text = "\n".join(["graphbuild: 1", "nodes:", *nodes, "targets: {model: [final]}"])
        (self.root / "graphbuild.yml").write_text(text + "\n")

    def close_gate(self) -> None:
        """Makes `mid` stop half-way."""
        os.mkfifo(self.root / "gate")

    def open_gate(self) -> None:
        """Lets all that stop there go on, and nobody stop there again."""
        gate = os.open(self.root / "gate", os.O_RDWR)
        (self.root / "gate").unlink()
        os.close(gate)

    def start(self) -> subprocess.Popen[str]:
        """Starts a build."""
        program = Graphbuild().find()
        assert program is not None
        words = [*program, "-C", str(self.root), "build", "--json"]
        environment = {**os.environ, "TMPDIR": str(self.root)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(words, text=True, env=environment, start_new_session=True, **pipes)  # type: ignore[call-overload,no-any-return]

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Waits for a build; kills it with all that it started when it takes too long."""
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            kill(process)
            raise Wrong("a build did not end") from None
        return Ended(process.returncode, json.loads(out) if out.strip().startswith("{") else {}, out + err)

    def build(self) -> Ended:
        """A whole build, which must succeed."""
        ended = self.end(self.start())
        if ended.code:
            raise Wrong(f"exit code {ended.code}: {ended.said[-500:]}")
        return ended

    def ran(self) -> list[str]:
        """The commands that ran since the last call, in order."""
        counter = self.root / "counter"
        names = counter.read_text().split() if counter.exists() else []
        counter.unlink(missing_ok=True)
        return names

    def blob(self, ended: Ended, node: str) -> Path:
        """The file that holds a node's output."""
        name = next(str(n["outputs"]["output"]) for n in ended.document["nodes"] if n["node"].split(":")[0] == node)
        figures = name.partition(":")[2]
        folder = self.root / BLOBS / figures[:2]
        return folder / figures if (folder / figures).exists() else folder / figures[2:]

    def check(self, ended: Ended) -> None:
        """Whether `final` in the store is what it must be. Raises Wrong."""
        data = Blob.decode(self.blob(ended, "final").read_bytes()).data
        if data != EXPECTED:
            raise Wrong(f"final holds {data!r}")


def kill(process: subprocess.Popen[str]) -> None:
    """Kills a build and all that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def await_file(path: Path, process: subprocess.Popen[str]) -> None:
    """Waits until a running build has made a file. Raises Wrong when it ends, or takes too long, without."""
    end = time.monotonic() + LIMIT_S
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            kill(process)
            raise Wrong(f"{path.name} did not appear")
        time.sleep(0.01)


def expect(ran: list[str], wanted: list[str]) -> str:
    """The words for what ran. Raises Wrong when it should have been something else."""
    said = ", ".join(ran) or "nothing"
    if ran != wanted:
        raise Wrong(f"ran {said}; should have run {', '.join(wanted) or 'nothing'}")
    return f"ran {said}"


def rot(path: Path) -> None:
    """Changes a byte in a file and keeps its size, times and mode, as a failing disk would."""
    before = path.stat()
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[-2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    path.chmod(before.st_mode)


def nothing_to_do(chain: Chain) -> str:
    """Without any harm: the second build runs nothing."""
    chain.build()
    first = chain.ran()
    chain.check(chain.build())
    return f"{expect(first, ['first', 'mid', 'final'])}, then {expect(chain.ran(), [])}"


def killed_half_way(chain: Chain) -> str:
    """Killed while `mid` has written half of its output."""
    chain.close_gate()
    process = chain.start()
    await_file(chain.root / "started", process)
    kill(process)
    chain.open_gate()
    chain.ran()
    chain.check(chain.build())
    # What had finished may be kept or not; nothing that was half done may be.
    ran = chain.ran()
    if ran[-2:] != ["mid", "final"]:
        raise Wrong(f"ran {ran}")
    return f"ran {', '.join(ran)}"


def altered(node: str) -> Callable[[Chain], str]:
    """A blob altered with size and times kept; then a build."""

    def probe(chain: Chain) -> str:
        rot(chain.blob(chain.build(), node))
        chain.ran()
        ended = chain.build()
        chain.check(ended)
        said = expect(chain.ran(), [node])
        Blob.decode(chain.blob(ended, node).read_bytes())
        return said

    return probe


def altered_and_read(chain: Chain) -> str:
    """The blob of `mid` altered, and a new command of `final` that reads it."""
    rot(chain.blob(chain.build(), "mid"))
    chain.ran()
    chain.write_recipe([*chain.nodes()[:2], chain.nodes()[2].replace("sh step.sh", "sh ./step.sh")])
    chain.check(chain.build())
    return expect(chain.ran(), ["mid", "final"])


def deleted(chain: Chain) -> str:
    """The blob of `mid` deleted."""
    chain.blob(chain.build(), "mid").unlink()
    chain.ran()
    chain.check(chain.build())
    ran = chain.ran()
    if ran not in ([], ["mid"]):
        raise Wrong(f"ran {ran}")
    return f"ran {', '.join(ran) or 'nothing: nobody needs it'}"


def two_at_once(chain: Chain) -> str:
    """A second build started while the first is in the middle of `mid`."""
    chain.close_gate()
    first = chain.start()
    await_file(chain.root / "started", first)
    second = chain.start()
    time.sleep(1.0)  # time enough to make the mistake of running `mid` as well
    chain.open_gate()
    for ended in (chain.end(first), chain.end(second)):
        if ended.code:
            raise Wrong(f"exit code {ended.code}: {ended.said[-500:]}")
        chain.check(ended)
    return f"both well, {expect(chain.ran(), ['first', 'mid', 'final'])}"


def refused(change: Callable[[list[str]], list[str]], *words: str) -> Callable[[Chain], str]:
    """A recipe that must be refused, with some words in what is said."""

    def probe(chain: Chain) -> str:
        chain.write_recipe(change(chain.nodes()))
        ended = chain.end(chain.start())
        missing = [word for word in words if word not in ended.said]
        if ended.code != 2 or missing or chain.ran():
            raise Wrong(f"exit code {ended.code}, does not say {missing}: {ended.said[-500:]}")
        return f"refused, says {', '.join(words)}"

    return probe


def cycle(nodes: list[str]) -> list[str]:
    """`mid` needs `final`, which needs `mid`."""
    return [nodes[0], nodes[1].replace("[first]", "[final]"), nodes[2]]


def twice(nodes: list[str]) -> list[str]:
    """Two nodes make `mid`."""
    return [*nodes, nodes[1]]


PROBES: dict[str, Callable[[Chain], str]] = {
    "no harm": nothing_to_do,
    "kill -9 while `mid` is half written": killed_half_way,
    "`mid` altered, size and mtime kept": altered("mid"),
    "the same, and `final` must read it": altered_and_read,
    "`mid` deleted": deleted,
    "rotten blob of the target": altered("final"),
    "two builds at once": two_at_once,
    "cycle mid <-> final": refused(cycle, "mid", "final", "->", "graphbuild.yml:"),
    "two producers of mid": refused(twice, "mid", "graphbuild.yml:4", '"line": 6'),
}


@contextmanager
def fresh_chain() -> Iterator[Chain]:
    """A new project in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="probe-") as folder:
        chain = Chain(Path(folder).resolve())
        chain.write()
        yield chain


def main() -> int:
    """Runs all probes and prints the table. Returns the exit code."""
    if Graphbuild().find() is None:
        print("graphbuild has no command line here")
        return 1
    wrong = 0
    for name, probe in PROBES.items():
        try:
            with fresh_chain() as chain:
                print(f"ok     {name:38} {probe(chain)}", flush=True)
        except (Wrong, OSError, KeyError, StopIteration, ValueError) as error:
            wrong += 1
            print(f"WRONG  {name:38} {type(error).__name__}: {error}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
