"""What `graphbuild data show` prints for people: counts by file, then what there is, by kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from graphbuild import errors
from graphbuild.project.data import ProjectData

Plain = dict[str, Any]
_MOST_WARNINGS = 20


def summary(data: ProjectData, shown: Plain) -> str:
    """The text."""
    sections = [
        ("files", list(_files(data))),
        ("intents", list(_intents(shown))),
        ("entities", list(_entities(shown))),
        ("slots", list(_slots(shown["domain"]["slots"]))),
        ("forms", shown["domain"]["forms"]),
        ("stories", list(_blocks(data))),
        ("responses", [f"{len(shown['domain']['responses'])} in the domain"] if shown["domain"]["responses"] else []),
        ("words", list(_words(shown))),
        ("warnings", list(_warnings(data))),
    ]
    texts = ["\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in sections if lines]
    return "\n\n".join(texts) + "\n"


def _files(data: ProjectData) -> Iterator[str]:
    rows = data.counts()
    labels = [label for label, _ in rows]
    width = max((len(label) for label in labels), default=0)
    for label, counts in rows:
        # One that lies among the domains and among the data is one of them.
        if counts or labels.count(label) == 1:
            yield f"{label:{width}}  {_counted(counts)}"


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in counts.items()) or "nothing"


def _intents(shown: Plain) -> Iterator[str]:
    examples = Counter(row["intent"] for row in shown["nlu"] if row["intent"])
    keys: dict[str, set[str]] = {}
    for row in shown["nlu"]:
        if "response_key" in row:
            keys.setdefault(row["intent"], set()).add(row["response_key"])
    known = shown["domain"]["intents"]
    names = sorted({*known, *examples})
    width = max((len(name) for name in names), default=0)
    for name in names:
        more = f", {len(keys[name])} responses" if name in keys else ""
        unknown = "" if name in known else "  (not in the domain)"
        yield f"{name:{width}}  {examples[name]:,} examples{more}{unknown}"


def _entities(shown: Plain) -> Iterator[str]:
    marks = Counter(entity["entity"] for row in shown["nlu"] for entity in row["entities"])
    known = shown["domain"]["entities"]
    names = sorted({*known, *marks})
    width = max((len(name) for name in names), default=0)
    for name in names:
        yield f"{name:{width}}  {marks[name]:,} annotated{'' if name in known else '  (not in the domain)'}"


def _slots(slots: Mapping[str, Plain]) -> Iterator[str]:
    width = max((len(name) for name in slots), default=0)
    for name, slot in slots.items():
        yield f"{name:{width}}  {_slot(slot)}"


def _slot(slot: Plain) -> str:
    influence = "" if slot["influence_conversation"] else ", without influence"
    initial = "" if slot["initial_value"] is None else f", at first {slot['initial_value']}"
    return f"{slot['type']}{influence}{initial}"


def _blocks(data: ProjectData) -> Iterator[str]:
    counts: Counter[str] = Counter()
    for file in data.training.values():
        counts.update({word: count for word, count in file.counts().items() if word in ("stories", "rules")})
    if counts:
        yield _counted(counts)


def _words(shown: Plain) -> Iterator[str]:
    counts = {name: len(shown[name]) for name in ("synonyms", "regexes", "lookups") if shown[name]}
    if counts:
        yield _counted(counts)


def _warnings(data: ProjectData) -> Iterator[str]:
    for problem in map(errors.shown, [*data.unasked, *data.warnings[:_MOST_WARNINGS]]):
        yield f"{problem.location}: {problem.what}{f' ({problem.hint})' if problem.hint else ''}"
    if len(data.warnings) > _MOST_WARNINGS:
        yield f"and {len(data.warnings) - _MOST_WARNINGS:,} more"
