"""Policies of Rasa 1 and 2 -> those of Rasa 3, with where each was written and what does the rest of their work.

RulePolicy does the work of those that are gone, by rules that an importer makes (`PolicyRules`), and FallbackClassifier
tells what is not understood. Policies that learn keep their names where graphbuild has them. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.migration.drafts import (
    Draft,
    add_option,
    network_option,
    notices_of,
    short_name,
    shown,
)
from graphbuild.assistant.data.migration.policy_rules import FALLBACK_INTENT
from graphbuild.assistant.data.migration.renames import (
    FEATURIZERS,
    GONE_LAYERS,
    LEARNED,
    NAMED,
    NETWORKS,
    OLD_PARTS,
    PARTS,
    POLICIES,
    RULED,
)
from graphbuild.contract.translation import Items, Remark, Translation, Written

RULE_POLICY = "RulePolicy"
RULES = "PolicyRules"
CLASSIFIER = "FallbackClassifier"
_MAPPING = "MappingPolicy"
_TWO_STAGES = "TwoStageFallbackPolicy"
_FALLBACKS = ("FallbackPolicy", _TWO_STAGES)
_FALLBACK_ACTION = "action_default_fallback"
_DENSE = "dense_dimension"
_FIXED = {"fallback_nlu_action_name": _FALLBACK_ACTION, "deny_suggestion_intent_name": "out_of_scope"}
"""What TwoStageFallbackPolicy could be told, and what it always is now."""
_Given = Mapping[str, Any]


@dataclass
class ReadPolicies:
    """The policies of a configuration, and what does the work of those that are gone."""

    drafts: list[Draft] = field(default_factory=list)
    """One for each item, those too that are gone: there is something to say of them."""
    ruled: list[Draft] = field(default_factory=list)
    """Those of them that are gone."""
    rule_policy: Draft | None = None
    """The one that is written, or one that does the work of these."""
    rules: Draft | None = None
    """What rules they stand for."""
    classifier: Draft | None = None
    """What tells what is not understood."""

    @property
    def kept(self) -> list[Draft]:
        """The policies that there are."""
        kept = [one for one in self.drafts if one not in self.ruled]
        added = self.rule_policy is not None and self.rule_policy not in kept
        return [*kept, self.rule_policy] if added and self.rule_policy is not None else kept


def read_policies(given: Items, language: str | None) -> Translation:  # noqa: ARG001 - as all translators
    """The policies as they are built. Items have a `name`."""
    if isinstance(given, str):
        return Translation((), (), (Remark("`policies` is a list of components, not a text", Written(0)),))
    read = understood(given)
    return Translation(
        tuple(one.finished() for one in read.kept),
        notices_of(read.drafts),
        elsewhere={} if read.classifier is None else {"pipeline": (read.classifier.finished(),)},
        sources=() if read.rules is None else (read.rules.finished(),),
    )


def understood(given: Sequence[_Given]) -> ReadPolicies:
    """What a list of policies means."""
    read = ReadPolicies()
    for position, item in enumerate(given):
        name = short_name(str(item["name"]))
        draft = Draft(name, position) if name in RULED else _learned(name, item, position)
        read.drafts.append(draft)
        if name in RULED:
            read.ruled.append(draft)
    read.rule_policy = next((one for one in read.drafts if one.name == RULE_POLICY), None)
    if read.ruled:
        # Where RulePolicy is written it keeps its word; else it falls back on nothing that did not fall back before.
        policy = read.rule_policy or Draft(RULE_POLICY, read.ruled[0].position)
        for draft in read.ruled:
            _work_of(draft, given[draft.position], read, policy)
        if read.rule_policy is None and not any(one.name in _FALLBACKS for one in read.ruled):
            policy.put("enable_fallback_prediction", value=False, written=None)
        read.rule_policy = policy
    return read


def _learned(name: str, item: _Given, position: int) -> Draft:
    """A policy that is there still, by its name and with its options of today."""
    draft = Draft(POLICIES.get(name, name), position)
    if draft.name != name:
        draft.said.append(f"`{name}` means `{draft.name}`")
    has_network = draft.name in NETWORKS
    for option, value in item.items():
        if has_network and option in GONE_LAYERS:
            draft.lost.append(f"`{option}` means nothing any more")
        elif option == "featurizer" and draft.name not in LEARNED:
            draft.said += [f"`{old}` means `{FEATURIZERS[old]}`" for old in FEATURIZERS if old in _words(value)]
            draft.put(option, new_featurizers(value), Written(position, option))
        elif option != "name":
            add_option(draft, option, value, _meant(draft, option, value))
    return draft


def _meant(draft: Draft, option: str, value: Any) -> tuple[str, Any]:
    name, meant = network_option(draft.name, option, value)
    if draft.name not in NETWORKS:
        return name, meant
    if name == _DENSE and isinstance(meant, int):
        return name, dict.fromkeys(NAMED, meant)
    if name in PARTS and isinstance(meant, dict):
        # A part that no option ever had is misspelt: it stays, and is found to be wrong.
        return name, {part: one for part, one in meant.items() if part in PARTS[name] or part not in OLD_PARTS}
    return name, meant


def _work_of(draft: Draft, item: _Given, read: ReadPolicies, policy: Draft) -> None:
    """Who does the work of a policy that is gone."""
    rules = read.rules or Draft(RULES, draft.position)
    if draft.name == _MAPPING:
        rules.put("follows_triggers", value=True, written=Written(draft.position))
        work = ", and a rule for each intent with `triggers`"
    elif draft.name in _FALLBACKS:
        read.classifier = read.classifier or Draft(CLASSIFIER, draft.position)
        _fall_back(draft, item, (rules, policy, read.classifier))
        work = f", `{CLASSIFIER}` and a rule for `{FALLBACK_INTENT}`"
    else:
        work = ""
    if rules.options:
        read.rules = rules
    draft.said.append(f"`{draft.name}` means `{RULE_POLICY}`{work}")
    for option, value in item.items():
        if option in _FIXED and option in RULED[draft.name]:
            if value != _FIXED[option]:
                draft.lost.append(f"`{option}: {shown(value)}` means nothing any more: it is always `{_FIXED[option]}`")
        elif option != "name" and option not in RULED[draft.name]:
            draft.lost.append(f"`{option}` means nothing any more")


def _fall_back(draft: Draft, item: _Given, workers: tuple[Draft, Draft, Draft]) -> None:
    """Tells the rules, RulePolicy and FallbackClassifier when to fall back, and on what."""
    rules, policy, classifier = workers

    def tell(worker: Draft, option: str, words: Sequence[str], usual: Any) -> None:
        word = next((one for one in words if item.get(one) is not None), None)
        # What is found of the rules is found of this policy, whatever is written of it.
        written = Written(draft.position, word) if word is not None or worker is rules else None
        worker.put(option, usual if word is None else item[word], written)

    tell(rules, "fallback_action", ("fallback_action_name",), _FALLBACK_ACTION)
    if draft.name == _TWO_STAGES:
        rules.put("asks_first", value=True, written=None)
    tell(policy, "core_fallback_threshold", ("core_threshold",), 0.3)
    actions = ("fallback_core_action_name", "fallback_action_name")
    tell(policy, "core_fallback_action_name", actions, _FALLBACK_ACTION)
    tell(classifier, "threshold", ("nlu_threshold",), 0.3)
    tell(classifier, "ambiguity_threshold", ("ambiguity_threshold",), 0.1)


def new_featurizers(value: Any) -> Any:
    """Featurizers of dialogues and, inside of them, of states."""
    if isinstance(value, list):
        return [new_featurizers(one) for one in value]
    if not isinstance(value, dict):
        return FEATURIZERS.get(value, value) if isinstance(value, str) else value
    return {key: new_featurizers(one) for key, one in value.items()}


def _words(value: Any) -> Iterator[str]:
    """The texts in a value, wherever in it."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _words(one)
