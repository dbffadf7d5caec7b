"""Reads one file of training data, whatever its format, and says which other files it mentions. Knows no merging."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, StoryPart
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.sections import CONFIG_KEYS, DATA_KEYS, DOMAIN_KEYS
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.source import Mentions, SourceFile
from graphbuild.contract.yaml_events import variables_in
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import DataError

# The readers of the formats are imported where a file has that format: most projects have one, and build often.

SUFFIXES = (".yml", ".yaml", ".md", ".json")
_YAML = SUFFIXES[:2]
_STORIES = re.compile(rb"^[ \t{]*[\"']?(stories|rules)[\"']?\s*:", re.MULTILINE)
"""What a YAML file that has stories or rules says, even if it cannot be parsed."""

_TEXTS = re.compile(rb"\b(user|bot)[\"']?\s*:")
"""What a YAML file says in which something is said word for word."""
_MOST_TOLD = 50_000
"""Entries of a lookup table in a file of its own that are told one by one when they change."""


def read_training_data(source: SourceFile, reading: Reading, language: str | None = None) -> TrainingData:
    """What a file says; what is wrong or odd is told to `reading`. A domain or a configuration says nothing here.

    `language` is the one that is wanted of files in several.
    """
    if source.suffix == ".md":
        found = _markdown(source, reading)
    elif source.suffix == ".json":
        from graphbuild.assistant.data.readers.nlu_file import read_nlu_file

        found = TrainingData(read_nlu_file(source, reading, language))
    else:
        found = _yaml(source, reading)
    retrieval = {one.intent for one in found.nlu.examples if one.response_key and one.intent}
    responses = replace(found.responses, retrieval_intents=tuple(sorted(retrieval)))
    return replace(found, nlu=_with_tables(found.nlu, source, reading), responses=responses)


def read_stories_alone(source: SourceFile, reading: Reading) -> StoryPart:
    """The stories and rules of a file, whatever else is in it."""
    if source.suffix in _YAML and _STORIES.search(source.read()):
        from graphbuild.assistant.data.readers.story_yaml import read_stories

        document = reading.open(source)
        return read_stories(document, reading) if "stories" in document or "rules" in document else StoryPart()
    if source.suffix == ".md" and _tells_stories(source):
        return _markdown(source, reading).stories
    return StoryPart()


def mentions_of(content: bytes, suffix: str) -> Mentions:
    """What a file of this content mentions: variables, the files of lookup tables, those that belong to it."""
    if suffix not in _YAML:
        from graphbuild.assistant.data.readers.nlu_file import files_mentioned

        return Mentions(files=files_mentioned(content, suffix))
    if b"lookup" not in content:
        return Mentions(variables_in(content))
    source = SourceFile(Path(f"content{suffix}"), "content", content=content)
    lookups = read_training_data(source, Reading(source.label)).nlu.lookups
    return Mentions(variables_in(content), tuple({one.file: None for one in lookups if one.file is not None}))


def has_texts(content: bytes, suffix: str) -> bool:
    """Whether a story of the file says word for word what a user says, without what is meant by it, or the bot.

    Where a file cannot be read, that is told when it is.
    """
    if suffix not in _YAML or not _TEXTS.search(content):
        return False
    source = SourceFile(Path(f"content{suffix}"), "content", content=content)
    try:
        stories = read_stories_alone(source, Reading(source.label))
    except DataError:
        return False
    events = (event for block in stories.blocks if not block.is_rule for one in block.elements for event in one.events)
    return any(event.text and event.name is None for event in events if event.type in ("user", "bot"))


def _yaml(source: SourceFile, reading: Reading) -> TrainingData:
    document = _training_data(reading.open(source), reading)
    nlu, stories, responses = NLUPart(), StoryPart(), ResponsesPart()
    if "nlu" in document:
        from graphbuild.assistant.data.readers.nlu_yaml import read_nlu

        nlu = read_nlu(document.get("nlu"), reading)
    if "responses" in document:
        from graphbuild.assistant.data.readers.response_yaml import read_responses

        responses = ResponsesPart(read_responses(document.get("responses"), reading))
    if "stories" in document or "rules" in document:
        from graphbuild.assistant.data.readers.story_yaml import read_stories

        stories = read_stories(document, reading)
    return TrainingData(nlu, stories, responses)


def _markdown(source: SourceFile, reading: Reading) -> TrainingData:
    from graphbuild.assistant.data.readers.nlu_format import markdown_kind

    text = reading.text_of(source)
    kind = markdown_kind(text) if text is not None else None
    if text is None:
        return TrainingData()
    if kind == "stories":
        from graphbuild.assistant.data.readers.story_markdown import read_story_markdown

        return TrainingData(stories=read_story_markdown(text, reading))
    if kind == "responses":
        from graphbuild.assistant.data.readers.responses_markdown import read_responses_markdown

        return TrainingData(responses=read_responses_markdown(text, reading))
    from graphbuild.assistant.data.readers.nlu_file import read_nlu_file

    return TrainingData(read_nlu_file(source, reading))


def _tells_stories(source: SourceFile) -> bool:
    from graphbuild.assistant.data.readers.nlu_format import markdown_kind

    return markdown_kind(source.read().decode("utf-8-sig", "replace")) == "stories"


def _with_tables(nlu: NLUPart, source: SourceFile, reading: Reading) -> NLUPart:
    """NLU data with the lookup tables that are in files of their own, where it is known what these hold."""
    lookups = []
    for lookup in nlu.lookups:
        path = source.others.get(lookup.file) if lookup.file is not None else None
        if lookup.file is not None and lookup.file in source.others and path is None:
            # Rasa reads on, too, and fails when something uses the table.
            what = f"the file of lookup `{lookup.name}` is not there, and so the table is empty: {lookup.file}"
            hint = "it is looked for in the project, then beside this file, and never outside of both"
            reading.warn(what, reading.place_of(lookup.file), hint)
        text = reading.text_of(SourceFile(path, str(lookup.file))) if path is not None else None
        if text is not None and path is not None:
            lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
            lookups.append(replace(lookup, elements=tuple(line for _, line in lines)))
            label = _label_beside(source, path)
            for number, line in lines if len(lines) <= _MOST_TOLD else ():
                shown = f"entry of lookup `{lookup.name}`: {line} ({label}:{number})"
                reading.record("lookups", f"{lookup.name}: {line}", 0, shown)
        else:
            lookups.append(lookup)
    return replace(nlu, lookups=tuple(lookups))


def _label_beside(source: SourceFile, path: Path) -> str:
    """How a file of the project that another one mentions is called in it."""
    project = str(source.path).removesuffix(source.label)
    return str(path).removeprefix(project)


def _training_data(document: Yaml, reading: Reading) -> Yaml:
    """The document, or an empty one where it is a domain or a configuration."""
    others = [key for key in DOMAIN_KEYS if key != "responses"] + list(CONFIG_KEYS)
    is_other = any(key in document for key in others)
    if is_other and not any(key in document for key in ("nlu", "stories", "rules")):
        return Yaml({}, document.location)
    for key, value in document.items():
        if key not in (*DATA_KEYS, "version", *others):
            what = f"training data has no section `{key}`; it is passed over"
            reading.warn(what, value, did_you_mean(key, list(DATA_KEYS)))
    return document
