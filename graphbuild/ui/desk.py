"""Desk: what every answer of the live page is made with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from graphbuild.session import BuildRequest

MEBIBYTE = 1 << 20


def new_token() -> str:
    """What nobody guesses."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class Desk:
    """A live page's parts."""

    request: BuildRequest
    """What is shown, and built unless the page says otherwise."""
    token: str = field(default_factory=new_token, repr=False)
    port: int = 0
    most_body_bytes: int = 4 * MEBIBYTE

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the token: pages of other ports of this machine have other ones."""
        return f"graphbuild-{self.port}"

    async def end(self) -> None:
        """Stops what is under way."""
