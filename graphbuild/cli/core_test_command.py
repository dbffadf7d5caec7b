"""`graphbuild test core`: test what an assistant does on stories."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.evaluation_output import (
    comparing_of,
    comparison_options,
    configs_options,
    evaluation_options,
    evaluation_request,
    run_evaluation,
    story_options,
)
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, run_options
from graphbuild.errors import Problem, UsageError
from graphbuild.session import PACKAGE_FOLDER, BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener
    from graphbuild.project.comparison_document import Comparing
    from graphbuild.project.dialogue_files import WantedStories
    from graphbuild.project.evaluation_files import Results

_NAMED = ""
"""What --compare has without a folder."""


@click.command(
    "core",
    cls=ManyValues,
    short_help="Test actions on stories, and what users say in them.",
    epilog=examples(
        "graphbuild test core",
        "graphbuild test core --stories tests/test_stories.yml --fail-on-prediction-errors",
        "graphbuild test core --stories data/stories.yml --no-e2e --steps --json",
        "graphbuild test core -c config.yml recipe:light --runs 2 --percentages 0 50",
        "graphbuild test core --compare",
    ),
)
@story_options
@configs_options
@comparison_options
@click.option(
    "--compare",
    "compared",
    is_flag=False,
    flag_value=_NAMED,
    metavar="[DIR]",
    help="Compare what `train compare` trained, by the comparison.json in DIR; with --config what that names.  "
    "[without DIR: models]",
)
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
    same test stories. `train compare` trains all that beforehand. Several values may follow an option: -c A B -p 0 25.
    """
    if options["model"] is not None:
        request = evaluation_request(context, options, None, options["data"])
        return run_evaluation(context, request, options, partial(package_results, request, options), as_json=as_json)
    comparing = comparing_of(context, options, _earlier(options))
    request = evaluation_request(context, options, comparing.configs[0], options["data"])
    evaluate = partial(_results, request, comparing, options)
    return run_evaluation(context, request, options, evaluate, as_json=as_json)


def _earlier(options: Mapping[str, Any]) -> str | None:
    """The folder whose comparison is tested. Raises UsageError where configurations are named beside it."""
    folder: str | None = options["compared"]
    if not options["configs"]:
        return PACKAGE_FOLDER if folder == _NAMED else folder
    if folder:
        hint = "name the folder or the configurations"
        raise UsageError(Problem("--compare DIR and --config both say what is compared", hint=hint))
    return None


def _results(
    request: BuildRequest, comparing: Comparing, options: Mapping[str, Any], listener: Listener | None
) -> Results:
    """Tests, or compares. Raises UsageError where there are no stories."""
    if len(comparing.configs) == 1 and options["compared"] is None:
        return story_test_results(request, options, listener)
    from graphbuild.project.dialogue_comparison import compare_stories
    from graphbuild.project.dialogue_files import comparison_results

    compared = compare_stories(
        request,
        comparing,
        options["stories"],
        listener,
        plots=not options["no_plot"],
        understands=options["understands"],
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


def package_results(request: BuildRequest, options: Mapping[str, Any], _: Listener | None) -> Results:
    """Tests a package on stories as the options say. Raises UsageError where there are none."""
    from graphbuild.project.dialogue_files import story_results
    from graphbuild.project.package_evaluation import PackageTest, evaluate_package_stories

    tested = evaluate_package_stories(
        PackageTest(request.project, options["model"]),
        options["stories"],
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
