"""Configs of Rasa 1 and 2 -> Rasa 3: what stands for what, and what a person must look at."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.data.migration.config import ConfigMigration, migrate_config
from graphbuild.assistant.data.migration.renames import TEMPLATES
from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.writers.story_writer import story_sections
from graphbuild.assistant.data.writers.writing import Writing


def migrated(config: dict[str, Any], **facts: Any) -> ConfigMigration:
    defaults: dict[str, Any] = {
        "is_rasa_1": True,
        "has_forms": False,
        "triggers": {},
        "default_pipeline": [{"name": "WhitespaceTokenizer"}, {"name": "FallbackClassifier", "threshold": 0.3}],
    }
    return migrate_config(config, **{**defaults, **facts})


def pipeline(*items: Any, **facts: Any) -> Any:
    return migrated({"language": "en", "pipeline": list(items)}, **facts).config["pipeline"]


def policies(*items: Any, **facts: Any) -> Any:
    return migrated({"language": "en", "pipeline": [], "policies": list(items)}, **facts).config["policies"]


def rules(found: ConfigMigration) -> Any:
    return story_sections(StoryPart(found.rules), Writing("x")).get("rules", [])


def test_a_config_of_rasa_3_only_gets_its_recipe() -> None:
    config = {"language": "de", "pipeline": [{"name": "WhitespaceTokenizer"}], "policies": [{"name": "RulePolicy"}]}
    found = migrated(config, is_rasa_1=False)
    assert found.config == {"recipe": "default.v1", **config}
    assert list(found.config) == ["recipe", "language", "pipeline", "policies"]
    assert (found.changes, found.concerns, found.rules) == (("`recipe: default.v1` was added",), (), ())
    assert config == {
        "language": "de", "pipeline": [{"name": "WhitespaceTokenizer"}], "policies": [{"name": "RulePolicy"}]
    }  # fmt: skip


def test_the_language_of_rasa_1_is_english() -> None:
    assert migrated({"pipeline": []}).config["language"] == "en"


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_are_spelt_out_with_components_that_rasa_3_has(name: str) -> None:
    found = migrated({"language": "en", "pipeline": name})
    names = [item["name"] for item in found.config["pipeline"]]
    assert len(names) == len(TEMPLATES[name])
    assert "EmbeddingIntentClassifier" not in names
    assert any(change.startswith(f"`{name}` means `") for change in found.changes)


def test_an_unknown_template_is_left_to_a_person() -> None:
    found = migrated({"language": "en", "pipeline": "mine"})
    assert found.config["pipeline"] == "mine"
    assert found.concerns == ("there is no pipeline `mine`: did you mean `mitie`?",)


def test_an_item_without_a_name_is_left_to_a_person() -> None:
    found = migrated({"language": "en", "pipeline": [{"epochs": 5}, "WhitespaceTokenizer"]})
    assert found.config["pipeline"] == [{"name": "WhitespaceTokenizer"}]
    assert found.concerns == ("an item of the pipeline has no name, and was left out",)


def test_the_embedding_classifier_is_diet_with_its_options() -> None:
    (item,) = pipeline({"name": "EmbeddingIntentClassifier", "epochs": 50, "num_neg": 5, "hidden_layers_sizes_a": [9]})
    assert item == {
        "name": "DIETClassifier",
        "hidden_layers_sizes": {"text": [9]},
        "number_of_transformer_layers": 0,
        "connection_density": 1.0,
        "entity_recognition": False,
        "use_masked_language_model": False,
        "BILOU_flag": False,
        "scale_loss": True,
        "use_sparse_input_dropout": False,
        "use_dense_input_dropout": False,
        "epochs": 50,
        "number_of_negative_examples": 5,
    }


def test_options_of_networks_have_new_names_and_those_that_are_gone_are_told() -> None:
    found = migrated(
        {"language": "en", "pipeline": [{"name": "DIETClassifier", "weight_sparsity": 0.3, "dense_dim": 7, "magic": 1}]}
    )
    assert found.config["pipeline"] == [
        {"name": "DIETClassifier", "connection_density": 0.7, "dense_dimension": {"text": 7, "label": 7}}
    ]
    assert found.concerns == ("`magic` is no option of DIETClassifier any more, and was left out",)


def test_components_by_their_names_of_old() -> None:
    old = ["nlp_spacy", "rasa.nlu.tokenizers.spacy_tokenizer.SpacyTokenizer", "DucklingHTTPExtractor", "my.own.Part"]
    found = migrated({"language": "de", "pipeline": old})
    assert [item["name"] for item in found.config["pipeline"]] == [
        "SpacyNLP", "SpacyTokenizer", "DucklingEntityExtractor", "my.own.Part",
    ]  # fmt: skip
    assert found.config["pipeline"][0]["model"] == "de_core_news_md"
    assert any("de_core_news_md" in concern for concern in found.concerns)
    assert any("`my.own.Part` is a component of your own" in concern for concern in found.concerns)


def test_tokenizers_that_are_gone_and_what_tokenizers_took_over() -> None:
    assert pipeline({"name": "ConveRTTokenizer", "intent_split_symbol": "+"}, "ConveRTFeaturizer") == [
        {"name": "WhitespaceTokenizer", "intent_split_symbol": "+"}, {"name": "ConveRTFeaturizer"},
    ]  # fmt: skip
    assert pipeline(
        {"name": "WhitespaceTokenizer", "case_sensitive": False},
        {"name": "CountVectorsFeaturizer", "token_pattern": r"\w+"},
    ) == [{"name": "WhitespaceTokenizer", "token_pattern": r"\w+"}, {"name": "CountVectorsFeaturizer"}]
    assert pipeline(
        {"name": "HFTransformersNLP", "model_name": "bert"}, "LanguageModelTokenizer", "LanguageModelFeaturizer"
    ) == [{"name": "WhitespaceTokenizer"}, {"name": "LanguageModelFeaturizer", "model_name": "bert"}]


def test_policies_of_old() -> None:
    found = migrated(
        {
            "language": "en",
            "pipeline": [],
            "policies": [{"name": "MemoizationPolicy"}, {"name": "KerasPolicy", "rnn_size": 8, "epochs": 7}],
        }
    )
    assert found.config["policies"] == [
        {"name": "MemoizationPolicy", "max_history": 5},
        {"name": "TEDPolicy", "max_history": 5, "epochs": 7},
    ]
    assert found.concerns == ("options of KerasPolicy that TEDPolicy has not were left out: rnn_size",)
    assert policies("MemoizationPolicy", is_rasa_1=False) == [{"name": "MemoizationPolicy"}]
    featurizer = [
        {"name": "MaxHistoryTrackerFeaturizer", "state_featurizer": [{"name": "BinarySingleStateFeaturizer"}]}
    ]
    (ted,) = policies({"name": "EmbeddingPolicy", "featurizer": featurizer})
    assert ted["featurizer"][0]["state_featurizer"] == [{"name": "SingleStateFeaturizer"}]


def test_triggers_are_rules() -> None:
    config = {"language": "en", "pipeline": [], "policies": [{"name": "MappingPolicy"}]}
    found = migrated(config, triggers={"start": "utter_start"})
    assert found.config["policies"] == [{"name": "RulePolicy", "enable_fallback_prediction": False}]
    assert rules(found) == [
        {"rule": "start triggers utter_start", "steps": [{"intent": "start"}, {"action": "utter_start"}]}
    ]
    unused = migrated({**config, "policies": [{"name": "TEDPolicy"}]}, triggers={"start": "utter_start"})
    assert rules(unused) == []
    assert unused.concerns == ("no MappingPolicy: the triggers of `start` had no effect and are gone",)


def test_fallback_policies_are_a_classifier_a_rule_and_a_threshold() -> None:
    fallback = {
        "name": "FallbackPolicy",
        "nlu_threshold": 0.4,
        "core_threshold": 0.2,
        "fallback_action_name": "utter_x",
    }
    found = migrated({"language": "en", "pipeline": [{"name": "KeywordIntentClassifier"}], "policies": [fallback]})
    assert found.config["pipeline"][1:] == [
        {"name": "FallbackClassifier", "threshold": 0.4, "ambiguity_threshold": 0.1}
    ]
    assert found.config["policies"] == [
        {"name": "RulePolicy", "core_fallback_threshold": 0.2, "core_fallback_action_name": "utter_x"}
    ]
    assert rules(found)[0]["steps"] == [{"intent": "nlu_fallback"}, {"action": "utter_x"}]


def test_two_stages_of_fallback_are_a_rule() -> None:
    config = {"pipeline": None, "policies": [{"name": "TwoStageFallbackPolicy", "deny_suggestion_intent_name": "no"}]}
    found = migrated(config)
    assert [item["name"] for item in found.config["pipeline"]] == ["WhitespaceTokenizer", "FallbackClassifier"]
    assert rules(found)[0]["steps"] == [
        {"intent": "nlu_fallback"},
        {"action": "action_two_stage_fallback"},
        {"active_loop": "action_two_stage_fallback"},
    ]
    assert found.concerns == (
        "TwoStageFallbackPolicy: `deny_suggestion_intent_name: no` means nothing any more: it is always `out_of_scope`",
    )


def test_forms_need_rule_policy() -> None:
    assert policies("TEDPolicy", has_forms=True)[-1] == {"name": "RulePolicy", "enable_fallback_prediction": False}
    kept = policies({"name": "RulePolicy", "core_fallback_threshold": 0.7}, "FallbackPolicy", has_forms=True)
    assert kept == [
        {"name": "RulePolicy", "core_fallback_threshold": 0.7, "core_fallback_action_name": "action_default_fallback"}
    ]
