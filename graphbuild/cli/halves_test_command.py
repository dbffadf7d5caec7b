"""`graphbuild test all`: test stories and examples, where the assistant and its data have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.core_test_command import package_results as core_package_results
from graphbuild.cli.core_test_command import story_test_results
from graphbuild.cli.documents import print_document
from graphbuild.cli.evaluation_output import (
    code_of,
    evaluation_options,
    evaluation_request,
    result_document,
    show_results,
    story_options,
    with_progress,
    write_files,
)
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.nlu_test_command import package_results as nlu_package_results
from graphbuild.cli.output import examples, json_option, recipe_options, run_options
from graphbuild.errors import ExitCode, UsageError
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener
    from graphbuild.project.evaluation_files import Results

_Evaluate = Callable[[BuildRequest, Mapping[str, Any], "Listener | None"], "Results"]


@click.command(
    "all",
    cls=ManyValues,
    short_help="Both, where there is something to test on.",
    epilog=examples("graphbuild test", "graphbuild test all --nlu tests/nlu.yml --fail-on-prediction-errors"),
)
@story_options
@click.option("-u", "--nlu", "nlu", multiple=True, metavar="PATH", help="Examples to test on, files or folders.  "
    "[default: the training data]")  # fmt: skip
@recipe_options
@evaluation_options
@run_options
@json_option
@click.pass_context
def halves_command(context: click.Context, /, as_json: bool, **options: Any) -> int:
    """Test stories as `test core` does, and examples as `test nlu` does; a half that is not there is passed over.

    Both write into one folder. `--json` prints what each prints, under `core` and `nlu`, and `reasons` for a half that
    was passed over.
    """
    request = evaluation_request(context, options, options["recipe"], options["data"])
    halves: dict[str, _Evaluate] = {"core": story_test_results, "nlu": _nlu_results}
    if options["model"] is not None:
        halves = {"core": core_package_results, "nlu": nlu_package_results}
    done: dict[str, Results] = {}
    reasons: dict[str, UsageError] = {}
    for name, evaluate in halves.items():
        try:
            done[name] = with_progress(context, partial(evaluate, request, options), as_json=as_json)
        except UsageError as nothing:
            # What was asked for by name must be there.
            if options["stories" if name == "core" else "nlu"]:
                raise
            reasons[name] = nothing
            continue
        if done[name].report.code is ExitCode.DONE:
            write_files(request.project / options["out"], done[name].files)
        if not as_json:
            show_results(context, done[name], request, options["out"])
    if not done:
        raise UsageError([problem for reason in reasons.values() for problem in reason.problems])
    code = code_of(list(done.values()), fails=options["fail_on_prediction_errors"])
    told = {name: str(reason) for name, reason in reasons.items()}
    if as_json:
        parts = {name: result_document(done[name]) if name in done else None for name in halves}
        print_document({"code": int(code), **parts, "reasons": told})
    elif not context.obj["quiet"]:
        for name, reason in told.items():
            click.echo(f"{name} not tested: {reason}")
    return int(code)


def _nlu_results(request: BuildRequest, options: Mapping[str, Any], listener: Listener | None) -> Results:
    from graphbuild.project.evaluation import evaluate
    from graphbuild.project.evaluation_files import Wanted, evaluation_results

    wanted = Wanted(errors=not options["no_errors"], successes=options["successes"])
    return evaluation_results(evaluate(request, options["nlu"], listener, plots=not options["no_plot"]), wanted)
