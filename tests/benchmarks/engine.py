"""The engine beside other build tools: layered graphs of trivial steps, and one step over many files.

    python -m tests.benchmarks.engine [--sizes 100 1000] [--tools graphbuild,make] [--style shell|python] [--quick]

Prints wall seconds (median), the steps that really ran in brackets, peak memory, each also as a ratio to the first
tool. Exits with 1 if graphbuild ran other steps than it should. docs/benchmarks.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import layered
from tests.benchmarks.layered import Project
from tests.benchmarks.measure import Measured, OverTime, floor_mb, middle, run
from tests.benchmarks.tools import TOOLS, Tool

MANY_FILES = 20_000
SLOW_S = 10.0
"""A full build that takes longer is not repeated."""
WRONG = "!"
OVER_TIME = ">limit"


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    style: str
    repeat: int
    limit_s: float


@dataclass(frozen=True)
class Row:
    """One tool and one scenario. `measured` is None when it took too long."""

    scenario: str
    measured: Measured | None
    ran: int
    ideal: int


@dataclass
class Column:
    """All scenarios of one tool."""

    tool: str
    rows: list[Row] = field(default_factory=list)


class Failed(Exception):
    """A tool did not build what it should have built."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs what the command line asks for, prints tables. Returns the exit code."""
    options = _parser().parse_args(arguments)
    settings = Settings(options.style, 1 if options.quick else options.repeat, options.limit)
    sizes = [100] if options.quick else options.sizes
    tools = list(_installed(options.tools.split(","), settings.style))
    many = (500 if options.quick else MANY_FILES) if options.style == "shell" and not options.no_many else 0
    print(f"peak memory below {floor_mb():.0f} MB cannot be told apart; jobs: 2; median of {settings.repeat}")
    tables = {}
    for size in sizes:
        depth, width = layered.shape_of(size)
        title = f"{depth * width} nodes ({depth} layers x {width}), {settings.style} steps"
        tables[depth * width] = _table(title, tools, partial(_layered, depth=depth, width=width, settings=settings))
    _print_growth(tables, tools)
    if many:
        _table(f"one step over {many} files", tools, partial(_many, count=many, settings=settings))
    wrong = [row for table in tables.values() for column in table for row in column.rows if _is_wrong(column.tool, row)]
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.engine", description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000], help="nodes of the graphs")
    parser.add_argument("--tools", default=",".join(TOOLS), help="comma-separated; the first is what ratios refer to")
    parser.add_argument("--style", choices=["shell", "python"], default="shell", help="what a step is")
    parser.add_argument("--repeat", type=int, default=3, help="runs behind each median")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds after which a command is given up")
    parser.add_argument("--no-many", action="store_true", help="leave out the step over 20,000 files")
    parser.add_argument("--quick", action="store_true", help="100 nodes, 500 files, one run of each")
    return parser


def _installed(names: Sequence[str], style: str) -> Iterator[Tool]:
    for name in names:
        if name not in TOOLS:
            raise SystemExit(f"there is no tool {name!r}; there is {', '.join(TOOLS)}")
        if style not in TOOLS[name].styles:
            print(f"{name}: skipped, has no {style} steps")
        elif TOOLS[name].find() is None:
            print(f"{name}: skipped, not installed")
        else:
            yield TOOLS[name]


def _table(title: str, tools: Sequence[Tool], measure: Callable[[Tool], Iterator[Row]]) -> list[Column]:
    """Measures all tools, printing each as soon as it is known, then the ratios."""
    print(f"\n## {title}")
    columns: list[Column] = []
    for tool in tools:
        column = Column(tool.name)
        try:
            for row in measure(tool):
                column.rows.append(row)
                print(f"{tool.name:14} {_words(row, tool.name)}", flush=True)
        except (Failed, OverTime) as error:
            print(f"{tool.name:14} given up: {error}")
        columns.append(column)
    _print_ratios(columns)
    return columns


def _layered(tool: Tool, depth: int, width: int, settings: Settings) -> Iterator[Row]:
    """All scenarios of one tool on one graph: full build, no-op, and four edits, each repeated with new values."""
    steps = layered.make_steps(depth, width)
    with tempfile.TemporaryDirectory(prefix="layered-") as folder:
        builds = []
        for attempt in range(settings.repeat):
            project = Project(Path(folder, str(attempt)), depth, width)
            project.root.mkdir()
            project.write()
            tool.write(project, steps, settings.style)
            builds.append(_build(tool, project, settings, prepare=True))
            full = project.take_count()
            if builds[-1].wall_s > SLOW_S:
                break
        yield Row("full build", middle(builds), full, len(steps))
        last = steps[-1].name
        edits: list[tuple[str, Callable[[int], None], int]] = [
            ("no-op", lambda _: None, 0),
            (
                "one leaf changed",
                lambda n: project.set_source(0, "a note", f"changed {n}"),
                len(layered.downstream(steps, "src/s_0")),
            ),
            ("comment in a leaf", lambda n: project.set_source(1, f"note {n}", "1"), 1),
            ("sources touched", lambda _: project.touch_all(), 0),
            (
                "command edited",
                lambda n: tool.write(project, layered.with_tag(steps, last, f"edited-{n}"), settings.style),
                1,
            ),
        ]
        for scenario, edit, ideal in edits:
            yield _edited(tool, project, settings, scenario, edit, ideal)


def _many(tool: Tool, count: int, settings: Settings) -> Iterator[Row]:
    """One step that reads many small files of one folder."""
    with tempfile.TemporaryDirectory(prefix="many-") as folder:
        project = Project(Path(folder, "project"), 0, 0)
        files = [f"data/f_{number:05}" for number in range(count)]
        for path in ("data", "out"):
            (project.root / path).mkdir(parents=True)
        for number, file in enumerate(files):
            (project.root / file).write_text(f"line {number}\n")
        tool.write_many(project, files)
        full = _build(tool, project, settings, prepare=True)
        yield Row("full build", full, project.take_count(), 1)
        yield _edited(tool, project, settings, "no-op", lambda _: None, 0)
        first = project.root / files[0]
        yield _edited(tool, project, settings, "one file edited", lambda n: _overwrite(first, f"new {n}\n"), 1)
        yield _edited(tool, project, settings, "sources touched", lambda _: _touch(project.root / "data"), 0)


def _overwrite(path: Path, text: str) -> None:
    path.write_text(text)


def _touch(folder: Path) -> None:
    for path in folder.iterdir():
        path.touch()


def _edited(
    tool: Tool, project: Project, settings: Settings, scenario: str, edit: Callable[[int], None], ideal: int
) -> Row:
    runs, counts = [], []
    for attempt in range(settings.repeat):
        edit(attempt)
        try:
            runs.append(_build(tool, project, settings))
        except OverTime:
            return Row(scenario, None, project.take_count(), ideal)
        counts.append(project.take_count())
    return Row(scenario, middle(runs), counts[-1], ideal)


def _build(tool: Tool, project: Project, settings: Settings, *, prepare: bool = False) -> Measured:
    program = tool.find()
    assert program is not None
    for words in tool.prepare(project) if prepare else []:
        run([*program, *words], project.root)
    measured = run([*program, *tool.arguments], project.root, limit_s=settings.limit_s)
    if measured.status:
        raise Failed(f"exit code {measured.status}\n{measured.out[-2000:]}\n{measured.err[-2000:]}")
    if tool.name == "graphbuild":
        json.loads(measured.out)
    return measured


def _words(row: Row, tool: str) -> str:
    mark = WRONG if _is_wrong(tool, row) else " "
    ran = f"[{row.ran}]{mark}"
    if row.measured is None:
        return f"{row.scenario:18} {OVER_TIME:>9}   {ran:9}"
    return f"{row.scenario:18} {row.measured.wall_s:9.3f} s {ran:9} {row.measured.peak_mb:7.1f} MB"


def _is_wrong(tool: str, row: Row) -> bool:
    """Others may run more or less by design; graphbuild promises the least that is right."""
    return tool == "graphbuild" and row.ran != row.ideal


def _print_ratios(columns: Sequence[Column]) -> None:
    if len(columns) < 2:
        return
    base = {row.scenario: row.measured for row in columns[0].rows if row.measured}
    print(f"\nwall and peak memory as multiples of {columns[0].tool}'s")
    for column in columns[1:]:
        for row in column.rows:
            one = base.get(row.scenario)
            if row.measured and one:
                wall, peak = row.measured.wall_s / one.wall_s, row.measured.peak_mb / one.peak_mb
                more = (row.measured.wall_s - one.wall_s) / max(row.ran, 1) * 1e3
                print(
                    f"{column.tool:14} {row.scenario:18} {wall:9.2f} x {peak:17.2f} x {more:+9.2f} ms a step that ran"
                )


def _print_growth(tables: dict[int, list[Column]], tools: Sequence[Tool]) -> None:
    """What one more node costs, between neighbouring sizes: constant if growth is linear."""
    sizes = sorted(tables)
    if len(sizes) < 2:
        return
    print("\n## what one more node costs, in ms")
    for place, tool in enumerate(tools):
        for small, large in pairwise(sizes):
            before, after = (
                {row.scenario: row.measured for row in tables[size][place].rows if row.measured}
                for size in (small, large)
            )
            for scenario in ("full build", "no-op"):
                if scenario in before and scenario in after:
                    cost = (after[scenario].wall_s - before[scenario].wall_s) / (large - small) * 1e3
                    print(f"{tool.name:14} {scenario:18} {cost:9.4f}   {small} -> {large}")


if __name__ == "__main__":
    sys.exit(main())
