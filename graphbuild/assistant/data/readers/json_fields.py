"""What the readers of NLU data in JSON share: fields of an example, checked. Knows no format."""

from __future__ import annotations

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.yaml_tree import Yaml


def text_of(reading: Reading, node: Yaml | None, what: str) -> str | None:
    """A text as it stands, which may be empty; None where nothing is said, and after a problem."""
    if node is None or node.value is None:
        return None
    if isinstance(node.value, str):
        return node.value
    reading.problem(f"{what} must be a text, not {node.kind}", node)
    return None


def needed_text(reading: Reading, owner: Yaml, key: str, what: str) -> str | None:
    """The text under a key that must be there and not be empty."""
    node = owner.get(key)
    if node is None:
        reading.problem(f"{what} has no `{key}`", owner)
        return None
    if node.value is None or (isinstance(node.value, str) and not node.value.strip()):
        reading.problem(f"`{key}` of {what} is empty", node)
        return None
    return text_of(reading, node, f"`{key}` of {what}")


def mappings(reading: Reading, node: Yaml | None, what: str) -> list[Yaml]:
    """The elements of a list that must be objects; a problem for each that is none."""
    found = []
    for one in reading.elements(node, what):
        if one.is_mapping:
            found.append(one)
        else:
            reading.problem(f"an element of {what} must be an object, not {one.kind}", one)
    return found


def position(reading: Reading, owner: Yaml, key: str) -> int | None:
    """A place in a text, in characters; a problem and None for what is no whole number."""
    node = owner.get(key)
    if node is None:
        reading.problem(f"an entity has no `{key}`", owner)
        return None
    is_whole = isinstance(node.value, int | float) and not isinstance(node.value, bool) and node.value % 1 == 0
    if is_whole:
        return int(node.value)
    reading.problem(f"`{key}` of an entity must be a whole number", node)
    return None


def value_of(reading: Reading, node: Yaml | None) -> str | None:
    """The value of an entity as text; numbers are written out."""
    if node is not None and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return str(node.value)
    return text_of(reading, node, "the value of an entity")


def span_of(
    reading: Reading,
    where: Yaml,
    text: str,
    facts: tuple[int | None, int | None, str | None],
    value: str | None = None,
    parts: tuple[str | None, str | None] = (None, None),
) -> Span | None:
    """An entity from (start, end exclusive, type), a value (the text there, if none) and (role, group).

    None where a fact is missing, and, with a warning, where it lies outside of the text: nothing can be learned of it.
    """
    start, end, name = facts
    if start is None or end is None or name is None:
        return None
    if not 0 <= start < end <= len(text):
        what = f"entity `{name}` from {start} to {end} is not inside of the text, which has {len(text)} characters"
        reading.warn(what, where, "it is left out; correct its place")
        return None
    span: Span = {"start": start, "end": end, "entity": name, "value": text[start:end] if value is None else value}
    span |= {key: part for key, part in zip(("role", "group"), parts, strict=True) if part}
    return span
