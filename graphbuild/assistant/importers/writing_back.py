"""Parts -> the text of a YAML file of Rasa 3.1, checked: the text is read again, and must give the same parts.

What would be lost or read otherwise is an error that names it. Knows no file system.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from graphbuild.assistant.data.parts import DomainPart, NLUPart, ResponsesPart, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers import nlu_writer, story_writer
from graphbuild.assistant.data.writers.domain_writer import domain_sections, responses_section
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.data.writers.yaml_text import YamlText, variable
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.contract.artifact import Artifact
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

VERSION = "3.1"
_Piece = TypeVar("_Piece")
_SPACED = ("nlu", "stories", "rules")
_OTHERWISE = "it would be read as something else"


class AsWritten(Mapping[str, str | None]):
    """An environment in which every variable stands for itself: `${NAME}` is read and written as it is."""

    def __getitem__(self, name: str) -> str:
        return variable(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def training_data_text(data: TrainingData, label: str) -> str:
    """The text of a file of training data. Raises DataError with all that cannot be written; `label` names the file."""
    writing = Writing(label)
    try:
        text = _training_text(data, writing)
    except ValueError:  # a text that no file can hold: `_find` says which
        text = ""
    writing.finish()

    def is_same(one: TrainingData) -> bool:
        return _is_same(one, _training_text(one, writing))

    if not says(text, data):
        _find(_pieces(data), is_same, writing)
    writing.finish()
    return text


def domain_text(part: DomainPart, label: str) -> str:
    """The text of a domain file. Raises DataError as `training_data_text` does."""
    writing = Writing(label)

    def written(one: DomainPart) -> str:
        return _text(domain_sections(one))

    def is_same(one: DomainPart) -> bool:
        return _encoded(read_domain_text(written(one))) == _encoded(one)

    if not _holds(lambda: is_same(part)):
        _find(_domain_pieces(part), is_same, writing)
    writing.finish()
    return written(part)


def says(text: str, data: TrainingData) -> bool:
    """Whether the text of a file of training data reads as these parts."""
    return _holds(lambda: _is_same(data, text))


def says_domain(text: str, part: DomainPart) -> bool:
    """Whether the text of a domain file reads as this part."""
    return _holds(lambda: _encoded(read_domain_text(text)) == _encoded(part))


def read_training_text(text: str) -> TrainingData:
    """What the text of a YAML file of training data says. Raises DataError."""
    read = TrainingDataFile().apply(_source(text))
    return TrainingData(read.nlu, read.stories, read.responses)


def read_domain_text(text: str) -> DomainPart:
    """What the text of a domain file says. Raises DataError."""
    return DomainFile().apply(_source(text)).part


def _training_text(data: TrainingData, writing: Writing) -> str:
    items = nlu_writer.nlu_items(data.nlu, writing)
    stories = story_writer.story_sections(data.stories, writing)
    responses = responses_section(data.responses.responses)
    sections = {"nlu": items, "responses": responses, **stories}
    return _text({name: section for name, section in sections.items() if section})


def _text(sections: Mapping[str, Any]) -> str:
    writer = YamlText()
    return writer.document({"version": VERSION, **sections}, spaced=_SPACED)


@dataclass(frozen=True)
class _Text(SourceFile):
    """A file that is not written yet."""

    text: str = ""

    def read(self) -> bytes:
        return self.text.encode()


def _source(text: str) -> SourceFile:
    return _Text(Path("written.yml"), "written.yml", AsWritten(), text=text)


def _is_same(data: TrainingData, text: str) -> bool:
    back = read_training_text(text)
    pairs: list[tuple[Artifact, Artifact]] = [
        (nlu_writer.as_written(data.nlu), nlu_writer.as_written(back.nlu)),
        (story_writer.as_written(data.stories), story_writer.as_written(back.stories)),
        (replace(data.responses, retrieval_intents=()), replace(back.responses, retrieval_intents=())),
    ]
    return all(_encoded(one) == _encoded(other) for one, other in pairs)


def _encoded(value: Artifact) -> bytes:
    """1, 1.0 and true differ."""
    return value.encode()


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (DataError, ValueError):  # it cannot even be read, or written
        return False


def _find(pieces: Iterable[tuple[str, _Piece]], is_same: Callable[[_Piece], bool], writing: Writing) -> None:
    """Says which pieces do not read back as they are; if each does by itself, that the whole does not."""
    for what, piece in pieces:
        try:
            if not is_same(piece):
                writing.refuse(what, _OTHERWISE)
        except DataError as error:
            writing.refuse(what, error.problems[0].what)
        except ValueError as error:
            writing.refuse(what, str(error))
    if not writing.refused:
        writing.refuse("the file", _OTHERWISE)


def _pieces(data: TrainingData) -> Iterator[tuple[str, TrainingData]]:
    """Each thing that a file says, by itself."""
    for example in data.nlu.examples:
        what = f"the example `{example.text}` of intent `{example.response_key or example.intent}`"
        yield what, TrainingData(NLUPart((example,)))
    for synonym in data.nlu.synonyms:
        if not synonym.is_implied:
            yield f"the synonym `{synonym.surface}` of `{synonym.value}`", TrainingData(NLUPart(synonyms=(synonym,)))
    for name, pattern in data.nlu.regexes:
        yield f"the pattern `{pattern}` of regex `{name}`", TrainingData(NLUPart(regexes=((name, pattern),)))
    for lookup in data.nlu.lookups:
        yield f"lookup `{lookup.name}`", TrainingData(NLUPart(lookups=(lookup,)))
    for block in data.stories.blocks:
        yield f"{'rule' if block.is_rule else 'story'} `{block.name}`", TrainingData(stories=StoryPart((block,)))
    for response in data.responses.responses:
        yield f"response `{response[0]}`", TrainingData(responses=ResponsesPart((response,)))


def _domain_pieces(part: DomainPart) -> Iterator[tuple[str, DomainPart]]:
    for section in fields(part):
        rows = getattr(part, section.name)
        for row in rows if isinstance(rows, tuple) else ():
            piece: dict[str, Any] = {section.name: (row,)}
            yield f"`{_name(row)}` of `{section.name}`", DomainPart(**piece)
    yield "`session_config`", DomainPart(session=part.session)
    yield "`config`", DomainPart(config=part.config)


def _name(row: Any) -> str:
    return row if isinstance(row, str) else str(row[0] if isinstance(row, tuple) else row.name)
