"""A model that one process trained answers the same in another, on every Python that this release runs on.

Pythons besides the one of the tests are looked for by name (python3.12) and in GRAPHBUILD_PYTHONS: paths of
interpreters, as in PATH. One that has not got graphbuild's dependencies is passed over. tests/benchmarks/pythons.py
says of whole recipes by how much confidences differ.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.pythons import Different, answers, difference, train
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


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the sample with a network of each kind, trained in a process of its own."""
    project = tmp_path_factory.mktemp("pythons") / "assistant"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml"))
    (project / "config.yml").write_text(CONFIG)
    (project / "data" / "faq.yml").write_text(RETRIEVAL)
    domain = (project / "domain.yml").read_text()
    (project / "domain.yml").write_text(domain.replace("intents:\n", "intents:\n  - faq\n", 1))
    return train(sys.executable, project, str(project / "config.yml"))


@pytest.fixture(scope="module")
def expected(model: Path) -> dict[str, Any]:
    """What it says in a process of this Python."""
    return answers(sys.executable, model, SAID, SAID)


@pytest.mark.parametrize("version", PYTHONS)
def test_a_model_answers_the_same_in_another_process(version: str, model: Path, expected: dict[str, Any]) -> None:
    found = answers(python_of(version), model, SAID, SAID)
    assert found["python"] == [int(one) for one in version.split(".")]
    difference(found["parses"], expected["parses"])
    difference(found["events"], expected["events"])
    told = [event["event"] for event in found["events"]]
    assert {"user", "bot", "action"} <= {*told}
    assert told.count("user") == len(SAID)


def test_a_difference_is_found_wherever_it_is() -> None:
    said = {"intent": {"name": "greet", "confidence": 0.5}, "entities": [{"value": 1}], "timestamp": 1.0}
    assert difference(said, {**said, "timestamp": 2.0}) == 0.0
    assert difference(said, {**said, "intent": {"name": "greet", "confidence": 0.5 + 1e-7}}) == pytest.approx(1e-7)
    for key, other in (
        ("intent", {"name": "bye", "confidence": 0.5}),
        ("entities", []),
        ("entities", [{"value": 1.0}]),
    ):
        with pytest.raises(Different, match=key):
            difference(said, {**said, key: other})
    with pytest.raises(Different, match="confidence"):
        difference(said, {**said, "intent": {"name": "greet", "confidence": 0.50001}})


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
