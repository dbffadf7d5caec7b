"""Test stories as they went: figures, what failed, what came as a surprise, and the files that say so. RASA.md 6.3."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import ChosenActions, Mark
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.dialogue.told_tests import StoryTests, StoryTestsOutput
from graphbuild.assistant.evaluation.evaluation import NOTHING
from graphbuild.assistant.evaluation.marked_stories import marked_stories, remark_of
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.assistant.evaluation.pictures import EvaluationPictures
from graphbuild.assistant.evaluation.stories import (
    STORY,
    STORY_ENTITY,
    STORY_INTENT,
    StoryEvaluation,
    StoryEvaluationOutput,
)
from graphbuild.assistant.evaluation.story_page import StoryPage
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.tales import DOMAIN
from tests.assistant.evaluation.test_evaluations import found, intents, span

STORIES = """
- story: greeting
  steps:
  - user: hello there
    intent: greet
  - action: utter_hi
- story: flying
  steps:
  - user: to [Rome](city)
    intent: inform
  - slot_was_set:
    - city: Rome
    - vip: true
  - action: action_x
  - user: bye
    intent: bye
  - action: utter_bye
"""
RIGHT = ("utter_hi", "action_listen", "action_x", "action_listen", "utter_bye", "action_listen")


def read(text: str) -> StoryPart:
    source = SourceFile(Path("t.yml"), "t.yml", content=text.encode())
    return TrainingDataFile().apply(source).stories


def told(stories: str = STORIES) -> StoryTestsOutput:
    return StoryTests().apply([read(f"stories:\n{textwrap.dedent(stories)}")], DOMAIN)


def chosen(*actions: str, surprises: tuple[int, ...] = ()) -> ChosenActions:
    marks = np.zeros(len(actions), dtype=np.uint8)
    marks[list(surprises)] = Mark.AFTER_UNLIKELY
    return ChosenActions(actions, ("SomePolicy",) * len(actions), np.full(len(actions), 0.3, np.float32), marks)


def parses(rows: list[tuple[str, list[dict[str, Any]]]], texts: tuple[str, ...]) -> Parses:
    spans = [row for _, row in rows]
    return Parses(
        texts,
        intents(*(((name, 0.5),) for name, _ in rows)),
        found(spans, ["SomeExtractor"] * sum(map(len, spans))),
    )


def evaluated(made: StoryTestsOutput, actions: ChosenActions, parsed: Parses | None = None) -> StoryEvaluationOutput:
    done = StoryEvaluation().apply(made.told, made.steps, actions, made.messages, parsed)
    again = StoryOutcomes.decode(done.outcomes.encode())
    assert again == done.outcomes
    return done


def test_all_right() -> None:
    done = evaluated(told(), chosen(*RIGHT))
    assert done.outcomes.conversations() == {"accuracy": 1.0, "correct": 2, "with_warnings": 0, "total": 2}
    assert done.outcomes.policies() == {"SomePolicy": {"steps": 6, "correct": 6}}
    assert done.evaluations.parts[STORY].report()["accuracy"] == 1.0  # type: ignore[index]
    assert done.evaluations.parts[STORY_INTENT].reason == "the texts of the stories were not looked at"
    assert marked_stories(done.outcomes.failed, "none") == "# none\n"


def test_how_much_is_known_from_training() -> None:
    policies = ("RulePolicy", "followup_action", "TEDPolicy", "AugmentedMemoizationPolicy", "MemoizationPolicy", "")
    done = evaluated(told(), replace(chosen("action_x", *RIGHT[1:]), policies=policies))
    assert done.outcomes.in_training_data() == 0.5, "wrong ones count, too"
    page = StoryPage().apply(done.evaluations, done.outcomes).data.decode()
    assert "<b>0.500</b> of the steps are known" in page
    assert StoryOutcomes(()).in_training_data() == 0.0


def test_a_wrong_action_fails_its_story_alone() -> None:
    done = evaluated(told(), chosen("utter_hi", "action_listen", "utter_bye", "action_x", "utter_bye", "action_listen"))
    assert [one.name for one in done.outcomes.failed] == ["flying"]
    part = done.evaluations.parts[STORY]
    assert part.errors[0] == {
        "story": "flying",
        "text": "to [Rome](city)".replace("[Rome](city)", "Rome"),
        "action": "action_x",
        "action_prediction": {"name": "utter_bye", "confidence": 0.3},
    }
    assert [one["action_prediction"]["name"] for one in part.errors] == ["utter_bye", "action_x"]
    assert part.report()["labels"]["action_listen"]["confused_with"] == {"action_x": 1}  # type: ignore[index]
    assert marked_stories(done.outcomes.failed, "none") == textwrap.dedent(
        """\
        version: "3.1"

        stories:
        - story: flying
          steps:
          - intent: inform
            user: to [Rome](city)
          - slot_was_set:
            - city: Rome
            - vip: true
          - action: action_x  # predicted: utter_bye
          - action: action_listen  # predicted: action_x
          - intent: bye
            user: bye
          - action: utter_bye
        """
    )


def test_a_surprise_is_a_warning_where_the_story_goes_right() -> None:
    done = evaluated(told(), chosen(*RIGHT, surprises=(0,)))
    assert done.outcomes.conversations()["with_warnings"] == 1
    assert "- action: utter_hi  # predicted: action_unlikely_intent" in marked_stories(done.outcomes.surprising, "none")
    wrong = evaluated(told(), chosen("action_x", *RIGHT[1:], surprises=(0,)))
    assert (len(wrong.outcomes.surprising), len(wrong.outcomes.failed)) == (0, 1)
    remark = "- action: utter_hi  # predicted: action_x after action_unlikely_intent"
    assert remark in marked_stories(wrong.outcomes.failed, "none")


def test_texts_are_held_against_the_stories() -> None:
    made = told()
    assert made.messages.texts == ("hello there", "to Rome", "bye")
    right = [("greet", []), ("inform", [span("to Rome", "Rome", "city")]), ("bye", [])]
    done = evaluated(made, chosen(*RIGHT), parses(right, made.messages.texts))
    assert done.outcomes.failed == []
    assert done.evaluations.parts[STORY_ENTITY].report()["exact"]["f1-score"] == 1.0  # type: ignore[index]
    wrong = [("bye", []), ("inform", [span("to Rome", "to", "name")]), ("bye", [])]
    done = evaluated(made, chosen(*RIGHT), parses(wrong, made.messages.texts))
    assert [one.name for one in done.outcomes.failed] == ["greeting", "flying"]
    written = marked_stories(done.outcomes.failed, "none")
    assert "- intent: greet  # predicted: bye\n" in written
    assert "- intent: inform  # entities predicted: [to](name) Rome; expected: to [Rome](city)\n" in written
    assert done.evaluations.parts[STORY_INTENT].errors[0]["intent_prediction"] == {"name": "bye", "confidence": 0.5}
    assert done.evaluations.parts[STORY].errors == (), "stories go on with what they tell"


CITY, NAME = span("to Rome", "Rome", "city"), span("to Rome", "to", "name")
ACROSS = span("to Rome", "o R", "name")


@pytest.mark.parametrize(
    ("intent", "spans", "remark"),
    [
        ("inform", [], "entities predicted: none; expected: to [Rome](city)"),
        ("bye", [], "predicted: bye; entities predicted: none; expected: to [Rome](city)"),
        ("bye", [CITY], "predicted: bye"),
        ("inform", [NAME, CITY], "entities predicted: [to](name) [Rome](city); expected: to [Rome](city)"),
        ("inform", [ACROSS, CITY], "entities predicted: o R as name, Rome as city; expected: to [Rome](city)"),
    ],
)
def test_what_was_found_and_what_was_expected(intent: str, spans: list[dict[str, Any]], remark: str) -> None:
    made = told()
    done = evaluated(made, chosen(*RIGHT), parses([("greet", []), (intent, spans), ("bye", [])], made.messages.texts))
    (failed,) = done.outcomes.failed
    assert [remark_of(one) for one in failed.events if one.is_wrong] == [remark]
    assert f"- intent: inform  # {remark}\n" in marked_stories([failed], "none")


def test_an_entity_that_is_none_is_expected_to_be_none() -> None:
    made = told()
    bye = [span("bye", "bye", "name")]
    done = evaluated(
        made, chosen(*RIGHT), parses([("greet", []), ("inform", [CITY]), ("bye", bye)], made.messages.texts)
    )
    (failed,) = done.outcomes.failed
    assert remark_of(failed.events[-3]) == "entities predicted: [bye](name); expected: none"


def test_a_text_of_several_lines_is_remarked_in_one() -> None:
    made = told('- story: x\n  steps:\n  - user: "to\\n[Rome](city)\\e"\n    intent: inform\n  - action: utter_hi\n')
    (text,) = made.messages.texts
    done = evaluated(made, chosen("utter_hi", "action_listen"), parses([("inform", [])], (text,)))
    assert "\n" in text
    (remark,) = [remark_of(one) for one in done.outcomes.failed[0].events if one.is_wrong]
    assert remark == "entities predicted: none; expected: to [Rome](city)"


def test_extractors_that_never_learn_may_find_more_than_is_annotated() -> None:
    made = told()
    texts = made.messages.texts
    spans = [span("to Rome", "Rome", "city"), span("to Rome", "to", "number")]
    for extractor, fails in (("DucklingEntityExtractor", False), ("SomeExtractor", True)):
        said = Parses(
            texts,
            intents((("greet", 0.5),), (("inform", 0.5),), (("bye", 0.5),)),
            found([[], spans, []], [extractor] * 2),
        )
        assert bool(evaluated(made, chosen(*RIGHT), said).outcomes.failed) is fails


def test_a_response_is_asked_for_where_the_story_names_one() -> None:
    made = told("- story: faq\n  steps:\n  - user: who are you\n    intent: faq/name\n  - action: utter_hi\n")
    for key, fails in (("faq/name", False), ("faq/age", True)):
        code = np.zeros((1, 1), dtype=np.int32)
        one = ResponsePredictions((key,), code, np.ones((1, 1), np.float32), "faq")
        said = Parses(made.messages.texts, intents((("faq", 0.5),)), found([[]], []), (one,))
        done = evaluated(made, chosen("utter_hi", "action_listen"), said)
        assert bool(done.outcomes.failed) is fails
    base = told("- story: faq\n  steps:\n  - user: who are you\n    intent: faq\n  - action: utter_hi\n")
    assert evaluated(base, chosen("utter_hi", "action_listen"), said).outcomes.failed == []


def test_texts_without_intents_have_nothing_to_be_held_against() -> None:
    made = told("- story: x\n  steps:\n  - user: hello\n  - action: utter_hi\n")
    said = Parses(("hello",), intents((("greet", 0.5),)), found([[]], []))
    done = evaluated(made, chosen("utter_hi", "action_listen"), said)
    assert done.outcomes.failed == []
    assert done.evaluations.parts[STORY_INTENT].reason == "the stories name no intents beside their texts"


def test_nothing_was_understood() -> None:
    made = told()
    none = IntentPredictions((), np.zeros((3, 0), dtype=np.int32), np.zeros((3, 0), dtype=np.float32))
    empty: EntityPredictions = found([[], [], []], [])
    done = evaluated(made, chosen(*RIGHT), Parses(made.messages.texts, none, empty))
    assert "# predicted: nothing\n" in marked_stories(done.outcomes.failed, "none")
    assert done.evaluations.parts[STORY_INTENT].confusion.cells()[0][1] == NOTHING


def test_the_page_and_the_pictures() -> None:
    actions = chosen("<b>", *RIGHT[1:], surprises=(4,))
    done = evaluated(told(), actions)
    page = StoryPage().apply(done.evaluations, done.outcomes).data.decode()
    assert "<b>1 of 2</b> stories went right (0.500)" in page
    assert "predicted: &lt;b&gt;" in page
    assert "<h2>Failed stories</h2>" in page
    assert "<h2>Stories with surprises</h2>" in page
    assert "http" not in page.replace("http-equiv", "")
    pictures = EvaluationPictures().apply(done.evaluations).files
    assert list(pictures) == ["story_confusion_matrix.png", "story_histogram.png"]


def test_many_failed_stories_are_shown_by_name() -> None:
    one = "- story: s{n}\n  steps:\n  - user: hi {n}\n    intent: greet\n  - action: utter_hi\n"
    turns = "".join(one.format(n=number) for number in range(21))
    done = evaluated(told(turns), chosen(*["utter_bye", "action_listen"] * 21))
    page = StoryPage().apply(done.evaluations, done.outcomes).data.decode()
    assert page.count("<details><summary>s") == 21


def test_no_stories() -> None:
    done = evaluated(StoryTests().apply([], DOMAIN), chosen())
    assert done.evaluations.parts[STORY].reason == "there are no stories"
    assert done.outcomes.conversations()["accuracy"] == 0.0


ACTIONS = st.sampled_from(("utter_hi", "utter_bye", "action_x", "action_listen"))
TURNS = st.sampled_from(
    (
        "  - intent: greet\n",
        "  - intent: inform\n    entities:\n    - city: Rome\n",
        "  - user: hello\n    intent: greet\n",
        "  - user: from [Rome](city) to [Bo](name)\n    intent: inform\n",
        "  - slot_was_set:\n    - vip: true\n",
        "  - action: utter_hi\n",
        "  - bot: good day\n",
    )
)


@given(turns=st.lists(TURNS, min_size=1, max_size=8), data=st.data())
def test_what_is_written_reads_as_the_story_did(turns: list[str], data: st.DataObject) -> None:
    """Remarks are no part of it: whatever was predicted, the failed story can be tested again as it is."""
    text = f"- story: 'one: two'\n  steps:\n{''.join(turns)}"
    made = told(text)
    count = len(made.steps.actions)
    drawn = data.draw(st.lists(ACTIONS, min_size=count, max_size=count))
    # Before anything was done nobody is asked.
    rows = made.steps.rows.tolist()
    said = chosen(*("action_listen" if row < 0 else one for one, row in zip(drawn, rows, strict=True)))
    done = evaluated(made, said)
    written = marked_stories(done.outcomes.stories, "none")
    again = StoryTests().apply([read(written)], DOMAIN)
    assert again.told == made.told
    assert again.steps.encode() == made.steps.encode()
    wrong = sum(told != predicted for told, predicted in zip(made.steps.actions, said.actions, strict=True))
    assert written.count("# predicted: ") == wrong


@pytest.mark.parametrize("remark", ["a\nb", "a # b", "\u2028 c\x00"])
def test_remarks_stay_on_their_line(remark: str) -> None:
    done = evaluated(told(), chosen(remark, *RIGHT[1:]))
    written = marked_stories(done.outcomes.failed, "none")
    assert read(written).blocks[0].name == "greeting"
    assert len(read(written).blocks) == 1
