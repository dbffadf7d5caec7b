"""Names of the assistant's components: the registry reads this table and imports nothing else."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {
    "AugmentedFullDialogueTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.full_dialogue:AugmentedFullDialogueTrackerFeaturizer"
    ),
    "AugmentedMaxHistoryTrackerFeaturizer": (
        "graphbuild.assistant.dialogue.featurizers.max_history:AugmentedMaxHistoryTrackerFeaturizer"
    ),
    "ComparisonPage": "graphbuild.assistant.evaluation.page:ComparisonPage",
    "ConfigCheck": "graphbuild.assistant.validation.config:ConfigCheck",
    "CountVectorsFeaturizer": "graphbuild.assistant.nlu.featurizers.count_vectors:CountVectorsFeaturizer",
    "CurvePicture": "graphbuild.assistant.evaluation.pictures:CurvePicture",
    "Domain": "graphbuild.assistant.importers.domain:Domain",
    "DomainCheck": "graphbuild.assistant.validation.domain:DomainCheck",
    "DomainFile": "graphbuild.assistant.importers.domain_file:DomainFile",
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
    "IntentEvaluation": "graphbuild.assistant.evaluation.intents:IntentEvaluation",
    "KerasPolicy": "graphbuild.assistant.dialogue.policies.keras_policy:KerasPolicy",
    "KeywordIntentClassifier": "graphbuild.assistant.nlu.classifiers.keyword:KeywordIntentClassifier",
    "LexicalSyntacticFeaturizer": "graphbuild.assistant.nlu.featurizers.lexical_syntactic:LexicalSyntacticFeaturizer",
    "LogisticRegressionClassifier": (
        "graphbuild.assistant.nlu.classifiers.logistic_regression:LogisticRegressionClassifier"
    ),
    "MaxHistoryTrackerFeaturizer": "graphbuild.assistant.dialogue.featurizers.max_history:MaxHistoryTrackerFeaturizer",
    "MemoizationPolicy": "graphbuild.assistant.dialogue.policies.memoization:MemoizationPolicy",
    "NLUCheck": "graphbuild.assistant.validation.nlu:NLUCheck",
    "NLUComparison": "graphbuild.assistant.evaluation.comparison:NLUComparison",
    "NLUTrainingData": "graphbuild.assistant.importers.nlu_training_data:NLUTrainingData",
    "RegexEntityExtractor": "graphbuild.assistant.nlu.extractors.regex:RegexEntityExtractor",
    "RegexFeaturizer": "graphbuild.assistant.nlu.featurizers.regex:RegexFeaturizer",
    "ResponseCheck": "graphbuild.assistant.validation.responses:ResponseCheck",
    "ResponseEvaluation": "graphbuild.assistant.evaluation.responses:ResponseEvaluation",
    "StoryCheck": "graphbuild.assistant.validation.stories:StoryCheck",
    "StoryGraphMerge": "graphbuild.assistant.importers.story_graph_merge:StoryGraphMerge",
    "StoryStructureCheck": "graphbuild.assistant.validation.conflicts:StoryStructureCheck",
    "TrackerAugmenter": "graphbuild.assistant.dialogue.augmentation:TrackerAugmenter",
    "TrackerGenerator": "graphbuild.assistant.dialogue.trackers:TrackerGenerator",
    "TrainingDataFile": "graphbuild.assistant.importers.training_data_file:TrainingDataFile",
    "Validation": "graphbuild.assistant.validation.gate:Validation",
    "WhitespaceTokenizer": "graphbuild.assistant.nlu.tokenizers.whitespace:WhitespaceTokenizer",
}
