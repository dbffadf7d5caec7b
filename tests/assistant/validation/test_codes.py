"""Every code is provoked by an edit of a clean assistant or configuration, alone, and at the right place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.domain import Form, Forms, Responses
from graphbuild.assistant.data.nlu_projections import EntityParts, EntityTypes, IntentNames, Lookups, Regexes, Synonyms
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep
from graphbuild.assistant.validation.codes import CODES
from graphbuild.assistant.validation.config import Facts, check_components, check_config
from graphbuild.assistant.validation.conflicts import WAYS_LIMIT
from graphbuild.assistant.validation.nlu import SPANS_TOLD
from graphbuild.project.validation import Validated, validate
from graphbuild.session import BuildRequest
from tests.assistant.validation.projects import write

DOMAIN, NLU, STORIES, RULES = "domain.yml", "data/nlu.yml", "data/stories.yml", "data/rules.yml"
DOCS = Path(__file__).parents[3] / "docs" / "validation.md"

HELP = "  - intent: help\n    examples: |\n      - help\n      - help me\n"
OTHER = "- story: other\n    steps:\n      - intent: greet\n      - action: utter_bye\n  "
WITH_HELP = ("  - bye\n", "  - bye\n  - help\n")
NICE = "\n      - in [Nice](city:Nizza)\n      - at [Nice](city:nice)"
NOWHERE = "      - checkpoint: nowhere\n"
NO_DAYS = "  utter_faq/days: [{text: No.}]\n"
BOOKED = "{action: utter_greet}, {intent: inform}, {checkpoint: booked}"
ROME = Lookups((("city", ("Rome",)),))

RULED = "graphbuild: 1\nextends: rasa-base\nnodes: {rules: {uses: RulePolicy}}\n"
TWO_TURNS = "travel_form\n      - intent: bye\n      - action: utter_bye\n"
NO_LOOP = "travel_form\n  - rule: no loop\n    steps:\n      - intent: bye\n      - action: travel_form  # alone\n"

Edits = Mapping[str, tuple[str, str] | str]
PLACED: list[tuple[str, Edits, str, str]] = [
    # code, edits, file, the text at the place that is named
    ("GB001", {STORIES: ("- intent: bye", "- intend: bye")}, STORIES, "intend: bye"),
    ("GB002", {NLU: ("      - so long\n", "      - so long\n      - ciao\n      ciao ciao\n")}, NLU, "      ciao ciao"),
    ("GB102", {DOMAIN: ("  - bye\n", "  - bye:\n      triggers: action_book\n")}, DOMAIN, "triggers"),
    ("GB103", {DOMAIN: ("required_slots: [city]", "required_slots: [city, day]")}, DOMAIN, "day]"),
    ("GB104", {DOMAIN: ("active_loop: travel_form", "active_loop: travel")}, DOMAIN, "travel\n"),
    ("GB105", {DOMAIN: ("required_slots: [city]", "required_slots: [size]")}, DOMAIN, "travel_form"),
    ("GB106", {DOMAIN: ("entity: city\n", "entity: city\n        intent: informs\n")}, DOMAIN, "informs"),
    ("GB107", {DOMAIN: ("initial_value: small", "initial_value: tiny")}, DOMAIN, "tiny"),
    ("GB201", {NLU: ("intent: bye", "intent: good_bye"), DOMAIN: ("", "")}, NLU, "good_bye"),
    ("GB202", {NLU: ("- so long", "- hello")}, NLU, "hello"),
    ("GB203", {NLU: ("- so long", "- Hello!")}, NLU, "Hello!"),
    ("GB204", {NLU: ("to [Rome]", "to[Rome]")}, NLU, "Rome"),
    ("GB205", {NLU: ("- so long", "- so long\n      - \t")}, NLU, "bye"),
    ("GB206", {DOMAIN: WITH_HELP, RULES: ("intent: inform", "intent: help")}, DOMAIN, "help"),
    ("GB207", {NLU: ("      - good day\n", "")}, NLU, "greet"),
    ("GB208", {NLU: ('from [Paris]{"entity": "city", "role": "from"}', "from there")}, NLU, 'city", "role": "to"'),
    ("GB209", {NLU: ("- so long", f"- so long{NICE}")}, NLU, "Nice](city:nice)"),
    ("GB301", {STORIES: ("action: action_book", "action: action_boko")}, STORIES, "action_boko"),
    ("GB302", {RULES: ("active_loop: travel_form", "active_loop: travel")}, RULES, "travel\n"),
    ("GB303", {STORIES: ("- size: large", "- sise: large")}, STORIES, "sise"),
    ("GB304", {RULES: ("intent: inform", "intent: informs")}, RULES, "informs"),
    ("GB305", {STORIES: ("action: utter_faq", "action: utter_faq\n      - action: utter_help")}, STORIES, "utter_help"),
    ("GB306", {STORIES: ("action: utter_faq", "action: utter_faq\n      - action: faq_form")}, STORIES, "faq_form"),
    ("GB307", {DOMAIN: WITH_HELP, NLU: ("  - intent: bye", f"{HELP}  - intent: bye")}, DOMAIN, "help"),
    ("GB308", {STORIES: ("- size: large", "- size: huge")}, STORIES, "huge"),
    ("GB309", {STORIES: ("- size: large", "- size")}, STORIES, "size\n"),
    ("GB310", {STORIES: ("- story: asking", f"{OTHER}- story: asking")}, STORIES, "utter_greet"),
    (
        "GB311",
        {STORIES: ("      - intent: faq\n", f"{NOWHERE}      - intent: faq\n")},
        STORIES,
        "nowhere",
    ),
    (
        "GB312",
        {STORIES: ("- action: utter_faq\n", f"- action: utter_faq\n{NOWHERE}")},
        STORIES,
        "nowhere",
    ),
    (
        *("GB314", {"graphbuild.yml": RULED, RULES: ("active_loop: travel_form\n", f"active_loop: {TWO_TURNS}")}),
        *(RULES, "utter_bye"),
    ),
    (
        *("GB315", {"graphbuild.yml": RULED, RULES: ("active_loop: travel_form\n", f"active_loop: {NO_LOOP}")}),
        *(RULES, "travel_form  # alone"),
    ),
    ("GB316", {"graphbuild.yml": RULED}, STORIES, "action_book"),
    ("GB401", {NLU: ("- hello", "- hello [Ann](name)\n      - hello [Bob](name)")}, NLU, "name"),
    ("GB402", {DOMAIN: ("entity: city", "entity: town")}, DOMAIN, "town"),
    ("GB403", {NLU: ('"role": "from"', '"role": "via"')}, NLU, "via"),
    ("GB404", {STORIES: ("- city: Rome", "- town: Rome")}, STORIES, "town"),
    ("GB405", {DOMAIN: ("use_entities: [city]", "use_entities: [city, town]")}, DOMAIN, "town"),
    ("GB501", {DOMAIN: ("  utter_ask_city:", "  utter_ask_town:")}, DOMAIN, "utter_ask_town"),
    ("GB502", {DOMAIN: ("in {city}!", "in {town}!")}, DOMAIN, "{town}"),
    ("GB503", {NLU: ("intent: faq/hours", "intent: faq/days")}, NLU, "faq/days"),
    (
        "GB504",
        {DOMAIN: ("  utter_faq/hours:", f"{NO_DAYS}  utter_faq/hours:")},
        DOMAIN,
        "utter_faq/days",
    ),
]
MARKDOWN = "## intent:bye\n- bye [Ann](name)\n- bye [Bob](name)\n\n## lookup:name\n- Ann\n"
MAPPED = """\
      - type: from_intent
        value: 1
        conditions: [{active_loop: travel_form}]
        intent:
        - travel_form
"""
PLACED_BETTER: list[tuple[str, Edits, str, str]] = [
    # A heading of a table that follows is no part of the example before it.
    (
        "GB208",
        {NLU: ("- so long\n", "- so long [Ann](name)\n  - lookup: name\n    examples: |\n      - Ann\n")},
        NLU,
        "name)",
    ),
    ("GB401", {"data/nlu.md": MARKDOWN}, "data/nlu.md", "name)"),
    ("GB201", {"data/nlu.md": MARKDOWN.replace("bye", "leave")}, "data/nlu.md", "leave"),
    # A word stands for what its key says.
    (
        "GB106",
        {
            DOMAIN: (
                "      - type: from_entity\n",
                f"{MAPPED}      - type: from_entity\n",
            )
        },
        DOMAIN,
        "travel_form\n",
    ),
    ("GB303", {STORIES: ("- size: large", "- size: {sise: [1]}\n          - sise: 1")}, STORIES, "sise: 1"),
    (
        "GB309",
        {STORIES: ("- size: large", "- size: large\n      - slot_was_set:\n          - size")},
        STORIES,
        "size\n",
    ),
]
COMPANIONS = {
    # What cannot be provoked without these.
    "GB102": {"GB002"},
    "GB201": {"GB206"},
    "GB503": {"GB504"},
}


def validated(folder: Path, **options: Any) -> Validated:
    return validate(BuildRequest(folder, "graphbuild.yml"), **options)


def test_nothing_is_found_in_a_clean_assistant(tmp_path: Path) -> None:
    assert validated(write(tmp_path)) == Validated((), ())


@pytest.mark.parametrize(("code", "edits", "path", "at"), PLACED, ids=[row[0] for row in PLACED])
def test_a_code_is_provoked_alone_and_at_its_place(code: str, edits: Edits, path: str, at: str, tmp_path: Path) -> None:
    found = validated(write(tmp_path, edits)).findings
    assert {one.code for one in found} - COMPANIONS.get(code, set()) == {code}
    (finding,) = [one for one in found if one.code == code]
    assert finding.level is CODES[code].level
    place = finding.location
    assert place is not None
    assert place.path == path
    text = (tmp_path / path).read_text().splitlines(keepends=True)[place.line - 1]
    assert text[max(place.column, 1) - 1 :].startswith(at), (place, text)
    assert finding.hint


@pytest.mark.parametrize(("code", "edits", "path", "at"), PLACED_BETTER, ids=[row[0] for row in PLACED_BETTER])
def test_a_place_is_not_taken_for_another(code: str, edits: Edits, path: str, at: str, tmp_path: Path) -> None:
    place = next(one.location for one in validated(write(tmp_path, edits)).findings if one.code == code)
    assert place is not None
    assert place.path == path
    text = (tmp_path / path).read_text().splitlines(keepends=True)[place.line - 1]
    assert text[place.column - 1 :].startswith(at), (place, text)


def test_variables_count_where_they_are_filled_in(tmp_path: Path) -> None:
    more = "in {city}!\n      metadata: {a: '{zzz}'}\n      slack: '{zzz}'\n      buttons: [{title: '{town}'}]"
    found = validated(write(tmp_path, {DOMAIN: ("in {city}!", more)})).findings
    assert [(one.code, "{town}" in one.what) for one in found if one.code != "GB002"] == [("GB502", True)]


def test_one_example_with_very_many_entities_gives_few_and_short_findings(tmp_path: Path) -> None:
    marked = "".join(f"x[a{i}](city)" for i in range(5000))
    write(tmp_path, {"data/more.yml": f"nlu:\n- intent: greet\n  examples: |\n    - {marked}\n"})
    wrong = [one for one in validated(tmp_path).findings if one.code == "GB204"]
    assert len(wrong) == SPANS_TOLD
    assert "nor do 4,999 others of this example" in wrong[0].what
    for one in wrong:
        assert one.about is not None
        assert len(one.about.subjects[0]) < 1000
        assert str(one.location).startswith("data/more.yml:4:")


def test_an_empty_domain_is_an_error_and_nothing_else(tmp_path: Path) -> None:
    only_nlu = {DOMAIN: 'version: "3.1"\n', STORIES: 'version: "3.1"\n', RULES: 'version: "3.1"\n'}
    codes = {one.code for one in validated(write(tmp_path, only_nlu)).findings}
    assert "GB101" in codes
    assert CODES["GB101"].level == "error"


def test_too_many_ways_are_told(tmp_path: Path) -> None:
    names = [f"intent_{i}" for i in range(WAYS_LIMIT + 1)]
    stories = "".join(f"  - {{story: s{n}, steps: [{{intent: {n}}}, {BOOKED}]}}\n" for n in names)
    domain = ("  - bye\n", "  - bye\n" + "".join(f"  - {name}\n" for name in names))
    edits = {DOMAIN: domain, "data/more.yml": f"stories:\n{stories}"}
    found = validated(write(tmp_path, edits), only_structure=True).findings
    assert [one.code for one in found] == ["GB313"]
    assert validated(tmp_path, only_structure=True, max_history=1).findings == ()


ROLES = ("city", "city#from")
FACTS = Facts(
    domain=DomainSpace((), ("city",), (), ("action_listen", "action_default_fallback", "utter_greet"), ()),
    forms=Forms(),
    responses=Responses({"utter_greet": [{"text": "hi"}]}),
    stories=StoryGraph((StoryStep((Checkpoint(START),), (), (Event("user", "greet"),), is_rule=True),)),
    entity_types=EntityTypes(("city",)),
    entity_parts=EntityParts(),
    intents=IntentNames(("bye", "faq", "faq/hours", "faq/place", "greet")),
    regexes=Regexes(),
    lookups=Lookups(),
    synonyms=Synonyms(),
)
PIPELINE = [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}, {"name": "DIETClassifier"}]
_MORE = [{"name": "CRFEntityExtractor"}, {"name": "RegexFeaturizer"}]
POLICIES = [{"name": "MemoizationPolicy"}, {"name": "RulePolicy"}]
CONFIG = {"language": "en", "assistant_id": "workshop", "pipeline": PIPELINE, "policies": POLICIES}
STORY = StoryGraph((replace(FACTS.stories.steps[0], is_rule=False),))


def without(items: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    return [one for one in items if one["name"] not in names]


def plus(*names: str, **options: Any) -> dict[str, Any]:
    return {"pipeline": [*PIPELINE, *({"name": name, **options} for name in names)]}


ALONE: dict[str, Any] = {"intents": IntentNames(("greet",))}
CHAT: dict[str, Any] = {"intents": IntentNames(("chat", "chat/name", "faq", "faq/a", "faq/b"))}
FORMS = {"forms": Forms({"f": Form()}), "stories": STORY}
CONFIGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("GB601", {"language": None}, {}),
    ("GB602", {"assistant_id": None}, {}),
    ("GB603", {"assistant_id": "placeholder_default"}, {}),
    ("GB611", plus("rasa.nlu.tokenizers.spacy_tokenizer.SpacyTokenizer"), {}),
    ("GB612", plus("RegexFeaturizer", "LexicalSyntacticFeaturizer", alias="one"), {}),
    ("GB613", {"policies": without(POLICIES, "RulePolicy")}, FORMS),
    ("GB614", {"policies": [{"name": "RulePolicy", "core_fallback_action_name": "action_help"}]}, {}),
    ("GB621", {}, {"responses": Responses({"utter_faq/hours": [{"text": "nine"}]})}),
    ("GB622", {"pipeline": without(PIPELINE, "DIETClassifier")}, {}),
    ("GB623", {"pipeline": [{"name": "MitieEntityExtractor"}]}, {"domain": replace(FACTS.domain, entities=ROLES)}),
    ("GB623", {"pipeline": [{"name": "MitieEntityExtractor"}]}, {"entity_parts": EntityParts(("city#from",))}),
    ("GB624", {}, {"regexes": Regexes((("day", "monday"),))}),
    ("GB625", {}, {"lookups": Lookups((("day", ("monday",)),))}),
    ("GB626", {}, {"synonyms": Synonyms((("NY", "New York"),))}),
    ("GB627", {"policies": without(POLICIES, "RulePolicy")}, {}),
    ("GB628", {}, ALONE),
    ("GB628", {"pipeline": [{"name": "LogisticRegressionClassifier"}, {"name": "CRFEntityExtractor"}]}, ALONE),
    ("GB629", plus("ResponseSelector", retrieval_intent="fqa"), {}),
    ("GB629", plus("ResponseSelector", retrieval_intent="chat"), CHAT),
    ("GB629", plus("ResponseSelector"), {"intents": IntentNames(("chat", "chat/name", "greet"))}),
    ("GB631", plus("CRFEntityExtractor"), {}),
    ("GB632", plus("RegexEntityExtractor"), {"lookups": ROME}),
    ("GB633", {"policies": without(POLICIES, "RulePolicy")}, {"stories": STORY}),
    ("GB634", {"policies": [*POLICIES, {"name": "TEDPolicy", "priority": 3}]}, {}),
    ("GB635", {}, {"stories": STORY}),
    ("GB636", {"policies": []}, {}),
    ("GB637", {"pipeline": [{"name": "RegexFeaturizer"}, {"name": "CRFEntityExtractor"}]}, {"lookups": ROME}),
    ("GB638", {}, {"intents": IntentNames(()), "entity_types": EntityTypes(())}),
    ("GB639", {}, {"stories": StoryGraph(())}),
]


def test_nothing_is_found_in_a_clean_configuration() -> None:
    assert list(check_config(CONFIG, FACTS)) == []
    selectors = [{"name": "ResponseSelector"}, {"name": "ResponseSelector", "retrieval_intent": "faq"}]
    assert list(check_config({**CONFIG, "pipeline": [*PIPELINE, *selectors]}, FACTS)) == []
    keeps_entities = [{"name": "DIETClassifier", "intent_classification": False}]
    assert list(check_config({**CONFIG, "pipeline": keeps_entities}, replace(FACTS, **ALONE))) == []
    without_responses = replace(FACTS, intents=IntentNames(("bye", "greet")))
    assert list(check_config({**CONFIG, **plus("ResponseSelector")}, without_responses)) == []


def test_texts_in_stories_are_examples() -> None:
    said = StoryStep((Checkpoint(START),), (), (Event("user", text="hello"), Event("action", "utter_greet")), False)
    bare = replace(FACTS, intents=IntentNames(()), entity_types=EntityTypes(()), stories=StoryGraph((said,)))
    assert "GB638" not in {one.code for one in check_config(CONFIG, bare)}


@pytest.mark.parametrize(
    ("uses", "codes"),
    [
        (["DIETClassifier", "TEDPolicy@1"], ["GB638", "GB639"]),
        (["mine.parts:OwnTokenizer", "CountVectorsFeaturizer"], ["GB638"]),
        (["MaxHistoryTrackerFeaturizer", "mine.parts:OwnPolicy", "PolicyEnsemble"], ["GB639"]),
        (["DomainFile", "NLUCheck", "TrackerGenerator"], []),
    ],
)
def test_a_recipe_that_trains_without_data_is_found(uses: list[str], codes: list[str]) -> None:
    bare = replace(FACTS, intents=IntentNames(()), entity_types=EntityTypes(()), stories=StoryGraph(()))
    assert [one.code for one in check_components(uses, bare)] == codes
    assert list(check_components(uses, FACTS)) == []


def test_what_has_nothing_to_learn_is_named() -> None:
    (alone,) = check_config(CONFIG, replace(FACTS, **ALONE))
    assert alone.what == "`greet` is the only intent of the examples: `DIETClassifier` learns none"
    (missing,) = check_config({**CONFIG, **plus("ResponseSelector", retrieval_intent="fqa")}, FACTS)
    assert (missing.word, missing.hint) == ("fqa", "did you mean `faq`?")
    (single,) = check_config({**CONFIG, **plus("ResponseSelector", retrieval_intent="chat")}, replace(FACTS, **CHAT))
    assert single.what == "`chat/name` is the only response that `ResponseSelector` is to learn: it learns none"


@pytest.mark.parametrize(
    ("code", "config", "facts"), CONFIGS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_code_of_the_configuration(code: str, config: dict[str, Any], facts: dict[str, Any]) -> None:
    found = list(check_config({**CONFIG, **config}, replace(FACTS, **facts)))
    companions = {"GB633"} if code == "GB613" else set()
    assert {one.code for one in found} - companions == {code}


_ODD = ([], [1], [[1], {}], {"a": []}, "x", 3, None, True)


@pytest.mark.parametrize("odd", _ODD, ids=map(str, _ODD))
def test_no_option_of_a_wrong_shape_brings_the_check_down(odd: object) -> None:
    options = ("features", "priority", "alias", "entity_recognition", "use_regexes", "core_fallback_action_name")
    config = {
        "language": odd,
        "assistant_id": odd,
        "pipeline": [{"name": one["name"], **dict.fromkeys(options, odd)} for one in [*PIPELINE, *_MORE]],
        "policies": [*({"name": one["name"], **dict.fromkeys(options, odd)} for one in POLICIES), odd],
    }
    list(check_config(config, replace(FACTS, lookups=ROME)))


def test_a_check_that_breaks_off_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise TypeError("not iterable")

    monkeypatch.setattr("graphbuild.assistant.validation.domain.check_domain", broken)
    done = validated(write(tmp_path, {STORIES: ("action: action_book", "action: action_boko")}))
    assert [one.code for one in done.findings] == ["GB003", "GB301"]
    assert dict(done.findings[0].facts)["said"] == "TypeError: not iterable"
    assert (done.unchecked, done.code()) == (("check_domain",), 1)


def test_a_half_that_is_not_trained_is_not_checked() -> None:
    assert list(check_config({**CONFIG, "pipeline": None, "policies": None}, FACTS)) == []


def test_every_code_is_provoked_here() -> None:
    elsewhere = {"GB003", "GB101", "GB313", "GB641", "GB642", "GB643", "GB644"}
    assert {row[0] for row in (*PLACED, *CONFIGS)} | elsewhere == set(CODES)


def test_every_code_is_documented_with_its_level_and_title() -> None:
    text = DOCS.read_text("utf-8")
    documented = re.findall(r"^### (GB\d+)$", text, flags=re.MULTILINE)
    assert documented == list(CODES)
    for one in CODES.values():
        assert f"### {one.code}\n\n*{one.level.value.capitalize()}.* {one.title}.\n" in text, one.code
