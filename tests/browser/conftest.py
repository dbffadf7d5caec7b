"""Pages of real assistants, and a browser that opens them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.session import BuildRequest
from tests.browser.browser import Page, chromium, chromium_path
from tests.cli.command_line import run

ROOT = Path(__file__).parents[2]
CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser's tab."""
    with chromium(tmp_path_factory.mktemp("profile")) as context:
        yield Page(context)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample assistant, built, and built again after an example was changed; not where no browser would see it."""
    chromium_path()
    return built_twice(tmp_path_factory.mktemp("pages") / "sample")


@pytest.fixture(scope="session")
def last(sample: Path) -> Path:
    """The page of the sample's last build."""
    return drawn(sample, "last.html", "--last")


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an assistant that was never built."""
    chromium_path()
    found = CORPORA / "assistants" / "financial-demo"
    if not found.is_dir():
        pytest.skip("needs GRAPHBUILD_CORPORA")
    project = tmp_path_factory.mktemp("pages") / "financial-demo"
    shutil.copytree(found, project)
    return drawn(project, "plan.html", "--config", "recipe:light")


def built_twice(project: Path) -> Path:
    """The sample assistant in a folder, built, and built again after an example was changed."""
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    request = BuildRequest(project, "graphbuild.yml", store=project / ".graphbuild", package=False)
    assert build(request).problems == ()
    data = project / "data" / "nlu.yml"
    data.write_text(data.read_text().replace("good afternoon", "good evening"))
    assert build(request).problems == ()
    return project


def drawn(project: Path, name: str, *more: str) -> Path:
    """A page of a project."""
    file = project / name
    ran = run("-C", project, "--store", project / ".graphbuild", "graph", "--format", "html", "-o", file, *more)
    assert ran.code == 0, ran.err
    return file
