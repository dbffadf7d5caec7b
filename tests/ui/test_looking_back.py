"""Builds that are over, packages, and why a node runs: what the page asks for."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.session import BuildRequest
from tests.conftest import ROOT
from tests.ui.conftest import Live, Toys


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> BuildRequest:
    """The sample assistant, built, and built again after an example was changed; NLU alone."""
    project = tmp_path_factory.mktemp("ui") / "sample"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    request = BuildRequest(project, "graphbuild.yml", store=project / ".graphbuild")
    assert build(request).problems == ()
    data = project / "data" / "nlu.yml"
    data.write_text(data.read_text().replace("good afternoon", "good evening"))
    assert build(request).problems == ()
    return request


@pytest.fixture
def sample_page(sample: BuildRequest) -> Live:
    live = Live(sample)
    yield live
    live.close()


def test_the_list_of_builds(sample_page: Live) -> None:
    found = sample_page.get("/api/builds")["builds"]
    assert [one["result"] for one in found] == ["done", "done"]
    assert found[0]["package"].startswith("models/")
    assert found[1]["counted"].endswith("ran")


def test_builds_for_other_purposes_are_listed_when_asked_for(sample_page: Live, sample: BuildRequest) -> None:
    own = sample_page.get("/api/builds")
    build(replace(sample, recipe="recipe:nlu-only", targets=("tokens",), package=False))
    again = sample_page.get("/api/builds")
    assert ([one["id"] for one in again["builds"]], again["others"]) == ([one["id"] for one in own["builds"]], 1)
    newest = sample_page.get("/api/builds", all="1")["builds"][0]
    assert (newest["recipe"], newest["asked"]) == ("recipe:nlu-only", "-f recipe:nlu-only tokens")
    assert sample_page.get(f"/api/builds/{newest['id']}")["id"] == newest["id"]


def test_one_build_and_its_picture(sample_page: Live) -> None:
    newest = sample_page.get("/api/builds")["builds"][0]["id"]
    one = sample_page.get(f"/api/builds/{newest}")
    assert one["id"] == newest
    assert "intent:train" in {node["node"] for node in one["nodes"] if node["ending"] == "run"}
    page = sample_page.get(f"/api/builds/{newest}/page")
    assert (page["told"], page["build"]["name"], page["comparison"]) == ("build", newest, None)


def test_what_is_otherwise_between_two_builds_down_to_the_record(sample_page: Live) -> None:
    new, old = (one["id"] for one in sample_page.get("/api/builds")["builds"])
    found = sample_page.get(f"/api/builds/{new}/difference", against=old)
    assert found == sample_page.get(f"/api/builds/{new}/difference")
    assert {one["change"] for one in found["records"]} == {"added", "removed"}
    assert all(one["path"] == "data/nlu.yml" and one["line"] for one in found["records"])
    assert "intent:train" in {one["node"] for one in found["changed"]}
    page = sample_page.get(f"/api/builds/{new}/page", against=old)
    assert page["comparison"]["name"] == f"build {old}"
    assert "changed" in page["comparison"]["changes"]


def test_packages_and_what_made_them(sample_page: Live) -> None:
    found = sample_page.get("/api/packages")
    assert found["folder"] == "models"
    new, old = found["packages"]
    builds = [one["id"] for one in sample_page.get("/api/builds")["builds"]]
    assert [new["build"], old["build"]] == builds
    one = sample_page.get(f"/api/packages/{new['name']}")
    assert one["file"] == new["name"]
    assert one["build"] == builds[0]
    assert {"intent", "ted"} <= one["nodes"].keys()
    assert "data/nlu.yml" in one["sources"]
    differs = sample_page.get(f"/api/packages/{new['name']}/difference", against=old["name"])
    assert "data/nlu.yml" in differs["difference"]["sources"]["changed"]


def test_what_is_not_there_is_said(sample_page: Live) -> None:
    for path in ("/api/builds/20000101", "/api/builds/20000101/page", "/api/builds/20000101/difference"):
        answer = sample_page.client.get(path)
        assert answer.status_code == 400
        assert "there is no build" in answer.json()["message"]
    for name in ("nothing.tar.gz", "..%2Fgraphbuild.yml", "%2Fetc%2Fpasswd"):
        assert sample_page.client.get(f"/api/packages/{name}").status_code == 404


def test_a_damaged_package_is_told(sample_page: Live, sample: BuildRequest) -> None:
    damaged = sample.project / "models" / "0-damaged.tar.gz"
    damaged.write_bytes(b"nothing of the kind")
    try:
        answer = sample_page.client.get("/api/packages/0-damaged.tar.gz")
        assert answer.status_code in (400, 500)
        assert answer.json()["details"]["problems"]
        assert len(sample_page.get("/api/packages")["packages"]) == 3
    finally:
        damaged.unlink()


def test_why_a_node_ran_and_in_an_earlier_build(sample_page: Live) -> None:
    (one,) = sample_page.get("/api/explain", node="intent:train")["nodes"]
    assert one["decision"] == "hit"
    assert any(chain["path"][-1] == "training_file@data/nlu.yml" for chain in one["last_chains"])
    first = sample_page.get("/api/builds")["builds"][1]["id"]
    (one,) = sample_page.get("/api/explain", node="intent:train", since=first)["nodes"]
    assert one["in_build"]["build"] == first
    assert sample_page.client.get("/api/explain").status_code == 400
    assert "did you mean" in str(sample_page.client.get("/api/explain", params={"node": "intnt"}).json())


def test_why_a_node_would_run(live: Live, toys_project: Toys) -> None:
    live.built()
    toys_project.write("a.txt", "two\n")
    (one,) = live.get("/api/explain", node="after:apply")["nodes"]
    assert one["decision"] == "pending"
    assert "a.txt changed" in str(one["chains"])


def test_a_project_without_builds_and_packages(live: Live, toys_project: Toys) -> None:
    assert live.get("/api/builds") == {"builds": [], "damaged": [], "others": 0}
    assert live.get("/api/packages") == {"folder": "models", "packages": []}
    assert Path(toys_project.project / "models").exists() is False


def test_a_project_that_is_gone_is_told_and_not_made_anew(tmp_path: Path) -> None:
    project = tmp_path / "gone"
    project.mkdir()
    (project / "graphbuild.yml").write_text("graphbuild: 1\nextends: light\n")
    live = Live(BuildRequest(project, "graphbuild.yml"))
    try:
        shutil.rmtree(project)
        for path in ("/api/builds", "/api/packages"):
            live.client.get(path)
        answer = live.client.get("/api/builds")
        assert answer.status_code >= 400
        assert f"there is no folder {project}" in answer.text
        assert not project.exists()
    finally:
        live.close()
