"""The rules benchmark: the projects that it makes are right but for what is meant to be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.project.validation import validate
from graphbuild.session import BuildRequest
from tests.benchmarks import rules


@pytest.mark.parametrize("wrong", [0, 3])
def test_only_the_wrong_stories_contradict_rules(wrong: int, tmp_path: Path) -> None:
    rules.make_project(tmp_path, 60, 100, wrong)
    found = validate(BuildRequest(tmp_path, "graphbuild.yml"))
    errors = [one for one in found.findings if one.code in ("GB314", "GB315", "GB316")]
    assert [one.what for one in errors] == [
        f"story `wrong story {number}` goes on with `utter_done`, where rule `rule 0` says `utter_000`"
        for number in range(wrong)
    ]
    assert all(one.location is not None and one.location.path.startswith("data/stories") for one in errors)


def test_a_project_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        rules.make_project(tmp_path / name, 30, 20)
    files = [sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("one", "other")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
