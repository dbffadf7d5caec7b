from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from graphbuild.cli.main import COMMANDS, cli, internal_error
from graphbuild.errors import ExitCode
from graphbuild.report.problems import render_problems
from tests.cli.command_line import run


def commands() -> list[tuple[str, click.Command]]:
    context = click.Context(cli)
    found = []
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found.extend((f"{name} {child}", one) for child, one in command.commands.items())
    return found


def modules_after(*arguments: str) -> set[str]:
    """What a fresh process has loaded after a command line."""
    code = (
        "import sys\nfrom graphbuild.cli.main import main\n"
        f"try: main({list(arguments)!r})\nexcept SystemExit as left: assert not left.code, left.code\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    # Standard output is for the document alone, with --json.
    return set(ran.stderr.splitlines()[-1].split())


def test_help_lists_every_command_and_imports_none() -> None:
    ran = run("--help")
    assert ran.code == 0
    assert all(f"\n  {name}" in ran.out for name in COMMANDS)
    loaded = modules_after("--help")
    assert not [name for name in loaded if name.endswith("_command")]
    assert not loaded & {"rich", "yaml", "networkx", "numpy", "msgspec", "asyncio", "graphbuild.builder"}


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    assert command.help
    is_group = isinstance(command, click.Group)
    assert f"graphbuild {name}" in (command.epilog or "") or (is_group and "graphbuild" in (command.epilog or ""))


def test_the_list_of_commands_says_what_each_says_of_itself() -> None:
    assert {name: one.short_help for name, one in commands() if " " not in name} == COMMANDS


def test_a_build_with_nothing_to_do_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    project = tmp_path / "news"
    assert run("init", project, "--sample", "text-classifier").code == 0
    line = ["-C", str(project), "build", "-f", "recipe.yml", "--json"]
    assert run(*line).document["up_to_date"] is False
    heavy = {"rich", "yaml", "networkx", "numpy", "msgspec", "asyncio", "joblib", "sklearn", "tensorflow"}
    assert not modules_after(*line) & heavy
    assert run(*line).document["up_to_date"] is True


def test_the_version() -> None:
    assert run("--version").out.startswith("graphbuild ")


def test_a_wrong_command_is_answered_with_the_nearest() -> None:
    ran = run("trian")
    assert (ran.code, ran.out) == (2, "")
    assert "Did you mean 'train'?" in ran.err
    assert "See graphbuild --help." in run("xyzzy").err


def test_where_the_folder_is_named_is_told() -> None:
    ran = run("train", "-C", "elsewhere")
    assert ran.code == 2
    assert "before the command: graphbuild -C DIR" in ran.err


def test_wrong_usage_is_a_document_with_json() -> None:
    ran = run("plan", "--nonsense", "--json")
    assert (ran.code, ran.err) == (2, "")
    assert ran.document["code"] == 2
    assert "--nonsense" in ran.document["problems"][0]["what"]


def test_errors_of_the_project_are_screens_or_documents(tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "build")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: there is no graphbuild.yml and no config.yml in")
    document = run("-C", tmp_path / "nowhere", "build", "--json").document
    assert (document["code"], document["model"], document["nodes"]) == (2, None, [])


@pytest.mark.parametrize("option", [["-C", "{}"], ["-C{}"]])
def test_excerpts_are_read_from_the_folder_of_the_project(option: list[str], tmp_path: Path) -> None:
    (tmp_path / "recipe.yml").write_text("graphbuild: 1\nnodes: 7\ntargets: {}\n")
    ran = run(*(part.format(tmp_path) for part in option), "plan", "-f", "recipe.yml")
    assert ran.code == 2
    assert "recipe.yml:2" in ran.err
    assert "2 | nodes: 7" in ran.err


def test_what_the_system_refuses_is_no_internal_error() -> None:
    line = ["-C", "x" * 300, "graph"]
    ran = run(*line)
    assert ran.code == 1
    assert ran.err == f"error: File name too long\n  file: {'x' * 300}\n"
    assert "Traceback" in run("-v", *line).err


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    assert run("init", tmp_path / "news", "--sample", "text-classifier").code == 0
    ran = run("-C", tmp_path / "news", "graph", "-f", "recipe.yml", "-o", tmp_path / "no" / "x.svg")
    assert ran.code == 2
    assert f"error: cannot write to {tmp_path / 'no' / 'x.svg'}: No such file or directory" in ran.err


def test_an_error_of_ours_says_where_and_how_to_report_it() -> None:
    try:
        {}["key"]
    except KeyError as fault:
        error = internal_error(fault)
    screen = render_problems(error.problems, {})
    assert screen.startswith("error: internal error: KeyError: 'key'\n")
    assert "in test_an_error_of_ours_says_where_and_how_to_report_it" in screen
    assert "report it" in screen
    assert error.exit_code is ExitCode.FAILED
