"""A config.yml of Rasa 1 or 2 as plain values -> that of Rasa 3, the rules that it needs, and what was changed.

Knows no files, and does not know which of the components exist here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.migration.drafts import Draft, renamed_option
from graphbuild.assistant.data.migration.pipeline import read_pipeline
from graphbuild.assistant.data.migration.policies import CLASSIFIER, RULE_POLICY, new_featurizers, understood
from graphbuild.assistant.data.migration.policy_rules import policy_rules
from graphbuild.assistant.data.migration.renames import (
    EVERY_LEARNED,
    HIDDEN_LAYERS,
    LEARNED,
    NETWORKS,
    TOKENIZERS,
    Item,
)
from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.contract.translation import TranslatedItem

RECIPE = "default.v1"
_OLD_HISTORY = 5
"""Turns that policies of Rasa 1 look back unless told otherwise; those of Rasa 3 look back to the beginning."""


@dataclass(frozen=True)
class ConfigMigration:
    """A config of Rasa 3, and how it came about."""

    config: Mapping[str, Any]
    rules: tuple[StoryBlock, ...]
    """What policies of old did without a rule."""
    changes: tuple[str, ...]
    concerns: tuple[str, ...]
    """What needs a person's eye."""


def migrate_config(
    config: Mapping[str, Any],
    *,
    is_rasa_1: bool,
    has_forms: bool,
    triggers: Mapping[str, str],
    default_pipeline: Sequence[Mapping[str, Any]],
) -> ConfigMigration:
    """The config as Rasa 3 would have it. `triggers`: intent -> the action that MappingPolicy runs after it.

    `default_pipeline` is what stands for an empty one, where that must be spelt out.
    """
    migration = _Migration(config, is_rasa_1, default_pipeline)
    migration.language()
    migration.pipeline()
    migration.policies(has_forms, triggers)
    return ConfigMigration(
        migration.config, tuple(migration.rules), tuple(migration.changes), tuple(migration.concerns)
    )


class _Migration:
    def __init__(
        self, config: Mapping[str, Any], is_rasa_1: bool, default_pipeline: Sequence[Mapping[str, Any]]
    ) -> None:
        self.config: dict[str, Any] = {"recipe": RECIPE, **deepcopy(dict(config))}
        self.rules: list[StoryBlock] = []
        self.changes: list[str] = []
        self.concerns: list[str] = []
        self._is_rasa_1 = is_rasa_1
        self._default_pipeline = default_pipeline
        if "recipe" not in config:
            self.changes.append(f"`recipe: {RECIPE}` was added")

    def language(self) -> None:
        """Rasa 1 takes English for granted."""
        if not self.config.get("language"):
            self.config["language"] = "en"
            self.changes.append("`language: en` was added")

    def pipeline(self) -> None:
        """Templates are spelt out, components have their new names and options."""
        given = self.config.get("pipeline")
        if isinstance(given, list):
            given = self._with_names(_as_items(given), "pipeline")
        elif not isinstance(given, str):
            return
        read = read_pipeline(given, str(self.config["language"]))
        self.changes += [notice.what for notice in read.notices]
        self.concerns += [f"{refusal.what}: {refusal.hint}" for refusal in read.refusals]
        if read.items or isinstance(given, list):
            items = [self._component(item) for item in read.items]
            self.config["pipeline"] = self._with_pattern(items)

    def policies(self, has_forms: bool, triggers: Mapping[str, str]) -> None:
        """RulePolicy does the work of those that are gone, TEDPolicy that of older ones with networks."""
        given = self.config.get("policies")
        items = self._with_names(_as_items(given), "policies") if isinstance(given, list) else []
        read = understood(items)
        for draft in read.drafts:
            self.changes += draft.said
            self.concerns += [f"{items[draft.position]['name']}: {lost}" for lost in draft.lost]
        options = {} if read.rules is None else read.rules.options
        follows = options.get("follows_triggers", not items)
        asks_first = options.get("asks_first", False)
        self.rules += policy_rules(triggers if follows else {}, options.get("fallback_action"), asks_first=asks_first)
        if triggers and follows:
            self.changes.append(f"the triggers of {_named(triggers)} are rules now")
        elif triggers:
            self.concerns.append(f"no MappingPolicy: the triggers of {_named(triggers)} had no effect and are gone")
        if not items:
            return
        if read.classifier is not None:
            self._fallback_classifier(read.classifier)
        kept = [self._policy({"name": one.name, **one.options}) for one in read.kept]
        if (has_forms or self.rules) and read.rule_policy is None:
            kept.append({"name": RULE_POLICY, "enable_fallback_prediction": False})
            self.changes.append("RulePolicy was added, which forms and rules need")
        if any(one.name == "FormPolicy" for one in read.ruled):
            self.concerns.append("FormPolicy: see that the stories, or a rule, say what happens when a form is done")
        self.config["policies"] = kept

    def _with_names(self, items: list[Item], key: str) -> list[Item]:
        named = [item for item in items if isinstance(item.get("name"), str)]
        if len(named) < len(items):
            self.concerns.append(f"an item of the {key} has no name, and was left out")
        return named

    def _component(self, item: TranslatedItem) -> Item:
        if "." in item.name:
            self.concerns.append(f"`{item.name}` is a component of your own: see that it works with Rasa 3")
        if item.name == "SpacyNLP" and "model" not in item.origins:
            model = item.options["model"]
            self.concerns.append(f"SpacyNLP needs a model by name: `{model}` was taken; see that it is right")
        return self._network({"name": item.name, **item.options})

    def _network(self, item: Item) -> Item:
        """Options of a component with a network, by their new names; those that are gone are left out."""
        known = NETWORKS.get(item["name"])
        if known is None:
            return item
        found: Item = {"name": item["name"]}
        for name, given in _options(item).items():
            new, value = renamed_option(item["name"], name, given)
            if new not in known:
                self.concerns.append(f"`{name}` is no option of {item['name']} any more, and was left out")
                continue
            if name in HIDDEN_LAYERS:
                value = {**found.get(new, {}), HIDDEN_LAYERS[name]: value}
            found[new] = value
            if new != name:
                self.changes.append(f"option `{name}` of {item['name']} is `{new}` now")
        return found

    def _with_pattern(self, items: list[Item]) -> list[Item]:
        """What CountVectorsFeaturizer knew of tokens, the tokenizer knows now."""
        tokenizer = next((item for item in items if item.get("name") in TOKENIZERS), None)
        patterns = [item.pop("token_pattern") for item in items if _has_own_pattern(item)]
        if patterns and tokenizer is not None:
            tokenizer.setdefault("token_pattern", patterns[0])
            self.changes.append(f"`token_pattern` moved from CountVectorsFeaturizer to {tokenizer['name']}")
        return items

    def _policy(self, item: Item) -> Item:
        if item["name"] in LEARNED:
            item = self._as_ted(item["name"], item)
        is_memory = item["name"] in ("MemoizationPolicy", "AugmentedMemoizationPolicy")
        if is_memory and self._is_rasa_1 and "featurizer" not in item:
            item = {"name": item["name"], "max_history": _OLD_HISTORY, **_options(item)}
        return self._network(item)

    def _as_ted(self, name: str, item: Item) -> Item:
        options = _options(item)
        kept = {key: value for key, value in options.items() if key in EVERY_LEARNED}
        if "featurizer" in kept:
            kept["featurizer"] = new_featurizers(kept["featurizer"])
        defaults = {"epochs": 100} if "featurizer" in kept else {"max_history": _OLD_HISTORY, "epochs": 100}
        self.changes.append(f"TEDPolicy stands for {name}, which Rasa no longer has")
        if gone := [key for key in options if key not in kept]:
            self.concerns.append(f"options of {name} that TEDPolicy has not were left out: {', '.join(gone)}")
        return {"name": "TEDPolicy", **defaults, **kept}

    def _fallback_classifier(self, wanted: Draft) -> None:
        pipeline = self.config.get("pipeline")
        if not isinstance(pipeline, list):
            pipeline = [dict(one) for one in self._default_pipeline] if not pipeline else []
            self.changes.append("the default pipeline was spelt out, for the thresholds of its FallbackClassifier")
            pipeline = [one for one in pipeline if one.get("name") != CLASSIFIER]
        classifier = next((one for one in pipeline if one.get("name") == CLASSIFIER), None)
        if classifier is None:
            classifier = {"name": CLASSIFIER}
            pipeline.append(classifier)
        for option, value in wanted.options.items():
            classifier.setdefault(option, value)
        self.config["pipeline"] = pipeline


def _as_items(items: Sequence[Any]) -> list[Item]:
    return [{"name": item} if isinstance(item, str) else dict(item) for item in items if isinstance(item, str | dict)]


def _options(item: Item) -> Item:
    return {key: value for key, value in item.items() if key != "name"}


def _has_own_pattern(item: Item) -> bool:
    return item.get("name") == "CountVectorsFeaturizer" and "token_pattern" in item


def _named(triggers: Mapping[str, str]) -> str:
    return ", ".join(f"`{intent}`" for intent in triggers)
