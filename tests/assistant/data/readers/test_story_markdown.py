"""Stories in Markdown: every way to write a line, what is passed over, what is refused and where."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.story_markdown import read_story_markdown
from graphbuild.assistant.data.stories import Checkpoint, Event
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError


def read(text: str, *, is_test: bool = False) -> tuple[StoryPart, tuple[tuple[int, str, str | None], ...]]:
    reading = Reading("stories.md")
    part = read_story_markdown(text, reading, {"city": "Rome"}, is_test=is_test)
    return part, reading.finish()[1].rows


def told(text: str, *, is_test: bool = False) -> list[object]:
    """What happens in the only story: events, choices of events, checkpoints."""
    part, warnings = read(f"## s\n{text}", is_test=is_test)
    assert warnings == ()
    (block,) = part.blocks
    return [one.checkpoint or (one.events[0] if len(one.events) == 1 else one.events) for one in block.elements]


def entity(start: int, end: int, **facts: object) -> tuple[tuple[str, object], ...]:
    return tuple(sorted({"start": start, "end": end, **facts}.items()))


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("* greet", Event("user", "greet")),
        ("*greet", Event("user", "greet")),
        ("* /greet", Event("user", "greet")),
        ("* greet@0.8", Event("user", "greet")),
        ("* opinion+positive  <!-- why not -->", Event("user", "opinion+positive")),
        (
            '* inform{"city": "Rome", "n": [1, 2]}',
            Event(
                "user",
                "inform",
                entities=(
                    entity(6, 35, entity="city", value="Rome"),
                    *(entity(6, 35, entity="n", value=n) for n in (1, 2)),
                ),
            ),
        ),
        ('* inform{"city": "`city`"}', Event("user", "inform", entities=(entity(6, 22, entity="city", value="Rome"),))),
        ("    - utter_greet", Event("action", "utter_greet")),
        ("- action_listen", Event("action", "action_listen")),
        ('- action{"name": "utter_hi"}', Event("action", "utter_hi")),
        ("- action_deactivate_form", Event("action", "action_deactivate_loop")),
        ('- utter_hi{"confidence": 0.5}', Event("action", "utter_hi")),
        ('- slot{"tags": ["a", {"b": 1.5}]}', Event("slot", "tags", ["a", {"b": 1.5}])),
        ('- slot{"name": null}', Event("slot", "name")),
        ('- form{"name": "f"}', Event("loop", "f")),
        ('- active_loop{"name": null}', Event("loop", None)),
        ("- restart", Event("event", "restart")),
        ('- followup{"name": "action_x"}', Event("event", "followup", {"name": "action_x"})),
        ("> checked", Checkpoint("checked")),
        ('> checked{"vip": true}', Checkpoint("checked", (("vip", True),))),
        ("* yes OR no", (Event("user", "yes"), Event("user", "no"))),
        ("* grüße_😀", Event("user", "grüße_😀")),
    ],
)
def test_every_kind_of_line_is_read(line: str, event: object) -> None:
    assert told(line) == [event]


def test_one_slot_event_may_set_several_slots() -> None:
    assert told('- slot{"a": 1, "b": null}') == [Event("slot", "a", 1), Event("slot", "b")]


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("* greet: hi there", Event("user", "greet", text="hi there")),
        (
            "* inform: [afghan](cuisine) food",
            Event("user", "inform", text="afghan food", entities=(entity(0, 6, entity="cuisine", value="afghan"),)),
        ),
        ('* inform{"a": 1}: some', Event("user", "inform", text="some")),
        ("* faq/name: who?", Event("user", "faq", "faq/name", text="who?")),
        ("* goodbye:/goodbye", Event("user", "goodbye")),
        (
            '* inform: /inform{"a": "b"}',
            Event("user", "inform", entities=(entity(7, 17, entity="a", value="b"),)),
        ),
        ("* drink: tea OR coffee", Event("user", "drink", text="tea OR coffee")),
        ("* a: x OR b: y", (Event("user", "a", text="x"), Event("user", "b", text="y"))),
    ],
)
def test_turns_of_tests_have_a_text(line: str, event: object) -> None:
    assert told(line) == [event]


def test_a_colon_is_part_of_an_intent_but_in_a_test() -> None:
    assert told("* core:greet") == [Event("user", "core:greet")]
    assert told("* core:greet", is_test=True) == [Event("user", "core", text="greet")]


def test_what_a_form_wrote_is_left_out() -> None:
    text = '* form: inform{"a": "b"}\n- form: some_form\n* form: /inform{"a": "b"} <!-- ignored -->\n- utter_a\n'
    assert told(text) == [Event("action", "utter_a")]


def test_stories_and_rules_have_heads_of_their_own() -> None:
    text = "# A file of stories\n\n## first\n* a\n#### second\n* b\n>> a rule\n- ...\n* c\n## empty\n"
    blocks = read(text)[0].blocks
    assert [(block.name, block.is_rule, len(block.elements)) for block in blocks] == [
        ("first", False, 1),
        ("second", False, 1),
        ("a rule", True, 2),
    ]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "bom.md").write_bytes(b"\xef\xbb\xbf## s\n* a\n")
    (tmp_path / "latin.md").write_bytes(b"## caf\xe9\n")
    reading = Reading("x.md")
    assert reading.text_of(SourceFile(tmp_path / "bom.md", "bom.md")) == "## s\n* a\n"
    assert reading.text_of(SourceFile(tmp_path / "latin.md", "latin.md")) is None
    with pytest.raises(DataError, match="the file is not UTF-8"):
        reading.finish()


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_comments_span_them(ends: str) -> None:
    text = "## one\n<!-- * not_this\n- nor_this -->\n* greet <!-- here too\nand here --> \n\n - utter_hi\nwhat?\n"
    part, warnings = read(text.replace("\n", ends))
    assert [element.events[0].name for element in part.blocks[0].elements] == ["greet", "utter_hi"]
    assert warnings == ((8, "this line is passed over: what?", "a line begins with ##, *, - or >"),)


def test_records_say_where_stories_begin() -> None:
    reading = Reading("stories.md")
    read_story_markdown("\n## one\n* a\n\n  ## two\n* b\n", reading)
    rows = reading.finish()[0].rows
    assert [(key, line, text) for port, key, line, text in rows if port == "part"] == [
        ("story `one`", 3, "* a"),
        ("story `two`", 6, "* b"),
    ]
    assert [(port, line, text) for port, _, line, text in rows if port != "part"] == [
        (port, line, text) for line, text in ((2, "story `one`"), (5, "story `two`")) for port in ("graph", "names")
    ]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("## s\n* a\n* faq/name\n", (3, "a story takes `faq/name` for its intent `faq`", "write `faq`")),
        ('## s\n* a\n> c{"x": 1}\n', (3, "conditions of checkpoint `c` count at the start of a story only", None)),
        (
            "## s\n* a\n<!-- * b\n",
            (3, "a comment is not closed; the rest of the file is passed over", "close it with `-->`"),
        ),
    ],
)
def test_what_is_odd_is_a_warning(text: str, row: tuple[int, str, str]) -> None:
    assert read(text)[1] == (row,)


def test_entities_that_are_no_json_are_passed_over() -> None:
    part, (row,) = read("## s\n* inform{city: Rome}\n")
    assert part.blocks[0].elements[0].events == (Event("user", "inform"),)
    assert (row[0], row[1][:58]) == (2, "what follows intent `inform` is not a JSON object, and pas")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("* greet\n", "1:1: this stands before the first story (begin a story with a line `## NAME`)"),
        ("## s\n*\n", "2:1: this user turn names no intent (write * intent, or"),
        ("## s\n\n  - slot{name: x}\n", "3:3: what follows `slot` is not a JSON object: Expecting property name"),
        ("## s\n- slot{}\n", '2:1: an event `slot` names no slot (write slot{"name": "value"})'),
        ("## s\n- form{}\n", '2:1: an event `form` names no form (write form{"name": "some_form"})'),
        ('## s\n- active_loop{"name": 5}\n', "2:1: an event `active_loop` names no form"),
        ("## s\n-\n", "2:1: this line names nothing"),
        ("## s\n- utter_`citi`\n", "2:1: the variable `citi` has no value here (did you mean `city`?)"),
        ('## s\n* a: [b]{"x": "y"}\n', '2:1: the annotation {"x": "y"} has no "entity", in: [b]{"x": "y"}'),
    ],
)
def test_what_is_wrong_says_where_and_how_to_mend_it(text: str, problem: str) -> None:
    with pytest.raises(DataError) as error:
        read(text)
    (found,) = str(error.value).splitlines()
    assert found.startswith(f"stories.md:{problem}")


@pytest.mark.parametrize("words", ["* a" + " " * 200_000 + "b", "* a{" + "} " * 100_000 + "b", "- a" + "{" * 200_000])
def test_a_long_line_is_no_trouble(words: str) -> None:
    with contextlib.suppress(DataError):
        read(f"## s\n{words}\n{words}\n")


LINES = st.one_of(
    st.text(max_size=20),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["##", ">", ">>", "*", "-", "- slot", "- form", "* form: ", "* a OR", "<!--", "-->", "`"]),
        st.text(max_size=8),
        st.text(alphabet='{}[]()":, a1enul\\', max_size=15),
    ),
)


@given(st.lists(LINES, max_size=8).map("\n".join), st.booleans())
def test_any_text_is_read_or_refused(text: str, is_test: bool) -> None:
    with contextlib.suppress(DataError):
        part, _ = read(text, is_test=is_test)
        assert type(part).decode(part.encode()) == part
