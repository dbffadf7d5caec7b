"""NLU data in Markdown: every syntax, every line with its number, and what is wrong said where it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import Lookup, NLUPart
from graphbuild.assistant.data.readers.nlu_markdown import lines_without_comments, read_nlu_markdown
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.errors import DataError


def test_every_kind_of_section_is_read(nlu_file) -> None:
    found = nlu_file("""
        ## intent:greet
        - hello
        * hi there
        + good  morning

        ## intent:faq/ask_name
        -your name?

        ## synonym:New York
        - NY
        - the big apple

        ## regex:zip
        - \\b[0-9]{5}\\b

        ## lookup:fruit
        - apple
        - red pear

        ## lookup:street
          data/streets.txt
    """)
    assert found.texts == [
        ("greet", "hello"),
        ("greet", "hi there"),
        ("greet", "good  morning"),
        ("faq/ask_name", "your name?"),
    ]
    assert [example.intent for example in found.part.examples][-1] == "faq"
    assert found.synonyms == {"NY": "New York", "the big apple": "New York"}
    assert found.part.regexes == (("zip", r"\b[0-9]{5}\b"),)
    assert found.part.lookups == (
        Lookup("fruit", ("apple", "red pear")),
        Lookup("street", (), file="data/streets.txt"),
    )
    assert found.warnings == ()


def test_each_form_of_annotation_is_read(nlu_file) -> None:
    found = nlu_file("""
        ## intent:fly
        - to [Rome](city) or [NY](city:New York)
        - [LA]{"entity": "city", "role": "from", "group": "1", "value": "Los Angeles"}
        - [two]{"entity": "count", "value": 2} of [it][{"entity": "a"}, {"entity": "b"}]
    """)
    assert [text for _, text in found.texts] == ["to Rome or NY", "LA", "two of it"]
    assert found.entities == [
        {"start": 3, "end": 7, "entity": "city", "value": "Rome"},
        {"start": 11, "end": 13, "entity": "city", "value": "New York"},
        {"start": 0, "end": 2, "entity": "city", "value": "Los Angeles", "role": "from", "group": "1"},
        {"start": 0, "end": 3, "entity": "count", "value": "2"},
        {"start": 7, "end": 9, "entity": "a", "value": "it"},
        {"start": 7, "end": 9, "entity": "b", "value": "it"},
    ]
    assert found.synonyms == {"NY": "New York", "LA": "Los Angeles", "two": "2"}
    assert all(synonym.is_implied for synonym in found.part.synonyms)


def test_comments_are_left_out_and_lines_keep_their_numbers(nlu_file) -> None:
    found = nlu_file("""
        <!-- made by
        hand --> ## intent:greet
        - hello <!-- a remark --> there
        <!--
        - not this
        --!>
        - hi <!-- that
        goes on --> you
        - yo <!-- not closed
        - hey
        ## synonym:tyre
        - tire
    """)
    assert found.lines == {
        "intent `greet` of NLU": 2,
        "example of `greet`: hello  there": 3,
        "example of `greet`: hi  you": 7,
        "example of `greet`: yo <!-- not closed": 9,
        "example of `greet`: hey": 10,
        "synonym `tyre` of NLU": 11,
        "synonym of `tyre`: tire": 12,
    }


def test_records_have_the_ports_and_keys_of_yaml(nlu_file) -> None:
    found = nlu_file(
        "## intent:a\n- x [y](z)\n## synonym:b\n- c\n## regex:d\n- e\n## lookup:f\n- g\n## lookup:h\ni.txt\n"
    )
    assert [(port, key, line) for port, key, line, _ in found.records] == [
        ("place", "intent `a` of NLU", 1),
        ("messages", "a: x [y](z)", 2),
        ("place", "example of `a`: x y", 2),
        ("place", "synonym `b` of NLU", 3),
        ("synonyms", "b: c", 4),
        ("place", "regex `d` of NLU", 5),
        ("regexes", "d: e", 6),
        ("place", "lookup `f` of NLU", 7),
        ("lookups", "f: g", 8),
        ("place", "lookup `h` of NLU", 9),
        ("lookups", "h i.txt", 10),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("begin", [b"", b"\xef\xbb\xbf"])
def test_any_line_ending_and_a_byte_order_mark_will_do(nlu_file, ending: str, begin: bytes) -> None:
    text = ending.join(("## intent:greet", "- hello", "", "  - hi  "))
    found = nlu_file(begin + text.encode())
    assert found.texts == [("greet", "hello"), ("greet", "hi")]
    assert list(found.lines.values()) == [1, 2, 4]


def test_texts_of_all_scripts_keep_their_places(nlu_file) -> None:
    found = nlu_file("""
        ## intent:去
        - 我要去[北京](城市:Beijing)
        - 🙂👍🏽 [مرحبا](تحية) لك
    """)
    assert found.texts == [("去", "我要去北京"), ("去", "🙂👍🏽 مرحبا لك")]
    assert found.entities == [
        {"start": 3, "end": 5, "entity": "城市", "value": "Beijing"},
        {"start": 4, "end": 9, "entity": "تحية", "value": "مرحبا"},
    ]


def test_backslashes_and_tabs_stay_as_they_are(nlu_file) -> None:
    # Rasa 2.8 means to decode them and does not; a tab inside of a line is more than it can take.
    found = nlu_file(b"## intent:a\n- yes\\n now\n\t- tab\there\t\n")
    assert [text for _, text in found.texts] == ["yes\\n now", "tab\there"]


def test_tables_of_one_name_are_one(nlu_file) -> None:
    found = nlu_file("## lookup:a\n- 1\n## lookup:b\n- 2\n## lookup:a\n- 3\n")
    assert found.part.lookups == (Lookup("a", ("1", "3")), Lookup("b", ("2",)))


def test_names_keep_a_space_where_rasa_keeps_it(nlu_file) -> None:
    found = nlu_file("##intent: greet\n- hi\n## synonym: New York\n- NY\n")
    assert found.texts == [("greet", "hi")]
    assert found.synonyms == {"NY": " New York"}
    assert found.warnings == (
        (3, "the name of synonym ` New York` begins with a space, which Rasa keeps", "write `## synonym:New York`"),
    )


def test_a_section_may_begin_in_the_middle_of_a_line(nlu_file) -> None:
    # As where files were put together whose last lines did not end.
    found = nlu_file("## intent:bye\n- bye\n- see you## intent:greet\n- hi\n- ticket ##12: open\n")
    assert found.texts == [("bye", "bye"), ("greet", "hi"), ("greet", "ticket ##12: open")]
    assert found.warnings == (
        (3, "a section begins in the middle of a line: - see you## intent:greet", "`- see you` is lost"),
    )


def test_what_is_odd_is_passed_over_with_a_warning(nlu_file) -> None:
    found = nlu_file("""
        # My bot
        a few words
        - and an item
        ## intent:greet
        - hello
        contact number
        # casual
        - yo
        -
        ## -----
        ## intent:bye
        ## lookup:empty
    """)
    assert found.texts == [("greet", "hello"), ("greet", "yo")]
    assert found.said == [
        (6, "a line of intent `greet` is no item: contact number"),
        (7, "`# casual` begins no section: what follows still belongs to intent `greet`"),
        (9, "an example of intent `greet` is empty"),
        (11, "intent `bye` has no examples"),
        (12, "lookup `empty` has no examples"),
    ]


SHAPE = "(a section begins with `## intent:NAME`, `## synonym:VALUE`, `## regex:NAME` or `## lookup:NAME`)"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("## intents:greet\n- hi\n", "nlu.md:3: `intents` is no kind of section (did you mean `intent`?)"),
        ("## Note: read this\n", f"nlu.md:3: `Note` is no kind of section {SHAPE}"),
        ("## deny\n- no\n- never\n", f"nlu.md:3: the section `## deny` says not what its items are {SHAPE}"),
        ("## regex:\n- no\n", f"nlu.md:3: this section has no name: ## regex: {SHAPE}"),
        ("## intent:a/b/c\n- x\n", "nlu.md:3: intent `a/b/c` must have the form `intent` or `intent/part`"),
        ("## regex:z\n- a(\n", "nlu.md:4: the pattern of regex `z` cannot be read: missing ), unterminated subpattern"),
        ('- to [Rome]{"role": "x"}\n', 'nlu.md:3: the annotation {"role": "x"} has no "entity", in an example of'),
    ],
)
def test_what_is_wrong_is_said_at_its_line(nlu_problems, text: str, problem: str) -> None:
    (found,) = nlu_problems("## intent:first\n- one\n" + text)
    assert found.startswith(problem)


def test_bytes_that_are_not_utf8_are_a_problem(nlu_problems) -> None:
    assert nlu_problems(b"## intent:a\n- caf\xe9\n") == ["nlu.md:2: the file is not UTF-8 (save it as UTF-8)"]


@given(st.text())
def test_lines_are_those_of_the_text_where_there_are_no_comments(text: str) -> None:
    text = text.replace("<!--", "")
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    assert [line for line, _ in lines_without_comments(text) if line] == [line for line in lines if line]


_PIECES = st.sampled_from(
    [
        *(
            "## intent:a",
            "## synonym:b",
            "## regex:c",
            "## lookup:d",
            "##",
            "# ",
            "- ",
            "* ",
            "<!--",
            "-->",
            "[x](y:z)",
        ),
        *(
            "[x]{",
            '"entity"',
            "}",
            ":",
            "/",
            "\n",
            "\r",
            "\t",
            "\\n",
            "é",
            "😀",
            "\u2028",
            "\x00",
            "file.txt",
            "(",
            ")",
        ),
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5)).map("".join))
def test_no_text_brings_the_reader_down(text: str) -> None:
    reading = Reading("nlu.md")
    part = read_nlu_markdown(text, reading)
    try:
        records, warnings = reading.finish()
    except DataError:
        return
    lines = len(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    assert all(1 <= line <= lines for _, _, line, _ in records.rows)
    assert all(1 <= line <= lines for line, _, _ in warnings.rows)
    assert NLUPart.decode(part.encode()) == part


@pytest.mark.parametrize("piece", ["#", "<!--", "- [a](", "## ", "--", "\x1c", "##:"])
def test_a_long_text_is_read_at_once(piece: str) -> None:
    text = "## intent:a\n" + piece * 200_000
    read_nlu_markdown(text, Reading("nlu.md"))
