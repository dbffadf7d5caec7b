"""Conversations over HTTP, timed: a real `graphbuild run`, asked by many at once over the loopback.

    python -m tests.benchmarks.serving [MODEL] [--messages 10000] [--at-once 20] [--store sqlite|memory]

Without a MODEL the sample assistant is trained (recipe:light). Conversations of ten messages follow one another,
`--at-once` side by side; each answer is compared with what the same message got at the same place of the first
conversation. Prints messages a second, percentiles of milliseconds as clients see them, and the memory of the server
after the first tenth and at the end. Exits with 1 where an answer differs, or memory grows by more than `--limit-mb`.
With `--store memory` what is said is kept in memory, which grows by it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.parse import percentile
from tests.trained import Trained

TURNS = ("/greet", "/goodbye", "/greet", "hello there", "/goodbye", "/greet", "/greet", "bye", "/goodbye", "/greet")
ROOT = Path(__file__).parents[2]


class Clients:
    """Many who talk at once."""

    def __init__(self, address: str, at_once: int, messages: int) -> None:
        self._address = address
        self._at_once = at_once
        self._conversations = max(1, messages // len(TURNS))
        self.ms: list[float] = []
        self.wrong = 0
        self._right: list[int] = []

    async def talk(self, pid: int) -> float:
        """Has all conversations; MB that the server grew by after the first tenth of them."""
        limits = httpx.Limits(max_connections=self._at_once)
        async with httpx.AsyncClient(base_url=self._address, limits=limits, timeout=600) as client:
            self._right = await self._conversation(client, "first")
            todo = iter(range(self._conversations))
            before = 0.0

            async def one_after_another() -> None:
                nonlocal before
                for number in todo:
                    if number == self._conversations // 10:
                        before = memory_mb(pid)
                    said = await self._conversation(client, f"user {number}")
                    self.wrong += sum(one != right for one, right in zip(said, self._right, strict=True))

            await asyncio.gather(*(one_after_another() for _ in range(self._at_once)))
        return memory_mb(pid) - before

    async def _conversation(self, client: httpx.AsyncClient, sender: str) -> list[int]:
        """How many parts each answer had; -1 for one that was no answer, or another's."""
        found = []
        for text in TURNS:
            begun = time.perf_counter()
            answer = await client.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
            self.ms.append((time.perf_counter() - begun) * 1000)
            parts: list[dict[str, Any]] = answer.json() if answer.status_code == 200 else [{}]
            is_ours = all(part.get("recipient_id") == sender for part in parts)
            found.append(len(parts) if is_ours else -1)
        return found


def memory_mb(pid: int) -> float:
    """What a process holds now."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(package: Path, folder: Path, *, messages: int, at_once: int, store: str, limit_mb: float) -> int:
    """Runs a server, and prints what it did."""
    kept = "tracker_store: {type: SQL, url: 'sqlite:///tracker.db'}\n" if store == "sqlite" else ""
    (folder / "endpoints.yml").write_text(kept)
    process = subprocess.Popen(
        [sys.executable, "-m", "graphbuild", "-C", str(folder), "run", "-p", "0", "-m", str(package.absolute())],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        clients = Clients(address[0], at_once, messages)
        begun = time.perf_counter()
        grown = asyncio.run(clients.talk(process.pid))
        took = time.perf_counter() - begun
        at_end = memory_mb(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate()
    ms = clients.ms
    shares = "  ".join(f"p{share} {percentile(ms, share):.1f}" for share in (50, 90, 99))
    print(f"{len(ms):,} messages, {at_once} at once, conversations in {store}")
    print(f"{len(ms) / took:,.0f} messages/s; ms {shares}  longest {max(ms):.1f}")
    print(f"{clients.wrong} wrong answers; memory {at_end:.0f} MB, {grown:+.1f} MB after the first tenth")
    return int(clients.wrong > 0 or grown > limit_mb or process.returncode != 0)


def main(words: list[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", nargs="?", type=Path)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--store", choices=["sqlite", "memory"], default="sqlite")
    parser.add_argument("--limit-mb", type=float, default=20.0)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        package = given.model or Trained(Path(scratch)).package()
        folder = Path(scratch, "served")
        folder.mkdir()
        return measure(
            package,
            folder,
            messages=given.messages,
            at_once=given.at_once,
            store=given.store,
            limit_mb=given.limit_mb,
        )


if __name__ == "__main__":
    sys.exit(main())
