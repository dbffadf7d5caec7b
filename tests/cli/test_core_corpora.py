"""Real assistants: `graphbuild test core --steps --json` says of every story what Rasa 3.6.21 says (corpora/oracle)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import run

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
NAMES = sorted(path.name.partition(".policies")[0] for path in CORPORA.glob("oracle/*.policies.json"))
CONFIG = """
recipe: default.v1
language: en
pipeline: [{name: WhitespaceTokenizer}, {name: KeywordIntentClassifier}]
policies: [{name: MemoizationPolicy, max_history: 5}, {name: RulePolicy}]
"""

pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


def told(dialogues: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Dialogues to be compared: single precision rounds confidences, and Rasa draws the order of some stories."""
    rows = [
        (
            one["dialogue"],
            *((s["action"], s["predicted"], s["policy"], round(s["confidence"], 4)) for s in one["steps"]),
        )
        for one in dialogues
    ]
    return sorted(rows)


@pytest.mark.parametrize("name", NAMES)
def test_stories_and_tests_go_as_in_rasa(name: str, tmp_path: Path) -> None:
    project = tmp_path / name
    shutil.copytree(CORPORA / "assistants" / name, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (project / "rules.yml").write_text(CONFIG)
    oracle = json.loads((CORPORA / "oracle" / f"{name}.policies.json").read_text())
    paths = {"stories": "data", "tests": "tests"}
    for part, expected in oracle.items():
        common = ("-C", project, "--store", project / ".graphbuild", "test", "core", "-c", "rules.yml")
        ran = run(*common, "--stories", paths[part], "--no-e2e", "--no-plot", "--steps", "--json")
        assert ran.code == 0, ran.out + ran.err
        assert told(ran.document["dialogues"]) == told(expected)
        wrong = [one["dialogue"] for one in expected if any(s["action"] != s["predicted"] for s in one["steps"])]
        assert sorted(one["story"] for one in ran.document["failed"]) == sorted(wrong)
        assert ran.document["conversations"]["total"] == len(expected)
        known = [step["policy"] in ("RulePolicy", "MemoizationPolicy") for one in expected for step in one["steps"]]
        assert ran.document["in_training_data_fraction"] == pytest.approx(sum(known) / len(known))
