"""What may stand where in Rasa's config.yml: keys, components of its lists with their options, schemas of graph.v1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from graphbuild.editing import offers
from graphbuild.editing.components import KnownComponent, all_components, known_component
from graphbuild.editing.offers import Offer, OfferKind
from graphbuild.editing.outline import Part, Path
from graphbuild.recipe.rasa_graph import NAME as GRAPH
from graphbuild.recipe.rasa_items import uses_of
from graphbuild.recipe.rasa_lists import LISTS
from graphbuild.recipe.rasa_schema import GIVEN, PREDICT, TRAIN

_KEYS = {
    "recipe": "How this config is read: default.v1, graph.v1.",
    "assistant_id": "The name of the assistant, which its messages carry.",
    "language": "The language of the assistant; components that cannot be used for it are refused.",
    "pipeline": "What understands messages, one component after the other.",
    "policies": "What decides on the next action.",
    "importers": "Where training data comes from, beside the project's files.",
    "imports": "Folders and files, relative to this one, that are read with the project's own.",
    "version": "Accepted.",
}
_GRAPH_KEYS = {
    TRAIN: "The nodes of a training.",
    PREDICT: "The nodes of use.",
    "nlu_target": "The node of predict_schema whose messages are the result.",
    "core_target": "The node of predict_schema that decides on the next action.",
}
_NODE_KEYS = {
    "uses": "The class.",
    "needs": "Parameter: the node that gives it.",
    "fn": "The method that is called.",
    "config": "Its options.",
    "constructor_name": "create or load.",
    "eager": "Accepted; what is loaded when is decided by content.",
    "is_target": "Accepted; what runs again is decided by content.",
    "is_input": "Accepted; what runs again is decided by content.",
    "resource": "The node that trained what it loads: {name: NODE}.",
}
_METHODS = ("train", "process", "process_training_data", "predict_action_probabilities", "provide")
_OPENING = ("pipeline", "policies", "importers", "imports", TRAIN, PREDICT, "needs", "config")
_KINDS = {
    "policies": ("policy",),
    "pipeline": ("model", "tokenizer", "featurizer", "classifier", "selector", "extractor"),
}


@dataclass(frozen=True)
class RasaOffers:
    """What may stand in one config."""

    root: Part
    project: FilePath

    def keys(self, path: Path) -> Iterator[Offer]:
        """The keys that the mapping at a path may have."""
        match path:
            case ():
                known = {**_KEYS, **_GRAPH_KEYS} if self._is_graph else _KEYS
                left_out = LISTS if self._is_graph else ()
                yield from (_key(name, info) for name, info in known.items() if name not in left_out)
            case (("pipeline" | "policies") as of, int(item)):
                component = self._item(of, item)
                if self._named(of, item) is None:
                    yield offers.key("name", "The component.")
                    for one in self._components(of):
                        yield Offer(
                            one.name, OfferKind.COMPONENT, one.kind, offers.component(one).info, f"name: {one.name}"
                        )
                yield from offers.options(component)
            case ("policies", int(), *_, ("featurizer" | "state_featurizer"), int()):
                yield offers.key("name", "The featurizer.")
                yield from offers.options(self._named_at(path))
            case (("pipeline" | "policies") as of, int(item), *inside):
                yield from offers.options(self._item(of, item), tuple(inside))
            case ("importers", int()):
                yield offers.key("name", "RasaFileImporter, MultiProjectImporter, or package.module.Class.")
                yield offers.key("reads", "The files of an importer of your own.")
            case ((schema),) if schema in (TRAIN, PREDICT):
                yield _key("nodes", "Its nodes by name.")
            case ((schema), "nodes", _) if schema in (TRAIN, PREDICT):
                yield from (_key(name, info) for name, info in _NODE_KEYS.items())
            case ((schema), "nodes", node, "config", *inside) if schema in (TRAIN, PREDICT):
                yield from offers.options(self._schema_node(schema, node), tuple(inside))

    def values(self, path: Path) -> Iterator[Offer]:
        """What the value at a path may be."""
        match path:
            case ("recipe",):
                yield from offers.values(["default.v1", GRAPH])
            case (("pipeline" | "policies") as of, int(), "name"):
                yield from (offers.component(one) for one in self._components(of))
            case ("policies", int(), _, *_, "name"):
                yield from (offers.component(one) for one in self._components("policies", ("featurizer",)))
            case ("policies", int(), *_, ("featurizer" | "state_featurizer"), int(), str(option)):
                yield from offers.option_values(self._named_at(path[:-1]), (option,))
            case (("pipeline" | "policies") as of, int(item), *inside) if inside:
                yield from offers.option_values(self._item(of, item), tuple(inside))
            case ("importers", int(), "name"):
                yield from offers.values(["RasaFileImporter", "MultiProjectImporter"])
            case ("nlu_target",) | ("core_target",):
                yield from self._schema_nodes(PREDICT)
            case ((schema), "nodes", node, key, *inside) if schema in (TRAIN, PREDICT):
                yield from self._schema_values(str(schema), str(node), str(key), tuple(inside))

    def variables(self) -> Iterator[Offer]:
        """None: values of the environment are nobody's to list."""
        return iter(())

    @property
    def _is_graph(self) -> bool:
        return self.root.said("recipe") == GRAPH

    def _named(self, of: str, item: int) -> str | None:
        return self.root.said(of, item, "name")

    def _item(self, of: str, item: int) -> KnownComponent | None:
        return self._named_at((of, item))

    def _named_at(self, path: Path) -> KnownComponent | None:
        name = self.root.said(*path, "name")
        return known_component(uses_of(name), self.project) if name else None

    def _components(self, of: str, kinds: tuple[str, ...] | None = None) -> Iterator[KnownComponent]:
        wanted = kinds or _KINDS[of]
        known = all_components(self.project)
        return (one for one in known if one.kind in wanted and one.is_of_text == (of == "pipeline"))

    def _schema_node(self, schema: str | int, node: str | int) -> KnownComponent | None:
        uses = self.root.said(schema, "nodes", node, "uses")
        return known_component(uses_of(uses), self.project) if uses else None

    def _schema_nodes(self, schema: str) -> Iterator[Offer]:
        part = self.root.at((schema, "nodes"))
        for name in part.keys if part is not None else ():
            uses = self.root.said(schema, "nodes", name, "uses") or ""
            yield Offer(name, OfferKind.NODE, uses.rpartition(".")[2])

    def _schema_values(self, schema: str, node: str, key: str, inside: Path) -> Iterator[Offer]:
        if key == "uses":
            yield from (offers.component(one) for one in all_components(self.project))
        elif key == "fn":
            yield from offers.values(_METHODS)
        elif key == "constructor_name":
            yield from offers.values(("create", "load"))
        elif key in ("eager", "is_target", "is_input"):
            yield from offers.values(("true", "false"))
        elif key == "needs" and inside:
            yield from (one for one in self._schema_nodes(schema) if one.label != node)
            yield from offers.values(GIVEN, "from outside")
        elif key == "resource" and inside:
            yield from self._schema_nodes(TRAIN)
        elif key == "config":
            yield from offers.option_values(self._schema_node(schema, node), inside)


def _key(name: str, info: str) -> Offer:
    return offers.key(name, info, opens=name in _OPENING)
