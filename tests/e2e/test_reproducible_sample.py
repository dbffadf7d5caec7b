"""The sample assistant is reproducible, and declares all that it reads: `graphbuild check`, as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_sample_assistant_comes_out_the_same_again(tmp_path: Path) -> None:
    project = tmp_path / "sample"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    line = [sys.executable, "-m", "graphbuild", "-C", str(project), "check", "-f", "recipe:light", "--json"]
    ran = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    document = json.loads(ran.stdout)
    assert (document["differs"], document["undeclared"], document["problems"]) == ([], [], []), ran.stderr
    assert ran.returncode == document["code"] == 0
    assert document["built_again"] == len(document["built_first"]) == document["nodes"] > 30
    assert not (project / ".graphbuild").exists()
    assert not (project / "models").exists()
