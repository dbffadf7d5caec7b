"""Names of the general components."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {}
