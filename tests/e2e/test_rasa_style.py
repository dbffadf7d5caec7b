"""Components in Rasa's style: the worked example of docs/migrating.md, trained, trained again, edited, used."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from graphbuild import Agent
from graphbuild.assistant.rasa_style.resource import RasaResource
from graphbuild.errors import PackageError
from graphbuild.store.local import open_store
from tests.cli.command_line import Ran, run

ROOT = Path(__file__).parents[2]
SECTION = (
    (ROOT / "docs" / "migrating.md").read_text("utf-8").split("\n## Components of your own\n")[1].split("\n## ")[0]
)
FILES = {name: text for text, name in re.findall(r"```python\n(# (\w+\.py).*?)```", SECTION, re.DOTALL)}
CONFIG = re.findall(r"```yaml\n(recipe: .*?)```", SECTION, re.DOTALL)[0]


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    project = tmp_path / "assistant"
    kept_out = shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml")
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=kept_out)
    (project / "config.yml").write_text(CONFIG)
    for name, text in FILES.items():
        (project / name).write_text(text)
    return project


def train(project: Path) -> Ran:
    ran = run("-C", project, "train", "--json")
    assert ran.code == 0, (ran.out, ran.err)
    return ran


def ran_nodes(ran: Ran) -> set[str]:
    return {node["node"] for node in ran.document["nodes"] if node["decision"] == "run"}


def test_the_example_trains_once_and_an_edit_runs_what_it_touches(assistant: Path) -> None:
    first = train(assistant)
    nodes = ran_nodes(first)
    assert {"pattern_tokenizer_0:apply", "suffix_featurizer_1:train", "habit_policy_5:train"} <= nodes
    again = train(assistant)
    assert ran_nodes(again) == set()
    assert again.document["model"] == first.document["model"]

    policy = assistant / "bicycle_policy.py"
    policy.write_text(policy.read_text().replace("sorted(found)", "sorted(found, reverse=True)"))
    assert {name for name in ran_nodes(train(assistant)) if ":" in name} == {"habit_policy_5:train"}

    nlu = assistant / "bicycle_nlu.py"
    nlu.write_text(nlu.read_text().replace(".text.lower()", ".text.casefold().strip()"))
    # The tokens are the same, and so is all that is made of them alone.
    assert {name for name in ran_nodes(train(assistant)) if ":" in name} == {
        "pattern_tokenizer_0:apply",
        "suffix_featurizer_1:train",
        "suffix_featurizer_1:apply",
    }
    nlu.write_text(nlu.read_text().replace("Knows words", "Tells words"))
    assert ran_nodes(train(assistant)) == set()


def test_its_options_are_options(assistant: Path) -> None:
    train(assistant)
    config = assistant / "config.yml"
    config.write_text(config.read_text().replace("letters: 4", "letters: 2"))
    assert {"suffix_featurizer_1:train", "logistic_regression_classifier_3:train"} <= ran_nodes(train(assistant))
    config.write_text(config.read_text().replace("letters: 2", "letter: 2"))
    wrong = run("-C", assistant, "train")
    assert wrong.code == 2
    assert "config.yml:6:" in wrong.err
    assert "did you mean `letters`?" in wrong.err


def test_what_it_wrote_is_kept_as_plain_files(assistant: Path) -> None:
    nodes = {node["node"]: node for node in train(assistant).document["nodes"]}
    store = open_store(assistant / ".graphbuild")
    try:
        digest = nodes["habit_policy_5:train"]["outputs"]["state"]
        (file,) = RasaResource.decode(store.blobs.get(digest)).files
    finally:
        store.close()
    assert file[0] == "habits.json"
    assert b'"pick_up_bike action_listen": "utter_confirm_pick_up"' in file[1]


def test_it_is_used_by_tests_of_stories(assistant: Path) -> None:
    ran = run("-C", assistant, "test", "core", "--json")
    assert ran.code in (0, 1), (ran.out, ran.err)
    nodes = {node["node"]: node["decision"] for node in ran.document["nodes"]}
    used = [name for name in nodes if "habit_policy" in name and name.endswith(":apply")]
    assert used
    assert all(nodes[name] in ("run", "hit") for name in used)


def test_an_agent_of_the_package_uses_it(assistant: Path) -> None:
    package = train(assistant).document["model"]
    agent = Agent.load(package, assistant, seed=1)
    assert agent.parse("my bike has a flat tyre")["intent"]["name"] is not None
    assert asyncio.run(agent.handle_text("/greet"))
    told = asyncio.run(agent.predict_next())
    assert told["confidence"] > 0

    policy = assistant / "bicycle_policy.py"
    policy.write_text(policy.read_text().replace("sorted(found)", "sorted(found, reverse=True)"))
    with pytest.raises(PackageError, match="not the code that the package was made with"):
        Agent.load(package, assistant)
