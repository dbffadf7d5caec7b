"""Names of the assistant's components: the registry reads this table and imports nothing else."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {
    "Domain": "graphbuild.assistant.importers.domain:Domain",
    "DomainFile": "graphbuild.assistant.importers.domain_file:DomainFile",
    "NLUTrainingData": "graphbuild.assistant.importers.nlu_training_data:NLUTrainingData",
    "StoryGraphMerge": "graphbuild.assistant.importers.story_graph_merge:StoryGraphMerge",
    "TrainingDataFile": "graphbuild.assistant.importers.training_data_file:TrainingDataFile",
}
