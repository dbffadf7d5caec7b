"""PolicyEnsemble: what all policies together do next. RASA.md 4.3; how they are chosen among is in ensemble.py."""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Dialogues
from graphbuild.assistant.dialogue.ensemble import choose
from graphbuild.contract.component import Component


class PolicyEnsemble(Component):
    """Chooses among the actions that policies predict, by how sure they are and by priority."""

    kind = "ensemble"

    def apply(self, predictions: Sequence[ActionPredictions], trackers: Dialogues) -> ChosenActions:
        """P policies on n dialogues -> n actions."""
        refused = trackers.present.refused if trackers.present is not None else ("",) * len(trackers)
        return choose(predictions, refused)
