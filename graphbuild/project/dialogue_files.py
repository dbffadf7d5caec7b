"""What a test of stories leaves behind: files with Rasa's names (RASA.md 6.3), and the document of `--json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.writers.yaml_text import in_one_line
from graphbuild.assistant.evaluation.evaluation import Evaluation
from graphbuild.assistant.evaluation.marked_stories import marked_stories, remark_of
from graphbuild.assistant.evaluation.metrics import Report, flat
from graphbuild.assistant.evaluation.outcomes import EventOutcome, StoryOutcome, StoryOutcomes
from graphbuild.assistant.evaluation.stories import STORY, STORY_ENTITY, STORY_INTENT
from graphbuild.assistant.evaluation.text import comparison_lines, summary_lines, text_report
from graphbuild.project.dialogue_comparison import ComparedStories
from graphbuild.project.dialogue_evaluation import Tested
from graphbuild.project.evaluation_files import Results

PAGE = "story_report.html"
COMPARISON_PAGE = "core_comparison.html"
_NAMES = {STORY: "action", STORY_INTENT: "intent", STORY_ENTITY: "entity"}
"""Keys of the document."""
_MOST_TOLD = 10
_NONE_FAILED = "None of the test stories failed - all good!"
_NONE_SUCCEEDED = "None of the test stories succeeded."
_NONE_SURPRISING = "None of the test stories has an intent that came as a surprise."


@dataclass(frozen=True)
class WantedStories:
    """Which stories are written, and whether the document tells every step."""

    errors: bool = True
    successes: bool = False
    warnings: bool = True
    steps: bool = False


def story_results(tested: Tested, wanted: WantedStories) -> Results:
    """The results of a test of stories."""
    if not tested.parts:
        return Results(tested.report)
    return Results(
        tested.report,
        story_files(tested, wanted),
        story_document(tested, wanted),
        tuple(_lines(tested)),
        PAGE,
        len(tested.outcomes.failed),
        tested.findings,
    )


def story_files(tested: Tested, wanted: WantedStories) -> dict[str, Any]:
    """Path -> bytes, a text, or a value to be written as JSON."""
    files: dict[str, Any] = {}
    files.update(_part_files(tested.parts, tested.outcomes, wanted))
    files.update(tested.pictures)
    files[PAGE] = tested.page
    files["story_report.txt"] = f"{text_report(tested.parts)}\n{_known(tested)}\n"
    return files


def comparison_results(compared: ComparedStories, wanted: WantedStories) -> Results:
    """The results of a comparison."""
    if not compared.outcomes:
        return Results(compared.report)
    failed = sum(len(one.failed) for one in compared.outcomes.values())
    lines = tuple(comparison_lines(compared.comparison))
    files, document = comparison_files(compared, wanted), comparison_document(compared)
    return Results(compared.report, files, document, lines, COMPARISON_PAGE, failed)


def comparison_files(compared: ComparedStories, wanted: WantedStories) -> dict[str, Any]:
    """Path -> bytes, a text, or a value to be written as JSON."""
    files: dict[str, Any] = {}
    for (config, run, percentage), outcomes in compared.outcomes.items():
        folder = f"run_{run}/{percentage}%_exclusion/{config}_report"
        parts = _part_files(compared.parts[config, run, percentage], outcomes, wanted)
        files.update({f"{folder}/{name}": content for name, content in parts.items()})
    files["results.json"] = compared.comparison.results()
    files[COMPARISON_PAGE] = compared.page
    if compared.curve is not None:
        files["core_model_comparison_graph.png"] = compared.curve
    return files


def comparison_document(compared: ComparedStories) -> dict[str, Any]:
    """The curves, and the figures behind them; of actions their accuracy, of texts all figures."""
    comparison = compared.comparison
    return {
        "percentages": list(comparison.percentages),
        "stories": list(comparison.examples),
        "configs": {
            curve.config: {
                "conversation_accuracy": [list(run) for run in curve.runs],
                "mean": curve.means,
                "std": curve.spreads,
                "action_accuracy": _accuracies(compared, curve.config, len(curve.runs)),
                **_understood(compared, curve.config),
            }
            for curve in comparison.curves
        },
    }


def story_document(tested: Tested, wanted: WantedStories) -> dict[str, Any]:
    """`conversations`, `policies`, figures of `action`, `intent`, `entity`, and `reasons` for those that are null."""
    outcomes = tested.outcomes
    document: dict[str, Any] = {
        "conversations": outcomes.conversations(),
        "policies": outcomes.policies(),
        "in_training_data_fraction": outcomes.in_training_data(),
        **{_NAMES[name]: _figures(part) for name, part in tested.parts.items()},
        "reasons": {_NAMES[name]: part.reason for name, part in tested.parts.items() if part.reason is not None},
        "failed": [_failed(one, tested) for one in outcomes.failed],
    }
    if wanted.steps:
        document["dialogues"] = dialogues(outcomes)
    return document


def _understood(compared: ComparedStories, config: str) -> dict[str, Any]:
    """What a configuration understands, and why where it is not told: the same with however few stories."""
    parts = next(parts for (label, _, _), parts in compared.parts.items() if label == config)
    found = {name: parts[name] for name in (STORY_INTENT, STORY_ENTITY)}
    reasons = {_NAMES[name]: part.reason for name, part in found.items() if part.reason is not None}
    return {**{_NAMES[name]: _figures(part) for name, part in found.items()}, "reasons": reasons}


def _accuracies(compared: ComparedStories, config: str, runs: int) -> list[list[float]]:
    def of(run: int, percentage: int) -> float:
        report = compared.parts[config, run, percentage][STORY].report()
        return 0.0 if report is None else float(report["accuracy"])

    return [[of(run, percentage) for percentage in compared.comparison.percentages] for run in range(1, runs + 1)]


def _part_files(parts: Mapping[str, Evaluation], outcomes: StoryOutcomes, wanted: WantedStories) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for name, part in parts.items():
        report = part.report()
        if report is None:
            continue
        more = {"conversation_accuracy": outcomes.conversations()} if name == STORY else {}
        files[f"{name}_report.json"] = {**flat({key: one for key, one in report.items() if key != "exact"}), **more}
        if wanted.errors:
            files[f"{name}_errors.json"] = list(part.errors)
    if wanted.errors:
        files["failed_test_stories.yml"] = marked_stories(outcomes.failed, _NONE_FAILED)
    if wanted.successes:
        files["successful_test_stories.yml"] = marked_stories(outcomes.succeeded, _NONE_SUCCEEDED)
    if wanted.warnings:
        files["stories_with_warnings.yml"] = marked_stories(outcomes.surprising, _NONE_SURPRISING)
    return files


def dialogues(outcomes: StoryOutcomes) -> list[dict[str, Any]]:
    """Every step of every dialogue: what the story does, what was predicted, by which policy and how sure it was."""
    return [{"dialogue": one.name, "steps": one.steps()} for one in outcomes.stories]


def _figures(part: Evaluation) -> Report | None:
    report = part.report()
    return None if report is None else {"examples": part.examples, "errors": len(part.errors), **report}


def _failed(story: StoryOutcome, tested: Tested) -> dict[str, Any]:
    place = tested.places.get(story.name)
    return {
        "story": story.name,
        "path": place.path if place is not None else None,
        "line": place.line if place is not None else None,
        "mistakes": [_mistake(one) for one in story.events if one.is_wrong],
    }


def _mistake(one: EventOutcome) -> dict[str, Any]:
    if one.action is not None:
        return {
            "action": one.told,
            "predicted": one.action.name,
            "policy": one.action.policy or None,
            "confidence": one.action.confidence,
        }
    assert one.turn is not None
    return {
        "text": one.event.text,
        "intent": one.event.value or one.event.name,
        "predicted": one.turn.intent,
        "confidence": one.turn.confidence,
        "entities": [dict(span) for span in one.event.entities],
        "predicted_entities": [dict(span) for span in one.turn.entities],
    }


def _lines(tested: Tested) -> Iterator[str]:
    counted = tested.outcomes.conversations()
    surprises = f", {counted['with_warnings']} with surprises" if counted["with_warnings"] else ""
    yield (
        f"{counted['correct']} of {counted['total']} stories went right (conversation accuracy "
        f"{counted['accuracy']:.3f}){surprises}"
    )
    failed = tested.outcomes.failed
    for one in failed[:_MOST_TOLD]:
        place = tested.places.get(one.name)
        where = f"{place.path}:{place.line}: " if place is not None else ""
        yield f"  failed: {where}{in_one_line(one.name)}"
        wrong = [event for event in one.events if event.is_wrong]
        yield f"    {_told(wrong[0])}  # {remark_of(wrong[0])}{_more(len(wrong) - 1)}"
    if len(failed) > _MOST_TOLD:
        yield f"  and {len(failed) - _MOST_TOLD} more, in failed_test_stories.yml and on the page"
    yield _known(tested)
    yield from summary_lines({_NAMES[name]: part for name, part in tested.parts.items()})


def _told(one: EventOutcome) -> str:
    """What a story does or has the user mean, as it says so; a turn without an intent by its text."""
    if one.action is not None:
        return in_one_line(f"action: {one.told}")
    intent = one.event.value or one.event.name
    return in_one_line(f"intent: {intent}" if intent else f"user: {one.event.text}")


def _known(tested: Tested) -> str:
    return f"{tested.outcomes.in_training_data():.3f} of the steps are known from training (in_training_data_fraction)"


def _more(count: int) -> str:
    return f" (and {count} more)" if count else ""
