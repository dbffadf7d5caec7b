"""PolicyRules: rules that do the work of MappingPolicy and the fallback policies of Rasa 1 and 2. Knows no files."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.domain import Triggers
from graphbuild.assistant.data.migration.policy_rules import policy_rules
from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.subjects import story_subject
from graphbuild.contract.artifact import Origin, Origins, Ports
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class PolicyRulesOutput(Ports):
    """The rules, the triggers that they follow, and what each rule was made of."""

    stories: StoryPart
    followed: Triggers
    origins: Origins


class PolicyRules(Component):
    """Makes rules of what older policies did without any; a config.yml that names such policies has it by itself."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        follows_triggers: bool = option(False, "Whether an intent with `triggers` is followed by its action.")
        fallback_action: str | None = option(None, "The action after a message that is not understood.")
        asks_first: bool = option(False, "Whether the user is asked what was meant, in two stages.")

    config: Config

    def apply(self, triggers: Triggers) -> PolicyRulesOutput:
        """The rules, as if they were written in a file."""
        config = self.config
        followed = triggers if config.follows_triggers else Triggers()
        rules = policy_rules(followed.actions, config.fallback_action, asks_first=config.asks_first)
        triggered = zip(rules, followed.actions.items(), strict=False)
        origins = [
            Origin(story_subject(rule.name, is_rule=True), f"intent `{intent}`", action, "triggers")
            for rule, (intent, action) in triggered
        ]
        others = rules[len(origins) :]
        origins += [Origin(story_subject(rule.name, is_rule=True), option="fallback_action") for rule in others]
        return PolicyRulesOutput(StoryPart(rules), followed, Origins(tuple(origins)))
