"""`graphbuild train interactive`: teach an assistant by talking to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.arguments import with_arguments
from graphbuild.builder import plan
from graphbuild.cli.asking import Asker, asker
from graphbuild.cli.building import built, request_of
from graphbuild.cli.many_values import ManyValues
from graphbuild.cli.output import (
    augmentation_option,
    examples,
    recipe_options,
    run_options,
    variables_of,
    write_bytes,
)
from graphbuild.errors import ExitCode
from graphbuild.plan.decision import Verdict
from graphbuild.session import BuildRequest, store_folder

if TYPE_CHECKING:
    from graphbuild.agent import Agent
    from graphbuild.teaching.journal import LeftBehind

_PICTURE = "story_graph.html"


@click.command(
    "interactive",
    cls=ManyValues,
    short_help="Teach an assistant by talking to it.",
    epilog=examples("graphbuild train interactive", "graphbuild train interactive --model models --skip-visualization"),
)
@recipe_options
@run_options
@augmentation_option
@click.option("-m", "--model", metavar="MODEL", help="Talk to this package, or the newest of a folder; train nothing "
    "before.")  # fmt: skip
@click.option("--out", metavar="DIR", help="Folder of the packages.  [default: models]")
@click.option("--fixed-model-name", metavar="NAME", help="Name of the package instead of a dated one.")
@click.option("--skip-validation", is_flag=True, help="Train without checking the data first.")
@click.option(
    "--endpoints", metavar="FILE", help="Where the action server is.  [default: endpoints.yml, if it is there]"
)
@click.option("--e2e", "tells_texts", is_flag=True, help="Stories hold what users said, beside what they meant.")
@click.option("--conversation-id", metavar="ID", help="What actions know the conversation by.  [default: a random one]")
@click.option("--skip-visualization", is_flag=True, help="Draw no graph of the stories.")
@click.option("-p", "--port", type=int, hidden=True, help="Of Rasa's server of graphs; none is needed here.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    """Train, then talk to the assistant: confirm or correct what it understands and does, and save that as data.

    What was taught goes to the project's own NLU, story and domain files. Type :help while you talk. Where standard
    input is no terminal, answers are read from it line by line.
    """
    import logging

    from graphbuild.teaching.opening import open_agent

    logging.getLogger("graphbuild.assistant.runtime").addHandler(logging.NullHandler())  # problems are shown anyway
    request = request_of(context, options, checks=not options["skip_validation"])
    request = with_arguments(request, {"augmentation_factor": options["augmentation"]}, {}).request
    model = request.project / options["model"] if options["model"] is not None else None
    if model is None:
        report = built(context, request)
        if report.code is not ExitCode.DONE or report.model is None:
            return int(report.code)
        model = report.model
    agent = open_agent(model, request.project, options["endpoints"])
    answers = asker()
    is_saved = _teach(agent, request, options, answers)
    return _train_again(context, request, answers) if is_saved else int(ExitCode.DONE)


def _teach(agent: Agent, request: BuildRequest, options: Mapping[str, Any], answers: Asker) -> bool:
    """The lesson. Whether something was saved."""
    import asyncio
    import uuid

    from graphbuild.cli.teacher import Ending, Teacher
    from graphbuild.teaching.journal import Journal
    from graphbuild.teaching.lesson import Lesson
    from graphbuild.teaching.picture import page
    from graphbuild.teaching.saving import save
    from graphbuild.teaching.wording import saved_text

    project, store = request.project, store_folder(request)
    variables = variables_of(options["domain"], options["data"])
    left = _left_behind(store, project, answers)
    journal = Journal.begun(store, project)
    lesson = Lesson(
        agent.processor,
        journal,
        sender_id=options["conversation_id"] or uuid.uuid4().hex,
        tells_texts=options["tells_texts"],
        tellings=left.steps if left is not None else (),
    )
    if left is not None:
        left.forget()

    def draw(*, is_saved: bool = False) -> str:
        if options["skip_visualization"]:
            return "  no graph is drawn: --skip-visualization"
        stories = () if is_saved else lesson.taught().stories  # what is saved is among the project's own
        write_bytes(project / _PICTURE, page(project, variables, stories, store))
        return f"  {project / _PICTURE}"

    def saving() -> str:
        done = saved_text(save(project, variables, lesson.taught()))
        return done if options["skip_visualization"] else f"{done}\n{draw(is_saved=True)}"

    click.echo(f"talking to {agent.path}; :help says what can be typed")
    ending = Ending.LEFT
    try:
        with asyncio.Runner() as runner:
            teacher = Teacher(lesson, answers, runner, saving, draw)
            ending = teacher.teach()
            runner.run(agent.close())
    finally:
        keeps = ending is Ending.LEFT and bool(lesson.taught())
        journal.close(keeps=keeps)
        if keeps:
            click.echo(f"not saved; {journal.path} keeps it: the next `graphbuild train interactive` offers it again")
    return ending is Ending.SAVED


def _left_behind(store: Path, project: Path, answers: Asker) -> LeftBehind | None:
    """What an earlier lesson left that the teacher wants to go on with."""
    from graphbuild.teaching.journal import left_behind

    for one in left_behind(store, project):
        if not one.turns:
            one.forget()
            continue
        turns = f"{one.turns} turn{'s' if one.turns > 1 else ''}"
        try:
            answer = answers.ask(f"a lesson of {turns} was not saved: [g]o on with it, [f]orget it, [l]eave it? ")
        except (EOFError, KeyboardInterrupt):
            return None
        if answer.strip().lower() in ("g", "go", "go on", "y", "yes"):
            return one
        if answer.strip().lower() in ("f", "forget", "forget it"):
            one.forget()
    return None


def _train_again(context: click.Context, request: BuildRequest, answers: Asker) -> int:
    """Offers to train what was touched."""
    made = plan(request)
    touched = len(made.decisions) - made.count(Verdict.HIT)
    if not touched:
        click.echo("nothing has to be trained again")
        return int(ExitCode.DONE)
    question = f"train again? {touched} of {len(made.decisions)} nodes are touched at most [y/N] "
    try:
        wants = answers.ask(question).strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        wants = False
    return int(built(context, request).code) if wants else int(ExitCode.DONE)
