"""Scene: what a drawing of a story map shows: boxes with lines of text, arrows between them. Knows no places.

Ways from one spot to another on which nothing happens but a turn of the user share a chip, through which one arrow
goes; others have a chip each. Stories end at a mark of their own
right behind their last action: one END for all would draw an arrow across the whole picture from each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graphbuild.assistant.visual.story_map import Happening, Spot, SpotKind, StoryMap, Way
from graphbuild.assistant.visual.words import cut, entity_told, told, width

TITLE, SMALL = 12.0, 10.5
"""Sizes of the two kinds of text."""
_PAD_X, _PAD_Y, _ROW, _ROW_SMALL = 10.0, 7.0, 15.0, 14.0
_WIDEST, _MOST_LINES, _MOST_CHIPS = 210.0, 6, 6
_BOLD = 1.1
_ENDS = {SpotKind.END: "END", SpotKind.ONWARD: "\u2026"}
_BEGINNINGS = {SpotKind.START: "START", SpotKind.ANYWHERE: "at any time"}


class Tone(StrEnum):
    """How a line of text looks."""

    NAME = "name"
    SAID = "said"
    INTENT = "intent"
    ENTITY = "entity"
    SLOT = "slot"
    LOOP = "loop"
    EVENT = "event"
    MORE = "more"


@dataclass(frozen=True)
class Line:
    """A line of text in a box."""

    tone: Tone
    text: str

    @property
    def size(self) -> float:
        """The size of its letters."""
        return TITLE if self.tone in (Tone.NAME, Tone.INTENT) else SMALL

    @property
    def width(self) -> float:
        """About how wide it is."""
        return width(self.text, self.size) * (_BOLD if self.size == TITLE else 1.0)

    @property
    def height(self) -> float:
        """What it takes from the box."""
        return _ROW if self.size == TITLE else _ROW_SMALL


@dataclass(frozen=True)
class Box:
    """A spot, the end of some stories, or the chip of some ways."""

    id: str
    kind: str
    """`start`, `anywhere`, `action`, `bot`, `end`, `onward`, or `chip`."""
    lines: tuple[Line, ...]
    tellers: tuple[int, ...]
    spot: int | None = None
    ways: tuple[int, ...] = ()

    @property
    def width(self) -> float:
        """How wide it is."""
        return round(max(max((line.width for line in self.lines), default=0.0), 22.0) + 2 * _PAD_X)

    @property
    def height(self) -> float:
        """How high it is."""
        return round(sum(line.height for line in self.lines) + 2 * _PAD_Y)


@dataclass(frozen=True)
class Scene:
    """Boxes in an order that begins where stories begin, and arrows with the ways that they stand for."""

    boxes: dict[str, Box]
    arrows: dict[tuple[str, str], tuple[int, ...]]


def scene_of(story_map: StoryMap) -> Scene:
    """What is drawn of a story map."""
    boxes = {
        f"s{place}": _spot_box(place, spot, story_map.tellers_of_spots[place])
        for place, spot in enumerate(story_map.spots)
        if spot.kind not in _ENDS
    }
    arrows: dict[tuple[str, str], tuple[int, ...]] = {}
    together: dict[tuple[int, int], list[int]] = {}
    for number, way in enumerate(story_map.ways):
        together.setdefault((way.start, way.end), []).append(number)
    for (start, end), numbers in together.items():
        tellers = _tellers(story_map, numbers)
        kind = story_map.spots[end].kind
        before, behind = f"s{start}", f"s{end}"
        if kind in _ENDS:
            behind = f"e{start}-{end}"
            boxes[behind] = Box(behind, kind, (Line(Tone.NAME, _ENDS[kind]),), tellers, end, tuple(numbers))
        silent = tuple(number for number in numbers if not story_map.ways[number].happenings)
        if silent:
            arrows[before, behind] = silent
        for place, group in enumerate(_groups(story_map, numbers)):
            chip = f"c{start}-{end}-{place}"
            lines = _chip_lines([story_map.ways[number] for number in group])
            boxes[chip] = Box(chip, "chip", lines, _tellers(story_map, group), None, tuple(group))
            arrows[before, chip] = arrows[chip, behind] = tuple(group)
    return Scene(boxes, arrows)


def _groups(story_map: StoryMap, numbers: list[int]) -> list[list[int]]:
    """Ways that share a chip: single turns of the user; and, where chips would be too many, the last of the rest."""
    turns = [number for number in numbers if [one.type for one in story_map.ways[number].happenings] == ["user"]]
    others = [number for number in numbers if story_map.ways[number].happenings and number not in turns]
    groups = ([turns] if turns else []) + [[one] for one in others[:_MOST_CHIPS]]
    return groups + ([others[_MOST_CHIPS:]] if len(others) > _MOST_CHIPS else [])


def _tellers(story_map: StoryMap, numbers: list[int]) -> tuple[int, ...]:
    return tuple(sorted({one for number in numbers for one in story_map.ways[number].tellers}))


def _spot_box(place: int, spot: Spot, tellers: tuple[int, ...]) -> Box:
    if spot.kind in _BEGINNINGS:
        return Box(f"s{place}", spot.kind, (Line(Tone.NAME, _BEGINNINGS[spot.kind]),), tellers, place)
    name = f"\u201c{spot.name}\u201d" if spot.kind is SpotKind.BOT else spot.name
    lines = [_line(Tone.NAME, name)]
    if spot.says:
        lines.append(_line(Tone.SAID, spot.says))
    return Box(f"s{place}", spot.kind, tuple(lines), tellers, place)


def _chip_lines(ways: list[Way]) -> tuple[Line, ...]:
    """Everything of one way, or a line for each of several; as far as there is room, and how much more there is."""
    if len(ways) == 1:
        lines = [line for happening in ways[0].happenings for line in _lines(happening)]
    else:
        lines = [_in_one_line(way, is_first=place == 0) for place, way in enumerate(ways)]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES - 1 :] = [Line(Tone.MORE, f"and {len(lines) - _MOST_LINES + 1} more")]
    return tuple(lines)


def _lines(happening: Happening) -> list[Line]:
    if happening.type != "user":
        return [_line(_tone(happening), told(happening))]
    lines = [_line(Tone.INTENT, told(happening))]
    lines += [_line(Tone.ENTITY, entity_told(one)) for one in happening.entities]
    said = happening.text if happening.name else None
    if said or happening.example:
        lines.append(_line(Tone.SAID, f"\u201c{said or happening.example}\u201d"))
    return lines


def _in_one_line(way: Way, *, is_first: bool) -> Line:
    words = []
    for happening in way.happenings:
        entities = ", ".join(map(entity_told, happening.entities))
        words.append(f"{told(happening)} {{{entities}}}" if entities else told(happening))
    tone = next((Tone.INTENT for one in way.happenings if one.type == "user"), _tone(way.happenings[0]))
    return _line(tone, f"{'' if is_first else 'or '}{', '.join(words)}")


def _tone(happening: Happening) -> Tone:
    return {"user": Tone.INTENT, "slot": Tone.SLOT, "loop": Tone.LOOP}.get(happening.type, Tone.EVENT)


def _line(tone: Tone, text: str) -> Line:
    line = Line(tone, "")
    return Line(tone, cut(text, _WIDEST, line.size))
