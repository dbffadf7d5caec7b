"""What files of settings share: a YAML file is read with its places, environment variables filled in as Rasa does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.location import Location
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_events import variables_in
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import DataError, Problem


def open_settings(path: str | Path) -> tuple[Yaml, Reading]:
    """The document and what is told of it. Raises DataError where there is no such file."""
    file = Path(path)
    reading = Reading(str(path))
    try:
        content = file.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DataError(Problem(f"the file cannot be read: {why}", Location(str(path))))
    variables = {name: os.environ.get(name) for name in variables_in(content)}
    return reading.open(SourceFile(file, str(path), variables=variables, content=content)), reading


def texts_in(node: Yaml | None, what: str, reading: Reading) -> Mapping[str, str]:
    """A mapping of words to words; numbers are words, too."""
    found = {}
    for name, value in reading.entries(node, what):
        if isinstance(value.value, str | int | float) and not isinstance(value.value, bool):
            found[name] = str(value.value)
        else:
            reading.problem(f"`{name}` of {what} must be a text, not {value.kind}", value)
    return found
