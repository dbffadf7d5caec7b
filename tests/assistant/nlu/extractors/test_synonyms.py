from dataclasses import replace

import numpy as np

from graphbuild.assistant.data.messages import Coded, Messages, Spans
from graphbuild.assistant.data.nlu_projections import Synonyms
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.evaluation.entities import EntityEvaluation
from graphbuild.assistant.evaluation.evaluation import ENTITY
from graphbuild.assistant.nlu.extractors.synonyms import EntitySynonymMapper
from tests.assistant.nlu.samples import entities


def predictions(by: str, *rows: list[str], processors: str = "") -> EntityPredictions:
    spans = [[{"start": i, "end": i + 1, "entity": "city", "value": v} for i, v in enumerate(row)] for row in rows]
    count = sum(map(len, rows))
    return EntityPredictions(
        Spans.of(spans), np.linspace(0.5, 1, count, dtype=np.float32), Coded.of([by] * count), (processors,) * count
    )


def mapped(synonyms: Synonyms, *parts: EntityPredictions) -> EntityPredictions:
    mapper = EntitySynonymMapper()
    return mapper.apply(mapper.train(synonyms), parts)


def test_a_value_is_mapped_whatever_its_case() -> None:
    output = mapped(Synonyms((("NY", "New York"),)), predictions("A", ["ny", "Rome"]))
    assert [(span["value"], span["processors"]) for span in entities(output, 0)] == [
        ("New York", "EntitySynonymMapper"),
        ("Rome", ""),
    ]


def test_processors_are_recorded_one_after_the_other() -> None:
    output = mapped(Synonyms((("ny", "New York"),)), predictions("A", ["ny"], processors="Other"))
    assert entities(output, 0)[0]["processors"] == "Other+EntitySynonymMapper"


def test_several_extractors_spans_come_together_message_by_message() -> None:
    output = mapped(Synonyms(), predictions("B", ["x"], ["y", "z"]), predictions("A", [], ["w"]))
    assert [(span["value"], span["extractor"]) for span in entities(output, 0)] == [("x", "B")]
    assert [(s["value"], s["extractor"], s["confidence"]) for s in entities(output, 1)] == [
        ("y", "B", 0.75),
        ("z", "B", 1.0),
        ("w", "A", 0.5),
    ]


def test_a_synonym_of_itself_is_none_and_doubles_in_case_are_one() -> None:
    state = EntitySynonymMapper().train(Synonyms((("NY", "one"), ("ny", "two"), ("same", "same"))))
    assert state.pairs == (("ny", "two"),)


def test_without_any_extractor_there_is_nothing() -> None:
    assert mapped(Synonyms()).spans.values == ()


def test_what_an_extractor_says_beyond_text_stays_with_its_entity() -> None:
    row = [{"start": 0, "end": 1, "entity": "number", "value": "3"}]
    told = EntityPredictions.found([row, row], "D", ['{"value":3}', ""])
    sure = EntityPredictions(
        told.spans, told.confidences, told.extractors, told.processors, np.float32([0.5, 0.25]), None, None
    )
    output = mapped(Synonyms(), sure, told)
    assert output.details == ("", '{"value":3}', "", "")
    assert output.role_confidences is not None
    assert output.role_confidences.tolist() == [0.5, 1.0, 0.25, 1.0]
    assert output.take(np.array([1])).role_confidences is not None
    assert type(output).decode(output.encode()).encode() == output.encode()


def test_a_mapper_before_all_extractors_says_nothing_of_any_message() -> None:
    """Another extractor comes after it: a parse and an evaluation take what that one says."""
    nothing = mapped(Synonyms((("ny", "New York"),)))
    found = predictions("A", ["ny"], [])
    joined = EntityPredictions.concatenate([nothing, found])
    assert [[span["value"] for span in entities(joined, message)] for message in (0, 1)] == [["ny"], []]
    messages = replace(Messages.of_texts(["ny", "hi"]), entities=found.spans)
    said = EntityEvaluation().apply(messages, [nothing, found]).parts[ENTITY].report()
    assert said == EntityEvaluation().apply(messages, [found]).parts[ENTITY].report()
    assert said is not None
