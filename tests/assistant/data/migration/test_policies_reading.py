"""Policies of Rasa 1 and 2 in the words of today: who does their work, where it was written, and what is said."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.migration.policies import read_policies
from graphbuild.contract.translation import Remark, TranslatedItem, Translation, Written


def read(*items: Any) -> Translation:
    return read_policies([{"name": item} if isinstance(item, str) else item for item in items], "en")


def plain(items: tuple[TranslatedItem, ...]) -> list[dict[str, Any]]:
    return [{"name": item.name, **item.options} for item in items]


def told(found: Translation) -> list[str]:
    return [notice.what for notice in found.notices]


def test_policies_of_rasa_3_are_read_as_they_are() -> None:
    found = read({"name": "TEDPolicy", "epochs": 5, "magic": 1}, "RulePolicy", "my.own.Policy")
    assert plain(found.items) == [
        {"name": "TEDPolicy", "epochs": 5, "magic": 1},
        {"name": "RulePolicy"},
        {"name": "my.own.Policy"},
    ]
    assert found.items[0].origins == {"epochs": Written(0, "epochs"), "magic": Written(0, "magic")}
    assert (found.notices, found.refusals, found.elsewhere, found.sources) == ((), (), {}, ())


def test_triggers_are_followed_by_rules() -> None:
    found = read("MemoizationPolicy", {"name": "MappingPolicy", "priority": 7})
    assert plain(found.items)[1:] == [{"name": "RulePolicy", "enable_fallback_prediction": False}]
    assert plain(found.sources) == [{"name": "PolicyRules", "follows_triggers": True}]
    assert found.elsewhere == {}
    what = "`MappingPolicy` means `RulePolicy`, and a rule for each intent with `triggers`"
    assert [(one.what, one.at) for one in found.notices] == [
        (f"{what}; `priority` means nothing any more", Written(1)),
    ]


def test_forms_need_no_rules() -> None:
    found = read("rasa.core.policies.form_policy.FormPolicy")
    assert plain(found.items) == [{"name": "RulePolicy", "enable_fallback_prediction": False}]
    assert found.sources == ()
    assert told(found) == ["`FormPolicy` means `RulePolicy`"]


def test_what_falls_back_is_a_classifier_a_rule_and_a_threshold() -> None:
    found = read({"name": "FallbackPolicy", "nlu_threshold": 0.4, "fallback_action_name": "utter_x"})
    (policy,) = found.items
    assert policy.options == {"core_fallback_threshold": 0.3, "core_fallback_action_name": "utter_x"}
    assert policy.origins == {"core_fallback_action_name": Written(0, "fallback_action_name")}
    (classifier,) = found.elsewhere["pipeline"]
    assert (classifier.name, classifier.options) == (
        "FallbackClassifier",
        {"threshold": 0.4, "ambiguity_threshold": 0.1},
    )
    assert classifier.origins == {"threshold": Written(0, "nlu_threshold")}
    (rules,) = found.sources
    assert rules.options == {"fallback_action": "utter_x"}
    assert rules.origins == {"fallback_action": Written(0, "fallback_action_name")}
    assert told(found) == ["`FallbackPolicy` means `RulePolicy`, `FallbackClassifier` and a rule for `nlu_fallback`"]


def test_two_stages_ask_first() -> None:
    found = read({"name": "TwoStageFallbackPolicy", "fallback_core_action_name": "a", "fallback_nlu_action_name": "b"})
    assert plain(found.sources) == [
        {"name": "PolicyRules", "fallback_action": "action_default_fallback", "asks_first": True}
    ]
    assert found.items[0].options["core_fallback_action_name"] == "a"
    assert told(found)[0].endswith(
        "; `fallback_nlu_action_name: b` means nothing any more: it is always `action_default_fallback`"
    )


def test_one_rule_policy_does_the_work_of_all_and_its_own_words_count() -> None:
    written = {"name": "RulePolicy", "core_fallback_threshold": 0.7}
    found = read("MappingPolicy", written, "FormPolicy", {"name": "FallbackPolicy", "core_threshold": 0.2})
    assert plain(found.items) == [{**written, "core_fallback_action_name": "action_default_fallback"}]
    assert len(found.notices) == 3
    assert plain(found.sources) == [
        {"name": "PolicyRules", "follows_triggers": True, "fallback_action": "action_default_fallback"}
    ]


def test_a_rule_policy_that_is_written_falls_back_as_it_did() -> None:
    assert plain(read("RulePolicy", "FormPolicy").items) == [{"name": "RulePolicy"}]


def test_policies_that_learn_have_their_options_of_today() -> None:
    found = read(
        {"name": "EmbeddingPolicy", "num_neg": 5, "hidden_layers_sizes_pre_dial": [9], "weight_sparsity": 0.3},
        {"name": "TEDPolicy", "dense_dimension": 7, "hidden_layers_sizes": {"dialogue": [], "text": [5]}},
        {"name": "KerasPolicy", "rnn_size": 8},
        {"name": "SklearnPolicy", "cv": 3},
    )
    named = ("intent", "action_name", "label_action_name", "entities", "slots", "active_loop")
    assert plain(found.items) == [
        {"name": "TEDPolicy", "number_of_negative_examples": 5, "connection_density": 0.7},
        {"name": "TEDPolicy", "dense_dimension": dict.fromkeys(named, 7), "hidden_layers_sizes": {"text": [5]}},
        {"name": "KerasPolicy", "rnn_size": 8},
        {"name": "SklearnPolicy", "cv": 3},
    ]
    assert told(found)[0] == (
        "`EmbeddingPolicy` means `TEDPolicy`; `num_neg` means `number_of_negative_examples`;"
        " `weight_sparsity: 0.3` means `connection_density: 0.7`; `hidden_layers_sizes_pre_dial` means nothing any more"
    )


def test_featurizers_of_states_have_their_names_of_today_where_networks_read_them() -> None:
    old = [{"name": "MaxHistoryTrackerFeaturizer", "state_featurizer": [{"name": "BinarySingleStateFeaturizer"}]}]
    found = read({"name": "TEDPolicy", "featurizer": old}, {"name": "KerasPolicy", "featurizer": old})
    ted, keras = plain(found.items)
    assert ted["featurizer"][0]["state_featurizer"] == [{"name": "SingleStateFeaturizer"}]
    assert keras["featurizer"] == old
    assert told(found) == ["`BinarySingleStateFeaturizer` means `SingleStateFeaturizer`"]


def test_a_text_is_no_list() -> None:
    assert read_policies("some", None).refusals == (
        Remark("`policies` is a list of components, not a text", Written(0)),
    )
