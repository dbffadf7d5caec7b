"""Once: what is odd about a model is logged when it is first seen, and not again at every message."""

from __future__ import annotations

import logging
from collections.abc import Hashable

_MOST = 1000
"""How many warnings are remembered. What comes after them is not told: names may be anything that a server sends."""


class Once:
    """Logs each warning once. A model has one of its own, so another model says its own again."""

    def __init__(self) -> None:
        self._told: set[tuple[str, tuple[Hashable, ...]]] = set()

    def warn(self, log: logging.Logger, what: str, *values: Hashable) -> None:
        """Warns, unless it was warned of with the same values."""
        if (what, values) not in self._told and len(self._told) < _MOST:
            self._told.add((what, values))
            log.warning(what, *values)
