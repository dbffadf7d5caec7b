"""The story map as plain values, with the places of the stories: for programs, and for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbuild.assistant.visual.story_map import Happening, Spot, StoryMap, Teller, Way
from graphbuild.assistant.visual.words import entity_told, told
from graphbuild.errors import Location

Plain = dict[str, Any]
Places = Mapping[Teller, Sequence[Location]]


def document_of(story_map: StoryMap, places: Places) -> Plain:
    """Nodes, edges and stories, which name each other by their numbers."""
    return {
        "max_history": story_map.max_history,
        "nodes": [_node(place, spot, story_map) for place, spot in enumerate(story_map.spots)],
        "edges": [_edge(number, way) for number, way in enumerate(story_map.ways)],
        "stories": [_story(number, one, places) for number, one in enumerate(story_map.tellers)],
        "left_out": story_map.left_out,
    }


def _node(place: int, spot: Spot, story_map: StoryMap) -> Plain:
    return {
        "id": place,
        "kind": spot.kind.value,
        "name": spot.name or None,
        "before": list(spot.before),
        "says": spot.says,
        "stories": list(story_map.tellers_of_spots[place]),
    }


def _edge(number: int, way: Way) -> Plain:
    return {
        "id": number,
        "from": way.start,
        "to": way.end,
        "events": [_event(one) for one in way.happenings],
        "stories": list(way.tellers),
    }


def _event(happening: Happening) -> Plain:
    """One thing that happens; `label` is what pictures say of it."""
    plain: Plain = {"type": happening.type, "label": told(happening)}
    if happening.type == "user":
        plain |= {
            "intent": happening.name,
            "text": happening.text,
            "example": happening.example,
            "entities": [{**dict(one), "label": entity_told(one)} for one in happening.entities],
        }
    else:
        plain |= {"name": happening.name, "value": happening.value}
    if happening.is_condition:
        plain["condition"] = True
    return plain


def _story(number: int, teller: Teller, places: Places) -> Plain:
    found = [{"path": one.path, "line": one.line} for one in places.get(teller, ())]
    return {"id": number, "name": teller.name, "kind": "rule" if teller.is_rule else "story", "places": found}
