"""Texts of stories on their way through the pipeline of Rasa's config.yml, to policies that learn from them.

Tokenizers and featurizers of the pipeline are there once more, over what users and the bot say word for word in
stories, and learn from that; models that they load are shared. These nodes are only there where some story has such
texts. Facts: RASA.md 2.3 (`e2e_run_*`, `end_to_end_features_provider`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL
from graphbuild.errors import Problem
from graphbuild.recipe.rasa_items import FEATURIZER, Item
from graphbuild.recipe.rasa_lists import LISTS
from graphbuild.recipe.rasa_wiring import Made, chosen, made_by, names_of, node_names, ports_of, snake, spec_of
from graphbuild.recipe.recipe import NodeSpec

TEXTS = "texts"
"""What the files of a project hold then (Component.holds)."""
_PREFIX = "e2e_"
_SOURCE, _ENTITIES, _FEATURES = "StoryTexts", "StoryTextEntities", "StoryTextFeatures"
_TOKENIZER = "tokenizer"


@dataclass(frozen=True)
class Spelt:
    """The nodes of texts."""

    specs: Sequence[NodeSpec] = ()
    made: Mapping[str, Sequence[Made]] = field(default_factory=dict)
    """What a policy may use of them, by the name of its node."""


def spelt(
    items: Sequence[Item], names: Sequence[str], base: Sequence[Made], project: Path, beside: Sequence[Item] = ()
) -> Spelt:
    """The nodes that make features of texts for the policies among some items, whose nodes have these names.

    `base`: what was made before all items. `beside`: the items of a pipeline that is not among the others. None where
    no policy takes them, or the pipeline makes no features.
    """
    source, entities, together = (_own(uses, project) for uses in (_SOURCE, _ENTITIES, _FEATURES))
    named = list(zip(items, names, strict=True))
    pipeline = [(item, name) for item, name in named if item.group == LISTS["pipeline"]]
    pipeline = pipeline or list(zip(beside, node_names(beside), strict=True))
    takers = [(item, name) for item, name in named if item.group == LISTS["policies"] and _takes(item, together)]
    if not takers or not {_TOKENIZER, FEATURIZER} <= {item.component.kind for item, _ in pipeline}:
        return Spelt()
    problems: list[Problem] = []  # of wiring: they are told of the nodes that read examples
    specs = [spec_of(source, snake(_SOURCE), [*base], problems), spec_of(entities, snake(_ENTITIES), [*base], problems)]
    made = [*base, *made_by(source, snake(_SOURCE))]
    for position, (item, name) in enumerate(pipeline):
        kind = item.component.kind
        is_shared = kind == MODEL and not beside
        if kind in (_TOKENIZER, FEATURIZER, MODEL):
            node = name if is_shared else f"{_PREFIX}{name}"
            specs += [] if is_shared else [spec_of(item, node, made, problems)]
            made += made_by(item, node, names_of(item, name, position))
    ports: dict[str, Sequence[Made]] = {}
    for item, name in takers:
        spec = spec_of(together, f"{name}_texts", chosen(item, made, problems), problems)
        specs.append(spec)
        ports[name] = [*made_by(entities, snake(_ENTITIES)), *made_by(together, spec.name)]
    return Spelt([replace(spec, only_for=TEXTS) for spec in specs], ports)


def _own(uses: str, project: Path) -> Item:
    """An item that no config names."""
    return Item(LISTS["policies"], uses, {}, None, {}, registry.load(uses, project))


def _takes(item: Item, other: Item) -> bool:
    """Whether one makes what a port of the other may be given."""
    kinds = [one.type for one in made_by(other, "")]
    return any(port.optional and issubclass(kind, port.type) for port in ports_of(item).values() for kind in kinds)
