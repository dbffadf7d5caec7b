"""`graphbuild test nlu`: evaluate how well an assistant understands."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.evaluation_output import (
    comparing_of,
    comparison_options,
    configs_of,
    configs_options,
    evaluation_options,
    evaluation_request,
    run_evaluation,
)
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, run_options
from graphbuild.errors import UsageError
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener
    from graphbuild.project.comparison_document import Comparing
    from graphbuild.project.evaluation_files import Results


@click.command(
    "nlu",
    cls=ManyValues,
    short_help="Evaluate intents, entities and responses.",
    epilog=examples(
        "graphbuild test nlu --nlu train_test_split/test_data.yml",
        "graphbuild test nlu --cross-validation --folds 5",
        "graphbuild test nlu -c config.yml recipe:light --runs 3 --percentages 0 50",
    ),
)
@click.option("-u", "--nlu", "nlu", multiple=True, metavar="PATH", help="Examples to test on, files or folders; to be "
    "split for --cross-validation and comparisons.  [default: the training data]")  # fmt: skip
@configs_options
@click.option("--cross-validation", is_flag=True, help="Train on all folds of the data but one, in turns.")
@click.option(
    "-f", "--folds", default=5, show_default=True, type=click.IntRange(2, 100), metavar="N", help="How many folds."
)
@click.option("--random-seed", "seed", default=0, show_default=True, type=click.IntRange(0), metavar="N",
    help="Another seed, other folds.")  # fmt: skip
@comparison_options
@evaluation_options
@run_options
@json_option
@click.pass_context
def nlu_command(context: click.Context, /, as_json: bool, **options: Any) -> int:
    """Evaluate intents, entities and responses: figures for each label, errors, PNG, and one HTML page.

    Trains what is not trained yet, and nothing twice: after `train`, evaluating a file trains nothing, and evaluating
    it again runs nothing. Several values may follow an option: -p 0 25 50.
    """
    if options["model"] is not None:
        request = evaluation_request(context, options, None, options["data"])
        return run_evaluation(context, request, options, partial(package_results, request, options), as_json=as_json)
    configs = configs_of(context, options)
    if options["cross_validation"] and len(configs) > 1:
        raise UsageError("--cross-validation takes one configuration")
    splits = options["cross_validation"] or len(configs) > 1
    if splits and options["nlu"] and options["data"]:
        raise UsageError("--nlu and --data both name what is split; name one of them")
    data = options["nlu"] if splits and options["nlu"] else options["data"]
    request = evaluation_request(context, options, configs[0], data)
    evaluate = partial(_results, request, comparing_of(context, {**options, "data": data}), options)
    return run_evaluation(context, request, options, evaluate, as_json=as_json)


def package_results(request: BuildRequest, options: Mapping[str, Any], _: Listener | None) -> Results:
    """Evaluates a package. Raises UsageError where there is nothing to evaluate on."""
    from graphbuild.project.evaluation_files import Wanted, evaluation_results
    from graphbuild.project.package_evaluation import PackageTest, evaluate_package

    wanted = Wanted(errors=not options["no_errors"], successes=options["successes"])
    test = PackageTest(request.project, options["model"])
    return evaluation_results(evaluate_package(test, options["nlu"], plots=not options["no_plot"]), wanted)


def _results(
    request: BuildRequest, comparing: Comparing, options: Mapping[str, Any], listener: Listener | None
) -> Results:
    """Evaluates. Raises UsageError where there is nothing to evaluate on."""
    from graphbuild.project.evaluation import compare, cross_validate, evaluate
    from graphbuild.project.evaluation_files import Wanted, comparison_results, evaluation_results

    wanted = Wanted(errors=not options["no_errors"], successes=options["successes"])
    plots = not options["no_plot"]
    if len(comparing.configs) > 1:
        done = compare(request, comparing, listener, plots=plots)
        return comparison_results(done, wanted)
    if options["cross_validation"]:
        folded = cross_validate(request, options["folds"], listener, seed=options["seed"], plots=plots)
        return evaluation_results(folded, wanted)
    return evaluation_results(evaluate(request, options["nlu"], listener, plots=plots), wanted)
