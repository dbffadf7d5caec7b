"""Names of components: what `uses:` may say, and the classes behind it.

Catalogues (modules with a COMPONENTS table, name -> "module:Class") are found through the entry-point group
`graphbuild.components`; the user's own project is reached by `module:Class`. Loads a component's module only when it
is asked for. A catalogue may have TRANSLATIONS, too: what names of older releases mean. Knows no component by name.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from graphbuild.contract.component import Component
from graphbuild.contract.loading import load_class
from graphbuild.contract.translation import Translator
from graphbuild.errors import ComponentError, Problem

ENTRY_POINT_GROUP = "graphbuild.components"


@dataclass(frozen=True)
class ComponentRef:
    """A component by the name that a recipe gives it, and the place of its class, `module:Class`."""

    name: str
    reference: str

    @property
    def is_users(self) -> bool:
        """Whether it was named by its module, and so may lie in the user's project."""
        return self.name == self.reference


@cache
def catalogue() -> Mapping[str, str]:
    """Every registered component: name -> "module:Class", sorted by name."""
    return dict(sorted(_table("COMPONENTS").items()))


def translator(of: str) -> Translator | None:
    """What translates a list of a configuration (`pipeline`) into today's words; None where nothing does."""
    reference = _translators().get(of)
    return None if reference is None else load_class(reference)


def translating_files() -> list[Path]:
    """The source files of all translators, and those beside them that they may use."""
    modules = {reference.partition(":")[0] for reference in _translators().values()}
    folders = {Path(str(importlib.import_module(module).__file__)).parent for module in modules}
    return sorted(file for folder in folders for file in folder.glob("*.py"))


@cache
def _translators() -> Mapping[str, str]:
    return _table("TRANSLATIONS")


def _table(name: str) -> dict[str, str]:
    """A table of all catalogues together; a catalogue need not have it."""
    table: dict[str, str] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        table.update(getattr(importlib.import_module(entry.value), name, {}))
    return table


def resolve(uses: str) -> ComponentRef:
    """The component that `uses` names: `Name`, `Name@version` or `module:Class`. Raises ComponentError."""
    name = uses.split("@", 1)[0]
    if ":" in name:
        if not all(name.split(":", 1)):
            raise ComponentError(Problem(f"`{name}` names no class", hint="write module:Class"))
        return ComponentRef(name, name)
    table = catalogue()
    if name not in table:
        close = difflib.get_close_matches(name, table, n=1, cutoff=0.75)
        raise ComponentError(
            Problem(
                f"there is no component `{name}`",
                hint=f"did you mean `{close[0]}`?" if close else "see `graphbuild components`",
            )
        )
    return ComponentRef(name, table[name])


def load(uses: str, project: Path | None = None) -> type[Component]:
    """The class that `uses` names, its version checked. Raises ComponentError."""
    ref = resolve(uses)
    component = load_class(ref.reference, project if ref.is_users else None)
    if not (isinstance(component, type) and issubclass(component, Component)):
        raise ComponentError(Problem(f"`{ref.reference}` is not a graphbuild Component"))
    _, _, version = uses.partition("@")
    if version and version != str(component.version):
        raise ComponentError(
            Problem(
                f"there is no version {version} of `{ref.name}`",
                hint=f"this graphbuild has {ref.name}@{component.version}",
            )
        )
    return component
