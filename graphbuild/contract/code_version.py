"""Code version: a digest of a component's module and of every first-party module that it reaches by import.

Found statically, and normalised so that comments, docstrings and formatting do not count. First-party are the
component's own top-level package, graphbuild, and whatever lies in the user's project. The source of the class alone
would not do: a changed helper or base class would leave a stale hit. What static analysis cannot follow (importlib
with a computed name, exec) is not seen; docs/hashing.md says so.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest

_OWN_PACKAGE = "graphbuild"
_BODIES = ("body", "handlers", "orelse", "finalbody", "cases")
"""Where statements have statements in them."""


@dataclass(frozen=True)
class CodeVersion:
    """The digest, and behind it each module's own (module name -> digest) and file."""

    digest: Digest
    modules: Mapping[str, Digest]
    files: Mapping[str, Path]


class Sources:
    """Modules as they are while one graph is compiled: each is looked for and read once, however many reach it."""

    def __init__(self) -> None:
        self._finders: dict[tuple[tuple[Path, ...], str], _Finder] = {}
        self._facts: dict[tuple[str, Path], _ModuleFacts] = {}

    def finder(self, roots: tuple[Path, ...], package: str) -> _Finder:
        """Where the first-party modules of a package's components are."""
        return self._finders.setdefault((roots, package), _Finder(roots, (_OWN_PACKAGE, package)))

    def facts(self, name: str, file: Path) -> _ModuleFacts:
        """What counts of a module."""
        if (name, file) not in self._facts:
            self._facts[name, file] = _facts_of(name, file.name == "__init__.py", file.read_bytes())
        return self._facts[name, file]


def code_version(module: str, roots: tuple[Path, ...], sources: Sources | None = None) -> CodeVersion:
    """The code version of a component's module.

    `roots` are the folders in which first-party modules are looked for: the user's project, and the folder that
    holds the component's own top-level package. `sources`: what was read for other modules of the same graph.
    """
    sources = sources or Sources()
    finder = sources.finder(roots, module.split(".", 1)[0])
    modules: dict[str, Digest] = {}
    files: dict[str, Path] = {}
    open_names = [module]
    while open_names:
        name = open_names.pop()
        if name in modules or (file := finder.file_of(name)) is None:
            continue
        facts = sources.facts(name, file)
        modules[name], files[name] = facts.digest, file
        open_names.extend(facts.imports)
    ordered = dict(sorted(modules.items()))
    return CodeVersion(digest.of_value(["code", ordered]), ordered, files)


def roots_of(module: str, project: Path) -> tuple[Path, ...]:
    """Where the first-party modules of a component are, whose module is loaded.

    The user's project, graphbuild's own folder, and the folder that holds the component's package.
    """
    top = sys.modules[module.split(".", 1)[0]]
    own = [Path(top.__file__).parent] if top.__file__ else []
    holders = [folder.parent if (folder / "__init__.py").exists() else folder for folder in own]
    return (project.resolve(), Path(digest.__file__).parents[2], *holders)


def module_digest(name: str, project: Path) -> tuple[Digest, Path] | None:
    """What `code_version` has for one module of a project, and its file; None where the project has no such module."""
    file = _Finder((project,), ()).file_of(name)
    if file is None:
        return None
    return _facts_of(name, file.name == "__init__.py", file.read_bytes()).digest, file


@dataclass(frozen=True)
class _ModuleFacts:
    digest: Digest
    imports: tuple[str, ...]


class _Finder:
    """Where first-party modules are. Third-party and standard ones have no file here."""

    def __init__(self, roots: tuple[Path, ...], packages: tuple[str, ...]) -> None:
        self._project = roots[0] if roots else None
        self._roots = roots
        self._packages = packages
        self._files: dict[str, Path | None] = {}

    def file_of(self, name: str) -> Path | None:
        if name not in self._files:
            self._files[name] = self._found(name)
        return self._files[name]

    def _found(self, name: str) -> Path | None:
        own = name.split(".", 1)[0] in self._packages
        for root in self._roots:
            if root != self._project and not own:
                continue
            base = root.joinpath(*name.split("."))
            for candidate in (base / "__init__.py", base.with_name(base.name + ".py")):
                if candidate.is_file():
                    return candidate
        return None


@lru_cache(maxsize=4096)
def _facts_of(name: str, is_package: bool, source: bytes) -> _ModuleFacts:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        # It cannot be imported either; its text is its version until it can be.
        return _ModuleFacts(digest.of_bytes(source), ())
    imports = tuple(dict.fromkeys(_imports(tree, name if is_package else name.rpartition(".")[0])))
    parents = tuple(name.rsplit(".", n)[0] for n in range(1, name.count(".") + 1))
    if name.split(".", 1)[0] == _OWN_PACKAGE:
        # Our own packages' __init__ files only say what is where (tests/architecture): they decide nothing.
        parents = ()
    _strip_docstrings(tree)
    return _ModuleFacts(digest.of_bytes(ast.dump(tree).encode("utf-8", "surrogatepass")), imports + parents)


def _strip_docstrings(tree: ast.Module) -> None:
    for node in _with_statements(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            # An empty body stays valid for the dump, which nobody compiles.
            del node.body[0]


def _with_statements(node: ast.AST) -> Iterator[ast.AST]:
    """A node and the statements in it, without what expressions are made of: those hold no statements."""
    yield node
    for child in _inner_statements(node):
        yield from _with_statements(child)


def _inner_statements(node: ast.AST) -> Iterator[ast.AST]:
    for name in _BODIES:
        yield from getattr(node, name, ())


def _imports(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.If) and _is_type_checking(node.test):
        for statement in node.orelse:
            yield from _imports(statement, package)
        return
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom):
        base = _absolute(node, package)
        yield base
        for alias in node.names:
            # `from package import module` and `from module import name` look alike; the finder tells them apart.
            yield f"{base}.{alias.name}"
    for child in _inner_statements(node):
        yield from _imports(child, package)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )
