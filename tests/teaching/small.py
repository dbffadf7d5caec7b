"""A small assistant for tests of teaching: it trains in moments, and is right about nothing but what it is told."""

from __future__ import annotations

from pathlib import Path

from graphbuild.builder import build
from graphbuild.session import BuildRequest

FILES = {
    "config.yml": """\
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: KeywordIntentClassifier
  - name: RegexEntityExtractor
    use_lookup_tables: true
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
""",
    "domain.yml": """\
version: "3.1"
# What users mean.
intents:
  - greet
  - order   # of tea
  - bye
entities: [tea]
slots:
  tea:
    type: text
    mappings:
      - type: from_entity
        entity: tea

responses:
  utter_hello:
    - text: "Hello!"
  utter_tea:
    - text: "One {tea}, please wait."
  # Said at the end.
  utter_bye:
    - text: "Bye."
# The end.
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
  - intent: greet
    # How people begin.
    examples: |
      - hello
      - hi

  - intent: order
    examples: |
      - I want [oolong](tea)
      - bring me [sencha](tea)

  # Partings.
  - intent: bye
    examples: |
      - bye
      - goodbye
  - lookup: tea
    examples: |
      - oolong
      - sencha
      - assam
""",
    "data/stories.yml": """\
version: "3.1"
stories:
  # The usual way.
  - story: tea
    steps:
      - intent: greet
      - action: utter_hello
      - intent: order
        entities:
          - tea: oolong
      - slot_was_set:
          - tea: oolong
      - action: utter_tea

rules:
  - rule: bye
    steps:
      - intent: bye
      - action: utter_bye
""",
}


def write_small(folder: Path) -> Path:
    """Writes the assistant's files; the folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def train_small(project: Path) -> Path:
    """Trains it; its package."""
    report = build(BuildRequest(project, "config.yml", store=project / ".graphbuild"))
    assert report.model is not None, report.problems
    return report.model
