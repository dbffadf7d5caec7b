"""The recipe over HTTP: read, checked, previewed, completed, saved; what is asked wrongly is told."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphbuild.contract import digest
from graphbuild.editing.files import LONGEST_TEXT
from graphbuild.session import BuildRequest
from graphbuild.ui import recipe_routes
from graphbuild.ui.app import make_app
from graphbuild.ui.desk import open_desk

RECIPE = """graphbuild: 1
nodes:
  lines: {uses: LabelledLines, reads: data/*.tsv}
  words: {uses: TextVectorizer, needs: {texts: lines}}
targets: {model: [words]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.tsv").write_text("sport\ta ball\nfood\tbread\n")
    (folder / "graphbuild.yml").write_text(RECIPE)
    return folder


class Client:
    """Asks the page's server, without a socket between."""

    def __init__(self, project: Path, *, has_token: bool = True) -> None:
        desk = open_desk(BuildRequest(project, "graphbuild.yml", store=project.parent / "store"), 5005)
        self._transport = httpx.ASGITransport(make_app(desk))
        self._cookies = {desk.cookie: desk.token} if has_token else {}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            address = "http://127.0.0.1:5005"
            async with httpx.AsyncClient(transport=self._transport, base_url=address, cookies=self._cookies) as one:
                return await one.request(method, path, **more)

        return asyncio.run(asked())

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.ask("GET", path, params=params)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)

    def put(self, body: dict[str, Any]) -> httpx.Response:
        return self.ask("PUT", "/api/recipe", json=body)


@pytest.fixture
def client(project: Path) -> Client:
    return Client(project)


def post(client: Client, what: str, **body: Any) -> Any:
    answer = client.post(f"/api/recipe/{what}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_without_the_token_nothing_is_told(project: Path) -> None:
    stranger = Client(project, has_token=False)
    assert stranger.get("/api/recipe").status_code == 403
    assert stranger.put({"text": "", "digest": ""}).status_code == 403
    assert stranger.post("/api/recipe/check", json={"text": ""}).status_code == 403
    assert stranger.get("/codemirror.js").status_code == 403
    assert (project / "graphbuild.yml").read_text() == RECIPE


def test_the_recipe_with_its_files(client: Client, project: Path) -> None:
    found = client.get("/api/recipe").json()
    assert found["text"] == RECIPE
    assert found["digest"] == digest.of_file(project / "graphbuild.yml")
    assert found["files"] == [{"path": "graphbuild.yml", "writable": True, "refused": None}]
    assert client.ask("GET", "/api/recipe?path=../store").status_code == 400


def test_problems_with_their_places(client: Client) -> None:
    said = post(client, "check", text=RECIPE.replace("LabelledLines", "LabeledLines"))
    (problem,) = said["problems"]
    assert (problem["path"], problem["line"], problem["column"]) == ("graphbuild.yml", 3, 17)
    assert (problem["hint"], problem["level"]) == ("did you mean `LabelledLines`?", "error")
    assert not said["buildable"]
    assert post(client, "check", text=RECIPE) == {"problems": [], "buildable": True}


def test_the_plan_of_a_text(client: Client) -> None:
    said = post(client, "preview", text=RECIPE.replace("texts: lines}", "texts: lines}, with: {max_ngram: 2}"))
    assert said["summary"]["changed"] == ["words"]
    assert said["summary"]["run"] + said["summary"]["pending"] == said["summary"]["nodes"]
    assert said["document"]["comparison"]["name"] == "the saved recipe"
    assert post(client, "preview", text="graphbuild: [")["document"] is None


def test_completions_and_what_is_said_of_a_word(client: Client) -> None:
    said = post(client, "complete", text=RECIPE + "se", line=6, column=3)
    assert (said["start"], said["end"]) == (1, 3)
    (seed,) = [one for one in said["offers"] if one["label"] == "seed"]
    assert (seed["kind"], seed["insert"], seed["info"]) == ("key", "seed: ", "Of all that is random; 0 by default.")
    told = post(client, "hover", text=RECIPE, line=4, column=20)["told"]
    assert (told["label"], told["start"], told["end"]) == ("TextVectorizer", 17, 31)
    assert post(client, "hover", text=RECIPE, line=1, column=14)["told"]["label"] == "1"
    assert post(client, "hover", text="# nothing", line=1, column=4) == {"told": None}


def test_saving(client: Client, project: Path) -> None:
    opened = client.get("/api/recipe").json()
    answer = client.put({"text": RECIPE + "seed: 1\n", "digest": opened["digest"]})
    assert answer.status_code == 200
    assert (project / "graphbuild.yml").read_text() == RECIPE + "seed: 1\n"
    assert answer.json()["digest"] == digest.of_file(project / "graphbuild.yml")


def test_a_conflict_says_what_is_there(client: Client, project: Path) -> None:
    opened = client.get("/api/recipe").json()
    (project / "graphbuild.yml").write_text(RECIPE + "seed: 2\n")
    answer = client.put({"text": RECIPE + "seed: 1\n", "digest": opened["digest"]})
    assert answer.status_code == 409
    details = answer.json()["details"]
    assert details["text"] == RECIPE + "seed: 2\n"
    assert details["digest"] == digest.of_file(project / "graphbuild.yml")
    assert "-seed: 2\n+seed: 1" in details["difference"]
    assert (project / "graphbuild.yml").read_text() == RECIPE + "seed: 2\n"


def test_a_text_is_compared_with_what_is_on_the_disk(client: Client, project: Path) -> None:
    (project / "graphbuild.yml").write_text(RECIPE + "seed: 2\n")
    said = post(client, "compare", text=RECIPE + "seed: 1\n")
    assert (said["text"], said["digest"]) == (RECIPE + "seed: 2\n", digest.of_file(project / "graphbuild.yml"))
    assert "-seed: 2\n+seed: 1" in said["difference"]
    assert post(client, "compare", text=RECIPE + "seed: 2\n")["difference"] == ""


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("check", {}),
        ("compare", {"text": 1}),
        ("check", {"text": 1}),
        ("check", {"text": "", "path": 1}),
        ("check", {"text": "", "path": "domain.yml"}),
        ("check", {"text": "a" * (LONGEST_TEXT + 1)}),
        ("preview", {"text": None}),
        ("complete", {"text": "", "line": 0, "column": 1}),
        ("complete", {"text": "", "line": 1}),
        ("hover", {"text": "", "line": True, "column": 1}),
    ],
)
def test_what_is_asked_wrongly_is_told(client: Client, what: str, body: dict[str, Any]) -> None:
    answer = client.post(f"/api/recipe/{what}", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_half_a_character_and_no_json_are_told(client: Client) -> None:
    assert client.post("/api/recipe/check", content=b'{"text": "\\ud800"}').status_code == 400
    assert client.post("/api/recipe/check", content=b"{").status_code == 400
    assert client.put({"text": ""}).status_code == 400


def test_the_editor_is_served_and_is_what_was_bundled(client: Client) -> None:
    folder = Path(recipe_routes.__file__).parent / "page" / "vendor"
    said = (folder / "bundle.sha256").read_text().split()
    content = client.get("/codemirror.js").content
    assert said == [hashlib.sha256(content).hexdigest(), "codemirror.js"]
    licences = (folder / "LICENSES.txt").read_text()
    assert all(name in licences for name in ("@codemirror/view 6.43.15", "@lezer/yaml", "style-mod", "MIT"))
