import pytest

from graphbuild.assistant.data.nlu_projections import EntityParts, EntityTypes, IntentNames, Lookups, Regexes, Synonyms
from graphbuild.contract.artifact import Artifact


@pytest.mark.parametrize(
    "value",
    [
        Synonyms((("NY", "New York"),)),
        Regexes((("zip", r"\d{5}"), ("zip", r"\d{4}"))),
        Lookups((("fruit", ("apple", "red pear")),)),
        EntityTypes(("city", "name")),
        EntityParts(("city#from",)),
        IntentNames(("faq", "faq/hours", "greet")),
        Synonyms(),
        Regexes(),
        Lookups(),
        EntityTypes(),
    ],
)
def test_a_projection_comes_back_from_its_bytes(value: Artifact) -> None:
    assert type(value).decode(value.encode()) == value
