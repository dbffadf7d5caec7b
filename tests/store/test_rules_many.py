"""Rules C9, C12, C13: many processes build variants on one store, while others collect it.

    GRAPHBUILD_MANY_S=120 pytest tests/store/test_rules_many.py     20 processes for two minutes

Without the variable it is six processes and a few variants each.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from graphbuild.store.local import open_store
from graphbuild.store.maintenance import verify
from tests.conftest import ROOT
from tests.toys import LOG_VARIABLE, calls

SECONDS = float(os.environ.get("GRAPHBUILD_MANY_S", "0"))
PROCESSES, VARIANTS = (20, 50) if SECONDS else (6, 5)
LAYERS = 4
BUILDER = """
import random, sys, time
from pathlib import Path
from graphbuild.builder import build
from graphbuild.session import BuildRequest
from graphbuild.contract.artifact import decode_json
from graphbuild.store.local import open_store
seed, variants, seconds = int(sys.argv[1]), int(sys.argv[4]), float(sys.argv[5])
store, top = Path(sys.argv[2]), Path(sys.argv[3])
chance = random.Random(seed)
ends = time.monotonic() + seconds
order = list(range(variants))
chance.shuffle(order)
while True:
    for variant in order:
        report = build(BuildRequest(top / str(variant), "graphbuild.yml", store=store, package=False))
        assert report.code == 0, report.problems
        outputs = {node: one.outputs for node, one in report.result.nodes.items()}
        print(variant, outputs["end:apply" if "end:apply" in outputs else "end"]["output"], flush=True)
        if seconds and time.monotonic() > ends:
            sys.exit(0)
    if not seconds:
        break
"""


def write_variant(folder: Path, variant: int) -> None:
    """A chain whose first nodes are those of every second variant, and whose last one is its own."""
    folder.mkdir(parents=True)
    nodes = [f'  n0: {{uses: "tests.toys:Constant", with: {{tag: "start {variant % 2}", value: "{variant % 2}"}}}}']
    for layer in range(1, LAYERS):
        uses = f'uses: "tests.toys:Concat", needs: {{texts: [n{layer - 1}, n0]}}'
        nodes.append(f'  n{layer}: {{{uses}, with: {{tag: "{layer} {variant % 2}", separator: "{layer}"}}}}')
    end = f'uses: "tests.toys:Concat", needs: {{texts: [n{LAYERS - 1}, n0]}}'
    nodes.append(f'  end: {{{end}, with: {{tag: "end {variant}", separator: "{variant}"}}}}')
    (folder / "graphbuild.yml").write_text("graphbuild: 1\nnodes:\n" + "\n".join(nodes) + "\n")


def start(code: str, log: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), LOG_VARIABLE: str(log)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_c12_many_processes_build_variants_and_each_action_runs_once(tmp_path: Path) -> None:
    store, log = tmp_path / "store", tmp_path / "log"
    for variant in range(VARIANTS):
        write_variant(tmp_path / "p" / str(variant), variant)
    arguments = [str(store), str(tmp_path / "p"), str(VARIANTS), str(SECONDS)]
    builders = [start(BUILDER, log, str(seed), *arguments) for seed in range(PROCESSES)]
    found: dict[str, set[str]] = {}
    for builder in builders:
        out, err = builder.communicate()
        assert builder.returncode == 0, err
        for line in out.splitlines():
            variant, made = line.split()
            found.setdefault(variant, set()).add(made)
    assert all(len(made) == 1 for made in found.values())
    assert set(Counter(calls(log)).values()) == {1}
    opened = open_store(store)
    result = verify(opened)
    assert (result.damaged, result.lost) == ((), ())
    assert opened.count("divergences") == 0
    opened.close()


@pytest.mark.slow
def test_c9_many_processes_build_while_the_store_is_collected_and_some_are_killed(tmp_path: Path) -> None:
    """Nothing wrong, nothing lost: every build that lives ends well, with the outputs that its variant has."""
    store, log = tmp_path / "store", tmp_path / "log"
    for variant in range(VARIANTS):
        write_variant(tmp_path / "p" / str(variant), variant)
    arguments = [str(store), str(tmp_path / "p"), str(VARIANTS), str(SECONDS)]
    builders = [start(BUILDER, log, str(seed), *arguments) for seed in range(PROCESSES)]
    over = threading.Event()
    collections: list[tuple[int, str]] = []

    def collect() -> None:
        command = [sys.executable, "-m", "graphbuild", "--store", str(store), "store", "gc", "--keep-builds", "0"]
        while not over.wait(0.05):
            if store.is_dir():
                ended = subprocess.run(
                    command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
                )
                collections.append((ended.returncode, ended.stderr))

    collector = threading.Thread(target=collect)
    collector.start()
    chance = random.Random(3)
    victims = builders[:: max(2, PROCESSES // 3)]
    for victim in victims:
        time.sleep(chance.random() * 2)
        victim.kill()
    found: dict[str, set[str]] = {}
    for builder in builders:
        out, err = builder.communicate()
        assert builder in victims or builder.returncode == 0, err
        for line in out.splitlines():
            if len(line.split()) == 2 and len(line.split()[1]) == 71:
                variant, made = line.split()
                found.setdefault(variant, set()).add(made)
    over.set()
    collector.join()
    assert all(code == 0 for code, _ in collections), collections
    assert all(len(made) == 1 for made in found.values())
    opened = open_store(store)
    result = verify(opened)
    assert (result.damaged, result.lost) == ((), ())
    opened.close()
