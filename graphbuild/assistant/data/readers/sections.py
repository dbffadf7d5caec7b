"""The sections at the top of YAML files, by what a file that has them is. Reads nothing."""

from __future__ import annotations

from typing import Final

DATA_KEYS: Final = ("nlu", "stories", "rules", "responses")
"""Of training data."""
DOMAIN_KEYS: Final = (
    "intents",
    "entities",
    "slots",
    "responses",
    "actions",
    "forms",
    "e2e_actions",
    "session_config",
    "config",
)
CONFIG_KEYS: Final = (
    "recipe",
    "language",
    "pipeline",
    "policies",
    "assistant_id",
    "importers",
    "imports",
    "graphbuild",
)
