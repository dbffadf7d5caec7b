"""What components, pipelines and options of Rasa 1 and 2 are called in Rasa 3: tables, as its migration guides say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
_CHARACTERS = {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}


def _items(*names: str) -> tuple[Item, ...]:
    return tuple({"name": name} for name in names)


_SUPERVISED = (
    *_items("WhitespaceTokenizer", "RegexFeaturizer", "CRFEntityExtractor", "EntitySynonymMapper"),
    *_items("CountVectorsFeaturizer"),
    _CHARACTERS,
    *_items("EmbeddingIntentClassifier"),
)
_SPACY = (
    *_items("SpacyNLP", "SpacyTokenizer", "SpacyFeaturizer", "RegexFeaturizer", "CRFEntityExtractor"),
    *_items("EntitySynonymMapper", "SklearnIntentClassifier"),
)
_MITIE = _items("MitieNLP", "MitieTokenizer", "MitieEntityExtractor", "EntitySynonymMapper", "RegexFeaturizer")
TEMPLATES: Mapping[str, tuple[Item, ...]] = {
    "supervised_embeddings": _SUPERVISED,
    "tensorflow_embedding": _SUPERVISED,
    "pretrained_embeddings_spacy": _SPACY,
    "spacy_sklearn": _SPACY,
    "pretrained_embeddings_convert": _items("ConveRTTokenizer", "ConveRTFeaturizer", "EmbeddingIntentClassifier"),
    "mitie": (*_MITIE, *_items("MitieIntentClassifier")),
    "mitie_sklearn": (*_MITIE, *_items("MitieFeaturizer", "SklearnIntentClassifier")),
    "keyword": _items("KeywordIntentClassifier"),
}
"""Pipelines that Rasa 1 knew by name."""

COMPONENTS: Mapping[str, str] = {
    "nlp_spacy": "SpacyNLP",
    "nlp_mitie": "MitieNLP",
    "tokenizer_whitespace": "WhitespaceTokenizer",
    "tokenizer_spacy": "SpacyTokenizer",
    "tokenizer_mitie": "MitieTokenizer",
    "tokenizer_jieba": "JiebaTokenizer",
    "intent_entity_featurizer_regex": "RegexFeaturizer",
    "intent_featurizer_count_vectors": "CountVectorsFeaturizer",
    "intent_featurizer_spacy": "SpacyFeaturizer",
    "intent_featurizer_mitie": "MitieFeaturizer",
    "intent_classifier_sklearn": "SklearnIntentClassifier",
    "intent_classifier_mitie": "MitieIntentClassifier",
    "intent_classifier_keyword": "KeywordIntentClassifier",
    "intent_classifier_tensorflow_embedding": "EmbeddingIntentClassifier",
    "ner_crf": "CRFEntityExtractor",
    "ner_spacy": "SpacyEntityExtractor",
    "ner_mitie": "MitieEntityExtractor",
    "ner_synonyms": "EntitySynonymMapper",
    "ner_duckling_http": "DucklingEntityExtractor",
    "DucklingHTTPExtractor": "DucklingEntityExtractor",
}
FEATURIZERS: Mapping[str, str] = {
    "BinarySingleStateFeaturizer": "SingleStateFeaturizer",
    "LabelTokenizerSingleStateFeaturizer": "IntentTokenizerSingleStateFeaturizer",
}
"""Of dialogue states."""
TOKENIZERS = (
    *("WhitespaceTokenizer", "JiebaTokenizer", "SpacyTokenizer", "MitieTokenizer"),
    *("ConveRTTokenizer", "LanguageModelTokenizer"),
)
GONE_TOKENIZERS = ("ConveRTTokenizer", "LanguageModelTokenizer")
"""Tokenizers that did the work of featurizers in Rasa 2; any other will do."""
TRANSFORMERS = "HFTransformersNLP"
"""The component of Rasa 2 whose options are LanguageModelFeaturizer's now."""
LIKE_EMBEDDING_CLASSIFIER: Mapping[str, Any] = {
    "hidden_layers_sizes": {"text": [256, 128]},
    "number_of_transformer_layers": 0,
    "connection_density": 1.0,
    "entity_recognition": False,
    "use_masked_language_model": False,
    "BILOU_flag": False,
    "scale_loss": True,
    "use_sparse_input_dropout": False,
    "use_dense_input_dropout": False,
}
"""Options with which DIETClassifier is what EmbeddingIntentClassifier was."""
SPACY_MODELS: Mapping[str, str] = {"en": "en_core_web_md", "zh": "zh_core_web_md"}
"""What stands for a language where SpacyNLP names no model; `xx_core_news_md` for others."""
_FEATURIZERS = (
    *("RegexFeaturizer", "LexicalSyntacticFeaturizer", "CountVectorsFeaturizer", "SpacyFeaturizer", "MitieFeaturizer"),
    *("ConveRTFeaturizer", "LanguageModelFeaturizer"),
)
_OF_CLASSIFIERS = ("intent_tokenization_flag", "intent_split_symbol", "tf_config")
GONE_OPTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(TOKENIZERS, ("case_sensitive", "use_cls_token")),
    "ConveRTTokenizer": ("case_sensitive", "use_cls_token", "model_url"),
    **dict.fromkeys(_FEATURIZERS, ("return_sequence",)),
    **dict.fromkeys(("DIETClassifier", "ResponseSelector"), _OF_CLASSIFIERS),
}
"""Options that components of Rasa 1 and 2 had and that nothing stands for: featurizers have `lowercase`, every
tokenizer and featurizer makes what `use_cls_token` and `return_sequence` asked for, names of intents are split by the
tokenizer."""

OPTIONS: Mapping[str, str] = {
    "num_transformer_layers": "number_of_transformer_layers",
    "num_heads": "number_of_attention_heads",
    "embed_dim": "embedding_dimension",
    "num_neg": "number_of_negative_examples",
    "mu_pos": "maximum_positive_similarity",
    "mu_neg": "maximum_negative_similarity",
    "use_max_sim_neg": "use_maximum_negative_similarity",
    "C2": "regularization_constant",
    "C_emb": "negative_margin_scale",
    "droprate": "drop_rate",
    "droprate_a": "drop_rate_dialogue",
    "droprate_b": "drop_rate_label",
    "droprate_dialogue": "drop_rate_dialogue",
    "droprate_label": "drop_rate_label",
    "evaluate_every_num_epochs": "evaluate_every_number_of_epochs",
    "evaluate_on_num_examples": "evaluate_on_number_of_examples",
}
"""Of the components with networks, those of Rasa 1."""
HIDDEN_LAYERS: Mapping[str, str] = {
    "hidden_layers_sizes_a": "text",
    "hidden_layers_sizes_b": "label",
}
"""Options that are keys of `hidden_layers_sizes` now."""

_NETWORK = (
    *("hidden_layers_sizes", "transformer_size", "number_of_transformer_layers", "number_of_attention_heads"),
    *("use_key_relative_attention", "use_value_relative_attention", "max_relative_position", "unidirectional_encoder"),
    *("batch_size", "batch_strategy", "epochs", "random_seed", "learning_rate", "embedding_dimension"),
    *("dense_dimension", "concat_dimension", "number_of_negative_examples", "similarity_type", "loss_type"),
    *("ranking_length", "maximum_positive_similarity", "maximum_negative_similarity", "scale_loss", "drop_rate"),
    *("use_maximum_negative_similarity", "regularization_constant", "negative_margin_scale", "drop_rate_attention"),
    *("connection_density", "use_sparse_input_dropout", "use_dense_input_dropout", "tensorboard_log_directory"),
    *("evaluate_every_number_of_epochs", "evaluate_on_number_of_examples", "use_masked_language_model"),
    *("entity_recognition", "BILOU_flag", "tensorboard_log_level", "checkpoint_model", "featurizers", "use_gpu"),
    *("split_entities_by_comma", "constrain_similarities", "model_confidence", "renormalize_confidences"),
)
_CLASSIFIER = (*_NETWORK, "share_hidden_layers", "intent_classification", "run_eagerly", "drop_small_last_batch")
_POLICY = (
    *(*_NETWORK, "encoding_dimension", "drop_rate_dialogue", "drop_rate_label", "e2e_confidence_threshold"),
    *("max_history", "priority", "featurizer"),
)
NETWORKS: Mapping[str, frozenset[str]] = {
    "DIETClassifier": frozenset(_CLASSIFIER),
    "ResponseSelector": frozenset((*_CLASSIFIER, "retrieval_intent", "use_text_as_label")),
    "TEDPolicy": frozenset(_POLICY),
    "UnexpecTEDIntentPolicy": frozenset((*_POLICY, "ignore_intents_list", "tolerance")),
}
"""Components with networks, and all of their options (RASA.md 4.3, 5.4)."""
POLICIES: Mapping[str, str] = {"EmbeddingPolicy": "TEDPolicy"}
"""What policies of Rasa 1 are called now."""
RULED: Mapping[str, frozenset[str]] = {
    "MappingPolicy": frozenset(),
    "FormPolicy": frozenset(),
    "FallbackPolicy": frozenset(("nlu_threshold", "ambiguity_threshold", "core_threshold", "fallback_action_name")),
    "TwoStageFallbackPolicy": frozenset(
        (
            *("nlu_threshold", "ambiguity_threshold", "core_threshold", "fallback_core_action_name"),
            *("fallback_nlu_action_name", "deny_suggestion_intent_name"),
        )
    ),
}
"""Policies whose work RulePolicy does, and their options that still mean something."""
GONE_LAYERS = (
    "hidden_layers_sizes_a",
    "hidden_layers_sizes_b",
    "hidden_layers_sizes_pre_dial",
    "hidden_layers_sizes_bot",
)
"""Options of EmbeddingPolicy and of TEDPolicy of Rasa 1 for layers that TEDPolicy no longer has."""
_TEXTS = ("text", "action_text", "label_action_text")
NAMED = ("intent", "action_name", "label_action_name", "entities", "slots", "active_loop")
"""What TEDPolicy knows by names, not by texts."""
PARTS: Mapping[str, frozenset[str]] = {
    "hidden_layers_sizes": frozenset(_TEXTS),
    "concat_dimension": frozenset(_TEXTS),
    "dense_dimension": frozenset((*_TEXTS, *NAMED, "label_intent")),
    "transformer_size": frozenset((*_TEXTS, "dialogue")),
    "number_of_transformer_layers": frozenset((*_TEXTS, "dialogue")),
}
"""Options of TEDPolicy that are given part by part, and their parts of Rasa 3."""
OLD_PARTS = frozenset(("label", *(part for parts in PARTS.values() for part in parts)))
"""Parts that some such option has, or had."""
LEARNED = ("KerasPolicy", "SklearnPolicy")
"""Policies that Rasa 3 has not, whose work TEDPolicy does there."""
EVERY_LEARNED = ("epochs", "batch_size", "max_history", "featurizer", "random_seed", "priority")
"""Options that mean the same to all of these."""
