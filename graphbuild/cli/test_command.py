"""`graphbuild test nlu`: evaluate how well an assistant understands."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.building import LateConsole, report_document, show_report
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import examples, json_option, project_of, recipe_of, run_options, store_of, variables_of
from graphbuild.errors import ExitCode, Problem, UsageError
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.project.evaluation_files import Results

_PERCENTAGES = (0, 25, 50, 75)


@click.group(
    "test",
    short_help="Evaluate how well an assistant understands.",
    epilog=examples("graphbuild test nlu --nlu tests/nlu.yml"),
)
def command() -> None:
    """Evaluate an assistant on data that it was not trained on."""


@command.command(
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
@click.option("-c", "--config", "--file", "configs", multiple=True, metavar="RECIPE", help="A recipe, a Rasa "
    "config.yml, or recipe:NAME; several are compared.  [default: graphbuild.yml, config.yml]")  # fmt: skip
@click.option("-d", "--domain", metavar="PATH", help="The domain, file or folder.")
@click.option("--data", multiple=True, metavar="PATH", help="Training data, files or folders.")
@click.option("--out", default="results", show_default=True, metavar="DIR", help="Folder of the reports.")
@click.option("--cross-validation", is_flag=True, help="Train on all folds of the data but one, in turns.")
@click.option(
    "-f", "--folds", default=5, show_default=True, type=click.IntRange(2, 100), metavar="N", help="How many folds."
)
@click.option("--random-seed", "seed", default=0, show_default=True, type=click.IntRange(0), metavar="N",
    help="Another seed, other folds.")  # fmt: skip
@click.option("-r", "--runs", default=3, show_default=True, type=click.IntRange(1), metavar="N",
    help="How often configurations are compared, on different examples.")  # fmt: skip
@click.option("-p", "--percentages", multiple=True, type=click.IntRange(0, 99), metavar="N",
    help="Shares of the examples that are left out of training.  [default: 0 25 50 75]")  # fmt: skip
@click.option("--successes", is_flag=True, help="Write what was predicted right, too.")
@click.option("--no-errors", is_flag=True, help="Write no lists of what was predicted wrong.")
@click.option("--no-plot", is_flag=True, help="Draw no PNG; the HTML page has its own pictures.")
@click.option("--fail-on-prediction-errors", is_flag=True, help="Exit code 1 where a prediction is wrong.")
@click.option("-m", "--model", hidden=True)
@run_options
@json_option
@click.pass_context
def nlu_command(context: click.Context, /, as_json: bool, **options: Any) -> int:
    """Evaluate intents, entities and responses: figures for each label, errors, PNG, and one HTML page.

    Trains what is not trained yet, and nothing twice: after `train`, evaluating a file trains nothing, and evaluating
    it again runs nothing. Several values may follow an option: -p 0 25 50.
    """
    if options["model"]:
        raise UsageError("not yet: --model; the project is evaluated as it is (docs/limitations.md)")
    project = project_of(context)
    configs = [recipe_of(one, project) for one in options["configs"] or (None,)]
    if options["cross_validation"] and len(configs) > 1:
        raise UsageError("--cross-validation takes one configuration")
    splits = options["cross_validation"] or len(configs) > 1
    if splits and options["nlu"] and options["data"]:
        raise UsageError("--nlu and --data both name what is split; name one of them")
    request = BuildRequest(
        project=project,
        recipe=configs[0],
        variables=variables_of(options["domain"], options["nlu"] if splits and options["nlu"] else options["data"]),
        force=options["force"],
        jobs=options["jobs"],
        keep_going=options["keep_going"],
        store=store_of(context),
        package=False,
    )
    began = time.perf_counter()
    results = _results(context, request, configs, options, as_json=as_json)
    report = replace(results.report, wall_s=time.perf_counter() - began)
    if report.code is ExitCode.DONE:
        _write(project / options["out"], results.files)
    code = report.code
    if code is ExitCode.DONE and options["fail_on_prediction_errors"] and results.errors:
        code = ExitCode.FAILED
    if as_json:
        from graphbuild.report.as_json import dumps

        click.echo(dumps({**report_document(report), **results.document, "code": int(code)}))
    else:
        show_report(context, report, request)
        for line in () if context.obj["quiet"] else results.lines:
            click.echo(line)
        if results.files and not context.obj["quiet"]:
            click.echo(f"reports in {options['out']}/, all on one page: {options['out']}/{results.page}")
    return int(code)


def _results(
    context: click.Context, request: BuildRequest, configs: Sequence[str], options: Mapping[str, Any], *, as_json: bool
) -> Results:
    """Evaluates, showing progress. Raises UsageError where there is nothing to evaluate on."""
    from graphbuild.project.evaluation import compare, cross_validate, evaluate
    from graphbuild.project.evaluation_files import Wanted, comparison_results, evaluation_results

    wanted = Wanted(errors=not options["no_errors"], successes=options["successes"])
    plots = not options["no_plot"]
    with LateConsole(quiet=context.obj["quiet"], verbose=context.obj["verbose"]) as console:
        listener = None if as_json else console
        if len(configs) > 1:
            percentages = options["percentages"] or _PERCENTAGES
            done = compare(request, configs, options["runs"], sorted({*percentages}), listener, plots=plots)
            return comparison_results(done, wanted)
        if options["cross_validation"]:
            folded = cross_validate(request, options["folds"], listener, seed=options["seed"], plots=plots)
            return evaluation_results(folded, wanted)
        return evaluation_results(evaluate(request, options["nlu"], listener, plots=plots), wanted)


def _write(folder: Path, files: Mapping[str, Any]) -> None:
    """Writes what is bytes or text as it is, all else as JSON. Raises UsageError where that is not possible."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_bytes(content))
    except OSError as error:
        problem = Problem(f"cannot write to {folder}: {error.strerror}", hint="--out DIR names another folder")
        raise UsageError(problem) from error


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    # Half characters, which no text has but data may have.
    return text.encode("utf-8", "replace")
