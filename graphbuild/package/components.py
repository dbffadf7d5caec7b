"""The components of a package: found by name, and never by what the package holds.

A registered component is this graphbuild's own, or that of an installed catalogue. One of a user's project is imported
only from the folder that the caller names, and only where its code version, which is found without importing it, is
that of which the package was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract import digest, registry
from graphbuild.contract.code_version import CodeVersion, code_version
from graphbuild.contract.component import Component
from graphbuild.contract.digest import Digest
from graphbuild.contract.toolchain import versions
from graphbuild.errors import ComponentError, PackageError, Problem
from graphbuild.graph.graph import PredictNode

Modules = Mapping[str, Mapping[str, str]]
"""Code version -> module -> digest: what the package says of the code that it was made with."""
_MOST_NAMED = 5


def component_of(node: PredictNode, project: Path, code: Modules, place: str) -> type[Component]:
    """The class of a predict node. `place`: the package, for errors. Raises PackageError."""
    facts = (("node", node.name), ("package", place))
    try:
        ref = registry.resolve(node.uses)
    except ComponentError as error:
        hint = "what was installed where it was trained is not installed here; or it is of another graphbuild"
        raise PackageError(
            Problem(f"{error.problems[0].what}, which the package uses", facts=facts, hint=hint)
        ) from None
    if ref.is_users:
        _check_code(node, ref.reference.partition(":")[0], project, code, facts)
    try:
        component = registry.load(node.uses, project)
    except ComponentError as error:
        hint = "train again with what is installed here"
        raise PackageError(Problem(error.problems[0].what, facts=facts, hint=error.problems[0].hint or hint)) from error
    lacking = set(component.requires) - versions(component.requires).keys() if component.extra is not None else ()
    if lacking:
        what = f"`{node.uses}` needs {' and '.join(f'`{name}`' for name in sorted(lacking))}, not installed here"
        raise PackageError(Problem(what, facts=facts, hint=f"pip install 'graphbuild[{component.extra}]'"))
    return component


def _check_code(
    node: PredictNode, module: str, project: Path, code: Modules, facts: tuple[tuple[str, str], ...]
) -> None:
    """Raises PackageError unless a module lies in the project and is what the package was made with."""
    roots = (project.resolve(), Path(digest.__file__).parents[2])
    found = code_version(module, roots)
    facts = (*facts, ("project", str(roots[0])))
    file = found.files.get(module)
    if file is None or not file.resolve().is_relative_to(roots[0]):
        what = f"the package uses `{node.uses}`, and there is no module `{module}` in the project"
        hint = "name the folder of the project that it was trained in: -C DIR, or `project` in Python"
        raise PackageError(Problem(what, facts=facts, hint=hint))
    if node.code != found.digest:
        what = f"`{node.uses}` is not the code that the package was made with"
        others = (("differ", changed),) if (changed := _changed(node.code, found, code)) else ()
        hint = "train again, or name the folder of the project as it was: -C DIR, or `project` in Python"
        raise PackageError(Problem(what, facts=(*facts, *others), hint=hint))


def _changed(then: Digest | None, now: CodeVersion, code: Modules) -> str:
    """The modules that differ, as far as the package says what they were."""
    earlier: Mapping[str, Any] = code.get(then or "", {})
    if not isinstance(earlier, Mapping) or not earlier:
        return ""
    names = sorted(name for name in {*earlier, *now.modules} if earlier.get(name) != now.modules.get(name))
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
