"""credentials.yml: the channels that an assistant is to be reached by, with their settings. Rasa's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.runtime.settings_file import open_settings

CHANNELS = ("rest", "cmdline")
"""Those that are there."""
_OF_OTHERS = (
    *(
        "callback",
        "facebook",
        "slack",
        "telegram",
        "mattermost",
        "botframework",
        "rocketchat",
        "socketio",
        "webexteams",
    ),
    *("twilio", "twilio_voice", "hangouts", "rasa"),
)


@dataclass(frozen=True)
class Credentials:
    """Channel -> its settings."""

    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: Warnings = field(default_factory=Warnings)


def read_credentials(path: str | Path) -> Credentials:
    """Reads a file. Raises DataError with all of its problems."""
    document, reading = open_settings(path)
    found: dict[str, Mapping[str, Any]] = {}
    for name, settings in reading.entries(document, "credentials"):
        if settings.value is not None and not settings.is_mapping:
            reading.problem(f"the settings of channel `{name}` must be a mapping, not {settings.kind}", settings)
        elif name in CHANNELS:
            found[name] = settings.plain() or {}
        else:
            kind = "channel" if name in _OF_OTHERS else "channel of your own, or none that is known:"
            what = f"{kind} `{name}` is not there; it is passed over"
            reading.warn(what, document.key_location(name), f"there is {' and '.join(CHANNELS)}")
    _, warnings = reading.finish()
    return Credentials(found, warnings)
