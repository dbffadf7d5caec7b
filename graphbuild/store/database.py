"""The database of a store: one SQLite file in WAL mode, opened lazily, set aside when it is damaged.

Knows tables and files; nothing of what the rows mean. One connection, guarded by a lock, serves all threads.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from graphbuild.errors import Problem, StoreError

FILE_NAME = "actions.v1.sqlite"
BUSY_S = 60.0
_CHUNK = 500
"""Keys a query; SQLite allows at least 999 parameters."""
_TRANSACTION = 5000

# A row of a table WITHOUT ROWID that is longer than a fourth of a page takes a page of its own, so none of those whose
# rows are about so long is one: manifests, of a kilobyte. (Those of earlier releases stay as they are.)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS actions (key TEXT PRIMARY KEY, outputs TEXT NOT NULL, seconds REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS manifests (key TEXT PRIMARY KEY, manifest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS divergences (key TEXT NOT NULL, outputs TEXT NOT NULL, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS blobs (digest TEXT PRIMARY KEY, inode INTEGER NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, ctime_ns INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS history (scope TEXT NOT NULL, node TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (scope, node)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (path TEXT PRIMARY KEY, stat TEXT NOT NULL, hashed_ns INTEGER NOT NULL,
    digest TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS memos (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, at INTEGER,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS build_parts (digest TEXT PRIMARY KEY, part BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS builds (number INTEGER PRIMARY KEY, scope TEXT NOT NULL, name TEXT NOT NULL,
    record BLOB NOT NULL, parts TEXT NOT NULL, UNIQUE (scope, name));
CREATE TABLE IF NOT EXISTS pins (name TEXT PRIMARY KEY, kind TEXT NOT NULL, since REAL NOT NULL, keys TEXT NOT NULL,
    blobs TEXT NOT NULL) WITHOUT ROWID;
"""
_LAST_TABLE = "pins"
"""The last one of the schema: where it is, all are. A store of an earlier release gets what it lacks."""
_ADDED_COLUMNS = ("ALTER TABLE memos ADD COLUMN at INTEGER",)
"""Columns that tables of earlier releases lack."""
VACUUM_SHARE = 4
VACUUM_BYTES = 1 << 20
"""The file is written anew when a fourth of it, and so many bytes, are free."""

Statement = tuple[str, Sequence[Any]]
_T = TypeVar("_T")


class Database:
    """The file and its one connection."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query; none while there is no file yet."""
        if self._connection is None and not self._path.exists():
            return []
        return self._guarded(lambda connection: connection.execute(sql, arguments).fetchall())

    def rows_in(self, sql: str, keys: Sequence[str], before: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query with `IN ({})` for many keys; `before` are its arguments before those."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _CHUNK):
            chunk = keys[start : start + _CHUNK]
            found.extend(self.rows(sql.format(",".join("?" * len(chunk))), [*before, *chunk]))
        return found

    def write(self, statements: Iterable[Statement]) -> None:
        """Runs statements in one transaction. Raises StoreError when the file cannot be written."""
        listed = list(statements)

        def run(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                for sql, arguments in listed:
                    connection.execute(sql, arguments)

        self._guarded(run)

    def write_many(self, sql: str, arguments: Sequence[tuple[Any, ...]]) -> None:
        """Runs one statement for many arguments in one transaction. Raises StoreError."""

        def run(connection: sqlite3.Connection) -> None:
            with _transaction(connection):
                connection.executemany(sql, arguments)

        self._guarded(run)

    def for_each(self, sql: str, keys: Iterable[tuple[Any, ...]]) -> None:
        """Runs one statement for many keys, some thousands a transaction, so that nobody waits long."""
        # In the order of the table, so that neighbours go together.
        listed = sorted(keys)
        for start in range(0, len(listed), _TRANSACTION):
            self.write_many(sql, listed[start : start + _TRANSACTION])

    def drop(self, table: str, column: str, keys: Collection[str], unless: str = "0") -> None:
        """Deletes the rows of many keys of a table, but for those of which a condition is true."""
        sql = f"DELETE FROM {table} WHERE {column} = ? AND NOT ({unless})"  # noqa: S608 - our own names of tables
        self.for_each(sql, [(key,) for key in keys])

    def compact(self) -> None:
        """Gives unused pages back to the file system where they are many. Where others are at work, another time."""

        def run(connection: sqlite3.Connection) -> None:
            (pages,), (free,), (size,) = (
                connection.execute(f"PRAGMA {name}").fetchone()
                for name in ("page_count", "freelist_count", "page_size")
            )
            with contextlib.suppress(sqlite3.OperationalError):
                if free * VACUUM_SHARE > pages and free * size > VACUUM_BYTES:
                    connection.execute("VACUUM")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        self._guarded(run)

    def is_sound(self) -> bool:
        """Whether SQLite finds nothing wrong with the file."""
        return self.rows("PRAGMA quick_check") in ([], [("ok",)])

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _guarded(self, use: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._lock:
            for attempt in (1, 2):
                try:
                    return use(self._open())
                except sqlite3.OperationalError as error:
                    if attempt == 1 and "no such table" in str(error):
                        self.set_aside()
                        continue
                    raise StoreError(Problem(f"the store cannot be used: {error}", facts=self._facts())) from error
                except sqlite3.DatabaseError as error:
                    # Torn or overwritten: what it knew is lost, what it named is still in the blobs.
                    if attempt == 2:
                        raise StoreError(Problem(f"the store is damaged: {error}", facts=self._facts())) from error
                    self.set_aside()
            raise AssertionError("unreachable")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            is_new = not self._path.exists()
            if is_new:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not os.access(self._path.parent, os.W_OK):
                self._connection = self._open_for_reading()
                return self._connection
            connection = sqlite3.connect(self._path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA synchronous = NORMAL")
            there = "SELECT 1 FROM sqlite_master WHERE name = ?"
            if is_new or not connection.execute(there, (_LAST_TABLE,)).fetchall():
                _journal_mode(connection)
                connection.executescript(_SCHEMA)
                for sql in _ADDED_COLUMNS:
                    with contextlib.suppress(sqlite3.OperationalError):  # it is there
                        connection.execute(sql)
        return self._connection

    def _open_for_reading(self) -> sqlite3.Connection:
        """A connection to a store that may only be read: with its writers, or, where none is there, as it lies."""
        for mode in ("mode=ro", "mode=ro&immutable=1"):
            address = f"{self._path.absolute().as_uri()}?{mode}"
            connection = sqlite3.connect(
                address, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                connection.execute("SELECT 1 FROM sqlite_master").fetchall()
            except sqlite3.OperationalError:
                connection.close()
                continue
            return connection
        raise sqlite3.OperationalError("unable to open database file")

    def set_aside(self) -> None:
        """Puts the file out of the way, under another name."""
        self.close()
        stamp = f"damaged-{time.time_ns()}"
        for suffix in ("", "-wal", "-shm"):
            file = self._path.with_name(self._path.name + suffix)
            if file.exists():
                file.rename(file.with_name(f"{file.name}.{stamp}"))

    def _facts(self) -> tuple[tuple[str, str], ...]:
        return (("file", str(self._path)),)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _journal_mode(connection: sqlite3.Connection) -> None:
    """WAL, asked for until it is given: two first builds may ask at once, and this statement does not wait."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
