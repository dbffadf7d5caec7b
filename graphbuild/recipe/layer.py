"""Layers: one recipe file, checked for shape, not yet merged with what it extends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import Location, Problem, RecipeError
from graphbuild.recipe.packaged import RecipeFile, find_recipe

FORMAT = 1
_KEYS = ("graphbuild", "extends", "language", "seed", "vars", "nodes", "targets", "matrix")
_NODE_KEYS = ("uses", "needs", "with", "reads")


@dataclass(frozen=True)
class Layer:
    """A recipe file as a tree."""

    file: RecipeFile
    text: str
    tree: Yaml


def read_layer(file: RecipeFile) -> Layer:
    """A file as a tree. Raises RecipeError for bad YAML, and for a file that cannot be read."""
    try:
        text = file.path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(Problem(f"the recipe cannot be read: {error}", Location(file.label))) from error
    tree, problems = parse_yaml(text, file.label)
    if problems:
        raise with_texts(RecipeError(problems), {file.label: text})
    if not tree.is_mapping:
        raise RecipeError(Problem(f"a recipe is a mapping, not {tree.kind}", tree.location))
    return Layer(file, text, tree)


def with_texts(error: RecipeError, texts: dict[str, str]) -> RecipeError:
    """The error, with the texts that its screen quotes."""
    error.texts = {**texts, **error.texts}
    return error


def layers_of(first: Layer) -> tuple[list[Layer], list[Problem]]:
    """A recipe and all that it extends, the outermost base first."""
    found = [first]
    chain = [first.file.path.resolve()]
    while (base := found[-1].tree.get("extends")) is not None:
        if not isinstance(base.value, str):
            return list(reversed(found)), [Problem(f"`extends` names a recipe, not {base.kind}", base.location)]
        try:
            file = find_recipe(base.value, found[-1].file.path.parent, base.location)
            layer = read_layer(file)
        except RecipeError as error:
            return list(reversed(found)), list(error.problems)
        if file.path.resolve() in chain:
            names = [*(one.file.label for one in found), file.label]
            return list(reversed(found)), [
                Problem(f"recipes extend each other in a circle: {' -> '.join(names)}", base.location)
            ]
        chain.append(file.path.resolve())
        found.append(layer)
    return list(reversed(found)), []


def check_layer(layer: Layer) -> list[Problem]:
    """Problems of shape: unknown keys, wrong types."""
    tree = layer.tree
    problems = list(_unknown(tree, _KEYS, "recipes"))
    version = tree.get("graphbuild")
    if version is not None and version.value != FORMAT:
        problems.append(Problem(f"this graphbuild reads recipes of format {FORMAT}", version.location))
    for name, kind, ok in (
        ("language", "a text", lambda one: isinstance(one.value, str)),
        ("seed", "a number", lambda one: isinstance(one.value, int) and not isinstance(one.value, bool)),
        ("vars", "a mapping", lambda one: one.is_mapping),
        ("nodes", "a mapping", lambda one: one.is_mapping),
        ("targets", "a mapping", lambda one: one.is_mapping),
        ("matrix", "a mapping", lambda one: one.is_mapping),
    ):
        item = tree.get(name)
        if item is not None and item.value is not None and not ok(item):
            problems.append(Problem(f"`{name}` must be {kind}, not {item.kind}", item.location))
    nodes = tree.get("nodes")
    if nodes is not None and nodes.is_mapping:
        for name, node in nodes.items():
            problems.extend(_check_node(name, node))
    return problems


def _check_node(name: str, node: Yaml) -> Iterator[Problem]:
    if node.value is None:
        return
    if not node.is_mapping:
        yield Problem(f"node `{name}` must be a mapping, not {node.kind}", node.location, hint="such as {uses: NAME}")
        return
    yield from _unknown(node, _NODE_KEYS, "nodes", name)
    for key in ("needs", "with"):
        item = node.get(key)
        if item is not None and item.value is not None and not item.is_mapping:
            yield Problem(f"`{key}` of node `{name}` must be a mapping, not {item.kind}", item.location)


def _unknown(tree: Yaml, known: tuple[str, ...], what: str, node: str | None = None) -> Iterator[Problem]:
    for key in tree.keys:
        if key not in known:
            facts = (("node", node),) if node is not None else ()
            yield Problem(f"{what} have no key `{key}`", tree.key_location(key), facts, did_you_mean(key, list(known)))
