"""The story map as Graphviz text: for those who have a layout program of their own."""

from __future__ import annotations

from graphbuild.assistant.visual.story_map import Happening, Spot, SpotKind, StoryMap
from graphbuild.assistant.visual.words import entity_told, told

_RULE = "#0b8a72"
_NAMES = {
    SpotKind.START: "START",
    SpotKind.ANYWHERE: "at any time",
    SpotKind.ONWARD: "...",
    SpotKind.END: "END",
}


def as_dot(story_map: StoryMap) -> str:
    """Spots as nodes, ways as edges with labels; what rules alone tell is dashed."""
    lines = [
        "digraph stories {",
        '  rankdir=LR; node [fontname="sans-serif", shape=box, style=rounded]; edge [fontname="sans-serif"];',
    ]
    for place, spot in enumerate(story_map.spots):
        facts = [f"label={_quoted(_label(spot))}"]
        if spot.kind in _NAMES:
            facts.append("shape=oval")
        if story_map.is_of_rules(story_map.tellers_of_spots[place]):
            facts.append(f'style="rounded,dashed", color="{_RULE}"')
        if spot.before:
            facts.append(f"tooltip={_quoted('after ' + ', '.join(spot.before))}")
        lines.append(f"  n{place} [{', '.join(facts)}];")
    for way in story_map.ways:
        label = "\n".join(line for one in way.happenings for line in _lines(one))
        names = "\n".join(story_map.tellers[one].name for one in way.tellers)
        facts = [f"label={_quoted(label)}"] if label else []
        facts += [f"tooltip={_quoted(names)}"]
        facts += [f'style=dashed, color="{_RULE}"'] if story_map.is_of_rules(way.tellers) else []
        lines.append(f"  n{way.start} -> n{way.end} [{', '.join(facts)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _label(spot: Spot) -> str:
    if spot.kind in _NAMES:
        return _NAMES[spot.kind]
    return f'"{spot.name}"' if spot.kind is SpotKind.BOT else spot.name


def _lines(happening: Happening) -> list[str]:
    lines = [told(happening), *map(entity_told, happening.entities)]
    said = happening.text if happening.name else None
    return lines + ([f"\u201c{said or happening.example}\u201d"] if said or happening.example else [])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
