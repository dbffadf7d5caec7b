"""Compiling: a Recipe becomes a Graph. The only module that uses networkx.

recipe -> present (nodes that are there) -> resolve (components, options, files) -> wire (ports, types) -> expand
(operations, a node a file) -> check (cycles) -> prune to the targets -> derive the predict graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import networkx as nx

from graphbuild.contract.component import CHECK, STATE
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Problem, RecipeError
from graphbuild.graph.draft import Draft
from graphbuild.graph.expand import Expander, Known
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.graph.merge import merged
from graphbuild.graph.predict import derive_predict
from graphbuild.graph.presence import WHOLE, Held, present, present_targets
from graphbuild.graph.resolve import ResolvedNode, resolve_nodes
from graphbuild.graph.wire import Wiring, wire
from graphbuild.recipe.layer import with_texts
from graphbuild.recipe.recipe import Need, Recipe

DEFAULT_TARGET = WHOLE
ALL_CHECKS = "checks"
"""A target that every recipe has: all of its checks, and nothing else."""


@dataclass(frozen=True)
class Compiled:
    """A graph, and what its staying valid depends on."""

    graph: Graph
    reads: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Words of `reads` and the component's suffixes, of every node that reads files."""
    modules: tuple[Path, ...]
    """Source files that decided the code versions."""
    environment: tuple[str, ...] = ()
    """Variables of the environment that are in action keys."""
    held: Held | None = None
    """What the files that are read hold, where nodes are there only for that."""
    is_steady: bool = True
    """Whether all that decides the graph is told here, so that it may be kept."""


def compile_recipe(
    recipe: Recipe,
    project: Path,
    targets: Sequence[str] = (),
    *,
    checks: bool = True,
    lenient: bool = False,
    known: Known | None = None,
) -> Compiled:
    """The graph of a recipe for some targets: names of target groups or of nodes; all groups named `model`, or all.

    With target groups come the checks of the data that they read, unless `checks` is false. A lenient one tells of
    what is there and cannot be read, such as a link out of the project, in `Graph.refused`. `known`: what compiling
    another recipe of the project found out just now.

    Raises RecipeError with every problem found.
    """
    there = present_targets(recipe, project, targets)
    recipe = there.recipe
    nodes, problems = resolve_nodes(recipe, project)
    wiring, wrong = wire(nodes, set(recipe.nodes) - set(nodes))
    problems += wrong
    compiled = _compiled(recipe, project, nodes, wiring, problems, targets, checks=checks, lenient=lenient, known=known)
    if there.held is None:
        return compiled
    parts = tuple(group for group in recipe.only_for if group in recipe.targets and group not in there.left_out)
    graph = replace(
        compiled.graph,
        holds=tuple(sorted(there.held.all)),
        left_out=there.left_out,
        part=parts[0] if there.left_out and len(parts) == 1 else None,
    )
    return replace(compiled, graph=graph, held=there.held, modules=(*compiled.modules, *there.held.modules))


def _compiled(
    recipe: Recipe,
    project: Path,
    nodes: dict[str, ResolvedNode],
    wiring: Wiring,
    problems: list[Problem],
    targets: Sequence[str],
    *,
    checks: bool,
    lenient: bool = False,
    known: Known | None = None,
) -> Compiled:
    """The graph of resolved and wired nodes. Raises RecipeError with the problems of that and its own."""
    wanted, named, wrong = _targets(recipe, nodes, targets)
    problems = problems + wrong
    needs = _needs(nodes, wiring)
    if not problems:
        problems = _cycles(nodes, needs)
    if problems:
        raise with_texts(RecipeError(problems), dict(recipe.texts))
    expander = Expander(project, nodes, wiring, known)
    # Checks look at what is read; nothing of them is packaged or used at run time.
    asked = [need.node for need in wanted if nodes[need.node].component.kind == CHECK]
    wanted = [need for need in wanted if need.node not in asked]
    names = list(dict.fromkeys(need.node for need in wanted))
    order = _needed_in_order(list(dict.fromkeys([*names, *(_recipe_node(word) for word in named)])), needs)
    checking = [*asked, *(_checks(recipe, nodes, needs, targets, order) if checks else ())]
    everything = [*order, *(name for name in _needed_in_order(checking, needs) if name not in order)]
    missing = _told_once([problem for name in everything for problem in nodes[name].missing])
    refused = dict.fromkeys(problem for name in everything for problem in nodes[name].refused)
    missing += [] if lenient else refused
    if missing:
        raise with_texts(RecipeError(missing), dict(recipe.texts))
    for name in everything:
        expander.expand(name)
    predict = derive_predict(order, names, nodes, wiring, expander)
    kept = [*_built_targets(wanted, nodes, expander, predict.runtime), *predict.kept]
    kept += [(made.id, port) for word in named for made in _named(word, nodes, expander) for port in made.outputs]
    built = [*(node for node, _ in kept), *(made.id for name in checking for made in expander.applied(name))]
    graph = Graph(
        label=recipe.label,
        nodes={node.id: node for node in _built_in_order(expander, built)},
        predict=predict.nodes,
        targets=tuple(dict.fromkeys(node for node, _ in kept)),
        kept=tuple(dict.fromkeys(kept)),
        code=expander.code,
        language=recipe.language,
        is_package=bool(wanted),
        refused=tuple(refused),
        notices=recipe.notices,
    )
    reads = tuple((node.spec.reads, node.component.suffixes) for node in nodes.values() if node.listing is not None)
    environment = {name for node in nodes.values() for name in node.component.environment}
    return Compiled(graph, reads, expander.modules, tuple(sorted(environment)))


def _told_once(problems: list[Problem]) -> list[Problem]:
    """What one line lacks, told of one of the nodes that it became: of the one with the shortest name."""
    found: dict[object, Problem] = {}
    for one in sorted(problems, key=lambda one: len(str(one.facts))):
        found.setdefault((one.location, one.hint) if one.location is not None else one, one)
    return [one for one in problems if one in found.values()]


def read_draft(recipe: Recipe, project: Path) -> Draft:
    """The nodes of a recipe, resolved and wired, to add to them. Raises RecipeError with every problem found."""
    recipe = present(recipe, project).recipe
    nodes, problems = resolve_nodes(recipe, project)
    wiring, wrong = wire(nodes, set(recipe.nodes) - set(nodes))
    problems = problems + wrong or _cycles(nodes, _needs(nodes, wiring))
    if problems:
        raise with_texts(RecipeError(problems), dict(recipe.texts))
    return Draft(project, nodes, dict(wiring.inputs))


def compile_package(draft: Draft, recipe: Recipe, targets: Sequence[str]) -> Graph:
    """The graph of a recipe whose draft was changed, for some targets, without checks. Raises RecipeError."""
    recipe = present(recipe, draft.project).recipe
    return _compiled(recipe, draft.project, draft.nodes, draft.wiring, [], targets, checks=False).graph


def compile_draft(
    draft: Draft, label: str, wanted: Sequence[str], learnt: Sequence[str] = ()
) -> tuple[Graph, Mapping[str, NodeId]]:
    """The graph of some nodes of a draft, applied, and which of its nodes each of them is; it makes no package.

    `learnt`: nodes whose states are made, too, and that need not be applied. Nodes that do the same with the same
    inputs are one. Raises RecipeError for files that are missing.
    """
    needs = _needs(draft.nodes, draft.wiring)
    order = _needed_in_order(list(dict.fromkeys([*wanted, *learnt])), needs)
    missing = [one for name in order for one in (*draft.nodes[name].missing, *draft.nodes[name].refused)]
    if missing:
        raise RecipeError(missing)
    expander = Expander(draft.project, draft.nodes, draft.wiring)
    for name in order:
        expander.expand(name)
    built = {name: expander.applied(name)[-1].id for name in wanted}
    states = [expander.train(name).id for name in learnt]
    nodes, same = merged(_built_in_order(expander, [*built.values(), *states]))
    found = {name: same[node_id] for name, node_id in built.items()}
    targets = tuple(dict.fromkeys([*found.values(), *(same[node_id] for node_id in states)]))
    kept = tuple((node_id, port) for node_id in targets for port in nodes[node_id].outputs)
    return Graph(label, nodes, {}, targets, kept, expander.code, is_package=False), found


def _targets(
    recipe: Recipe, nodes: dict[str, ResolvedNode], asked: Sequence[str]
) -> tuple[list[Need], list[str], list[Problem]]:
    """What the wanted groups name, in the order asked; and the words that name single nodes."""
    wanted: list[Need] = []
    named: list[str] = []
    problems: list[Problem] = []
    for word in asked or default_groups(recipe):
        if word in recipe.targets:
            for position, need in enumerate(recipe.targets[word]):
                problems += _unknown_target(need, nodes, recipe, word, position)
                wanted.append(need)
        elif _recipe_node(word) in nodes:
            named.append(word)
        elif word == ALL_CHECKS:
            wanted += [Need(node.name) for node in nodes.values() if node.component.kind == CHECK]
        elif _recipe_node(word) not in recipe.nodes:
            known = sorted({*recipe.targets, *nodes})
            problems.append(Problem(f"there is no target or node `{word}`", hint=did_you_mean(word, known)))
    if not asked and not recipe.targets:
        wanted += [Need(name) for name in nodes]
    return [need for need in dict.fromkeys(wanted) if need.node in nodes], named, problems


def _recipe_node(word: str) -> str:
    """The recipe's name of a node that is named by its id: `words:train`, `training_file@data/nlu.yml`."""
    return word.rpartition(":")[0] if word.endswith((":train", ":apply")) else word.partition("@")[0]


def _named(word: str, nodes: dict[str, ResolvedNode], expander: Expander) -> list[GraphNode]:
    """The graph nodes that a word means: one by its id, else what a recipe node learns, else what it makes."""
    name = _recipe_node(word)
    if nodes[name].train is not None and not word.endswith(":apply"):
        return [expander.train(name)]
    made = expander.applied(name)
    return [node for node in made if node.id == word] or made


def default_groups(recipe: Recipe) -> list[str]:
    """The target groups that are meant where none is named."""
    return [DEFAULT_TARGET] if DEFAULT_TARGET in recipe.targets else list(recipe.targets)


def _unknown_target(
    need: Need, nodes: dict[str, ResolvedNode], recipe: Recipe, group: str, position: int
) -> list[Problem]:
    place = recipe.target_places.get((group, position))
    facts = (("target group", group),)
    if need.node not in recipe.nodes and need.node not in nodes:
        return [Problem(f"target `{need.node}` is no node", place, facts, did_you_mean(need.node, sorted(nodes)))]
    if need.port is not None and need.node in nodes and need.port not in nodes[need.node].apply.outputs:
        hint = did_you_mean(need.port, sorted(nodes[need.node].apply.outputs))
        return [Problem(f"node `{need.node}` has no output port `{need.port}`", place, facts, hint)]
    return []


def _needs(nodes: Mapping[str, ResolvedNode], wiring: Wiring) -> nx.DiGraph[str]:
    """Producer -> consumer over the recipe's nodes, with the port of each edge."""
    digraph: nx.DiGraph[str] = nx.DiGraph()
    learners = [(node.learnt_by, node.name, {"port": STATE}) for node in nodes.values() if node.learnt_by is not None]
    digraph.add_edges_from(learners)
    for (name, _, port), producers in wiring.inputs.items():
        # What `apply` makes depends on the state, and so on what `train` needs: one vertex stands for both.
        digraph.add_edges_from((producer.node, name, {"port": port}) for producer in producers)
    return digraph


def _cycles(nodes: dict[str, ResolvedNode], needs: nx.DiGraph[str]) -> list[Problem]:
    """A cycle, shown whole: a -> b -> c -> a, with the place of each edge."""
    try:
        edges = nx.find_cycle(needs)
    except nx.NetworkXNoCycle:
        return []
    chain = [edge[0] for edge in edges]
    start = chain.index(min(chain))
    chain = chain[start:] + chain[:start]
    pairs = list(zip(chain, [*chain[1:], chain[0]], strict=True))
    facts = tuple(
        (
            f"{consumer} needs {producer}",
            str(nodes[consumer].spec.place("needs", needs.edges[producer, consumer]["port"]) or ""),
        )
        for producer, consumer in pairs
    )
    return [
        Problem(
            f"the nodes need each other in a cycle: {' -> '.join([*chain, chain[0]])}",
            nodes[chain[0]].spec.location,
            facts,
            "remove one of these edges",
        )
    ]


def _checks(
    recipe: Recipe, nodes: dict[str, ResolvedNode], needs: nx.DiGraph[str], targets: Sequence[str], order: list[str]
) -> list[str]:
    """Checks that come along with target groups: those of files that the targets read anyway."""
    if not any(word in recipe.targets for word in targets or default_groups(recipe)):
        return []

    def read(names: list[str]) -> set[str]:
        return {name for name in names if nodes[name].listing is not None}

    known = read(order)
    checks = [name for name, node in nodes.items() if node.component.kind == CHECK and name not in order]
    # One for which nothing is read has nothing to look at.
    found = {name: read(_needed_in_order([name], needs)) for name in checks}
    return [name for name, files in found.items() if files and files <= known]


def _needed_in_order(wanted: list[str], needs: nx.DiGraph[str]) -> list[str]:
    """The wanted recipe nodes and all that they need, each after what it needs."""
    found = set(wanted)
    queue = list(wanted)
    for name in queue:
        new = [producer for producer in needs.predecessors(name) if producer not in found] if name in needs else []
        found.update(new)
        queue.extend(new)
    return [
        *(name for name in wanted if name not in needs),
        *(name for name in nx.topological_sort(needs) if name in found),
    ]


def _built_targets(
    wanted: list[Need], nodes: dict[str, ResolvedNode], expander: Expander, runtime: frozenset[str]
) -> list[tuple[NodeId, str]]:
    """What the package keeps of the targets themselves.

    A learned state; or the outputs of a node that can be applied already now, because nothing that it needs is given
    at run time only.
    """
    kept = []
    for need in wanted:
        node = nodes[need.node]
        if node.train is not None:
            kept.append((expander.train(need.node).id, STATE))
        elif need.node not in runtime:
            ports = node.apply.outputs if need.port is None else (need.port,)
            kept.extend((made.id, port) for made in expander.applied(need.node) for port in ports)
    return kept


def _built_in_order(expander: Expander, wanted: list[NodeId]) -> list[GraphNode]:
    """The graph nodes that the wanted ones need, themselves included, every node after what it needs.

    Ties are broken by id, so equal recipes give equal graphs.
    """
    digraph: nx.DiGraph[NodeId] = nx.DiGraph()
    queue = list(dict.fromkeys(wanted))
    seen = set(queue)
    for node_id in queue:
        digraph.add_node(node_id)
        for edge in expander.node(node_id).inputs:
            digraph.add_edge(edge.node, node_id)
            if edge.node not in seen:
                seen.add(edge.node)
                queue.append(edge.node)
    return [expander.node(node_id) for node_id in nx.lexicographical_topological_sort(digraph)]
