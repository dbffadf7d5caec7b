"""One model on several Pythons: whether it answers the same, and by how much confidences differ.

    python -m tests.benchmarks.pythons PYTHON ... [--recipe recipe:light] [--project FOLDER] [--everywhere]

The project (the sample unless another is named) is trained by the Python that runs this, with all epochs of the recipe,
or by each of them with `--everywhere`. Every Python, named by the path of its interpreter, then parses the
project's examples and some texts that no recipe knows, and leads a conversation, each in a process of its own. Prints
the largest difference of a confidence for each pair; exits with 1 where anything else differs than the last figures of
a number, or a number by more than 0.000001.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphbuild.project.data import read_project

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "recipes" / "sample"
ODD = ("zzz \U0001f6b2", "", "ÄÖÜ 12.30 Uhr, bitte!", '/inform{"part": "chain"}', "word " * 300)
"""Texts that are nowhere in the examples."""
MOST = 1e-6
"""How much a number may differ: another build of numpy may round the last figure otherwise."""
OF_THE_MOMENT = ("timestamp", "message_id", "model_id")
"""What differs between two conversations that are the same."""
TRAINS = "import sys, graphbuild; print(graphbuild.train(*sys.argv[1:5]).model)"
ANSWERS = """
import asyncio, json, sys
from graphbuild import Agent
agent = Agent.load(sys.argv[1], seed=1)
asked = json.load(sys.stdin)

async def talk():
    for text in asked["says"]:
        await agent.handle_text(text, sender_id="me")
    events = [event.as_dict() for event in (await agent.tracker("me")).events]
    await agent.close()
    return events

parses = [agent.parse(text) for text in asked["parses"]]
print(json.dumps({"python": sys.version_info[:2], "parses": parses, "events": asyncio.run(talk())}))
"""


class Different(Exception):
    """Two answers are not the same; the text says where."""


def ran(python: str, code: str, *arguments: str, folder: Path, given: str = "") -> str:
    """What a process of some Python prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "GRAPHBUILD_STORE": str(folder / ".graphbuild")}
    command = [python, "-c", code, *arguments]
    done = subprocess.run(
        command, env=environment, cwd=folder, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{python}: {done.stderr}")
    return done.stdout


def train(python: str, project: Path, recipe: str, out: str = "models") -> Path:
    """The package that a Python makes of a project."""
    paths = (project / "domain.yml", recipe, project / "data", project / out)
    return Path(ran(python, TRAINS, *map(str, paths), folder=project).split()[-1])


def answers(python: str, model: Path, parses: Sequence[str], says: Sequence[str]) -> dict[str, Any]:
    """What a model parses and says in a process of some Python."""
    given = json.dumps({"parses": list(parses), "says": list(says)})
    found: dict[str, Any] = json.loads(ran(python, ANSWERS, str(model), folder=model.parent, given=given))
    return found


def difference(one: Any, other: Any, where: str = "") -> float:
    """The largest difference of two numbers in two answers. Raises Different where they are not the same besides."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = one.keys() - {*OF_THE_MOMENT}
        if keys != other.keys() - {*OF_THE_MOMENT}:
            raise Different(f"{where}: {sorted(one)} and {sorted(other)}")
        return max((difference(one[key], other[key], f"{where}.{key}") for key in sorted(keys)), default=0.0)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return max((difference(*pair, f"{where}[{place}]") for place, pair in pairs), default=0.0)
    if isinstance(one, float) and isinstance(other, float) and abs(one - other) <= MOST:
        return abs(one - other)
    if type(one) is type(other) and one == other:
        return 0.0
    raise Different(f"{where}: {one!r} and {other!r}")


def compared(models: dict[str, Path], pythons: Sequence[str], said: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """For each model and Python: their names, and what came of it."""
    for name, model in models.items():
        expected = answers(pythons[0], model, said, [*said[:10], *ODD])
        for python in pythons[1:]:
            found = answers(python, model, said, [*said[:10], *ODD])
            version = ".".join(map(str, found["python"]))
            try:
                most = max(difference(found[key], expected[key], key) for key in ("parses", "events"))
                yield name, version, f"the same; confidences differ by {most:.1e} at most"
            except Different as error:
                yield name, version, f"NOT the same: {error}"


def examples_of(project: Path) -> list[str]:
    """The texts of a project's examples."""
    files = read_project(project, {"data": ["data"]}).training.values()
    return sorted({example.text for file in files for example in file.nlu.examples})


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints what each Python makes of each model; 1 where one answers otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pythons", nargs="+", help="paths of interpreters that have graphbuild's dependencies")
    parser.add_argument("--recipe", action="append", help="recipe:NAME, or a config of the project; may be repeated")
    parser.add_argument("--project", type=Path, default=SAMPLE)
    parser.add_argument("--everywhere", action="store_true", help="train by each of the Pythons, too")
    given = parser.parse_args(arguments)
    pythons = [sys.executable, *given.pythons]
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder).resolve() / "assistant"
        shutil.copytree(given.project, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
        said = [*examples_of(project), *ODD]
        for recipe in given.recipe or ("recipe:light", "recipe:default"):
            makers = pythons if given.everywhere else pythons[:1]
            named = recipe if recipe.startswith("recipe:") else str(project / recipe)
            models = {
                f"{recipe} by {maker}": train(maker, project, named, f"models/{number}")
                for number, maker in enumerate(makers)
            }
            for name, version, told in compared(models, pythons, said):
                print(f"{name}, on {version}: {len(said)} texts: {told}", flush=True)
                code = code or int(told.startswith("NOT"))
    return code


if __name__ == "__main__":
    sys.exit(main())
