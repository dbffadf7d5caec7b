"""The real assistants of the corpora, for tests: short trainings, what is known to be missing or wrong, stories.

Epochs are cut to one: such tests are about the components that a config names, and not about what networks learn.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.data.stories import Event
from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.assistant.importers.story_file import StoryFile
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.recipe.rasa_lists import DEFAULTS

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
ASSISTANTS = CORPORA / "assistants"

MISSING = re.compile(
    r"`\w+` needs `[\w-]+`( and `[\w-]+`)*, which (is|are) not installed"
    r"|there is no spaCy model `\w+`: no installed one"
)
"""What may be missing on a machine: an extra, or a model to download."""
WRONG = {
    "carbon-bot": [(6, "`ConveRTFeaturizer` is not supported, with a `model_url` or without")],
    "community-intents-zh-1x": [
        (3, "cannot import `rasa_contrib.nlu`: ModuleNotFoundError: No module named 'rasa_contrib'"),
        (10, "cannot import `rasa_contrib.nlu`: ModuleNotFoundError: No module named 'rasa_contrib'"),
    ],
    "community-restaurant": [(13, "there is no component `CustomerClassifier`")],
}
"""Assistants whose own components are not there, or cannot be had any more: lines of the pipeline and problems."""
FAULTS = {
    # The form of this story is the text "null". Rasa's validation fails: a loop that the domain has not.
    "community-cedex-travel-1x": ["data/stories.md:11:17"],
    # An intent is listed twice (Rasa: InvalidDomain), and examples are lists in lists (Rasa refuses the file).
    "community-restaurant": ["data/nlu.yml:119:7", "data/nlu.yml:133:6", "domain.yml:11:5"],
    # A mapping is bound to a form that the domain has not. Rasa's validation fails.
    "course-09-custom-forms": ["domain.yml:40:22"],
}
"""What is wrong in the data of assistants, by places; Rasa, too, refuses to train on them (RASA.md 3.5, 6.4)."""

_LEARN_IN_EPOCHS = (
    *("DIETClassifier", "ResponseSelector", "EmbeddingIntentClassifier"),
    *("TEDPolicy", "UnexpecTEDIntentPolicy", "KerasPolicy", "EmbeddingPolicy"),
)


def assistants() -> list[str]:
    """The names of all of them; a name of none where there are no corpora, for parametrised tests to be skipped."""
    return sorted(path.parent.name for path in ASSISTANTS.glob("*/config.yml")) or ["none"]


def components_of(config: Path, key: str) -> list[dict[str, Any]] | str:
    """The components that a config names, or Rasa's defaults where it names none, each with one epoch to learn in.

    What names a whole list, such as `supervised_embeddings`, stays as it is.
    """
    given = parse_yaml(config.read_text("utf-8"), "config.yml")[0].plain().get(key)
    if isinstance(given, str):
        return given
    every = [dict(one) for one in given or DEFAULTS[key]]
    return [{**one, "epochs": 1} if one["name"] in _LEARN_IN_EPOCHS else one for one in every]


def shorten(config: Path) -> None:
    """Writes a config with the same components, to be trained for one epoch."""
    document = parse_yaml(config.read_text("utf-8"), "config.yml")[0].plain()
    short = {key: components_of(config, key) for key in DEFAULTS}
    config.write_text(YamlText().document({**document, **short}), "utf-8")


def story_tests(project: Path, *folders: str) -> list[Path]:
    """The files of its test stories, in the folder that is looked in by default or another."""
    return [path for folder in folders or ("tests", "test_stories") for path in _files(project / folder)]


def stories(paths: list[Path]) -> Iterator[StoryBlock]:
    """The stories of some files, those without a turn of the user left out."""
    for path in paths:
        blocks = StoryFile().apply(SourceFile(path, path.name)).stories.blocks
        yield from (one for one in blocks if not one.is_rule and turns(one))


def data_files(project: Path) -> list[Path]:
    """The files of its training data."""
    return _files(project / "data")


def turns(story: StoryBlock) -> list[tuple[str, list[str]]]:
    """What the user says, as words or as `/intent{...}`, and what the assistant does then; of choices the first."""
    found: list[tuple[str, list[str]]] = []
    for event in (element.events[0] for element in story.elements if element.events):
        if event.type == "user":
            found.append(((event.text or _command(event)).strip(), []))
        elif event.type in ("action", "bot") and found:
            found[-1][1].append(str(event.name or event.text))
    return found


def _command(event: Event) -> str:
    """The message that names the intent and the entities of a turn."""
    entities = {str(one["entity"]): one.get("value") for one in map(dict, event.entities)}
    return f"/{event.value or event.name}{json.dumps(entities) if entities else ''}"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".md"))
