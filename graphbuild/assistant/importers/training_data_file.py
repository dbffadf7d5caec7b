"""TrainingDataFile: one file of the data folder -> its NLU data, stories, rules and responses. Knows no other file."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.domain_yaml import DOMAIN_KEYS, read_responses
from graphbuild.assistant.data.nlu_yaml import read_nlu
from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, StoryPart, Warnings
from graphbuild.assistant.data.reading import Reading
from graphbuild.assistant.data.story_yaml import read_stories
from graphbuild.contract.artifact import Ports, Records
from graphbuild.contract.component import Component
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.source import Mentions, SourceFile
from graphbuild.contract.yaml_events import variables_in
from graphbuild.contract.yaml_tree import Yaml

_SECTIONS = ("nlu", "stories", "rules", "responses")
_CONFIG_KEYS = ("recipe", "language", "pipeline", "policies", "assistant_id", "importers", "graphbuild")


@dataclass(frozen=True)
class TrainingDataOutput(Ports):
    """What a file of training data says; where it says it; what is odd about it."""

    nlu: NLUPart
    stories: StoryPart
    responses: ResponsesPart
    records: Records
    warnings: Warnings


class TrainingDataFile(Component):
    """A file of training data of Rasa 3 (YAML): `nlu`, `stories`, `rules`, `responses`, any of them together.

    A domain or a configuration that lies in the data folder gives empty parts; Markdown and JSON are refused.
    """

    kind = "importer"
    suffixes = (".yml", ".yaml", ".md", ".json")

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:
        return Mentions(variables_in(content) if suffix in (".yml", ".yaml") else ())

    def apply(self, source: SourceFile) -> TrainingDataOutput:
        """Reads the file. Raises DataError with all of its problems."""
        reading = Reading(source.label)
        document = _training_data(reading.open(source), reading)
        nlu = read_nlu(document.get("nlu"), reading)
        stories = read_stories(document, reading)
        retrieval = {example.intent for example in nlu.examples if example.response_key and example.intent}
        responses = ResponsesPart(read_responses(document.get("responses"), reading), tuple(sorted(retrieval)))
        records, warnings = reading.finish()
        return TrainingDataOutput(nlu, stories, responses, records, warnings)


def _training_data(document: Yaml, reading: Reading) -> Yaml:
    """The document, or an empty one where it is a domain, a configuration or of a later format."""
    empty = Yaml({}, document.location)
    others = [key for key in DOMAIN_KEYS if key != "responses"] + list(_CONFIG_KEYS)
    is_other = any(key in document for key in others)
    if is_other and not any(key in document for key in ("nlu", "stories", "rules")):
        return empty
    for key, value in document.items():
        if key not in (*_SECTIONS, "version", *others):
            what = f"training data has no section `{key}`; it is passed over"
            reading.warn(what, value, did_you_mean(key, list(_SECTIONS)))
    return document
