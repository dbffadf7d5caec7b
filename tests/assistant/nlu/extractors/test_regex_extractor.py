from typing import Any

from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes
from graphbuild.assistant.nlu.extractors.regex import RegexEntityExtractor
from tests.assistant.nlu.samples import ENTITY_TYPES, LOOKUPS, REGEXES, entities, messages_of


def found(text: str, regexes: Regexes = REGEXES, types: EntityTypes = ENTITY_TYPES, **options: Any) -> Any:
    extractor = RegexEntityExtractor(RegexEntityExtractor.Config(**options))
    output = extractor.apply(extractor.train(regexes, LOOKUPS, types), messages_of("nothing", text))
    assert entities(output, 0) == []
    return entities(output, 1)


def test_a_match_is_an_entity_of_the_patterns_name() -> None:
    rest = {"confidence": 1.0, "extractor": "RegexEntityExtractor", "processors": ""}
    assert found("a Red Pear to 12345") == [
        {"start": 2, "end": 10, "entity": "fruit", "value": "Red Pear", **rest},
        {"start": 14, "end": 19, "entity": "zip", "value": "12345", **rest},
    ]


def test_only_names_that_examples_carry_are_entities() -> None:
    assert [span["entity"] for span in found("apple 12345", types=EntityTypes(("zip",)))] == ["zip"]


def test_case_counts_if_told_so() -> None:
    assert found("APPLE", case_sensitive=True) == []


def test_two_patterns_of_one_name_find_a_span_once() -> None:
    assert len(found("12345", Regexes((("zip", r"\d+"), ("zip", r"\d{5}"))))) == 1


def test_either_kind_of_pattern_can_be_left_out() -> None:
    assert [span["entity"] for span in found("apple 12345", use_regexes=False)] == ["fruit"]
    assert [span["entity"] for span in found("apple 12345", use_lookup_tables=False)] == ["zip"]


def test_an_edit_to_a_pattern_that_is_no_entity_changes_nothing_that_is_learnt() -> None:
    extractor = RegexEntityExtractor()
    one = extractor.train(REGEXES, Lookups((("other", ("x",)),)), ENTITY_TYPES)
    other = extractor.train(REGEXES, Lookups((("other", ("y",)),)), ENTITY_TYPES)
    assert one.encode() == other.encode()
