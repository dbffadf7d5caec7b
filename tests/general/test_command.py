"""Command: what it runs, what the command sees, what is adopted, and what its errors say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Operation, signature
from graphbuild.contract.options import read_options
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import BuildFailed, ComponentError, GraphbuildError
from graphbuild.general.command import Command


@pytest.fixture(autouse=True)
def private_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own; whatever the outcome, nothing may be left in it."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def run(command: str, *inputs: bytes, tree: SourceTree | None = None, **options: object) -> bytes:
    config, problems = read_options(Command.Config, {"command": command, **options})
    assert not problems
    return Command(config).apply([Blob(data) for data in inputs], tree).data


def tree_of(folder: Path, **files: str) -> SourceTree:
    made = {}
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        relative = path.relative_to(folder).as_posix()
        made[relative] = SourceFile(path, relative)
    return SourceTree(made)


def complaint(command: str, *inputs: bytes, tree: SourceTree | None = None, **options: object) -> str:
    with pytest.raises(GraphbuildError) as caught:
        run(command, *inputs, tree=tree, **options)
    return str(caught.value)


def test_ports_are_many_blobs_and_an_optional_tree() -> None:
    ports = signature(Command, Operation.APPLY)
    assert ports.inputs["inputs"].many
    assert ports.inputs["inputs"].optional
    assert ports.source is not None
    assert ports.source.optional
    assert dict(ports.outputs) == {"output": Blob}


@pytest.mark.parametrize("command", ["cat $in > $out", "cp in_0 $out", "dd if=in_0 of=${out}", "mv in_0 out"])
def test_output_is_the_file_that_the_command_wrote(command: str, private_temp: Path) -> None:
    assert run(command, b"one\n\xff\x00") == b"one\n\xff\x00"
    assert list(private_temp.iterdir()) == []


def test_inputs_come_in_order_then_the_sources(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", conf__a_dot_txt="conf\n")
    assert run("cat $in > $out", b"first\n", b"second\n", tree=tree) == b"first\nsecond\nconf\n"
    assert run("cat $src > $out", b"first\n", tree=tree) == b"conf\n"


def test_a_file_that_the_command_names_is_no_part_of_the_lists(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", step_dot_sh='out=$1; shift; cat "$@" > $out', conf__a_dot_txt="conf\n")
    assert run("sh step.sh $out $in", b"first\n", tree=tree) == b"first\nconf\n"
    assert run("sh ./step.sh $out $in && true", b"first\n", tree=tree) == b"first\nconf\n"


def test_programs_started_by_the_command_see_the_variables(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", step_dot_sh='echo "$in|$src|$out" > $out', a="")
    assert run("sh step.sh", b"", tree=tree) == b"in_0 a|a|out\n"


def test_a_script_without_a_first_line_runs_as_sh_would_run_it(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", step_dot_sh='cat "$2" > $1')
    tree.files["step.sh"].path.chmod(0o755)
    assert run("./step.sh $out $in", b"text", tree=tree) == b"text"


def test_no_path_of_the_machine_and_no_variable_of_the_caller_reaches_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    said = run("env > $out; wc -c $in >> $out", b"x", tree=tree_of(tmp_path / "project", a="text")).decode()
    assert "SECRET_OF_THE_CALLER" not in said
    assert "4 a\n" in said
    assert str(tmp_path / "project") not in said


def test_env_sets_variables() -> None:
    assert run('printf %s "$GREETING" > $out', env={"GREETING": "hi there"}) == b"hi there"


def test_without_a_shell_words_are_taken_as_they_are(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", **{"two words": "text"})
    assert run("cp $src $out", tree=tree, shell=False) == b"text"
    assert run("cp $src $out", tree=tree) == b"text"


def test_white_space_in_a_list_is_refused_where_sh_would_split_it(tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", **{"two words": "text"})
    assert "$src cannot hold `two words`" in complaint("cat $src > $out", tree=tree)
    assert run("cat 'two words' > $out", tree=tree) == b"text"


def test_a_list_too_long_for_a_variable_is_refused_only_where_it_is_used(tmp_path: Path) -> None:
    file = SourceFile(tmp_path / "file", "file")
    file.path.write_text("x")
    tree = SourceTree({f"data/{number:0>200}": file for number in range(600)})
    assert "$in would be too long with 600 files" in complaint("cat $in > $out", tree=tree)
    assert run("cat data/* > $out", tree=tree) == b"x" * 600


@pytest.mark.parametrize("command", ["xargs cat < $list > $out", "sh step.sh $list $out", "sh step.sh ${list} ${out}"])
def test_a_list_names_the_real_files_and_none_is_linked(command: str, tmp_path: Path) -> None:
    tree = tree_of(tmp_path / "project", b="2", a="1", step_dot_sh="xargs cat < $1 > $2; ls >> $2")
    ran = run(command, tree=SourceTree(dict(sorted(tree.files.items()))))
    assert ran.startswith(b"12")
    assert b"\na\n" not in ran


def test_exit_code_and_last_words_are_reported_and_the_output_is_not_adopted(private_temp: Path) -> None:
    said = complaint("echo half > $out; echo went wrong >&2; exit 3")
    assert "failed with exit code 3" in said
    assert "went wrong" in said
    assert list(private_temp.iterdir()) == []


def test_only_the_last_lines_are_shown() -> None:
    said = complaint("seq 1 10000 >&2; exit 1")
    assert "10000" in said
    assert "\n9980\n" not in said


@pytest.mark.parametrize("command", ["no-such-program $in", "no-such-program > $out"])
def test_a_missing_program_is_named(command: str) -> None:
    assert "exit code 127" in complaint(command)
    assert "no-such-program" in complaint(command)


def test_a_signal_is_named() -> None:
    assert "was killed by signal 9" in complaint("kill -9 $$")


def test_a_missing_output_is_an_error() -> None:
    assert "did not write `$out`" in complaint("true")
    assert "made a folder of `$out`" in complaint("mkdir $out")


def test_an_empty_command_is_an_error() -> None:
    with pytest.raises(ComponentError, match="needs the option `command`"):
        Command().apply()


@pytest.mark.parametrize("name", ["out", "in_0"])
def test_a_source_may_not_take_the_name_of_an_input_or_the_output(name: str, tmp_path: Path) -> None:
    assert f"cannot read a file named `{name}`" in complaint("true", b"", tree=tree_of(tmp_path, **{name: ""}))


def test_what_a_command_leaves_behind_goes_away(private_temp: Path) -> None:
    assert run("mkdir -p deep/er; touch deep/er/file; rm -f in_0; echo done > $out", b"x") == b"done\n"
    assert list(private_temp.iterdir()) == []


def test_a_failing_shell_names_the_command() -> None:
    with pytest.raises(BuildFailed, match="command: if"):
        run("if")
