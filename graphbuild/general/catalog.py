"""Names of the general components: the registry reads this table and imports nothing else."""

from __future__ import annotations

COMPONENTS: dict[str, str] = {
    "Accuracy": "graphbuild.general.accuracy:Accuracy",
    "Command": "graphbuild.general.command:Command",
    "LabelledLines": "graphbuild.general.labelled_lines:LabelledLines",
    "NaiveBayesClassifier": "graphbuild.general.naive_bayes_classifier:NaiveBayesClassifier",
    "TextFile": "graphbuild.general.text_file:TextFile",
    "TextVectorizer": "graphbuild.general.text_vectorizer:TextVectorizer",
}
