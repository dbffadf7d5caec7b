from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from graphbuild.assistant.validation import rasa_names
from graphbuild.assistant.validation.codes import CODES
from tests.assistant.validation.projects import write
from tests.cli.command_line import Ran, run
from tests.golden.golden import check

ERROR = {"data/stories.yml": ("action: action_book", "action: action_boko")}
WARNING = {"data/nlu.yml": ("- so long", "- Hello!")}
NOTE = {"data/nlu.yml": ("      - good day\n", "")}
MANY = {
    "domain.yml": ("in {city}!", "in {town}!"),
    "data/stories.yml": (
        "- story: asking\n",
        "- story: other\n    steps:\n      - intent: greet\n      - action: utter_bye\n  - story: asking\n",
    ),
    "data/nlu.yml": (
        '- from [Paris]{"entity": "city", "role": "from"}',
        '- from[Paris]{"entity": "city", "role": "from"}\n      ciao',
    ),
    "data/rules.yml": ("intent: inform", "intent: infrom"),
}
MEMORY_ALONE = """\
graphbuild: 1
extends: core-only
nodes: {ted: null, actions: null, rules: {with: {check_for_contradictions: false}}}
targets: {model: [domain.document, memo], core: [domain.document, memo]}
"""
CONFIG = """\
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: DIETClasifier
  - name: KeywordIntentClassifier
    case_sensitve: false
policies:
  - name: MemoizationPolicy
"""


def validate(project: Path, *more: str | Path) -> Ran:
    return run("-C", project, "validate", *more)


def codes(ran: Ran) -> list[str]:
    return [one["code"] for one in ran.document["findings"]]


def test_a_clean_assistant(tmp_path: Path) -> None:
    ran = validate(write(tmp_path))
    assert (ran.code, ran.out) == (0, "nothing found\n")
    assert run("-C", tmp_path, "-q", "validate").out == ""


def test_the_samples_are_clean(tmp_path: Path) -> None:
    assert run("init", tmp_path / "sample").code == 0
    assert validate(tmp_path / "sample", "--fail-on-warnings").out == "nothing found\n"


class TestExitCodes:
    def test_errors_fail(self, tmp_path: Path) -> None:
        assert validate(write(tmp_path, ERROR)).code == 1

    def test_warnings_fail_where_they_shall(self, tmp_path: Path) -> None:
        assert validate(write(tmp_path, WARNING)).code == 0
        assert validate(tmp_path, "--fail-on-warnings").code == 1

    def test_notes_never_fail(self, tmp_path: Path) -> None:
        ran = validate(write(tmp_path, NOTE), "--fail-on-warnings", "--json")
        assert (ran.code, codes(ran)) == (0, ["GB207"])

    @pytest.mark.parametrize("words", [("--domain", "none.yml"), ("--config", "none.yml"), ("--data", "none")])
    def test_what_is_not_there_is_wrong_usage(self, words: tuple[str, str], tmp_path: Path) -> None:
        ran = validate(write(tmp_path), *words)
        assert ran.code == 2
        assert words[1] in ran.err


def test_the_document(tmp_path: Path) -> None:
    ran = validate(write(tmp_path, ERROR), "--json")
    assert ran.document == {
        "code": 1,
        "findings": [
            {
                "code": "GB301",
                "level": "error",
                "what": "story `booking` names action `action_boko`, which is not in the domain",
                "path": "data/stories.yml",
                "line": 12,
                "column": 17,
                "facts": {},
                "hint": "did you mean `action_book`?",
            }
        ],
        "unchecked": [],
    }


def test_the_screen(tmp_path: Path) -> None:
    check("console/validate.txt", validate(write(tmp_path, MANY)).out)


def test_the_screen_of_a_broken_file(tmp_path: Path) -> None:
    edits = {**WARNING, "data/stories.yml": ("- intent: bye", "- intend: bye")}
    check("console/validate-broken.txt", validate(write(tmp_path, edits)).out)


def test_the_screen_of_a_configuration_that_cannot_be_built(tmp_path: Path) -> None:
    write(tmp_path, {"config.yml": CONFIG}).joinpath("graphbuild.yml").unlink()
    ran = validate(tmp_path)
    assert ran.code == 1
    check("console/validate-config.txt", ran.out)


def test_components_of_rasa_that_are_not_there_are_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa_names, "RASA_COMPONENTS", frozenset({"LaterPolicy"}))
    config = CONFIG.replace("  - name: DIETClasifier\n", "").replace("    case_sensitve: false\n", "")
    config = config.replace("MemoizationPolicy", "LaterPolicy")
    write(tmp_path, {"config.yml": config}).joinpath("graphbuild.yml").unlink()
    ran = validate(tmp_path, "--json")
    # The data is held against the configuration all the same: it has entities, and nothing that learns them.
    assert {"GB642", "GB622", "GB602"} < set(codes(ran))


OLD = """\
language: en
assistant_id: one
pipeline:
- name: ConveRTTokenizer
- name: CountVectorsFeaturizer
- name: intent_classifier_tensorflow_embedding
  num_neg: 5
- name: CRFEntityExtractor
  L1_c: much
- EntitySynonymMapper
policies: [MemoizationPolicy]
"""


def old_words(ran: Ran) -> list[tuple[int, int, str]]:
    found = [one for one in ran.document["findings"] if one["code"] == "GB644"]
    return [(one["line"], one["column"], one["what"]) for one in found]


def test_words_of_an_older_rasa_are_warnings_at_their_places(tmp_path: Path) -> None:
    write(tmp_path, {"config.yml": OLD.replace("- name: CRFEntityExtractor\n  L1_c: much\n", "")})
    (tmp_path / "graphbuild.yml").unlink()
    found = old_words(validate(tmp_path, "--json"))
    assert found == [
        (4, 9, "`ConveRTTokenizer` means `WhitespaceTokenizer`"),
        (
            6,
            9,
            (
                "`intent_classifier_tensorflow_embedding` means `DIETClassifier` with options that make it the same;"
                " `num_neg` means `number_of_negative_examples`"
            ),
        ),
    ]
    assert old_words(validate(tmp_path, "--json")) == found, "kept with the compiled graph"
    (tmp_path / "config.yml").write_text("# Moved.\n" + (tmp_path / "config.yml").read_text())
    assert [line for line, *_ in old_words(validate(tmp_path, "--json"))] == [5, 7]


def test_words_of_an_older_rasa_are_told_beside_errors(tmp_path: Path) -> None:
    write(tmp_path, {"config.yml": OLD}).joinpath("graphbuild.yml").unlink()
    ran = validate(tmp_path, "--json")
    assert [line for line, *_ in old_words(ran)] == [4, 6]
    (wrong,) = [one for one in ran.document["findings"] if one["code"] == "GB641"]
    assert (wrong["line"], wrong["what"]) == (9, "option `L1_c`: expected `float`, got `str`")


def test_convert_is_an_error_that_says_what_to_use(tmp_path: Path) -> None:
    config = OLD.replace("CountVectorsFeaturizer", "ConveRTFeaturizer").replace("L1_c: much", "L1_c: 0.1")
    write(tmp_path, {"config.yml": config}).joinpath("graphbuild.yml").unlink()
    (wrong,) = [one for one in validate(tmp_path, "--json").document["findings"] if one["code"] == "GB641"]
    assert (wrong["level"], wrong["line"]) == ("error", 5)
    assert "SentenceEncoderFeaturizer" in wrong["hint"]


def test_without_a_configuration_the_data_is_checked(tmp_path: Path) -> None:
    write(tmp_path, ERROR).joinpath("graphbuild.yml").unlink()
    assert codes(validate(tmp_path, "--json")) == ["GB301"]


def test_understanding_alone_needs_no_domain(tmp_path: Path) -> None:
    write(tmp_path, {**WARNING, "graphbuild.yml": "graphbuild: 1\nextends: nlu-only\n"}).joinpath("domain.yml").unlink()
    assert codes(validate(tmp_path, "--json")) == ["GB203"]


def test_stories_alone(tmp_path: Path) -> None:
    ran = validate(write(tmp_path, MANY), "stories", "--json")
    assert codes(ran) == ["GB310"]
    assert ran.code == 0
    assert validate(tmp_path, "stories", "--fail-on-warnings").code == 1


def test_a_history_too_short_makes_conflicts(tmp_path: Path) -> None:
    story = "  - story: s{0}\n    steps:\n{1}      - intent: inform\n      - action: {2}\n"
    greet, bye = (f"      - intent: {name}\n      - action: utter_{name}\n" for name in ("greet", "bye"))
    stories = "".join(story.format(n, *one) for n, one in enumerate(((greet, "utter_greet"), (bye, "utter_bye"))))
    write(tmp_path, {"data/more.yml": f"stories:\n{stories}"})
    assert "GB310" not in codes(validate(tmp_path, "--json"))
    assert "GB310" in codes(validate(tmp_path, "--json", "--max-history", "1"))


def test_sarif_that_cannot_be_written(tmp_path: Path) -> None:
    ran = validate(write(tmp_path, MANY), "--sarif", tmp_path / "nowhere" / "found.sarif")
    assert ran.code == 2
    assert ran.err == (
        f"error: cannot write to {tmp_path}/nowhere/found.sarif: No such file or directory\n"
        "  hint: --sarif FILE names another file\n"
    )


def test_sarif_has_the_essential_structure(tmp_path: Path) -> None:
    validate(write(tmp_path, MANY), "--sarif", tmp_path / "found.sarif")
    log = json.loads((tmp_path / "found.sarif").read_text())
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (one_run,) = log["runs"]
    driver = one_run["tool"]["driver"]
    assert driver["name"] == "graphbuild"
    assert [rule["id"] for rule in driver["rules"]] == list(CODES)
    assert {rule["defaultConfiguration"]["level"] for rule in driver["rules"]} == {"error", "warning", "note"}
    assert one_run["results"]
    for result in one_run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        place = result["locations"][0]["physicalLocation"]
        assert (tmp_path / place["artifactLocation"]["uri"]).is_file()
        assert place["region"]["startLine"] >= 1
        assert place["region"].get("startColumn", 1) >= 1


class TestTrain:
    def test_it_counts_the_warnings_in_one_line(self, tmp_path: Path) -> None:
        write(tmp_path, {**WARNING, "graphbuild.yml": MEMORY_ALONE})
        ran = run("-C", tmp_path, "train")
        assert ran.code == 0, ran.err
        assert ran.out.splitlines()[-1] == "1 warning (GB203): graphbuild validate"
        assert "graphbuild validate" not in run("-C", tmp_path, "train").out

    def test_programs_are_told_each_with_its_place(self, tmp_path: Path) -> None:
        write(tmp_path, {**WARNING, "graphbuild.yml": MEMORY_ALONE})
        (found,) = run("-C", tmp_path, "train", "--json").document["warnings"]
        assert (found["code"], found["level"]) == ("GB203", "warning")
        assert (tmp_path / found["path"]).is_file()
        assert found["line"] >= 1
        assert "warnings" not in run("-C", tmp_path, "train", "--json").document

    def test_words_of_an_older_rasa_count_too(self, tmp_path: Path) -> None:
        config = "language: en\npipeline: [tokenizer_whitespace, intent_classifier_keyword]\n"
        write(tmp_path, {"config.yml": config}).joinpath("graphbuild.yml").unlink()
        ran = run("-C", tmp_path, "train", "nlu")
        assert ran.code == 0, ran.err
        assert ran.out.splitlines()[-1] == "2 warnings (GB644): graphbuild validate"

    def test_a_half_without_data_is_left_out(self, tmp_path: Path) -> None:
        config = (
            "language: en\nassistant_id: one\n"
            "pipeline: [{name: WhitespaceTokenizer}, {name: KeywordIntentClassifier}]\n"
            "policies: [{name: MemoizationPolicy}, {name: RulePolicy}]\n"
        )
        write(tmp_path, {"config.yml": config, "data/stories.yml": "", "data/rules.yml": ""})
        (tmp_path / "graphbuild.yml").unlink()
        ran = run("-C", tmp_path, "train")
        assert ran.code == 0, ran.err
        assert "warning: the dialogue half was left out: there are no stories and no rules" in ran.out
        assert "left out" in run("-C", tmp_path, "train").out  # also where nothing had to run
        assert "left out" not in run("-C", tmp_path, "train", "nlu").out
        core = run("-C", tmp_path, "train", "core")
        assert core.code == 2
        assert "there is nothing to train `core` from" in core.err
        (tmp_path / "data" / "nlu.yml").write_text("")
        ran = run("-C", tmp_path, "train")
        assert ran.code == 2
        assert "there is nothing to train from" in ran.err

    def test_so_it_is_where_a_recipe_names_the_nodes(self, tmp_path: Path) -> None:
        recipe = MEMORY_ALONE.replace("{ted: null", "{tokens: {uses: WhitespaceTokenizer}, ted: null")
        write(tmp_path, {"graphbuild.yml": recipe, "data/stories.yml": "", "data/rules.yml": ""})
        assert run("-C", tmp_path, "train", "core").code == 2
        (tmp_path / "data" / "nlu.yml").write_text("")
        assert run("-C", tmp_path, "train").code == 2
        assert {"GB638", "GB639"} <= set(codes(validate(tmp_path, "--json")))
        (tmp_path / "graphbuild.yml").write_text(MEMORY_ALONE)
        assert "GB638" not in codes(validate(tmp_path, "--json"))

    def test_an_error_is_shown_with_its_place_and_code(self, tmp_path: Path) -> None:
        ran = run("-C", write(tmp_path, ERROR), "train", "core")
        assert ran.code == 1
        assert "data/stories.yml:12:17: error[GB301]: story `booking` names action `action_boko`" in ran.err
        assert "to run it alone" not in ran.err

    def test_results_are_used_again(self, tmp_path: Path) -> None:
        validate(write(tmp_path))
        (tmp_path / "data/nlu.yml").write_text("# A remark.\n" + (tmp_path / "data/nlu.yml").read_text())
        ran = run("-C", tmp_path, "build", "checks", "--json")
        # Only the file with the remark is read again.
        assert [one["node"] for one in ran.document["nodes"] if one["decision"] == "run"] == [
            "training_file@data/nlu.yml"
        ]
        assert ran.document["model"] is None


@pytest.mark.parametrize("odd", ["outward link", "link to nothing", "pipe", "device", "name"])
def test_what_cannot_be_read_is_one_finding_of_many(odd: str, tmp_path: Path) -> None:
    path = write(tmp_path, ERROR) / "data" / "odd.yml"
    targets = {"outward link": "/etc/hostname", "link to nothing": "gone.yml", "device": "/dev/zero"}
    if odd in targets:
        path.symlink_to(targets[odd])
    elif odd == "pipe":
        os.mkfifo(path)
    else:
        (tmp_path / "data" / os.fsdecode(b"odd\xff.yml")).write_text("")
    ran = validate(tmp_path, "--json")
    assert (ran.code, codes(ran)) == (1, ["GB001", "GB301"])
    assert "data/odd" in validate(tmp_path).out
    ran = run("-C", tmp_path, "train")
    assert (ran.code, "data/odd" in ran.err) == (2, True)
    path.unlink(missing_ok=True)
    if odd != "name":
        assert codes(validate(tmp_path, "--json")) == ["GB301"]


def test_a_pipe_that_is_imported_is_not_waited_for(tmp_path: Path) -> None:
    (write(tmp_path, {"config.yml": "recipe: default.v1\nimports: [sub]\n"}) / "graphbuild.yml").unlink()
    (tmp_path / "sub").mkdir()
    os.mkfifo(tmp_path / "sub" / "config.yml")
    assert "the imported config cannot be read" in validate(tmp_path).out


def test_an_export_of_dialogflow_is_read_in_the_language_of_the_config(tmp_path: Path) -> None:
    intent = json.dumps({"name": "inform", "responses": [], "fallbackIntent": False})
    files = {
        "config.yml": "language: de\npipeline: [{name: WhitespaceTokenizer}]\n",
        "domain.yml": 'version: "3.1"\nintents: [inform]\n',
        "data/agent.json": '{"language": "en", "supportedLanguages": ["de"]}',
        "data/intents/inform.json": intent,
        "data/intents/inform_usersays_de.json": '[{"data": [{"text": "nach "}, {"text": "Rom", "alias": "city"}]}]',
        "data/intents/inform_usersays_en.json": '[{"data": [{"text": "to Rome"}]}]',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    shown = run("-C", tmp_path, "data", "show", "--json").document
    assert [row["text"] for row in shown["nlu"]] == ["nach Rom"]
    found = validate(tmp_path, "--json").document["findings"]
    places = {one["code"]: one["path"] for one in found if one["code"] in ("GB207", "GB208", "GB401")}
    assert places == dict.fromkeys(("GB207", "GB208", "GB401"), "data/intents/inform.json")
