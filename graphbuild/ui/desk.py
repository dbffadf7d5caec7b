"""Desk: what every answer of the live page is made with."""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from graphbuild.session import BuildRequest
from graphbuild.ui.builds import Builds
from graphbuild.ui.plans import Plans
from graphbuild.ui.scene import Scene

MEBIBYTE: Final = 1 << 20
_MODELS = "models"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """A live page's parts. `open_desk` makes one."""

    request: BuildRequest
    """What is shown, and built unless the page says otherwise."""
    port: int
    scene: Scene
    plans: Plans
    builds: Builds
    token: str = field(repr=False)
    most_body_bytes: int = 4 * MEBIBYTE

    @property
    def cookie(self) -> str:
        """The name of the cookie that holds the token: pages of other ports of this machine have other ones."""
        return f"graphbuild-{self.port}"

    @property
    def models(self) -> Path:
        """The folder of packages."""
        return self.request.project / (self.request.out or _MODELS)

    async def keep_looking(self) -> None:
        """Looks at the plan as long as somebody watches, and no build runs."""
        while True:
            if self.scene.is_watched and not self.builds.is_running:
                try:
                    await self.plans.look()
                except Exception:  # noqa: BLE001 - whatever it is, who looks is told, and the page goes on
                    _LOG.exception("the plan cannot be looked at")
            await asyncio.sleep(self.plans.pause_s)

    async def end(self) -> None:
        """Stops the build that runs, and sends browsers away."""
        await self.builds.end()
        self.scene.end()


def open_desk(request: BuildRequest, port: int, token: str | None = None) -> Desk:
    """The desk of a server. Without a token it gets one that nobody guesses."""
    scene = Scene()
    plans = Plans(request, scene)
    return Desk(request, port, scene, plans, Builds(scene, plans), token or secrets.token_urlsafe(24))
