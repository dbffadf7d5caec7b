"""Policy: base of Rasa's policies, and what they answer. RASA.md 4.3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from graphbuild.assistant.rasa_style.conversation import DialogueStateTracker, Domain, State
from graphbuild.assistant.rasa_style.engine import ExecutionContext, GraphComponent, ModelStorage, Resource
from graphbuild.assistant.rasa_style.names import POLICY_MAX_HISTORY, POLICY_PRIORITY


class SupportedData(Enum):
    """What a policy learns from."""

    ML_DATA = 1
    RULE_DATA = 2
    ML_AND_RULE_DATA = 3

    @staticmethod
    def trackers_for_supported_data(
        supported_data: SupportedData, trackers: Sequence[DialogueStateTracker]
    ) -> list[DialogueStateTracker]:
        """The trackers that are of that data."""
        if supported_data is SupportedData.ML_AND_RULE_DATA:
            return list(trackers)
        wants_rules = supported_data is SupportedData.RULE_DATA
        return [one for one in trackers if one.is_rule_tracker == wants_rules]


@dataclass
class PolicyPrediction:
    """Probabilities of all actions, in the order of `domain.action_names_or_texts`, and what more is said of them."""

    probabilities: list[float]
    policy_name: str | None = None
    policy_priority: int = 1
    events: list[Any] = field(default_factory=list)
    optional_events: list[Any] = field(default_factory=list)
    is_end_to_end_prediction: bool = False
    is_no_user_prediction: bool = False
    diagnostic_data: dict[str, Any] = field(default_factory=dict)
    hide_rule_turn: bool = False
    action_metadata: dict[str, Any] | None = None

    @staticmethod
    def for_action_name(
        domain: Domain,
        action_name: str,
        policy_name: str | None = None,
        confidence: float = 1.0,
        action_metadata: dict[str, Any] | None = None,
    ) -> PolicyPrediction:
        """One action alone."""
        probabilities = confidence_scores_for(action_name, confidence, domain)
        return PolicyPrediction(probabilities, policy_name, action_metadata=action_metadata)

    @property
    def max_confidence(self) -> float:
        """Of the likeliest action."""
        return max(self.probabilities, default=0.0)


class MaxHistoryTrackerFeaturizer:
    """Cuts conversations into windows of at most `max_history` states; whole ones where it is None."""

    def __init__(self, state_featurizer: Any = None, max_history: int | None = None) -> None:
        self.state_featurizer = state_featurizer
        self.max_history = max_history

    def training_states_and_labels(
        self, trackers: Sequence[DialogueStateTracker], domain: Domain, **_: Any
    ) -> tuple[list[list[State]], list[list[str]]]:
        """The states before each action of all trackers, and the action."""
        pairs = [
            (states[: place + 1], action)
            for one in trackers
            for states in [one.past_states(domain)]
            for place, action in enumerate(one.actions)
        ]
        return [self._window(states) for states, _ in pairs], [[action] for _, action in pairs]

    def prediction_states(
        self,
        trackers: Sequence[DialogueStateTracker],
        domain: Domain,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
        **_: Any,
    ) -> list[list[State]]:
        """The last states of each tracker."""
        return [
            self._window(one.past_states(domain, False, ignore_rule_only_turns, rule_only_data)) for one in trackers
        ]

    def _window(self, states: list[State]) -> list[State]:
        return states[-self.max_history :] if self.max_history else states


class Policy(GraphComponent):
    """Base of policies: subclasses write `train` and `predict_action_probabilities`."""

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Any = None,
    ) -> None:
        self.config = config
        self.priority = config.get(POLICY_PRIORITY, 1)
        self.finetune_mode = execution_context.is_finetuning
        self.featurizer = featurizer or MaxHistoryTrackerFeaturizer(max_history=config.get(POLICY_MAX_HISTORY))
        self._model_storage = model_storage
        self._resource = resource
        self._execution_context = execution_context

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Any:
        return cls(config, model_storage, resource, execution_context)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {POLICY_PRIORITY: 1, POLICY_MAX_HISTORY: None}

    @staticmethod
    def supported_data() -> SupportedData:
        """What it learns from."""
        return SupportedData.ML_DATA

    @property
    def resource(self) -> Resource:
        """Where it keeps what it learns."""
        return self._resource

    def train(self, training_trackers: list[DialogueStateTracker], domain: Domain, **kwargs: Any) -> Resource:
        """Learns. Raises NotImplementedError where a subclass does not."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `train`")

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """What comes next. Raises NotImplementedError where a subclass does not say."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `predict_action_probabilities`")

    def _prediction(self, probabilities: list[float], **more: Any) -> PolicyPrediction:
        known = {name: value for name, value in more.items() if value is not None}
        return PolicyPrediction(list(probabilities), type(self).__name__, self.priority, **known)

    @staticmethod
    def _default_predictions(domain: Domain) -> list[float]:
        """No action at all."""
        return [0.0] * domain.num_actions


def confidence_scores_for(action_name: str, value: float, domain: Domain) -> list[float]:
    """One action with a probability, all others with none."""
    scores = [0.0] * domain.num_actions
    scores[domain.index_for_action(action_name)] = value
    return scores
