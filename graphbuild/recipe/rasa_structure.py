"""Nodes of Rasa's own in a `graph.v1` config that are no components: what does their work here, and their options.

Providers, validators and converters are the importers, checks and trackers of the base recipe. RASA.md 2.3, 9.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Level, Problem
from graphbuild.recipe.rasa_lists import with_environment
from graphbuild.recipe.rasa_schema import SchemaNode

JOINS = "RegexMessageHandler"
"""What ends a pipeline."""
ENSEMBLES = ("DefaultPolicyPredictionEnsemble",)
COLLECTS = "CoreFeaturizationCollector"
"""What brings features of texts to policies."""
CONVERTS = ("CoreFeaturizationInputConverter",)
"""Where the way of texts of stories begins."""
_TRACKERS, _STORIES, _EXAMPLES = "TrainingTrackerProvider", "StoryGraphProvider", "NLUTrainingDataProvider"
_METHODS: Mapping[str, tuple[str, ...]] = {
    "DefaultV1RecipeValidator": ("validate",),
    "FinetuningValidator": ("validate",),
    _EXAMPLES: ("provide",),
    "DomainProvider": ("provide", "provide_train", "provide_inference"),
    "DomainForCoreTrainingProvider": ("provide",),
    "DomainWithoutResponsesProvider": ("provide",),
    "FormsProvider": ("provide",),
    "ResponsesProvider": ("provide",),
    _STORIES: ("provide",),
    _TRACKERS: ("provide",),
    "RuleOnlyDataProvider": ("provide",),
    "ProjectProvider": ("provide",),
    "NLUMessageConverter": ("convert_user_message",),
    **dict.fromkeys(CONVERTS, ("convert_for_training", "convert_for_inference")),
    COLLECTS: ("collect",),
    "NLUPredictionToHistoryAdder": ("add",),
    JOINS: ("process",),
    **dict.fromkeys(ENSEMBLES, ("combine_predictions", "combine_predictions_from_kwargs")),
}
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "FinetuningValidator": ("validate_core", "validate_nlu"),
    _EXAMPLES: ("language", "persist"),
    _STORIES: ("exclusion_percentage",),
    _TRACKERS: (
        *("remove_duplicates", "unique_last_num_states", "augmentation_factor", "tracker_limit"),
        *("use_story_concatenation", "debug_plots"),
    ),
    COLLECTS: (),
}
_SAME_NAME = ("remove_duplicates", "unique_last_num_states", "tracker_limit")
"""Options that TrackerGenerator has, too."""


@dataclass
class Tuning:
    """What such nodes say of how data is read."""

    variables: dict[str, Any] = field(default_factory=dict)
    """Of the base recipe."""
    trackers: dict[str, Any] = field(default_factory=dict)
    """Options of the nodes that make dialogues."""


def is_structure(node: SchemaNode) -> bool:
    """Whether a node is one of Rasa's own that no list of a config would name."""
    return str(node.uses.value).startswith("rasa.") and node.short in _METHODS


def tune(node: SchemaNode, tuning: Tuning, problems: list[Problem], notices: list[Problem]) -> None:
    """Takes what a node of Rasa's own says; what cannot be taken is a problem."""
    methods = _METHODS[node.short]
    if node.fn not in methods:
        hint = did_you_mean(node.fn, list(methods))
        problems.append(Problem(f"`{node.short}` has no `{node.fn}`", node.place("fn"), (("node", node.name),), hint))
    known = _OPTIONS.get(node.short, ())
    options = {}
    for name, value in node.config.items():
        if name in known:
            options[name] = with_environment(value, problems)
        elif node.short in _OPTIONS:
            place = node.config.key_location(name)
            problems.append(Problem(f"there is no option `{name}`", place, hint=did_you_mean(name, list(known))))
    if options.get("exclusion_percentage"):
        hint = "leave it out; `graphbuild train compare` trains on ever fewer stories"
        what = "`exclusion_percentage` leaves stories out, which is for comparisons"
        problems.append(Problem(what, node.config.key_location("exclusion_percentage"), hint=hint))
    for name, why in (("persist", "the examples are kept in the store"), ("debug_plots", "see `graphbuild visualize`")):
        if options.get(name):
            what = f"`{name}` is passed over"
            notices.append(Problem(what, node.config.key_location(name), hint=why, level=Level.WARNING))
    if node.short == _TRACKERS:
        _take(node, options, tuning, problems)


def _take(node: SchemaNode, options: Mapping[str, Any], tuning: Tuning, problems: list[Problem]) -> None:
    factor = options.get("augmentation_factor", 50) if options.get("use_story_concatenation", True) else 0
    said = Tuning({"augmentation": factor}, {name: options[name] for name in _SAME_NAME if name in options})
    if tuning.variables and (tuning.variables, tuning.trackers) != (said.variables, said.trackers):
        what = "dialogues are told in two ways: another `TrainingTrackerProvider` has other options"
        problems.append(Problem(what, node.place("config"), (("node", node.name),), "give them the same options"))
    tuning.variables, tuning.trackers = said.variables, said.trackers
