"""One domain file: what is read and what is refused."""

from __future__ import annotations

import pytest

from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry


def test_every_section_is_read(domain) -> None:
    read = domain("""
        version: "3.1"
        intents: [greet, {inform: {use_entities: [city]}}, {why: {use_entities: false, ignore_entities: [name]}}]
        entities: [name, {city: {roles: [from, to], groups: ["1"], influence_conversation: false}}]
        slots:
          city: {type: text, mappings: [{type: from_entity, entity: city}]}
        responses:
          utter_greet: [{text: hi}, {custom: {card: 1}}]
        actions: [action_a, {action_b: {send_domain: true}}]
        forms: {form: {required_slots: [city], ignored_intents: why}, other: }
        e2e_actions: [well then]
        session_config: {session_expiration_time: 30}
        config: {store_entities_as_slots: false}
    """)
    assert read.part == DomainPart(
        intents=(IntentEntry("greet"), IntentEntry("inform", ("city",)), IntentEntry("why", (), ("name",))),
        entities=(EntityEntry("name"), EntityEntry("city", ("from", "to"), ("1",), influences=False)),
        slots=(("city", {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]}),),
        responses=(("utter_greet", ({"text": "hi"}, {"custom": {"card": 1}})),),
        actions=(("action_a", False), ("action_b", True)),
        forms=(
            ("form", {"required_slots": ["city"], "ignored_intents": ["why"]}),
            ("other", {"required_slots": [], "ignored_intents": []}),
        ),
        e2e_actions=("well then",),
        session={"session_expiration_time": 30},
        config={"store_entities_as_slots": False},
    )
    assert read.warnings.rows == ()
    assert type(read.part).decode(read.part.encode()) == read.part


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("intents: [a, b, a]\n", "1:17: intent `a` is given twice (the first is on line 1; remove one of them)"),
        ("intents:\n- a:\n", "2:3: intent `a` ends in a colon but has no options (write `- a`)"),
        ("slots: {s: {}}\n", "1:12: slot `s` has no type (such as `type: text`)"),
        ("slots: {s: {type: txt}}\n", "1:19: slot `s` has the unknown type `txt` (did you mean `text`?)"),
        (
            "slots: {s: {type: any, influence_conversation: true}}\n",
            "1:48: slot `s` of type `any` cannot influence the conversation (give it another type)",
        ),
        (
            "slots: {s: {type: text, mappings: [{type: from_entiy}]}}\n",
            "1:43: slot `s` has a mapping of the unknown type `from_entiy` (did you mean `from_entity`?)",
        ),
        (
            "slots: {s: {type: text, mappings: [{type: from_text, conditions: [form]}]}}\n",
            "1:67: a condition of a mapping of slot `s` must be a mapping, not a text (such as `- active_loop: FORM`)",
        ),
        (
            "slots: {s: {type: float, initial_value: .nan}}\n",
            "1:41: a number must be finite here (put it in quotes if it is meant as a text)",
        ),
        ("responses: {utter_a: [{txt: hi}]}\n", "1:23: a variation of `utter_a` has neither `text` nor `custom` (did"),
        ("forms: [f, g, f]\n", "1:15: form `f` is given twice (the first is on line 1; remove one of them)"),
        ("actions: [{action_b: {send_domain: 1}}]\n", "1:36: `send_domain` must be true or false, not a number"),
    ],
)
def test_what_is_wrong_says_where_and_how_to_mend_it(domain, problems, text: str, problem: str) -> None:
    (found,) = problems(lambda: domain(text))
    assert found.startswith(f"domain.yml:{problem}")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("pipes: []\n", "no section of a domain is in this file"),
        ("intents: []\nentites: []\n", "a domain has no section `entites`; it is passed over"),
        ("slots: {s: {type: categorical, mappings: []}}\n", "categorical slot `s` has no values"),
    ],
)
def test_what_is_odd_is_a_warning(domain, text: str, what: str) -> None:
    assert [row[1] for row in domain(text).warnings.rows] == [what]


def test_an_edited_response_is_a_record_of_the_responses_only(domain) -> None:
    def keys(text: str) -> set[tuple[str, str]]:
        return {row[:2] for row in domain(f"responses: {{utter_a: [{{text: {text}}}]}}\n").records.rows}

    assert {port for port, _ in keys("hi") ^ keys("ho")} == {"responses"}
