"""An assistant's daily edits, timed: cold training, nothing to do, one response edited, one example edited.

    python -m tests.benchmarks.assistant PROJECT --config recipe:light

Works on copies of the project, so it is left as it is. Prints median wall seconds, median peak memory, and which kinds
of nodes ran; exits with 1 if an edit ran what it must not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Measured, middle, run
from tests.benchmarks.tools import Graphbuild

LEARNING = frozenset({"tokenizer", "featurizer", "classifier", "extractor", "selector", "policy"})
DIALOGUE = frozenset({"policy"})
EVERYTHING = frozenset({"*"})

_RESPONSE = re.compile(r"^(responses:.*?^ *- text: *[\"']?)(\w)", re.MULTILINE | re.DOTALL)
_EXAMPLE = re.compile(r"^(- intent: .*?^ *examples: *\|.*?^ *- )(\w)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Scenario:
    """What is done before a build, and the kinds of nodes that must not run then."""

    name: str
    prepare: Callable[[Path, int], None]
    forbidden: frozenset[str]


def start_cold(project: Path, attempt: int) -> None:
    """Forgets all that was built."""
    for folder in (".graphbuild", "models"):
        shutil.rmtree(project / folder, ignore_errors=True)


def leave_alone(project: Path, attempt: int) -> None:
    """Changes nothing."""


def edit_response(project: Path, attempt: int) -> None:
    """Puts another word before the first response's text."""
    files = itertools.chain(project.glob("domain.y*ml"), sorted(project.glob("domain/**/*.y*ml")))
    edit_first(files, _RESPONSE, f"take{attempt} ")


def edit_example(project: Path, attempt: int) -> None:
    """Puts another word before the first example of the first intent."""
    edit_first(sorted(project.glob("data/**/*.y*ml")), _EXAMPLE, f"take{attempt} ")


def edit_first(files: Any, pattern: re.Pattern[str], words: str) -> None:
    """Inserts words between the two groups of a pattern's first match. Raises SystemExit where none matches."""
    for file in files:
        text = file.read_text(encoding="utf-8")
        changed = pattern.sub(lambda match: f"{match[1]}{words}{match[2]}", text, count=1)
        if changed != text:
            file.write_text(changed, encoding="utf-8")
            return
    raise SystemExit(f"no file of the project has anything like {pattern.pattern}")


SCENARIOS = (
    Scenario("cold", start_cold, frozenset()),
    Scenario("no-op", leave_alone, EVERYTHING),
    Scenario("response edited", edit_response, LEARNING),
    Scenario("example edited", edit_example, DIALOGUE),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all scenarios and prints a table. Returns the exit code."""
    options = _parser().parse_args(arguments)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="assistant-") as folder:
        project = Path(folder, "project")
        ignored = shutil.ignore_patterns(".graphbuild", ".git", ".rasa", "models", "__pycache__")
        shutil.copytree(options.project, project, ignore=ignored)
        for scenario in SCENARIOS:
            repeat = options.cold_repeat if scenario.prepare is start_cold else options.repeat
            runs = []
            for attempt in range(repeat):
                scenario.prepare(project, attempt)
                runs.append(_train(project, options.config, options.limit))
            ran = kinds_run(json.loads(runs[-1].out))
            bad = set(ran) if scenario.forbidden is EVERYTHING else scenario.forbidden & set(ran)
            wrong += bool(bad)
            print(f"{_words(scenario.name, middle(runs), ran)}{'  WRONG: ' if bad else ''}{', '.join(sorted(bad))}")
    return 1 if wrong else 0


def kinds_run(document: dict[str, Any]) -> Counter[str]:
    """How many nodes of each kind ran, by the document of `train --json`."""
    return Counter(node["kind"] for node in document["nodes"] if node["decision"] == "run")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.assistant", description=__doc__.split("\n")[0])
    parser.add_argument("project", type=Path, help="the folder of an assistant")
    parser.add_argument("--config", default="recipe:light", help="recipe or config.yml")
    parser.add_argument("--repeat", type=int, default=5, help="runs behind each median")
    parser.add_argument("--cold-repeat", type=int, default=1, help="the same for cold training")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds after which a training is given up")
    return parser


def _train(project: Path, config: str, limit_s: float) -> Measured:
    program = Graphbuild().find()
    if program is None:
        raise SystemExit("graphbuild has no command line here")
    words = [*program, "-C", str(project), "train", "--config", config, "--json"]
    measured = run(words, project, limit_s=limit_s)
    if measured.status:
        raise SystemExit(f"exit code {measured.status}\n{measured.out[-2000:]}\n{measured.err[-2000:]}")
    return measured


def _words(name: str, measured: Measured, ran: Counter[str]) -> str:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(ran.items())) or "nothing"
    return f"{name:16} {measured.wall_s:9.3f} s {measured.peak_mb:8.1f} MB   ran {kinds}"


if __name__ == "__main__":
    sys.exit(main())
