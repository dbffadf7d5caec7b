"""A domain's document is read back as the domain that it was written of."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import document_of, merge_domain, slots_of, space_of
from graphbuild.assistant.data.parts import DomainPart, ResponsesPart
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.contract.artifact import decode_json, encode_json
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

FOLDERS = [Path(__file__).parents[3] / "recipes"]
if "GRAPHBUILD_CORPORA" in os.environ:
    FOLDERS.append(Path(os.environ["GRAPHBUILD_CORPORA"], "assistants"))
WRONG = ("community-restaurant",)
"""Whose domain gives an intent twice."""
DOMAINS = sorted(path for folder in FOLDERS for path in folder.glob("*/domain.yml"))


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: path.parent.name)
def test_reading_takes_back_writing(path: Path) -> None:
    if path.parent.name in WRONG:
        with pytest.raises(DataError):
            DomainFile().apply(SourceFile(path, path.name))
        return
    part = DomainFile().apply(SourceFile(path, path.name)).part
    retrieval = {name.partition("/")[0].removeprefix("utter_") for name, _ in part.responses if "/" in name}
    domain = merge_domain([part], [ResponsesPart((), tuple(sorted(retrieval)))])
    document = decode_json(encode_json(document_of(domain)))
    found = read_document(document)
    assert decode_json(encode_json(document_of(found))) == document
    assert space_of(found) == space_of(domain)
    assert slots_of(found) == slots_of(domain)


def test_a_document_of_nothing_has_nothing() -> None:
    nothing = merge_domain([DomainPart()], [])
    assert read_document({}) == replace(nothing)
