"""`graphbuild run` as a process: it answers, and ends cleanly by SIGTERM after what is being answered."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.assistant.runtime.servers import server as action_server
from tests.cli.command_line import run
from tests.conftest import ROOT
from tests.trained import Trained

LIMIT_S = 300


@contextmanager
def running(folder: Path, *words: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "graphbuild", "-C", str(folder), "run", "--port", "0", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, said + (process.communicate(timeout=LIMIT_S)[1])
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.slow
def test_it_answers_and_ends_when_what_is_being_answered_is_answered(trained: Trained, tmp_path: Path) -> None:
    asked = threading.Event()
    go_on = threading.Event()

    def say(body: dict[str, object]) -> tuple[int, object]:
        asked.set()
        assert go_on.wait(LIMIT_S)
        return 200, {"text": "At last."}

    said: list[httpx.Response] = []
    message = {"sender": "ann", "message": "/greet"}
    with action_server(say) as url:
        (tmp_path / "endpoints.yml").write_text(f"nlg: {{url: '{url}'}}\n")
        log = tmp_path / "log.txt"
        words = ("-m", trained.package(), "--enable-api", "--auth-token", "secret", "--log-file", log)
        with running(tmp_path, *words) as (process, address):
            assert httpx.get(f"{address}/health").json() == {"status": "ok", "model_loaded": True}
            assert httpx.get(f"{address}/status").status_code == 401
            assert httpx.get(f"{address}/status?token=secret").status_code == 200

            def ask() -> None:
                said.append(httpx.post(f"{address}/webhooks/rest/webhook", json=message, timeout=LIMIT_S))

            asking = threading.Thread(target=ask)
            asking.start()
            assert asked.wait(LIMIT_S)
            process.send_signal(signal.SIGTERM)
            # Until it does not listen any more, it has not seen the signal.
            host, _, port = address.removeprefix("http://").partition(":")
            while _listens(host, int(port)):
                time.sleep(0.01)
            go_on.set()
            asking.join(LIMIT_S)
            _, told = process.communicate(timeout=LIMIT_S)
    assert [part["text"] for part in said[0].json()] == ["At last."]
    assert (process.returncode, told) == (0, "")
    assert "POST /webhooks/rest/webhook -> 200" in log.read_text()
    assert "secret" not in log.read_text()


def _listens(host: str, port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((host, port)) == 0


def test_what_it_cannot_begin_with_is_told(trained: Trained, tmp_path: Path) -> None:
    nothing = run("-C", tmp_path, "run")
    assert (nothing.code, "there is no model" in nothing.err) == (2, True)
    package = trained.package()
    assert "--auth-token is empty" in run("-C", tmp_path, "run", "-m", package, "--auth-token", "").err
    wrong = run("-C", tmp_path, "run", "-m", package, "--ssl-certificate", "none.pem")
    assert (wrong.code, "none.pem cannot be used" in wrong.err) == (2, True)
    assert "belongs to --ssl-certificate" in run("-C", tmp_path, "run", "-m", package, "--ssl-keyfile", "a").err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        busy = run("-C", tmp_path, "run", "-m", package, "-p", str(port))
    assert (busy.code, f"cannot listen on 127.0.0.1, port {port}" in busy.err) == (2, True)
    (tmp_path / "credentials.yml").write_text("slack: {slack_token: a}\nrest: [1]\n")
    odd = run("-C", tmp_path, "run", "-m", package)
    assert (odd.code, "credentials.yml" in odd.err) == (2, True)
