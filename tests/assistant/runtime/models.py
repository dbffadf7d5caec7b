"""A model for the tests of conversations: real rules and stories, and messages that name their intents outright."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.readers.intent_text import base_and_retrieval, is_intent_text, read_intent_text
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.policies.memoization import MemoizationPolicy
from graphbuild.assistant.dialogue.policies.policy_ensemble import PolicyEnsemble
from graphbuild.assistant.dialogue.policies.rule_policy import RulePolicy
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.dialogue.trackers import TrackerGenerator
from graphbuild.assistant.importers.domain import Domain
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.story_graph_merge import StoryGraphMerge
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.model import Decided
from graphbuild.assistant.validation.rules import RuleBook
from graphbuild.contract.source import SourceFile

HERE = Path(__file__).parent
BOT = HERE / "bot"


def read_domain(path: Path) -> dict[str, Any]:
    """The document of a domain file."""
    part = DomainFile().apply(SourceFile(path, path.name)).part
    return dict(Domain().apply([part], []).document.value)


class RulesAndStories:
    """RulePolicy and MemoizationPolicy over some stories; of messages it knows those that name an intent."""

    language = "en"

    def __init__(self, domain: Path, stories: Sequence[Path]) -> None:
        self.domain: Mapping[str, Any] = read_domain(domain)
        space = RunningDomain.of(self.domain).space
        read = [TrainingDataFile().apply(SourceFile(path, path.name)).stories for path in stories]
        merged = StoryGraphMerge().apply(read)
        self.graph = merged.graph
        trackers = TrackerGenerator().apply(merged.graph, space).dialogues
        self._maker = StateMaker(space)
        self._rules, self._stories = RulePolicy(), MemoizationPolicy(MemoizationPolicy.Config(max_history=5))
        self._book = self._rules.train(RuleBook().apply(trackers, merged.graph, merged.names, space))
        featurizer = MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history=5))
        self._memory = self._stories.train(featurizer.apply(trackers))

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [parse(text) for text in texts]

    def decide(self, moments: Sequence[Moment]) -> Decided:
        now = histories(self._maker, moments)
        ruled = self._rules.apply(self._book, now)
        predictions = [ruled.predictions, self._stories.apply(self._memory, now, ruled.rule_only)]
        return Decided(PolicyEnsemble().apply(predictions, now), predictions)


def parse(text: str) -> dict[str, Any]:
    if not is_intent_text(text):
        return {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": [], "intent_ranking": []}
    name, entities = read_intent_text(text)
    base, full = base_and_retrieval(name)
    intent = {"name": base, "confidence": 1.0, **({"full_retrieval_intent_name": full} if full else {})}
    return {"text": text, "intent": intent, "entities": entities, "intent_ranking": [intent]}


def the_bot() -> RulesAndStories:
    return RulesAndStories(BOT / "domain.yml", [BOT / "data.yml"])
