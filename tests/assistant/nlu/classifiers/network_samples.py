"""Messages with intents, entities, roles and groups, and their features, for tests of networks."""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Coded, Messages, Span, Spans, TokenizedMessages, no_names
from graphbuild.assistant.data.readers.entity_markup import read_markup
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer, Vocabulary
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer

CITIES = ("rome", "paris", "new york", "berlin", "los angeles", "oslo")


def travels() -> TokenizedMessages:
    """Thirty messages of three intents; cities are entities with roles."""
    examples: list[tuple[str, str]] = []
    for first, second in zip(CITIES, (*CITIES[1:], CITIES[0]), strict=True):
        origin = f'[{first}]{{"entity": "city", "role": "from"}}'
        target = f'[{second}]{{"entity": "city", "role": "to"}}'
        place = f"[{first}](city)"
        examples += [(f"fly from {origin} to {target} now", "fly"), (f"i want to go to {target} from {origin}", "fly")]
        examples += [(f"what is the weather like in {place}", "weather"), (f"is it sunny in {place}", "weather")]
        examples += [(f"hello my {'very ' * len(examples)}old friend", "greet")]
    return annotated(examples)


def annotated(examples: Sequence[tuple[str, str | None]]) -> TokenizedMessages:
    """Tokenized messages of texts with annotations, and their intents."""
    texts: list[str] = []
    spans: list[list[Span]] = []
    for written, _ in examples:
        text, found = read_markup(written)
        texts.append(text)
        spans.append(list(found))
    intents = Coded.of([intent for _, intent in examples])
    return WhitespaceTokenizer().apply(Messages(tuple(texts), intents, no_names(len(texts)), Spans.of(spans)))


def vocabulary(messages: TokenizedMessages) -> Vocabulary:
    """The words of some messages."""
    return CountVectorsFeaturizer().train(messages)


def words(known: Vocabulary, messages: TokenizedMessages) -> list[Features]:
    """Counts of known words."""
    return [CountVectorsFeaturizer().apply(known, messages)]
