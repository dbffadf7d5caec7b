"""What commands that evaluate share: options, files of reports, and what is shown of results."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphbuild.cli.building import report_document, show_report
from graphbuild.cli.documents import print_document
from graphbuild.cli.output import choices_of, project_of, recipe_of, store_of, variables_of
from graphbuild.cli.watching import listening, measures_of
from graphbuild.cli.writing import replace_file
from graphbuild.errors import ExitCode, Problem, UsageError
from graphbuild.report.sizes import in_seconds
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.project.comparison_document import Comparing
    from graphbuild.project.evaluation_files import Results

_Function = TypeVar("_Function", bound=Callable[..., Any])
_OF_RECIPES = (
    *("configs", "recipe", "domain", "data", "cross_validation", "percentages", "runs", "compared", "force"),
)
"""Options of how something is trained."""
_FLAGS = {
    "--configs": "--config",
    "--recipe": "--config",
    "--compared": "--compare",
    "--cross_validation": "--cross-validation",
}


def evaluation_options(function: _Function) -> _Function:
    """Where reports go, and what is in them."""
    for option in (
        click.option(
            "-m", "--model", metavar="MODEL", help="Test this package, or the newest of a folder, as it was trained, "
            "and not the project's recipe.",
        ),
        click.option("--fail-on-prediction-errors", is_flag=True, help="Exit code 1 where a prediction is wrong."),
        click.option("--no-plot", is_flag=True, help="Draw no PNG; the HTML page has its own pictures."),
        click.option("--no-errors", is_flag=True, help="Write no lists of what was predicted wrong."),
        click.option("--successes", is_flag=True, help="Write what was predicted right, too."),
        click.option("--out", default="results", show_default=True, metavar="DIR", help="Folder of the reports."),
    ):  # fmt: skip
        function = option(function)
    return function


def configs_options(function: _Function) -> _Function:
    """`-c A B`, `--domain`, `--data`: which recipes, over which files."""
    for option in (
        click.option("--data", multiple=True, metavar="PATH", help="Training data, files or folders."),
        click.option("-d", "--domain", metavar="PATH", help="The domain, file or folder."),
        click.option(
            "-c", "--config", "--file", "configs", multiple=True, metavar="RECIPE", help="A recipe, a Rasa config.yml, "
            "or recipe:NAME; several are compared.  [default: graphbuild.yml, config.yml]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def comparison_options(function: _Function) -> _Function:
    """`-p 0 25 50`, `-r N`: how several recipes are compared."""
    for option in (
        click.option(
            "-p", "--percentages", multiple=True, type=click.IntRange(0, 99), metavar="N",
            help="Shares of the examples, or stories, that are left out of training.  [default: 0 25 50 75]",
        ),
        click.option(
            "-r", "--runs", type=click.IntRange(1), metavar="N",
            help="How often configurations are compared, on different examples or stories.  [default: 3]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def configs_of(context: click.Context, options: Mapping[str, Any]) -> list[str]:
    """The recipes that are named, or the project's own. Raises UsageError."""
    project = project_of(context)
    return [recipe_of(one, project) for one in options["configs"] or (None,)]


def comparing_of(context: click.Context, options: Mapping[str, Any], earlier: str | None = None) -> Comparing:
    """What is compared: what options name, and else what `train compare` left in a folder. Raises UsageError."""
    from graphbuild.project.comparison_document import PERCENTAGES, RUNS, Comparing, read_comparison

    variables = variables_of(options["domain"], options["data"])
    if options.get("augmentation") is not None:
        variables = {**variables, "augmentation": options["augmentation"]}
    # What is left out of training, each once.
    percentages = tuple(sorted({*options["percentages"]}))
    if earlier is None:
        configs = tuple(configs_of(context, options))
        return Comparing(configs, percentages or PERCENTAGES, options["runs"] or RUNS, variables)
    found = read_comparison(project_of(context) / earlier)
    return replace(
        found,
        percentages=percentages or found.percentages,
        runs=options["runs"] or found.runs,
        variables={**found.variables, **variables},
    )


def story_options(function: _Function) -> _Function:
    """Which stories are tested, and how."""
    for option in (
        click.option("--no-warnings", is_flag=True, help="Write no list of stories in which an intent was a surprise."),
        click.option("--max-stories", type=click.IntRange(1), metavar="N", help="Test at most N stories, the first."),
        click.option(
            "--e2e/--no-e2e", "understands", default=True, help="Whether the texts of users in stories are understood "
            "by the pipeline, too, and held against their intents and entities.  [default: e2e]",
        ),
        click.option(
            "-s", "--stories", "stories", multiple=True, metavar="PATH", help="Test stories, files or folders; of a "
            "folder the files that begin with test_, if any do.  [default: tests]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def evaluation_request(
    context: click.Context, options: Mapping[str, Any], config: str | None, data: tuple[str, ...]
) -> BuildRequest:
    """What the options ask to be built; of a package nothing is. Raises UsageError."""
    project = project_of(context)
    if options["model"] is not None:
        given = next(
            (f"--{name.replace('_', '-')}" for name in _OF_RECIPES if options.get(name) not in (None, False, ())), None
        )
        if given is not None:
            raise UsageError(
                Problem(f"--model tests a package as it is: {_FLAGS.get(given, given)} says nothing of it")
            )
    return BuildRequest(
        project=project,
        recipe="" if options["model"] is not None else recipe_of(config, project),
        variables=variables_of(options["domain"], data),
        **choices_of(options),
        store=store_of(context),
        package=False,
        **measures_of(context),
    )


def run_evaluation(
    context: click.Context,
    request: BuildRequest,
    options: Mapping[str, Any],
    evaluate: Callable[[Any], Results],
    *,
    as_json: bool,
) -> int:
    """Evaluates with a listener, writes the reports, and tells what was found. The exit code."""
    results = with_progress(context, evaluate, as_json=as_json)
    if results.report.code is ExitCode.DONE:
        write_files(request.project / options["out"], results.files)
    code = code_of([results], fails=options["fail_on_prediction_errors"])
    if as_json:
        print_document({**result_document(results), "code": int(code)})
    else:
        show_results(context, results, request, options["out"])
    return int(code)


def with_progress(context: click.Context, evaluate: Callable[[Any], Results], *, as_json: bool) -> Results:
    """The results of an evaluation that is given a listener, with the time that it took."""
    began = time.perf_counter()
    with listening(context, as_json=as_json) as listener:
        results = evaluate(listener)
    return replace(results, report=replace(results.report, wall_s=time.perf_counter() - began))


def code_of(results: Sequence[Results], *, fails: bool) -> ExitCode:
    """The worst of several results; `fails`: wrong predictions count."""
    codes = [one.report.code for one in results]
    code = next((one for one in codes if one is not ExitCode.DONE), ExitCode.DONE)
    if code is ExitCode.DONE and fails and any(one.errors for one in results):
        return ExitCode.FAILED
    return code


def result_document(results: Results) -> dict[str, Any]:
    """What an evaluation came to, for `--json`."""
    document = {**report_document(results.report), **results.document}
    if findings := _odd(results):
        from graphbuild.report.findings import findings_document

        document["findings"] = findings_document(findings)
    return document


def show_results(context: click.Context, results: Results, request: BuildRequest, out: str) -> None:
    """The build, then what was found."""
    if results.report.model is not None and not context.obj["quiet"]:
        click.echo(f"tested {results.report.model} in {in_seconds(results.report.wall_s)}; nothing was trained")
    elif results.report.model is None:
        show_report(context, results.report, request)
    if context.obj["quiet"]:
        return
    if findings := _odd(results):
        show_findings(findings, request.project)
    for line in results.lines:
        click.echo(line)
    if results.files:
        click.echo(f"reports in {out}/, all on one page: {out}/{results.page}")


def _odd(results: Results) -> tuple[Problem, ...]:
    """What nodes could not do, then what is odd about what was tested on."""
    return (*results.report.warnings, *results.findings)


def show_findings(findings: Sequence[Problem], project: Path) -> None:
    """Each with its place and hint."""
    from graphbuild.report.problems import Excerpts, render_problem, texts_of

    excerpts = Excerpts(texts_of(findings, project))
    for one in findings:
        click.echo(f"{render_problem(one, excerpts)}\n")


def write_files(folder: Path, files: Mapping[str, Any]) -> None:
    """Writes what is bytes or text as it is, all else as JSON. Raises UsageError where that is not possible."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, _bytes(content))
    except OSError as error:
        problem = Problem(f"cannot write to {folder}: {error.strerror}", hint="--out DIR names another folder")
        raise UsageError(problem) from error


def _bytes(content: Any) -> bytes:
    if isinstance(content, bytes):
        return content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    # Half characters, which no text has but data may have.
    return text.encode("utf-8", "replace")
