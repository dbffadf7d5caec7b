"""Understanding, trained and tested: speed, memory and accuracy on a data set, beside Rasa's.

    python -m tests.benchmarks.nlu DATASET [--epochs 10] [--seeds 1 2 3] [--sizes N ...] [--rasa PYTHON]

DATASET is a folder with train.yml and test.yml, or the name of one below $GRAPHBUILD_CORPORA/nlu. Both train Rasa's
default pipeline (WhitespaceTokenizer, RegexFeaturizer, LexicalSyntacticFeaturizer, CountVectorsFeaturizer of words and
of n-grams of characters, DIETClassifier), one after the other, and are tested by their own commands. `--recipe` names
another recipe for graphbuild, which is then trained until it stops by itself. `--with OPTION=VALUE` gives graphbuild's
network an option that Rasa does not have. With `--sizes`, so many of the training examples. Entity figures are by
words, without "no entity" (RASA.md 6.2).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import yaml

from tests.benchmarks.measure import Measured, OverTime, run

CONFIG = """\
recipe: default.v1
assistant_id: benchmark
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: {epochs}
  random_seed: {seed}
  constrain_similarities: true
"""
OURS = "ours.yml"
_DIET = re.compile(r"^(\S+ \S+) .*(Starting to train|Finished training) component 'DIETClassifier'", re.MULTILINE)


@dataclass(frozen=True)
class Trained:
    """One training and its test."""

    training: Measured
    network_s: float
    """Seconds of the network alone."""
    intent_accuracy: float
    intent_f1: float
    entity_f1: float | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    options = _options(arguments)
    dataset = _dataset(options.dataset)
    head = f"{'examples':>8} {'who':<10} {'seed':>5} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} {'network s':>10}"
    print(f"{head} {'s/epoch':>8} {'accuracy':>9} {'intent F1':>9} {'entity F1':>9}", flush=True)
    for size in options.sizes or [None]:
        found: dict[str, list[Trained]] = {}
        with tempfile.TemporaryDirectory() as scratch:
            for seed in options.seeds:
                folder = Path(scratch, f"{size}-{seed}")
                count = _make_project(folder, dataset, size, options.epochs, seed)
                _make_ours(folder, options, seed)
                for who, train in (("graphbuild", _graphbuild), ("Rasa", _rasa)):
                    if who == "Rasa" and not options.rasa:
                        continue
                    try:
                        trained = train(folder, dataset, options)
                    except OverTime as error:
                        print(f"{count:>8,} {who:<10} {seed:>5} {error}", flush=True)
                        continue
                    found.setdefault(who, []).append(trained)
                    _row(count, who, str(seed), trained, options.epochs if not options.recipe else None)
        _summary(found)
    return 0


def _graphbuild(folder: Path, dataset: Path, options: argparse.Namespace) -> Trained:
    config = OURS
    words = [sys.executable, "-m", "graphbuild", "train", "nlu", "--skip-validation", "-c", config, "--json"]
    trained = _checked(run(words, folder, limit_s=options.limit))
    nodes = json.loads(trained.out)["nodes"]
    networks = [one for one in nodes if one["component"] == "DIETClassifier" and one["operation"] == "train"]
    network = sum(one["seconds"] or 0 for one in networks)
    test = [sys.executable, "-m", "graphbuild", "test", "nlu", "-c", config, "--nlu", str(dataset / "test.yml")]
    said = json.loads(_checked(run([*test, "--json", "--no-plot"], folder, limit_s=options.limit)).out)
    intent, entity = said["intent"], said.get("entity") or {}
    return Trained(
        trained,
        network,
        intent["accuracy"],
        intent["weighted avg"]["f1-score"],
        (entity.get("micro avg") or {}).get("f1-score"),
    )


def _rasa(folder: Path, dataset: Path, options: argparse.Namespace) -> Trained:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    rasa = [options.rasa, "-m", "rasa"]
    trained = _checked(run([*rasa, "train", "nlu"], folder, environment, limit_s=options.limit))
    times = [datetime.strptime(at, "%Y-%m-%d %H:%M:%S") for at, _ in _DIET.findall(trained.err + trained.out)]  # noqa: DTZ007
    network = (times[1] - times[0]).total_seconds() if len(times) == 2 else float("nan")
    test = [*rasa, "test", "nlu", "-u", str(dataset / "test.yml"), "--no-plot", "--out", "results"]
    _checked(run(test, folder, environment, limit_s=options.limit))
    intent = json.loads((folder / "results" / "intent_report.json").read_text())
    reports = folder / "results" / "DIETClassifier_report.json"
    entity = json.loads(reports.read_text()) if reports.exists() else {}
    accuracy = intent.get("accuracy", intent.get("micro avg", {}).get("f1-score"))
    return Trained(
        trained,
        network,
        accuracy,
        intent["weighted avg"]["f1-score"],
        (entity.get("micro avg") or {}).get("f1-score"),
    )


def _make_project(folder: Path, dataset: Path, size: int | None, epochs: int, seed: int) -> int:
    """A project that trains on so many examples of the set. How many those are."""
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG.format(epochs=epochs, seed=seed))
    examples = [*_examples(dataset / "train.yml")]
    if size is None or size >= len(examples):
        shutil.copy(dataset / "train.yml", folder / "data" / "nlu.yml")
        return len(examples)
    chosen = sorted(random.Random(0).sample(range(len(examples)), size))
    by_intent: dict[str, list[str]] = {}
    for place in chosen:
        intent, text = examples[place]
        by_intent.setdefault(intent, []).append(text)
    items = [{"intent": intent, "examples": "".join(f"- {one}\n" for one in by_intent[intent])} for intent in by_intent]
    document: dict[str, Any] = {"version": "3.1", "nlu": items}
    (folder / "data" / "nlu.yml").write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    return size


def _make_ours(folder: Path, options: argparse.Namespace, seed: int) -> None:
    """What graphbuild trains: the pipeline with some more options, or another recipe with this seed."""
    if options.recipe:
        base = options.recipe.removeprefix("recipe:")
        base = str(Path(base).resolve()) if Path(base).is_file() else base
        text = yaml.safe_dump({"graphbuild": 1, "extends": base, "seed": seed})
    else:
        more = [one.partition("=") for one in options.more]
        text = (folder / "config.yml").read_text() + "".join(f"  {name}: {value}\n" for name, _, value in more)
    (folder / OURS).write_text(text)


def _examples(file: Path) -> Iterator[tuple[str, str]]:
    """Intents and annotated texts."""
    for item in yaml.safe_load(file.read_text("utf-8"))["nlu"]:
        for line in item.get("examples", "").splitlines() if "intent" in item else ():
            yield item["intent"], line.removeprefix("- ")


def _checked(measured: Measured) -> Measured:
    if measured.status:
        raise SystemExit(f"failed:\n{measured.err[-4000:]}{measured.out[-4000:]}")
    return measured


def _row(count: int, who: str, seed: str, one: Trained, epochs: int | None) -> None:
    each = f"{one.network_s / epochs:>8.2f}" if epochs else f"{'-':>8}"
    entity = f"{one.entity_f1:>9.4f}" if one.entity_f1 is not None else f"{'-':>9}"
    run_ = one.training
    print(
        f"{count:>8,} {who:<10} {seed:>5} {run_.wall_s:>8.1f} {run_.cpu_s:>8.1f} {run_.peak_mb:>8.0f} "
        f"{one.network_s:>10.1f} {each} {one.intent_accuracy:>9.4f} {one.intent_f1:>9.4f} {entity}",
        flush=True,
    )


def _summary(found: dict[str, list[Trained]]) -> None:
    """Means over the seeds with their spread, and ratios of graphbuild to Rasa."""
    for who, runs in found.items():
        figures = {
            "accuracy": [one.intent_accuracy for one in runs],
            "intent F1": [one.intent_f1 for one in runs],
            "entity F1": [one.entity_f1 for one in runs if one.entity_f1 is not None],
        }
        said = [
            f"{name} {mean(values):.4f} +- {stdev(values) if len(values) > 1 else 0:.4f}"
            for name, values in figures.items()
            if values
        ]
        print(f"{who}, mean of {len(runs)}: {', '.join(said)}", flush=True)
    if len(found) == 2:
        ours, theirs = found["graphbuild"], found["Rasa"]
        ratios = {
            "network": [b.network_s / a.network_s for a, b in zip(ours, theirs, strict=False)],
            "whole training": [b.training.wall_s / a.training.wall_s for a, b in zip(ours, theirs, strict=False)],
            "CPU": [b.training.cpu_s / a.training.cpu_s for a, b in zip(ours, theirs, strict=False)],
            "memory": [a.training.peak_mb / b.training.peak_mb for a, b in zip(ours, theirs, strict=False)],
        }
        shown = [f"{name} {mean(v):.2f}x{' of it' if name == 'memory' else ''}" for name, v in ratios.items()]
        print(f"graphbuild against Rasa: {', '.join(shown)}", flush=True)


def _dataset(name: str) -> Path:
    folder = Path(name)
    if not (folder / "train.yml").is_file():
        folder = Path(os.environ.get("GRAPHBUILD_CORPORA", ".")) / "nlu" / name
    if not (folder / "train.yml").is_file():
        raise SystemExit(f"there is no data set {name}: name a folder with train.yml and test.yml")
    return folder.resolve()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--sizes", type=int, nargs="+", help="examples to train on; all of them unless given")
    parser.add_argument("--recipe", help="another recipe for graphbuild than the pipeline above")
    parser.add_argument(
        "--with",
        dest="more",
        metavar="OPTION=VALUE",
        action="append",
        default=[],
        help="an option of the network, for graphbuild alone; may be given several times",
    )
    parser.add_argument("--rasa", metavar="PYTHON", help="a Python in which Rasa is installed")
    parser.add_argument("--limit", type=float, default=7200.0, help="seconds after which a program is given up")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
