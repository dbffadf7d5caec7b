"""Writes an NLUPart as the `nlu:` section of a YAML file of Rasa 3, in the style that people write. Knows no files.

Reading what was written gives the same part again; what cannot be written so is told to `writing`.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, groupby
from typing import Any

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import Example, Lookup, NLUPart, Synonym
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.data.writers.yaml_text import is_block_line

Plain = dict[str, Any]
_STRIPPED = "\n\r "
"""What readers strip of the lines of a block."""
_SPACES = "readers take away the spaces at its ends"


def nlu_items(part: NLUPart, writing: Writing) -> list[Plain]:
    """The elements of the list `nlu`, as plain values: intents and synonyms, then regexes, then lookup tables."""
    items = list(_intents_and_synonyms(part, writing))
    for name, group in groupby(part.regexes, key=lambda pair: pair[0]):
        items += _named("regex", name, [pattern for _, pattern in group], writing)
    for lookup in part.lookups:
        items += _lookup(lookup, writing)
    return items


def as_written(part: NLUPart) -> NLUPart:
    """The part as YAML can say it: the values are the same, what the format has no place for is in its usual place.

    Spans stand in the order of the text, annotations imply their synonyms, what is in a file is not repeated.
    """
    examples = tuple(replace(example, entities=in_order(example.entities)) for example in part.examples)
    synonyms = tuple(one for where in _synonyms_by_place(part) for one in where)
    lookups = tuple(Lookup(one.name, (), one.file) if one.file is not None else one for one in part.lookups)
    return replace(part, examples=examples, synonyms=synonyms, lookups=lookups)


def trimmed(part: NLUPart) -> NLUPart:
    """The part without the spaces at the ends of its texts and names, which YAML cannot keep; entities move along."""
    return NLUPart(
        tuple(_trimmed(example) for example in part.examples),
        tuple(replace(one, surface=one.surface.strip(), value=one.value.strip()) for one in part.synonyms),
        tuple((name.strip(), pattern.strip()) for name, pattern in part.regexes),
        tuple(
            Lookup(one.name.strip(), tuple(element.strip() for element in one.elements), one.file)
            for one in part.lookups
        ),
    )


def _trimmed(example: Example) -> Example:
    text = example.text.strip(_STRIPPED)
    begin = len(example.text) - len(example.text.lstrip(_STRIPPED))
    if text == example.text:
        return example
    spans = []
    for span in example.entities:
        start, end = (min(max(place - begin, 0), len(text)) for place in (span["start"], span["end"]))
        is_surface = span["value"] == example.text[span["start"] : span["end"]]
        spans.append({**span, "start": start, "end": end, "value": text[start:end] if is_surface else span["value"]})
    return replace(example, text=text, entities=tuple(span for span in spans if span["start"] < span["end"]))


def in_order(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans by place; several on one place in the order given."""
    return tuple(sorted(spans, key=lambda span: (span["start"], span["end"])))


def annotated(text: str, spans: Sequence[Span]) -> str:
    """A text with its entities annotated, each in the shortest form. Raises ValueError when it would read otherwise."""
    spans = in_order(spans)
    pieces, done = [], 0
    for (start, end), group in groupby(spans, key=lambda span: (span["start"], span["end"])):
        surface = text[start:end]
        pieces += [text[done:start], f"[{surface}]", _facts(surface, list(group))]
        done = end
    pieces.append(text[done:])
    written = "".join(pieces)
    try:
        back = read_markup(written)
    except MarkupError as error:
        raise ValueError(str(error)) from error
    if back != (text, list(spans)):
        raise ValueError("its brackets would be read as an annotation" if not spans else "its annotations cannot stand")
    return written


def _facts(surface: str, spans: list[Span]) -> str:
    """What stands after the brackets."""
    if len(spans) == 1:
        span = spans[0]
        is_short = span["value"] == surface and not span.get("role") and not span.get("group")
        if is_short and not set(span["entity"]) & set(":)"):
            return f"({span['entity']})"
        return _json(surface, span)
    return f"[{', '.join(_json(surface, span) for span in spans)}]"


def _json(surface: str, span: Span) -> str:
    facts = {name: span[name] for name in ("entity", "role", "group") if span.get(name)}
    if span["value"] != surface:
        facts["value"] = span["value"]
    inside = json.dumps(facts, ensure_ascii=False)[1:-1]
    # Readers look for the closing brackets and for the end of the line before they read JSON.
    escaped = "".join(_coded(one) if one in "}]" or not one.isprintable() else one for one in inside)
    return "{" + escaped + "}"


def _coded(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def _intents_and_synonyms(part: NLUPart, writing: Writing) -> Iterator[Plain]:
    """Examples in their order, and synonym sections where they stood among those that annotations imply."""
    run: list[Example] = []
    for example, synonyms in zip([*part.examples, None], _synonyms_by_place(part), strict=True):
        explicit = [one for one in synonyms if not one.is_implied]
        if run and (explicit or example is None or _owner(example) != _owner(run[0])):
            yield from _intent(run, writing)
            run = []
        for value, group in groupby(explicit, key=lambda one: one.value):
            yield from _named("synonym", value, [one.surface for one in group], writing)
        if example is not None:
            run.append(example)


def _synonyms_by_place(part: NLUPart) -> list[list[Synonym]]:
    """For each example, and for the end: the synonym sections before it, then what the example implies itself.

    A part of a format in which annotations imply nothing has its sections at the end, where they count more.
    """
    implied = [_implied(example) for example in part.examples]
    before = list(accumulate((len(found) for found in implied), initial=0))
    given = [one for one in part.synonyms if one.is_implied]
    is_known = given == [one for found in implied for one in found]
    places: list[list[Synonym]] = [[] for _ in before]
    seen = 0
    for synonym in part.synonyms:
        if synonym.is_implied:
            seen += 1
        else:
            places[_place(seen, before, part.examples) if is_known else -1].append(synonym)
    return [[*explicit, *found] for explicit, found in zip(places, [*implied, []], strict=True)]


def _place(seen: int, before: list[int], examples: Sequence[Example]) -> int:
    """Before which example a section stands that follows so many implied synonyms; if it can, between two intents."""
    if seen in (0, before[-1]):
        return len(examples) if seen == before[-1] else 0
    first, last = bisect_left(before, seen), bisect_right(before, seen)
    between = (at for at in range(first, last) if _owner(examples[at]) != _owner(examples[at - 1]))
    return next(between, first)


def _implied(example: Example) -> list[Synonym]:
    found = []
    for span in in_order(example.entities):
        surface = example.text[span["start"] : span["end"]]
        if surface != span["value"]:
            found.append(Synonym(surface, span["value"], is_implied=True))
    return found


def _owner(example: Example) -> tuple[Any, Any]:
    """The intent that an example is written under, and what is said of it as a whole."""
    return example.response_key or example.intent, _metadata(example, "intent")


def _metadata(example: Example, of: str) -> Any:
    return example.metadata.get(of) if isinstance(example.metadata, dict) else None


def _intent(run: Sequence[Example], writing: Writing) -> Iterator[Plain]:
    """Examples of one intent, those that fit a line in a block, the others in a list."""
    name, metadata = _owner(run[0])
    if not name:
        for example in run:
            writing.refuse(
                f"the example `{example.text}`", "it has no intent, and YAML keeps examples under their intents"
            )
        return
    head = {"intent": name} if metadata is None else {"intent": name, "metadata": metadata}
    lines = [(example, _line(example, name, writing)) for example in run]
    written = [(example, line) for example, line in lines if line is not None]
    if any(_metadata(example, "example") is not None for example, _ in written):
        yield {**head, "examples": [_entry(example, line) for example, line in written]}
        return
    for fits, group in groupby(written, key=lambda pair: _fits_line(pair[1])):
        if fits:
            yield {**head, "examples": block([line for _, line in group])}
        else:
            yield {**head, "examples": [_entry(example, line) for example, line in group]}


def _line(example: Example, name: str, writing: Writing) -> str | None:
    what = f"the example `{example.text}` of intent `{name}`"
    try:
        line = annotated(example.text, example.entities)
    except ValueError as error:
        writing.refuse(what, str(error))
        return None
    if line != line.strip(_STRIPPED):
        writing.refuse(what, _SPACES, "give --trim to take them away")
        return None
    return line


def _entry(example: Example, line: str) -> Plain:
    metadata = _metadata(example, "example")
    return {"text": line} if metadata is None else {"text": line, "metadata": metadata}


def _fits_line(line: str) -> bool:
    return bool(line) and is_block_line(line) and line == line.strip(_STRIPPED)


def block(lines: Sequence[str]) -> str:
    """`- text` lines."""
    return "".join(f"- {line}\n" for line in lines)


def _lookup(lookup: Lookup, writing: Writing) -> Iterator[Plain]:
    if lookup.file is None:
        yield from _named("lookup", lookup.name, lookup.elements, writing)
    else:
        yield {"lookup": lookup.name, "examples": lookup.file}


def _named(kind: str, name: str, lines: Sequence[str], writing: Writing) -> Iterator[Plain]:
    """A synonym, a regex, a lookup table: a name and its lines."""
    for line in lines:
        if not _fits_line(line) and line != line.strip():
            writing.refuse(f"`{line}` of {kind} `{name}`", _SPACES)
            return
    if all(_fits_line(line) for line in lines) and lines:
        yield {kind: name, "examples": block(lines)}
    else:
        yield {kind: name, "examples": [{"text": line} for line in lines]}
