"""Offers: what may stand at a place of a recipe, and what is said of it: completions, and what is pointed at."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from graphbuild.editing.components import KnownComponent, KnownOption, type_name
from graphbuild.editing.outline import Part, Path


class OfferKind(enum.StrEnum):
    """What is offered."""

    KEY = "key"
    COMPONENT = "component"
    OPTION = "option"
    PORT = "port"
    NODE = "node"
    VALUE = "value"
    VARIABLE = "variable"


@dataclass(frozen=True)
class Offer:
    """A word that may stand there."""

    label: str
    kind: OfferKind
    detail: str = ""
    """Few words beside it: a type, a kind."""
    info: str = ""
    """A sentence or more."""
    insert: str | None = None
    """What is written, where that is not the label."""
    is_first: bool = False
    """Whether it fits better than others."""

    @property
    def text(self) -> str:
        """What is written."""
        return self.label if self.insert is None else self.insert


def key(name: str, info: str = "", detail: str = "", *, opens: bool = False) -> Offer:
    """A key; one that `opens` has its value on the lines below."""
    return Offer(name, OfferKind.KEY, detail, info, f"{name}:" if opens else f"{name}: ")


def values(words: Iterable[str], detail: str = "", info: str = "") -> Iterator[Offer]:
    """Plain words."""
    return (Offer(word, OfferKind.VALUE, detail, info) for word in words)


def component(known: KnownComponent) -> Offer:
    """The name of a component."""
    lines = [known.says] if known.says else []
    if known.ports:
        lines.append(f"needs {', '.join(_port_words(known))}")
    if known.outputs:
        lines.append(f"makes {', '.join(f'{port}: {type_name(kind)}' for port, kind in known.outputs.items())}")
    return Offer(known.name, OfferKind.COMPONENT, known.kind, "\n".join(lines))


def _port_words(known: KnownComponent) -> Iterator[str]:
    for name, port in known.ports.items():
        yield f"{name}: {type_name(port.type)}{' (many)' if port.many else ''}{' (optional)' if port.optional else ''}"


def ports(known: KnownComponent | None) -> Iterator[Offer]:
    """The input ports of a component."""
    for port in known.ports.values() if known is not None else ():
        notes = [word for word, said in (("takes many", port.many), ("may stay open", port.optional)) if said]
        yield Offer(port.name, OfferKind.PORT, type_name(port.type), ", ".join(notes), f"{port.name}: ")


def options(known: KnownComponent | None, inside: Path = ()) -> Iterator[Offer]:
    """The options of a component, or the keys inside of one of them."""
    if known is None:
        return
    if inside:
        option = known.options.get(str(inside[0]))
        if option is not None and len(inside) == 1:
            for name, default in option.parts.items():
                yield Offer(name, OfferKind.OPTION, f"= {default}", option.help, f"{name}: ")
        return
    for option in known.options.values():
        yield Offer(option.name, OfferKind.OPTION, option.type, said_of(option), f"{option.name}: ")


def said_of(option: KnownOption) -> str:
    """What an option is for, and its default."""
    lines = [option.help] if option.help else []
    lines.append("required" if option.default == "required" else f"default: {option.default}")
    if option.choices:
        lines.append(f"one of {', '.join(option.choices)}")
    return "\n".join(lines)


def option_values(known: KnownComponent | None, inside: Path) -> Iterator[Offer]:
    """What an option may be: its words, and its default."""
    option = known.options.get(str(inside[0])) if known is not None and inside else None
    if option is None:
        return
    steps = [step for step in inside[1:] if isinstance(step, str)]
    if steps:
        default = option.parts.get(steps[0]) if len(steps) == 1 else None
        yield from values([default] if default is not None else [], "default", option.help)
        return
    default = _as_word(option.default)
    for word in option.choices:
        yield Offer(word, OfferKind.VALUE, "default" if word == default else "", option.help, is_first=word == default)
    if default not in (*option.choices, "required") and len(inside) == 1:
        yield Offer(default, OfferKind.VALUE, "default", option.help, is_first=True)


def without_taken(offers: Iterable[Offer], part: Part | None) -> Iterator[Offer]:
    """Those that a mapping does not have yet."""
    taken = set(part.keys) if part is not None else set()
    return (one for one in offers if one.label not in taken)


def behind_colon(offer: Offer) -> Offer:
    """The offer for a key whose colon is there."""
    return replace(offer, insert=None)


def in_quotes(offer: Offer) -> Offer:
    """The offer where a plain text may have no brackets."""
    return replace(offer, insert=f'"{offer.label}"')


def _as_word(default: str) -> str:
    """A default as YAML has it: a plain word without quotes."""
    inner = default[1:-1]
    return inner if default.startswith('"') and inner.replace("_", "").isalnum() else default
