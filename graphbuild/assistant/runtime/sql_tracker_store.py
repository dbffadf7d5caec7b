"""SqlTrackerStore: conversations in a database, by SQLAlchemy. The table is Rasa's, so its databases go on here.

events   id, sender_id, type_name, timestamp, intent_name, action_name, data (the event as JSON)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from graphbuild.assistant.runtime.events import Event, SessionStarted
from graphbuild.assistant.runtime.tracker_store import Row, columns_of, written
from graphbuild.errors import Problem, StoreError

T = TypeVar("T")
SHORT = 255
"""Characters of a name, as Rasa's table has it."""
_METADATA = sa.MetaData()
EVENTS = sa.Table(
    "events",
    _METADATA,
    sa.Column("id", sa.Integer, sa.Sequence("events_seq", optional=True), primary_key=True),
    sa.Column("sender_id", sa.String(SHORT), nullable=False, index=True),
    sa.Column("type_name", sa.String(SHORT), nullable=False),
    sa.Column("timestamp", sa.Float),
    sa.Column("intent_name", sa.String(SHORT)),
    sa.Column("action_name", sa.String(SHORT)),
    sa.Column("data", sa.Text),
)


class SqlTrackerStore:
    """Conversations in a database. Each call is one transaction, in a thread, so that no conversation waits for it."""

    def __init__(self, url: str | Mapping[str, Any] = "sqlite:///tracker.db") -> None:
        """Raises StoreError where the database cannot be opened. Makes the table where it is not there.

        `url` may be given in parts: drivername, host, port, database, username, password, query.
        """
        try:
            address = sa.make_url(url) if isinstance(url, str) else sa.URL.create(**url)
            self._shown = address.render_as_string(hide_password=True)
            self._engine = sa.create_engine(address, **_options(address))
            _METADATA.create_all(self._engine)
        except (SQLAlchemyError, ImportError) as error:
            raise self._failed("be opened", error) from error

    async def read(self, sender_id: str, *, whole: bool = False) -> list[Row]:
        return await self._within(lambda connection: _read(connection, sender_id, whole=whole), "be read")

    async def append(self, sender_id: str, events: Sequence[Event]) -> None:
        rows = [_row(sender_id, event) for event in events]
        if rows:
            await self._within(lambda connection: connection.execute(sa.insert(EVENTS), rows), "be written")

    async def replace(self, sender_id: str, events: Sequence[Event]) -> None:
        rows = [_row(sender_id, event) for event in events]

        def replaced(connection: sa.Connection) -> None:
            connection.execute(_gone(sender_id))
            if rows:
                connection.execute(sa.insert(EVENTS), rows)

        await self._within(replaced, "be written")

    async def senders(self) -> list[str]:
        query = sa.select(EVENTS.c.sender_id).distinct()
        return sorted(await self._within(lambda connection: list(connection.execute(query).scalars()), "be read"))

    async def delete(self, sender_id: str) -> None:
        await self._within(lambda connection: connection.execute(_gone(sender_id)), "be written")

    async def close(self) -> None:
        await asyncio.to_thread(self._engine.dispose)

    async def _within(self, work: Callable[[sa.Connection], T], what: str) -> T:
        def transaction() -> T:
            with self._engine.begin() as connection:
                return work(connection)

        try:
            return await asyncio.to_thread(transaction)
        except SQLAlchemyError as error:
            raise self._failed(what, error) from error

    def _failed(self, what: str, error: Exception) -> StoreError:
        shown = getattr(self, "_shown", "the one that is named as tracker_store")
        problem = Problem(
            f"the database of conversations cannot {what}",
            facts=(("database", shown), ("error", str(getattr(error, "orig", None) or error))),
            hint="is the driver for it installed?" if isinstance(error, ImportError) else None,
        )
        return StoreError(problem)


def _options(address: sa.URL) -> dict[str, Any]:
    if address.get_backend_name() != "sqlite":
        return {"pool_pre_ping": True}
    waiting = {"timeout": 30, "check_same_thread": False}  # seconds that one writer waits for another
    if address.database in (None, "", ":memory:"):
        # One connection has the database; who wants it waits.
        return {"connect_args": waiting, "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}
    return {"connect_args": waiting}


def _gone(sender_id: str) -> sa.Delete:
    return sa.delete(EVENTS).where(EVENTS.c.sender_id == sender_id)


def _read(connection: sa.Connection, sender_id: str, *, whole: bool) -> list[Row]:
    mine = EVENTS.c.sender_id == sender_id
    query = sa.select(EVENTS.c.data).where(mine).order_by(EVENTS.c.id)
    if not whole:
        started = sa.select(sa.func.max(EVENTS.c.id)).where(mine, EVENTS.c.type_name == SessionStarted.type_name)
        query = query.where(EVENTS.c.id >= sa.func.coalesce(started.scalar_subquery(), 0))
    return [json.loads(data) for data in connection.execute(query).scalars()]


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    kind, intent, action = columns_of(event)
    return {
        "sender_id": sender_id,
        "type_name": kind,
        "timestamp": event.timestamp,
        "intent_name": intent[:SHORT] if intent else None,
        "action_name": action[:SHORT] if action else None,
        "data": written(event).decode(),
    }
