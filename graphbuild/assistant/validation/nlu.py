"""NLUCheck: the examples against the domain and against each other. RASA.md 3.2, 6.4. Linear in their number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.domain import DEFAULT_INTENTS
from graphbuild.assistant.data.messages import Coded, Messages
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.nlu.tokenizers.whitespace import tokenize
from graphbuild.assistant.validation.entities import example_entities, example_subject
from graphbuild.assistant.validation.findings import Finding, Findings, closest, listed
from graphbuild.contract.component import CHECK, Component, Options
from graphbuild.contract.options import option

_WHITESPACE = "WhitespaceTokenizer"
SPANS_TOLD = 20
"""Entities of one example that are told: one with more was not written by hand."""
_NO_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Letters of scripts that are written without spaces between words."""


class NLUCheck(Component):
    """Checks the examples: intents and entities of the domain, doubles under different intents, entity spans."""

    kind = CHECK

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        tokenizer: str | None = option(_WHITESPACE, "The pipeline's tokenizer: spans are held against its words.")

    config: Config

    def apply(self, messages: Messages, domain: DomainSpace | None = None) -> Findings:
        """Findings GB2xx, GB401 and GB403; without a domain, those on the examples alone."""
        return Findings.of(
            [
                *check_intents(messages, domain),
                *check_texts(messages),
                *(example_entities(messages, domain.entities) if domain is not None else ()),
                *(check_spans(messages) if self.config.tokenizer in (None, _WHITESPACE) else ()),
            ]
        )


def check_intents(messages: Messages, domain: DomainSpace | None) -> Iterator[Finding]:
    """Intents that the domain lacks, and intents and entity types with too few examples."""
    counts = _counts(messages.intents)
    known = {intent.name for intent in domain.intents} if domain is not None else set(counts)
    for name, count in counts.items():
        subjects = (f"intent `{name}` of NLU", *_first_example(messages, name))
        if name not in known:
            hint = closest(name, known, "add it under `intents`")
            yield Finding("GB201", f"intent `{name}` of the NLU data is not in the domain", subjects, name, hint=hint)
        elif count == 1:
            yield Finding("GB207", f"intent `{name}` has a single example", subjects, name, hint="add more of them")
    for name in sorted(known - counts.keys() - set(DEFAULT_INTENTS)):
        hint = "give it some in the NLU data, or remove it"
        yield Finding("GB206", f"intent `{name}` has no examples", (f"intent `{name}`",), name, hint=hint)
    for name, count in _counts(messages.entities.types).items():
        if count == 1:
            code = messages.entities.types.names.index(name)
            span = int(np.argmax(messages.entities.types.codes == code))
            row = int(np.searchsorted(messages.entities.splits, span, side="right")) - 1
            what = f"entity `{name}` is in a single example"
            yield Finding("GB208", what, example_subject(messages, row), name, hint="annotate it in more of them")


def check_texts(messages: Messages) -> Iterator[Finding]:
    """Empty texts; texts under several intents, equal or but for case, punctuation and white space."""
    intents = messages.intents.decoded()
    labels = [full or base for full, base in zip(messages.response_keys.decoded(), intents, strict=True)]
    groups: dict[str, list[int]] = {}
    plain = _Plain()
    for row, text in enumerate(messages.texts):
        if not text.strip():
            what = f"an example of `{labels[row]}` is empty"
            yield Finding("GB205", what, example_subject(messages, row)[1:], labels[row] or "", hint="remove it")
            continue
        normal = " ".join(text.casefold().translate(plain).split())
        groups.setdefault(normal or text, []).append(row)
    for rows in groups.values():
        if len({labels[row] for row in rows}) > 1:
            yield from _doubles(messages, rows, intents, labels)


def _doubles(
    messages: Messages, rows: list[int], intents: list[str | None], labels: list[str | None]
) -> Iterator[Finding]:
    """Findings on texts that are nearly equal."""
    by_text: dict[str, list[int]] = {}
    for row in rows:
        by_text.setdefault(messages.texts[row], []).append(row)
    exact = False
    for text, same in sorted(by_text.items()):
        names = sorted({str(intents[row]) for row in same if intents[row]})
        if len(names) > 1:
            exact = True
            what = f'"{text}" is an example of {listed(names)}'
            yield Finding("GB202", what, _subjects(messages, same), text, hint="keep it under one of them")
    named = {
        labels[row]: messages.texts[row] for row in sorted(rows, key=lambda row: messages.texts[row], reverse=True)
    }
    if exact or None in named:
        return
    told = [f'"{text}" (`{name}`)' for name, text in sorted(named.items(), key=str)]
    what = f"examples of different intents are nearly equal: {', '.join(told)}"
    yield Finding("GB203", what, _subjects(messages, rows), messages.texts[rows[0]], hint="keep them under one of them")


def check_spans(messages: Messages) -> Iterator[Finding]:
    """Entities that do not begin or end where a word of the whitespace tokenizer does: they cannot be learnt."""
    spans = messages.entities
    for row in np.flatnonzero(np.diff(spans.splits)).tolist():
        text = messages.texts[row]
        if _NO_SPACES.search(text):
            continue
        tokens = tokenize(text)
        starts, ends = {start for _, start, _ in tokens}, {end for _, _, end in tokens}
        inside = range(int(spans.splits[row]), int(spans.splits[row + 1]))
        places = ((i, int(spans.starts[i]), int(spans.ends[i])) for i in inside)
        wrong = [place for place in places if place[1] not in starts or place[2] not in ends]
        for i, start, end in wrong[:SPANS_TOLD]:
            name = spans.types.names[spans.types.codes[i]]
            what = f'entity `{name}`, "{text[start:end]}", does not begin and end where a word does'
            if len(wrong) > SPANS_TOLD:
                what = f"{what}; nor do {len(wrong) - 1:,} others of this example"
            hint = "let the annotation hold whole words, without blanks and punctuation at its ends"
            yield Finding("GB204", what, example_subject(messages, row), text[start:end], hint=hint)


class _Plain(dict[int, str | None]):
    """For `str.translate`: drops punctuation. Letters, marks, digits, symbols and blanks stay."""

    def __missing__(self, code: int) -> str | None:
        kept = None if unicodedata.category(chr(code)).startswith("P") else chr(code)
        self[code] = kept
        return kept


def _counts(column: Coded) -> dict[str, int]:
    codes, counts = np.unique(column.codes[column.codes >= 0], return_counts=True)
    return {column.names[code]: count for code, count in zip(codes.tolist(), counts.tolist(), strict=True)}


def _first_example(messages: Messages, intent: str) -> tuple[str, ...]:
    code = messages.intents.names.index(intent)
    return example_subject(messages, int(np.argmax(messages.intents.codes == code)))


def _subjects(messages: Messages, rows: list[int]) -> tuple[str, ...]:
    """The examples, then their intents."""
    found = [example_subject(messages, row) for row in rows]
    return tuple(dict.fromkeys([*(one[0] for one in found), *(name for one in found for name in one[1:])]))
