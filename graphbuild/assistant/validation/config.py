"""ConfigCheck: a Rasa configuration against the data. RASA.md 5.5 and 6.4. Knows components by Rasa's names alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.assistant.data.domain import Forms, Responses
from graphbuild.assistant.data.nlu_projections import (
    EntityParts,
    EntityTypes,
    IntentNames,
    Lookups,
    Regexes,
    Synonyms,
)
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.validation.findings import Finding, Findings, closest, listed
from graphbuild.contract.component import CHECK, Component, Options
from graphbuild.contract.options import option

_LEARNING = {
    "DIETClassifier": "entity_recognition",
    "CRFEntityExtractor": None,
    "MitieEntityExtractor": None,
}
"""Extractors that learn from annotated examples, with the option that switches that off."""
_CLASSIFIERS = ("DIETClassifier", "LogisticRegressionClassifier", "SklearnIntentClassifier", "MitieIntentClassifier")
"""Those that tell intents apart by their examples: of one alone they learn nothing."""
_UNDERSTANDING = ("Tokenizer", "Classifier", "Extractor", "ResponseSelector")
"""What names of components end with that are for the texts of users."""
_RETRIEVAL = "write examples under `intent: NAME/KEY`"
_EXAMPLES = "write some under `nlu`, or train the policies alone: graphbuild train core"
_STORIES = "write some under `stories` or `rules`, or train the pipeline alone: graphbuild train nlu"
_WITH_ROLES = ("DIETClassifier", "CRFEntityExtractor")
_PRIORITIES = {
    "TEDPolicy": 1,
    "UnexpecTEDIntentPolicy": 2,
    "MemoizationPolicy": 3,
    "AugmentedMemoizationPolicy": 3,
    "RulePolicy": 4,
    "KerasPolicy": 1,
    "EmbeddingPolicy": 1,
    "SklearnPolicy": 1,
}
_RULES = ("RulePolicy",)
_FORMS = ("RulePolicy", "FormPolicy")
_FALLBACK = "action_default_fallback"
_PLACEHOLDER = "placeholder_default"

Items = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Facts:
    """What of the data a configuration is held against."""

    domain: DomainSpace
    forms: Forms
    responses: Responses
    stories: StoryGraph
    entity_types: EntityTypes
    entity_parts: EntityParts
    intents: IntentNames
    regexes: Regexes
    lookups: Lookups
    synonyms: Synonyms


class ConfigCheck(Component):
    """Checks a Rasa configuration against the data: what is there and nothing uses, what is needed and missing."""

    kind = CHECK

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        config: dict[str, Any] | None = option(None, "What config.yml says, its defaults filled in; none for recipes.")
        components: list[str] = option([], "What the nodes of a recipe use, where there is no config.yml.")

    config: Config

    def apply(
        self,
        domain: DomainSpace,
        forms: Forms,
        responses: Responses,
        stories: StoryGraph,
        entity_types: EntityTypes,
        entity_parts: EntityParts,
        intents: IntentNames,
        regexes: Regexes,
        lookups: Lookups,
        synonyms: Synonyms,
    ) -> Findings:
        """Findings GB6xx. Of a recipe, whether there is data for what it trains."""
        facts = Facts(
            domain, forms, responses, stories, entity_types, entity_parts, intents, regexes, lookups, synonyms
        )
        if self.config.config is None:
            return Findings.of(check_components(self.config.components, facts))
        about = (str(self.config.config.get("file", "config.yml")),)
        written: Mapping[str, str] = self.config.config.get("written", {})
        found = check_config(self.config.config, facts)
        return Findings.of(replace(one, subjects=about, word=written.get(one.word, one.word)) for one in found)


def check_config(config: Mapping[str, Any], facts: Facts) -> Iterator[Finding]:
    """All of it. A half that is None is not trained, and not checked."""
    yield from _head(config)
    if config.get("pipeline") is not None:
        found = _pipeline(_named(config["pipeline"]), facts)
        yield from (one if one.word else replace(one, word="pipeline") for one in found)
    if config.get("policies") is not None:
        yield from _policies(_named(config["policies"]), facts)


def check_components(uses: Iterable[str], facts: Facts) -> Iterator[Finding]:
    """Whether there is data for components, by what recipes call them: a name, a version, a module."""
    names = [one.partition("@")[0].rpartition(":")[2] for one in uses]
    if any(name.endswith(_UNDERSTANDING) for name in names):
        yield from _no_examples(facts)
    if any(name.endswith("Policy") for name in names):
        yield from _no_stories(facts)


def _no_examples(facts: Facts) -> Iterator[Finding]:
    if not _has_examples(facts):
        yield _found("GB638", "there are no examples: the pipeline has nothing to learn from", _EXAMPLES)


def _no_stories(facts: Facts) -> Iterator[Finding]:
    if not facts.stories.steps:
        what = "there are no stories and no rules: the policies have nothing to learn from"
        yield _found("GB639", what, _STORIES, "policies")


def _named(items: Iterable[Any]) -> Items:
    """Components with the last part of their names: `rasa.nlu...DIETClassifier` is DIETClassifier."""
    found = [{"name": one} if isinstance(one, str) else one for one in items if isinstance(one, str | Mapping)]
    return [{**one, "name": str(one.get("name", "")).rpartition(".")[2]} for one in found]


def _head(config: Mapping[str, Any]) -> Iterator[Finding]:
    if not config.get("language"):
        yield _found("GB601", "the configuration names no language", "add `language: en`, or your own")
    if not config.get("assistant_id"):
        yield _found("GB602", "the configuration has no `assistant_id`", "add one that no other assistant has")
    elif config["assistant_id"] == _PLACEHOLDER or str(config["assistant_id"]).startswith("placeholder"):
        yield _found("GB603", "the `assistant_id` is a placeholder", "write one of your own", "assistant_id")


def _pipeline(items: Items, facts: Facts) -> Iterator[Finding]:
    names = [str(one["name"]) for one in items]
    tokenizers = [name for name in names if name.endswith("Tokenizer")]
    if len(tokenizers) > 1:
        what = f"the pipeline has several tokenizers: {listed(tokenizers)}"
        yield _found("GB611", what, "keep one of them", tokenizers[1])
    yield from _aliases(items)
    if items:
        yield from _no_examples(facts)
    learning = [str(one["name"]) for one in items if _learns_entities(one)]
    yield from _unused_data(items, names, learning, facts)
    yield from _nothing_to_learn(items, facts.intents)
    if len(learning) > 1:
        what = f"several trained extractors compete: {listed(learning)}"
        yield _found("GB631", what, "keep one, or let each find types of its own", learning[1])
    tables = {name for name, _ in (*facts.regexes.patterns, *facts.lookups.tables)} & set(facts.entity_types.names)
    if learning and "RegexEntityExtractor" in names and tables:
        what = f"`RegexEntityExtractor` and `{learning[0]}` both find {listed(sorted(tables))}"
        yield _found("GB632", what, "use the tables as features instead: RegexFeaturizer", "RegexEntityExtractor")


def _has_examples(facts: Facts) -> bool:
    """Whether there is anything for a pipeline: in the NLU data, or as texts in stories."""
    data = (facts.intents.intents, facts.entity_types.names, facts.regexes.patterns, facts.lookups.tables)
    events = (event for step in facts.stories.steps for event in step.events)
    return any(data) or any(event.type == "user" and event.text for event in events)


def _aliases(items: Items) -> Iterator[Finding]:
    seen: set[str] = set()
    for one in items:
        alias = one.get("alias")
        if alias is not None and str(alias) in seen:
            what = f"two featurizers have the alias `{alias}`"
            yield _found("GB612", what, "give each an alias of its own", str(alias))
        seen.add(str(alias))


def _learns_entities(item: Mapping[str, Any]) -> bool:
    name = str(item["name"])
    if name not in _LEARNING:
        return False
    switch = _LEARNING[name]
    return switch is None or item.get(switch, True) is not False


def _unused_data(items: Items, names: list[str], learning: list[str], facts: Facts) -> Iterator[Finding]:
    """What the data has and no component reads."""
    if "ResponseSelector" not in names and any("/" in name for name in facts.responses.variations):
        yield _found("GB621", "there are retrieval responses, but no `ResponseSelector`", "add it to the pipeline")
    types = facts.entity_types.names
    if types and not learning and "RegexEntityExtractor" not in names:
        what = f"examples carry entities ({listed(types)}), but nothing in the pipeline learns them"
        yield _found("GB622", what, "add `DIETClassifier` or `CRFEntityExtractor`")
    parts = sorted({*facts.entity_parts.labels, *(label for label in facts.domain.entities if "#" in label)})
    if parts and not set(learning) & set(_WITH_ROLES):
        what = f"entities have roles or groups ({listed(parts)}), but nothing in the pipeline learns these"
        yield _found("GB623", what, "add `DIETClassifier` or `CRFEntityExtractor`")
    if facts.regexes.patterns and not _reads(items, "use_regexes"):
        yield _found("GB624", "there are regexes, but nothing in the pipeline uses them", "add `RegexFeaturizer`")
    if facts.lookups.tables and not _reads(items, "use_lookup_tables"):
        yield _found("GB625", "there are lookup tables, but nothing in the pipeline uses them", "add `RegexFeaturizer`")
    elif facts.lookups.tables and "RegexFeaturizer" in names and not _takes_patterns(items):
        what = "lookup tables are features that no trained extractor takes"
        yield _found("GB637", what, "add `DIETClassifier`, or `pattern` to the features of `CRFEntityExtractor`")
    if facts.synonyms.pairs and "EntitySynonymMapper" not in names:
        yield _found("GB626", "there are synonyms, but no `EntitySynonymMapper`", "add it to the end of the pipeline")


def _nothing_to_learn(items: Items, intents: IntentNames) -> Iterator[Finding]:
    """What has nothing to tell apart: it passes over all that it is given."""
    classifiers = [
        str(one["name"])
        for one in items
        if one["name"] in _CLASSIFIERS and one.get("intent_classification", True) is not False
    ]
    if classifiers and len(intents.intents) == 1:
        what = f"`{intents.intents[0]}` is the only intent of the examples: {listed(classifiers)} learns none"
        yield _found("GB628", what, "write examples of another intent", classifiers[0])
    for one in items:
        wanted = one.get("retrieval_intent")
        if one["name"] != "ResponseSelector" or not isinstance(wanted, str | None):
            continue
        keys = intents.responses(wanted)
        if wanted is not None and not keys:
            what = f"`ResponseSelector` is to learn the responses of `{wanted}`, of which no example has one"
            hint = closest(wanted, {key.partition("/")[0] for key in intents.responses(None)}, _RETRIEVAL)
            yield Finding("GB629", what, word=wanted, key="retrieval_intent", hint=hint)
        elif len(keys) == 1:
            what = f"`{keys[0]}` is the only response that `ResponseSelector` is to learn: it learns none"
            yield _found("GB629", what, "write examples of another response", wanted or "ResponseSelector")


def _reads(items: Items, switch: str) -> bool:
    readers = [one for one in items if one["name"] in ("RegexFeaturizer", "RegexEntityExtractor")]
    return any(one.get(switch, True) is not False for one in readers)


def _takes_patterns(items: Items) -> bool:
    names = {str(one["name"]) for one in items}
    crfs = [one for one in items if one["name"] == "CRFEntityExtractor"]
    # For each word of a window the names of its features; what has another shape is a fault that is told elsewhere.
    windows = [window for one in crfs if isinstance(window := one.get("features"), list)]
    takes = any("pattern" in word for window in windows for word in window if isinstance(word, list))
    return takes or bool({"DIETClassifier", "RegexEntityExtractor"} & names)


def _policies(items: Items, facts: Facts) -> Iterator[Finding]:
    names = [str(one["name"]) for one in items]
    has_rules = any(step.is_rule for step in facts.stories.steps)
    if not names:
        if facts.stories.steps:
            yield _found("GB636", "there are stories or rules, but no policies", "name some under `policies`")
        return
    yield from _no_stories(facts)
    if facts.forms.forms and not set(_FORMS) & set(names):
        what = f"the domain has forms ({listed(sorted(facts.forms.forms))}), but `RulePolicy` is missing"
        yield _found("GB613", what, "add `RulePolicy` to the policies", "policies")
    if "RulePolicy" not in names:
        hint = "add it to the policies"
        if has_rules:
            yield _found("GB627", "there are rules, but `RulePolicy` is missing", hint, "policies")
        else:
            what = "`RulePolicy` is missing: nothing restarts a conversation or goes back"
            yield _found("GB633", what, hint, "policies")
    elif not has_rules and facts.stories.steps:
        yield _found("GB635", "`RulePolicy` has no rules to follow", "write some, or do without it", "RulePolicy")
    yield from _fallback(items, facts)
    yield from _priorities(items)


def _fallback(items: Items, facts: Facts) -> Iterator[Finding]:
    for one in items:
        action = str(one.get("core_fallback_action_name", _FALLBACK))
        is_used = one["name"] in _RULES and one.get("enable_fallback_prediction", True) is not False
        if is_used and action not in facts.domain.actions:
            what = f"the fallback action `{action}` of `{one['name']}` is not in the domain"
            yield _found("GB614", what, "add it under `actions`", action)


def _priorities(items: Items) -> Iterator[Finding]:
    by_priority: dict[Any, list[str]] = {}
    for one in items:
        priority = one.get("priority", _PRIORITIES.get(str(one["name"])))
        if isinstance(priority, int | float | str):
            by_priority.setdefault(priority, []).append(str(one["name"]))
    for priority, names in by_priority.items():
        if len(names) > 1:
            what = f"policies have one priority, {priority}: {listed(names)}"
            yield _found("GB634", what, "give each a `priority` of its own", names[1])


def _found(code: str, what: str, hint: str, word: str = "") -> Finding:
    return Finding(code, what, word=word, hint=hint)
