"""Sample inputs of message components, and their outputs message by message, for tests to compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features, Matrix, PatternFeatures
from graphbuild.assistant.data.messages import Coded, Messages, Span, Spans, TokenizedMessages, no_names
from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes, Synonyms
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.data.response_texts import ResponseTexts
from graphbuild.assistant.nlu.classifiers.keyword import KeywordIntentClassifier
from graphbuild.assistant.nlu.extractors.regex import RegexEntityExtractor
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer
from graphbuild.assistant.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from graphbuild.assistant.nlu.featurizers.regex import RegexFeaturizer
from graphbuild.assistant.nlu.pretrained.language_model import LanguageModelReference
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel
from graphbuild.assistant.nlu.pretrained.sentence_encoder import SentenceEncoderReference
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel
from graphbuild.assistant.nlu.tokenizers.jieba import JiebaWords
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from graphbuild.contract.artifact import Artifact
from graphbuild.contract.component import Signature
from tests.assistant.nlu.optional import language_model, sentence_encoder, spacy_model

EXAMPLES = (
    ("hello", "greet"),
    ("hey there", "greet"),
    ("good morning", "greet"),
    ("bye", "goodbye"),
    ("see you later", "goodbye"),
    ("fly to Rome 12345", "travel"),
    ("a red pear and an apple from NY", "travel"),
    ("I like apple", None),
)
ENTITIES = (("Rome", "city", "to"), ("NY", "city", "from"), ("red pear", "fruit", None), ("apple", "fruit", None))
"""What the examples are annotated with, wherever it stands: words, type, role."""
ODD_TEXTS = (
    "",
    " ",
    "apple",
    "?!",
    "😀 hi 😀ok",
    "😀",
    "नमस्ते दुनिया",
    "word " * 2000,
    "Hello, I'm in NY: 12345 apples",
    "你好 world",
    "\n\t",
)
REGEXES = Regexes((("zip", r"\d{5}"),))
LOOKUPS = Lookups((("fruit", ("apple", "red pear")),))
ENTITY_TYPES = EntityTypes(("fruit", "zip"))
MODELS: Mapping[type[Artifact], Callable[[], Artifact]] = {
    JiebaWords: lambda: JiebaWords(("你好 10",)),
    LanguageModelReference: language_model,
    MitieModel: lambda: MitieModel("words.dat", "stand-in"),
    SentenceEncoderReference: sentence_encoder,
    SpacyModel: spacy_model,
}
SYNONYMS = Synonyms((("apple", "malus"), ("ny", "New York")))


def messages_of(*texts: str, intents: Sequence[str | None] | None = None) -> Messages:
    """Messages with these intents."""
    coded = no_names(len(texts)) if intents is None else Coded.of(intents)
    return Messages(texts, coded, no_names(len(texts)), Spans.none(len(texts)))


def examples() -> Messages:
    """Some training examples."""
    plain = messages_of(*(text for text, _ in EXAMPLES), intents=[intent for _, intent in EXAMPLES])
    return replace(plain, entities=Spans.of([_annotations(text) for text, _ in EXAMPLES]))


def _annotations(text: str) -> list[Span]:
    found = [
        {"start": text.index(words), "end": text.index(words) + len(words), "entity": entity, "value": words}
        | ({"role": role} if role else {})
        for words, entity, role in ENTITIES
        if words in text
    ]
    return sorted(found, key=lambda span: span["start"])


def tokenized(*texts: str) -> TokenizedMessages:
    """Texts with their tokens."""
    return WhitespaceTokenizer().apply(messages_of(*texts))


def inputs_for(signature: Signature, messages: Messages, *, nothing: bool = False) -> dict[str, Any]:
    """A value for each input port, made from the messages by real components; `nothing`: empty lists of patterns."""
    found = {}
    for name, port in signature.inputs.items():
        value = _value(port.type, messages, nothing)
        found[name] = value if port.many or not isinstance(value, list) else value[0]
    return found


def _value(wanted: type[Artifact], messages: Messages, nothing: bool) -> Artifact | list[Artifact]:
    if wanted in MODELS:
        return MODELS[wanted]()
    patterns: Mapping[type, Artifact] = {
        Regexes: REGEXES,
        Lookups: LOOKUPS,
        EntityTypes: ENTITY_TYPES,
        Synonyms: SYNONYMS,
    }
    if wanted in patterns:
        return wanted() if nothing else patterns[wanted]
    if wanted is ResponseTexts:
        return ResponseTexts()
    if wanted is Messages:
        return messages
    if wanted is TokenizedMessages:
        return WhitespaceTokenizer().apply(messages)
    if wanted is PatternFeatures:
        marks = RegexFeaturizer()
        state = marks.train(Regexes() if nothing else REGEXES, Lookups() if nothing else LOOKUPS)
        return [marks.apply(state, WhitespaceTokenizer().apply(messages))]
    if wanted is Features:
        return [*_features(messages, nothing)]
    if wanted is IntentPredictions:
        keyword = KeywordIntentClassifier()
        found = keyword.apply(keyword.train(examples()), messages)
        return [found, found]
    if wanted is ResponsePredictions:
        names, rows = ("faq/age", "faq/name"), len(messages)
        ranking, confidences = np.tile(np.int32([1, 0]), (rows, 1)), np.tile(np.float32([0.75, 0.25]), (rows, 1))
        return [ResponsePredictions(names, ranking, confidences, "faq")]
    if wanted is EntityPredictions:
        extractor = RegexEntityExtractor()
        state = extractor.train(REGEXES, LOOKUPS, ENTITY_TYPES)
        return [extractor.apply(state, messages), extractor.apply(state, messages)]
    raise NotImplementedError(f"no sample of {wanted.__name__}: add one")


def _features(messages: Messages, nothing: bool) -> list[Features]:
    corpus = WhitespaceTokenizer().apply(messages_of() if nothing else examples())
    tokens = WhitespaceTokenizer().apply(messages)
    words, looks = CountVectorsFeaturizer(), LexicalSyntacticFeaturizer()
    return [words.apply(words.train(corpus), tokens), looks.apply(looks.train(corpus), tokens), letters(tokens)]


def letters(messages: TokenizedMessages) -> Features:
    """Dense features in the place of a language model's: how many of each of some letters, by token and message."""
    tokens = messages.tokens
    counts = np.array([[word.count(letter) for letter in "aehort"] for word in tokens.words.names], dtype=np.float32)
    sequence = counts.reshape(-1, 6)[tokens.words.codes]
    bounds = list(zip(tokens.splits[:-1].tolist(), tokens.splits[1:].tolist(), strict=True))
    sentence = [sequence[first:last].sum(axis=0) for first, last in bounds]
    return Features(sequence, np.array(sentence, dtype=np.float32).reshape(-1, 6))


def dense(matrix: Matrix | None) -> NDArray[np.float32] | None:
    """A matrix with its zeros."""
    if not isinstance(matrix, Csr):
        return matrix
    full = np.zeros(matrix.shape, dtype=np.float32)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    full[rows, matrix.indices] = matrix.data
    return full


def by_message(output: Artifact, messages: Messages) -> list[Any]:
    """What an output says of each message, as plain values."""
    count = len(messages)
    if isinstance(output, TokenizedMessages):
        return [(output.texts[i], _tokens(output, i)) for i in range(count)]
    if isinstance(output, Features):
        splits = WhitespaceTokenizer().apply(messages).tokens.splits
        sequence, sentence = dense(output.sequence), dense(output.sentence)
        return [
            (
                None if sequence is None else sequence[splits[i] : splits[i + 1]].tolist(),
                None if sentence is None else sentence[i].tolist(),
            )
            for i in range(count)
        ]
    if isinstance(output, IntentPredictions | ResponsePredictions):
        return [ranking(output, i) for i in range(count)]
    if isinstance(output, Parses):
        return [output.row(i) for i in range(count)]
    assert isinstance(output, EntityPredictions)
    return [entities(output, i) for i in range(count)]


def ranking(output: IntentPredictions | ResponsePredictions, message: int) -> list[tuple[str, float]]:
    """Names and confidences, best first."""
    pairs = zip(output.ranking[message].tolist(), output.confidences[message].tolist(), strict=True)
    return [(output.names[code], confidence) for code, confidence in pairs if code >= 0]


def entities(output: EntityPredictions, message: int) -> list[dict[str, Any]]:
    """The spans of one message with who found and changed them."""
    first = int(output.spans.splits[message])
    return [
        {
            **span,
            "confidence": float(output.confidences[first + i]),
            "extractor": output.extractors.names[output.extractors.codes[first + i]],
            "processors": output.processors[first + i],
        }
        for i, span in enumerate(output.spans.row(message))
    ]


def _tokens(output: TokenizedMessages, message: int) -> list[Any]:
    tokens = output.tokens
    a, b = int(tokens.splits[message]), int(tokens.splits[message + 1])
    notes = [[] if column is None else column.decoded()[a:b] for column in (tokens.lemmas, tokens.tags)]
    places = zip(tokens.row(message), tokens.starts[a:b].tolist(), tokens.ends[a:b].tolist(), strict=True)
    return [*places, *notes]
