"""Dialogue policies, trained and tried: speed, memory and accuracy on real assistants, beside Rasa's.

    python -m tests.benchmarks.dialogue [ASSISTANT ...] [--policies TEDPolicy ...] [--seeds 1 2] [--rasa PYTHON]

ASSISTANT is a folder of an assistant, or the name of one below $GRAPHBUILD_CORPORA/assistants. Policies have the
options that the assistant's own config gives them (moodbot: those of `rasa init`), and learn from augmented dialogues.
An assistant of Rasa 1 or 2 is migrated first (`graphbuild data migrate`), for both.
Of assistants with ten stories or more every fifth is held out; a policy is asked for every action of these, of smaller
assistants for every action of all, with what really happened before it. Peak memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import yaml

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.domain_merge import merge_domain, space_of
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract import registry
from graphbuild.contract.component import state_type
from graphbuild.contract.digest import of_bytes
from graphbuild.contract.source import SourceFile
from graphbuild.package.parent import read_parent
from tests.assistant.dialogue.prefixes import prefixes
from tests.benchmarks.measure import Measured, OverTime, run

OPTIONS: dict[str, dict[str, dict[str, Any]]] = {
    "financial-demo": {"TEDPolicy": {"epochs": 40}},
    "carbon-bot": {"TEDPolicy": {"max_history": 5, "batch_strategy": "balanced", "epochs": 300}},
    "moodbot": {
        "TEDPolicy": {"max_history": 5, "epochs": 100, "constrain_similarities": True},
        "UnexpecTEDIntentPolicy": {"max_history": 5, "epochs": 100},
        "KerasPolicy": {"max_history": 5, "epochs": 100},
    },
}
NOT_IN_RASA = ("KerasPolicy",)
EVERY, LEAST = 5, 10
_TEST = "held_out.yml"
_TRAINED = re.compile(r"^(\S+ \S+) .*(Starting to train|Finished training) component '(\w+)'", re.MULTILINE)


@dataclass(frozen=True)
class Trained:
    """One training, and how often the policy was right afterwards."""

    training: Measured
    policy_s: float
    """Seconds of the policy alone."""
    accuracy: float | None
    """Share of actions; None of a policy that does not tell actions."""
    actions: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table."""
    options = _options(arguments)
    print(
        f"{'assistant':<16} {'policy':<24} {'who':<10} {'seed':>4} {'wall s':>8} {'CPU s':>8} {'peak MB':>8} ", end=""
    )
    print(f"{'policy s':>9} {'s/epoch':>8} {'accuracy':>9} {'actions':>8}", flush=True)
    for name in options.assistants:
        source = _assistant(name)
        for policy, given in OPTIONS.get(source.name, OPTIONS["moodbot"]).items():
            if policy in options.policies:
                _compare(source, policy, given, options)
    return 0


def _compare(source: Path, policy: str, given: dict[str, Any], options: argparse.Namespace) -> None:
    """Trains one policy with both, and prints what came of it."""
    settings = {**given, **({"epochs": options.epochs} if options.epochs else {})}
    found: dict[str, list[Trained]] = {}
    for seed in options.seeds:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, source.name)
            _make_project(source, folder)
            for who, train in (("graphbuild", _graphbuild), ("Rasa", _rasa)):
                if who == "Rasa" and (not options.rasa or policy in NOT_IN_RASA):
                    continue
                _write_config(folder, policy, {**settings, "random_seed": seed}, with_rules=who == "Rasa")
                try:
                    trained = train(folder, policy, options)
                except OverTime as error:
                    print(f"{source.name:<16} {policy:<24} {who:<10} {seed:>4} {error}", flush=True)
                    continue
                found.setdefault(who, []).append(trained)
                _row(source.name, policy, who, seed, trained, settings["epochs"])
    _summary(found)


def _graphbuild(folder: Path, policy: str, options: argparse.Namespace) -> Trained:
    words = [sys.executable, "-m", "graphbuild", "train", "core", "--skip-validation", "--force", "--json"]
    trained = _checked(run([*words, "--fixed-model-name", "ours"], folder, limit_s=options.limit))
    nodes = json.loads(trained.out)["nodes"]
    own = [one for one in nodes if one["component"] == policy and one["operation"] == "train"]
    seconds = sum(one["seconds"] or 0 for one in own)
    asked, actions = prefixes(_dialogues(folder))
    component: Any = registry.load(policy)
    package = folder / "models" / "ours.tar.gz"
    read = read_parent(package, of_bytes(package.read_bytes()), "")
    kind: Any = state_type(component)
    digest = next(digest for name, digest in read.parent.states.values() if name == kind.type_name)
    found = component(component.Config()).apply(kind.decode(read.artifacts[digest]), asked)
    if policy == "UnexpecTEDIntentPolicy":
        return Trained(trained, seconds, None, len(actions))
    told = [found.actions[best] for best in found.probabilities.argmax(axis=1)]
    return Trained(trained, seconds, float(np.mean([a == b for a, b in zip(told, actions, strict=True)])), len(actions))


# Runs in a Python where Rasa is installed; what it prints last is (share of actions that are right, how many).
_ASK_RASA = """
import sys
from pathlib import Path
import tempfile
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.core.policies.ted_policy import TEDPolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.loading import load_data_from_files
from rasa.shared.core.training_data.structures import StoryGraph

model, stories = sys.argv[1:]
storage, metadata = LocalModelStorage.from_model_archive(Path(tempfile.mkdtemp()), Path(model))
node = next(name for name, one in metadata.train_schema.nodes.items() if one.uses is TEDPolicy)
config = {**TEDPolicy.get_default_config(), **metadata.train_schema.nodes[node].config}
policy = TEDPolicy.load(config, storage, Resource(node), ExecutionContext(GraphSchema({}), node))
domain = metadata.domain
graph = StoryGraph(load_data_from_files([stories], domain))
right = asked = 0
for tracker in TrainingDataGenerator(graph, domain, remove_duplicates=True, augmentation_factor=0).generate():
    events = tracker.applied_events()
    now = DialogueStateTracker("default", domain.slots)
    for place, event in enumerate(events):
        if isinstance(event, ActionExecuted) and not event.unpredictable:
            told = policy.predict_action_probabilities(now, domain).probabilities
            best = max(range(len(told)), key=told.__getitem__)
            right += domain.action_names_or_texts[best] == (event.action_name or event.action_text)
            asked += 1
        now.update(event)
print(right / asked, asked)
"""


def _rasa(folder: Path, policy: str, options: argparse.Namespace) -> Trained:
    environment = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
    words = [options.rasa, "-m", "rasa", "train", "core", "--fixed-model-name", "theirs"]
    trained = _checked(run(words, folder, environment, limit_s=options.limit))
    said = _TRAINED.findall(trained.err + trained.out)
    times = [datetime.strptime(at, "%Y-%m-%d %H:%M:%S") for at, _, name in said if name == policy]  # noqa: DTZ007
    seconds = (times[1] - times[0]).total_seconds() if len(times) == 2 else float("nan")
    if policy != "TEDPolicy":
        return Trained(trained, seconds, None, 0)
    script = folder / "ask.py"
    script.write_text(_ASK_RASA)
    words = [options.rasa, str(script), "models/theirs.tar.gz", str(_tested(folder))]
    answer = _checked(run(words, folder, environment, limit_s=options.limit))
    accuracy, asked = answer.out.split()[-2:]
    return Trained(trained, seconds, float(accuracy), int(asked))


def _make_project(source: Path, folder: Path) -> None:
    """The assistant as Rasa 3 reads it; where it has enough stories, every fifth is taken out of its data."""
    words = [sys.executable, "-m", "graphbuild", "-C", str(source), "data", "migrate", "--out", str(folder)]
    if run(words, folder.parent).status:  # of Rasa 3 already
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".graphbuild", ".rasa"))
    for name in ("models", "results", "tests", "test_stories"):  # whose stories would be learnt, or are in the way
        shutil.rmtree(folder / name, ignore_errors=True)
    files = {file: yaml.safe_load(file.read_text("utf-8")) or {} for file in sorted(folder.glob("data/**/*.yml"))}
    files = {file: document for file, document in files.items() if document.get("stories")}
    whole = [one for document in files.values() for one in document["stories"] if "checkpoint" not in str(one)]
    if len(whole) < LEAST:
        held = whole
    else:
        held = whole[EVERY // 2 :: EVERY]
        for file, document in files.items():
            document["stories"] = [one for one in document["stories"] if one not in held]
            file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")
    document = {"version": "3.1", "stories": held}
    _tested(folder).write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), "utf-8")


def _tested(folder: Path) -> Path:
    return folder / _TEST


def _dialogues(folder: Path) -> Dialogues:
    """The dialogues of the stories that a policy is tried on."""
    files = [*sorted(folder.glob("data/**/*.yml")), _tested(folder)]
    parts = [TrainingDataFile().apply(SourceFile(file, file.name)) for file in files]
    domain = DomainFile().apply(SourceFile(folder / "domain.yml", "domain.yml")).part
    merged = merge_domain([domain], [part.responses for part in parts])
    graph = merge_blocks(list(parts[-1].stories.blocks))[0]
    return TrackerGenerator().apply(graph, space_of(merged)).dialogues


def _write_config(folder: Path, policy: str, settings: dict[str, Any], *, with_rules: bool) -> None:
    """Rasa refuses assistants with forms that have no RulePolicy."""
    policies = [{"name": policy, **settings}, *([{"name": "RulePolicy"}] if with_rules else [])]
    config = {
        "recipe": "default.v1",
        "assistant_id": "benchmark",
        "language": "en",
        "pipeline": [{"name": "WhitespaceTokenizer"}],
        "policies": policies,
    }
    (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def _checked(measured: Measured) -> Measured:
    if measured.status:
        raise SystemExit(f"failed:\n{measured.err[-4000:]}{measured.out[-4000:]}")
    return measured


def _row(assistant: str, policy: str, who: str, seed: int, one: Trained, epochs: int) -> None:
    accuracy = f"{one.accuracy:>9.4f}" if one.accuracy is not None else f"{'-':>9}"
    run_ = one.training
    print(
        f"{assistant:<16} {policy:<24} {who:<10} {seed:>4} {run_.wall_s:>8.1f} {run_.cpu_s:>8.1f} {run_.peak_mb:>8.0f} "
        f"{one.policy_s:>9.1f} {one.policy_s / epochs:>8.3f} {accuracy} {one.actions:>8}",
        flush=True,
    )


def _summary(found: dict[str, list[Trained]]) -> None:
    """Means over the seeds, and ratios of graphbuild to Rasa."""
    for who, runs in found.items():
        figures = [one.accuracy for one in runs if one.accuracy is not None]
        if len(figures) > 1:
            print(f"{who}, mean of {len(figures)}: accuracy {mean(figures):.4f}", flush=True)
    if len(found) == 2:
        pairs = list(zip(found["graphbuild"], found["Rasa"], strict=False))
        ratios = {
            "policy": mean(b.policy_s / a.policy_s for a, b in pairs),
            "whole training": mean(b.training.wall_s / a.training.wall_s for a, b in pairs),
            "CPU": mean(b.training.cpu_s / a.training.cpu_s for a, b in pairs),
            "memory": mean(a.training.peak_mb / b.training.peak_mb for a, b in pairs),
        }
        shown = [f"{name} {value:.2f}x{' of it' if name == 'memory' else ''}" for name, value in ratios.items()]
        print(f"graphbuild against Rasa: {', '.join(shown)}", flush=True)


def _assistant(name: str) -> Path:
    folder = Path(name)
    if not (folder / "domain.yml").is_file():
        folder = Path(os.environ.get("GRAPHBUILD_CORPORA", ".")) / "assistants" / name
    if not (folder / "domain.yml").is_file():
        raise SystemExit(f"there is no assistant {name}: name a folder with domain.yml and data")
    return folder.resolve()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assistants", metavar="ASSISTANT", nargs="*", default=[*OPTIONS])
    parser.add_argument("--policies", nargs="+", default=[*OPTIONS["moodbot"]])
    parser.add_argument("--epochs", type=int, help="in the place of the config's")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--rasa", metavar="PYTHON", help="a Python in which Rasa is installed")
    parser.add_argument("--limit", type=float, default=7200.0, help="seconds after which a program is given up")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
