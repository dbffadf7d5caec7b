from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.command_line import Ran, run

RECIPE = ("-f", "recipe.yml")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert run("init", tmp_path / "news", "--sample", "text-classifier").code == 0
    return tmp_path / "news"


def build(project: Path, *more: str) -> Ran:
    return run("-C", project, "build", *RECIPE, *more)


def decisions(ran: Ran) -> dict[str, str]:
    return {one["node"]: one["decision"] for one in ran.document["nodes"]}


class TestInit:
    def test_it_says_the_next_command_which_works(self, tmp_path: Path) -> None:
        ran = run("init", tmp_path / "news", "--sample", "text-classifier")
        assert ran.code == 0
        *_, command = ran.out.splitlines()
        assert command == f"now: graphbuild -C {tmp_path / 'news'} build -f recipe.yml"
        assert run(*command.split()[2:]).code == 0

    def test_it_is_quiet_where_it_is_told_so_before_the_command_and_after(self, tmp_path: Path) -> None:
        assert run("-C", tmp_path, "-q", "init", "one") == run("-C", tmp_path, "init", "two", "--quiet")
        assert run("-C", tmp_path, "init", "three", "-q").out == ""
        for words in (["validate"], ["visualize"], ["data", "convert"], ["data", "split"], ["data", "migrate"]):
            before, after = (
                run("-C", tmp_path / one, *more) for one, more in (("one", words), ("two", [*words, "-q"]))
            )
            assert (after.code, after.out) == (before.code, ""), words

    def test_it_leaves_a_folder_with_files_alone(self, project: Path) -> None:
        (project / "recipe.yml").write_text("mine")
        assert run("init", project, "--sample", "text-classifier").code == 2
        assert (project / "recipe.yml").read_text() == "mine"
        assert run("init", project, "--sample", "text-classifier", "--force").code == 0
        assert (project / "recipe.yml").read_text() != "mine"

    def test_it_names_the_samples(self, tmp_path: Path) -> None:
        ran = run("init", tmp_path / "x", "--sample", "nonsense")
        assert ran.code == 2
        assert "text-classifier" in ran.err
        assert not (tmp_path / "x").exists()

    def test_a_file_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert "is a file" in run("-C", tmp_path, "init", "file", "--sample", "text-classifier").err


class TestBuildAndPlan:
    def test_the_document_has_the_promised_keys(self, project: Path) -> None:
        document = build(project, "--json").document
        assert set(document) == {"code", "model", "up_to_date", "wall_s", "nodes"}
        assert Path(document["model"]).is_file()
        for node in document["nodes"]:
            assert set(node) == {
                "node", "kind", "component", "operation", "decision", "reasons", "seconds", "key", "outputs",
            }  # fmt: skip
            for reason in node["reasons"]:
                assert set(reason) == {"kind", "detail", "path", "line"}

    def test_a_dry_run_runs_nothing_and_says_whether_something_would(self, project: Path) -> None:
        assert run("-C", project, "plan", *RECIPE).code == 3
        assert build(project, "--dry-run").code == 3
        assert not (project / "models").exists()
        assert build(project).code == 0
        ran = run("-C", project, "plan", *RECIPE)
        assert (ran.code, ran.out) == (0, "nothing to do: every node is a hit (4 nodes)\n")
        assert run("-C", project, "plan", *RECIPE, "--force").code == 3

    def test_plain_lines_and_a_summary(self, project: Path) -> None:
        first, *lines, summary = build(project).out.splitlines()
        assert first.startswith("4 of 4 nodes to look at, 0 reused")
        assert [line.split()[:2] for line in lines] == [
            ["run", "samples@data/train.txt"],
            ["run", "words:train"],
            ["run", "words:apply"],
            ["run", "sections:train"],
        ]
        assert summary.startswith("done: 4 ran, ")
        assert build(project).out.startswith("up to date: 4 reused, ")

    def test_the_package_is_named_as_seen_from_here(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert f"; new package {project / 'models'}" in build(project).out
        monkeypatch.chdir(project)
        assert "; package models/" in build(project).out

    def test_quiet_says_nothing_when_all_is_well(self, project: Path) -> None:
        assert run("-q", "-C", project, "build", *RECIPE).out == ""

    def test_a_failure_is_a_screen_or_problems_in_the_document(self, project: Path) -> None:
        (project / "data" / "train.txt").write_text("no tab here\n")
        ran = build(project)
        assert ran.code != 0
        assert "data/train.txt:1" in ran.err
        failed = build(project, "--json")
        assert failed.code == failed.document["code"] != 0
        assert failed.document["problems"][0]["path"].endswith("train.txt")
        assert failed.document["problems"][0]["line"] == 1
        assert decisions(failed)["samples@data/train.txt"] == "failed"
        assert decisions(failed)["words:train"] == "skipped"

    def test_an_address_that_is_none_is_refused_before_anything_is_looked_at(self, project: Path) -> None:
        ran = run("-C", project, "train", "-c", "nowhere.yml", "--dask", "tcp://x")
        assert ran.code == 2
        assert "`tcp://x` is no address of a Dask scheduler" in ran.err

    def test_a_fine_tuning_takes_the_newest_model_where_none_is_named(self, project: Path) -> None:
        ran = run("-C", project, "train", "-c", "recipe.yml", "--finetune", "--epoch-fraction", "0.5")
        assert ran.code == 2
        assert "there is no model" in ran.err
        assert "models" in ran.err
        ran = run("-C", project, "train", "-c", "recipe.yml", "--finetune", "elsewhere.tar.gz", "--out", "there")
        assert "elsewhere.tar.gz" in ran.err
        run("-C", project, "train", "-c", "recipe.yml", "--out", "there")
        ran = run("-C", project, "train", "-c", "recipe.yml", "--out", "there", "--finetune")
        assert "nothing that is trained here can go on" in ran.err
        for fraction in ("0", "-1", "many"):
            assert run("-C", project, "train", "-c", "recipe.yml", "--epoch-fraction", fraction).code == 2
        assert "belongs to --finetune" in run("-C", project, "train", "-c", "recipe.yml", "--epoch-fraction", "0.5").err


class TestLooking:
    def test_explain(self, project: Path) -> None:
        build(project)
        assert "sections:train is up to date" in run("-C", project, "explain", *RECIPE, "sections").out
        text = (project / "recipe.yml").read_text().replace("smoothing: 0.5", "smoothing: 0.25")
        (project / "recipe.yml").write_text(text)
        ran = run("-C", project, "explain", *RECIPE, "sections")
        assert "configuration\n    smoothing 0.5 -> 0.25" in ran.out
        document = run("-C", project, "explain", *RECIPE, "sections:train", "--json").document
        assert document["nodes"][0]["reasons"][0]["kind"] == "config"

    @pytest.mark.parametrize("form", ["text", "dot", "mermaid", "json", "svg"])
    def test_graph(self, form: str, project: Path) -> None:
        build(project)
        ran = run("-C", project, "graph", *RECIPE, "--format", form, "--last")
        assert ran.code == 0
        assert "sections:train" in ran.out
        assert "run" in ran.out
        if form == "svg":
            ET.fromstring(ran.out)
        if form == "json":
            assert json.loads(ran.out) == run("-C", project, "graph", *RECIPE, "--json", "--last").document

    def test_graph_to_a_file(self, project: Path) -> None:
        ran = run("-C", project, "graph", *RECIPE, "--format", "svg", "-o", project / "graph.svg")
        assert (ran.code, ran.out) == (0, "")
        ET.parse(project / "graph.svg")

    def test_graph_of_an_earlier_build(self, project: Path) -> None:
        build(project)
        text = (project / "recipe.yml").read_text().replace("smoothing: 0.5", "smoothing: 0.25")
        (project / "recipe.yml").write_text(text)
        build(project)
        first = run("-C", project, "graph", *RECIPE, "--json", "--build", "last~1").document
        assert {one["decision"] for one in first["nodes"]} == {"run"}
        (trained,) = (one for one in first["nodes"] if one["node"] == "sections:train")
        assert trained["config"]["smoothing"] == 0.5
        assert "hit" in run("-C", project, "graph", *RECIPE, "--build", "last").out
        refused = run("-C", project, "graph", *RECIPE, "--build", "last~2")
        assert (refused.code, "2 are remembered" in refused.err) == (2, True)
        assert run("-C", project, "graph", *RECIPE, "--build", "last", "words").code == 2

    def test_query(self, project: Path) -> None:
        ran = run("-C", project, "query", *RECIPE, "rdeps(words:apply)")
        assert (ran.code, ran.out) == (0, "words:apply\nsections:train\n")
        document = run("-C", project, "query", *RECIPE, "kind(classifier)", "--json").document
        assert document["nodes"] == [
            {
                "node": "sections:train",
                "kind": "classifier",
                "component": "NaiveBayesClassifier",
                "operation": "train",
            }
        ]
        wrong = run("-C", project, "query", *RECIPE, "deps(sectionz)")
        assert wrong.code == 2
        assert "did you mean `sections`?" in wrong.err


class TestStore:
    def test_no_store_yet(self, project: Path) -> None:
        assert run("-C", project, "store", "stats").code == 2

    def test_stats(self, project: Path) -> None:
        build(project)
        document = run("-C", project, "store", "stats", "--json").document
        assert document["actions"] == 4
        assert f"actions      {document['actions']}, database" in run("-C", project, "store", "stats").out

    def test_verify_finds_a_damaged_blob_and_the_next_build_mends_it(self, project: Path) -> None:
        build(project)
        assert run("-C", project, "store", "verify").code == 0
        blob = next((project / ".graphbuild" / "blobs.v1").glob("??/*"))
        blob.chmod(0o600)
        blob.write_bytes(b"rot")
        ran = run("-C", project, "store", "verify")
        assert ran.code == 1
        assert f"damaged  blake3:{blob.name}" in ran.out
        assert run("-C", project, "store", "verify", "--json").document["lost"] == [f"blake3:{blob.name}"]
        assert build(project).code == 0
        assert run("-C", project, "store", "verify").code == 0

    def test_the_store_of_the_option(self, project: Path, tmp_path: Path) -> None:
        run("--store", tmp_path / "shared", "-C", project, "build", *RECIPE)
        assert not (project / ".graphbuild").exists()
        assert run("--store", tmp_path / "shared", "-C", project, "store", "verify").code == 0

    def test_a_relative_store_is_below_the_folder_of_the_project(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for folder in (project, project.relative_to(tmp_path)):
            assert run("--store", "../shared", "-C", folder, "build", *RECIPE).code == 0
        assert {path.name for path in tmp_path.iterdir()} == {project.name, "shared"}
        assert run("-C", project, "--store", "../shared", "store", "verify").code == 0
        assert run("-C", project, "--store", "shared", "store", "verify").code == 2


class TestCatalogues:
    def test_recipes(self) -> None:
        assert "recipe:light" in run("recipes").out
        assert set(run("recipes", "--json").document["recipes"]) >= {"default", "light", "nlu-only", "core-only"}
        assert run("recipes", "light").out.startswith("#")
        assert run("recipes", "lihgt").code == 2

    def test_components(self) -> None:
        assert "featurizer:\n" in run("components").out
        listed = run("components", "--json").document["components"]
        assert {"component", "kind", "about"} == set(listed[0])

    def test_one_component_with_ports_options_defaults_and_help(self) -> None:
        text = run("components", "TextVectorizer").out
        assert "  -> state: TextVocabulary.v1" in text
        assert "  max_ngram: int = 1\n      Also take runs" in text
        document = run("components", "TextVectorizer", "--json").document
        assert document["operations"]["train"]["inputs"][0]["name"] == "texts"
        assert run("components", "TextVectoriser").code == 2

    def test_components_of_the_users_own(self) -> None:
        text = run("components", "tests.toys:Concat").out
        assert "  texts: " in text
        assert "many" in text
        assert "may stay open" in text


class TestSchema:
    def test_it_knows_keys_components_ports_and_options(self, tmp_path: Path) -> None:
        schema = run("schema", "--json").document
        node = schema["properties"]["nodes"]["additionalProperties"]
        assert "TextVectorizer" in [one.get("const") for one in node["properties"]["uses"]["anyOf"]]
        options = schema["$defs"]["TextVectorizer.with"]
        assert options["properties"]["max_ngram"]["anyOf"][0]["default"] == 1
        assert options["additionalProperties"] is False
        (case,) = (one for one in node["allOf"] if one["if"]["properties"]["uses"]["const"] == "TextVectorizer")
        assert list(case["then"]["properties"]["needs"]["properties"]) == ["texts"]
        run("schema", "-o", tmp_path / "recipe.schema.json")
        assert json.loads((tmp_path / "recipe.schema.json").read_text()) == schema

    def test_the_schema_knows_the_matrix(self) -> None:
        matrix = json.loads(run("schema").out)["properties"]["matrix"]
        values = matrix["additionalProperties"]["anyOf"]
        assert {"type": "array", "minItems": 1} in values
        assert re.search(matrix["propertyNames"]["pattern"], "words.max_ngram")
        assert not re.search(matrix["propertyNames"]["pattern"], "words")


class TestDoctor:
    def test_all_is_there(self, project: Path) -> None:
        ran = run("-C", project, "doctor")
        assert ran.code == 0
        assert "made by the first build" in ran.out
        build(project)
        told = run("-C", project, "doctor", "--json").document["findings"]
        findings = {one["name"]: one for one in told}
        assert len(findings) == len(told), "a library of several extras is told of once"
        assert {"python", "machine", "graphbuild", "click", "networkx", "store", "free disk"} <= set(findings)
        assert "4 actions" in findings["store"]["detail"]

    def test_a_store_of_a_newer_format_is_a_fault(self, project: Path) -> None:
        (project / ".graphbuild").mkdir()
        (project / ".graphbuild" / "format").write_text("99\n")
        ran = run("-C", project, "doctor")
        assert ran.code == 1
        assert "MISSING store" in ran.out


def test_quiet_may_stand_after_the_command_too(tmp_path: Path) -> None:
    (tmp_path / "graphbuild.yml").write_text(
        "graphbuild: 1\nnodes: {a: {uses: Command, with: {command: 'echo x > $out'}}}\n"
    )
    assert run("-C", tmp_path, "build", "-q").out == ""
    assert "up to date" in run("-C", tmp_path, "build").out
