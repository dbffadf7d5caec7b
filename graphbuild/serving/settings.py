"""ServerSettings: what `graphbuild run` is told, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphbuild.assistant.runtime.endpoints import Endpoints

MEBIBYTE = 1 << 20
MESSAGE_CHARACTERS = 10_000
"""Some 2,000 words: a model that looks at all pairs of them answers within seconds, and others wait for it."""


@dataclass(frozen=True)
class ServerSettings:
    """How a server answers."""

    project: Path
    """The folder that components of the project's own come from, and that paths start from."""
    models: Path
    """The folder of models: trainings write there, and models are loaded from there."""
    endpoints: Endpoints = field(default_factory=Endpoints)
    enables_api: bool = False
    """Whether there is more than webhooks, /status, /health and /version."""
    answers_webhook: bool = True
    """Whether the REST channel is there."""
    auth_token: str | None = None
    origins: tuple[str, ...] = ()
    """Pages of which sites may ask (CORS); `*` for all."""
    hosts: tuple[str, ...] | None = ()
    """Names that the server may be reached by, beside localhost and addresses; None for any."""
    loads_any: bool = False
    """Whether models from elsewhere than the folder of models may be loaded."""
    store: Path | None = None
    """The store of trainings; the project's own unless given."""
    request_timeout_s: float = 300.0
    """How long a request may take to arrive."""
    response_timeout_s: float = 3600.0
    """How long an answer may take."""
    most_body_bytes: int = 10 * MEBIBYTE
    most_message_characters: int = MESSAGE_CHARACTERS
    """How long what a user says may be."""
    most_trainings: int = 8
    """Trainings that run or wait at a time; one runs."""
