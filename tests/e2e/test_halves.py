"""Training one half of an assistant needs that half's files only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.errors import RecipeError
from graphbuild.halves import notices
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    project = tmp_path / "assistant"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    return project


def test_understanding_trains_without_a_domain(assistant: Path) -> None:
    (assistant / "domain.yml").unlink()
    report = build(BuildRequest(assistant, "graphbuild.yml", targets=("nlu",)))
    assert report.problems == ()
    assert report.model is not None
    assert not {node.kind for node in report.result.plan.graph.nodes.values()} & {"policy", "trackers"}


def test_the_whole_is_that_half_then(assistant: Path) -> None:
    (assistant / "domain.yml").unlink()
    whole = build(BuildRequest(assistant, "graphbuild.yml"))
    assert whole.problems == ()
    assert [one.what for one in notices(whole.result.plan.graph)] == [
        "the dialogue half was left out: there is no domain, or it is empty"
    ]


def test_the_other_half_does_not_train_without_a_domain(assistant: Path) -> None:
    (assistant / "domain.yml").unlink()
    with pytest.raises(RecipeError) as raised:
        build(BuildRequest(assistant, "graphbuild.yml", targets=("core",)))
    (problem,) = raised.value.problems
    assert problem.what == "there is no file or folder `domain.yml` or `domain.yaml` or `domain`"
    assert problem.location is not None
    assert problem.location.path in raised.value.texts
