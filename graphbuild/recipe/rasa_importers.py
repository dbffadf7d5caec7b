"""The `importers` and `imports` of a Rasa config: which files are read, and what else gives data. RASA.md 3.6.

`RasaFileImporter` and `MultiProjectImporter` are what the base recipe does already, over more folders; any other name
is an importer of the project's own, whose outputs join those of the files wherever a port takes many of their type.
Knows no component by name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import Operation, signature
from graphbuild.contract.source import contents
from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import ComponentError, Location, Problem
from graphbuild.recipe.native import place_options
from graphbuild.recipe.recipe import Need, NodeSpec, Place

_FILES = ("RasaFileImporter", "MultiProjectImporter")
"""What Rasa's importers of plain files are called."""
_CONFIGS = ("config.yml", "config.yaml")
_READS = "reads"
_PATHS = ("domain", "data")
"""Variables of the base recipe that name what is read."""


@dataclass(frozen=True)
class Importing:
    """Where the data of a project comes from."""

    reads_files: bool = True
    """Whether the files that `domain` and `data` name are read."""
    folders: tuple[str, ...] = ()
    """Imported folders and files beside them, as paths from the project."""
    configs: tuple[Path, ...] = ()
    """Configs that name imports, and were read for that."""
    nodes: tuple[NodeSpec, ...] = ()
    """Importers of the project's own."""


def read_importing(tree: Yaml, config: Path, project: Path, problems: list[Problem]) -> Importing:
    """What a config says of importing."""
    imports = _Imports(project, problems)
    imports.follow(tree, config)
    entries = _entries(tree.get("importers"), problems)
    names = [_name(entry) for entry in entries]
    for entry, name in zip(entries, names, strict=True):
        if name is None:
            problems.append(Problem("this importer has no `name`", entry.location))
    own = [(entry, name) for entry, name in zip(entries, names, strict=True) if name and not _is_files(name)]
    return Importing(
        reads_files=not own or any(name and _is_files(name) for name in names),
        folders=tuple(imports.folders),
        configs=tuple(imports.configs),
        nodes=tuple(_spec(entry, name, position) for position, (entry, name) in enumerate(own)),
    )


def _entries(importers: Yaml | None, problems: list[Problem]) -> list[Yaml]:
    if importers is None or importers.value is None:
        return []
    if not importers.is_list:
        hint = "begin each with `- name: `"
        problems.append(Problem(f"`importers` is a list, not {importers.kind}", importers.location, hint=hint))
    return list(importers)


def with_folders(variables: Mapping[str, Any], defaults: Yaml | None, folders: tuple[str, ...]) -> dict[str, Any]:
    """The variables of the base recipe, with imported folders added to what `domain` and `data` name."""
    if not folders:
        return dict(variables)
    found = {key: one.plain() for key, one in defaults.items()} if defaults is not None else {}
    found.update(variables)
    return {**variables, **{key: [*_listed(found[key]), *folders] for key in _PATHS if key in found}}


def with_importers(
    nodes: Mapping[str, NodeSpec], importing: Importing, project: Path, problems: list[Problem]
) -> dict[str, NodeSpec]:
    """The base recipe's nodes and the project's own importers, wired by type."""
    made: list[tuple[Need, type]] = []
    for spec in importing.nodes:
        try:
            outputs = signature(registry.load(spec.uses, project), Operation.APPLY).outputs
        except ComponentError as error:
            problems += [Problem(one.what, spec.location, one.facts, one.hint) for one in error.problems]
            continue
        made += [(Need(spec.name, port), kind) for port, kind in outputs.items()]
    readers = {spec.name for spec in nodes.values() if spec.reads}
    joined = {}
    for name, spec in nodes.items():
        needs = dict(spec.needs)
        for port in signature(registry.load(spec.uses, project), Operation.APPLY).inputs.values():
            if port.many:
                kept = [one for one in needs.get(port.name, ()) if importing.reads_files or one.node not in readers]
                needs[port.name] = (*kept, *(need for need, kind in made if issubclass(kind, port.type)))
        joined[name] = replace(spec, needs=needs)
    return {**{spec.name: spec for spec in importing.nodes}, **joined}


@dataclass
class _Imports:
    """Follows `imports` from config to config, as MultiProjectImporter does."""

    project: Path
    problems: list[Problem]
    folders: dict[str, None] = field(default_factory=dict)
    configs: list[Path] = field(default_factory=list)

    def follow(self, tree: Yaml, config: Path) -> None:
        imports = tree.get("imports")
        if imports is None or imports.value is None:
            return
        if not imports.is_list:
            self.problems.append(Problem(f"`imports` is a list of paths, not {imports.kind}", imports.location))
            return
        for one in imports:
            if not isinstance(one.value, str):
                self.problems.append(Problem(f"`imports` is a list of paths, not {one.kind}", one.location))
                continue
            path = Path(os.path.normpath(config.parent / one.value))
            if not path.exists():
                facts = (("looked for", str(path)),)
                self.problems.append(Problem(f"there is no `{one.value}` to import", one.location, facts))
                continue
            label = self._label(path)
            if label not in self.folders:
                self.folders[label] = None
                for found in _configs_in(path):
                    self._read(found)

    def _read(self, config: Path) -> None:
        """What an imported project imports itself."""
        self.configs.append(config)
        label = self._label(config)
        try:
            tree, problems = parse_yaml(contents(config).decode("utf-8-sig"), label)
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            self.problems.append(Problem(f"the imported config cannot be read: {why}", Location(label)))
            return
        self.problems += problems
        self.follow(tree, config)

    def _label(self, path: Path) -> str:
        project = self.project.resolve()
        return str(path.relative_to(project)) if path.is_relative_to(project) else str(path)


def _configs_in(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield from [path] if path.name in _CONFIGS else []
        return
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if not name.startswith("."))
        yield from (Path(folder, name) for name in _CONFIGS if name in files)


def _name(entry: Yaml) -> str | None:
    node = entry.get("name") if entry.is_mapping else entry
    return node.value if node is not None and isinstance(node.value, str) and node.value else None


def _is_files(name: str) -> bool:
    return name.rpartition(".")[2] in _FILES


def _spec(entry: Yaml, name: str, position: int) -> NodeSpec:
    """`importers: [{name: package.module.Class, reads: path, option: value}]`."""
    module, _, attribute = name.rpartition(".")
    uses = name if ":" in name or not module else f"{module}:{attribute}"
    options = {key: one for key, one in entry.items() if key not in ("name", _READS)}
    places: dict[Place, Location] = {("uses",): entry.location}
    place_options(("with",), Yaml(options, entry.location, entry.keys), places)
    reads = entry.get(_READS)
    return NodeSpec(
        name=f"importer_{position}",
        uses=uses,
        options={key: one.plain() for key, one in options.items()},
        reads=tuple(str(one) for one in _listed(reads.plain())) if reads is not None else (),
        location=entry.location,
        places=places,
    )


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
