"""`graphbuild train compare` and `graphbuild test core --compare`: one trains, the other tests what was trained."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import Ran, run
from tests.golden.golden import check

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""
COMMON = ("-c", "config.yml", "other.yml", "-r", "1", "-p", "50", "0")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant whose store is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("train-compare") / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "config.yml").write_text(CONFIG)
    (folder / "other.yml").write_text(CONFIG.replace("- name: MemoizationPolicy\n", ""))
    (folder / "graphbuild.yml").unlink()
    return folder


def command(assistant: Path, *arguments: str) -> Ran:
    return run("-C", assistant, "--store", assistant / ".graphbuild", *arguments)


def trained(ran: Ran) -> list[str]:
    nodes = ran.document["nodes"]
    return [one["node"] for one in nodes if (one["operation"], one["decision"]) == ("train", "run")]


def test_training_and_then_testing(assistant: Path) -> None:
    planned = command(assistant, "train", "compare", *COMMON, "--dry-run", "--json")
    assert planned.code == 3
    assert not (assistant / "models").exists()
    first = command(assistant, "train", "compare", *COMMON, "--json")
    assert first.code == 0, first.out
    assert trained(first)
    assert first.document["model"] is None
    assert first.document["packages"] == []
    told = {name: first.document[name] for name in ("configs", "runs", "percentages")}
    assert told == {"configs": ["config", "other"], "runs": 1, "percentages": [0, 50]}
    document = json.loads(Path(first.document["comparison"]).read_text())
    assert Path(first.document["comparison"]) == assistant / "models" / "comparison.json"
    assert document["configs"] == ["config.yml", "other.yml"]
    assert document["stories"] == first.document["stories"]
    assert command(assistant, "train", "compare", *COMMON, "--dry-run").code == 0
    tested = command(assistant, "test", "core", "--compare", "--json")
    assert tested.code == 0, tested.out
    assert trained(tested) == []
    assert tested.document["stories"] == document["stories"]
    assert list(tested.document["configs"]) == ["config", "other"]
    assert tested.document["configs"]["config"]["intent"]["examples"] > 5
    results = assistant / "results"
    assert b"<polyline" in (results / "core_comparison.html").read_bytes()
    assert (results / "core_model_comparison_graph.png").read_bytes().startswith(b"\x89PNG")
    assert (results / "run_1" / "50%_exclusion" / "other_report" / "story_intent_report.json").exists()
    named = command(assistant, "test", "core", "--compare", *COMMON, "--json")
    assert {one["decision"] for one in named.document["nodes"]} == {"hit"}
    assert named.document["configs"] == tested.document["configs"]


def test_the_screen(assistant: Path) -> None:
    command(assistant, "train", "compare", *COMMON)
    ran = command(assistant, "train", "compare", *COMMON, "--out", "compared")
    assert ran.code == 0, ran.err
    check("console/train-compare.txt", re.sub(r"reused, .*", "reused, 0.0 s", ran.out))
    packages = json.loads((assistant / "compared" / "comparison.json").read_text())["packages"]
    assert packages[-1] == {
        "config": "other",
        "run": 1,
        "percentage": 50,
        "model": "run_1/other__percentage__50.tar.gz",
    }
    assert all((assistant / "compared" / one["model"]).is_file() for one in packages)
    assert command(assistant, "test", "core", "--compare", "compared", "-q").out == ""


def test_what_checks_find_is_told_once_and_whose_it_is(assistant: Path) -> None:
    misspelt = CONFIG.replace("MemoizationPolicy\n", "MemoizationPolicy\n  max_histroy: 3\n")
    (assistant / "misspelt.yml").write_text(misspelt.replace("- name: RulePolicy\n", ""))
    configs = ("train", "compare", "-c", "config.yml", "misspelt.yml", "-r", "1", "-p", "0")
    told = [line for line in command(assistant, *configs).out.splitlines() if "graphbuild validate" in line]
    assert told == [
        "5 warnings (GB622, GB623, GB624, GB625, GB626): graphbuild validate -c config.yml",
        "misspelt: 1 error, 2 warnings (GB613, GB627, GB643): graphbuild validate -c misspelt.yml",
    ]
    document = command(assistant, *configs, "--json").document
    assert [(one["configs"], one["level"]) for one in document["findings"] if one["code"] == "GB613"] == [
        (["misspelt"], "error")
    ]
    assert "graphbuild validate" not in command(assistant, *configs).out


def test_as_rasa_s_users_type_it(assistant: Path) -> None:
    words = ("--config", "config.yml", "other.yml", "--runs", "1", "--percentages", "0", "50")
    ran = command(assistant, "train", "core", *words, "--out", "as_rasa")
    assert ran.code == 0, ran.err
    assert (assistant / "as_rasa" / "run_1" / "config__percentage__50.tar.gz").is_file()
    one = command(assistant, "train", "core", "-c", "config.yml", "--out", "alone", "-q")
    assert one.code == 0, one.err
    assert [path.name[:5] for path in (assistant / "alone").iterdir()] == ["core-"]


def test_one_configuration_has_a_curve_too(assistant: Path) -> None:
    ran = command(assistant, "test", "core", "--compare", "-c", "config.yml", "-r", "1", "-p", "0", "50", "--json")
    assert list(ran.document["configs"]) == ["config"]
    assert len(ran.document["stories"]) == 2


def test_options_beside_an_earlier_comparison(assistant: Path) -> None:
    assert command(assistant, "train", "compare", *COMMON, "--augmentation", "3", "--out", "glued").code == 0
    assert json.loads((assistant / "glued" / "comparison.json").read_text())["variables"] == {"augmentation": 3}
    ran = command(assistant, "test", "core", "--compare", "glued", "-p", "50", "--json")
    assert ran.document["percentages"] == [50]
    assert trained(ran) == []


def test_screens_of_errors(assistant: Path) -> None:
    (assistant / "bad").mkdir()
    (assistant / "bad" / "comparison.json").write_text('{"format": 1, "configs": 3}')
    (assistant / "newer").mkdir()
    (assistant / "newer" / "comparison.json").write_text('{"format": 2}')
    for name, arguments in {
        "missing": ("test", "core", "--compare", "nowhere"),
        "bad": ("test", "core", "--compare", "bad"),
        "newer": ("test", "core", "--compare", "newer"),
        "both": ("test", "core", "--compare", "bad", "-c", "config.yml"),
        "late": ("train", "-c", "config.yml", "compare"),
    }.items():
        ran = command(assistant, *arguments)
        assert ran.code == 2, name
        check(f"comparisons/{name}.txt", ran.err.replace(str(assistant), "."))
    assert command(assistant, "train", "compare", "-p", "100").code == 2


def test_the_help(assistant: Path) -> None:
    assert "compare --help" in command(assistant, "train", "--help").out
    assert "testing afterwards trains nothing" in " ".join(command(assistant, "train", "compare", "-h").out.split())
    assert "[nlu|core|compare|interactive]" in command(assistant, "train", "--help").out
