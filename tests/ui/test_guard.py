"""Who is let in: the token, by address, cookie or header; names of hosts; other pages; sizes; what browsers keep to."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.ui.conftest import Live

PATHS = ("/", "/page.js", "/page.css", "/api/document", "/api/news", "/api/builds", "/api/packages", "/nowhere")


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_answered_without_the_token(live: Live, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Cookie": f"{live.desk.cookie}=wrong"}):
        answer = httpx.get(live.base + path, headers=headers)
        assert answer.status_code == 403
        assert "the whole address that `graphbuild ui` printed" in answer.text
        assert live.desk.token not in answer.text


def test_people_read_it_as_a_page(live: Live) -> None:
    answer = httpx.get(live.base, headers={"Accept": "text/html"}, params={"token": "wrong"})
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")


def test_the_address_gives_a_cookie_that_scripts_and_other_sites_do_not_see(live: Live) -> None:
    answer = httpx.get(live.base, params={"token": live.desk.token})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"graphbuild-{live.desk.port}={live.desk.token};")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert live.desk.token not in answer.text
    assert httpx.get(live.base, cookies=answer.cookies).status_code == 200


def test_a_program_brings_the_token_in_a_header(live: Live) -> None:
    answer = httpx.get(f"{live.base}/api/about", headers={"Authorization": f"Bearer {live.desk.token}"})
    assert answer.json() == {"project": "project", "recipe": "graphbuild.yml"}


def test_the_token_of_an_address_opens_the_page_alone(live: Live) -> None:
    assert httpx.get(f"{live.base}/api/about", params={"token": live.desk.token}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
def test_names_that_others_own_lead_nowhere(live: Live, host: str) -> None:
    answer = live.client.get("/api/about", headers={"Host": host})
    assert (answer.status_code, answer.json()["reason"]) == (403, "NotAuthorized")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_pages_may_not_ask(live: Live, headers: dict[str, str]) -> None:
    assert live.client.post("/api/build", headers=headers, json={}).status_code == 403
    assert live.client.get("/api/document", headers=headers).status_code == 403
    assert not live.desk.builds.is_running


def test_its_own_page_may(live: Live) -> None:
    headers = {"Origin": live.base, "Sec-Fetch-Site": "same-origin"}
    assert live.client.post("/api/refresh", headers=headers).status_code == 200


def test_what_is_too_long_is_not_read(live: Live) -> None:
    answer = live.client.post("/api/build", content=b" " * (live.desk.most_body_bytes + 1))
    assert (answer.status_code, answer.json()["reason"]) == (413, "PayloadTooLarge")


def test_browsers_are_told_to_load_nothing_from_elsewhere(live: Live) -> None:
    for path in ("/", "/page.js", "/api/about", "/nowhere"):
        headers = live.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    page = live.client.get("/").text
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_methods_and_paths_that_there_are_not(live: Live) -> None:
    assert live.client.get("/api/build").status_code == 405
    assert live.client.post("/api/document").status_code == 405
    assert live.client.get("/api/nothing").json()["message"] == "GET /api/nothing: not found"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"targets": "all"}, "`targets` must be a list of names"),
        ({"targets": [1]}, "`targets` must be a list of names"),
        ({"jobs": 0}, "`jobs` must be a whole number from 1 to 256"),
        ({"jobs": True}, "`jobs` must be a whole number from 1 to 256"),
        ({"force": 1}, "`force` must be true or false"),
        ({"out": "/tmp"}, "there is no `out`"),
        ([], "the body must be an object"),
    ],
)
def test_a_build_that_is_asked_for_wrongly(live: Live, body: Any, told: str) -> None:
    answer = live.client.post("/api/build", json=body)
    assert answer.status_code == 400
    assert told in answer.json()["message"]
    assert live.client.post("/api/build", content=b"{").status_code == 400
