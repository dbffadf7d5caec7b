from dataclasses import replace

import pytest

from graphbuild.assistant.data.messages import Coded
from graphbuild.assistant.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from graphbuild.contract.options import read_options
from graphbuild.errors import ComponentError
from tests.assistant.nlu.samples import dense, tokenized

GOLDEN = ("fly to Rome 12345", "I like apple")


def test_only_values_seen_in_training_have_a_column() -> None:
    featurizer = LexicalSyntacticFeaturizer()
    state = featurizer.train(tokenized(*GOLDEN))
    assert len(state.columns) == 23
    features = featurizer.apply(state, tokenized(*GOLDEN))
    assert features.sentence is None
    assert features.sequence is not None
    assert features.sequence.shape == (7, 23)


def test_each_word_is_described_with_its_neighbours() -> None:
    config = LexicalSyntacticFeaturizer.Config(features=[["low"], ["BOS", "EOS", "suffix2"], ["title"]])
    featurizer = LexicalSyntacticFeaturizer(config)
    messages = tokenized("to Rome", "now")
    state = featurizer.train(messages)
    assert state.columns == (
        (0, "low", "True"),
        (1, "BOS", "False"),
        (1, "BOS", "True"),
        (1, "EOS", "False"),
        (1, "EOS", "True"),
        (1, "suffix2", "me"),
        (1, "suffix2", "ow"),
        (1, "suffix2", "to"),
        (2, "title", "True"),
    )
    assert dense(featurizer.apply(state, messages).sequence).tolist() == [
        [0, 0, 1, 1, 0, 0, 0, 1, 1],
        [1, 1, 0, 0, 1, 1, 0, 0, 0],
        [0, 0, 1, 0, 1, 0, 1, 0, 0],
    ]


def test_a_feature_named_twice_counts_once() -> None:
    featurizer = LexicalSyntacticFeaturizer(LexicalSyntacticFeaturizer.Config(features=[["low", "low"]]))
    state = featurizer.train(tokenized("a"))
    assert dense(featurizer.apply(state, tokenized("b")).sequence).tolist() == [[1]]


@pytest.mark.parametrize(("features", "what"), [([["low"], ["low"]], "odd"), ([["lower"]], "lower")])
def test_wrong_features_are_refused_before_anything_runs(features: list[list[str]], what: str) -> None:
    config, problems = read_options(LexicalSyntacticFeaturizer.Config, {"features": features})
    assert config is None
    assert [what in problem.what for problem in problems] == [True]


def test_parts_of_speech_are_features_where_the_tokenizer_tells_them() -> None:
    featurizer = LexicalSyntacticFeaturizer(LexicalSyntacticFeaturizer.Config(features=[["pos", "pos2"]]))
    plain = tokenized("dogs run", "run")
    tags = Coded.of(["NNS", "VBP", "VB"])
    messages = replace(plain, tokens=replace(plain.tokens, tags=tags))
    state = featurizer.train(messages)
    assert [column[1:] for column in state.columns] == [
        *(("pos", tag) for tag in ("NNS", "VB", "VBP")),
        *(("pos2", tag) for tag in ("NN", "VB")),
    ]
    made = dense(featurizer.apply(state, messages).sequence)
    assert made is not None
    assert made.tolist() == [[1, 0, 0, 1, 0], [0, 0, 1, 0, 1], [0, 1, 0, 0, 1]]
    with pytest.raises(ComponentError, match="SpacyTokenizer"):
        featurizer.train(plain)
