"""Model: what a conversation asks of what was trained. The seam between packages and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from graphbuild.assistant.data.dialogues import ChosenActions
from graphbuild.assistant.dialogue.histories import Moment


class Model(Protocol):
    """A trained assistant: its domain, and the two questions that it answers."""

    @property
    def language(self) -> str | None:
        """The language that it was trained for."""

    @property
    def domain(self) -> dict[str, Any]:
        """The merged domain, as a document of Rasa's shape; empty where only NLU was trained."""

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """What is understood of each text: a dict of Rasa's shape (Parses.row), with the texts of responses."""

    def decide(self, moments: Sequence[Moment]) -> ChosenActions:
        """The next action of each conversation, as the policies together choose it."""
