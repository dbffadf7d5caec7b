"""Where the domain is: a file, or else a folder; and where a conflict between its files stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import build, graph
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.session import BuildRequest
from tests.cli.command_line import run

CONFIG = """\
recipe: default.v1
language: en
pipeline: [{name: WhitespaceTokenizer}, {name: KeywordIntentClassifier}]
policies: [{name: MemoizationPolicy}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "config.yml": CONFIG,
        "data/nlu.yml": "nlu:\n- intent: greet\n  examples: |\n    - hi\n",
        "data/stories.yml": "stories:\n- story: hi\n  steps:\n  - intent: greet\n  - action: utter_hi\n",
        "domain/a.yml": 'version: "3.1"\nintents: [greet]\nsession_config:\n  session_expiration_time: 5\n',
        "domain/b.yml": 'version: "3.1"\nresponses:\n  utter_hi: [{text: hi}]\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def domain_files(project: Path) -> list[str]:
    nodes = graph(BuildRequest(project, "config.yml")).nodes.values()
    return [node.source.files[0] for node in nodes if node.source is not None and node.name == "domain_file"]


def test_a_folder_is_read_where_there_is_no_file(project: Path) -> None:
    report = build(BuildRequest(project, "config.yml"))
    assert report.code is ExitCode.DONE
    assert domain_files(project) == ["domain/a.yml", "domain/b.yml"]
    # A file counts before the folder from the moment that it is there, whatever was compiled before.
    (project / "domain.yml").write_text('version: "3.1"\nintents: [greet, bye]\n')
    assert domain_files(project) == ["domain.yml"]
    (project / "domain.yml").unlink()
    assert domain_files(project) == ["domain/a.yml", "domain/b.yml"]


def test_no_domain_at_all_names_all_places_and_the_option(project: Path) -> None:
    for file in (project / "domain").iterdir():
        file.unlink()
    (project / "domain").rmdir()
    with pytest.raises(RecipeError) as caught:
        graph(BuildRequest(project, "config.yml", targets=("core",)))
    (problem,) = caught.value.problems
    assert problem.what == "there is no file or folder `domain.yml` or `domain.yaml` or `domain`"
    assert "--domain" in (problem.hint or "")


@pytest.mark.parametrize("command", [("data", "show"), ("validate",), ("train",)])
def test_a_conflict_between_files_names_both_places(command: tuple[str, ...], project: Path) -> None:
    (project / "domain/b.yml").write_text('version: "3.1"\n\nsession_config: {session_expiration_time: 6}\n')
    done = run("-C", str(project), *command)
    assert done.code == (1 if command == ("validate",) else 2)
    screen = done.out + done.err
    assert "domain/b.yml:3: error" in screen
    assert "session setting `session_expiration_time` is defined in two ways" in screen
    assert "also at: " in screen
    assert "domain/a.yml:4" in screen
