"""Variants: every recipe that a matrix makes, compiled as it would be alone, and all of them as one graph.

A node that does the same with the same inputs in several variants is there once. What differs has its values in the
id, those alone that reach it: `words:train@max_ngram=2`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from graphbuild.contract import registry
from graphbuild.contract.operation import EVALUATION
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import ComponentError, Problem, RecipeError
from graphbuild.graph.compile import Compiled, compile_recipe, default_groups
from graphbuild.graph.expand import Known
from graphbuild.graph.graph import Graph, GraphNode, NodeId, Variant
from graphbuild.graph.presence import present
from graphbuild.recipe.layer import with_texts
from graphbuild.recipe.matrix import Axis, Choice, shown
from graphbuild.recipe.read import Matrix
from graphbuild.recipe.recipe import NodeSpec, Recipe

_PLAIN = re.compile(r"[\w.+-]{1,24}")
"""Values that are written in ids as they are; of others their place in the list stands there."""


def compile_matrix(
    matrix: Matrix,
    project: Path,
    targets: Sequence[str] = (),
    *,
    checks: bool = True,
    lenient: bool = False,
    beside: Callable[[Recipe], Graph] | None = None,
) -> Compiled:
    """The graph of all variants; without targets what `build` builds and what evaluates it.

    It makes no package. `beside`: more nodes of each variant, made of its recipe; those of equal ids are the same.

    Raises RecipeError with every problem found, each once.
    """
    known = Known()
    axes = matrix.recipe.axes

    def compiled(choice: Choice) -> Compiled:
        recipe = matrix.variant(choice)
        wanted = compared_targets(recipe, project, targets)
        made = compile_recipe(recipe, project, wanted, checks=checks, lenient=lenient, known=known)
        return made if beside is None else replace(made, graph=_joined(made.graph, beside(recipe)))

    made = _all(matrix, compiled)
    graph = _together(matrix.recipe.label, axes, [one.graph for one in made])
    return Compiled(
        graph,
        tuple(dict.fromkeys(read for one in made for read in one.reads)),
        tuple(dict.fromkeys(module for one in made for module in one.modules)),
        tuple(sorted({name for one in made for name in one.environment})),
        made[0].held,
        is_steady=all(one.held == made[0].held for one in made),
    )


def _joined(graph: Graph, other: Graph) -> Graph:
    more = {node_id: node for node_id, node in other.nodes.items() if node_id not in graph.nodes}
    return replace(
        graph,
        nodes={**graph.nodes, **more},
        kept=tuple(dict.fromkeys([*graph.kept, *other.kept])),
        code={**graph.code, **other.code},
    )


def compared_targets(recipe: Recipe, project: Path, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """The targets that were asked for, or the default ones, and the evaluations of target groups as nodes.

    In a package they would be made anew at run time; here they are what is compared. Without targets it is those of
    all groups, else those of the groups that were asked for.
    """
    groups = [name for name in asked or recipe.targets if name in recipe.targets]
    needs = dict.fromkeys(need.node for name in groups for need in recipe.targets[name] if need.node in recipe.nodes)
    evaluations = [one for one in needs if _evaluates(recipe.nodes[one], project)]
    if evaluations:
        there = present(recipe, project).recipe.nodes
        evaluations = [one for one in evaluations if one in there]
    return tuple(dict.fromkeys([*(asked or default_groups(recipe)), *evaluations]))


def _evaluates(spec: NodeSpec, project: Path) -> bool:
    try:
        return registry.load(spec.uses, project).kind == EVALUATION
    except ComponentError:
        return False  # what is wrong with it is told where it is compiled


def _all(matrix: Matrix, compiled: Callable[[Choice], Compiled]) -> list[Compiled]:
    """What every choice compiles to. Those that have each value once come first: what is wrong shows there."""
    choices = matrix.choices
    made: dict[int, Compiled] = {}
    first = [place for place, choice in enumerate(choices) if sum(map(_differ, choice, choices[0])) <= 1]
    tried: list[Choice] = []
    for places in (first, [place for place in range(len(choices)) if place not in set(first)]):
        wrong: dict[Problem, list[Choice]] = {}
        texts: dict[str, str] = {}
        tried += [choices[place] for place in places]
        for place in places:
            try:
                made[place] = compiled(choices[place])
            except RecipeError as error:
                texts.update(error.texts)
                for problem in error.problems:
                    wrong.setdefault(problem, []).append(choices[place])
        if wrong:
            told = [_told(problem, found, tried) for problem, found in _of_axes(wrong, matrix.recipe.axes).items()]
            raise with_texts(RecipeError(matrix.in_order(told)), texts)
    return [made[place] for place in range(len(choices))]


def _differ(one: tuple[Axis, Yaml], other: tuple[Axis, Yaml]) -> bool:
    return one[1] is not other[1]


def _of_axes(wrong: Mapping[Problem, list[Choice]], axes: Sequence[Axis]) -> dict[Problem, list[Choice]]:
    """Problems by the choices that have them; what is wrong with every value of an axis is told of the axis."""
    found = dict(wrong)
    for axis in axes:
        places = [value.location for value in axis.values]
        for problem in [one for one in found if one.location == places[0]]:
            same = [replace(problem, location=place) for place in places]
            if all(one in found for one in same):
                choices = [choice for one in same for choice in found.pop(one)]
                found[replace(problem, location=axis.location)] = choices
    return found


def _told(problem: Problem, choices: Sequence[Choice], tried: Sequence[Choice]) -> Problem:
    """A problem with the values that it comes of, where these are not what it points at."""
    common = [
        (axis, value)
        for axis, value in choices[0]
        if len(axis.values) > 1 and all((axis, value) in choice for choice in choices)
    ]
    # A value with which the problem is always there explains it alone.
    alone = [one for one in common if sum(one in choice for choice in tried) == len(choices)]
    told = alone or common
    if any(problem.location in (axis.location, *(one.location for one in axis.values)) for axis, _ in told):
        return problem
    words = ", ".join(f"{axis.name}={shown(value.plain())}" for axis, value in told)
    return replace(problem, facts=(*problem.facts, ("variants", words))) if words else problem


def _together(label: str, axes: Sequence[Axis], graphs: Sequence[Graph]) -> Graph:
    """Graphs of variants, in the order of the product, as one."""
    picks = list(itertools.product(*(range(len(axis.values)) for axis in axes)))
    classes, nodes = _merged(graphs)
    names = _names(classes, picks, [_words(axis, axes) for axis in axes])
    found = {
        names[number]: replace(
            node,
            id=names[number],
            inputs=tuple(replace(edge, node=names[classes[edge.node][variant]]) for edge in node.inputs),
        )
        for number, (variant, node) in enumerate(nodes)
    }
    variants = []
    kept: dict[tuple[NodeId, str], None] = {}
    for place, (graph, pick) in enumerate(zip(graphs, picks, strict=True)):
        needed = {edge.node for node in graph.nodes.values() for edge in node.inputs}
        ends = tuple(names[classes[one][place]] for one in graph.nodes if one not in needed)
        kept |= {(names[classes[node][place]], port): None for node, port in graph.kept}
        variants.append(Variant(tuple(axis.plain[one] for axis, one in zip(axes, pick, strict=True)), ends))
    return Graph(
        label=label,
        nodes=found,
        predict={},
        targets=tuple(dict.fromkeys(node for node, _ in kept)),
        kept=tuple(kept),
        code={version: modules for graph in graphs for version, modules in graph.code.items()},
        language=graphs[0].language,
        is_package=False,
        refused=tuple(dict.fromkeys(one for graph in graphs for one in graph.refused)),
        notices=tuple(dict.fromkeys(one for graph in graphs for one in graph.notices)),
        holds=graphs[0].holds,
        left_out=graphs[0].left_out,
        axes=tuple(axis.name for axis in axes),
        variants=tuple(variants),
    )


_Classes = dict[NodeId, dict[int, int]]
"""Node of a variant -> variant -> number of the merged node."""


def _merged(graphs: Sequence[Graph]) -> tuple[_Classes, list[tuple[int, GraphNode]]]:
    """Which nodes of the variants are one; and these, after what they need, each with the first variant that has it."""
    classes: _Classes = {}
    nodes: list[tuple[int, GraphNode]] = []
    known: dict[object, int] = {}
    for variant, graph in enumerate(graphs):
        for node in graph.nodes.values():
            inputs = tuple((edge.port, classes[edge.node][variant], edge.output) for edge in node.inputs)
            same = (node.id, node.reference, node.static, inputs, node.source)
            if same not in known:
                known[same] = len(nodes)
                nodes.append((variant, node))
            classes.setdefault(node.id, {})[variant] = known[same]
    return classes, nodes


def _names(classes: _Classes, picks: Sequence[tuple[int, ...]], words: Sequence[Sequence[str]]) -> dict[int, NodeId]:
    """The ids of merged nodes: with the values that tell them apart, of the first variant that has each."""
    names: dict[int, NodeId] = {}
    for node_id, by_variant in classes.items():
        first: dict[int, int] = {}
        for variant, number in by_variant.items():
            first.setdefault(number, variant)
        telling = [axis for axis in range(len(words)) if _reaches(axis, by_variant, picks)] if len(first) > 1 else []
        labels = {number: _label(telling, picks[variant], words) for number, variant in first.items()}
        if len(set(labels.values())) < len(labels):  # it is only in variants that differ in several values
            labels = {number: _label(range(len(words)), picks[variant], words) for number, variant in first.items()}
        names |= {number: NodeId(f"{node_id}@{label}" if label else node_id) for number, label in labels.items()}
    return names


def _reaches(axis: int, by_variant: Mapping[int, int], picks: Sequence[tuple[int, ...]]) -> bool:
    """Whether a node is another one in two variants that differ in one axis alone."""
    found: dict[tuple[int, ...], int] = {}
    for variant, number in by_variant.items():
        rest = picks[variant][:axis] + picks[variant][axis + 1 :]
        if found.setdefault(rest, number) != number:
            return True
    return False


def _label(telling: Iterable[int], pick: tuple[int, ...], words: Sequence[Sequence[str]]) -> str:
    return ",".join(words[axis][pick[axis]] for axis in telling)


def _words(axis: Axis, axes: Sequence[Axis]) -> list[str]:
    """The values of an axis as ids have them: with the last part of its name, where no other axis ends like it."""
    last = axis.path[-1]
    name = last if sum(one.path[-1] == last for one in axes) == 1 else axis.name
    texts = [value if isinstance(value, str) else shown(value) for value in axis.plain]
    plain = all(map(_PLAIN.fullmatch, texts)) and len(set(texts)) == len(texts)
    return [f"{name}={text if plain else f'#{place}'}" for place, text in enumerate(texts, 1)]
