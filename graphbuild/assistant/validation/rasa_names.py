"""Names of Rasa's components, of all its releases: what a configuration may name that is not there yet."""

from __future__ import annotations

RASA_COMPONENTS = frozenset(
    {
        *("JiebaTokenizer", "SpacyTokenizer", "MitieTokenizer", "WhitespaceTokenizer", "ConveRTTokenizer"),
        *("LanguageModelTokenizer", "HFTransformersNLP", "SpacyNLP", "MitieNLP"),
        *("CountVectorsFeaturizer", "LexicalSyntacticFeaturizer", "RegexFeaturizer", "SpacyFeaturizer"),
        *("MitieFeaturizer", "LanguageModelFeaturizer", "ConveRTFeaturizer"),
        *("DIETClassifier", "LogisticRegressionClassifier", "SklearnIntentClassifier", "MitieIntentClassifier"),
        *("KeywordIntentClassifier", "FallbackClassifier", "EmbeddingIntentClassifier"),
        *("CRFEntityExtractor", "RegexEntityExtractor", "EntitySynonymMapper", "DucklingEntityExtractor"),
        *("DucklingHTTPExtractor", "SpacyEntityExtractor", "MitieEntityExtractor", "ResponseSelector"),
        *("TEDPolicy", "UnexpecTEDIntentPolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy", "RulePolicy"),
        *("KerasPolicy", "EmbeddingPolicy", "SklearnPolicy", "FormPolicy", "MappingPolicy", "FallbackPolicy"),
        "TwoStageFallbackPolicy",
    }
)
