"""Splits by content: balanced, without loss, the same whatever the order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.messages import Coded, Messages, Spans, no_names
from graphbuild.assistant.evaluation.splits import ExampleFold, ExampleSplit, Halves, taken
from graphbuild.errors import DataError


def sample(**sizes: int) -> Messages:
    intents = [name for name, size in sorted(sizes.items()) for _ in range(size)]
    texts = tuple(f"{name} {number}" for number, name in enumerate(intents))
    spans = [
        [{"start": 0, "end": 1, "entity": f"letter_{name}", "value": name[0]}] if number % 2 else []
        for number, name in enumerate(intents)
    ]
    return Messages(texts, Coded.of(intents), no_names(len(texts)), Spans.of(spans))


def folded(messages: Messages, **options: Any) -> Halves:
    return ExampleFold(ExampleFold.Config(**options)).apply(messages)


def split(messages: Messages, **options: Any) -> Halves:
    return ExampleSplit(ExampleSplit.Config(**options)).apply(messages)


def test_every_example_is_tested_once_and_folds_are_even() -> None:
    messages = sample(greet=13, bye=7, help=2, once=1)
    turns = [folded(messages, folds=5, fold=fold) for fold in range(5)]
    tested = [text for turn in turns for text in turn.test.texts]
    assert sorted(tested) == sorted(messages.texts)
    assert {len(turn.test) for turn in turns} == {4, 5}
    for turn in turns:
        assert sorted((*turn.train.texts, *turn.test.texts)) == sorted(messages.texts)
        counts = Counter(turn.test.intents.decoded())
        assert counts["greet"] in (2, 3)
        assert counts["bye"] in (1, 2)


def test_the_order_of_examples_changes_no_fold() -> None:
    messages = sample(greet=9, bye=6)
    turned = taken(messages, np.arange(len(messages))[::-1])
    for fold in range(3):
        assert set(folded(messages, folds=3, fold=fold).test.texts) == set(
            folded(turned, folds=3, fold=fold).test.texts
        )
    assert folded(messages, folds=3).test.texts != folded(messages, folds=3, seed=1).test.texts


def test_parts_know_only_their_own_names() -> None:
    part = taken(sample(greet=2, bye=2), np.array([2, 3]))
    assert part.intents.names == ("greet",)
    assert part.entities.types.names == ("letter_greet",)
    assert part.entities.row(1) == [{"start": 0, "end": 1, "entity": "letter_greet", "value": "g"}]
    assert Messages.decode(part.encode()).encode() == part.encode()


def test_more_folds_than_examples() -> None:
    with pytest.raises(DataError):
        folded(sample(greet=2, bye=1), folds=4)
    with pytest.raises(ValueError, match="two folds"):
        ExampleFold.Config(folds=3, fold=3)


def test_a_split_keeps_shares_and_smaller_ones_are_parts_of_larger() -> None:
    messages = sample(greet=10, bye=5, once=1)
    halves = split(messages, fraction=0.8)
    assert Counter(halves.train.intents.decoded()) == {"greet": 8, "bye": 4, "once": 1}
    assert sorted((*halves.train.texts, *halves.test.texts)) == sorted(messages.texts)
    assert set(split(messages, fraction=0.4).train.texts) < set(halves.train.texts)
    assert len(split(messages, fraction=1.0).test) == 0
    assert len(split(messages, fraction=0.0).train) == 0
    assert split(messages, fraction=0.8, seed=2).test.texts != halves.test.texts


def test_splits_of_nothing() -> None:
    assert len(split(Messages.of_texts(())).train) == 0
