"""Model: what a conversation asks of what was trained. The seam between packages and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions
from graphbuild.assistant.dialogue.histories import Moment


@dataclass(frozen=True)
class Decided:
    """The next action of some conversations, and what the policies said of all actions."""

    chosen: ChosenActions
    predictions: Sequence[ActionPredictions] = ()
    """One a policy; none where only the choice is known."""

    def confidence(self, row: int) -> float:
        """How sure the policy was that was listened to."""
        return _as_written(self.chosen.confidences[row])

    def scores(self, row: int) -> dict[str, float]:
        """How sure that policy was of each action that it knows, and of the one that was chosen, known or not."""
        most = self.confidence(row)
        heard = self._heard(row)
        sure = (
            {} if heard is None else dict(zip(heard.actions, map(_as_written, heard.probabilities[row]), strict=True))
        )
        # What was likelier than what was chosen is what has just refused.
        return {**{name: one if one <= most else 0.0 for name, one in sure.items()}, self.chosen.actions[row]: most}

    def entities(self, row: int) -> list[dict[str, Any]]:
        """What that policy found in the user's last turn, as dicts of Rasa's shape."""
        heard = self._heard(row)
        return heard.entities.row(row) if heard is not None and heard.entities is not None else []

    def _heard(self, row: int) -> ActionPredictions | None:
        """Of policies of one name it is the one that was as sure of the action."""
        name, action, most = self.chosen.policies[row], self.chosen.actions[row], self.chosen.confidences[row]
        for one in self.predictions:
            if (
                one.policy == name
                and action in one.actions
                and one.probabilities[row][one.actions.index(action)] == most
            ):
                return one
        return None


def _as_written(confidence: Any) -> float:
    """0.3 of single precision as 0.3, not as 0.30000001192092896."""
    return float(str(confidence))


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

    def decide(self, moments: Sequence[Moment]) -> Decided:
        """The next action of each conversation, as the policies together choose it."""
