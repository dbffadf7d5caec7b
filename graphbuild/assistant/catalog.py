"""Names of the assistant's components: the registry reads this table and imports nothing else."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {}
