"""Rasa's `recipe: graph.v1`: its two schemas as the items that a config's lists would have, and what each of them sees.

A node of `predict_schema` and those of `train_schema` that train it and run it there are one item: what is trained is
found by `resource`. Its ports are filled from the items whose output reaches it, by `messages`. What cannot be mapped
so is a problem at its line. Knows no component by name. RASA.md 2.4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphbuild.contract.component import MODEL, Component, is_trainable
from graphbuild.contract.options import did_you_mean, read_options, to_plain
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Level, Location, Problem
from graphbuild.recipe.native import place_options
from graphbuild.recipe.rasa_items import FEATURIZER, Item, checked, load_item, uses_of
from graphbuild.recipe.rasa_lists import LISTS, with_environment
from graphbuild.recipe.rasa_schema import PREDICT, RESOURCE, TRAIN, SchemaNode, ancestors, read_schema
from graphbuild.recipe.rasa_structure import COLLECTS, ENSEMBLES, JOINS, Tuning, is_structure, tune
from graphbuild.recipe.rasa_wiring import made_by, ports_of
from graphbuild.recipe.recipe import Place

NAME = "graph.v1"
TARGETS = {"nlu_target": "pipeline", "core_target": "policies"}
"""Key of the config -> the list that it takes the place of."""
KEYS = (TRAIN, PREDICT, *TARGETS, "language", "assistant_id", "spaces")
_TOKENIZER = "tokenizer"
_POLICY = "policy"
_TRAINS = "train"
_RUNS = {_POLICY: ("predict_action_probabilities",), MODEL: ("provide", "process", "process_training_data")}
_PROCESSES = ("process", "process_training_data")


@dataclass(frozen=True)
class ReadGraph:
    """The items of both schemas, pipeline first."""

    items: Sequence[Item] = ()
    sees: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name of an item in the schema -> those whose output it is given."""
    tuning: Tuning = field(default_factory=Tuning)
    with_texts: bool = False
    """Whether features of texts in stories reach policies."""


def read_graph(tree: Yaml, project: Path, problems: list[Problem], notices: list[Problem]) -> ReadGraph:
    """What a graph.v1 config says; what is wrong with it is added to the problems."""
    before = len(problems)
    train, predict = (read_schema(tree, key, problems) for key in (TRAIN, PREDICT))
    targets = _targets(tree, predict, problems)
    if len(problems) > before:
        return ReadGraph()
    return _Reader(train, predict, project, problems, notices).read(targets)


def _targets(tree: Yaml, predict: Mapping[str, SchemaNode], problems: list[Problem]) -> dict[str, str]:
    """List -> the node that ends it."""
    found = {}
    for key, of in TARGETS.items():
        given = tree.get(key)
        if given is None or given.value is None:
            continue
        if given.value in predict:
            found[of] = str(given.value)
        elif predict:
            hint = did_you_mean(str(given.value), list(predict))
            problems.append(Problem(f"`{given.value}` is no node of `{PREDICT}`", given.location, hint=hint))
    if "pipeline" not in found and tree.get("nlu_target") is None:
        hint = "name the node of predict_schema whose messages are the result"
        problems.append(Problem("there is no `nlu_target`", tree.location, hint=hint))
    return found


class _Reader:
    """Puts the nodes of two schemas together."""

    def __init__(
        self,
        train: Mapping[str, SchemaNode],
        predict: Mapping[str, SchemaNode],
        project: Path,
        problems: list[Problem],
        notices: list[Problem],
    ) -> None:
        self._train = train
        self._predict = predict
        self._project = project
        self._problems = problems
        self._notices = notices
        self._items: dict[str, Item] = {}
        self._classes: dict[str, type[Component] | None] = {}
        self._trained: set[str] = set()

    def read(self, targets: Mapping[str, str]) -> ReadGraph:
        """The items, those first that others see."""
        tuning = Tuning()
        for node in (*self._train.values(), *self._predict.values()):
            if is_structure(node):
                tune(node, tuning, self._problems, self._notices)
        for node in self._train.values():
            if not is_structure(node):
                self._check_fn(node, (_TRAINS, *_RUNS[MODEL]))
        understood = ancestors(targets["pipeline"], self._predict) if "pipeline" in targets else set()
        pipeline = [name for name in self._predict if name in understood and self._is_item(name)]
        policies = self._policies(targets.get("policies"))
        for name in [*pipeline, *policies]:
            self._read(name)
        self._tell_of_the_rest(targets)
        found = [name for name in pipeline if name in self._items]
        sees = {name: frozenset(ancestors(name, self._predict)) & set(found) - {name} for name in found}
        for name in found:
            self._compare(name, sees[name])
        # Policies see all: what they take is of dialogues, and made by the base or by each other.
        sees.update({name: frozenset({*found, *policies[: policies.index(name)]}) for name in policies})
        texts = any(one.short == COLLECTS for one in self._predict.values() if is_structure(one))
        return ReadGraph([self._items[one] for one in [*found, *policies] if one in self._items], sees, tuning, texts)

    def _is_item(self, name: str) -> bool:
        """Whether a node of the predict schema is an item of its own: a model that is passed on is the loader's."""
        node = self._predict[name]
        if is_structure(node):
            return False
        return not any(self._predict[one].short == node.short for one in self._given_models(node))

    def _given_models(self, node: SchemaNode) -> list[str]:
        return [parent for key, parent in node.needs.items() if key == "model" and parent in self._predict]

    def _policies(self, target: str | None) -> list[str]:
        if target is None:
            return []
        node = self._predict[target]
        if not is_structure(node):
            return [target]
        if node.short not in ENSEMBLES:
            what = f"`core_target` is `{node.short}`, which predicts no action"
            self._problems.append(Problem(what, node.place("uses"), hint="name the ensemble of the policies"))
            return []
        return [one for key, one in node.needs.items() if one in self._predict and not is_structure(self._predict[one])]

    def _read(self, name: str) -> None:
        """The item of a node of the predict schema."""
        node = self._predict[name]
        key = "policies" if self._kind(node) == _POLICY else "pipeline"
        component = self._class(node)
        if component is None:
            return
        self._check_fn(node, _RUNS.get(component.kind, _PROCESSES))
        trainer = self._trainer(node, component)
        written = trainer or node
        options, places = self._options(written)
        item = Item(LISTS[key], uses_of(str(node.uses.value)), options, node.uses.location, places, component, name)
        before = len(self._problems)
        item = checked(item, self._problems, self._notices)
        self._items[name] = item
        for other in [one for one in (node, self._runner(node)) if one is not None and one is not written]:
            given, _ = self._options(other)
            if len(self._problems) == before and not _same(component, item.options, given):
                what = f"`{other.name}` has another configuration than `{written.name}`"
                hint = "a component has one, for training and for use"
                facts = (("node", other.name),)
                self._problems.append(Problem(what, other.place("config"), facts, hint))

    def _class(self, node: SchemaNode) -> type[Component] | None:
        uses = uses_of(str(node.uses.value))
        if uses not in self._classes:
            key = "policies" if ".policies." in str(node.uses.value) else "pipeline"
            self._classes[uses] = load_item(uses, key, self._project, node.uses.location, self._problems)
        return self._classes[uses]

    def _kind(self, node: SchemaNode) -> str | None:
        component = None if is_structure(node) else self._class(node)
        return None if component is None else component.kind

    def _check_fn(self, node: SchemaNode, known: Sequence[str]) -> None:
        if node.fn not in known:
            hint = did_you_mean(node.fn, list(known))
            what = f"`{node.fn}` of `{node.short}` has no counterpart"
            self._problems.append(Problem(what, node.place("fn"), (("node", node.name),), hint))

    def _trainer(self, node: SchemaNode, component: type[Component]) -> SchemaNode | None:
        """The node that trains what a node of the predict schema loads."""
        name = node.resource or node.name
        trainer = self._train.get(name)
        if trainer is not None and trainer.fn == _TRAINS:
            self._trained.add(name)
            if trainer.short != node.short:
                what = f"`{node.short}` loads what `{trainer.short}` learnt in `{name}`"
                self._problems.append(Problem(what, node.place(RESOURCE), (("node", node.name),)))
            return trainer
        if is_trainable(component):
            what = f"`{node.short}` learns, and no node of `{TRAIN}` trains it"
            hint = did_you_mean(name, [one.name for one in self._train.values() if one.fn == _TRAINS])
            facts = (("node", node.name), ("looked for", name))
            self._problems.append(Problem(what, node.place(RESOURCE), facts, hint))
        return None

    def _runner(self, node: SchemaNode) -> SchemaNode | None:
        """The node of the train schema that does there what a node of the predict schema does."""
        candidates = [one for one in self._train.values() if one.short == node.short and one.fn in _PROCESSES]
        candidates = [one for one in candidates if not one.name.startswith("e2e_")]
        learnt = [one for one in candidates if node.resource and self._resource(one) == node.resource]
        same = [one for one in candidates if one.name == node.name]
        return next(iter([*learnt, *same, *(candidates if len(candidates) == 1 else [])]), None)

    @staticmethod
    def _resource(node: SchemaNode) -> str | None:
        return node.needs.get(RESOURCE) or node.resource

    def _options(self, node: SchemaNode) -> tuple[dict[str, Any], dict[Place, Location]]:
        options = {name: with_environment(one, self._problems) for name, one in node.config.items()}
        places: dict[Place, Location] = {("uses",): node.uses.location}
        place_options(("with",), node.config, places)
        return options, places

    def _compare(self, name: str, seen: frozenset[str]) -> None:
        """Whether an item is trained by the tokens and features that it is given in use."""
        trainer = self._train.get(self._predict[name].resource or name)
        if trainer is None or trainer.fn != _TRAINS:
            return
        runs = {
            runner.name: other for other in self._items if (runner := self._runner(self._predict[other])) is not None
        }
        before = {runs[one] for one in ancestors(trainer.name, self._train) if one in runs}
        used, learnt_from = (self._taken(name, some) for some in (seen, before))
        if not any(self._items[one].component.kind == _TOKENIZER for one in learnt_from):
            # Who needs tokens could not be trained so; who does not is content with any.
            used = {one for one in used if self._items[one].component.kind != _TOKENIZER}
        if learnt_from != used:
            facts = (
                ("node", trainer.name),
                (f"in {TRAIN}", ", ".join(sorted(learnt_from)) or "nothing"),
                (f"in {PREDICT}", ", ".join(sorted(used)) or "nothing"),
            )
            what = f"`{trainer.short}` learns from other tokens or features than it is used with"
            hint = "let the same components come before it in both schemas"
            self._problems.append(Problem(what, trainer.place("needs"), facts, hint))

    def _taken(self, name: str, others: Collection[str]) -> set[str]:
        """Those tokenizers and featurizers among some that an item takes something of."""
        ports = ports_of(self._items[name]).values()
        return {
            one
            for one in others
            if self._items[one].component.kind in (_TOKENIZER, FEATURIZER)
            and any(issubclass(made.type, port.type) for made in made_by(self._items[one], one) for port in ports)
        }

    def _tell_of_the_rest(self, targets: Mapping[str, str]) -> None:
        """What is there and has no effect, and targets that end otherwise here."""
        for node in self._train.values():
            if node.fn == _TRAINS and not is_structure(node) and node.name not in self._trained:
                what = f"`{node.name}` trains what no node of `{PREDICT}` that is needed loads: it is left out"
                self._notices.append(Problem(what, node.location, level=Level.WARNING))
        end = self._predict.get(targets.get("pipeline", ""))
        if end is not None and not (is_structure(end) and end.short == JOINS):
            what = f"messages such as `/greet` say their intent here, although `{end.name}` is the `nlu_target`"
            self._notices.append(Problem(what, end.location, level=Level.WARNING))


def _same(component: type[Component], one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two configurations are the same, defaults filled in."""
    configs = [read_options(component.Config, options)[0] for options in (one, other)]
    if any(config is None for config in configs):
        return dict(one) == dict(other)
    first, second = (to_plain(config) for config in configs)
    return first == second


def graph_variables(read: ReadGraph) -> dict[str, Any]:
    """The items as lists of a config, for the checks."""
    return {
        key: [{"name": one.uses.replace(":", "."), **one.options} for one in read.items if one.group == group] or None
        for key, group in LISTS.items()
    }


def with_tuning(nodes: Mapping[str, Any], tuning: Tuning) -> dict[str, Any]:
    """The nodes of the base recipe that make dialogues, with the options that were given."""
    changed = {}
    for name, spec in nodes.items():
        tells = spec.uses in ("TrackerGenerator", "TrackerAugmenter")
        changed[name] = replace(spec, options={**spec.options, **tuning.trackers}) if tells else spec
    return changed
