"""Domains of Rasa 1 and 2: what they mean in Rasa 3, what is said of them, and that no domain whatever crashes us."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.domain import DEFAULT_ACTIONS
from graphbuild.assistant.data.domain_merge import MergedDomain, action_labels, document_of, merge_domain, slots_of
from graphbuild.assistant.data.parts import DomainPart, IntentEntry
from graphbuild.assistant.data.readers.domain_yaml import read_domain
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.importers.domain import Domain
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.errors import DataError

HINT = "it is read as Rasa 3 means it; `graphbuild data migrate` writes it so"


def read(text: str) -> tuple[DomainPart, tuple[tuple[int, str, str | None], ...]]:
    reading = Reading("domain.yml")
    tree, problems = parse_yaml(dedent(text), "domain.yml")
    assert problems == []
    part = read_domain(tree, reading)
    return part, reading.finish()[1].rows


def merged(*texts: str) -> MergedDomain:
    return merge_domain([read(text)[0] for text in texts], [])


RASA_1 = """
    %YAML 1.1
    ---
    action_factory: null
    intents: [greet, {affirm: {triggers: utter_yes}}]
    entities: [city, name]
    slots:
      city: {type: unfeaturized, influence_conversation: true, auto_fill: false}
      name: {type: text}
      other: {type: bool, value_reset_delay: 5}
      requested_slot: {type: unfeaturized}
    templates:
      utter_hi:
      - hey there!
      - text: hello {name}
        buttons: [{title: yes, payload: /affirm}]
      utter_yes:
      - text: "yes"
    actions: [utter_hi, action_a, bot.ActionB]
    forms: [name_form]
"""


def test_a_domain_of_rasa_1_means_one_of_rasa_3() -> None:
    domain = merged(RASA_1)
    assert domain.slots == {
        "city": {"type": "any", "mappings": [{"type": "custom"}]},
        "name": {"type": "text", "mappings": [{"type": "from_entity", "entity": "name"}]},
        "other": {"type": "bool", "value_reset_delay": 5, "mappings": [{"type": "custom"}]},
        "requested_slot": {"type": "any", "mappings": [{"type": "custom"}]},
    }
    assert domain.responses["utter_hi"][0] == {"text": "hey there!"}
    assert domain.responses["utter_hi"][1]["buttons"] == [{"title": "yes", "payload": "/affirm"}]
    assert domain.forms == {"name_form": {"required_slots": [], "ignored_intents": []}}
    # Its form is run by the action server: an action of the form's name takes the place of the form's own.
    assert list(domain.actions) == ["action_a", "bot.ActionB", "name_form", "utter_hi"]
    assert domain.intents["affirm"] == IntentEntry("affirm", triggers="utter_yes")
    assert document_of(domain)["intents"] == [{"affirm": {"triggers": "utter_yes"}}, "greet"]


def test_one_notice_names_the_first_sign() -> None:
    part, warnings = read(RASA_1)
    assert part.is_legacy
    assert warnings == ((4, "this is a domain of Rasa 1 or 2: a section `action_factory`", HINT),)


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("templates: {}\n", "a section `templates`"),
        ("forms: [f]\n", "a list of forms"),
        ("intents: [{a: {triggers: action_a}}]\n", "intent `a` triggers an action"),
        ("slots: {s: {type: text}}\n", "slot `s` has no mappings"),
        ("slots: {s: {type: unfeaturized}}\n", "slot `s` is of type `unfeaturized`"),
        ("slots: {s: {type: text, auto_fill: true}}\n", "slot `s` has `auto_fill`"),
        ("forms: {f: {s: [{type: from_text}]}}\n", "form `f` has the mappings of its slots"),
        ("forms: {f: {required_slots: {s: []}}}\n", "form `f` has the mappings of its slots"),
    ],
)
def test_every_sign_is_seen(text: str, sign: str) -> None:
    part, (row,) = read(text)
    assert part.is_legacy
    assert row == (1, f"this is a domain of Rasa 1 or 2: {sign}", HINT)


@pytest.mark.parametrize(
    "text",
    [
        'version: "2.0"\nintents: [a]\n',
        "slots: {s: {type: text, mappings: [{type: custom}]}}\n",
        "forms: {f: , g: {}, h: {required_slots: []}, i: {required_slots: {}}, j: {ignored_intents: a}}\n",
    ],
)
def test_a_domain_that_rasa_3_reads_is_none_of_rasa_2(text: str) -> None:
    assert read(text)[1] == ()
    assert not read(text)[0].is_legacy


FORMS_OF_RASA_2 = """
    version: "2.0"
    entities: [{city: {roles: [from, to]}}, kind]
    slots:
      city: {type: text}
      kind: {type: any, influence_conversation: false, auto_fill: false}
    forms:
      old:
        city:
        - type: from_entity
          entity: city
          role: to
        - {type: from_text, intent: inform}
      new:
        ignored_intents: chitchat
        required_slots:
          kind: [{type: from_intent, intent: affirm, value: true}, {type: from_trigger_intent, value: 1}]
          city: [{type: from_entity, entity: city, role: to}]
"""


def test_mappings_of_forms_move_to_their_slots() -> None:
    domain = merged(FORMS_OF_RASA_2)
    both = [{"active_loop": "new"}, {"active_loop": "old"}]
    asked = {"active_loop": "old", "requested_slot": "city"}
    assert domain.slots["city"]["mappings"] == [
        {"type": "from_entity", "entity": "city", "role": "to", "conditions": both},
        {"type": "from_text", "intent": "inform", "conditions": [asked]},
        {"type": "from_entity", "entity": "city"},
        {"type": "from_entity", "entity": "city", "role": "from"},
        {"type": "from_entity", "entity": "city", "role": "to"},
    ]
    asked = {"active_loop": "new", "requested_slot": "kind"}
    assert domain.slots["kind"]["mappings"] == [
        {"type": "from_intent", "intent": "affirm", "value": True, "conditions": [asked]},
        {"type": "from_trigger_intent", "value": 1, "conditions": [{"active_loop": "new"}]},
    ]
    assert domain.forms == {
        "new": {"required_slots": ["kind", "city"], "ignored_intents": ["chitchat"]},
        "old": {"required_slots": ["city"], "ignored_intents": []},
    }


def test_a_form_and_its_slots_may_stand_in_two_files() -> None:
    whole = read(FORMS_OF_RASA_2)[0]
    pieces = [DomainPart(forms=whole.forms), DomainPart(slots=whole.slots), DomainPart(entities=whole.entities)]
    assert merge_domain(pieces, []) == merge_domain([whole], [])


def test_what_is_written_as_rasa_3_reads_as_the_same() -> None:
    for text in (RASA_1, FORMS_OF_RASA_2):
        once = merged(text)
        again, warnings = read(json.dumps(document_of(once)))
        assert merge_domain([again], []) == once
        assert [row for row in warnings if "triggers" not in row[1]] == []


def test_entities_fill_no_slot_where_the_configuration_says_so() -> None:
    domain = merged("entities: [city]\nslots: {city: {type: text}}\nconfig: {store_entities_as_slots: false}\n")
    assert domain.slots["city"]["mappings"] == [{"type": "custom"}]


def test_a_slot_of_rasa_3_keeps_its_mappings() -> None:
    domain = merged("entities: [city]\nslots: {city: {type: text, mappings: [{type: from_text}]}}\n")
    assert domain.slots == {"city": {"type": "text", "mappings": [{"type": "from_text"}]}}


def test_plain_texts_are_variations_in_rasa_1_only() -> None:
    assert merged("responses: {utter_a: [hi]}\nforms: [f]\n").responses == {"utter_a": ({"text": "hi"},)}
    for text in ("responses: {utter_a: [hi]}\n", 'version: "2.0"\nresponses: {utter_a: [hi]}\nforms: [f]\n'):
        with pytest.raises(DataError, match="a variation of `utter_a` must be a mapping, not a text"):
            read(text)


def test_a_knowledge_base_brings_its_slots() -> None:
    domain = merged("actions: [action_query_knowledge_base]\nslots: {}\n")
    names = ["knowledge_base_last_object", "knowledge_base_last_object_type", "knowledge_base_listed_objects"]
    found = slots_of(domain).slots
    assert list(found) == [*names, "session_started_metadata"]
    assert {(found[name].type, found[name].influences) for name in names} == {("text", False)}
    assert action_labels(domain) == (*DEFAULT_ACTIONS, "action_query_knowledge_base")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "forms: {f: {requird_slots: [a]}}\n",
            "1:13: form `f` has no key `requird_slots` (did you mean `required_slots`?)",
        ),
        (
            "forms: {f: {s: [{type: from_txt}]}}\n",
            "1:24: slot `s` of form `f` has a mapping of the unknown type `from_txt`",
        ),
        (
            "forms: {f: {s: [{type: from_intent}]}}\n",
            "1:17: a mapping of slot `s` of form `f` of type `from_intent` has no",
        ),
        ("forms: [[f]]\n", "1:9: the name of a form must be a text, not a list"),
        ("forms: [{f: 5}]\n", "1:13: form `f` must be a mapping, not a number"),
        (
            "slots: {s: {type: text, mappings: [from_text]}}\n",
            "1:36: a mapping of slot `s` must be a mapping, not a text",
        ),
        (
            "slots: {s: {type: float, max_value: 0, mappings: []}}\n",
            "1:12: slot `s` has an empty range: 0.0 to 0 (`min_value` must be less than `max_value`",
        ),
        ("responses: {utter_a: [{text: a, condition: [b]}]}\n", "1:45: a condition of `utter_a` must be a mapping"),
        (
            "responses: {utter_a: [{text: a, condition: [{type: slot}]}]}\n",
            "1:45: a condition of `utter_a` has no `name` (write `- {type: slot, name: SLOT, value: VALUE}`)",
        ),
        (
            "responses: {utter_a: [{text: a, id: x}, {text: b, id: x}]}\n",
            "1:55: the response id `x` is given twice (the first is on line 1; every id must be unique)",
        ),
        (
            "session_config: {session_expiration_time: soon}\n",
            "1:43: `session_expiration_time` must be a number of minutes, not a text",
        ),
        (
            "config: {store_entities_as_slots: 1}\n",
            "1:35: `store_entities_as_slots` must be true or false, not a number",
        ),
    ],
)
def test_what_is_wrong_says_where_and_how_to_mend_it(text: str, problem: str) -> None:
    with pytest.raises(DataError) as error:
        read(text)
    (found,) = str(error.value).splitlines()
    assert found.startswith(f"domain.yml:{problem}")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("responses: {utter_a: }\n", "response `utter_a` says nothing"),
        ("responses: {utter_a: [{text: a, imag: b}]}\n", "a variation of `utter_a` has the unknown key `imag`"),
        (
            "responses: {utter_a: [{text: a, condition: [{type: s, name: b, value: 1}]}]}\n",
            "a condition of `utter_a` is of the unknown type `s`",
        ),
        ("session_config: {session_expire: 1}\n", "`session_config` has the unknown setting `session_expire`"),
    ],
)
def test_what_is_odd_is_a_warning(text: str, what: str) -> None:
    assert [row[1] for row in read(text)[1]] == [what]


def test_a_class_of_ones_own_takes_any_key() -> None:
    text = "slots: {s: {type: bot.Weekday, first: monday, values: 7, min_value: low, mappings: [{type: custom}]}}\n"
    assert read(text)[1] == ()
    assert slots_of(merged(text)).slots["s"].type == "bot.Weekday"


WORDS = (
    *("intents", "entities", "slots", "responses", "templates", "actions", "forms", "e2e_actions", "session_config"),
    *("config", "version", "type", "mappings", "conditions", "active_loop", "required_slots", "ignored_intents"),
    *(
        "text",
        "custom",
        "condition",
        "name",
        "value",
        "id",
        "triggers",
        "use_entities",
        "roles",
        "influence_conversation",
    ),
    *("auto_fill", "values", "min_value", "max_value", "entity", "intent", "send_domain", "session_expiration_time"),
    *("from_entity", "from_intent", "from_text", "categorical", "float", "unfeaturized", "any", "a", "utter_a", "3.1"),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.floats(), st.sampled_from(WORDS), st.text(max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)
SECTIONS = st.dictionaries(st.sampled_from(WORDS[:11]), VALUES, max_size=5)
ENTRIES = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=4)
DOMAINS = SECTIONS | st.dictionaries(st.sampled_from(WORDS[:11]), ENTRIES | st.lists(VALUES, max_size=3), max_size=4)


def as_yaml(value: Any) -> str:
    return json.dumps(value).replace("-Infinity", "-.inf").replace("Infinity", ".inf").replace("NaN", ".nan")


@given(DOMAINS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_domain_is_read_or_refused(tmp_path: Path, domain: dict[str, Any]) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(as_yaml(domain))
    reading = Reading("domain.yml")
    with contextlib.suppress(DataError):
        part = read_domain(reading.open(SourceFile(path, "domain.yml")), reading)
        reading.finish()
        assert type(part).decode(part.encode()) == part
        for value in Domain().apply([part], []).values().values():
            assert type(value).decode(value.encode()) == value
