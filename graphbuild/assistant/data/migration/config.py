"""A config.yml of Rasa 1 or 2 as plain values -> that of Rasa 3, the rules that it needs, and what was changed.

Knows no files, and does not know which of the components exist here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.migration.pipeline import read_pipeline, renamed_option
from graphbuild.assistant.data.migration.renames import (
    EVERY_LEARNED,
    FEATURIZERS,
    HIDDEN_LAYERS,
    LEARNED,
    NETWORKS,
    RULED,
    TOKENIZERS,
    Item,
)
from graphbuild.assistant.data.parts import StoryBlock, StoryElement
from graphbuild.assistant.data.stories import RULE_SNIPPET, Event
from graphbuild.contract.translation import TranslatedItem

RECIPE = "default.v1"
_FALLBACK_INTENT = "nlu_fallback"
_FALLBACK_ACTION = "action_default_fallback"
_TWO_STAGES = "action_two_stage_fallback"
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
            given = self._with_names(_as_items(given))
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
        items = _as_items(given) if isinstance(given, list) else []
        names = [item.get("name") for item in items]
        if "MappingPolicy" in names or not items:
            self._mapping_rules(triggers)
        elif triggers:
            self.concerns.append(f"no MappingPolicy: the triggers of {_named(triggers)} had no effect and are gone")
        if not items:
            return
        for item in items:
            if item.get("name") in ("FallbackPolicy", "TwoStageFallbackPolicy"):
                self._fallback_rule(item)
        kept = [self._policy(item) for item in items if item.get("name") not in RULED]
        ruled = [name for name in names if name in RULED]
        if ruled or has_forms or self.rules:
            self._rule_policy(kept, items, ruled)
        self.config["policies"] = kept

    def _with_names(self, items: list[Item]) -> list[Item]:
        named = [item for item in items if isinstance(item.get("name"), str)]
        if len(named) < len(items):
            self.concerns.append("an item of the pipeline has no name, and was left out")
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
        name = str(item.get("name", ""))
        if name.startswith("rasa."):
            name = name.rpartition(".")[2]
            item = {**item, "name": name}
        if name in LEARNED:
            item = self._as_ted(name, item)
        if name in ("MemoizationPolicy", "AugmentedMemoizationPolicy") and self._is_rasa_1 and "featurizer" not in item:
            item = {"max_history": _OLD_HISTORY, **item}
            item = {"name": item.pop("name"), **item}
        if "featurizer" in item:
            item = {**item, "featurizer": _new_featurizers(item["featurizer"])}
        return self._network(item)

    def _as_ted(self, name: str, item: Item) -> Item:
        options = _options(item)
        if name == "EmbeddingPolicy":
            self.changes.append("EmbeddingPolicy is called TEDPolicy now")
            return {"name": "TEDPolicy", **options}
        kept = {key: value for key, value in options.items() if key in EVERY_LEARNED}
        defaults = {"epochs": 100} if "featurizer" in kept else {"max_history": _OLD_HISTORY, "epochs": 100}
        self.changes.append(f"TEDPolicy stands for {name}, which Rasa no longer has")
        if gone := [key for key in options if key not in kept]:
            self.concerns.append(f"options of {name} that TEDPolicy has not were left out: {', '.join(gone)}")
        return {"name": "TEDPolicy", **defaults, **kept}

    def _mapping_rules(self, triggers: Mapping[str, str]) -> None:
        for intent, action in triggers.items():
            self.rules.append(_rule(f"{intent} triggers {action}", Event("user", intent), Event("action", action)))
        if triggers:
            self.changes.append(f"the triggers of {_named(triggers)} are rules now")

    def _fallback_rule(self, item: Item) -> None:
        """The rule for what is not understood, and the classifier that says so."""
        action = str(item.get("fallback_action_name") or _FALLBACK_ACTION)
        events = [Event("action", action)]
        if item["name"] == "TwoStageFallbackPolicy":
            events = [Event("action", _TWO_STAGES), Event("loop", _TWO_STAGES)]
            for option, fixed in (
                ("fallback_nlu_action_name", _FALLBACK_ACTION),
                ("deny_suggestion_intent_name", "out_of_scope"),
            ):
                if item.get(option, fixed) != fixed:
                    self.concerns.append(f"`{option}: {item[option]}` of {item['name']}: it is always `{fixed}` now")
        if not any(rule.name == _FALLBACK_RULE for rule in self.rules):
            self.rules.append(_rule(_FALLBACK_RULE, Event("user", _FALLBACK_INTENT), *events))
        self._fallback_classifier(item)
        self.changes.append(f"{item['name']} is FallbackClassifier, RulePolicy and a rule for `{_FALLBACK_INTENT}` now")

    def _fallback_classifier(self, item: Item) -> None:
        pipeline = self.config.get("pipeline")
        if not isinstance(pipeline, list):
            pipeline = [dict(one) for one in self._default_pipeline] if not pipeline else []
            self.changes.append("the default pipeline was spelt out, for the thresholds of its FallbackClassifier")
            pipeline = [one for one in pipeline if one.get("name") != "FallbackClassifier"]
        classifier = next((one for one in pipeline if one.get("name") == "FallbackClassifier"), None)
        if classifier is None:
            classifier = {"name": "FallbackClassifier"}
            pipeline.append(classifier)
        classifier.setdefault("threshold", item.get("nlu_threshold", 0.3))
        classifier.setdefault("ambiguity_threshold", item.get("ambiguity_threshold", 0.1))
        self.config["pipeline"] = pipeline

    def _rule_policy(self, kept: list[Item], given: list[Item], ruled: Sequence[Any]) -> None:
        """RulePolicy, with what the fallback policies said; without one, it falls back on nothing."""
        policy = next((item for item in kept if item.get("name") == "RulePolicy"), None)
        is_new = policy is None
        if policy is None:
            policy = {"name": "RulePolicy"}
            kept.append(policy)
        fallback = next((item for item in given if "Fallback" in str(item.get("name"))), None)
        if fallback is not None:
            action = fallback.get("fallback_core_action_name") or fallback.get("fallback_action_name")
            policy.setdefault("core_fallback_threshold", fallback.get("core_threshold", 0.3))
            policy.setdefault("core_fallback_action_name", action or _FALLBACK_ACTION)
        elif is_new:
            policy["enable_fallback_prediction"] = False
        if is_new:
            why = f"for {', '.join(ruled)}" if ruled else "which forms and rules need"
            self.changes.append(f"RulePolicy was added, {why}")
        if "FormPolicy" in ruled:
            self.concerns.append("FormPolicy: see that the stories, or a rule, say what happens when a form is done")


_FALLBACK_RULE = "the message is not understood"


def _rule(name: str, *events: Event) -> StoryBlock:
    happens = (Event("action", RULE_SNIPPET), *events)
    return StoryBlock(name, is_rule=True, elements=tuple(StoryElement((event,)) for event in happens))


def _as_items(items: Sequence[Any]) -> list[Item]:
    return [{"name": item} if isinstance(item, str) else dict(item) for item in items if isinstance(item, str | dict)]


def _options(item: Item) -> Item:
    return {key: value for key, value in item.items() if key != "name"}


def _has_own_pattern(item: Item) -> bool:
    return item.get("name") == "CountVectorsFeaturizer" and "token_pattern" in item


def _new_featurizers(value: Any) -> Any:
    """Featurizers of dialogues and, inside of them, of states."""
    if isinstance(value, list):
        return [_new_featurizers(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: _new_featurizers(one) for key, one in value.items()}
    return {**found, "name": FEATURIZERS.get(found["name"], found["name"])} if "name" in found else found


def _named(triggers: Mapping[str, str]) -> str:
    return ", ".join(f"`{intent}`" for intent in triggers)
