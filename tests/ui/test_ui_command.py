"""`graphbuild ui` as a process: the address that it prints, its end by signals, what it warns of and refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess

import httpx
import pytest

from tests.ui.conftest import Toys


def started(project: Toys, *options: str) -> tuple[subprocess.Popen[str], str]:
    """The process, and the line that it prints."""
    running = project.start("ui", *options, PYTHONUNBUFFERED="1")
    assert running.stdout is not None
    return running, running.stdout.readline()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_it_prints_an_address_with_a_token_and_ends_by_signals(toys_project: Toys, number: signal.Signals) -> None:
    running, said = started(toys_project)
    found = re.fullmatch(r"(http://127\.0\.0\.1:\d+)/\?token=([\w-]{20,}) \(Ctrl-C ends\)\n", said)
    assert found is not None, said
    assert httpx.get(found[1]).status_code == 403
    assert httpx.get(found[1], params={"token": found[2]}).status_code == 200
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (0, "", "")


def test_listening_for_others_is_warned_of(toys_project: Toys) -> None:
    running, said = started(toys_project, "-i", "0.0.0.0", "-q")
    assert re.fullmatch(r"http://0\.0\.0\.0:\d+/\?token=[\w-]+\n", said)
    running.terminate()
    _, err = running.communicate(timeout=60)
    assert err.startswith("warning: other machines reach this page")


def test_what_cannot_be_served_is_said(toys_project: Toys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = toys_project.run("ui", "-p", str(taken.getsockname()[1]))
    assert ran.returncode == 2
    assert "-p names another port" in ran.stderr
    (toys_project.project / "graphbuild.yml").unlink()
    ran = toys_project.run("ui")
    assert ran.returncode == 2
    assert "there is no graphbuild.yml" in ran.stderr


def test_a_stream_that_is_open_does_not_hold_the_end(toys_project: Toys) -> None:
    running, said = started(toys_project)
    address, _, token = said.split()[0].partition("/?token=")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.stream("GET", f"{address}/api/news", headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("id: ")
        running.terminate()
        for _ in lines:
            pass
    assert running.wait(timeout=60) == 0
    assert running.communicate() == ("", "")
