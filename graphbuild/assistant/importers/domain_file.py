"""DomainFile: one domain file -> its part of the domain. Knows nothing of other files."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.parts import DomainPart, Warnings
from graphbuild.assistant.data.readers.domain_yaml import read_domain
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.artifact import Ports, Records
from graphbuild.contract.component import Component
from graphbuild.contract.source import Mentions, SourceFile
from graphbuild.contract.yaml_events import variables_in


@dataclass(frozen=True)
class DomainFileOutput(Ports):
    """What a domain file says; where it says it; what is odd about it."""

    part: DomainPart
    records: Records
    warnings: Warnings


class DomainFile(Component):
    """A domain file of Rasa (YAML), of any generation. One without any section of a domain gives an empty part."""

    kind = "importer"
    suffixes = (".yml", ".yaml")
    missing_hint = "where the domain is elsewhere, name it: --domain PATH"

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:  # noqa: ARG003 - all are YAML
        return Mentions(variables_in(content))

    @classmethod
    def holds(cls, content: bytes, suffix: str) -> frozenset[str]:  # noqa: ARG003 - all are YAML
        from graphbuild.assistant.data.readers.holdings import domain_holdings

        return domain_holdings(content)

    def apply(self, source: SourceFile) -> DomainFileOutput:
        """Reads the file. Raises DataError with all of its problems."""
        reading = Reading(source.label)
        part = read_domain(reading.open(source), reading)
        records, warnings = reading.finish()
        return DomainFileOutput(part, records, warnings)
