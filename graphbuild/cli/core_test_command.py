"""`graphbuild test core`: test what an assistant does on stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.evaluation_output import (
    comparison_options,
    configs_of,
    configs_options,
    evaluation_options,
    evaluation_request,
    percentages_of,
    run_evaluation,
    story_options,
)
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, run_options
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener
    from graphbuild.project.dialogue_files import WantedStories
    from graphbuild.project.evaluation_files import Results


@click.command(
    "core",
    cls=ManyValues,
    short_help="Test actions on stories, and what users say in them.",
    epilog=examples(
        "graphbuild test core",
        "graphbuild test core --stories tests/test_stories.yml --fail-on-prediction-errors",
        "graphbuild test core --stories data/stories.yml --no-e2e --steps --json",
        "graphbuild test core -c config.yml recipe:core-only --runs 2 --percentages 0 50",
    ),
)
@story_options
@configs_options
@comparison_options
@click.option("--steps", is_flag=True, help="With --json: tell every step of every story, too, under `dialogues`.")
@evaluation_options
@run_options
@json_option
@click.pass_context
def core_command(context: click.Context, /, as_json: bool, **options: Any) -> int:
    """Test what the policies do at each step of test stories: figures for each action, failed stories, PNG, a page.

    At each step the policies see what the story tells of the past, and what they do next is held against what the
    story does. Where a user's text stands in a story beside its intent (user: "hello", intent: greet), the pipeline
    reads the text, and its intent and entities are held against the story's. failed_test_stories.yml has the stories
    that went wrong, with what was predicted instead behind each line.

    Trains what is not trained yet, and nothing twice: after `train`, a test trains nothing, and testing again runs
    nothing.

    Several configurations are compared: each is trained on all stories and on ever fewer of them, and tested on the
    same test stories. Several values may follow an option: -c A B -p 0 25 50.
    """
    configs = configs_of(context, options)
    request = evaluation_request(context, options, configs[0], options["data"])
    evaluate = partial(_results, request, configs, options)
    return run_evaluation(context, request, options, evaluate, as_json=as_json)


def _results(
    request: BuildRequest, configs: Sequence[str], options: Mapping[str, Any], listener: Listener | None
) -> Results:
    """Tests, or compares. Raises UsageError where there are no stories."""
    if len(configs) == 1:
        return story_test_results(request, options, listener)
    from graphbuild.project.dialogue_comparison import compare_stories
    from graphbuild.project.dialogue_files import comparison_results

    compared = compare_stories(
        request,
        configs,
        options["runs"],
        percentages_of(options),
        options["stories"],
        listener,
        plots=not options["no_plot"],
        max_stories=options["max_stories"],
    )
    return comparison_results(compared, _wanted(options))


def story_test_results(request: BuildRequest, options: Mapping[str, Any], listener: Listener | None) -> Results:
    """Tests stories as the options say. Raises UsageError where there are none."""
    from graphbuild.project.dialogue_evaluation import evaluate_stories
    from graphbuild.project.dialogue_files import story_results

    tested = evaluate_stories(
        request,
        options["stories"],
        listener,
        plots=not options["no_plot"],
        understands=options["understands"],
        max_stories=options["max_stories"],
    )
    return story_results(tested, _wanted(options))


def _wanted(options: Mapping[str, Any]) -> WantedStories:
    from graphbuild.project.dialogue_files import WantedStories

    return WantedStories(
        errors=not options["no_errors"],
        successes=options["successes"],
        warnings=not options["no_warnings"],
        steps=options.get("steps", False),
    )
