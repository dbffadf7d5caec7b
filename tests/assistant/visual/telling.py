"""Short words to tell stories with, and the plain way to merge them: every dialogue unrolled, every window compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphbuild.assistant.data.parts import StoryBlock, StoryElement
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.assistant.visual.merging import merged
from graphbuild.assistant.visual.story_map import Happening, SpotKind, StoryMap
from graphbuild.assistant.visual.words import told

DOMAIN = DomainSpace((), (), (), (), ())
Named = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""A way in words: the last actions before it, what happens, the last actions after it."""


def user(intent: str, *entities: str) -> Event:
    return Event("user", intent, entities=tuple((("entity", one), ("value", "v")) for one in entities))


def act(name: str) -> Event:
    return Event("action", name)


def says(text: str) -> Event:
    return Event("bot", text=text)


def slot(name: str, value: object) -> Event:
    return Event("slot", name, value)


def loop(name: str | None) -> Event:
    return Event("loop", name)


def either(*events: Event) -> StoryElement:
    return StoryElement(events)


def joint(name: str, **conditions: object) -> StoryElement:
    return StoryElement(checkpoint=Checkpoint(name, tuple(sorted(conditions.items()))))


def story(name: str, *elements: Event | StoryElement, rule: bool = False) -> StoryBlock:
    return StoryBlock(
        name, rule, tuple(one if isinstance(one, StoryElement) else StoryElement((one,)) for one in elements)
    )


def rule(name: str, *events: Event, anywhere: bool = True, conditions: Sequence[Event] = ()) -> StoryBlock:
    return story(name, *conditions, *([act("...")] if anywhere else []), *events, rule=True)


def mapped(*blocks: StoryBlock, max_history: int = 2) -> StoryMap:
    return merged(*merge_blocks(blocks), DOMAIN, max_history)


def named(story_map: StoryMap) -> dict[Named, set[str]]:
    """All ways in words, with the names of who tells of them."""
    windows = [(*spot.before, _name(spot.kind, spot.name)) for spot in story_map.spots]
    found: dict[Named, set[str]] = {}
    for way in story_map.ways:
        key = windows[way.start], tuple(map(told, way.happenings)), windows[way.end]
        assert key not in found, "a way is there twice"
        found[key] = {story_map.tellers[one].name for one in way.tellers}
    return found


def unrolled(blocks: Sequence[StoryBlock], max_history: int) -> dict[Named, set[str]]:
    """What `named` should be of stories without conditions whose checkpoints make no cycle."""
    found: dict[Named, set[str]] = {}
    for dialogue in _dialogues(blocks, START, ()):
        window: tuple[str, ...] = ("START",)
        words: tuple[str, ...] = ()
        tellers: set[str] = set()
        for event, teller in dialogue:
            if event is not None and event.type != "action":
                words, tellers = (*words, told(Happening(event.type, event.name, event.value))), tellers | {teller}
                continue
            after = (*window, str(event.name))[-max_history:] if event is not None else ("END",)
            found.setdefault((window, words, after), set()).update(tellers | {teller})
            window, words, tellers = after, (), set()
    return found


Dialogue = tuple[tuple[Event | None, str], ...]
"""Events, each with the story that tells of it; None for the end."""


def _dialogues(blocks: Sequence[StoryBlock], place: str, before: Dialogue) -> Iterator[Dialogue]:
    for block in blocks:
        first, *rest = block.elements
        starts = first.checkpoint.name if first.checkpoint is not None else START
        if starts == place:
            yield from _told(blocks, block, rest if first.checkpoint is not None else [first, *rest], before)


def _told(
    blocks: Sequence[StoryBlock], block: StoryBlock, elements: Sequence[StoryElement], before: Dialogue
) -> Iterator[Dialogue]:
    if not elements:
        yield (*before, (None, block.name))
        return
    first, *rest = elements
    if first.checkpoint is not None:
        further = list(_dialogues(blocks, first.checkpoint.name, before))
        yield from further or [(*before, (None, block.name))]
        return
    for event in first.events:
        yield from _told(blocks, block, rest, (*before, (event, block.name)))


def _name(kind: SpotKind, name: str) -> str:
    return {SpotKind.START: "START", SpotKind.END: "END", SpotKind.ANYWHERE: "...", SpotKind.ONWARD: "onward"}.get(
        kind, name
    )
