"""Programs: a package at work says what the build said, runs only what is needed, and executes nothing of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphbuild.contract.artifact import JsonValue, encode_json
from graphbuild.contract.code_version import code_version
from graphbuild.contract.digest import of_bytes
from graphbuild.errors import GraphbuildError, PackageError
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.program import Output, Program, load_program
from tests.conftest import ROOT, Workspace

RECIPE = """
nodes:
  given:  {uses: "tests.toys:ReadMessages", reads: [a.txt]}
  joined: {uses: "tests.toys:CountCalls", needs: {values: given}, with: {tag: joined}}
  word:   {uses: "tests.toys:Constant", with: {value: "a b"}}
  know:   {uses: "tests.toys:LearnWords", needs: {examples: [word, given], text: joined}, with: {tag: know}}
  many:   {uses: "tests.toys:CountCalls", needs: {values: [joined, word, know]}, with: {tag: many}}
targets: {model: [know, many]}
"""
GIVEN = """
from dataclasses import dataclass
from typing import ClassVar

from graphbuild.contract.artifact import JsonValue, Ports
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile

@dataclass(frozen=True)
class GivenPorts(Ports):
    runtime: ClassVar = {"output": "messages"}
    output: JsonValue

class Given(Component):
    kind = "importer"
    def apply(self, source: SourceFile) -> GivenPorts:
        return GivenPorts(JsonValue(source.read_text().split()))

class Word(Component):
    def apply(self) -> JsonValue:
        return JsonValue("word")
"""
MINE = """
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component
from words import loud

class Shout(Component):
    def apply(self, text: JsonValue) -> JsonValue:
        return JsonValue([loud(one) for one in text.value])
"""
OWN_RECIPE = """
nodes:
  given: {uses: "given:Given", reads: [a.txt]}
  shout: {uses: "mine:Shout", needs: {text: given}}
  word:  {uses: "given:Word"}
targets: {model: [shout, word]}
"""
Manifest = dict[str, Any]


@pytest.fixture
def package(workspace: Workspace) -> Path:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "a c\n")
    return packed(workspace)


@pytest.fixture
def own(workspace: Workspace) -> Path:
    """A package of a component in the project, which another module of it helps."""
    workspace.recipe(OWN_RECIPE)
    workspace.write("given.py", GIVEN)
    workspace.write("mine.py", MINE)
    workspace.write("words.py", "def loud(text):\n    return text.upper()\n")
    workspace.write("a.txt", "a c\n")
    return packed(workspace)


def packed(workspace: Workspace) -> Path:
    report = workspace.build(fixed_name="m")
    assert report.model is not None, report.problems
    return report.model


def said(program: Program, node: str, messages: list[str]) -> Any:
    output = Output(f"{node}:apply", "output")
    made = program.run([output], {"messages": JsonValue(messages)})[output]
    assert isinstance(made, JsonValue)
    return made.value


def change(path: Path, edit: Callable[[Manifest], None], *artifacts: bytes) -> Path:
    """The same package with another manifest, and more artifacts."""
    members = dict(read_archive(path))
    manifest = json.loads(members["manifest.json"])
    edit(manifest)
    members["manifest.json"] = encode_json(manifest)
    members |= {f"artifacts/{of_bytes(data)[7:]}": data for data in artifacts}
    write_archive(path, members.items())
    return path


def test_it_says_of_what_is_given_what_the_build_said(workspace: Workspace, package: Path) -> None:
    program = load_program(package, ROOT)
    assert said(program, "joined", ["a b", "z"]) == [["a b", "z"]]
    assert said(program, "many", ["z a y"]) == [[["z a y"]], "a b", {"a": 1}]
    assert program.made(JsonValue) == [Output(f"{node}:apply", "output") for node in ("joined", "know", "many")]
    assert program.takes("many:apply", JsonValue) == [Output("joined:apply", "output"), Output("know:apply", "output")]
    assert program.inputs("many:apply") == {"messages"}
    assert [one.value for one in program.kept(JsonValue)] == ["a b"]


def test_only_what_the_targets_need_is_applied_and_once(workspace: Workspace, package: Path) -> None:
    program = load_program(package, ROOT)
    workspace.ran()
    said(program, "know", ["a"])
    assert workspace.ran() == ["joined", "know"]
    said(program, "many", ["a"])
    assert workspace.ran() == ["joined", "know", "many"]


def test_a_component_of_the_project_runs_where_it_is_what_it_was(workspace: Workspace, own: Path) -> None:
    workspace.write("words.py", "# the same but for this\ndef loud(text):\n    return   text.upper()\n")
    assert said(load_program(own, workspace.project), "shout", ["a", "b"]) == ["A", "B"]


def test_a_module_that_is_no_python_is_told_with_its_line(workspace: Workspace, own: Path) -> None:
    """And not as code that differs: what it imports is not known, so that everything would."""
    workspace.write("words.py", "def loud(text):\n    return text.upper(\n")
    with pytest.raises(PackageError) as told:
        load_program(own, workspace.project)
    (problem,) = told.value.problems
    assert "module `words` is no Python: '(' was never closed" in problem.what
    assert problem.location is not None
    assert (problem.location.path, problem.location.line) == (str(workspace.project / "words.py"), 2)
    assert "differ" not in dict(problem.facts)


def test_a_changed_helper_of_a_component_is_refused_by_name(workspace: Workspace, own: Path) -> None:
    workspace.write("words.py", "def loud(text):\n    return text.title()\n")
    with pytest.raises(PackageError) as told:
        load_program(own, workspace.project)
    (problem,) = told.value.problems
    assert "`mine:Shout` is not the code" in problem.what
    assert ("differ", "words") in problem.facts
    assert "train again" in str(problem.hint)


def test_training_again_with_other_code_of_what_only_runs_makes_another_package(
    workspace: Workspace, own: Path
) -> None:
    workspace.write("words.py", "def loud(text):\n    return text.title()\n")
    again = workspace.build(fixed_name="m")
    assert again.is_new
    assert said(load_program(own, workspace.project), "shout", ["ab"]) == ["Ab"]


def test_a_component_of_another_folder_is_refused(own: Path, tmp_path: Path) -> None:
    sys.modules.pop("mine", None)
    with pytest.raises(PackageError, match="no module `mine` in the project"):
        load_program(own, tmp_path)
    assert "mine" not in sys.modules


def no_such_component(manifest: Manifest) -> None:
    manifest["predict"][0][3] = "NoSuchComponent"


def a_module_of_python(manifest: Manifest) -> None:
    row = manifest["predict"][0]
    row[3] = "antigravity:webbrowser"
    row[8:] = [code_version("antigravity", (ROOT,)).digest]


def a_path_for_a_module(manifest: Manifest) -> None:
    manifest["predict"][0][3] = "/tmp/evil:Evil"


def a_parent_for_a_module(manifest: Manifest) -> None:
    manifest["predict"][0][3] = "..evil:Evil"


def no_component_at_all(manifest: Manifest) -> None:
    row = manifest["predict"][0]
    row[3] = "tests.conftest:Workspace"
    row[8:] = [code_version("tests.conftest", (ROOT, ROOT)).digest]


def other_code(manifest: Manifest) -> None:
    manifest["predict"][0][8:] = ["blake3:" + "0" * 64]


def no_code(manifest: Manifest) -> None:
    del manifest["predict"][0][8:]


def an_option_too_many(manifest: Manifest) -> None:
    manifest["predict"][0][4]["command"] = "rm"


def another_state(manifest: Manifest) -> None:
    next(one for one in manifest["artifacts"] if one["port"] == "state")["type"] = "ToyWordCounts.v2"


def a_port_too_many(manifest: Manifest) -> None:
    manifest["predict"][0][6].append(["command", None, "output", "messages"])


def another_output(manifest: Manifest) -> None:
    manifest["predict"][0][7] = {"output": "Elsewhere.v1"}


def an_input_of_nothing(manifest: Manifest) -> None:
    manifest["predict"][1][6] = []


def an_input_of_what_is_not_there(manifest: Manifest) -> None:
    manifest["predict"][1][6][0][1] = "nowhere:apply"


def an_input_without_a_name(manifest: Manifest) -> None:
    manifest["predict"][0][6][0][3] = []


def rows_of_rubbish(manifest: Manifest) -> None:
    manifest["predict"] = [["a"]]


def no_rows(manifest: Manifest) -> None:
    del manifest["predict"]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (no_such_component, "no component `NoSuchComponent`"),
        (a_module_of_python, "no module `antigravity` in the project"),
        (a_path_for_a_module, "no module"),
        (a_parent_for_a_module, "no module"),
        (no_component_at_all, "not a graphbuild Component"),
        (other_code, "not the code"),
        (no_code, "not the code"),
        (an_option_too_many, "no option `command`"),
        (another_state, "reads ToyWordCounts.v1"),
        (a_port_too_many, "no input port `command`"),
        (another_output, "is to make Elsewhere.v1"),
        (an_input_of_nothing, "nothing fills"),
        (an_input_of_what_is_not_there, "cannot be read"),
        (an_input_without_a_name, "cannot be read"),
        (rows_of_rubbish, "cannot be read"),
        (no_rows, "cannot be read"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(
    workspace: Workspace, package: Path, edit: Callable[[Manifest], None], told: str
) -> None:
    workspace.ran()
    sys.modules.pop("antigravity", None)
    with pytest.raises(PackageError, match=told):
        load_program(change(package, edit), ROOT)
    assert workspace.ran() == []
    assert "antigravity" not in sys.modules


def test_pickled_bytes_in_the_place_of_a_state_are_no_state(package: Path, tmp_path: Path) -> None:
    # Protocol 0: the call of os.system that unpickling would make.
    mark = tmp_path / "mark"
    data = f"cos\nsystem\n(S'touch {mark}'\ntR.".encode()

    def put(manifest: Manifest) -> None:
        next(one for one in manifest["artifacts"] if one["port"] == "state")["digest"] = of_bytes(data)

    program = load_program(change(package, put, data), ROOT)
    with pytest.raises(PackageError, match=r"no ToyWordCounts\.v1"):
        said(program, "know", ["a"])
    assert not mark.exists()


def test_bytes_that_are_not_what_their_name_says_are_refused(package: Path) -> None:
    members = dict(read_archive(package))
    name = next(one for one in members if one != "manifest.json")
    members[name] = b'{"type":"ToyWordCounts.v1","value":{"evil":1}}'
    write_archive(package, members.items())
    with pytest.raises(GraphbuildError, match="damaged"):
        load_program(package, ROOT)


def test_a_library_that_is_gone_is_named_with_its_extra(workspace: Workspace, own: Path) -> None:
    workspace.write(
        "mine.py", MINE.replace("    def apply", '    extra, requires = "fakes", ("fake-dist",)\n\n    def apply')
    )
    metadata = workspace.write(
        "fake_dist-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: fake-dist\nVersion: 1\n"
    )
    assert workspace.build(fixed_name="m").is_new
    load_program(own, workspace.project)
    metadata.unlink()
    metadata.parent.rmdir()
    with pytest.raises(PackageError, match=r"needs `fake-dist`, not installed here") as told:
        load_program(own, workspace.project)
    assert told.value.problems[0].hint == "pip install 'graphbuild[fakes]'"
