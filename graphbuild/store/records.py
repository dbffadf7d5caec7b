"""The tables of a store: action results with their manifests, divergences, history, memos.

What was written is seen at once by this process and, after the journal has committed it, by all.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.database import Database
from graphbuild.store.interface import ActionResult, Pin
from graphbuild.store.journal import Journal

_FIGURES = len(digests.PREFIX) + 64
_PARTS = len(["{", "output", ":", "blake3:...", "}"])


class LocalActions:
    """The action cache."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._new: dict[Digest, tuple[ActionResult, Mapping[str, Any]]] = {}
        self._lock = threading.Lock()

    def foresee(self, keys: Callable[[], tuple[Sequence[Digest], Collection[Digest]]]) -> None:
        """Nobody else is asked."""

    def lookup(
        self,
        keys: Sequence[Digest],
        *,
        private: Collection[Digest] = (),  # noqa: ARG002 - all that is known here was made here
        asks: bool = True,  # noqa: ARG002 - there is nobody to ask
    ) -> dict[Digest, ActionResult]:
        found = {key: self._new[key][0] for key in keys if key in self._new}
        asked = [key for key in keys if key not in found]
        rows = self._database.rows_in("SELECT key, outputs, seconds FROM actions WHERE key IN ({})", asked)
        for key, outputs, seconds in rows:
            if (made := _read(outputs)) is not None:
                found[key] = ActionResult(made, seconds)
            else:
                self._journal.add_hints(("DELETE FROM actions WHERE key = ?", (key,)))
        return found

    def record(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> bool:
        with self._lock:
            known = self.lookup([key]).get(key)
            outputs = _text(dict(result.outputs))
            if known is not None:
                if known.outputs == result.outputs:
                    return True
                sql = "INSERT INTO divergences (key, outputs, seconds) VALUES (?, ?, ?)"
                self._journal.add_rows((sql, (key, outputs, result.seconds)))
                return False
            self._new[key] = (result, manifest)
            self._journal.add_rows(
                (
                    "INSERT OR IGNORE INTO actions (key, outputs, seconds) VALUES (?, ?, ?)",
                    (key, outputs, result.seconds),
                ),
                ("INSERT OR IGNORE INTO manifests (key, manifest) VALUES (?, ?)", (key, _text(dict(manifest)))),
            )
            return True

    def forget(self, key: Digest) -> None:
        with self._lock:
            self._new.pop(key, None)
            self._journal.add_rows(("DELETE FROM actions WHERE key = ?", (key,)))
            self._journal.flush()

    def manifest(self, key: Digest) -> Mapping[str, Any] | None:
        if key in self._new:
            return self._new[key][1]
        rows = self._database.rows("SELECT manifest FROM manifests WHERE key = ?", (key,))
        return _read(rows[0][0]) if rows else None

    def divergences(self, key: Digest) -> Sequence[ActionResult]:
        self._journal.flush()
        rows = self._database.rows("SELECT outputs, seconds FROM divergences WHERE key = ?", (key,))
        return [ActionResult(made, seconds) for outputs, seconds in rows if (made := _read(outputs)) is not None]

    def outputs(self) -> dict[Digest, tuple[Digest, ...]]:
        self._journal.flush()
        return {key: named(outputs) for key, outputs in self._database.rows("SELECT key, outputs FROM actions")}

    def facts(self, name: str) -> dict[Digest, Any]:
        self._journal.flush()
        sql = "SELECT key, json_extract(manifest, ?) FROM manifests WHERE json_valid(manifest)"
        return {key: value for key, value in self._database.rows(sql, (f"$.{name}",)) if value is not None}


class LocalHistory:
    """What was built last, by scope and node."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def last_keys(self, scope: str) -> dict[str, Digest]:
        self._journal.flush()
        return dict(self._database.rows("SELECT node, key FROM history WHERE scope = ?", (scope,)))

    def remember(self, scope: str, keys: Mapping[str, Digest], *, forget: Sequence[str] = ()) -> None:
        sql = "INSERT OR REPLACE INTO history (scope, node, key) VALUES (?, ?, ?)"
        gone = "DELETE FROM history WHERE scope = ? AND node = ?"
        self._journal.add_rows(
            *((gone, (scope, node)) for node in forget), *((sql, (scope, node, key)) for node, key in keys.items())
        )


class LocalMemos:
    """Small derived values by kind and key."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._new: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self.get_many(kind, [key]).get(key)

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        found = {key: self._new[kind, key] for key in keys if (kind, key) in self._new}
        asked = [key for key in keys if key not in found]
        sql = "SELECT key, value FROM memos WHERE kind = ? AND key IN ({})"
        found.update((key, bytes(value)) for key, value in self._database.rows_in(sql, asked, before=(kind,)))
        return found

    def set(self, kind: str, key: str, value: bytes) -> None:
        self._new[kind, key] = value
        sql = "INSERT OR REPLACE INTO memos (kind, key, value, at) VALUES (?, ?, ?, ?)"
        self._journal.add_hints((sql, (kind, key, value, int(time.time()))))


class LocalPins:
    """What somebody asked to keep."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def add(self, pin: Pin) -> None:
        sql = "INSERT OR REPLACE INTO pins (name, kind, since, keys, blobs) VALUES (?, ?, ?, ?, ?)"
        row = (pin.name, pin.kind, pin.since, json.dumps(sorted(pin.keys)), json.dumps(sorted(pin.blobs)))
        self._journal.add_rows((sql, row))
        self._journal.flush()

    def remove(self, name: str) -> bool:
        is_there = any(pin.name == name for pin in self.all())
        self._journal.add_rows(("DELETE FROM pins WHERE name = ?", (name,)))
        self._journal.flush()
        return is_there

    def all(self) -> list[Pin]:
        self._journal.flush()
        rows = self._database.rows("SELECT name, kind, since, keys, blobs FROM pins ORDER BY since, name")
        return [
            Pin(name, kind, since, frozenset(json.loads(keys)), frozenset(json.loads(blobs)))
            for name, kind, since, keys, blobs in rows
        ]


def _read(text: str) -> dict[str, Any] | None:
    """What a row holds; None where it was damaged, as if it had never been there."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def named(outputs: str) -> tuple[Digest, ...]:
    """The digests that a row of results names; none where it was damaged."""
    # Of one output, as `_text` writes it, without the cost of JSON: a store has hundreds of thousands.
    parts = outputs.split('"') if isinstance(outputs, str) else []
    if len(parts) == _PARTS and len(parts[3]) == _FIGURES:
        return (Digest(parts[3]),)
    made = _read(outputs)
    return tuple(made.values()) if made is not None else ()


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
