"""RulePolicy: does what rules say. RASA.md 4.3. RuleBook learns and checks rules before anything trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Mark
from graphbuild.assistant.dialogue.rules.learned import LearnedRules, RuleOnly
from graphbuild.assistant.dialogue.rules.predicting import RulePrediction, RulePredictor
from graphbuild.assistant.dialogue.states import with_text
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import Share, option

_SHARED = ("restrict_rules", "check_for_contradictions", "core_fallback_action_name", "enable_fallback_prediction")
"""Options that RuleBook has too."""


@dataclass(frozen=True)
class RulePolicyOutput(Ports):
    """What rules predict, and what policies that learn from stories are to look past."""

    predictions: ActionPredictions
    rule_only: RuleOnly


class RulePolicy(Component):
    """Follows rules and active loops, and falls back where no rule fits."""

    kind = "policy"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        priority: int = option(4, "Which policy wins when two are equally sure.")
        core_fallback_threshold: Share = option(0.3, "How sure the fallback is.")
        core_fallback_action_name: str = option("action_default_fallback", "The action where no rule fits.")
        enable_fallback_prediction: bool = option(True, "Whether to fall back where no rule fits.")
        restrict_rules: bool = option(True, "Whether a rule has one user turn at most.")
        check_for_contradictions: bool = option(True, "Whether rules are held against each other and against stories.")
        use_nlu_confidence_as_score: bool = option(False, "Be only as sure as the intent was.")

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"book": Helper("RuleBook", {name: getattr(config, name) for name in _SHARED})}

    def train(self, book: LearnedRules) -> LearnedRules:
        """The rules as they are: what is to be learnt of them was found out when they were checked."""
        return book

    def apply(self, state: LearnedRules, trackers: Dialogues) -> RulePolicyOutput:
        """1.0 for what a rule says of the end of each of n dialogues, and the threshold for the fallback."""
        found = self._predictions(RulePredictor(state), trackers)
        names = tuple(sorted({one.action for one in found if one.action is not None} | set(self._fallback)))
        code = {name: number for number, name in enumerate(names)}
        probabilities = np.zeros((len(trackers), len(names)), dtype=np.float32)
        marks = np.zeros(len(trackers), dtype=np.uint8)
        sure = trackers.present.confidences if trackers.present and self.config.use_nlu_confidence_as_score else None
        for dialogue, one in enumerate(found):
            # The fallback stays behind every rule, for when its action refuses.
            for name in self._fallback:
                probabilities[dialogue, code[name]] = self.config.core_fallback_threshold
            if one.action is not None:
                probabilities[dialogue, code[one.action]] = 1.0 if sure is None else sure[dialogue]
            marks[dialogue] = _marks(one, state)
        made = ActionPredictions(names, probabilities, type(self).__name__, self.config.priority, marks)
        return RulePolicyOutput(made, RuleOnly(state.only_slots, state.only_loops))

    @property
    def _fallback(self) -> tuple[str, ...]:
        return (self.config.core_fallback_action_name,) if self.config.enable_fallback_prediction else ()

    def _predictions(self, predictor: RulePredictor, trackers: Dialogues) -> list[RulePrediction]:
        present = trackers.present
        splits = trackers.splits.tolist()
        found = []
        for dialogue in range(len(trackers)):
            first, last = splits[dialogue], splits[dialogue + 1]
            states = [trackers.states[code] for code in trackers.state_ids[first:last].tolist()]
            if not states:
                found.append(RulePrediction(None))
            elif present is None:
                found.append(predictor.predict(states, len(states)))
            else:
                text = present.texts[dialogue]
                spoken = with_text(states[-1], text) if text else None
                refuses = bool(present.is_rejected[dialogue])
                found.append(predictor.predict(states, len(states), is_rejected=refuses, text_state=spoken))
        return found


def _marks(one: RulePrediction, state: LearnedRules) -> Mark:
    marks = Mark(0)
    if one.is_no_user:
        marks |= Mark.NO_USER
    if one.is_end_to_end:
        marks |= Mark.END_TO_END
    if one.is_interrupted:
        marks |= Mark.LOOP_INTERRUPTED
    hides = state.rules[one.source].is_hidden if isinstance(one.source, int) else one.source in state.hidden
    return marks | Mark.HIDES_TURN if hides else marks
