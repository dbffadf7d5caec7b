"""The import rules of the design, read from the source. No list of exceptions."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "graphbuild"

MAY_IMPORT = {
    "errors": set(),
    "__main__": {"cli"},
    "version": set(),
    "contract": {"errors"},
    "recipe": {"contract", "errors"},
    "store": {"contract", "errors"},
    "general": {"contract", "errors"},
    "drawing": set(),
    "assistant": {"drawing", "contract", "errors"},
    # Names of the assistant under a path that files of users import.
    "rasa_style": {"assistant"},
    "graph": {"recipe", "contract", "errors"},
    "plan": {"graph", "store", "contract", "errors"},
    # Its version: a worker on another machine must have the same.
    "execution": {"plan", "store", "graph", "contract", "errors", "version"},
    "history": {"execution", "plan", "store", "graph", "contract", "errors"},
    "package": {"execution", "store", "graph", "contract", "errors"},
    # Packages know no assistant and assistants no package: what loads one as the other stands above both.
    "agent": {"package", "assistant", "contract", "errors"},
    "report": {
        *("drawing", "history", "package", "execution", "plan", "store", "graph", "recipe", "contract", "errors"),
        "version",
    },
    # A store behind the store: implements the store's interface, so that nobody above but who opens it knows of it.
    "remote": {"store", "contract", "errors"},
    "finetuning": {"package", "store", "graph", "contract", "errors"},
    "session": {"remote", "execution", "finetuning", "plan", "store", "graph", "recipe", "contract", "errors"},
    # Which cluster runs a request's actions: beside the session, for a build with nothing to run never asks.
    "clusters": {"session", "contract", "errors"},
    "inspecting": {"session", "history", "store", "graph", "errors"},
    "looking": {"session", "report", "history", "plan", "store", "graph", "contract", "errors"},
    # What an editor asks of a recipe that is not saved: its problems, its plan, what may stand where.
    "editing": {"looking", "session", "report", "plan", "recipe", "contract", "errors"},
    "explaining": {"session", "history", "execution", "plan", "store", "graph", "contract", "errors"},
    # Builds again beside the store and compares: beside the builder, for it leaves no package and no record.
    "checking": {"clusters", "session", "report", "execution", "plan", "store", "graph", "contract", "errors"},
    # What is kept of a store: reads records and packages, so it stands above both; builds ask for it when they ended.
    "upkeep": {
        *("session", "remote", "history", "package", "execution", "store", "graph", "report", "contract", "errors"),
    },
    "packing": {"session", "package", "execution", "store", "contract", "errors", "version"},
    "builder": {
        *(
            "clusters",
            "session",
            "packing",
            "upkeep",
            "history",
            "execution",
            "plan",
            "store",
            "graph",
            "recipe",
            "contract",
            "errors",
        ),
    },
    # Builds variants and puts them side by side: above the builder, below the command.
    "comparing": {"builder", "session", "report", "execution", "plan", "store", "graph", "contract", "errors"},
    # Builds again and again in one process: above the builder, below the command.
    "watching": {
        *("builder", "session", "execution", "plan", "graph", "contract", "errors"),
    },
    "halves": {"graph", "errors"},
    "given": {"contract", "errors"},
    "arguments": {"halves", "given", "session", "finetuning", "contract", "errors"},
    "background": set(),
    "outcomes": {"views"},
    # The engine under the names of Rasa's: above the builder, below the training API, which takes and gives them.
    "views": {
        *(
            "arguments",
            "given",
            "halves",
            "project",
            "builder",
            "session",
            "finetuning",
            "assistant",
            "package",
            "plan",
        ),
        *("store", "graph", "recipe", "contract", "errors"),
    },
    "training": {
        *(
            "arguments",
            "background",
            "outcomes",
            "halves",
            "views",
            "project",
            "builder",
            "execution",
            "plan",
            "errors",
        ),
    },
    "project": {
        *("builder", "session", "assistant", "execution", "plan", "store", "graph", "recipe", "contract", "errors"),
        *("package", "given"),
        "agent",
    },
    # Answers over HTTP with agents; what trains beside it is asked for as documents, and run as a command.
    "serving": {"web", "agent", "assistant", "package", "report", "given", "session", "contract", "errors", "version"},
    # What servers share: knows no agent and no build.
    "web": {"report", "errors", "version"},
    # The live page: looks, builds and tells what happens; knows no assistant.
    "ui": {
        *(
            "editing",
            "web",
            "background",
            "builder",
            "explaining",
            "inspecting",
            "looking",
            "session",
            "report",
            "history",
        ),
        *("package", "execution", "plan", "store", "graph", "contract", "errors", "version", "drawing"),
    },
    # What talks teach and how files are added to: knows projects and conversations, and no terminal.
    "teaching": {"agent", "project", "assistant", "package", "graph", "given", "contract", "errors"},
    "cli": {
        "teaching",
        "watching",
        "checking",
        "agent",
        "serving",
        "ui",
        "web",
        "project",
        "training",
        "arguments",
        "halves",
        "session",
        "remote",
        "finetuning",
        "explaining",
        "inspecting",
        "looking",
        "comparing",
        "upkeep",
        "history",
        "builder",
        "report",
        "package",
        "execution",
        "plan",
        "store",
        "graph",
        "recipe",
        "contract",
        "errors",
        "version",
    },
}
ONLY_IN = {
    "networkx": ("graph/compile.py",),
    "blake3": ("contract/digest.py",),
    "dask": ("execution/workers/",),
    "distributed": ("execution/workers/",),
    "joblib": ("execution/workers/",),
    "tensorflow": ("assistant/networks/",),
    "keras": ("assistant/networks/",),
    "sklearn": ("assistant/", "general/"),
    "matplotlib": ("assistant/evaluation/pictures.py",),
    "rich": ("report/", "cli/"),
    "click": ("cli/",),
    "sqlite3": ("store/",),
    "fsspec": ("remote/objects.py",),
    "aiohttp": ("remote/objects.py",),
    "webdav4": ("remote/objects.py",),
    "cryptography": ("remote/keys.py",),
    "zstandard": ("remote/encoding.py", "remote/objects.py"),
    "sqlalchemy": ("assistant/runtime/sql_tracker_store.py",),
    "httpx": ("assistant/runtime/http_endpoint.py",),
    "starlette": ("serving/", "ui/", "web/"),
    "uvicorn": ("web/server.py",),
    "watchfiles": ("watching/notices.py",),
    "prompt_toolkit": ("cli/terminal.py", "cli/asking.py"),
    "opentelemetry": ("report/telemetry.py", "cli/telemetry.py"),
    "pickle": (),
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """Every imported module, but those that only type checking sees."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imports(node)


def room(module: str) -> str:
    return module.split(".")[1] if module.startswith("graphbuild.") else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_downward_only(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    allowed = MAY_IMPORT[own] | {own}
    for name in imports(ast.parse(path.read_text())):
        if name.startswith("graphbuild.") and (PACKAGE / room(name)).exists() | (PACKAGE / f"{room(name)}.py").exists():
            assert room(name) in allowed, f"{path.relative_to(PACKAGE)} must not import {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    for name in imports(ast.parse(path.read_text())):
        for library, rooms in ONLY_IN.items():
            if name.split(".")[0] == library:
                assert place.startswith(rooms) if rooms else False, f"{place} must not import {library}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_its_job_and_stays_small(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
    limit = 600 if "networks" in path.parts else 400
    assert len(text.splitlines()) <= limit, f"{path} is longer than {limit} lines"


def test_packages_of_ours_hold_nothing_in_their_init() -> None:
    """Code versions leave these files out, so nothing that decides a result may stand there."""
    for path in PACKAGE.rglob("*/__init__.py"):
        tree = ast.parse(path.read_text())
        assert len(tree.body) == 1, f"{path} holds more than its docstring"


def loaded_by(statement: str) -> set[str]:
    """Top-level names of the modules that a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport sys\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


HEAVY = {
    "tensorflow",
    "keras",
    "sklearn",
    "scipy",
    "dask",
    "distributed",
    "matplotlib",
    "sqlalchemy",
    "httpx",
    "starlette",
    "uvicorn",
    "prompt_toolkit",
    "opentelemetry",
    "fsspec",
    "zstandard",
    "aiohttp",
}


def test_import_graphbuild_loads_nothing_heavy() -> None:
    loaded = loaded_by("import graphbuild")
    assert not loaded & (HEAVY | {"networkx", "numpy", "yaml", "rich", "click", "joblib", "msgspec"})


def test_declaring_every_component_loads_nothing_heavy() -> None:
    statement = "from graphbuild.contract.registry import catalogue, load\nfor name in catalogue(): load(name)"
    assert not loaded_by(statement) & HEAVY
