"""Lists of a Rasa config that are left empty, filled in with what they stand for; all else in the file stays."""

from __future__ import annotations

import re
from pathlib import Path

from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import Problem, UsageError
from graphbuild.project.new_files import replace_text
from graphbuild.recipe.layer import read_layer
from graphbuild.recipe.native_words import as_yaml_text
from graphbuild.recipe.packaged import PREFIX, find_recipe
from graphbuild.recipe.rasa_default import is_graph, is_rasa_config
from graphbuild.recipe.rasa_lists import LISTS, default_list, is_given


def fill_lists(recipe: str, project: Path) -> list[str]:
    """Writes the default components of lists that are missing or empty into a config; the keys of these lists.

    Raises UsageError where the file is no config of Rasa, or is written in a way that cannot be added to.
    """
    layer = read_layer(find_recipe(recipe, project))
    tree = layer.tree
    if recipe.startswith(PREFIX) or not is_rasa_config(tree) or is_graph(tree):
        raise UsageError(Problem(f"`{recipe}` has no lists to write into", hint="--write-config is for a config.yml"))
    text = layer.file.path.read_bytes().decode("utf-8-sig")  # with the line ends that it has
    filled = [key for key in LISTS if not is_given(tree, key) and default_list(tree, key)]
    for key in filled:
        text = _with_list(text, tree, key, layer.file.label)
    if filled:
        replace_text(layer.file.path, text)
    return filled


def _with_list(text: str, tree: Yaml, key: str, label: str) -> str:
    """The text with a list at its key, or at the end."""
    end = "\r\n" if "\r\n" in text else "\n"
    block = end.join(_lines(tree, key))
    before, problems = parse_yaml(text, label)
    if key in tree.keys:
        pattern = rf"(?m)^({key}\s*:)[ \t]*(?:\[[ \t]*\]|\{{[ \t]*\}}|null|Null|NULL|~)?[ \t]*(#[^\r\n]*)?(\r?)$"
        made, count = re.subn(pattern, lambda found: _line(found) + end + block + found[3], text, count=1)
    else:
        gap = "" if not text or text.endswith("\n") else end
        made, count = f"{text}{gap}{key}:{end}{block}{end}", 1
    after, wrong = parse_yaml(made, label)
    items = [{"name": one.name, **one.options} for one in default_list(tree, key)]
    if problems or wrong or count != 1 or after.plain() != {**before.plain(), key: items}:
        hint = f"write `{key}:` on a line of its own, or its components by hand"
        raise UsageError(Problem(f"`{key}` cannot be written into {label}", tree.key_location(key), hint=hint))
    return made


def _line(found: re.Match[str]) -> str:
    return found[1] + (f"  {found[2]}" if found[2] else "")


def _lines(tree: Yaml, key: str) -> list[str]:
    lines = []
    for one in default_list(tree, key):
        lines.append(f"- name: {as_yaml_text(one.name)}")
        lines += [f"  {name}: {as_yaml_text(value)}" for name, value in one.options.items()]
    return lines
