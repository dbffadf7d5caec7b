"""Reading data, timed: many NLU examples over many files, cold, with nothing to do, and with one file edited.

    python -m tests.benchmarks.data [--sizes 10000 100000 1000000] [--rasa PYTHON]

Makes the files itself (words of no language, every fourth example with an entity). Prints wall seconds and peak memory
of whole processes, beside those of Rasa's own reader where a Python that has Rasa is named; exits with 1 when a number
of examples came out wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from graphbuild.assistant.data.messages import Messages
from graphbuild.builder import build
from graphbuild.session import BuildRequest
from tests.benchmarks.measure import Measured, OverTime, run

FILES = 100
INTENTS = 150
LONGEST = 10
RECIPE = "recipe:rasa-base"
TARGET = "nlu:apply"
_RASA = """\
import sys
from rasa.shared.nlu.training_data.loading import load_data
print(len(load_data(sys.argv[1]).training_examples))
"""


def make_project(folder: Path, examples: int, seed: int = 0) -> None:
    """A domain, and `examples` different examples over FILES files."""
    chance = random.Random(seed)
    words = ["".join(chance.choices("abcdefghijklmnop", k=chance.randint(2, 9))) for _ in range(20_000)]
    data = folder / "data"
    data.mkdir(parents=True)
    for number in range(FILES):
        lines = ['version: "3.1"', "nlu:"]
        count = examples // FILES
        for begin in range(0, count, 50):
            lines += [f"- intent: intent_{chance.randrange(INTENTS)}", "  examples: |"]
            lines += [f"    - {_example(chance, words, place)}" for place in range(begin, min(begin + 50, count))]
        (data / f"nlu_{number:03}.yml").write_text("\n".join(lines) + "\n")
    intents = "".join(f"- intent_{number}\n" for number in range(INTENTS))
    (folder / "domain.yml").write_text(f'version: "3.1"\nintents:\n{intents}')


def _example(chance: random.Random, words: Sequence[str], place: int) -> str:
    text = " ".join(chance.choices(words, k=chance.randint(3, LONGEST)))
    return f"{text} in [{chance.choice(words)}](city)" if place % 4 == 0 else text


def edit_one_file(folder: Path, attempt: int) -> None:
    """Puts another word after the first example of a file in the middle."""
    file = folder / "data" / f"nlu_{FILES // 2:03}.yml"
    lines = file.read_text().split("\n")
    lines[4] += f" edit{attempt}"
    file.write_text("\n".join(lines))


def count_read(folder: Path) -> int:
    """How many examples a build has read."""
    from graphbuild.store.local import open_store

    report = build(BuildRequest(folder, RECIPE, targets=(TARGET,), package=False))
    store = open_store(folder / ".graphbuild")
    try:
        outputs = next(node.outputs for name, node in report.result.nodes.items() if name == "nlu")
        return len(Messages.decode(store.blobs.get(outputs["messages"])))
    finally:
        store.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    options = _options(arguments)
    wrong = 0
    print(f"{'examples':>10}  {'what':<16} {'wall s':>8} {'peak MB':>8}  per 1,000 examples")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "project")
            make_project(folder, size)
            for name, runs in _scenarios(folder, options).items():
                _row(size, name, runs)
            found = count_read(folder)
            if found != size // FILES * FILES:
                print(f"{size:>10}  WRONG: {found} examples were read")
                wrong += 1
    return 1 if wrong else 0


def _scenarios(folder: Path, options: argparse.Namespace) -> dict[str, list[Measured]]:
    words = [sys.executable, "-m", "graphbuild", "build", "-f", RECIPE, TARGET, "--no-package", "--jobs", options.jobs]
    found = {"cold": [run(words, folder)]}
    found["no-op"] = [run(words, folder) for _ in range(options.runs)]
    edited = []
    for attempt in range(options.runs):
        edit_one_file(folder, attempt)
        edited.append(run(words, folder))
    found["one file edited"] = edited
    if options.rasa:
        try:
            found["Rasa"] = [run([options.rasa, "-c", _RASA, str(folder / "data")], folder, limit_s=options.limit)]
        except OverTime as error:
            print(f"{'':>10}  Rasa: {error}")
    for name, runs in found.items():
        if any(one.status for one in runs):
            raise SystemExit(f"{name} failed:\n{runs[-1].err}{runs[-1].out}")
    return found


def _row(size: int, name: str, runs: Sequence[Measured]) -> None:
    wall = median(one.wall_s for one in runs)
    peak = max(one.peak_mb for one in runs)
    print(f"{size:>10,}  {name:<16} {wall:>8.2f} {peak:>8.0f}  {wall / size * 1e6:.2f} ms")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=3, help="of the short scenarios; the median counts")
    parser.add_argument("--jobs", default="1")
    parser.add_argument("--rasa", metavar="PYTHON", help="a Python in which Rasa is installed")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds after which Rasa is given up")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
