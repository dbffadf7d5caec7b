"""Names of the assistant's components, and of what reads old ones: the registry reads these tables, nothing else."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {
    "AugmentedFullDialogueTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.full_dialogue:AugmentedFullDialogueTrackerFeaturizer"
    ),
    "AugmentedMaxHistoryTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.max_history:AugmentedMaxHistoryTrackerFeaturizer"
    ),
    "AugmentedMemoizationPolicy": (
        "graphbuild.assistant.dialogue.policies.augmented_memoization:AugmentedMemoizationPolicy"
    ),
    "CRFEntityExtractor": "graphbuild.assistant.nlu.extractors.crf:CRFEntityExtractor",
    "CharacterTokenizer": "graphbuild.assistant.nlu.tokenizers.character:CharacterTokenizer",
    "ComparisonPage": "graphbuild.assistant.evaluation.page:ComparisonPage",
    "ConfigCheck": "graphbuild.assistant.validation.config:ConfigCheck",
    "DIETClassifier": "graphbuild.assistant.nlu.classifiers.diet:DIETClassifier",
    "CountVectorsFeaturizer": "graphbuild.assistant.nlu.featurizers.count_vectors:CountVectorsFeaturizer",
    "CurvePicture": "graphbuild.assistant.evaluation.pictures:CurvePicture",
    "Domain": "graphbuild.assistant.importers.domain:Domain",
    "DomainCheck": "graphbuild.assistant.validation.domain:DomainCheck",
    "DomainFile": "graphbuild.assistant.importers.domain_file:DomainFile",
    "DomainResponsesFile": "graphbuild.assistant.importers.domain_responses_file:DomainResponsesFile",
    "DucklingEntityExtractor": "graphbuild.assistant.nlu.extractors.duckling:DucklingEntityExtractor",
    "EntityEvaluation": "graphbuild.assistant.evaluation.entities:EntityEvaluation",
    "EntitySynonymMapper": "graphbuild.assistant.nlu.extractors.synonyms:EntitySynonymMapper",
    "EvaluationPage": "graphbuild.assistant.evaluation.page:EvaluationPage",
    "EvaluationPictures": "graphbuild.assistant.evaluation.pictures:EvaluationPictures",
    "ExampleFold": "graphbuild.assistant.evaluation.splits:ExampleFold",
    "ExampleSplit": "graphbuild.assistant.evaluation.splits:ExampleSplit",
    "FallbackClassifier": "graphbuild.assistant.nlu.classifiers.fallback:FallbackClassifier",
    "FoldSummary": "graphbuild.assistant.evaluation.folds:FoldSummary",
    "FullDialogueTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.full_dialogue:FullDialogueTrackerFeaturizer"
    ),
    "IntentAverage": "graphbuild.assistant.nlu.classifiers.average:IntentAverage",
    "IntentExamples": "graphbuild.assistant.visual.sayings:IntentExamples",
    "JiebaDictionary": "graphbuild.assistant.nlu.tokenizers.jieba:JiebaDictionary",
    "JiebaTokenizer": "graphbuild.assistant.nlu.tokenizers.jieba:JiebaTokenizer",
    "AugmentedIntentMaxHistoryTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.intent_max_history:AugmentedIntentMaxHistoryTrackerFeaturizer"
    ),
    "IntentMaxHistoryTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.intent_max_history:IntentMaxHistoryTrackerFeaturizer"
    ),
    "IntentEvaluation": "graphbuild.assistant.evaluation.intents:IntentEvaluation",
    "KerasPolicy": "graphbuild.assistant.dialogue.policies.keras_policy:KerasPolicy",
    "KeywordIntentClassifier": "graphbuild.assistant.nlu.classifiers.keyword:KeywordIntentClassifier",
    "LanguageModel": "graphbuild.assistant.nlu.pretrained.language_model:LanguageModel",
    "LanguageModelFeaturizer": "graphbuild.assistant.nlu.featurizers.language_model:LanguageModelFeaturizer",
    "LexicalSyntacticFeaturizer": "graphbuild.assistant.nlu.featurizers.lexical_syntactic:LexicalSyntacticFeaturizer",
    "LogisticRegressionClassifier": (
        "graphbuild.assistant.nlu.classifiers.logistic_regression:LogisticRegressionClassifier"
    ),
    "MaxHistoryTrackerFeaturizer": "graphbuild.assistant.dialogue.featurizers.max_history:MaxHistoryTrackerFeaturizer",
    "MemoizationPolicy": "graphbuild.assistant.dialogue.policies.memoization:MemoizationPolicy",
    "MitieEntityExtractor": "graphbuild.assistant.nlu.extractors.mitie:MitieEntityExtractor",
    "MitieFeaturizer": "graphbuild.assistant.nlu.featurizers.mitie:MitieFeaturizer",
    "MitieIntentClassifier": "graphbuild.assistant.nlu.classifiers.mitie:MitieIntentClassifier",
    "MitieNLP": "graphbuild.assistant.nlu.pretrained.mitie:MitieNLP",
    "MitieTokenizer": "graphbuild.assistant.nlu.tokenizers.mitie:MitieTokenizer",
    "NLUCheck": "graphbuild.assistant.validation.nlu:NLUCheck",
    "NLUComparison": "graphbuild.assistant.evaluation.comparison:NLUComparison",
    "NLUDataText": "graphbuild.assistant.importers.nlu_data_text:NLUDataText",
    "NLUTrainingData": "graphbuild.assistant.importers.nlu_training_data:NLUTrainingData",
    "PolicyEnsemble": "graphbuild.assistant.dialogue.policies.policy_ensemble:PolicyEnsemble",
    "PolicyRules": "graphbuild.assistant.importers.policy_rules:PolicyRules",
    "RegexEntityExtractor": "graphbuild.assistant.nlu.extractors.regex:RegexEntityExtractor",
    "RegexFeaturizer": "graphbuild.assistant.nlu.featurizers.regex:RegexFeaturizer",
    "RegexMessageHandler": "graphbuild.assistant.nlu.regex_messages:RegexMessageHandler",
    "ResponseLabels": "graphbuild.assistant.nlu.selectors.response_labels:ResponseLabels",
    "RetrievalResponses": "graphbuild.assistant.importers.retrieval_responses:RetrievalResponses",
    "ResponseSelector": "graphbuild.assistant.nlu.selectors.response_selector:ResponseSelector",
    "RuleBook": "graphbuild.assistant.validation.rules:RuleBook",
    "RulePolicy": "graphbuild.assistant.dialogue.policies.rule_policy:RulePolicy",
    "ResponseCheck": "graphbuild.assistant.validation.responses:ResponseCheck",
    "SentenceEncoder": "graphbuild.assistant.nlu.pretrained.sentence_encoder:SentenceEncoder",
    "SentenceEncoderFeaturizer": "graphbuild.assistant.nlu.featurizers.sentence_encoder:SentenceEncoderFeaturizer",
    "SklearnIntentClassifier": "graphbuild.assistant.nlu.classifiers.sklearn_intent:SklearnIntentClassifier",
    "SklearnPolicy": "graphbuild.assistant.dialogue.policies.sklearn_policy:SklearnPolicy",
    "SpacyEntityExtractor": "graphbuild.assistant.nlu.extractors.spacy:SpacyEntityExtractor",
    "SpacyFeaturizer": "graphbuild.assistant.nlu.featurizers.spacy:SpacyFeaturizer",
    "SpacyNLP": "graphbuild.assistant.nlu.pretrained.spacy:SpacyNLP",
    "SpacyTokenizer": "graphbuild.assistant.nlu.tokenizers.spacy:SpacyTokenizer",
    "ResponseEvaluation": "graphbuild.assistant.evaluation.responses:ResponseEvaluation",
    "StoryCheck": "graphbuild.assistant.validation.stories:StoryCheck",
    "StoryComparison": "graphbuild.assistant.evaluation.story_comparison:StoryComparison",
    "StoryEvaluation": "graphbuild.assistant.evaluation.stories:StoryEvaluation",
    "StoryExclusion": "graphbuild.assistant.evaluation.story_comparison:StoryExclusion",
    "StoryFile": "graphbuild.assistant.importers.story_file:StoryFile",
    "StoryGraphMerge": "graphbuild.assistant.importers.story_graph_merge:StoryGraphMerge",
    "StoryHistories": "graphbuild.assistant.dialogue.story_steps:StoryHistories",
    "StoryMapper": "graphbuild.assistant.visual.mapper:StoryMapper",
    "StoryPage": "graphbuild.assistant.evaluation.story_page:StoryPage",
    "StoryPicture": "graphbuild.assistant.visual.picture:StoryPicture",
    "StoryPredictions": "graphbuild.assistant.dialogue.story_steps:StoryPredictions",
    "StoryStructureCheck": "graphbuild.assistant.validation.conflicts:StoryStructureCheck",
    "StoryTextEntities": "graphbuild.assistant.dialogue.texts:StoryTextEntities",
    "StoryTextFeatures": "graphbuild.assistant.dialogue.texts:StoryTextFeatures",
    "StoryTexts": "graphbuild.assistant.dialogue.texts:StoryTexts",
    "StoryTests": "graphbuild.assistant.dialogue.told_tests:StoryTests",
    "SurprisedStories": "graphbuild.assistant.dialogue.surprised:SurprisedStories",
    "TEDPolicy": "graphbuild.assistant.dialogue.policies.ted:TEDPolicy",
    "TrackerAugmenter": "graphbuild.assistant.dialogue.augmentation:TrackerAugmenter",
    "TrackerGenerator": "graphbuild.assistant.dialogue.trackers:TrackerGenerator",
    "TrainingDataFile": "graphbuild.assistant.importers.training_data_file:TrainingDataFile",
    "UnexpecTEDIntentPolicy": ("graphbuild.assistant.dialogue.policies.unexpected_intent:UnexpecTEDIntentPolicy"),
    "Validation": "graphbuild.assistant.validation.gate:Validation",
    "WhitespaceTokenizer": "graphbuild.assistant.nlu.tokenizers.whitespace:WhitespaceTokenizer",
}

TRANSLATIONS: dict[str, str] = {
    "pipeline": "graphbuild.assistant.data.migration.pipeline:read_pipeline",
    "policies": "graphbuild.assistant.data.migration.policies:read_policies",
}
"""List of a configuration -> what reads it in the words of today."""
