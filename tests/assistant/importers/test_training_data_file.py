"""One file of training data: what is read, what is warned of, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.assistant.data.parts import Lookup, NLUPart, ResponsesPart, StoryPart
from graphbuild.assistant.data.stories import FILLED, Checkpoint, Event
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.component import Operation, signature
from graphbuild.contract.source import SourceFile

SAMPLE = Path(__file__).parents[3] / "recipes" / "sample"


def test_one_file_may_hold_all_kinds_of_training_data(training_data) -> None:
    read = training_data("""
        version: "3.1"
        nlu:
        - intent: faq/ask_name
          metadata: {source: survey}
          examples: |
            - your name?
            - who is [Ada](person)?
        - synonym: New York
          examples: |
            - NY
        - regex: zip
          examples: |
            - \\d{5}
        - lookup: fruit
          examples: |
            - apple
            - red pear
        stories:
        - story: one
          steps: [{intent: greet}, {action: utter_greet}]
        rules:
        - rule: two
          steps: [{intent: bye}, {action: utter_bye}]
        responses:
          utter_faq/ask_name:
          - text: I am a bot
    """)
    assert [(e.text, e.intent, e.response_key) for e in read.nlu.examples] == [
        ("your name?", "faq", "faq/ask_name"),
        ("who is Ada?", "faq", "faq/ask_name"),
    ]
    assert [(s.surface, s.value, s.is_implied) for s in read.nlu.synonyms] == [("NY", "New York", False)]
    assert read.nlu.regexes == (("zip", r"\d{5}"),)
    assert read.nlu.lookups == (Lookup("fruit", ("apple", "red pear")),)
    assert [(block.name, block.is_rule) for block in read.stories.blocks] == [("one", False), ("two", True)]
    assert read.responses == ResponsesPart((("utter_faq/ask_name", ({"text": "I am a bot"},)),), ("faq",))
    assert read.warnings.rows == ()


def test_records_say_where_each_thing_stands(training_data) -> None:
    read = training_data("""
        nlu:
        - intent: greet
          examples: |
            - hello there

            - hi
        - synonym: tyre
          examples: |
            - tire
        stories:
        - story: first
          steps:
          - intent: greet
    """)
    places = {text: (port, line) for port, _, line, text in read.records.rows if port != "names"}
    assert places == {
        "intent `greet` of NLU": ("place", 2),
        "example of `greet`: hello there": ("messages", 4),
        "example of `greet`: hi": ("messages", 6),
        "synonym `tyre` of NLU": ("place", 7),
        "synonym of `tyre`: tire": ("synonyms", 9),
        "story `first`": ("graph", 11),
        "intent: greet": ("part", 13),
    }


def test_a_records_key_does_not_depend_on_its_place(training_data) -> None:
    text = "nlu:\n- intent: greet\n  examples: |\n    - hello\nrules:\n- rule: r\n  steps:\n  - intent: greet\n"
    before, after = training_data(text), training_data("# a comment\n\n" + text)
    assert [row[:2] for row in before.records.rows] == [row[:2] for row in after.records.rows]
    assert [row[2] + 2 for row in before.records.rows] == [row[2] for row in after.records.rows]
    assert (before.nlu, before.stories, before.responses) == (after.nlu, after.stories, after.responses)


def test_every_kind_of_step_is_read(training_data) -> None:
    read = training_data("""
        stories:
        - story: all of them
          steps:
          - checkpoint: before
            slot_was_set: [vip: true]
          - intent: /faq/ask_name
            entities: [city, {place: Rome, role: to}]
          - user: "fly to [Rome](city)"
          - user: '/inform{"city": "Rome"}'
          - bot: certainly
          - action: utter_hi
          - action: restart
          - slot_was_set: [name, {kind: a}]
          - active_loop: form
          - active_loop: null
          - or: [{intent: yes}, {intent: "no"}]
          - checkpoint: after
    """)

    def city(start: int, end: int) -> tuple[tuple[str, object], ...]:
        return ("end", end), ("entity", "city"), ("start", start), ("value", "Rome")

    (block,) = read.stories.blocks
    events = [element.events or element.checkpoint for element in block.elements]
    assert events == [
        Checkpoint("before", (("vip", True),)),
        (
            Event(
                "user",
                "faq",
                "faq/ask_name",
                entities=(
                    (("entity", "city"), ("value", "")),
                    (("entity", "place"), ("role", "to"), ("value", "Rome")),
                ),
            ),
        ),
        (Event("user", None, text="fly to Rome", entities=(city(7, 11),)),),
        (Event("user", "inform", entities=(city(7, 23),)),),
        (Event("bot", text="certainly"),),
        (Event("action", "utter_hi"),),
        (Event("event", "restart"),),
        (Event("slot", "name", FILLED),),
        (Event("slot", "kind", "a"),),
        (Event("loop", "form"),),
        (Event("loop", None),),
        (Event("user", "yes"), Event("user", "no")),
        Checkpoint("after"),
    ]
    assert read.warnings.rows == (
        (6, 'intent `/faq/ask_name` is written with a "/"', "write `faq/ask_name`"),
        (6, "a story takes `faq/ask_name` for its intent `faq`", "write `faq`"),
    )


def test_turns_of_tests_keep_their_text_and_their_full_intent(training_data) -> None:
    read = training_data("""
        stories:
        - story: a test
          steps:
          - user: |
              what is [your](who) name?
            intent: chitchat/ask_name
          - user: /chitchat/ask_name
          - intent: "form: inform"
          - action: "form: some_form"
    """)
    who = (("end", 12), ("entity", "who"), ("start", 8), ("value", "your"))
    assert [element.events[0] for element in read.stories.blocks[0].elements] == [
        Event("user", "chitchat", "chitchat/ask_name", text="what is your name?", entities=(who,)),
        Event("user", "chitchat", "chitchat/ask_name"),
        Event("user", "form: inform"),
        Event("action", "form: some_form"),
    ]
    assert read.warnings.rows == ()


def test_a_rule_holds_its_conditions_and_what_it_leaves_open(training_data) -> None:
    read = training_data("""
        rules:
        - rule: conditions first
          condition: [{slot_was_set: [vip: true]}, {active_loop: null}]
          steps: [{intent: bye}]
        - rule: at the start
          conversation_start: true
          wait_for_user_input: false
          steps: [{intent: greet}]
    """)
    first, second = ([element.events[0] for element in block.elements] for block in read.stories.blocks)
    rest = Event("action", "...")
    assert first == [Event("slot", "vip", True), Event("loop", None), rest, Event("user", "bye")]
    assert second == [Event("user", "greet"), rest]


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (
            "nlu:\n- intent: a\n  examples: |\n    - x\n    no dash\n",
            (5, 'an example of intent `a` does not start with "-": no dash', "it is skipped"),
        ),
        ("nlu:\n- intent: a\n", (2, "intent `a` has no examples", None)),
        ("stories:\n- story: s\n  steps: ['...']\n", (3, "a step `...` says nothing; it is skipped", None)),
        (
            "stories:\n- rule: r\n  steps: [{intent: a}]\n",
            (2, "a rule stands under `stories`; it is skipped", "move it to `rules`"),
        ),
        (
            "nlu: []\nstoreis: []\n",
            (2, "training data has no section `storeis`; it is passed over", "did you mean `stories`?"),
        ),
        ("version: 3\n", (1, "version `3` is not of the form 3.1", 'write `version: "3.1"`')),
    ],
)
def test_what_rasa_skips_with_a_warning_is_skipped_here(training_data, text: str, warning: tuple) -> None:
    assert training_data(text).warnings.rows == (warning,)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nlu: {intent: a}\n", 'data.yml:1:6: `nlu` must be a list, not a mapping (begin each element with "- ")'),
        ("nlu: [\n", "data.yml:2:1: this is not YAML: did not find expected node content"),
        ("nlu: []\nnlu: []\n", "data.yml:2:1: key `nlu` is given twice; first: data.yml:1:1 (remove one of them)"),
        ("nlu:\n- intent:\n  examples: |\n    - x\n", "data.yml:2:10: the name of the intent is empty"),
        (
            "nlu:\n- intent: 5\n",
            "data.yml:2:11: the name of the intent must be a text, not a number (put it in quotes)",
        ),
        (
            "nlu:\n- intnt: a\n  examples: |\n    - x\n",
            "data.yml:2:3: an element of `nlu` names no intent, synonym, regex or lookup (did you mean `intent`?)",
        ),
        (
            "nlu:\n- intent: a\n  exmples: |\n    - x\n",
            "data.yml:3:3: an element of `nlu` with `intent` has no key `exmples` (did you mean `examples`?)",
        ),
        (
            "nlu:\n- intent: a\n  examples:\n  - x\n",
            "data.yml:4:5: an example of intent `a` must be a mapping with `text` (write `examples: |` and",
        ),
        ("nlu:\n- intent: a/b/c\n", "data.yml:2:11: intent `a/b/c` must have the form `intent` or `intent/part`"),
        ("stories:\n- steps: []\n", "data.yml:2:3: a story has no name (begin it with `- story: NAME`)"),
        (
            "stories:\n- story: s\n  steps:\n  - acton: a\n",
            "data.yml:4:5: a step has no key `acton` (did you mean `action`?)",
        ),
        (
            "stories:\n- story: s\n  steps:\n  - intent:\n",
            "data.yml:4:5: a step `intent` names no intent (write `- intent: NAME`)",
        ),
        ("stories:\n- story: s\n  steps: {action: a}\n", "data.yml:3:10: `steps` must be a list, not a mapping"),
        ("stories:\n- story: s\n  steps: [{action: 5}]\n", "data.yml:3:20: `action` must be a text, not a number"),
        ("rules:\n- rule: r\n  steps: [{checkpoint: c}]\n", "data.yml:3:11: a rule cannot have a step `checkpoint`"),
        ("responses:\n  utter_a:\n  - hello\n", "data.yml:3:5: a variation of `utter_a` must be a mapping, not a text"),
        ('version: "4.0"\nnlu: []\n', "data.yml:1:10: data of version 4.0 is not known here (the newest is 3.1)"),
    ],
)
def test_what_is_wrong_says_where_and_how_to_mend_it(training_data, problems, text: str, problem: str) -> None:
    (found,) = problems(lambda: training_data(text))
    assert found.startswith(problem)


def test_broken_markup_names_line_and_example(training_data, problems) -> None:
    text = 'nlu:\n- intent: a\n  examples: |\n    - fine\n    - to [NY]{"entity": city}\n'
    (found,) = problems(lambda: training_data(text))
    assert found.startswith('data.yml:5: the annotation {"entity": city} is not JSON')
    assert found.endswith('(an annotation is written [text](type) or [text]{"entity": "type", "value": "..."})')


def test_all_problems_of_a_file_come_at_once_in_its_order(training_data, problems) -> None:
    found = problems(lambda: training_data("rules:\n- rule: 5\n  steps: 7\nnlu:\n- intent:\n"))
    assert [line.split(": ")[0] for line in found] == ["data.yml:2:9", "data.yml:3:10", "data.yml:5:10"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.md", "## intent:greet\n- hi\n"),
        ("DATA.MD", "## intent:greet\n- hi\n"),
        ("data.json", '{"rasa_nlu_data": {"common_examples": [{"text": "hi", "intent": "greet"}]}}'),
        ("data.json", '{"luis_schema_version": "7.0.0", "utterances": [{"text": "hi", "intent": "greet"}]}'),
    ],
)
def test_older_formats_are_told_by_what_they_hold(training_data, name: str, text: str) -> None:
    found = training_data(text, name)
    assert [(one.text, one.intent) for one in found.nlu.examples] == [("hi", "greet")]
    assert found.stories == StoryPart()


def test_markdown_may_hold_stories_or_responses(training_data) -> None:
    (block,) = training_data("## one\n* greet\n  - utter_hi\n", "stories.md").stories.blocks
    assert block.name == "one"
    ((name, _),) = training_data("## faq\n* faq/name\n  - I am a bot\n", "responses.md").responses.responses
    assert name == "utter_faq/name"


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "intents: [greet]\nresponses: {}\n", "language: en\npipeline: []\n"]
)
def test_a_file_without_training_data_gives_empty_parts(training_data, text: str) -> None:
    read = training_data(text)
    assert (read.nlu, read.stories, read.responses) == (NLUPart(), StoryPart(), ResponsesPart())


def test_text_that_is_not_utf8_is_a_problem(tmp_path: Path, problems) -> None:
    path = tmp_path / "latin.yml"
    path.write_bytes(b"nlu: []  # caf\xe9\n")
    (found,) = problems(lambda: TrainingDataFile().apply(SourceFile(path, "latin.yml")))
    assert found == "latin.yml:1: the file is not UTF-8 (save it as UTF-8)"


def test_parts_come_back_from_their_bytes() -> None:
    for path in sorted((SAMPLE / "data").glob("*.yml")):
        for value in TrainingDataFile().apply(SourceFile(path, path.name)).values().values():
            assert type(value).decode(value.encode()) == value


def test_the_signature_gives_one_action_a_file() -> None:
    ports = signature(TrainingDataFile, Operation.APPLY)
    assert ports.source is not None
    assert list(ports.outputs) == ["nlu", "stories", "responses", "records", "warnings"]


def test_metadata_of_intents_and_of_examples_is_kept(training_data) -> None:
    text = """
    nlu:
    - intent: greet
      metadata: {sentiment: neutral}
      examples:
      - text: hi
        metadata: [1, true]
      - text: hello
    - intent: bye
      examples: |
        - bye
    """
    assert [example.metadata for example in training_data(text).nlu.examples] == [
        {"intent": {"sentiment": "neutral"}, "example": [1, True]},
        {"intent": {"sentiment": "neutral"}},
        None,
    ]


def test_a_lookup_table_may_be_in_a_file_of_its_own(training_data) -> None:
    text = """
    nlu:
    - lookup: city
      examples: data/cities.txt
    - lookup: fruit
      examples: |
        - a.b
        - c/d
    """
    assert training_data(text).nlu.lookups == (Lookup("city", (), "data/cities.txt"), Lookup("fruit", ("a.b", "c/d")))


def test_an_example_with_a_line_separator_is_one(training_data) -> None:
    read = training_data("nlu:\n- intent: a\n  examples: |\n    - one\u2028two\n    - three\n")
    assert [one.text for one in read.nlu.examples] == ["one\u2028two", "three"]
    assert [line for _, _, line, text in read.records.rows if text.startswith("example")] == [4, 5]


def test_of_quoted_examples_the_place_of_the_text_is_told(training_data, problems) -> None:
    text = 'nlu:\n- intent: a\n  examples: "- a\\n- b\\n- [bad]{x}"\n'
    (said,) = problems(lambda: training_data(text))
    assert said.startswith("data.yml:3:13: ")


@pytest.mark.parametrize("version", ["[3.1]", "{a: 3.1}"])
def test_a_version_of_another_shape_is_told_in_words(training_data, version: str) -> None:
    ((_, what, _),) = training_data(f"version: {version}\nnlu: []\n").warnings.rows
    assert what.startswith("version which is a ")
    assert "Yaml" not in what
