"""Modules of a project that cannot be imported: the line that raised is told, and none where there is no module."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.contract.loading import load_class
from graphbuild.errors import ComponentError, Problem


def refused(project: Path, reference: str) -> Problem:
    with pytest.raises(ComponentError) as caught:
        load_class(reference, project)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("files", "what", "line"),
    [
        (
            {"raises.py": "SIZES = {}\n\nSIZE = SIZES['big']\n"},
            "cannot import `raises`: KeyError: 'big'",
            "raises.py:3: SIZE = SIZES['big']",
        ),
        # The module itself is well, but not what it imports.
        (
            {"raises.py": "from inner.helper import loud\n", "inner/helper.py": "def loud(: pass\n"},
            "cannot import `raises`: SyntaxError: invalid syntax (helper.py, line 1)",
            "inner/helper.py:1: def loud(: pass",
        ),
        (
            {"raises.py": "import json\nimport no_such_module\n"},
            "cannot import `raises`: ModuleNotFoundError: No module named 'no_such_module'",
            "raises.py:2: import no_such_module",
        ),
        # What raised is the standard library's; the project's own line is told.
        (
            {"raises.py": "import json\nTABLE = json.loads('')\n"},
            "cannot import `raises`: JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
            "raises.py:2: TABLE = json.loads('')",
        ),
    ],
)
def test_the_line_that_raised_is_told(tmp_path: Path, files: dict[str, str], what: str, line: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert refused(tmp_path, "raises:Own") == Problem(what, facts=(("raised at", line),))


def test_a_module_that_is_not_there_has_no_line(tmp_path: Path) -> None:
    problem = refused(tmp_path, "not_there:Own")
    assert problem.what == "cannot import `not_there`: ModuleNotFoundError: No module named 'not_there'"
    assert (problem.facts, problem.hint) == ((), f"modules of your own are looked for in {tmp_path}")
