"""Modules of a project: what is told where one cannot be imported, and many threads that load one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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


def test_threads_load_a_module_while_it_is_edited(tmp_path: Path) -> None:
    """The live page plans in one thread and builds in another: a module is not dropped while it is imported."""
    file, beside = tmp_path / "edited.py", tmp_path / "edited.new"
    (tmp_path / "other.py").write_text("class Own:\n    number = 0\n")
    # What it imports takes its time, so that others come while it does.
    lines = "import time\ntime.sleep(0.01)\n\n\nclass Own:\n    number = {}\n"

    def load(module: str) -> set[int]:
        return {load_class(f"{module}:Own", tmp_path).number for _ in range(40)}

    file.write_text(lines.format(0))
    with ThreadPoolExecutor(4) as pool:
        loading = [pool.submit(load, module) for module in ("edited", "other", "edited", "other")]
        number = 0
        while not all(one.done() for one in loading):
            number += 1
            beside.write_text(lines.format(number))
            beside.replace(file)
    assert all(one.result() for one in loading)
    assert load_class("edited:Own", tmp_path).number == number
