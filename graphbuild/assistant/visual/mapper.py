"""StoryMapper: the stories and rules of a project -> the graph that `graphbuild visualize` draws."""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphbuild.assistant.data.domain import Responses
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.visual.merging import merged
from graphbuild.assistant.visual.sayings import Sayings
from graphbuild.assistant.visual.story_map import Happening, Spot, SpotKind, StoryMap
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

_NO_DOMAIN = DomainSpace((), (), (), (), ())


class StoryMapper(Component):
    """Makes one graph of stories and rules, in which places with the same last actions are one."""

    kind = "projection"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        max_history: int = option(2, "How many last actions are compared; fewer make a smaller graph.")

    config: Config

    def apply(
        self,
        stories: StoryGraph,
        names: StoryNames,
        domain: DomainSpace | None = None,
        responses: Responses | None = None,
        sayings: Sayings | None = None,
    ) -> StoryMap:
        """The graph; with a domain, slots that entities fill count at checkpoints. The rest is for people to read."""
        found = merged(stories, names, domain or _NO_DOMAIN, self.config.max_history)
        spots = [_said(one, responses) for one in found.spots] if responses is not None else found.spots
        ways = [
            replace(way, happenings=tuple(_exemplified(one, sayings or Sayings()) for one in way.happenings))
            for way in found.ways
        ]
        return replace(found, spots=tuple(spots), ways=tuple(ways))


def _said(spot: Spot, responses: Responses) -> Spot:
    """The spot with the first text of its response, or the number of answers of a retrieval action."""
    if spot.kind is not SpotKind.ACTION:
        return spot
    texts = (str(one["text"]) for one in responses.variations.get(spot.name, ()) if one.get("text"))
    says = next(texts, None)
    if says is None:
        answers = sum(name.startswith(f"{spot.name}/") for name in responses.variations)
        says = f"one of {answers} answers" if answers else None
    return replace(spot, says=says)


def _exemplified(happening: Happening, sayings: Sayings) -> Happening:
    if happening.type != "user" or happening.text or not happening.name:
        return happening
    types = frozenset(str(dict(one)["entity"]) for one in happening.entities)
    return replace(happening, example=sayings.of(happening.name, types))
