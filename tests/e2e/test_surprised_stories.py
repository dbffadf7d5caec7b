"""Test stories after an intent that came as a surprise go as in Rasa 3.6.21, given the same policy in its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import BuildReport
from graphbuild.execution.result import Outcome
from graphbuild.project import dialogue_evaluation
from graphbuild.session import BuildRequest

POLICY = """
import json
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class Surprise(Component):
    kind = "policy"

    @dataclass(frozen=True)
    class Config(Options):
        priority: int = option(10, "Above all others.")

    config: Config

    def apply(self, trackers: Dialogues) -> ActionPredictions:
        sure = np.zeros((len(trackers), 1), dtype=np.float32)
        for dialogue, last in enumerate(trackers.state_ids[trackers.splits[1:] - 1].tolist()):
            now = json.loads(trackers.states[last])
            listened = now.get("prev_action", {}).get("action_name") == "action_listen"
            if listened and now.get("user", {}).get("intent") in ("greet", "inform", "odd"):
                sure[dialogue, 0] = 1.0
        return ActionPredictions(("action_unlikely_intent",), sure, "Surprise", self.config.priority)
"""
CONFIG = """
language: en
pipeline: []
policies:
- name: RulePolicy
  restrict_rules: false
- name: MemoizationPolicy
  max_history: 6
- name: surprise.Surprise
"""
DOMAIN = """
version: "3.1"
intents: [greet, bye, inform, odd]
entities: [city]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
forms:
  f: {required_slots: [city]}
actions: [action_x]
responses:
  utter_a: [{text: a}]
  utter_b: [{text: b}]
  utter_c: [{text: c}]
  utter_ask_city: [{text: c}]
"""
RULES = """
version: "3.1"
rules:
- rule: two
  steps:
  - intent: greet
  - action: utter_a
  - action: utter_b
- rule: bye
  steps:
  - intent: bye
  - action: utter_c
- rule: activate
  steps:
  - intent: odd
  - action: f
  - active_loop: f
- rule: submit
  condition:
  - active_loop: f
  steps:
  - action: f
  - active_loop: null
  - action: utter_c
- rule: without user
  steps:
  - action: action_x
  - action: utter_b
- rule: several turns
  steps:
  - intent: greet
    entities: [city]
  - slot_was_set: [{city: x}]
  - action: utter_c
  - intent: bye
  - action: utter_b
stories:
- story: s
  steps:
  - intent: inform
  - action: action_x
  - action: utter_b
  - intent: bye
  - action: utter_c
"""
TESTS = """
version: "3.1"
stories:
- story: two actions
  steps:
  - intent: greet
  - action: utter_a
  - action: utter_b
  - intent: bye
  - action: utter_c
- story: without user
  steps:
  - intent: inform
  - action: action_x
  - action: utter_b
  - intent: bye
  - action: utter_c
- story: form
  steps:
  - intent: odd
  - action: f
  - active_loop: f
  - intent: inform
    entities: [{city: Rome}]
  - slot_was_set: [{city: Rome}]
  - action: f
  - active_loop: null
  - action: utter_c
  - intent: bye
  - action: utter_c
- story: form goes on
  steps:
  - intent: odd
  - action: f
  - active_loop: f
  - intent: inform
  - action: f
  - intent: odd
  - action: utter_a
  - action: f
  - intent: inform
  - action: f
  - active_loop: null
  - action: utter_c
- story: several turns
  steps:
  - intent: greet
    entities: [{city: x}]
  - slot_was_set: [{city: x}]
  - action: utter_c
  - intent: bye
  - action: utter_b
  - intent: greet
  - action: utter_a
  - action: utter_b
"""
RASA = {
    "two actions": [
        ("utter_a", "action_default_fallback"),
        ("utter_b", "action_default_fallback"),
        ("action_listen", "action_default_fallback"),
        ("utter_c", "utter_c"),
        ("action_listen", "action_listen"),
    ],
    "without user": [
        ("action_x", "action_x"),
        ("utter_b", "utter_b"),
        ("action_listen", "action_listen"),
        ("utter_c", "utter_c"),
        ("action_listen", "action_listen"),
    ],
    "form": [
        ("f", "action_default_fallback"),
        ("action_listen", "action_listen"),
        ("f", "f"),
        ("utter_c", "utter_c"),
        ("action_listen", "action_listen"),
        ("utter_c", "utter_c"),
        ("action_listen", "action_listen"),
    ],
    "form goes on": [
        ("f", "action_default_fallback"),
        ("action_listen", "action_listen"),
        ("f", "f"),
        ("action_listen", "action_listen"),
        ("utter_a", "action_default_fallback"),
        ("f", "action_default_fallback"),
        ("action_listen", "action_listen"),
        ("f", "f"),
        ("utter_c", "utter_c"),
        ("action_listen", "action_listen"),
    ],
    "several turns": [
        ("utter_c", "action_default_fallback"),
        ("action_listen", "action_default_fallback"),
        ("utter_b", "utter_c"),
        ("action_listen", "action_default_fallback"),
        ("utter_a", "action_default_fallback"),
        ("utter_b", "action_default_fallback"),
        ("action_listen", "action_default_fallback"),
    ],
}
"""Of each story what it does, and what Rasa predicts."""


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    for name, text in {
        "surprise.py": POLICY,
        "config.yml": CONFIG,
        "domain.yml": DOMAIN,
        "data/rules.yml": RULES,
        "tests/test_stories.yml": TESTS,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def evaluated(folder: Path, recipe: str = "config.yml") -> dialogue_evaluation.Tested:
    done = dialogue_evaluation.evaluate_stories(
        BuildRequest(folder, recipe, store=folder / ".graphbuild", package=False), plots=False
    )
    assert done.report.problems == ()
    return done


def applied(report: BuildReport) -> list[str]:
    ran = [str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN]
    return [node for node in ran if node.startswith("test/again/")]


def test_every_step_goes_as_in_rasa(assistant: Path) -> None:
    done = evaluated(assistant)
    assert applied(done.report)
    found = {one.name: [(step["action"], step["predicted"]) for step in one.steps()] for one in done.outcomes.stories}
    assert found == RASA


def test_where_nobody_is_surprised_nothing_is_asked_twice(assistant: Path) -> None:
    (assistant / "plain.yml").write_text(CONFIG.replace("- name: surprise.Surprise\n", ""))
    assert applied(evaluated(assistant, "plain.yml").report) == []
