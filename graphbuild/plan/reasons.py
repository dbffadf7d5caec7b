"""Reasons: why an action's key is not the one of the last time, found by comparing the two manifests.

Down to the configuration field, the module, the package, the input port. Where an input changed, `explain` follows it
upstream to the file and line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from graphbuild.graph.graph import GraphNode
from graphbuild.plan.decision import Change, Reason, ReasonKind

Manifest = Mapping[str, Any]
Modules = Mapping[str, str]
_ABSENT = object()
_INPUT_WORDS = {Change.ADDED: "is now added", Change.REMOVED: "is no longer there", None: "changed"}


def why(
    node: GraphNode, now: Manifest, before: Manifest | None, code_now: Modules, code_before: Modules
) -> tuple[Reason, ...]:
    """The reasons of a node that runs. `code_*` are the modules behind the two code versions, by name."""
    if before is None:
        return (Reason(ReasonKind.NEW, "it was never built here", *_place(node)),)
    found = [
        *_simple(node, now, before),
        *_config(node, now["config"], before.get("config", {})),
        *_code(code_now, code_before),
        *_toolchain(now["toolchain"], before.get("toolchain", {})),
        *_inputs(now["inputs"], before.get("inputs", [])),
    ]
    if now["source"] != before.get("source"):
        found.extend(_source(node, now.get("mentions", {}), before.get("mentions", {})))
    if not found:
        found.append(Reason(ReasonKind.LOST, "the store no longer has the result of this very action"))
    return tuple(found)


def _simple(node: GraphNode, now: Manifest, before: Manifest) -> Iterator[Reason]:
    words = {
        "format": (ReasonKind.FORMAT, "format of action keys"),
        "component": (ReasonKind.COMPONENT, "component"),
        "version": (ReasonKind.COMPONENT, "version of the component"),
        "operation": (ReasonKind.COMPONENT, "operation"),
        "seed": (ReasonKind.SEED, "seed"),
    }
    for name, (kind, word) in words.items():
        if now[name] != before.get(name):
            yield Reason(kind, f"{word} {_shown(before.get(name))} -> {_shown(now[name])}", *_place(node), name)


def _config(node: GraphNode, now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Reason]:
    for name in sorted({*now, *before}):
        old, new = before.get(name, _ABSENT), now.get(name, _ABSENT)
        if _same(old, new):
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            for reason in _config(node, new, old):
                yield Reason(reason.kind, f"{name}.{reason.detail}", *_place(node, name), f"{name}.{reason.subject}")
            continue
        yield Reason(ReasonKind.CONFIG, f"{name} {_shown(old)} -> {_shown(new)}", *_place(node, name), name)


def _code(now: Modules, before: Modules) -> Iterator[Reason]:
    for name in sorted({*now, *before}):
        if name not in before:
            yield Reason(ReasonKind.CODE, f"module {name} is now reached", subject=name, change=Change.ADDED)
        elif name not in now:
            yield Reason(ReasonKind.CODE, f"module {name} is no longer reached", subject=name, change=Change.REMOVED)
        elif now[name] != before[name]:
            yield Reason(ReasonKind.CODE, f"module {name} changed", subject=name)


def _toolchain(now: Mapping[str, str], before: Mapping[str, str]) -> Iterator[Reason]:
    for name in sorted({*now, *before}):
        old, new = before.get(name, "absent"), now.get(name, "absent")
        if old != new:
            yield Reason(ReasonKind.TOOLCHAIN, f"{name} {old} -> {new}", subject=name)


def _inputs(now: list[list[str]], before: list[list[str]]) -> Iterator[Reason]:
    """One reason a producer: its artifact changed, or it was added or removed."""
    new = {(port, node, output): artifact for port, node, output, artifact in now}
    old = {(port, node, output): artifact for port, node, output, artifact in before}
    said = False
    for port, node, output in dict.fromkeys([*new, *old]):
        place = (port, node, output)
        change = Change.ADDED if place not in old else Change.REMOVED if place not in new else None
        if place in old and place in new and old[place] == new[place]:
            continue
        said = True
        yield Reason(ReasonKind.INPUT, changed_input(port, node, change), subject=port, change=change)
    if not said and now != before:
        yield Reason(ReasonKind.INPUT, "the inputs come in another order")


def changed_input(port: str, node: str, change: Change | None = None) -> str:
    """The words of a reason of an input: something else comes from a producer, or it came or went."""
    return f"input `{port}` from {node} {_INPUT_WORDS[change]}"


def _source(node: GraphNode, now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Reason]:
    """The source itself, or what it mentions: environment variables and other files."""
    path = node.source.files[0] if node.source is not None and len(node.source.files) == 1 else None
    changed = [name for name in now if name in before and now[name] != before[name]]
    for name in changed:
        word = f"the environment variable {name[1:]}" if name.startswith("$") else name
        yield Reason(ReasonKind.SOURCE, f"{word} changed, which {path} mentions", path, subject=name)
    if not changed:
        yield Reason(ReasonKind.SOURCE, f"{path or 'a source file'} changed", path)


def _same(old: object, new: object) -> bool:
    # 1, 1.0 and true are equal to Python, and different configurations.
    return type(old) is type(new) and _shown(old) == _shown(new)


def _shown(value: object) -> str:
    return "(absent)" if value is _ABSENT else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _place(node: GraphNode, option: str | None = None) -> tuple[str | None, int | None]:
    location = node.places.get(option, node.location) if option is not None else node.location
    return (None, None) if location is None else (location.path, location.line)
