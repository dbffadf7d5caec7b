"""Tracker stores: what all of them do, what a database adds, and that Rasa's own table is read."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.sql_tracker_store import SqlTrackerStore
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore, TrackerStore
from graphbuild.errors import StoreError

Make = Callable[[Path], TrackerStore]
STORES: dict[str, Make] = {
    "memory": lambda folder: MemoryTrackerStore(),
    "sqlite": lambda folder: SqlTrackerStore(f"sqlite:///{folder}/t.db"),
    "sqlite in memory": lambda folder: SqlTrackerStore("sqlite://"),
}
LISTEN = kinds.ActionExecuted("action_listen")
TURN = kinds.UserUttered.understood("hé", {"intent": {"name": "greet"}, "entities": []})
SESSION = [kinds.ActionExecuted("action_session_start"), kinds.SessionStarted(), LISTEN]


class Unspeakable:
    """A value that cannot even be written as a text."""

    def __str__(self) -> str:
        raise TypeError("there is no word for it")


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_what_is_appended_is_read(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        store = make(tmp_path)
        assert await store.read("a") == []
        first, second = [*SESSION, TURN], [*SESSION, kinds.SlotSet("x", [1, {"y": None}])]
        await store.append("a", first)
        await store.append("b", [LISTEN])
        await store.append("a", second)
        await store.append("a", [])
        assert events_of(await store.read("a", whole=True)) == [*first, *second]
        assert events_of(await store.read("a")) == second[1:]
        assert await store.senders() == ["a", "b"]
        await store.delete("a")
        assert (await store.read("a"), await store.senders()) == ([], ["b"])
        await store.close()

    asyncio.run(main())


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_a_conversation_is_replaced_or_stays_as_it_was(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        store = make(tmp_path)
        await store.append("a", [*SESSION, TURN])
        await store.append("b", [LISTEN])
        slot = kinds.SlotSet("x", 1)
        await store.replace("a", [*SESSION, slot])
        assert events_of(await store.read("a")) == [*SESSION[1:], slot]
        before = await store.read("a", whole=True)
        with pytest.raises(TypeError, match="no word"):
            await store.replace("a", [LISTEN, kinds.SlotSet("x", Unspeakable())])
        assert await store.read("a", whole=True) == before
        await store.replace("a", [])
        assert await store.senders() == ["b"]
        await store.close()

    asyncio.run(main())


def test_a_database_that_fails_half_way_through_a_replacement_has_the_conversation(tmp_path: Path) -> None:
    """What was there is gone and what comes is not there yet: a moment that nobody sees."""

    async def main() -> None:
        store = SqlTrackerStore(f"sqlite:///{tmp_path}/t.db")
        await store.append("a", [*SESSION, TURN])
        before = await store.read("a", whole=True)

        def fail(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if statement.lstrip().upper().startswith("INSERT"):
                raise sa.exc.OperationalError(statement, {}, Exception("disk full"))

        sa.event.listen(store._engine, "before_cursor_execute", fail)
        with pytest.raises(StoreError, match="cannot be written"):
            await store.replace("a", [LISTEN])
        sa.event.remove(store._engine, "before_cursor_execute", fail)
        assert await store.read("a", whole=True) == before
        await store.close()

    asyncio.run(main())


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_many_write_at_once(make: Make, tmp_path: Path) -> None:
    async def main() -> None:
        store = make(tmp_path)

        async def write(sender: str) -> None:
            for number in range(5):
                await store.append(sender, [kinds.SlotSet("n", number), LISTEN])

        await asyncio.gather(*(write(f"s{number}") for number in range(8)))
        for number in range(8):
            rows = await store.read(f"s{number}", whole=True)
            assert [row["value"] for row in rows if row["event"] == "slot"] == list(range(5))
            assert len(rows) == 10
        await store.close()

    asyncio.run(main())


def test_a_history_in_memory_can_be_bounded() -> None:
    async def main() -> None:
        store = MemoryTrackerStore(max_event_history=4)
        await store.append("a", SESSION)
        await store.append("a", [kinds.SlotSet("n", 1), kinds.SlotSet("n", 2)])
        assert [row["event"] for row in await store.read("a")] == ["session_started", "action", "slot", "slot"]
        await store.append("a", [TURN, TURN])
        assert [row["event"] for row in await store.read("a")] == ["slot", "slot", "user", "user"]

    asyncio.run(main())


def test_a_database_outlives_its_store_and_holds_what_rasa_looks_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/t.db"

    async def main() -> None:
        store = SqlTrackerStore(url)
        await store.append("a", [TURN, LISTEN])
        await store.close()
        again = SqlTrackerStore(url)
        assert events_of(await again.read("a")) == [TURN, LISTEN]
        await again.close()

    asyncio.run(main())
    database = sqlite3.connect(tmp_path / "t.db")
    rows = database.execute("select id, sender_id, type_name, intent_name, action_name from events").fetchall()
    database.close()
    assert rows == [(1, "a", "user", "greet", None), (2, "a", "action", None, "action_listen")]


def test_a_database_that_rasa_made_is_read(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "rasa.db")
    columns = "id INTEGER NOT NULL, sender_id VARCHAR(255) NOT NULL, type_name VARCHAR(255) NOT NULL, timestamp FLOAT"
    others = "intent_name VARCHAR(255), action_name VARCHAR(255), data TEXT, PRIMARY KEY (id)"
    database.execute(f"CREATE TABLE events ({columns}, {others})")
    row = {"event": "slot", "timestamp": 1.5, "name": "x", "value": 1}
    database.execute("insert into events values (1, 'a', 'slot', 1.5, null, null, ?)", (json.dumps(row),))
    database.commit()
    database.close()

    async def main() -> None:
        store = SqlTrackerStore(f"sqlite:///{tmp_path}/rasa.db")
        await store.append("a", [LISTEN])
        assert await store.read("a") == [row, LISTEN.as_dict()]
        await store.close()

    asyncio.run(main())


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/t.db", "nonsense", "unheard://x/y"])
def test_a_database_that_cannot_be_opened_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="the database of conversations cannot be opened"):
        SqlTrackerStore(url)
