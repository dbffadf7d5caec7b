"""What commands share: printing documents, error screens, and the request that their options make."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from graphbuild.cli.documents import keep_output, print_document
from graphbuild.cli.remotes import remote_options
from graphbuild.cli.watching import watch_options
from graphbuild.cli.writing import replace_file
from graphbuild.errors import GraphbuildError, Problem, UsageError
from graphbuild.session import BuildRequest

_Function = TypeVar("_Function", bound=Callable[..., Any])
_CONFIGS = ("graphbuild.yml", "config.yml")
QUIET = "Say only what went wrong."
VERBOSE = "Say more; show tracebacks of internal errors."
HISTORY = "How many last states are compared to find stories that contradict each other.  [default: all]"


def examples(*lines: str) -> str:
    """The end of a help text: command lines, each on its own."""
    return "\b\n" + "\n".join(["Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])


def json_option(function: _Function) -> _Function:
    """`--json`."""
    return click.option(
        "--json", "as_json", is_flag=True, callback=keeping_output, help="Print one JSON document and nothing else."
    )(function)


def keeping_output(_context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
    """With `--json`, standard output is kept for the document from here on."""
    if value:
        keep_output()
    return value


def recipe_options(function: _Function) -> _Function:
    """`-f`, `--domain`, `--data`: which recipe, over which files."""
    for option in (
        click.option("--data", multiple=True, metavar="PATH", help="Training data, file or folder; may be repeated."),
        click.option("-d", "--domain", metavar="PATH", help="The domain, file or folder."),
        click.option(
            "-f", "-c", "--file", "--config", "recipe", metavar="RECIPE",
            help="A recipe, a Rasa config.yml, or recipe:NAME.  [default: graphbuild.yml, config.yml]",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def matrix_option(function: _Function) -> _Function:
    """`--matrix`."""
    return click.option(
        "--matrix", is_flag=True, help="All variants of the recipe's matrix, as `compare` builds them."
    )(function)


def augmentation_option(function: _Function) -> _Function:
    """`--augmentation`."""
    return click.option(
        "--augmentation",
        type=click.IntRange(0),
        metavar="N",
        help="How much stories are glued to others, for policies that generalise.  [default: the recipe's]",
    )(function)


def _say(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and parameter.name is not None:
        context.obj[parameter.name] = True


def loudness_options(function: _Function) -> _Function:
    """`-v`, `-q` after the command too, where people write them."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_say, help=QUIET),
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_say, help=VERBOSE),
    ):
        function = option(function)
    return function


def run_options(function: _Function) -> _Function:
    """`--jobs`, `--dask`, `--force`, `--keep-going`; who listens; `--remote`; and `-v`, `-q`."""
    function = remote_options(watch_options(loudness_options(function)))
    for option in (
        click.option("--keep-going", is_flag=True, help="After a failure, run all that does not depend on it."),
        click.option("--force", is_flag=True, help="Run everything again."),
        click.option(
            "--dask", metavar="ADDRESS", callback=_dask,
            help="Run the actions on a Dask cluster: tcp://HOST:PORT, or local:N.  [default: $GRAPHBUILD_DASK]",
        ),
        click.option("-j", "--jobs", default=1, metavar="N", type=click.IntRange(1), help="Actions at a time."),
    ):  # fmt: skip
        function = option(function)
    return function


def _dask(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """What `--dask` says, read at once: a build with nothing to do is told of a mistake, too."""
    if value:
        from graphbuild.execution.workers.dask_address import address_of  # late: few builds are on a cluster

        address_of(value)
    return value


def choices_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """What `run_options` ask for. Raises UsageError."""
    chosen = {name: options[name] for name in ("force", "jobs", "dask", "keep_going")}
    if chosen["dask"] and chosen["jobs"] > 1:
        raise UsageError(
            Problem("--dask and --jobs do not go together", hint="a cluster has as many jobs as it has workers")
        )
    return chosen


def looking_back_options(function: _Function) -> _Function:
    """`-f`: whose builds."""
    return click.option(
        "-f", "-c", "--file", "--config", "recipe", metavar="RECIPE",
        help="Of which recipe.  [default: graphbuild.yml, config.yml]",
    )(function)  # fmt: skip


def past_request(context: click.Context, recipe: str | None) -> BuildRequest:
    """The request whose builds are looked at."""
    project = project_of(context)
    if recipe is None and context.parent is not None:
        recipe = context.parent.params.get("recipe")
    return BuildRequest(project=project, recipe=recipe_of(recipe, project), store=store_of(context))


def recipe_request(context: click.Context, options: Mapping[str, Any], **more: Any) -> BuildRequest:
    """What `recipe_options` ask for, in the project and the store of the command line."""
    project = project_of(context)
    return BuildRequest(
        project=project,
        recipe=recipe_of(options["recipe"], project),
        variables=variables_of(options["domain"], options["data"]),
        store=store_of(context),
        **{"matrix": options.get("matrix", False), **more},
    )


def project_of(context: click.Context) -> Path:
    """The folder of `-C`. Raises UsageError."""
    folder = Path(context.obj["folder"])
    if folder.is_file():
        raise UsageError(Problem(f"{folder} is a file; -C names the folder of a project"))
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    return folder


def store_of(context: click.Context) -> Path | None:
    """The store of `--store`, below the folder of `-C`."""
    return Path(context.obj["folder"]) / context.obj["store"] if context.obj["store"] else None


def recipe_of(recipe: str | None, project: Path) -> str:
    """The recipe that was named, or the project's own. Raises UsageError."""
    if recipe is not None:
        return recipe
    for name in _CONFIGS:
        if (project / name).is_file():
            return name
    raise UsageError(f"there is no {' and no '.join(_CONFIGS)} in {project}; name a recipe: --config recipe:light")


def variables_of(domain: str | None, data: tuple[str, ...]) -> Mapping[str, Any]:
    """Overrides of a recipe's variables."""
    variables: dict[str, Any] = {}
    if domain is not None:
        variables["domain"] = domain
    if data:
        variables["data"] = list(data)
    return variables


def write_text(context: click.Context, path: str, text: str, option: str = "-o") -> Path:
    """Writes the file that an option names, below the folder of `-C`. Raises UsageError where it cannot be."""
    file = Path(context.obj["folder"]) / path
    try:
        replace_file(file, text.encode())
    except OSError as error:
        raise UsageError(
            Problem(f"cannot write to {file}: {error.strerror}", hint=f"{option} FILE names another file")
        ) from error
    return file


def write_bytes(path: Path, content: bytes) -> None:
    """Writes the file that `--out` names, and its folder. Raises UsageError where that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as error:
        raise UsageError(
            Problem(f"cannot write to {path}: {error.strerror}", hint="--out FILE names another file")
        ) from error


def show_error(error: GraphbuildError, folder: str, *, wants_json: bool) -> None:
    """An error's screen on standard error; with `--json` a document on standard output."""
    if wants_json:
        from graphbuild.report.as_json import problems_document

        document = {
            "code": int(error.exit_code),
            "model": None,
            "up_to_date": False,
            "nodes": [],
            "problems": problems_document(error.problems),
        }
        print_document(document)
        return
    from graphbuild.cli.colours import has_colours
    from graphbuild.report.problems import render_problems, texts_of

    texts = {**texts_of(error.problems, Path(folder)), **error.texts}
    colour = has_colours(sys.stderr)
    click.echo(render_problems(error.problems, texts, colour=colour), err=True, nl=False, color=colour)
