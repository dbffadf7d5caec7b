"""A small assistant in which nothing is to be found, and edits of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

CLEAN: Mapping[str, str] = {
    "graphbuild.yml": "graphbuild: 1\nextends: rasa-base\n",
    "domain.yml": """\
version: "3.1"
intents:
  - greet
  - bye
  - faq
  - inform:
      use_entities: [city]
entities:
  - city:
      roles: [from, to]
slots:
  city:
    type: text
    mappings:
      - type: from_entity
        entity: city
        conditions:
          - active_loop: travel_form
  size:
    type: categorical
    values: [small, large]
    initial_value: small
    mappings:
      - type: custom
forms:
  travel_form:
    required_slots: [city]
actions:
  - action_book
responses:
  utter_greet:
    - text: Hello!
  utter_bye:
    - text: Bye, see you in {city}!
  utter_ask_city:
    - text: Where to?
  utter_faq/hours:
    - text: From nine to six.
""",
    "data/nlu.yml": """\
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
      - good day
  - intent: bye
    examples: |
      - farewell
      - so long
  - intent: inform
    examples: |
      - to [Rome]{"entity": "city", "role": "to"}
      - from [Paris]{"entity": "city", "role": "from"}
  - intent: faq/hours
    examples: |
      - when are you open?
      - opening hours
""",
    "data/stories.yml": """\
version: "3.1"
stories:
  - story: booking
    steps:
      - intent: greet
      - action: utter_greet
      - intent: inform
        entities:
          - city: Rome
      - slot_was_set:
          - size: large
      - action: action_book
      - checkpoint: booked
  - story: leaving
    steps:
      - checkpoint: booked
      - intent: bye
      - action: utter_bye
  - story: asking
    steps:
      - intent: faq
      - action: utter_faq
""",
    "data/rules.yml": """\
version: "3.1"
rules:
  - rule: form
    steps:
      - intent: inform
      - action: travel_form
      - active_loop: travel_form
""",
}


def write(folder: Path, edits: Mapping[str, tuple[str, str] | str] | None = None) -> Path:
    """The clean assistant with some edits: a text of a file and what takes its place, or a whole new file."""
    files = dict(CLEAN)
    for name, edit in (edits or {}).items():
        if isinstance(edit, str):
            files[name] = edit
            continue
        old, new = edit
        assert old in files[name], f"{name} has no {old!r}"
        files[name] = files[name].replace(old, new, 1)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
