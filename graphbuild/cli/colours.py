"""Whether something is drawn on a stream, and whether it has colours: by what it is, and by what users ask for.

NO_COLOR (https://no-color.org) takes colours away, FORCE_COLOR gives them to what is no terminal, such as the log of
a machine that builds; nothing is drawn there, for it cannot be drawn over. TERM=dumb can do neither.
"""

from __future__ import annotations

import os
from typing import IO

_DUMB = ("dumb", "unknown")


def draws_on(stream: IO[str]) -> bool:
    """Whether what was drawn can be drawn over. TTY_COMPATIBLE goes before the stream itself, as for rich."""
    if os.environ.get("TERM", "").lower() in _DUMB:
        return False
    compatible = os.environ.get("TTY_COMPATIBLE")
    return compatible == "1" if compatible in ("0", "1") else stream.isatty()


def has_colours(stream: IO[str]) -> bool:
    """Whether lines have colours."""
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced is not None:
        return forced not in ("", "0", "false")
    return draws_on(stream)
