"""StoryPage: test stories as one HTML page, which needs no network and no other file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphbuild.assistant.evaluation.evaluation import Evaluations
from graphbuild.assistant.evaluation.html import Cell, document, escaped, table
from graphbuild.assistant.evaluation.marked_stories import remark_of
from graphbuild.assistant.evaluation.outcomes import StoryOutcome, StoryOutcomes
from graphbuild.assistant.evaluation.page import section
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Component, Options

_MOST_OPEN = 20
"""More stories are shown by name, and told when they are opened."""
_HEAD = ("told", "predicted", "policy", "confidence")


class StoryPage(Component):
    """Shows how test stories went as one HTML page: figures, confusion, and each failed story as it went."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, evaluations: Evaluations, outcomes: StoryOutcomes) -> Blob:
        """The stories first, then what each evaluation says."""
        body = [_summary(outcomes), _policies(outcomes)]
        body += _listed("Failed stories", outcomes.failed)
        body += _listed("Stories with surprises", outcomes.surprising)
        body += [section(name, one) for name, one in evaluations.parts.items()]
        return Blob(document("Evaluation of dialogues", body))


def _summary(outcomes: StoryOutcomes) -> str:
    counted = outcomes.conversations()
    surprises = f", {counted['with_warnings']} of them with surprises" if counted["with_warnings"] else ""
    known = f"<b>{outcomes.in_training_data():.3f}</b> of the steps are known from training stories and rules"
    right = f"<b>{counted['correct']} of {counted['total']}</b> stories went right"
    return f"<p>{right} ({counted['accuracy']:.3f}){surprises}; {known}.</p>"


def _policies(outcomes: StoryOutcomes) -> str:
    rows: list[list[Cell]] = [[name, one["steps"], one["correct"]] for name, one in outcomes.policies().items()]
    return table(["policy", "steps", "right"], rows)


def _listed(title: str, stories: list[StoryOutcome]) -> Iterator[str]:
    if stories:
        yield f"<h2>{title}</h2>"
    is_open = " open" if len(stories) <= _MOST_OPEN else ""
    for story in stories:
        rows = list(_rows(story))
        yield f"<details{is_open}><summary>{escaped(story.name)}</summary>{table(_HEAD, rows)}</details>"


def _rows(story: StoryOutcome) -> Iterator[list[Cell]]:
    for one in story.events:
        remark = remark_of(one) or ""
        if one.event.type == "user":
            said = f"{one.event.name or ''}: {one.event.text}" if one.event.text else str(one.event.name)
            yield [said, remark, "", one.turn.confidence if one.turn is not None else ""]
        elif one.action is not None:
            yield [one.told, remark, one.action.policy, one.action.confidence]
        elif one.event.type in ("slot", "loop"):
            word = "slot" if one.event.type == "slot" else "form"
            value = f" = {one.event.value}" if one.event.type == "slot" else ""
            yield [f"{word} {one.event.name}{value}", "", "", ""]
