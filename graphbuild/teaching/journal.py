"""Journal: what is taught, on disk at once, so that a process that is killed loses nothing. One JSON line a step.

It is locked as long as its process lives: one that is not was left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.events import Event, UserUttered
from graphbuild.errors import DataError, Problem, StoreError

FOLDER = "teaching.v1"
"""In the store."""
_SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Step:
    """One thing that happened in a lesson."""

    talk: int
    kept: int
    """How many events of the talk it keeps."""
    events: tuple[Event, ...]
    """Those that follow then."""
    responses: Mapping[str, str] = field(default_factory=dict)
    """All texts of new responses."""

    def as_dict(self) -> dict[str, Any]:
        """As it is written."""
        events = [event.as_dict() for event in self.events]
        return {"talk": self.talk, "kept": self.kept, "events": events, "responses": dict(self.responses)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """Raises DataError, KeyError."""
        return cls(int(row["talk"]), int(row["kept"]), tuple(events_of(row["events"])), dict(row["responses"]))


class Journal:
    """The journal of one lesson."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self.path = path
        self._file = file

    @classmethod
    def begun(cls, store: Path, project: Path) -> Journal:
        """A new one. Raises StoreError."""
        path = store / FOLDER / f"{secrets.token_hex(6)}{_SUFFIX}"
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = path.open("xb")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        journal = cls(path, file)
        journal._write({"project": str(project.resolve())})
        return journal

    def note(self, step: Step) -> None:
        """Keeps a step. Raises StoreError."""
        self._write(step.as_dict())

    def close(self, *, keeps: bool) -> None:
        """Ends it. `keeps`: whether what was taught is still needed."""
        if not keeps:
            self.path.unlink(missing_ok=True)
        self._file.close()

    def _write(self, row: Mapping[str, Any]) -> None:
        try:
            self._file.write(msgspec.json.encode(row, enc_hook=str) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            what = f"what is taught cannot be kept in {self.path}: {error.strerror}"
            raise StoreError(Problem(what, hint="save now, or make room")) from error


@dataclass(frozen=True)
class LeftBehind:
    """What a lesson taught that ended without saving."""

    path: Path
    steps: tuple[Step, ...]

    @property
    def turns(self) -> int:
        """How often the user spoke."""
        return sum(isinstance(event, UserUttered) for step in self.steps for event in step.events)

    def forget(self) -> None:
        """Removes it."""
        self.path.unlink(missing_ok=True)


def left_behind(store: Path, project: Path) -> Iterator[LeftBehind]:
    """What lessons of a project left that are over, oldest first. A line that was not finished is cut."""
    found = sorted((store / FOLDER).glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime)
    for path in found:
        with contextlib.suppress(OSError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            head, *rows = [*_rows(file), {}][:-1] or [{}]
            if head.get("project") == str(project.resolve()):
                yield LeftBehind(path, tuple(_steps(rows)))


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in file:
        try:
            yield json.loads(line)
        except ValueError:
            return


def _steps(rows: list[dict[str, Any]]) -> Iterator[Step]:
    for row in rows:
        try:
            yield Step.from_dict(row)
        except (DataError, KeyError, TypeError, ValueError):
            return
