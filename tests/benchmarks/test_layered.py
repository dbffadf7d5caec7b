"""The layered graphs: their shape, their cones, and that tools which are here build them as they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks import engine, layered
from tests.benchmarks.layered import Project
from tests.benchmarks.measure import OverTime, run
from tests.benchmarks.tools import TOOLS


@pytest.mark.parametrize(("nodes", "cone"), [(100, 17), (1000, 54), (10_000, 188)])
def test_a_cone_widens_by_a_column_every_fifth_layer(nodes: int, cone: int) -> None:
    steps = layered.make_steps(*layered.shape_of(nodes))
    assert len(steps) == nodes
    assert len(layered.downstream(steps, "src/s_0")) == cone


@given(st.integers(1, 12), st.integers(1, 8))
def test_steps_stand_after_what_they_read_and_only_the_last_layer_is_not_read(depth: int, width: int) -> None:
    seen: set[str] = set()
    steps = layered.make_steps(depth, width)
    for step in steps:
        assert seen.issuperset(step.inputs)
        seen.add(step.name)
    assert [step.name for step in layered.last_layer(steps)] == [f"n_{depth - 1}_{column}" for column in range(width)]


def test_every_fifth_layer_reads_the_next_column_too() -> None:
    steps = {step.name: step for step in layered.make_steps(5, 3)}
    assert steps["n_3_2"].inputs == ("n_2_2",)
    assert steps["n_4_2"].inputs == ("n_3_2", "n_3_0")
    assert steps["n_0_1"].sources == ("src/s_1", "conf/l0.txt")
    assert steps["n_4_1"].sources == ("conf/l4.txt",)


@pytest.mark.parametrize("style", ["shell", "python"])
def test_the_recipe_has_a_node_for_each_step(style: str, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", 5, 3)
    project.write()
    steps = layered.make_steps(5, 3)
    TOOLS["graphbuild"].write(project, layered.with_tag(steps, "n_4_1", "edited"), style)
    recipe = yaml.safe_load((project.root / "graphbuild.yml").read_text())
    assert list(recipe["nodes"]) == [step.name for step in steps]
    node = recipe["nodes"]["n_4_1"]
    assert node["needs"] == {"inputs": ["n_3_1", "n_3_2"]}
    assert "conf/l4.txt" in node["reads"]
    assert "edited" in json.dumps(node["with"])
    assert recipe["targets"]["model"] == ["n_4_0", "n_4_1", "n_4_2"]


def test_the_python_step_is_a_component_that_does_what_the_script_does(tmp_path: Path) -> None:
    from graphbuild.contract.artifact import JsonValue
    from graphbuild.contract.loading import load_class
    from graphbuild.contract.source import SourceFile, SourceTree

    project = Project(tmp_path / "project", 1, 2)
    project.write()
    TOOLS["graphbuild"].write(project, layered.make_steps(1, 2), "python")
    step_class = load_class("steps:Step", project.root)
    step = step_class(step_class.Config(tag="n"))
    tree = SourceTree({"src/s_0": SourceFile(project.root / "src/s_0", "src/s_0")})
    before = step.apply([JsonValue("x")], tree)
    project.set_source(0, "another note", "0")
    assert step.apply([JsonValue("x")], tree) == before
    project.set_source(0, "another note", "1")
    assert step.apply([JsonValue("x")], tree) != before
    assert project.take_count() == 3


@pytest.mark.parametrize("tool", ["make", "ninja", "ninja-restat", "doit"])
def test_a_tool_builds_every_step_once_and_then_nothing(tool: str, tmp_path: Path) -> None:
    program = TOOLS[tool].find()
    if program is None:
        pytest.skip(f"{tool} is not installed")
    project = Project(tmp_path / "project", 5, 3)
    project.write()
    TOOLS[tool].write(project, layered.make_steps(5, 3), "shell")
    for expected in (15, 0):
        assert run([*program, *TOOLS[tool].arguments], project.root).status == 0
        assert project.take_count() == expected


def test_measuring_tells_time_memory_status_and_output(tmp_path: Path) -> None:
    measured = run(["sh", "-c", "echo said; echo more >&2; exit 3"], tmp_path)
    assert (measured.status, measured.out, measured.err) == (3, "said\n", "more\n")
    assert 0 < measured.peak_mb < 500


def test_a_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(OverTime):
        run(["sleep", "600"], tmp_path, limit_s=0.2)


def test_the_benchmark_prints_a_row_for_each_scenario(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if TOOLS["make"].find() is None:
        pytest.skip("make is not installed")
    assert engine.main(["--quick", "--tools", "make"]) == 0
    said = capsys.readouterr().out
    for scenario in ("full build", "no-op", "one leaf changed", "comment in a leaf", "sources touched"):
        assert f"make           {scenario}" in said
    assert "one step over 500 files" in said
