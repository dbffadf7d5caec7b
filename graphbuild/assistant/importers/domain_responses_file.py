"""DomainResponsesFile: of one domain file, what is said to retrieval intents: NLU needs no more of a domain."""

from __future__ import annotations

from graphbuild.assistant.data.parts import DomainResponses
from graphbuild.assistant.data.readers.domain_yaml import read_domain
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.contract.component import Component
from graphbuild.contract.source import Mentions, SourceFile


class DomainResponsesFile(Component):
    """The responses to retrieval intents in a domain file: an edit of anything else in it changes nothing here."""

    kind = "importer"
    suffixes = DomainFile.suffixes
    missing_hint = DomainFile.missing_hint

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:
        return DomainFile.mentions(content, suffix)

    @classmethod
    def holds(cls, content: bytes, suffix: str) -> frozenset[str]:
        return DomainFile.holds(content, suffix)

    def apply(self, source: SourceFile) -> DomainResponses:
        """Reads the file. Raises DataError with all of its problems."""
        reading = Reading(source.label)
        part = read_domain(reading.open(source), reading)
        reading.finish()
        return DomainResponses(tuple(pair for pair in part.responses if "/" in pair[0]))
