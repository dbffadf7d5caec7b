"""Layers: one recipe file, checked for shape, not yet merged with what it extends."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import Location, Problem, RecipeError
from graphbuild.recipe.matrix import EXAMPLE, check_matrix
from graphbuild.recipe.packaged import RecipeFile, find_recipe

FORMAT = 1
Given = Mapping[Path, str]
"""Texts that are read in place of files, by their resolved paths: what an editor holds and has not saved."""
NO_TEXTS: Given = {}
TOP_KEYS = ("graphbuild", "extends", "language", "seed", "vars", "nodes", "targets", "only_for", "matrix")
NODE_KEYS = ("uses", "needs", "with", "reads", "only_for")
_NODE_NAME = re.compile(r"\w[\w.-]*")
"""Node ids are made of names and `:` and `@`; a `.` stands in the names of helper nodes."""


_MAPPINGS = {
    "vars": "{epochs: 100}",
    "nodes": "{words: {uses: NAME}}",
    "targets": "{model: [NODE]}",
    "only_for": "{nlu: [examples]}",
    "matrix": EXAMPLE,
}
"""Keys whose values are mappings, with an example."""


@dataclass(frozen=True)
class Layer:
    """A recipe file as a tree."""

    file: RecipeFile
    text: str
    tree: Yaml
    problems: tuple[Problem, ...] = ()
    """What is wrong with its YAML."""
    is_readable: bool = True
    """Whether the tree stands for the text; else it is empty."""


def read_layer(file: RecipeFile, given: Given = NO_TEXTS) -> Layer:
    """A file as a tree; what is wrong with its YAML becomes its problems. Raises RecipeError when it cannot be read."""
    text = given.get(file.path.resolve()) if given else None
    if text is None:
        text = _text_of(file)
    tree, problems = parse_yaml(text, file.label)
    if tree.is_mapping:
        return Layer(file, text, tree, tuple(problems))
    what = "this recipe is empty" if tree.value is None else f"a recipe is a mapping, not {tree.kind}"
    problems = problems or [Problem(what, tree.location, hint=f"it begins with `graphbuild: {FORMAT}`")]
    return Layer(file, text, Yaml({}, tree.location), tuple(problems), is_readable=False)


def _text_of(file: RecipeFile) -> str:
    try:
        return file.path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RecipeError(Problem("the recipe is not UTF-8", Location(file.label, line))) from error
    except OSError as error:
        raise RecipeError(Problem(f"the recipe cannot be read: {error.strerror}", Location(file.label))) from error


def with_texts(error: RecipeError, texts: dict[str, str]) -> RecipeError:
    """The error, with the texts that its screen quotes."""
    error.texts = {**texts, **error.texts}
    return error


def layers_of(first: Layer, given: Given = NO_TEXTS) -> tuple[list[Layer], list[Problem]]:
    """A recipe and all that it extends, the outermost base first."""
    found = [first]
    chain = [first.file.path.resolve()]
    while (base := found[-1].tree.get("extends")) is not None:
        if not isinstance(base.value, str):
            return list(reversed(found)), [Problem(f"`extends` names a recipe, not {base.kind}", base.location)]
        try:
            file = find_recipe(base.value, found[-1].file.path.parent, base.location)
            layer = read_layer(file, given)
        except RecipeError as error:
            return list(reversed(found)), [_placed(problem, base.location) for problem in error.problems]
        if file.path.resolve() in chain:
            names = [*(one.file.label for one in found), file.label]
            return list(reversed(found)), [
                Problem(f"recipes extend each other in a circle: {' -> '.join(names)}", base.location)
            ]
        chain.append(file.path.resolve())
        found.append(layer)
    return list(reversed(found)), []


def check_layer(layer: Layer) -> list[Problem]:
    """Problems of YAML and of shape: unknown keys, wrong types."""
    tree = layer.tree
    problems = list(layer.problems)
    if not layer.is_readable:
        return problems
    problems += _check_format(tree)
    if not any(key in tree for key in TOP_KEYS):
        return problems
    problems += _unknown(tree, TOP_KEYS, "recipes")
    for name, example in _MAPPINGS.items():
        item = tree.get(name)
        if item is not None and item.value is not None and not item.is_mapping:
            what = f"`{name}` must be a mapping, not {item.kind}"
            problems.append(Problem(what, item.location, hint=f"such as {example}"))
    nodes = tree.get("nodes")
    for name, node in nodes.items() if nodes is not None else ():
        problems.extend(_check_node(name, node, nodes.key_location(name) if nodes is not None else node.location))
    return [*problems, *check_matrix(tree.get("matrix"))]


def _check_format(tree: Yaml) -> Iterator[Problem]:
    version = tree.get("graphbuild")
    hint = f"write `graphbuild: {FORMAT}`"
    if version is None:
        what = "this is neither a graphbuild recipe nor a Rasa config.yml"
        hint = f"a native recipe begins with `graphbuild: {FORMAT}`; a Rasa one has `pipeline` or `policies`"
        yield Problem(what, tree.location, hint=hint)
    elif version.value != FORMAT or type(version.value) is not int:
        yield Problem(f"this graphbuild reads recipes of format {FORMAT}", version.location, hint=hint)


def _check_node(name: str, node: Yaml, place: Location) -> Iterator[Problem]:
    if _NODE_NAME.fullmatch(name) is None:
        hint = "use letters, digits, `_`, `-` and `.`; begin with none of the last two"
        yield Problem(f"`{name}` cannot be the name of a node", place, hint=hint)
    if node.value is None:
        return
    if not node.is_mapping:
        yield Problem(f"node `{name}` must be a mapping, not {node.kind}", node.location, hint="such as {uses: NAME}")
        return
    yield from _unknown(node, NODE_KEYS, "nodes", name)
    for key in ("needs", "with"):
        item = node.get(key)
        if item is not None and item.value is not None and not item.is_mapping:
            yield Problem(f"`{key}` of node `{name}` must be a mapping, not {item.kind}", item.location)


def _placed(problem: Problem, location: Location) -> Problem:
    """A problem of a file that `extends` names, at the place that names it."""
    if problem.location is not None and problem.location.line:
        return problem
    return Problem(problem.what, location, problem.facts, problem.hint)


def _unknown(tree: Yaml, known: tuple[str, ...], what: str, node: str | None = None) -> Iterator[Problem]:
    for key in tree.keys:
        if key not in known:
            facts = (("node", node),) if node is not None else ()
            yield Problem(f"{what} have no key `{key}`", tree.key_location(key), facts, did_you_mean(key, list(known)))
