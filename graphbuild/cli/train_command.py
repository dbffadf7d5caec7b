"""`graphbuild train [nlu|core|compare|interactive]`: train an assistant and package it, compare several, teach one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from graphbuild.arguments import Training, check_domain, is_left_to_the_recipe, with_arguments, with_nlu_data
from graphbuild.cli.building import request_of, run_build, show_plan
from graphbuild.cli.comparison_train_command import command as compare
from graphbuild.cli.interactive_train_command import command as interactive
from graphbuild.cli.many_values import ManyValues, values_of
from graphbuild.cli.output import (
    HISTORY,
    augmentation_option,
    examples,
    json_option,
    project_of,
    recipe_of,
    recipe_options,
    run_options,
)
from graphbuild.errors import ExitCode, Problem, UsageError
from graphbuild.finetuning import Finetuning
from graphbuild.halves import NLU_TARGETS
from graphbuild.session import PACKAGE_FOLDER

_NEWEST = ""
"""What --finetune has without a model."""
_COMPARE, _INTERACTIVE = "compare", "interactive"
_HINTS = {_COMPARE: " -c A B", _INTERACTIVE: " -c A"}
_CONFIGS = ("-c", "--config", "-f", "--file")


class TrainCommand(ManyValues):
    """`train`, which hands over to the commands below it: where one is named, or halves are compared as in Rasa."""

    also = (compare, interactive)
    """Commands below this one."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        if args[:1] == [_INTERACTIVE]:
            return interactive.make_context(f"{info_name} {_INTERACTIVE}", args[1:], parent, **extra)
        # Rasa's users type `train core -c A B`.
        compares = args[:1] == [_COMPARE] or (args[:1] == ["core"] and len(values_of(args[1:], _CONFIGS)) > 1)
        if compares:
            return compare.make_context(f"{info_name} {_COMPARE}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    "train",
    cls=TrainCommand,
    short_help="Train an assistant and package it.",
    epilog=examples(
        "graphbuild train --config recipe:light",
        "graphbuild train nlu",
        "graphbuild train --finetune models/first.tar.gz --epoch-fraction 0.2",
        "graphbuild train --dry-run",
        "graphbuild train compare --help",
        "graphbuild train interactive --help",
    ),
)
@click.argument("half", required=False, type=click.Choice(["nlu", "core", _COMPARE, _INTERACTIVE]))
@recipe_options
@click.option("-u", "--nlu", multiple=True, metavar="PATH", help="What --data is called in Rasa's `train nlu`.")
@click.option("-s", "--stories", multiple=True, metavar="PATH", help="What --data is called in Rasa's `train core`.")
@run_options
@click.option("--out", metavar="DIR", help="Folder of the packages.  [default: models]")
@click.option("--dry-run", is_flag=True, help="Only say what would run, and why; exit code 3 if something would.")
@click.option("--fixed-model-name", metavar="NAME", help="Name of the package instead of a dated one.")
@augmentation_option
@click.option("--skip-validation", is_flag=True, help="Train without checking the data first.")
@click.option("--fail-on-validation-warnings", is_flag=True, help="Let warnings of the checks stop the training, too.")
@click.option("--validation-max-history", type=click.IntRange(1), metavar="N", help=HISTORY)
@click.option(
    "--finetune",
    is_flag=False,
    flag_value=_NEWEST,
    metavar="[MODEL]",
    help="Go on from a model, or from the newest of a folder.  [without MODEL: that of --out]",
)
@click.option(
    "--epoch-fraction",
    type=click.FloatRange(0, min_open=True),
    metavar="F",
    help="With --finetune: train F times as many epochs.  [default: 1.0]",
)
@click.option("--write-config", is_flag=True, help="Write components that were chosen by default into config.yml.")
@click.option("--persist-nlu-data", is_flag=True, help="Keep the NLU data in the package, too: `data show` reads it.")
@click.option("--num-threads", type=click.IntRange(1), metavar="N", help="Threads of trainings that can have several.")
@click.option("--debug-plots", is_flag=True, help="Draw the stories into story_blocks_connections.html, too.")
@click.option("--endpoints", hidden=True)  # Rasa's has it, and no use for it
@json_option
@click.pass_context
def command(context: click.Context, /, half: str | None, as_json: bool, dry_run: bool, **options: Any) -> int:
    """Train an assistant (or its NLU or dialogue half) and package it; what is unchanged is reused.

    Works on Rasa projects as they are: domain.yml, data/, and their config.yml or a recipe. `graphbuild train compare`
    trains several configurations on ever fewer stories, `graphbuild train interactive` teaches by talking; they have
    options of their own.
    """
    if half in (_COMPARE, _INTERACTIVE):
        raise UsageError(Problem(f"`{half}` comes before its options", hint=f"graphbuild train {half}{_HINTS[half]}"))
    options["data"] += _words_of_halves(half, options)
    project = project_of(context)
    if options["write_config"]:
        _write_config(recipe_of(options["recipe"], project), project)
    if options["domain"] is not None and is_left_to_the_recipe(options["domain"], project):
        options["domain"] = None
    if half == NLU_TARGETS and options["domain"] is not None:
        check_domain(options["domain"], project)
    request = request_of(context, options, checks=not options["skip_validation"], finetuning=_finetuning(options))
    request = replace(request, variables={**request.variables, **_variables(options)})
    if half is not None:
        request = replace(request, targets=(half,), prefix=f"{half}-")
    if options["persist_nlu_data"]:
        request = with_nlu_data(request)
    nlu = {"num_threads": options["num_threads"]}
    asked = with_arguments(request, {"augmentation_factor": options["augmentation"]}, nlu)
    if dry_run:
        return show_plan(asked.request, as_json=as_json)
    code = run_build(context, asked.request, as_json=as_json)
    if options["debug_plots"] and code == ExitCode.DONE:
        _draw(context, asked, as_json=as_json)
    return code


def _draw(context: click.Context, asked: Training, *, as_json: bool) -> None:
    from graphbuild.training import draw_stories

    path = draw_stories(asked)
    if not as_json and not context.obj["quiet"]:
        click.echo(f"stories drawn: {path.name}" if path is not None else "no stories to draw")


def _write_config(recipe: str, project: Path) -> None:
    """Writes what an empty list of a Rasa config stands for into it. Raises UsageError where it cannot."""
    from graphbuild.project.config_lists import fill_lists

    if filled := fill_lists(recipe, project):
        click.echo(f"wrote {' and '.join(f'`{key}`' for key in filled)} into {recipe}", err=True)


def _variables(options: dict[str, Any]) -> dict[str, Any]:
    """Overrides of variables that recipes of assistants have."""
    given = {
        "conflict_history": options["validation_max_history"],
        "fail_on_warnings": options["fail_on_validation_warnings"] or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _finetuning(options: dict[str, Any]) -> Finetuning | None:
    """What the training goes on from. Raises UsageError for a fraction without it."""
    model, fraction = options["finetune"], options["epoch_fraction"]
    if model is None:
        if fraction is not None:
            raise UsageError(
                Problem("--epoch-fraction belongs to --finetune", hint="add --finetune, or change `epochs`")
            )
        return None
    newest = options["out"] or PACKAGE_FOLDER
    return Finetuning(Path(newest if model == _NEWEST else model), 1.0 if fraction is None else fraction)


def _words_of_halves(half: str | None, options: dict[str, Any]) -> tuple[str, ...]:
    """The data by Rasa's words of one half. Raises UsageError where it is not that half that is trained."""
    paths: tuple[str, ...] = ()
    for word, owner in (("nlu", "nlu"), ("stories", "core")):
        if options[word] and half != owner:
            raise UsageError(
                Problem(f"--{word} belongs to `train {owner}`", hint="--data names training data of any kind")
            )
        paths += options[word]
    return paths
