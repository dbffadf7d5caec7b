"""`graphbuild data show|convert|split|migrate` on a small project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import dedent

import pytest

from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.cli.command_line import run

NLU = """\
version: "2.0"
nlu:  # of the shop
- intent: greet
  examples: |
    - hey
    - hello there
    - hi
    - good day
- intent: faq/hours
  examples: |
    - when are you open
    - opening hours
- intent: faq/place
  examples: |
    - where are you
- intent: fly
  examples: |
    - to [Rome](city)
    - to [NY]{"entity": "city", "value": "New York"}
- synonym: New York
  examples: |
    - big apple
responses:
  utter_faq/hours:
  - text: always
  utter_faq/place:
  - text: here
"""
STORIES = """\
stories:
- story: one
  steps:
  - intent: greet
  - action: utter_greet
  - checkpoint: greeted
- story: two
  steps:
  - checkpoint: greeted
  - intent: faq
  - action: respond_faq
- story: three
  steps:
  - intent: fly
    entities:
    - city: ${CITY}
  - action: utter_greet
- story: four
  steps:
  - intent: start
  - action: utter_other
rules:
- rule: r
  steps:
  - intent: greet
  - action: utter_greet
"""
DOMAIN = """\
version: "2.0"
intents: [greet, faq, fly, {start: {triggers: utter_greet}}]
entities: [city]
slots:
  city: {type: text}
actions: [respond_faq, action_x]
forms:
  f: {required_slots: [city]}
responses:
  utter_greet:
  - text: hi ${NAME}
  - text: "hi: ${NAME}"
  utter_other:
  - text: other
"""
CONFIG = """\
language: en
# a comment
pipeline:
- name: MyOwnThing
- name: DIETClassifier
policies:
- name: MappingPolicy
- name: FormPolicy
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    files = {
        "data/nlu.yml": NLU,
        "data/core/stories.yml": STORIES,
        "domain.yml": DOMAIN,
        "config.yml": CONFIG,
        "endpoints.yml": "action_endpoint: {url: x}\n",
        "actions/forms.py": "class F(FormAction):\n    pass\n",
        "tests/test_stories.yml": "version: '2.0'\nstories:\n- story: t\n  steps: []\n",
        "models/old.tar.gz": "x",
        ".git/config": "x",
    }
    for name, text in files.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "shop"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITY", "Rome")
    monkeypatch.setenv("NAME", "you")


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".graphbuild" not in path.parts
    }


def read(path: Path) -> object:
    found = TrainingDataFile().apply(SourceFile(path, path.name, dict(os.environ)))
    return [found.nlu.examples, found.nlu.regexes, found.stories, found.responses]


class TestShow:
    def test_everything_is_shown_whatever_the_config_names(self, project: Path) -> None:
        shown = run("-C", project, "data", "show", "--json").document
        assert {"nlu", "synonyms", "regexes", "lookups", "domain", "steps"} <= set(shown)
        assert shown["nlu"][0] == {"text": "hey", "intent": "greet", "entities": []}
        assert shown["synonyms"] == {"NY": "New York", "big apple": "New York"}
        assert shown["steps"][2]["events"][0]["entities"] == [{"entity": "city", "value": "Rome"}]

    def test_a_second_look_runs_nothing(self, project: Path) -> None:
        first = run("-C", project, "data", "show", "--json")
        (project / "domain.yml").chmod(0o644)
        before = sorted(path.stat().st_mtime_ns for path in (project / ".graphbuild" / "blobs.v1").rglob("*"))
        assert run("-C", project, "data", "show", "--json").out == first.out
        after = sorted(path.stat().st_mtime_ns for path in (project / ".graphbuild" / "blobs.v1").rglob("*"))
        assert after == before

    def test_the_summary_is_for_people(self, project: Path) -> None:
        (project / "data" / "odd.yml").write_text("nlu:\n- intent: odd\n  examples: |\n    no dash\n")
        out = run("-C", project, "data", "show").out
        assert "data/core/stories.yml  4 stories, 1 rules" in out
        assert "faq            3 examples, 2 responses" in out
        assert "city  2 annotated" in out
        assert "data/odd.yml:4: an example of intent `odd` does not start with" in out

    def test_a_project_of_nlu_data_alone(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "nlu.yml").write_text(NLU)
        assert run("-C", tmp_path, "data", "show", "--json").document["domain"]["entities"] == []

    def test_a_native_recipe_says_where_the_data_is(self, project: Path) -> None:
        (project / "data").rename(project / "stuff")
        (project / "config.yml").unlink()
        (project / "graphbuild.yml").write_text(
            "graphbuild: 1\nextends: light\nvars: {where: stuff, data: '${where}'}\n"
        )
        assert len(run("-C", project, "data", "show", "--json").document["nlu"]) == 9

    def test_imports_of_a_config_are_read_too(self, project: Path) -> None:
        (project / "more").mkdir()
        (project / "more" / "nlu.yml").write_text("nlu:\n- intent: more\n  examples: |\n    - more\n")
        (project / "config.yml").write_text(f"{CONFIG}imports: [more]\n")
        assert len(run("-C", project, "data", "show", "--json").document["nlu"]) == 10

    def test_errors_of_all_files_come_at_once(self, project: Path) -> None:
        (project / "data" / "bad.yml").write_text("nlu: x\n")
        (project / "domain.yml").write_text("slots: {a: {}}\n")
        ran = run("-C", project, "data", "show", "--json")
        assert ran.code == 2
        assert [problem["path"] for problem in ran.document["problems"]] == ["domain.yml", "data/bad.yml"]
        assert ran.document["problems"][0]["facts"] == {}

    def test_an_empty_folder_has_nothing_to_show(self, tmp_path: Path) -> None:
        ran = run("-C", tmp_path, "data", "show")
        assert ran.code == 2
        assert "there is no domain.yml and no data" in ran.err


class TestConvert:
    def test_each_file_becomes_one_that_reads_equal(self, project: Path) -> None:
        document = run("-C", project, "data", "convert", "all", "--json").document
        assert [one["source"] for one in document["written"]] == ["data/core/stories.yml", "data/nlu.yml"]
        out = project / "converted_data"
        assert sorted(tree(out)) == ["core/stories.yml", "nlu.yml"]
        for name in tree(out):
            assert (out / name).read_text().startswith('version: "3.1"\n')
            assert read(out / name) == read(project / "data" / name)

    def test_variables_of_the_environment_stay(self, project: Path) -> None:
        run("-C", project, "data", "convert", "core")
        assert "- city: ${CITY}\n" in (project / "converted_data" / "core" / "stories.yml").read_text()

    def test_a_part_alone(self, project: Path) -> None:
        ran = run("-C", project, "data", "convert", "nlu", "--out", "new")
        assert ran.out.splitlines() == [
            f"data/nlu.yml -> {project / 'new' / 'nlu.yml'}: 9 examples, 1 synonyms (left out: responses)",
            "data/core/stories.yml: passed over, it holds no NLU data",
        ]
        run("-C", project, "data", "convert", "responses", "--out", "more")
        assert sorted(tree(project / "more")) == ["nlu.yml"]

    def test_json_holds_nlu_data(self, project: Path) -> None:
        run("-C", project, "data", "convert", "nlu", "-f", "json", "--data", "data/nlu.yml")
        data = json.loads((project / "converted_data" / "nlu.json").read_text())["rasa_nlu_data"]
        assert data["common_examples"][4] == {"text": "when are you open", "intent": "faq/hours"}
        assert data["common_examples"][8]["entities"] == [
            {"start": 3, "end": 5, "entity": "city", "value": "New York"}
        ]  # fmt: skip
        assert data["entity_synonyms"] == [{"value": "New York", "synonyms": ["NY", "big apple"]}]
        assert run("-C", project, "data", "convert", "core", "-f", "json").code == 2

    def test_nothing_is_replaced_unless_it_is_forced(self, project: Path) -> None:
        assert run("-C", project, "data", "convert", "all").code == 0
        written = project / "converted_data" / "nlu.yml"
        written.write_text("mine")
        ran = run("-C", project, "data", "convert", "all")
        assert ran.code == 2
        assert "--force" in ran.err
        assert written.read_text() == "mine"
        assert run("-C", project, "data", "convert", "all", "--force").code == 0
        assert written.read_text() != "mine"

    def test_what_cannot_be_written_is_an_error_and_nothing_is(self, project: Path) -> None:
        (project / "data" / "e2e.yml").write_text(
            'stories:\n- story: s\n  steps:\n  - user: |\n      to [NY]{"entity": "city", "value": "New York"}\n'
        )
        (project / "data" / "bad.yml").write_text("nlu: 1\n")
        before = tree(project)
        ran = run("-C", project, "data", "convert", "all")
        assert ran.code == 2
        assert "data/bad.yml" in ran.err
        assert tree(project) == before

    def test_two_files_of_one_name_are_told_apart(self, project: Path) -> None:
        (project / "data" / "nlu.yaml").write_text("nlu:\n- intent: other\n  examples: |\n    - other\n")
        assert run("-C", project, "data", "convert", "nlu").code == 0
        assert sorted(tree(project / "converted_data")) == ["nlu-yml.yml", "nlu.yml"]

    def test_a_path_that_is_not_there(self, project: Path) -> None:
        assert "there is no nowhere" in run("-C", project, "data", "convert", "all", "--data", "nowhere").err


class TestSplit:
    def test_every_intent_is_on_both_sides_and_nothing_is_lost(self, project: Path) -> None:
        ran = run("-C", project, "data", "split", "nlu", "--json")
        assert ran.code == 0
        halves = [TrainingDataFile().apply(SourceFile(Path(one["path"]), "x")) for one in ran.document["written"]]
        intents = [{example.intent for example in half.nlu.examples} for half in halves]
        assert intents == [{"greet", "faq", "fly"}] * 2
        texts = [example.text for half in halves for example in half.nlu.examples]
        assert len(texts) == len(set(texts)) == 9
        for half in halves:
            keys = {f"utter_{example.response_key}" for example in half.nlu.examples if example.response_key}
            assert {name for name, _ in half.responses.responses} == keys
            assert any(synonym.surface == "big apple" for synonym in half.nlu.synonyms)

    def test_the_same_seed_gives_the_same_split_and_another_one_another(self, project: Path) -> None:
        def halves(name: str, *more: str) -> dict[str, str]:
            assert run("-C", project, "data", "split", "nlu", "--out", name, *more).code == 0
            return tree(project / name)

        assert halves("a") == halves("b")
        assert len({str(halves(f"seed{n}", "--random-seed", str(n))) for n in range(8)}) > 1

    def test_stories_that_a_checkpoint_joins_stay_together(self, project: Path) -> None:
        for seed in range(6):
            out = f"out{seed}"
            assert run("-C", project, "data", "split", "stories", "--out", out, "--random-seed", str(seed)).code == 0
            train, test = (read(project / out / name)[2].blocks for name in ("train_stories.yml", "test_stories.yml"))  # type: ignore[index]
            names = [{block.name for block in blocks} for blocks in (train, test)]
            assert names[0] | names[1] == {"one", "two", "three", "four", "r"}
            assert "r" in names[0]
            assert test
            assert not any({"one", "two"} & side for side in names if not {"one", "two"} <= side)

    def test_a_fraction_is_between_none_and_all(self, project: Path) -> None:
        assert run("-C", project, "data", "split", "nlu", "--training-fraction", "1").code == 2

    def test_nothing_to_split(self, project: Path) -> None:
        assert "no examples" in run("-C", project, "data", "split", "nlu", "--data", "data/core").err


class TestMigrate:
    def test_a_new_project_lies_beside_the_untouched_one(self, project: Path) -> None:
        before = tree(project)
        ran = run("-C", project, "data", "migrate", "--json")
        assert (ran.code, tree(project)) == (0, before)
        new = project.with_name("shop-3x")
        assert ran.document["project"] == str(new)
        assert sorted(tree(new)) == [
            "MIGRATION.md",
            "actions/forms.py",
            "config.yml",
            "data/core/stories.yml",
            "data/nlu.yml",
            "data/rules.yml",
            "domain.yml",
            "endpoints.yml",
            "tests/test_stories.yml",
        ]

    def test_yaml_data_keeps_its_comments(self, project: Path) -> None:
        run("-C", project, "data", "migrate")
        new = tree(project.with_name("shop-3x"))
        assert new["data/nlu.yml"] == NLU.replace("2.0", "3.1")
        assert new["data/core/stories.yml"] == STORIES.replace("respond_faq", "utter_faq")
        assert new["tests/test_stories.yml"] == 'version: "3.1"\nstories:\n- story: t\n  steps: []\n'

    def test_triggers_are_rules_and_policies_are_rule_policy(self, project: Path) -> None:
        document = run("-C", project, "data", "migrate", "--json").document
        new = tree(project.with_name("shop-3x"))
        assert new["data/rules.yml"] == dedent(
            """\
            version: "3.1"

            rules:
            - rule: start triggers utter_greet
              steps:
              - intent: start
              - action: utter_greet
            """
        )
        assert "triggers" not in new["domain.yml"]
        assert "respond_faq" not in new["domain.yml"]
        assert '  - text: hi ${NAME}\n  - text: "hi: ${NAME}"\n' in new["domain.yml"]
        assert new["config.yml"].startswith("recipe: default.v1\n\nlanguage: en\n")
        assert "- name: RulePolicy\n  enable_fallback_prediction: false\n" in new["config.yml"]
        assert "FormPolicy" not in new["config.yml"]
        concerns = "\n".join(document["concerns"])
        assert "in `four`, `utter_other` follows `start`, which a rule answers with `utter_greet`" in concerns
        assert "actions/forms.py: FormAction is gone" in concerns
        assert all(concern in new["MIGRATION.md"] for concern in document["concerns"])

    def test_the_new_project_reads_as_the_old_one(self, project: Path) -> None:
        run("-C", project, "data", "migrate")
        old = run("-C", project, "data", "show", "--json").document
        new = run("-C", project.with_name("shop-3x"), "data", "show", "--json").document
        for key in ("nlu", "synonyms", "regexes", "lookups"):
            assert new[key] == old[key]
        assert new["domain"]["slots"] == old["domain"]["slots"]
        assert set(old["domain"]["actions"]) - set(new["domain"]["actions"]) == {"respond_faq"}

    def test_a_second_migration_finds_its_folder_taken(self, project: Path) -> None:
        assert run("-C", project, "data", "migrate").code == 0
        ran = run("-C", project, "data", "migrate")
        assert ran.code == 2
        assert "is there already" in ran.err
        assert run("-C", project, "data", "migrate", "--out", project / "inside").code == 2

    def test_a_project_of_rasa_3_has_nothing_to_migrate(self, project: Path) -> None:
        run("-C", project, "data", "migrate")
        new = project.with_name("shop-3x")
        (new / "data" / "core" / "stories.yml").touch()
        ran = run("-C", new, "data", "migrate")
        assert "there is nothing to migrate" in ran.err

    def test_a_domain_in_the_data_folder_and_one_with_data_in_it(self, project: Path) -> None:
        (project / "domain.yml").rename(project / "data" / "domain.yml")
        text = f"{DOMAIN.replace('city: {type: text}', 'x: {type: text}').replace('[city]}', '[x]}')}{STORIES}"
        (project / "data" / "mixed.yml").write_text(text.replace("f:", "g:").replace("utter_other:", "utter_more:"))
        ran = run("-C", project, "data", "migrate", "-d", "data", "--json")
        assert ran.code == 0, ran.out
        new = tree(project.with_name("shop-3x"))
        assert "intents:" in new["data/domain.yml"]
        assert "triggers" not in new["data/domain.yml"]
        assert "rules:" in new["data/mixed-data.yml"]
        assert "rules:" not in new["data/mixed.yml"]

    def test_a_new_name_takes_no_old_one(self, project: Path) -> None:
        (project / "data" / "rules.yml").write_text("nlu: []\n")
        run("-C", project, "data", "migrate")
        new = tree(project.with_name("shop-3x"))
        assert new["data/rules.yml"] == "nlu: []\n"
        assert "start triggers utter_greet" in new["data/rules-of-policies.yml"]

    def test_paths_that_are_not_there_or_outside(self, project: Path) -> None:
        assert "there is no nowhere" in run("-C", project, "data", "migrate", "--data", "nowhere").err
        (project.parent / "other.yml").write_text("nlu: []\n")
        assert "is not in the project" in run("-C", project, "data", "migrate", "--data", "../other.yml").err
        assert run("-C", project, "data", "show", "--data", "nowhere").code == 2

    def test_a_config_that_cannot_be_read_is_told(self, project: Path) -> None:
        (project / "config.yml").write_bytes(b"\xff")
        assert "config.yml" in run("-C", project, "data", "migrate").err
        (project / "config.yml").unlink()
        ran = run("-C", project, "data", "migrate", "--out", "../new")
        assert "there is no config.yml" in ran.out
        assert (project.parent / "new" / "domain.yml").is_file()

    def test_errors_leave_nothing_behind(self, project: Path) -> None:
        (project / "data" / "bad.yml").write_text("nlu: 1\n")
        (project / "config.yml").write_text("pipeline: [")
        ran = run("-C", project, "data", "migrate")
        assert ran.code == 2
        assert "data/bad.yml" in ran.err
        assert sorted(path.name for path in project.parent.iterdir()) == ["shop"]


def test_convert_of_files_elsewhere_writes_inside_the_folder_alone(project: Path) -> None:
    other = project.parent / "other"
    other.mkdir()
    (other / "nlu.md").write_text("## intent:a\n- b\n")
    (other / "nlu.yml").write_text(NLU)
    words = [item for name in ("nlu.md", "nlu.yml") for item in ("--data", f"../other/{name}")]
    done = run("-C", project, "data", "convert", "all", *words, "--data", "data", "--out", "../conv")
    assert done.code == 0
    assert (other / "nlu.yml").read_text() == NLU
    names = {path.relative_to(project.parent / "conv").as_posix() for path in project.parent.glob("conv/**/*.yml")}
    assert names == {"nlu.yml", "nlu-yml.yml", "data/nlu.yml", "data/core/stories.yml"}


@pytest.mark.parametrize("given", ["../shared/config.yml", "absolute"])
def test_migrate_takes_no_config_from_elsewhere(project: Path, given: str) -> None:
    shared = project.parent / "shared" / "config.yml"
    shared.parent.mkdir()
    shared.write_text(CONFIG)
    config = str(shared) if given == "absolute" else given
    ran = run("-C", project, "data", "migrate", "--config", config, "--out", "../newd")
    assert ran.code == 2
    assert f"{config} is not in the project" in ran.err
    assert shared.read_text() == CONFIG
    assert not (project.parent / "newd").exists()


def test_migrate_takes_a_config_of_the_project_by_its_whole_path(project: Path) -> None:
    ran = run("-C", project, "data", "migrate", "--config", project / "config.yml", "--out", "../newd")
    assert ran.code == 0
    assert "recipe: default.v1" in (project.parent / "newd" / "config.yml").read_text()


def test_links_that_lead_away_are_told(project: Path) -> None:
    (project / "data" / "away.yml").symlink_to("/etc/hostname")
    for words in (("convert", "all", "--out", "../conv"), ("split", "nlu", "--out", "../halves")):
        ran = run("-C", project, "data", *words)
        assert ran.code == 0
        assert "warning: data/away.yml: this link leads out of the project, and is not followed" in ran.err
    ran = run("-C", project, "data", "migrate", "--out", "../newd")
    assert ran.code == 0
    assert "data/away.yml: this link leads out of the project" in ran.out


def test_show_says_which_importers_it_does_not_ask(project: Path) -> None:
    assert "importer" not in run("-C", project, "data", "show").out
    (project / "config.yml").write_text("importers: [RasaFileImporter, {name: sheets.Sheets}]\n" + CONFIG)
    said = "config.yml:1:31: what importer `sheets:Sheets` gives is not shown: files alone are read here"
    assert said in run("-C", project, "data", "show").out
    ran = run("-C", project, "data", "show", "--json")
    assert said in ran.err
    assert ran.document["domain"]


def test_what_is_migrated_has_nothing_that_its_own_check_warns_of(project: Path) -> None:
    (project / "data" / "stories.md").write_text("## s\n* faq/hours\n  - respond_faq\n")
    assert run("-C", project, "data", "migrate", "--out", "../newd").code == 0
    assert "intent: faq\n" in (project.parent / "newd/data/stories.yml").read_text()


def test_entities_of_an_intent_that_is_named_outright_keep_their_places(project: Path) -> None:
    text = """\
stories:
- story: a
  steps:
  - user: '/inform{"city": "Rome"}'
  - user: '/inform{"city":["Rome","Oslo"],"day":"now"}'
  - intent: inform
    entities: [city: Rome]
"""
    (project / "data/core/stories.yml").write_text(text)
    assert run("-C", project, "data", "convert", "core", "--out", "../conv").code == 0
    shown = [run("-C", project, "data", "show", "--json", "--data", path).document for path in ("data/core", "../conv")]
    assert shown[0] == shown[1]
