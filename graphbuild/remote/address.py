"""Where a remote is: a URL, shown without what is secret in it. Opens nothing and imports no driver."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from graphbuild.contract import digest
from graphbuild.errors import Problem, UsageError

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)(::|://)")
_USER = re.compile(r"//([^/?#]*)@")
_SECRET_NAMES = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|CONNECTION_STRING|SAS")
_SHORTEST = 3
"""Shorter texts are no secrets, and stand everywhere."""
_SHORTEST_VARIABLE = 8
HIDDEN = "***"


@dataclass(frozen=True)
class Address:
    """The URL of a remote. Its text is the one that may be shown."""

    url: str = field(repr=False)
    """As the driver takes it: for nobody else."""

    @property
    def protocol(self) -> str:
        """`file`, `s3`, `https` ...: the one that reaches the network, of a chain the last."""
        return [found[1] for found in _SCHEME.finditer(self.url)][-1]

    @property
    def name(self) -> str:
        """Which remote it is, whoever asks: the same for two that show the same."""
        return digest.of_value(["remote", str(self)])

    def __str__(self) -> str:
        without = re.split(r"[?#]", self.url, maxsplit=1)[0]
        return _USER.sub("//", without).rstrip("/")

    def scrubbed(self, text: str) -> str:
        """A text, such as a driver's message, without the secrets of the URL and of the environment."""
        text = text.replace(self.url, str(self))
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return _USER.sub(f"//{HIDDEN}@", text)

    def _secrets(self) -> set[str]:
        found = set()
        for user in _USER.findall(self.url):
            _, _, password = user.partition(":")
            found |= {password, unquote(password)}
        _, mark, query = self.url.partition("?")
        for part in re.split(r"[&#]", query) if mark else ():
            value = part.partition("=")[2] or part
            found |= {value, unquote(value)}
        found = {one for one in found if len(one) >= _SHORTEST}
        return found | {
            value
            for name, value in os.environ.items()
            if _SECRET_NAMES.search(name.upper()) and len(value) >= _SHORTEST_VARIABLE
        }


def address_of(text: str, folder: Path) -> Address:
    """The address of what a user names: a URL, or a folder. Raises UsageError."""
    if _SCHEME.match(text):
        return Address(text)
    if "://" in text:
        what = f"`{text.partition('://')[0]}://` is no way to a remote store"
        raise UsageError(Problem(what, hint="such as s3://bucket/folder, https://host/folder, or a folder"))
    return Address(f"file://{(folder / Path(text).expanduser()).absolute()}")
