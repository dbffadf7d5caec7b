"""A package with a component of the project: it answers where the code is what it was."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graphbuild import Agent
from graphbuild.contract.artifact import encode_json
from graphbuild.errors import PackageError
from graphbuild.package.archive import read_archive, write_archive
from tests.conftest import Workspace
from tests.golden.golden import check
from tests.trained import SAMPLE

RECIPE = """
extends: nlu-only
nodes:
  tokens: {uses: "loud:LoudTokenizer"}
  entities: null
  synonyms: null
  parse: {needs: {entities: []}}
targets:
  model: [parse, fallback, intent]
  nlu: [parse, fallback, intent]
"""
TOKENIZER = """
from graphbuild.assistant.nlu.tokenizers.tokenizing import tokenized
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from graphbuild.assistant.data.messages import Messages, TokenizedMessages
from words import words_of

class LoudTokenizer(WhitespaceTokenizer):
    def apply(self, messages: Messages) -> TokenizedMessages:
        return tokenized(messages, [words_of(text) for text in messages.texts], self.config)
"""
WORDS = "def words_of(text):\n    return [(word.upper(), 0, len(text)) for word in text.split()]\n"


@pytest.fixture
def package(workspace: Workspace) -> Path:
    workspace.recipe(RECIPE)
    workspace.write("loud.py", TOKENIZER)
    workspace.write("words.py", WORDS)
    (workspace.project / "data").mkdir()
    shutil.copy(SAMPLE / "data" / "nlu.yml", workspace.project / "data" / "nlu.yml")
    return trained(workspace)


def trained(workspace: Workspace) -> Path:
    report = workspace.build(fixed_name="m")
    assert report.model is not None, report.problems
    return report.model


def test_it_answers_in_its_project_in_this_process_and_another(workspace: Workspace, package: Path) -> None:
    here = Agent.load(package, workspace.project).parse("hello there")
    assert here["intent"]["name"] == "greet"
    program = (
        "import json, sys; from graphbuild import Agent; print(json.dumps(Agent.load('models').parse(sys.argv[1])))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, "hello there"],
        cwd=workspace.project,
        env=workspace.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(other.stdout) == here


def test_changed_code_is_refused_until_it_is_trained_again(workspace: Workspace, package: Path) -> None:
    workspace.write("words.py", WORDS.replace("upper", "lower"))
    ran = workspace.run("shell", "nlu", "-m", "models/m.tar.gz")
    assert ran.returncode == 2
    check("console/package-other-code.txt", ran.stderr.replace(str(workspace.project.resolve()), "PROJECT"))
    trained(workspace)
    assert Agent.load(package, workspace.project).parse("hello there")["intent"]["name"] == "greet"


def test_elsewhere_its_module_is_not_even_looked_for(workspace: Workspace, package: Path, tmp_path: Path) -> None:
    shutil.copy(package, tmp_path / "m.tar.gz")
    other = Workspace(tmp_path / "other")
    ran = other.run("shell", "nlu", "-m", str(tmp_path / "m.tar.gz"))
    assert ran.returncode == 2
    told = ran.stderr.replace(str(other.project.resolve()), "PROJECT").replace(str(tmp_path), "FOLDER")
    check("console/package-elsewhere.txt", told)


def test_of_another_python_the_code_cannot_be_compared(workspace: Workspace, package: Path) -> None:
    members = dict(read_archive(package))
    manifest = json.loads(members["manifest.json"])
    for node in manifest["provenance"]["nodes"].values():
        node["manifest"]["toolchain"]["python"] = "3.1"
    for row in manifest["predict"]:
        row[8:] = ["blake3:" + "0" * 64] if ":" in row[3] else []
    write_archive(package, {**members, "manifest.json": encode_json(manifest)}.items())
    with pytest.raises(PackageError, match=r"made with Python 3\.1"):
        Agent.load(package, workspace.project)
