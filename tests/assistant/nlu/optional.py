"""Small models of the optional libraries, made here, for tests; those of a library that is missing are skipped."""

from __future__ import annotations

import atexit
import functools
import itertools
import shutil
import string
import tempfile
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.nlu.pretrained.language_model import LanguageModelReference
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel
from graphbuild.assistant.nlu.pretrained.sentence_encoder import SentenceEncoderReference
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel
from graphbuild.contract.component import Component

WORDS = ("hello", "hey", "there", "good", "morning", "bye", "apple", "rome", "fly", "to")


def needs(*distributions: str) -> None:
    """Skips the test where a distribution is not installed."""
    for name in distributions:
        try:
            version(name)
        except PackageNotFoundError:
            pytest.skip(f"{name} is not installed")


def skip_without_extra(component: type[Component]) -> None:
    """Skips the test where what the component needs is not installed."""
    if component.extra is not None:
        needs(*component.requires)


@functools.cache
def folder() -> Path:
    """A folder of this run of the tests."""
    made = Path(tempfile.mkdtemp(prefix="graphbuild-models-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


@functools.cache
def spacy_model(*, case_sensitive: bool = False) -> SpacyModel:
    """A blank English model with vectors of some words, and parts of speech, lemmas and names by rule."""
    import spacy

    path = folder() / "spacy"
    if not path.exists():
        nlp = spacy.blank("en")
        ruler = nlp.add_pipe("attribute_ruler")
        for word, tag, lemma in (("apples", "NNS", "apple"), ("fly", "VB", "fly"), ("rome", "NNP", "rome")):
            ruler.add(patterns=[[{"LOWER": word}]], attrs={"TAG": tag, "LEMMA": lemma})
        nlp.add_pipe("entity_ruler").add_patterns(
            [{"label": "GPE", "pattern": "Rome"}, {"label": "PERSON", "pattern": "Ada"}]
        )
        vectors = np.random.default_rng(0).normal(size=(len(WORDS), 6)).astype(np.float32)
        for word, vector in zip(WORDS, vectors, strict=True):
            nlp.vocab.set_vector(word, vector)
        nlp.to_disk(path)
    return SpacyModel(str(path), "blank", case_sensitive)


class WordFeatures:
    """Stands for MITIE's extractor at the library's seam: its models are too big for a test."""

    num_dimensions = 5

    def get_feature_vector(self, word: bytes) -> list[float]:
        assert isinstance(word, bytes)
        return [float(len(word)), *(float(byte) for byte in (word + b"\0" * 4)[:4])]


def mitie_model(monkeypatch: pytest.MonkeyPatch) -> MitieModel:
    """A model whose extractor is WordFeatures."""
    monkeypatch.setattr("graphbuild.assistant.nlu.pretrained.mitie._load", lambda _place, _identity: WordFeatures())
    return MitieModel("words.dat", "stand-in")


@functools.cache
def bert_folder() -> Path:
    """A BERT of two layers that knows letters and some words, with weights drawn from a seed."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    path = folder() / "bert"
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    letters = [f"{before}{letter}" for before in ("", "##") for letter in string.ascii_lowercase + string.digits]
    entries = dict(zip((*special, *letters, *(word for word in WORDS)), itertools.count(), strict=False))
    made = Tokenizer(models.WordPiece(entries, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(name, entries[name]) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=ends
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=512, **names).save_pretrained(path)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(entries), intermediate_size=32, **sizes)).save_pretrained(path)
    return path


def language_model() -> LanguageModelReference:
    """That BERT."""
    return LanguageModelReference(str(bert_folder()), "tiny", "bert")


@functools.cache
def sentence_encoder_folder() -> Path:
    """The mean of that BERT's vectors, as a sentence encoder."""
    path = folder() / "sentences"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that moved in a later release
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Pooling, Transformer

        words = Transformer(str(bert_folder()))
        SentenceTransformer(modules=[words, Pooling(16)], device="cpu").save(str(path))
    return path


def sentence_encoder() -> SentenceEncoderReference:
    """That encoder."""
    return SentenceEncoderReference(str(sentence_encoder_folder()), "tiny")
