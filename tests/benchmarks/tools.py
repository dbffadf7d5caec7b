"""Build tools: how each is told a layered graph or one step over many files, and how it is run.

Each tool gets its own idiomatic file. `python` style is for those that can run a step as a function of their process.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from tests.benchmarks.layered import Project, Step, last_layer

ROOT = Path(__file__).parents[2]
JOBS = "2"
MANY = "cat data/f_* | md5sum > {out}; echo all >> '{counter}'"
"""The one step over many files. `find | xargs` would do as well; twenty thousand names are within what cat is given."""


class Tool(ABC):
    """A build tool."""

    name: ClassVar[str]
    program: ClassVar[str]
    styles: ClassVar[tuple[str, ...]] = ("shell",)
    arguments: ClassVar[tuple[str, ...]]
    """What it is started with to build all."""

    def find(self) -> list[str] | None:
        """The words that start it, or None where it is not installed."""
        beside = Path(sys.executable).with_name(self.program)
        found = str(beside) if beside.exists() else shutil.which(self.program)
        return [found] if found else None

    def prepare(self, project: Project) -> list[list[str]]:
        """Commands to run once in a new project, unmeasured."""
        return []

    @abstractmethod
    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        """Writes the tool's own file of a layered graph."""

    @abstractmethod
    def write_many(self, project: Project, files: Sequence[str]) -> None:
        """Writes the tool's own file of one step over many files."""


class Graphbuild(Tool):
    """This one, on a native recipe."""

    name = "graphbuild"
    program = "graphbuild"
    styles = ("shell", "python")
    arguments = ("build", "--json", "--jobs", JOBS)

    def find(self) -> list[str] | None:
        found = super().find()
        if found is None and importlib.util.find_spec("graphbuild.cli.main") is not None:
            code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from graphbuild.cli.main import main; main()"
            return [sys.executable, "-c", code]
        return found

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        if style == "python":
            (project.root / "steps.py").write_text(_STEPS_MODULE.format(counter=str(project.counter)))
        node = _python_node if style == "python" else _command_node
        targets = ", ".join(step.name for step in last_layer(steps))
        lines = ["graphbuild: 1", "nodes:", *(f"  {step.name}: {node(step)}" for step in steps)]
        _write(project.root / "graphbuild.yml", [*lines, f"targets: {{model: [{targets}]}}"])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        command = json.dumps(f"xargs cat < $list | md5sum > $out; echo all >> '{project.counter}'")
        node = f"  all: {{uses: Command, reads: [data], with: {{command: {command}}}}}"
        _write(project.root / "graphbuild.yml", ["graphbuild: 1", "nodes:", node, "targets: {model: [all]}"])


class Make(Tool):
    """GNU make: modification times."""

    name = "make"
    program = "make"
    arguments = ("-s", "-r", "-j", JOBS)

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        rules = [f"{step.output}: {' '.join(step.files)}\n\tsh step.sh $@ {step.tag} $^" for step in steps]
        _write(project.root / "Makefile", [f"all: {' '.join(step.output for step in last_layer(steps))}", *rules])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        command = MANY.format(out="$@", counter=project.counter)
        _write(project.root / "Makefile", [f"out/all: $(wildcard data/*)\n\t{command}"])


class Ninja(Tool):
    """ninja: modification times and commands."""

    name = "ninja"
    program = "ninja"
    arguments = ("--quiet", "-j", JOBS)
    command: ClassVar[str] = "sh step.sh $out $tag $in"
    restat: ClassVar[str] = "0"

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        head = ["rule step", f"  command = {self.command}", *(["  restat = 1"] if self.restat == "1" else [])]
        builds = [f"build {step.output}: step {' '.join(step.files)}\n  tag = {step.tag}" for step in steps]
        _write(project.root / "build.ninja", [*head, *builds])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        command = MANY.format(out="$out", counter=project.counter)
        _write(project.root / "build.ninja", ["rule all", f"  command = {command}", f"build out/all: all {_j(files)}"])


class NinjaRestat(Ninja):
    """ninja with `restat`, and a step that leaves an equal output alone: early cutoff by hand."""

    name = "ninja-restat"
    command = "sh step.sh $out.new $tag $in && if cmp -s $out.new $out; then rm $out.new; else mv $out.new $out; fi"
    restat = "1"


class Doit(Tool):
    """doit: digests of files, asked for when size or time moved."""

    name = "doit"
    program = "doit"
    styles = ("shell", "python")
    arguments = ("-n", JOBS, "-v", "0", "--reporter", "zero")

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        rows = [(step.name, step.tag, step.output, step.files) for step in steps]
        text = _DODO_PYTHON.format(counter=str(project.counter)) if style == "python" else _DODO
        _write(project.root / "dodo.py", [f"STEPS = {json.dumps(rows)}", text])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        command = MANY.format(out="out/all", counter=project.counter)
        _write(project.root / "dodo.py", [_DODO_MANY.format(command=command)])


class Dvc(Tool):
    """DVC: digests of files, a lock file."""

    name = "dvc"
    program = "dvc"
    arguments = ("repro", "--quiet")

    def prepare(self, project: Project) -> list[list[str]]:
        return [["init", "--no-scm", "--quiet"], ["config", "core.analytics", "false"]]

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        stages = {
            step.name: {
                "cmd": f"sh step.sh {step.output} {step.tag} {' '.join(step.files)}",
                "deps": step.files,
                "outs": [step.output],
            }
            for step in steps
        }
        _write(project.root / "dvc.yaml", [json.dumps({"stages": stages}, indent=1)])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        stage = {"cmd": MANY.format(out="out/all", counter=project.counter), "deps": ["data"], "outs": ["out/all"]}
        _write(project.root / "dvc.yaml", [json.dumps({"stages": {"all": stage}}, indent=1)])


class Snakemake(Tool):
    """Snakemake: modification times, digests of small files, parameters, code."""

    name = "snakemake"
    program = "snakemake"
    arguments = ("--cores", JOBS, "--quiet", "all")

    def write(self, project: Project, steps: Sequence[Step], style: str) -> None:
        finals = json.dumps([step.output for step in last_layer(steps)])
        rules = [
            f"rule {step.name}:\n  input: {json.dumps(step.files)[1:-1]}\n  output: {step.output!r}\n"
            f"  params: tag={step.tag!r}\n  shell: 'sh step.sh {{output}} {{params.tag}} {{input}}'"
            for step in steps
        ]
        _write(project.root / "Snakefile", [f"rule all:\n  input: {finals}", *rules])

    def write_many(self, project: Project, files: Sequence[str]) -> None:
        command = MANY.format(out="out/all", counter=project.counter)
        _write(project.root / "Snakefile", [_SNAKE_MANY.format(command=command)])


TOOLS: dict[str, Tool] = {
    tool.name: tool for tool in (Graphbuild(), Make(), Ninja(), NinjaRestat(), Doit(), Dvc(), Snakemake())
}


def _command_node(step: Step) -> str:
    reads = ", ".join([*step.sources, "step.sh"])
    return f'{{uses: Command,{_needs(step)} reads: [{reads}], with: {{command: "sh step.sh $out {step.tag} $in"}}}}'


def _python_node(step: Step) -> str:
    return f'{{uses: "steps:Step",{_needs(step)} reads: [{", ".join(step.sources)}], with: {{tag: {step.tag}}}}}'


def _needs(step: Step) -> str:
    return f" needs: {{inputs: [{', '.join(step.inputs)}]}}," if step.inputs else ""


def _j(words: Iterable[str]) -> str:
    return " ".join(words)


def _write(path: Path, parts: Sequence[str]) -> None:
    path.write_text("\n".join(parts) + "\n")


_STEPS_MODULE = '''\
"""The step of the layered graph as a component: what step.sh does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceTree

COUNTER = {counter!r}


class Step(Component):
    kind = "step"

    @dataclass(frozen=True)
    class Config(Options):
        tag: str = option("", "The word that the digest begins with.")

    def apply(self, inputs: Sequence[JsonValue] = (), source: SourceTree | None = None) -> JsonValue:
        with open(COUNTER, "a") as counter:
            counter.write(self.config.tag + "\\n")
        lines = [self.config.tag, *(value.value for value in inputs)]
        for file in source.files.values() if source else ():
            lines += [line for line in file.read_text().splitlines() if not line.startswith("#")]
        return JsonValue(hashlib.md5("\\n".join(lines).encode()).hexdigest())
'''

_DODO = """\
def task_step():
    for name, tag, output, files in STEPS:
        command = f"sh step.sh {output} {tag} {' '.join(files)}"
        yield {"name": name, "file_dep": files, "targets": [output], "actions": [command]}
"""

_DODO_PYTHON = """\
import hashlib

def step(tag, output, files):
    with open({counter!r}, "a") as counter:
        counter.write(tag + "\\n")
    lines = [tag]
    for file in files:
        with open(file) as opened:
            lines += [line for line in opened.read().splitlines() if not line.startswith("#")]
    with open(output, "w") as opened:
        opened.write(hashlib.md5("\\n".join(lines).encode()).hexdigest())

def task_step():
    for name, tag, output, files in STEPS:
        yield {{"name": name, "file_dep": files, "targets": [output], "actions": [(step, (tag, output, files))]}}
"""

_DODO_MANY = """\
from glob import glob

def task_all():
    return {{"file_dep": glob("data/*"), "targets": ["out/all"], "actions": [{command!r}]}}
"""

_SNAKE_MANY = """\
from glob import glob

rule all:
  input: "out/all"

rule many:
  input: sorted(glob("data/*"))
  output: "out/all"
  shell: {command!r}
"""
