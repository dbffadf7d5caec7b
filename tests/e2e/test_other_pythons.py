"""A model that one process trained answers the same in another, on every Python that this release runs on.

Pythons besides the one of the tests are looked for by name (python3.12) and in GRAPHBUILD_PYTHONS: paths of
interpreters, as in PATH. One that has not got graphbuild's dependencies is passed over.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.trained import RETRIEVAL, SAMPLE

pytestmark = pytest.mark.slow
PYTHONS = ("3.11", "3.12", "3.13")
HERE = "{}.{}".format(*sys.version_info)
CONFIG = """
recipe: default.v1
language: en
pipeline:
- {name: WhitespaceTokenizer}
- {name: RegexFeaturizer}
- {name: LexicalSyntacticFeaturizer}
- {name: CountVectorsFeaturizer}
- {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
- {name: LogisticRegressionClassifier}
- {name: DIETClassifier, epochs: 5, constrain_similarities: true}
- {name: EntitySynonymMapper}
- {name: ResponseSelector, epochs: 5}
- {name: FallbackClassifier, threshold: 0.1}
policies:
- {name: MemoizationPolicy}
- {name: RulePolicy}
- {name: TEDPolicy, epochs: 2, max_history: 5}
"""
TRAINS = "import sys, graphbuild; print(graphbuild.train(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4]).model)"
ANSWERS = """
import asyncio, json, sys
from graphbuild import Agent
agent = Agent.load(sys.argv[1], seed=1)
said = json.loads(sys.argv[2])

async def talk():
    for text in said:
        await agent.handle_text(text, sender_id="me")
    events = [event.as_dict() for event in (await agent.tracker("me")).events]
    await agent.close()
    return events

parses = [agent.parse(text) for text in said]
print(json.dumps({"python": sys.version_info[:2], "parses": parses, "events": asyncio.run(talk())}))
"""
SAID = (
    "hello there",
    "how much is a new chain, on Saturday?",
    "zzz \U0001f6b2",
    "what is your name",
    "I want to book a repair",
    "the brakes",
    "thanks",
    '/inform{"part": "chain"}',
    "bye for now",
)
OF_THE_MOMENT = ("timestamp", "message_id", "model_id")
"""What differs between two conversations that are the same."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the sample with a network of each kind, trained in a process of its own."""
    project = tmp_path_factory.mktemp("pythons") / "assistant"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml"))
    (project / "config.yml").write_text(CONFIG)
    (project / "data" / "faq.yml").write_text(RETRIEVAL)
    domain = (project / "domain.yml").read_text()
    (project / "domain.yml").write_text(domain.replace("intents:\n", "intents:\n  - faq\n", 1))
    paths = [str(project / name) for name in ("domain.yml", "config.yml", "data", "models")]
    return Path(ran(sys.executable, TRAINS, *paths, folder=project).split()[-1])


def ran(python: str, code: str, *arguments: str, folder: Path) -> str:
    """What a process of some Python prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRAPHBUILD_STORE": str(folder / ".graphbuild")}
    command = [python, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def answers(python: str, model: Path) -> dict[str, Any]:
    """What the model says in a process of some Python."""
    found: dict[str, Any] = json.loads(ran(python, ANSWERS, str(model), json.dumps(SAID), folder=model.parent))
    return found


@pytest.fixture(scope="module")
def expected(model: Path) -> dict[str, Any]:
    """What it says in a process of this Python."""
    return answers(sys.executable, model)


@pytest.mark.parametrize("version", PYTHONS)
def test_a_model_answers_the_same_in_another_process(version: str, model: Path, expected: dict[str, Any]) -> None:
    found = answers(python_of(version), model)
    assert found["python"] == [int(one) for one in version.split(".")]
    assert same(found["parses"], expected["parses"])
    assert same(found["events"], expected["events"])
    told = [event["event"] for event in found["events"]]
    assert {"user", "bot", "action"} <= {*told}
    assert told.count("user") == len(SAID)


def same(one: Any, other: Any) -> bool:
    """Whether answers are the same. Another build of numpy may round the last figure of a confidence otherwise."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() - {*OF_THE_MOMENT}
        return keys == other.keys() - {*OF_THE_MOMENT} and all(same(one[key], other[key]) for key in keys)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, abs=1e-6)
    return type(one) is type(other) and one == other


def python_of(version: str) -> str:
    """An interpreter of this version that has what graphbuild needs. Skips where there is none."""
    if version == HERE:
        return sys.executable
    reasons = []
    for python in candidates(version):
        probe = (
            "import sys, blake3, httpx, msgspec, numpy, safetensors, scipy, sklearn, yaml; print(sys.version_info[:2])"
        )
        tried = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
        if tried.returncode == 0 and tried.stdout.strip() == f"({version.replace('.', ', ')})":
            return python
        reasons.append(f"{python}: {(tried.stderr or tried.stdout).strip().splitlines()[-1]}")
    pytest.skip(
        f"no Python {version} with graphbuild's dependencies: {'; '.join(reasons) or 'GRAPHBUILD_PYTHONS names none'}"
    )


def candidates(version: str) -> Iterator[str]:
    """Interpreters that may be of this version."""
    yield from (one for one in os.environ.get("GRAPHBUILD_PYTHONS", "").split(os.pathsep) if one)
    found = shutil.which(f"python{version}")
    yield from [found] if found else []
