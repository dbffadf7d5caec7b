"""The components of a package: found by name, and never by what the package holds.

A registered component is this graphbuild's own, or that of an installed catalogue. One of a user's project is imported
only from the folder that the caller names, and only where its code version, which is found without importing it, is
that of which the package was made.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.contract import digest, registry
from graphbuild.contract.code_version import CodeVersion, code_version
from graphbuild.contract.component import Component
from graphbuild.contract.digest import Digest
from graphbuild.contract.toolchain import interpreter, versions
from graphbuild.errors import ComponentError, Location, PackageError, Problem
from graphbuild.graph.graph import PredictNode


@dataclass(frozen=True)
class Made:
    """What a package says of what it was made with."""

    place: str
    """The package itself, for errors."""
    code: Mapping[str, Mapping[str, str]]
    """Code version -> module -> digest."""
    python: str | None
    """The minor version: another one reads the same source as other code."""


_MOST_NAMED = 5


def component_of(node: PredictNode, project: Path, made: Made) -> type[Component]:
    """The class of a predict node. Raises PackageError."""
    facts = (("node", node.name), ("package", made.place))
    try:
        ref = registry.resolve(node.uses)
    except ComponentError as error:
        hint = "what was installed where it was trained is not installed here; or it is of another graphbuild"
        raise PackageError(
            Problem(f"{error.problems[0].what}, which the package uses", facts=facts, hint=hint)
        ) from None
    module = ref.reference.partition(":")[0]
    file = _checked(node, module, project, made, facts) if ref.is_users else None
    try:
        component = registry.load(node.uses, project)
    except ComponentError as error:
        hint = "train again with what is installed here"
        raise PackageError(Problem(error.problems[0].what, facts=facts, hint=error.problems[0].hint or hint)) from error
    loaded = getattr(sys.modules[module], "__file__", None) or ""
    if file is not None and Path(loaded).resolve() != file.resolve():
        what = f"`{node.uses}` cannot be loaded: this program has another module `{module}`"
        raise PackageError(Problem(what, facts=(*facts, ("it is", loaded), ("and not", str(file)))))
    lacking = set(component.requires) - versions(component.requires).keys() if component.extra is not None else ()
    if lacking:
        what = f"`{node.uses}` needs {' and '.join(f'`{name}`' for name in sorted(lacking))}, not installed here"
        raise PackageError(Problem(what, facts=facts, hint=f"pip install 'graphbuild[{component.extra}]'"))
    return component


def _checked(node: PredictNode, module: str, project: Path, made: Made, facts: tuple[tuple[str, str], ...]) -> Path:
    """The file of a module. Raises PackageError unless it lies in the project and is what the package was made with."""
    roots = (project.resolve(), Path(digest.__file__).parents[2])
    found = code_version(module, roots)
    facts = (*facts, ("project", str(roots[0])))
    file = found.files.get(module)
    if file is None or not file.resolve().is_relative_to(roots[0]):
        what = f"the package uses `{node.uses}`, and there is no module `{module}` in the project"
        hint = "name the folder of the project that it was trained in: -C DIR, or `project` in Python"
        raise PackageError(Problem(what, facts=facts, hint=hint))
    if node.code != found.digest:
        _check_syntax(node, found, roots[0], facts)
        what = f"`{node.uses}` is not the code that the package was made with"
        here = interpreter()["python"]
        if made.python not in (None, here):
            hint = f"it was made with Python {made.python}, and this is {here}: train again"
            raise PackageError(Problem(what, facts=facts, hint=hint))
        others = (("differ", changed),) if (changed := _changed(node.code, found, made.code)) else ()
        hint = "train again, or name the folder of the project as it was: -C DIR, or `project` in Python"
        raise PackageError(Problem(what, facts=(*facts, *others), hint=hint))
    return file


def _check_syntax(node: PredictNode, found: CodeVersion, project: Path, facts: tuple[tuple[str, str], ...]) -> None:
    """Raises PackageError for a file of the project that is no Python: what it imports is not known."""
    for module, file in found.files.items():
        if file.resolve().is_relative_to(project):
            try:
                ast.parse(file.read_bytes())
            except (SyntaxError, ValueError) as error:
                line = getattr(error, "lineno", None) or 0
                what = f"`{node.uses}` cannot be loaded: module `{module}` is no Python: {getattr(error, 'msg', error)}"
                raise PackageError(Problem(what, Location(str(file), line), facts, "mend it, or train again")) from None


def _changed(then: Digest | None, now: CodeVersion, code: Mapping[str, Mapping[str, str]]) -> str:
    """The modules that differ, as far as the package says what they were."""
    earlier: Mapping[str, Any] = code.get(then or "", {})
    if not isinstance(earlier, Mapping) or not earlier:
        return ""
    names = sorted(name for name in {*earlier, *now.modules} if earlier.get(name) != now.modules.get(name))
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
