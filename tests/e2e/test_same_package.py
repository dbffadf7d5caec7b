"""One assistant as default.v1, as the graph.v1 that Rasa makes of it, and as the recipe that both convert to."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.cli.command_line import run

ROOT = Path(__file__).parents[2]
GRAPHS = ROOT / "tests" / "recipe" / "graph_v1"


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    project = tmp_path / "assistant"
    kept_out = shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml")
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=kept_out)
    config = yaml.safe_load((GRAPHS / "default.yml").read_text())
    config["policies"] = [one for one in config["policies"] if one["name"] != "TEDPolicy"]
    (project / "config.yml").write_text(yaml.safe_dump(config))
    graph = yaml.safe_load((GRAPHS / "both.yml").read_text())
    del graph["train_schema"]["nodes"]["train_TEDPolicy2"]
    del graph["predict_schema"]["nodes"]["run_TEDPolicy2"]
    del graph["predict_schema"]["nodes"]["select_prediction"]["needs"]["policy2"]
    (project / "graph.yml").write_text(yaml.safe_dump(graph))
    return project


def test_all_three_make_the_same_package(assistant: Path) -> None:
    first = run("-C", assistant, "train", "--json")
    assert first.code == 0, (first.out, first.err)
    model = first.document["model"]
    wrote = run("-C", assistant, "recipes", "convert", "config.yml", "--out", "converted.yml")
    assert (wrote.code, wrote.err) == (0, "")
    again = run("-C", assistant, "recipes", "convert", "--out", "converted.yml")
    assert again.code == 2
    assert "is there already" in again.err
    native = run("-C", assistant, "recipes", "convert", "converted.yml")
    assert (native.code, native.out) == (2, "")
    assert "`converted.yml` is no config of Rasa: there is nothing to convert" in native.err
    for config in ("graph.yml", "converted.yml"):
        ran = run("-C", assistant, "train", "--config", config, "--json")
        assert ran.code == 0, (ran.out, ran.err)
        assert ran.document["model"] == model
        nodes = {node["node"] for node in ran.document["nodes"] if node["decision"] == "run"}
        # What looks at how the configuration is written is all that there is to run.
        assert nodes <= {"check_config:apply", "validation:apply"}


EMPTY = """\
# Ours.
recipe: default.v1  # of Rasa 3
language: en

pipeline:   # to be chosen
# - name: WhitespaceTokenizer

policies: []
assistant_id: bicycles
"""


def test_what_an_empty_list_stands_for_is_written_where_that_is_asked_for(assistant: Path) -> None:
    config = assistant / "config.yml"
    config.write_text(EMPTY)
    first = run("-C", assistant, "train", "--dry-run")
    planned = run("-C", assistant, "train", "--dry-run")
    assert planned.out == first.out
    assert planned.code == 3, planned.err
    assert config.read_text() == EMPTY
    written = run("-C", assistant, "train", "--dry-run", "--write-config")
    assert written.code == 3, written.err
    assert "wrote `pipeline` and `policies` into config.yml" in written.err
    notes = planned.out.removeprefix(written.out)
    assert notes.startswith("config.yml:5:1: note: `pipeline` names no components: those that Rasa takes by default")
    assert "(MemoizationPolicy, RulePolicy, UnexpecTEDIntentPolicy, TEDPolicy)\n  hint: `graphbuild train" in notes
    text = config.read_text()
    assert text.startswith(
        "# Ours.\nrecipe: default.v1  # of Rasa 3\nlanguage: en\n\npipeline:  # to be chosen\n- name: W"
    )
    assert "\n# - name: WhitespaceTokenizer\n\npolicies:\n- name: MemoizationPolicy\n" in text
    assert text.endswith("  constrain_similarities: true\nassistant_id: bicycles\n")
    assert run("-C", assistant, "train", "--dry-run", "--write-config").out == written.out
    assert config.read_text() == text


def test_a_list_that_is_not_there_is_written_at_the_end(assistant: Path) -> None:
    config = assistant / "config.yml"
    config.write_text("language: en")
    assert run("-C", assistant, "train", "--dry-run", "--write-config").code == 3
    lists = yaml.safe_load(config.read_text())
    assert [one["name"] for one in lists["policies"]][:2] == ["MemoizationPolicy", "RulePolicy"]
    assert lists["pipeline"][4]["max_ngram"] == 4


def test_a_half_is_filled_in_for_itself_and_recipes_are_not(assistant: Path) -> None:
    config = assistant / "config.yml"
    config.write_text(
        "language: en\npipeline:\n- name: WhitespaceTokenizer\n- name: KeywordIntentClassifier\npolicies:\n"
    )
    told = run("-C", assistant, "train", "nlu")
    assert told.code == 0, told.err
    assert "note: " not in told.out  # of the half that is built nothing was left open
    refused = run("-C", assistant, "train", "--dry-run", "--write-config", "--config", "recipe:light")
    assert refused.code == 2
    assert "`recipe:light` has no lists to write into" in refused.err
