"""Policies in Rasa's style as ours: dialogues become trackers, probabilities become columns. RASA.md 4.3."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, AugmentedDialogues, Dialogues, Mark
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.assistant.rasa_style.adapter import Adapted
from graphbuild.assistant.rasa_style.conversation import Domain, present_trackers, training_trackers
from graphbuild.assistant.rasa_style.policy import PolicyPrediction
from graphbuild.assistant.rasa_style.resource import RasaResource
from graphbuild.errors import ComponentError, Problem


class _Policy(Adapted):
    """What a trained policy and one that learns nothing share."""

    def _predicted(
        self, state: RasaResource | None, trackers: Dialogues, space: DomainSpace, rule_only: RuleOnly | None
    ) -> ActionPredictions:
        """N dialogues -> probabilities [n, a] of the a actions of the domain."""
        policy, domain = self.loaded(state), Domain(space)
        only = rule_only or RuleOnly()
        data = {"rule_only_slots": list(only.slots), "rule_only_loops": list(only.loops)}
        found = [
            self._checked(policy.predict_action_probabilities(one, domain, rule_only_data=data), domain)
            for one in present_trackers(trackers, seen_by_learners(trackers, rule_only))
        ]
        marks = np.array([_mark(one) for one in found], dtype=np.uint8)
        return ActionPredictions(
            tuple(domain.action_names_or_texts),
            np.array([one.probabilities for one in found], dtype=np.float32).reshape(len(found), domain.num_actions),
            type(self).__name__,
            int(getattr(policy, "priority", 1)),
            marks if marks.any() else None,
        )

    def _checked(self, said: Any, domain: Domain) -> PolicyPrediction:
        if not isinstance(said, PolicyPrediction) or len(said.probabilities) != domain.num_actions:
            what = f"`{type(self).__name__}.predict_action_probabilities` must give a PolicyPrediction"
            hint = f"with {domain.num_actions} probabilities, one for each of `domain.action_names_or_texts`"
            raise ComponentError(Problem(what, hint=hint))
        return said


class _TrainedPolicy(_Policy):
    def train(self, dialogues: AugmentedDialogues, domain: DomainSpace) -> RasaResource:
        """The files that the policy writes when it has seen all dialogues, glued ones and rules too."""
        return self.learnt(training_trackers(dialogues), Domain(domain))

    def apply(
        self, state: RasaResource, trackers: Dialogues, domain: DomainSpace, rule_only: RuleOnly | None = None
    ) -> ActionPredictions:
        """Probabilities of all actions at the end of each of n dialogues."""
        return self._predicted(state, trackers, domain, rule_only)


class _UntrainedPolicy(_Policy):
    def apply(self, trackers: Dialogues, domain: DomainSpace, rule_only: RuleOnly | None = None) -> ActionPredictions:
        """Probabilities of all actions at the end of each of n dialogues."""
        return self._predicted(None, trackers, domain, rule_only)


def policy_base(*, learns: bool) -> type[Adapted]:
    """The component that a policy becomes."""
    return _TrainedPolicy if learns else _UntrainedPolicy


def _mark(said: PolicyPrediction) -> int:
    mark = Mark(0)
    mark |= Mark.NO_USER if said.is_no_user_prediction else mark
    mark |= Mark.END_TO_END if said.is_end_to_end_prediction else mark
    mark |= Mark.HIDES_TURN if said.hide_rule_turn else mark
    return int(mark)
