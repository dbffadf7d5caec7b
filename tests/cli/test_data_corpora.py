"""`graphbuild data` over real assistants: shown as Rasa reads them; converted and migrated, no value changes."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.domain import ACTIONS_OF_RASA_3
from tests.cli.command_line import run

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]
ASSISTANTS = sorted(path.name for path in (CORPORA / "assistants").iterdir()) if CORPORA.is_dir() else ["none"]
OLD = ("carbon-bot", "retail-demo")
"""Of Rasa 2, and without a fault."""
WITH_A_FAULT = "community-restaurant"
RULES = re.compile("the message is not understood|.* triggers .*")
"""Names of rules that stand for policies of Rasa 1."""


def copied(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(CORPORA / "assistants" / name, folder / name))


def shown(project: Path) -> dict[str, Any]:
    ran = run("-C", project, "data", "show", "--json")
    if ran.code == 2:
        assert project.name == WITH_A_FAULT, ran.err
        pytest.skip("cannot be read")
    document: dict[str, Any] = ran.document
    return document


def joints_numbered(document: dict[str, Any]) -> dict[str, Any]:
    """Generated checkpoints by their order of appearance: their names mean nothing."""
    numbers: dict[str, str] = {}
    text = re.sub(
        r"GENR_[A-Z]+_+[\w-]+", lambda name: numbers.setdefault(name[0], f"joint {len(numbers)}"), json.dumps(document)
    )
    numbered: dict[str, Any] = json.loads(text)
    return numbered


def domain_of(document: dict[str, Any]) -> dict[str, Any]:
    """The domain, without what Rasa 3 does of its own: its own actions, and its order of actions and states."""
    domain = dict(document["domain"])
    for key in ("actions", "input_states"):
        domain[key] = sorted(set(domain[key]) - set(ACTIONS_OF_RASA_3))
    return domain


@pytest.mark.parametrize("name", ASSISTANTS)
def test_an_assistant_is_shown_as_rasa_reads_it(name: str, tmp_path: Path) -> None:
    """In every section. Rasa 2.8 passes over `templates` of Rasa 1, which here are responses (docs/migrating.md)."""
    project = copied(name, tmp_path)
    found = joints_numbered(shown(project))
    expected = joints_numbered(json.loads((CORPORA / "oracle" / f"{name}.json").read_text()))
    del expected["read_by"]
    assert set(found) == set(expected)
    if "\ntemplates:" in (project / "domain.yml").read_text():
        assert expected["domain"].pop("responses") == []
        unheard = set(found["domain"].pop("responses")) - set(expected["domain"]["actions"])
        for key in ("actions", "input_states"):
            found["domain"][key] = [one for one in found["domain"][key] if one not in unheard]
    for key, value in expected.items():
        assert found[key] == value, key


def without_places(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where an entity stood in `* inform{"city": "Rome"}` of Markdown, no other way of writing can say."""
    for event in (event for step in steps for event in step["events"]):
        for entity in event.get("entities", ()) if "text" not in event else ():
            entity.pop("start", None)
            entity.pop("end", None)
    return steps


@pytest.mark.parametrize("name", ASSISTANTS)
def test_converted_data_is_shown_equal(name: str, tmp_path: Path) -> None:
    project = copied(name, tmp_path)
    before = shown(project)
    assert run("-C", project, "data", "convert", "all", "--out", "new").code == 0
    shutil.rmtree(project / "data")
    (project / "new").rename(project / "data")
    after = shown(project)
    for key in ("nlu", "synonyms", "regexes", "lookups"):
        assert after[key] == before[key], key
    assert domain_of(after) == domain_of(before)
    assert without_places(after["steps"]) == without_places(before["steps"])


@pytest.mark.parametrize("name", ASSISTANTS)
def test_nlu_data_in_json_is_shown_equal(name: str, tmp_path: Path) -> None:
    project = copied(name, tmp_path)
    before = shown(project)
    assert run("-C", project, "data", "convert", "nlu", "-f", "json", "--out", "new").code == 0
    if not (project / "new").exists():
        assert before["nlu"] == []
        pytest.skip("there is no NLU data")
    after = run("-C", project, "data", "show", "--data", "new", "--json").document
    texts = {row["text"] for row in after["nlu"]}
    for key in ("synonyms", "regexes", "lookups"):
        assert after[key] == before[key], key
    assert after["nlu"] == [row for row in before["nlu"] if row["intent"] is not None or row["text"] in texts]


@pytest.mark.parametrize("name", OLD)
def test_a_migrated_assistant_is_shown_equal(name: str, tmp_path: Path) -> None:
    project = copied(name, tmp_path)
    ran = run("-C", project, "data", "migrate", "--json")
    assert ran.code == 0
    before, after = shown(project), shown(tmp_path / f"{name}-3x")
    assert domain_of(after) == domain_of(before)
    assert {**after, "domain": 0} == {**before, "domain": 0}
    assert run("-C", tmp_path / f"{name}-3x", "data", "migrate").code == 2


@pytest.mark.parametrize("name", [name for name in ASSISTANTS if name.endswith("-1x")] or ["none"])
def test_a_migrated_assistant_of_rasa_1_says_the_same(name: str, tmp_path: Path) -> None:
    project = copied(name, tmp_path)
    before = shown(project)
    assert run("-C", project, "data", "migrate").code == 0
    after = shown(tmp_path / f"{name}-3x")
    for key in ("nlu", "synonyms", "regexes"):
        assert after[key] == before[key], key
    assert [name for name, _ in after["lookups"]] == [name for name, _ in before["lookups"]]
    for key in ("intents", "entities", "forms", "responses", "actions", "input_states"):
        # Not `slots`: those without influence are of type `any` in Rasa 3.
        assert domain_of(after)[key] == domain_of(before)[key], key
    steps = [step for step in after["steps"] if not RULES.fullmatch(step["block"])]
    assert without_places(steps) == without_places(before["steps"])


def test_an_assistant_with_faults_is_not_migrated_in_part(tmp_path: Path) -> None:
    project = copied(WITH_A_FAULT, tmp_path)
    ran = run("-C", project, "data", "migrate", "--json")
    assert ran.code == 2
    assert ("data/nlu.yml", 119) in {(problem["path"], problem["line"]) for problem in ran.document["problems"]}
    assert [path.name for path in tmp_path.iterdir()] == [WITH_A_FAULT]


def test_every_intent_of_a_large_assistant_is_on_both_sides(tmp_path: Path) -> None:
    project = copied("carbon-bot", tmp_path)
    counts: dict[str, int] = {}
    for row in shown(project)["nlu"]:
        counts[row["intent"]] = counts.get(row["intent"], 0) + 1
    document = run("-C", project, "data", "split", "nlu", "--json").document
    train, test = (one["counts"]["examples"] for one in document["written"])
    assert train + test == sum(counts.values())
    assert abs(train / (train + test) - 0.8) < 0.02
    both = {name for name, count in counts.items() if count > 1}
    for file in ("training_data.yml", "test_data.yml"):
        ran = run("-C", project, "data", "show", "--data", f"train_test_split/{file}", "--json")
        assert both <= {row["intent"] for row in ran.document["nlu"]}
