"""Texts of records that findings are about (errors.About): how readers and checks name them."""

from __future__ import annotations

_LONGEST = 500
"""Characters of a text that name it: an example may have thousands of entities, and each a finding that names it."""


def example_record(label: str | None, text: str) -> str:
    """The record of an example of an intent or a response key; `text` with its annotations or without."""
    return f"example of {f'`{label}`' if label else 'no intent'}: {_brief(text)}"


def synonym_subject(value: str, surface: str) -> str:
    """The record of a synonym, or the place of an annotation that implies it."""
    return f"synonym of `{_brief(value)}`: {_brief(surface)}"


def story_subject(name: str, is_rule: bool) -> str:
    """The record of a story or a rule."""
    return f"{'rule' if is_rule else 'story'} `{name}`"


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... of {len(text):,} characters"
