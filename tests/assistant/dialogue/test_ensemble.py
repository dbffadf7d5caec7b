"""Choosing among policies: the laws of RASA.md 4.3, for any predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Mark
from graphbuild.assistant.dialogue.ensemble import choose

ACTIONS = ("action_a", "action_b", "action_c")
_sure = st.sampled_from([0.0, 0.25, 0.5, 1.0])
_marks = st.sampled_from([0, 0, 0, *(int(one) for one in Mark)])


@st.composite
def predictions(draw: Any, rows: int = 3) -> list[ActionPredictions]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        sure = [[draw(_sure) for _ in ACTIONS] for _ in range(rows)]
        marks = np.array([draw(_marks) for _ in range(rows)], dtype=np.uint8)
        made.append(
            ActionPredictions(
                ACTIONS, np.array(sure, dtype=np.float32), f"policy {number}", draw(st.integers(1, 3)), marks
            )
        )
    return made


def plainly(made: list[ActionPredictions], row: int, refused: str) -> tuple[str, str, float]:
    """The same choice, one dialogue at a time."""
    marks = [Mark(int(one.marks[row])) if one.marks is not None else Mark(0) for one in made]
    kind = next((one for one in (Mark.NO_USER, Mark.END_TO_END) if any(one in mark for mark in marks)), Mark(0))
    best: tuple[float, int] = (-1.0, -1)
    chosen = ("", "", 0.0)
    for one, mark in zip(made, marks, strict=True):
        if kind not in mark:
            continue
        sure = [0.0 if name == refused else float(one.probabilities[row, n]) for n, name in enumerate(one.actions)]
        top = max(sure)
        if (top, one.priority) > best:
            best = (top, one.priority)
            chosen = (one.actions[sure.index(top)] if top > 0 else "action_listen", one.policy, top)
    return chosen


@given(predictions(), st.lists(st.sampled_from(["", "", "action_a", "action_d"]), min_size=3, max_size=3))
def test_the_choice_for_many_is_the_choice_for_each(made: list[ActionPredictions], refused: list[str]) -> None:
    found = choose(made, refused)
    assert [(a, p, float(c)) for a, p, c in zip(found.actions, found.policies, found.confidences, strict=True)] == [
        plainly(made, row, refused[row]) for row in range(3)
    ]


@given(predictions(), st.randoms())
def test_the_order_of_policies_decides_only_between_equals(made: list[ActionPredictions], random: Any) -> None:
    made = [ActionPredictions(one.actions, one.probabilities, one.policy, n, one.marks) for n, one in enumerate(made)]
    shuffled = random.sample(made, len(made))
    assert choose(made, [""] * 3).encode() == choose(shuffled, [""] * 3).encode()


@given(predictions())
def test_who_is_interrupted_is_known_whoever_wins(made: list[ActionPredictions]) -> None:
    found = choose(made, [""] * 3)
    for row in range(3):
        told = any(one.marks is not None and one.marks[row] & Mark.LOOP_INTERRUPTED for one in made)
        assert bool(found.marks[row] & Mark.LOOP_INTERRUPTED) == told


def test_where_all_are_silent_nothing_is_done() -> None:
    silent = ActionPredictions((), np.zeros((2, 0), dtype=np.float32), "silent")
    assert choose([silent], ["", ""]).actions == ("action_listen", "action_listen")
    assert choose([], ["", ""]).actions == ("action_listen", "action_listen")


def test_a_choice_is_read_back() -> None:
    found = choose([ActionPredictions(ACTIONS, np.ones((1, 3), dtype=np.float32), "one", 4)], [""])
    again = ChosenActions.decode(found.encode())
    assert (again.actions, again.policies, again.confidences.tolist()) == (("action_a",), ("one",), [1.0])
