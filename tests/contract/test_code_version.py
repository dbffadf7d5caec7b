"""Code versions: every first-party module that a component reaches, in whatever way, and nothing of its looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.contract import code_version as code_version_module
from graphbuild.contract.code_version import CodeVersion, Sources, code_version

MODULES = {
    "app/__init__.py": "",
    "app/parts.py": "from app import direct\nfrom app.named import value\nfrom . import sibling\nimport app.dotted\n"
    "from .deep.inner import thing\n\n\ndef train():\n    from app import lazy\n    return lazy\n",
    "app/direct.py": "import json\nX = 1\n",
    "app/named.py": "value = 1\n",
    "app/sibling.py": "from app import parts\n",
    "app/dotted.py": "try:\n    import numpy\nexcept ImportError:\n    from app import fallback\n",
    "app/fallback.py": "X = 1\n",
    "app/lazy.py": "class Lazy:\n    '''Doc.'''\n    X = 'text'\n",
    "app/deep/__init__.py": "from app.deep import more\n",
    "app/deep/inner.py": "from ..named import value\nfrom .more import *\nthing = value\n",
    "app/deep/more.py": "Y = 2\n",
    "app/unused.py": "X = 1\n",
    "other.py": "X = 1\n",
}
REACHED = [
    "app",
    "app.deep",
    "app.deep.inner",
    "app.deep.more",
    "app.direct",
    "app.dotted",
    "app.fallback",
    "app.lazy",
    "app.named",
    "app.parts",
    "app.sibling",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def version(project: Path) -> CodeVersion:
    return code_version("app.parts", (project,))


def test_every_way_of_importing_is_followed(project: Path) -> None:
    made = version(project)
    assert list(made.modules) == REACHED
    assert made.files["app.deep"] == project / "app/deep/__init__.py"


@pytest.mark.parametrize("module", REACHED)
def test_code_added_to_any_of_them_changes_the_version_and_that_module_only(project: Path, module: str) -> None:
    before = version(project)
    file = before.files[module]
    file.write_text(file.read_text() + "ADDED = 1\n")
    after = version(project)
    assert after.digest != before.digest
    assert {name for name in REACHED if before.modules[name] != after.modules[name]} == {module}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X = 'text'", "X = 'text'  # why"),
        ("X = 'text'", 'X = "text"'),
        ("X = 'text'", "X = ('text')"),
        ("'''Doc.'''", "'''Another docstring.'''"),
        ("    '''Doc.'''\n", ""),
        ("class Lazy", "# above\n\n\nclass Lazy"),
        ("class Lazy", "'''Of the module.'''\nclass Lazy"),
    ],
)
def test_looks_do_not_count(project: Path, old: str, new: str) -> None:
    before = version(project)
    file = project / "app/lazy.py"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    assert version(project).digest == before.digest


@pytest.mark.parametrize("name", ["app/unused.py", "other.py"])
def test_what_is_not_reached_does_not_count(project: Path, name: str) -> None:
    before = version(project)
    (project / name).write_text("X = 2\n")
    assert version(project).digest == before.digest


def test_imports_for_type_checkers_only_do_not_count(project: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import other\nelse:\n    from app import unused\n"
    (project / "app/named.py").write_text(text + "value = 1\n")
    assert "other" not in version(project).modules
    assert "app.unused" in version(project).modules


def test_a_text_that_is_a_value_counts(project: Path) -> None:
    before = version(project)
    (project / "app/lazy.py").write_text(MODULES["app/lazy.py"].replace("'text'", "'Text'"))
    assert version(project).digest != before.digest


def test_modules_of_the_project_outside_the_components_package_count(project: Path) -> None:
    (project / "app/named.py").write_text("import other\nvalue = 1\n")
    before = version(project)
    assert "other" in before.modules
    (project / "other.py").write_text("X = 2\n")
    assert version(project).digest != before.digest


def test_a_module_becomes_a_package(project: Path) -> None:
    before = version(project)
    (project / "app/named.py").unlink()
    (project / "app/named").mkdir()
    (project / "app/named/__init__.py").write_text("value = 2\n")
    assert version(project).modules["app.named"] != before.modules["app.named"]


def test_what_does_not_parse_is_its_text(project: Path) -> None:
    (project / "app/named.py").write_text("def (:\n")
    before = version(project)
    (project / "app/named.py").write_text("def (:  \n")
    assert version(project).digest != before.digest


def test_the_version_does_not_depend_on_where_the_project_is(project: Path) -> None:
    moved = project.with_name("moved")
    before = version(project).digest
    project.rename(moved)
    assert version(moved).digest == before


def test_graphbuilds_own_modules_are_first_party(project: Path) -> None:
    root = Path(code_version_module.__file__).parents[2]
    made = code_version("graphbuild.contract.code_version", (project, root))
    own = {"graphbuild.contract.code_version", "graphbuild.contract.digest"}
    # `from graphbuild.contract import digest` names the package, whose __init__ holds nothing.
    assert own <= set(made.modules) <= own | {"graphbuild.contract"}


@pytest.mark.parametrize(
    "statement",
    [
        "if X:\n    pass\nelif Y:\n    from app import unused",
        "try:\n    pass\nexcept OSError:\n    pass\nelse:\n    from app import unused",
        "try:\n    pass\nfinally:\n    from app import unused",
        "try:\n    pass\nexcept* OSError:\n    from app import unused",
        "for one in X:\n    pass\nelse:\n    from app import unused",
        "while X:\n    with X:\n        from app import unused",
        "match X:\n    case 1:\n        pass\n    case _:\n        from app import unused",
        "class A:\n    async def made(self):\n        async with X:\n            from app import unused",
    ],
)
def test_an_import_is_found_in_every_statement_that_holds_others(project: Path, statement: str) -> None:
    (project / "app/named.py").write_text(f"value = X = Y = 1\n{statement}\n")
    assert "app.unused" in version(project).modules


def test_docstrings_do_not_count_wherever_they_are(project: Path) -> None:
    text = "value = 1\nif value:\n    class A:\n        def f(self):\n            {}return 1\n"
    (project / "app/named.py").write_text(text.format(""))
    before = version(project).digest
    (project / "app/named.py").write_text(text.format("'Says one.'\n            "))
    assert version(project).digest == before


def test_modules_that_several_components_reach_are_read_once(project: Path) -> None:
    alone = [version(project), code_version("app.direct", (project,))]
    sources = Sources()
    first = code_version("app.parts", (project,), sources)
    (project / "app/direct.py").write_text("X = 2\n")
    assert [first, code_version("app.direct", (project,), sources)] == alone
    assert code_version("app.direct", (project,), Sources()) != alone[1]
