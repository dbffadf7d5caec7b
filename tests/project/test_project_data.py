"""A project's data, read through the engine: what did not change is not read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graphbuild.builder import plan
from graphbuild.errors import DataError, UsageError
from graphbuild.plan.decision import Verdict
from graphbuild.project.data import data_paths, read_project
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLE, tmp_path / "sample", ignore=shutil.ignore_patterns(".graphbuild", "models")))


def to_run(project: Path) -> list[str]:
    paths = {"domain": ["domain.yml"], "data": ["data"]}
    made = plan(BuildRequest(project, "recipe:rasa-base", paths, targets=("domain_file", "training_file")))
    return [node for node, decision in made.decisions.items() if decision.verdict is not Verdict.HIT]


def test_only_what_changed_is_read_again(project: Path) -> None:
    first = read_project(project, {})
    assert to_run(project) == []
    file = next(project.glob("data/*.yml"))
    file.write_text(file.read_text() + "\n# a comment\n")
    assert to_run(project) == [f"training_file@data/{file.name}"]
    second = read_project(project, {})
    assert second.shown() == first.shown()
    assert to_run(project) == []


def test_parts_come_by_file(project: Path) -> None:
    data = read_project(project, {})
    assert list(data.domain) == ["domain.yml"]
    assert list(data.training) == sorted(f"data/{path.name}" for path in project.glob("data/*.yml"))
    assert any(file.nlu.examples for file in data.training.values())


def test_a_recipe_without_a_domain(project: Path) -> None:
    (project / "domain.yml").unlink()
    assert data_paths(project, {}) == {"domain": [], "data": ["data"]}
    assert read_project(project, {}).domain == {}


def test_problems_have_no_facts_of_nodes(project: Path) -> None:
    (project / "data" / "bad.yml").write_text("stories: 1\n")
    with pytest.raises(DataError) as error:
        read_project(project, {})
    assert [problem.facts for problem in error.value.problems] == [()]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no domain\.yml and no data"):
        read_project(tmp_path, {})
