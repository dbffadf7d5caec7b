"""endpoints.yml: the servers that an assistant asks, and where its conversations are kept. Rasa's words.

action_endpoint: {url: http://localhost:5055/webhook}
nlg:             {url: ...}
tracker_store:   {type: SQL, url: sqlite:///tracker.db}, or dialect, url (the host), port, db, username, password
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.runtime.http_endpoint import TIMEOUT_S, EndpointSettings, HttpEndpoint
from graphbuild.assistant.runtime.nlg_server import NlgServer
from graphbuild.assistant.runtime.responses import Responder
from graphbuild.assistant.runtime.settings_file import open_settings, texts_in
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore, TrackerStore
from graphbuild.assistant.runtime.variations import Variation
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

_SECTIONS = ("action_endpoint", "nlg", "tracker_store", "lock_store", "event_broker", "models", "nlu")
_NOT_THERE = {
    "event_broker": "events are kept in the tracker store only",
    "models": "name the package when you start",
    "nlu": "the package understands messages itself",
}
_SERVER_KEYS = (
    *("url", "headers", "params", "token", "token_name", "basic_auth", "cafile", "timeout"),
    *("enable_selective_domain", "type"),
)
_MEMORY, _SQL = ("inmemory", "in_memory", "inmemorytrackerstore"), ("sql", "sqltrackerstore")
_STORE_KEYS = ("type", "dialect", "url", "port", "db", "username", "password", "query", "max_event_history", "login_db")


@dataclass(frozen=True)
class StoreSettings:
    """Where conversations are kept: in memory, or in the database of a URL."""

    url: str | None = None
    parts: Mapping[str, Any] | None = None
    """What the URL is made of, where there is none: drivername, host, port, database, username, password, query."""
    max_event_history: int | None = None

    def open(self) -> TrackerStore:
        """The store. Raises StoreError where it cannot be opened."""
        if self.url is None and self.parts is None:
            return MemoryTrackerStore(self.max_event_history)
        from graphbuild.assistant.runtime.sql_tracker_store import SqlTrackerStore

        return SqlTrackerStore(self.url if self.url is not None else self.parts or {})


@dataclass(frozen=True)
class Endpoints:
    """What endpoints.yml says."""

    action_endpoint: EndpointSettings | None = None
    nlg: EndpointSettings | None = None
    tracker_store: StoreSettings = StoreSettings()
    warnings: Warnings = Warnings()  # noqa: RUF009 - a frozen value

    def action_server(self) -> HttpEndpoint | None:
        """The action server, where one is named."""
        return HttpEndpoint(self.action_endpoint) if self.action_endpoint is not None else None

    def responder(self, responses: Mapping[str, Sequence[Variation]]) -> Responder | None:
        """The server that says responses, where one is named."""
        return NlgServer(HttpEndpoint(self.nlg), responses) if self.nlg is not None else None


def read_endpoints(path: str | Path) -> Endpoints:
    """Reads a file. Raises DataError with all of its problems."""
    document, reading = open_settings(path)
    for key, value in reading.entries(document, "endpoints"):
        if key not in _SECTIONS:
            hint = did_you_mean(key, list(_SECTIONS))
            reading.warn(f"`{key}` is not known here; it is passed over", document.key_location(key), hint)
        elif key in _NOT_THERE and value.value is not None:
            reading.warn(f"`{key}` is passed over: {_NOT_THERE[key]}", document.key_location(key))
    action, nlg = (_server(document.get(key), key, reading) for key in ("action_endpoint", "nlg"))
    store = _store(document.get("tracker_store"), reading)
    _check_locks(document.get("lock_store"), reading)
    _, warnings = reading.finish()
    return Endpoints(action, nlg, store, warnings)


def _server(node: Yaml | None, key: str, reading: Reading) -> EndpointSettings | None:
    if node is None or node.value is None:
        return None
    if not node.is_mapping:
        reading.problem(f"`{key}` must be a mapping, not {node.kind}", node, "such as `url: http://localhost:5055`")
        return None
    reading.known_keys(node, _SERVER_KEYS, f"`{key}`")
    kind = node.get("type")
    if key == "nlg" and kind is not None and kind.value == "response":
        return None  # Rasa's word for the responses of the domain
    if kind is not None and kind.value != "callback":
        reading.problem(
            f"`{key}` of type `{kind.value}` is not known here", kind, "a server is named by its `url` alone"
        )
    url = reading.text(node.get("url"), f"`url` of `{key}`")
    if "url" not in node:
        reading.problem(f"`{key}` has no `url`", node)
    elif url is not None and not url.startswith(("http://", "https://")):
        reading.problem(f"`url` of `{key}` must begin with http:// or https://", node["url"])
    timeout = node.get("timeout")
    seconds = timeout.value if timeout is not None else TIMEOUT_S
    if type(seconds) not in (int, float) or seconds <= 0:
        reading.problem(f"`timeout` of `{key}` must be a number of seconds", node["timeout"])
        seconds = TIMEOUT_S
    token, cafile = node.get("token"), node.get("cafile")
    return EndpointSettings(
        url or "",
        texts_in(node.get("headers"), "`headers`", reading),
        texts_in(node.get("params"), "`params`", reading),
        str(token.value) if token is not None and token.value is not None else None,
        reading.text(node.get("token_name"), "`token_name`") or "token",
        texts_in(node.get("basic_auth"), "`basic_auth`", reading),
        reading.text(cafile, "`cafile`") if cafile is not None and cafile.value is not None else None,
        float(seconds),
        reading.flag(node.get("enable_selective_domain"), "`enable_selective_domain`", default=False),
    )


def _store(node: Yaml | None, reading: Reading) -> StoreSettings:
    if node is None or node.value is None:
        return StoreSettings()
    if not node.is_mapping:
        reading.problem(f"`tracker_store` must be a mapping, not {node.kind}", node, "such as `type: SQL`")
        return StoreSettings()
    kind = reading.text(node.get("type") or node.get("store_type"), "`type` of `tracker_store`") or ""
    if kind.lower() in _MEMORY:
        return StoreSettings(max_event_history=_number(node, "max_event_history", reading))
    if kind.lower() not in _SQL:
        hint = "there is SQL, for any database that SQLAlchemy knows, and InMemory; others are given to the Python API"
        reading.problem(f"a `tracker_store` of type `{kind}` is not there", node.get("type") or node, hint)
        return StoreSettings()
    reading.known_keys(node, _STORE_KEYS, "`tracker_store`")
    said = node.plain()
    url = said.get("url")
    if isinstance(url, str) and "://" in url:
        return StoreSettings(url)
    dialect = str(said.get("dialect") or "sqlite")
    port = _number(node, "port", reading)
    parts = {"drivername": dialect, "database": said.get("db") or "rasa.db", "query": said.get("query") or {}}
    if dialect != "sqlite":
        parts |= {"host": url, "port": port, "username": said.get("username"), "password": said.get("password")}
    return StoreSettings(parts=parts)


def _number(node: Yaml, key: str, reading: Reading) -> int | None:
    value = node[key].value if key in node else None
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if value is not None and type(value) is not int:
        reading.problem(f"`{key}` must be a whole number, not {node[key].kind}", node[key])
        return None
    return value


def _check_locks(node: Yaml | None, reading: Reading) -> None:
    kind = node.get("type") if node is not None else None
    if kind is not None and str(kind.value).lower() not in ("in_memory", "inmemory"):
        what = f"a `lock_store` of type `{kind.value}` is not there: each process has its own locks"
        reading.warn(what, kind, "let one process handle each conversation")
