"""SpacyEntityExtractor, with a small model that knows two names."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.nlu.extractors.spacy import SpacyEntityExtractor
from tests.assistant.nlu.optional import needs, spacy_model
from tests.assistant.nlu.samples import entities, messages_of


def found(*texts: str, **options: Any) -> list[list[dict[str, Any]]]:
    needs("spacy")
    extractor = SpacyEntityExtractor(SpacyEntityExtractor.Config(**options))
    made = extractor.apply(messages_of(*texts), spacy_model())
    return [entities(made, row) for row in range(len(texts))]


def test_the_model_sees_texts_as_they_are() -> None:
    rest = {"confidence": 1.0, "extractor": "SpacyEntityExtractor", "processors": ""}
    assert found("fly to Rome", "rome", "") == [
        [{"start": 7, "end": 11, "entity": "GPE", "value": "Rome", **rest}],
        [],
        [],
    ]


@pytest.mark.parametrize(("dimensions", "values"), [(["PERSON"], ["Ada"]), ([], ["Ada", "Rome"]), (["DATE"], [])])
def test_only_the_wanted_ones_are_kept(dimensions: list[str], values: list[str]) -> None:
    assert [one["value"] for one in found("Ada in Rome", dimensions=dimensions)[0]] == values
