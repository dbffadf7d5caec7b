"""A build with nothing to do loads nothing that it does not need."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from graphbuild.finetuning import Finetuning
from tests.conftest import Workspace

RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  all:  {uses: "tests.toys:Concat", needs: {texts: read}, with: {tag: all}}
"""
FINETUNED = """
nodes:
  text:  {uses: "tests.toys:ReadMessages", reads: [a.txt]}
  more:  {uses: "tests.toys:ReadText", reads: ["b.txt | c.txt"]}
  words: {uses: "tests.start_toys:GoOn", needs: {examples: text}, with: {tag: words}}
targets: {model: [words]}
"""
HEAVY = {
    *("networkx", "yaml", "numpy", "rich", "tensorflow", "keras", "sklearn", "scipy", "msgspec", "asyncio", "joblib"),
    *("opentelemetry", "shutil"),
}
CODE = """
import sys
from graphbuild.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print("modules:", *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
    print("engine:", *sorted(name for name in sys.modules if name.startswith("graphbuild.")), file=sys.stderr)
"""


def loaded(workspace: Workspace, *arguments: str) -> tuple[str, dict[str, set[str]]]:
    """What a command line prints, and the modules that it loads."""
    ended = subprocess.run(
        [sys.executable, "-c", CODE, "-C", str(workspace.project), *arguments],
        env=workspace.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    lines = dict(line.split(": ", 1) for line in ended.stderr.splitlines() if ": " in line)
    return ended.stdout, {name: set(words.split()) for name, words in lines.items()}


def test_a_build_with_nothing_to_do(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.expect("read", "all")
    text, modules = loaded(workspace, "build", "--json")
    assert '"up_to_date": true' in text
    assert not modules["modules"] & HEAVY
    assert "tests" not in modules["modules"]
    assert not {name for name in modules["engine"] if ".recipe." in name or name.endswith((".compile", ".scheduler"))}


def test_a_training_with_nothing_to_do(workspace: Workspace) -> None:
    workspace.recipe(RECIPE + "targets: {model: [all]}\n")
    workspace.write("data/a.txt", "one")
    loaded(workspace, "train", "--json")
    text, modules = loaded(workspace, "train", "--json")
    assert '"up_to_date": true' in text
    assert not modules["modules"] & HEAVY
    assert not {name for name in modules["engine"] if name.startswith(("graphbuild.views", "graphbuild.recipe"))}


def test_the_same_for_people(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.expect("read", "all")
    text, modules = loaded(workspace, "build")
    assert "up to date" in text
    assert not modules["modules"] & HEAVY


def test_a_fine_tuning_with_nothing_to_do(workspace: Workspace) -> None:
    """Also where a file that could be read is not there."""
    workspace.recipe(FINETUNED)
    workspace.write("a.txt", "one")
    workspace.expect("", "words", out=Path("first"))
    workspace.expect("words", finetuning=Finetuning(Path("first")))
    text, modules = loaded(workspace, "train", "-c", "graphbuild.yml", "--finetune", "first")
    assert "up to date" in text
    assert not modules["modules"] & HEAVY
    assert not {name for name in modules["engine"] if ".recipe." in name or name.endswith((".start", ".parent"))}


def test_a_plan_with_nothing_to_do(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.expect("read", "all")
    text, modules = loaded(workspace, "plan")
    assert text.startswith("nothing to do")
    assert not modules["modules"] & HEAVY


def test_a_build_into_a_file_draws_nothing(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    text, modules = loaded(workspace, "build", "--no-package")
    assert "2 ran" in text
    assert "rich" not in modules["modules"]


def test_an_edited_file_loads_the_reader_of_its_format_alone(workspace: Workspace) -> None:
    workspace.write("domain.yml", "intents: [greet]\n")
    nlu = workspace.write("data/nlu.yml", "nlu:\n- intent: greet\n  examples: |\n    - hello\n")
    command = ("build", "-f", "recipe:rasa-base", "nlu:apply", "--no-package", "--jobs", "1")
    loaded(workspace, *command)
    nlu.write_text(nlu.read_text() + "    - hi\n")
    text, modules = loaded(workspace, *command)
    assert "2 ran" in text
    readers = {name.rpartition(".")[2] for name in modules["engine"] if ".data.readers." in name}
    assert "nlu_yaml" in readers
    assert not readers & {"domain_yaml", "story_yaml", "nlu_file", "nlu_dialogflow", "story_markdown"}


def test_a_test_with_nothing_to_run_loads_nothing_that_draws_or_learns(workspace: Workspace) -> None:
    sample = Path(__file__).parents[2] / "recipes" / "sample"
    shutil.copytree(
        sample, workspace.project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".graphbuild", "models")
    )
    loaded(workspace, "test", "core", "-c", "recipe:light")
    text, modules = loaded(workspace, "test", "core", "-c", "recipe:light")
    assert re.search("^done: [0-9]+ reused", text)
    assert not modules["modules"] & {"matplotlib", "sklearn", "scipy", "tensorflow", "keras", "rich"}


def test_a_comparison_with_nothing_to_do(workspace: Workspace) -> None:
    """It reads no recipe and compiles nothing; there are no scores to read either."""
    workspace.recipe(f"{RECIPE}matrix: {{all.separator: [a, b]}}\n")
    workspace.write("data/a.txt", "one")
    loaded(workspace, "compare")
    text, modules = loaded(workspace, "compare")
    assert "2 variants, 3 nodes instead of 4: 1 shared by all" in text
    assert not modules["modules"] & HEAVY
    assert not {name for name in modules["engine"] if ".recipe." in name or name.endswith((".compile", ".scheduler"))}
