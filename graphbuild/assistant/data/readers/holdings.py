"""What a file of training data or of a domain holds, told from its content: examples, stories, texts, a domain.

Most files say it in their first lines, and are not read for it. One that cannot be read is said to hold what it names,
so that what is wrong with it is told where it is read. Knows no project.
"""

from __future__ import annotations

import re
from pathlib import Path

from graphbuild.assistant.data.readers.data_file import has_texts, read_training_data
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.sections import DOMAIN_KEYS
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

EXAMPLES, STORIES, TEXTS, DOMAIN = "examples", "stories", "texts", "domain"

_YAML = (".yml", ".yaml")
_EMPTY = rb"[ \t]*(?:#[^\n]*)?\r?\n"
"""The rest of a line that says nothing more."""
_EXAMPLE = re.compile(
    rb"^nlu:" + _EMPTY + rb"(?:" + _EMPTY + rb")*[ \t]*-[ \t]+(?:intent|synonym|regex|lookup):[^\n]*\n"
    rb"[ \t]+examples:[ \t]*\|[ \t]*\r?\n(?:[ \t]*\r?\n)*[ \t]+-[ \t]*\S",
    re.MULTILINE,
)
"""The first of the NLU data, in the words of most files."""
_STORY = re.compile(
    rb"^(?:stories|rules):" + _EMPTY + rb"(?:" + _EMPTY + rb")*[ \t]*-[ \t]+(?:story|rule):[^\n]*\n"
    rb"(?:" + _EMPTY + rb")*[ \t]+steps:" + _EMPTY + rb"(?:" + _EMPTY + rb")*[ \t]*-[ \t]*\S",
    re.MULTILINE,
)
_KEYS = b"|".join(key.encode() for key in (*DOMAIN_KEYS, "templates"))
_SECTION = re.compile(
    rb"^(?:intents|entities|slots|responses|templates|actions|forms):"
    + _EMPTY
    + rb"(?:"
    + _EMPTY
    + rb")*(?:-[ \t]+|[ \t]+)[^\s#]"
    rb"|^(?:intents|entities|actions):[ \t]*\[[ \t]*[\w\"']",
    re.MULTILINE,
)
_ANY_SECTION = re.compile(rb"^[\"']?(?:" + _KEYS + rb")[\"']?[ \t]*:", re.MULTILINE)
_NLU_WORD, _STORY_WORD = re.compile(rb"\bnlu\b"), re.compile(rb"\b(?:stories|rules)\b")
_RASA_JSON = re.compile(rb"\"common_examples\"\s*:\s*\[\s*\{")


def training_holdings(content: bytes, suffix: str) -> frozenset[str]:
    """What of EXAMPLES (or synonyms, regexes, lookups), STORIES (or rules) and TEXTS a file of training data holds."""
    texts = {TEXTS} if has_texts(content, suffix) else set()
    if suffix in _YAML:
        told = {name for name, first in ((EXAMPLES, _EXAMPLE), (STORIES, _STORY)) if first.search(content)}
        named = content.replace(b"\0", b"")  # of UTF-16, which is not read, the names are seen so
        words = {name for name, word in ((EXAMPLES, _NLU_WORD), (STORIES, _STORY_WORD)) if word.search(named)}
        return frozenset(told | texts if told == words else _read(content, suffix, words) | texts)
    if suffix == ".json" and _RASA_JSON.search(content):
        return frozenset({EXAMPLES})
    return frozenset(_read(content, suffix, {EXAMPLES, STORIES}) | texts)


def domain_holdings(content: bytes) -> frozenset[str]:
    """DOMAIN where a domain file says anything."""
    from graphbuild.assistant.data.parts import DomainPart
    from graphbuild.assistant.data.readers.domain_yaml import read_domain

    if _SECTION.search(content):
        return frozenset({DOMAIN})
    if not _ANY_SECTION.search(content) and b"{" not in content and b"\0" not in content:
        return frozenset()
    reading = Reading("content.yml")
    try:
        part = read_domain(reading.open(SourceFile(Path("content.yml"), "content.yml", content=content)), reading)
        reading.finish()
    except DataError:
        return frozenset({DOMAIN})
    return frozenset({DOMAIN}) if part != DomainPart(is_legacy=part.is_legacy) else frozenset()


def _read(content: bytes, suffix: str, unreadable: set[str]) -> set[str]:
    """The same of a file that is read for it."""
    source = SourceFile(Path(f"content{suffix}"), "content", content=content)
    reading = Reading(source.label)
    try:
        data = read_training_data(source, reading)
        reading.finish()
    except DataError:
        return unreadable
    nlu = data.nlu
    has_nlu = any(map(len, (nlu.examples, nlu.synonyms, nlu.regexes, nlu.lookups)))
    return {
        name
        for name, there in ((EXAMPLES, has_nlu), (STORIES, any(block.elements for block in data.stories.blocks)))
        if there
    }
