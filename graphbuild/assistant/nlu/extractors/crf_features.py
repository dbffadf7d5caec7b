"""What the CRF sees of tokens: attributes of each word and of its neighbours, as CRFsuite takes them. RASA.md 5.4.

An attribute is "offset:feature=value" with a weight, 1 but for dense features. Knows no labels and no library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from graphbuild.assistant.data.features import Csr, Features, PatternFeatures
from graphbuild.assistant.data.messages import Coded, TokenizedMessages
from graphbuild.errors import ComponentError, Problem

Attributes = dict[str, float]

_WORD_FEATURES: Mapping[str, Callable[[str], str | bool]] = {
    "low": str.lower,
    "title": str.istitle,
    "upper": str.isupper,
    "digit": str.isdigit,
    "prefix2": lambda word: word[:2],
    "prefix5": lambda word: word[:5],
    "suffix1": lambda word: word[-1:],
    "suffix2": lambda word: word[-2:],
    "suffix3": lambda word: word[-3:],
    "suffix5": lambda word: word[-5:],
    "bias": lambda _: True,
}
_TAG_FEATURES: Mapping[str, Callable[[str], str]] = {"pos": lambda tag: tag, "pos2": lambda tag: tag[:2]}
_PATTERN, _DENSE, _ENTITY = "pattern", "text_dense_features", "entity"
KNOWN = (*_WORD_FEATURES, *_TAG_FEATURES, _PATTERN, _DENSE, _ENTITY)


class TokenFeatures:
    """Attributes of all tokens of some messages."""

    def __init__(
        self,
        windows: Sequence[Sequence[str]],
        messages: TokenizedMessages,
        features: Sequence[Features],
        patterns: Sequence[PatternFeatures],
    ) -> None:
        """`windows` are lists of features: of the words before, the word itself, the words after."""
        self._windows = windows
        self._messages = messages
        self._words = messages.tokens.words.codes.tolist()
        self._tags = _parts_of_speech(messages) if _any_of(windows, _TAG_FEATURES) else None
        self._dense = [one.sequence for one in features if isinstance(one.sequence, np.ndarray)]
        self._patterns = [one.sequence for one in patterns if isinstance(one.sequence, Csr)]
        self._of_word: dict[tuple[int, int], list[str]] = {}

    def of_message(self, message: int, entities: Sequence[str] | None = None) -> list[Attributes]:
        """Attributes of the tokens of one message; `entities` are their tags, for the CRFs of roles and groups."""
        splits = self._messages.tokens.splits
        first, last = int(splits[message]), int(splits[message + 1])
        found = []
        for token in range(first, last):
            attributes: Attributes = {}
            for window in range(len(self._windows)):
                neighbour = token + window - len(self._windows) // 2
                if neighbour < first:
                    attributes["BOS"] = 1.0
                elif neighbour >= last:
                    attributes["EOS"] = 1.0
                else:
                    attributes.update(self._seen(neighbour, window))
                    if entities is not None:
                        offset = window - len(self._windows) // 2
                        attributes[f"{offset}:{_ENTITY}={entities[neighbour - first]}"] = 1.0
            found.append(attributes)
        return found

    def _seen(self, token: int, window: int) -> Iterator[tuple[str, float]]:
        """The attributes of a token as a neighbour in one place of the window."""
        yield from ((attribute, 1.0) for attribute in self._seen_of_word(self._words[token], window))
        offset = window - len(self._windows) // 2
        names = self._windows[window]
        if self._tags is not None and self._tags.codes[token] >= 0:
            tag = self._tags.names[self._tags.codes[token]]
            yield from ((f"{offset}:{name}={_TAG_FEATURES[name](tag)}", 1.0) for name in names if name in _TAG_FEATURES)
        if _PATTERN in names:
            for number, matrix in enumerate(self._patterns):
                columns = matrix.indices[matrix.indptr[token] : matrix.indptr[token + 1]].tolist()
                yield from ((f"{offset}:{_PATTERN}={number}.{column}", 1.0) for column in columns)
        if _DENSE in names:
            for number, dense in enumerate(self._dense):
                for column, weight in enumerate(dense[token].tolist()):
                    yield f"{offset}:{_DENSE}={number}.{column}", weight

    def _seen_of_word(self, word: int, window: int) -> list[str]:
        """What depends on the word alone: found once each."""
        known = self._of_word.get((word, window))
        if known is None:
            text, offset = self._messages.tokens.words.names[word], window - len(self._windows) // 2
            values = [(name, _WORD_FEATURES[name](text)) for name in self._windows[window] if name in _WORD_FEATURES]
            # What is not so has no attribute: one of weight 0 would say the same.
            known = [f"{offset}:{name}={value}" for name, value in values if value is not False]
            self._of_word[word, window] = known
        return known


def _any_of(windows: Sequence[Sequence[str]], names: Mapping[str, object]) -> bool:
    return any(name in names for window in windows for name in window)


def _parts_of_speech(messages: TokenizedMessages) -> Coded:
    tags = messages.tokens.tags
    if tags is None:
        raise ComponentError(
            Problem(
                "the features `pos` and `pos2` need to know parts of speech, and the tokenizer tells none",
                hint="SpacyTokenizer does",
            )
        )
    return tags
