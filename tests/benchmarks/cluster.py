"""What a Dask cluster costs for each action, beside one process: `python -m tests.benchmarks.cluster [NODES]`.

Trivial actions, once all side by side (how many go through at a time) and once in a chain (how long one takes there and
back), with a store of their own each time, on a cluster of two workers of this machine that is there already.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from distributed import Client, as_completed

from graphbuild.builder import build
from graphbuild.errors import ExitCode
from graphbuild.session import BuildRequest
from tests.e2e.clusters import Cluster

_NODES = 500
_CHAIN = 100


def recipe(nodes: int, *, is_chain: bool) -> str:
    """A recipe of trivial nodes."""
    lines = ["graphbuild: 1", "nodes:"]
    for number in range(nodes):
        if is_chain and number:
            options = f'needs: {{texts: [n{number - 1}]}}, with: {{separator: "{number}"}}'
            lines.append(f'  n{number}: {{uses: "tests.toys:Concat", {options}}}')
        else:
            lines.append(f'  n{number}: {{uses: "tests.toys:Constant", with: {{value: "{number}"}}}}')
    return "\n".join(lines)


def seconds(folder: Path, text: str, address: str | None) -> float:
    """Wall seconds of a build in an empty store."""
    with tempfile.TemporaryDirectory(dir=folder) as project:
        Path(project, "graphbuild.yml").write_text(text)
        began = time.perf_counter()
        report = build(BuildRequest(Path(project), "graphbuild.yml", package=False, dask=address or ""))
        assert report.code is ExitCode.DONE, report.problems
        return time.perf_counter() - began


def empty_calls(cluster: Cluster, count: int, at_once: int) -> float:
    """Wall seconds of one call of Dask's own that does nothing."""
    with Client(cluster.address) as client:
        calls = as_completed(client.submit(int, pure=False) for _ in range(at_once))
        began = time.perf_counter()
        for number, done in enumerate(calls):
            done.result()
            if number == count:
                break
            calls.add(client.submit(int, pure=False))
        return (time.perf_counter() - began) / count


@contextmanager
def processor(pids: list[int]) -> Iterator[list[float]]:
    """Processor seconds that some processes take within."""

    def now() -> float:
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)

    told = [now()]
    yield told
    told[0] = now() - told[0]


def main(nodes: int) -> None:
    """Measures, and prints a table: milliseconds an action."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cluster = Cluster(folder, folder / "log", "w0", "w1")
        try:
            print(f"{'':34}{'wall':>10}{'processor':>12}{'scheduler':>12}{'workers':>10}   ms an action")
            for is_chain, count in ((False, nodes), (True, _CHAIN)):
                name = f"{count} in a chain" if is_chain else f"{count} side by side"
                for address in (None, cluster.address):
                    text = recipe(count, is_chain=is_chain)
                    seconds(folder, recipe(20, is_chain=is_chain), address)  # what is loaded once
                    workers = [process.pid for process in cluster.workers.values()]
                    with (
                        processor([psutil.Process().pid]) as own,
                        processor([cluster.scheduler.pid]) as scheduler,
                        processor(workers) as theirs,
                    ):
                        wall = seconds(folder, text, address)
                    label = f"{name}, {'one process' if address is None else 'Dask'}"
                    figures = [1000 * one / count for one in (wall, own[0], scheduler[0], theirs[0])]
                    print(f"{label:34}{figures[0]:10.2f}{figures[1]:12.2f}{figures[2]:12.2f}{figures[3]:10.2f}")
            for at_once, count in ((16, nodes), (1, _CHAIN)):
                print(
                    f"{f'{count} empty calls, {at_once} at once':34}{1000 * empty_calls(cluster, count, at_once):10.2f}"
                )
            print(f"scheduler's memory: {psutil.Process(cluster.scheduler.pid).memory_info().rss >> 20} MiB")
        finally:
            cluster.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else _NODES)
