"""Migration: a project of Rasa 1 or 2 -> one of Rasa 3 in a new folder; the original is only read.

YAML that only needs a new version keeps its comments; everything else that changes is written anew, and reads back as
it was read. Files that are no data are copied.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from graphbuild.assistant.data.domain_merge import MergedDomain, merge_domain, triggers_of
from graphbuild.assistant.data.migration.config import migrate_config
from graphbuild.assistant.data.migration.renames import LEARNED, POLICIES
from graphbuild.assistant.data.migration.words import (
    contradictions,
    modern_domain,
    modern_stories,
    modern_text,
    plain_intents,
)
from graphbuild.assistant.data.parts import DomainPart, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers.nlu_writer import trimmed
from graphbuild.assistant.data.writers.yaml_text import YamlText
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.importers.writing_back import domain_text, says, says_domain, training_data_text
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import DataError, GraphbuildError, Location, Problem, UsageError
from graphbuild.graph.sources import list_files
from graphbuild.project.config import language_of
from graphbuild.project.files import FoundFile, read_file, source_of, with_tables
from graphbuild.project.new_files import free_name, write_files
from graphbuild.recipe.rasa_lists import DEFAULT_PIPELINE

REPORT = "MIGRATION.md"
_YAML = (".yml", ".yaml")
_OLD = (".md", ".json")
_LEFT_OUT = ("models", "results", "__pycache__", "node_modules")
"""Folders with what was made of the project; hidden ones and virtual environments stay behind too."""
_IS_TEST = re.compile(r"(^|[/_-])(tests?|e2e|end-to-end|conversation)", re.IGNORECASE)
_IS_DATA = re.compile(r"^(nlu|stories|rules|responses)[ \t]*:", re.MULTILINE)


@dataclass(frozen=True)
class MigratedFile:
    """A file of the new project."""

    name: str
    source: str | None
    """Where it comes from; None for a new one."""
    how: str
    """`copied`, `updated` (in place), `written` (anew) or `new`."""


@dataclass
class ProjectMigration:
    """What became of a project."""

    out: Path
    files: list[MigratedFile] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    concerns: list[str] = field(default_factory=list)
    """What needs a person's eye."""


def migrate(project: Path, out: Path, *, domain: Sequence[str], data: Sequence[str], config: str) -> ProjectMigration:
    """Migrates a project. `domain`, `data` and `config` are paths relative to it.

    Raises UsageError for folders that cannot be, DataError with all that cannot be read or written: then nothing is.
    """
    if out.resolve().is_relative_to(project.resolve()):
        raise UsageError(Problem(f"the new folder {out} lies inside the project", hint="name another one: --out DIR"))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(Problem(f"{out} is there already", hint="name another folder: --out DIR"))
    migration = _Migration(project, ProjectMigration(out), domain, data, config)
    migration.run()
    write_files(out, migration.contents)
    return migration.done


class _Migration:
    def __init__(
        self, project: Path, done: ProjectMigration, domain: Sequence[str], data: Sequence[str], config: str
    ) -> None:
        self.project = project
        self.done = done
        self.contents: dict[str, str | Path] = {}
        self._config = self._inside(config)
        self._data_words = data
        self._language = language_of(project)
        self._domain_labels = self._listed(domain, DomainFile)
        self._data_labels = self._listed(data, TrainingDataFile)
        self._problems: list[Problem] = []
        self._there = dict.fromkeys(_walk(project))

    def run(self) -> None:
        """Reads everything, then makes the new contents; raises DataError with all problems."""
        parts = {label: part for label in self._domain_labels if (part := self._domain(label)) is not None}
        found = [file for label in self._data_labels if (file := self._training(label)) is not None]
        self._raise()
        merged = merge_domain(list(parts.values()), [file.data.responses for file in found])
        texts = {label: self._text(label) for label in self._domain_labels}
        triggers = triggers_of(merged).actions
        for label, text in texts.items():
            self._write_domain(label, text, parts[label], merged)
        for file in found:
            self._write_training(file, merged)
        self._write_config(merged, triggers, texts)
        self._tell_contradictions(found, triggers)
        self._copy_others(merged)
        self._raise()
        if all(file.how == "copied" for file in self.done.files):
            raise UsageError(f"{self.project} is a project of Rasa 3 already: there is nothing to migrate")
        self._add(REPORT, _report(self.done), None, "new")

    def _raise(self) -> None:
        if self._problems:
            raise DataError(self._problems)

    def _listed(self, words: Sequence[str], component: type[Component]) -> list[str]:
        listing = list_files(self.project, words, component.suffixes)
        if listing.missing:
            raise UsageError(f"there is no {', no '.join(listing.missing)} in {self.project}")
        self.done.concerns += [f"{one.location}: {one.what}" for one in listing.refused]
        return list(dict.fromkeys(self._inside(label) for label in listing.files))

    def _inside(self, word: str) -> str:
        """A path of the project, relative to it. Raises UsageError for one elsewhere, which has no place in the new."""
        path = Path(os.path.normpath(self.project / word))
        if not path.is_relative_to(self.project):
            raise UsageError(f"{word} is not in the project")
        return path.relative_to(self.project).as_posix()

    def _text(self, label: str) -> str:
        return SourceFile(self.project / label, label).read_text()

    def _domain(self, label: str) -> DomainPart | None:
        try:
            return DomainFile().apply(source_of(self.project, label, DomainFile)).part
        except DataError as error:
            self._problems += error.problems
            return None

    def _training(self, label: str) -> FoundFile | None:
        try:
            return read_file(self.project, label, language=self._language)
        except DataError as error:
            self._problems += error.problems
            return None

    def _write_domain(self, label: str, text: str, part: DomainPart, merged: MergedDomain) -> None:
        modern = modern_domain(part, merged)
        updated = modern_text(text, merged.retrieval_intents)
        if says_domain(updated, modern):
            self._add(label, updated, label, "copied" if updated == text else "updated")
            return
        try:
            self._add(_as_yaml(label), domain_text(modern, label), label, "written")
        except DataError as error:
            self._problems += error.problems
        for name, definition in modern.forms:
            if not definition.get("required_slots"):
                self.done.concerns.append(f"{label}: form `{name}` names no slots: write its `required_slots`")

    def _write_training(self, file: FoundFile, merged: MergedDomain) -> None:
        label, data = file.label, file.data
        modern = TrainingData(data.nlu, modern_stories(data.stories, merged.retrieval_intents), data.responses)
        is_yaml = label.lower().endswith(_YAML)
        is_domain_too = label in self.contents
        if is_domain_too and (
            not data.counts() or any(f.name == label and f.how != "written" for f in self.done.files)
        ):
            return
        if not data.counts() and not is_yaml:
            self._copy(label)
            return
        text = self._text(label)
        updated = modern_text(text, merged.retrieval_intents)
        if is_yaml and not is_domain_too and says(updated, modern):
            self._add(label, updated, label, "copied" if updated == text else "updated")
            return
        nlu, missing = with_tables(self.project, label, modern.nlu)
        for path in missing:
            self.done.concerns.append(f"{label}: the lookup table in {path} is not there, and stays a path")
        self._write_data(
            self._free(_as_yaml(label), label, "data"),
            label,
            replace(modern, nlu=nlu, stories=plain_intents(modern.stories)),
        )

    def _write_data(self, name: str, label: str, data: TrainingData) -> None:
        """Training data written anew, if need be without the spaces that YAML cannot keep."""
        try:
            text = training_data_text(data, label)
        except DataError as error:
            try:
                text = training_data_text(replace(data, nlu=trimmed(data.nlu)), label)
            except DataError:
                self._problems += error.problems
                return
            self.done.concerns.append(f"{label}: spaces at the ends of texts or names are gone: YAML cannot keep them")
        self._add(name, text, label, "written")

    def _write_config(self, merged: MergedDomain, triggers: dict[str, str], domains: dict[str, str]) -> None:
        if not (self.project / self._config).is_file():
            self.done.concerns.append(f"there is no {self._config}: nothing of it was migrated")
            return
        try:
            text = self._text(self._config)
        except (OSError, UnicodeDecodeError) as error:
            self._problems.append(Problem(f"the config cannot be read: {error}", Location(self._config)))
            return
        tree, problems = parse_yaml(text, self._config)
        self._problems += problems
        if not tree.is_mapping:
            if not problems:
                self._problems.append(Problem("a config is a mapping of sections", tree.location))
            return
        result = migrate_config(
            tree.plain(),
            is_rasa_1=self._is_rasa_1(tree, domains),
            has_forms=bool(merged.forms),
            triggers=triggers,
            default_pipeline=DEFAULT_PIPELINE,
        )
        self.done.changes += [f"{self._config}: {change}" for change in result.changes]
        self.done.concerns += [f"{self._config}: {concern}" for concern in result.concerns]
        self._add_config(text, tree.plain(), dict(result.config))
        if result.rules:
            self._add_rules(StoryPart(result.rules))

    def _add_config(self, text: str, before: dict[str, Any], after: dict[str, Any]) -> None:
        if after == before:
            self._copy(self._config)
        elif after == {"recipe": after["recipe"], **before}:
            updated = f"recipe: {after['recipe']}\n{text}"
            is_same = parse_yaml(updated, self._config)[0].plain() == after
            content = updated if is_same else YamlText().document(after)
            self._add(self._config, content, self._config, "updated" if is_same else "written")
        else:
            self._add(self._config, YamlText().document(after), self._config, "written")

    def _is_rasa_1(self, config: Yaml, domains: dict[str, str]) -> bool:
        names = {item.get("name") for item in config.plain().get("policies") or () if isinstance(item, dict)}
        if names & {*LEARNED, *POLICIES} or isinstance(config.plain().get("pipeline"), str):
            return True
        is_versioned = any("version" in parse_yaml(text, label)[0] for label, text in domains.items())
        return not is_versioned and any(label.lower().endswith(_OLD) for label in self._data_labels)

    def _add_rules(self, rules: StoryPart) -> None:
        first = self._data_words[0] if self._data_words else "data"
        folder = PurePosixPath(first) if (self.project / first).is_dir() else PurePosixPath(first).parent
        name = self._free(str(folder / "rules.yml"), None, "of-policies")
        self._add(name, training_data_text(TrainingData(stories=rules), name), None, "new")

    def _tell_contradictions(self, found: Sequence[FoundFile], triggers: dict[str, str]) -> None:
        for file in found:
            for story, intent, action in contradictions(file.data.stories.blocks, triggers):
                what = f"in `{story}`, `{action}` follows `{intent}`, which a rule answers with `{triggers[intent]}`"
                self.done.concerns.append(f"{file.label}: {what}")

    def _copy_others(self, merged: MergedDomain) -> None:
        handled = {*self._domain_labels, *self._data_labels, self._config}
        for label in self._there:
            if label in handled or label in self.contents:
                continue
            suffix = PurePosixPath(label).suffix.lower()
            if suffix == ".md" and _IS_TEST.search(label):
                self._convert_test(label)
            elif suffix in _YAML and (self.project / label).is_file():
                self._update_or_copy(label, merged)
            else:
                self._copy(label)
            if suffix == ".py":
                self._look_at_code(label)

    def _convert_test(self, label: str) -> None:
        """Stories of tests in Markdown; what is none, or cannot be read, is copied."""
        path = PurePosixPath(label)
        name = path.name if path.name.startswith("test_") else f"test_{path.name}"
        try:
            data = read_file(self.project, label).data
            if data.stories.blocks:
                target = self._free(_as_yaml(str(path.with_name(name))), label, "md")
                self._add(target, training_data_text(data, label), label, "written")
                return
        except GraphbuildError as error:
            self.done.concerns.append(f"{label}: could not be converted: {error.problems[0].what}")
        self._copy(label)

    def _update_or_copy(self, label: str, merged: MergedDomain) -> None:
        try:
            text = self._text(label)
        except (OSError, UnicodeDecodeError):
            text = ""
        updated = modern_text(text, merged.retrieval_intents) if _IS_DATA.search(text) else text
        if updated == text:
            self._copy(label)
        else:
            self._add(label, updated, label, "updated")

    def _look_at_code(self, label: str) -> None:
        try:
            is_old = re.search(r"\bFormAction\b", self._text(label)) is not None
        except (OSError, UnicodeDecodeError):
            return
        if is_old:
            what = "FormAction is gone: forms are in the domain now, and FormValidationAction checks what they are told"
            self.done.concerns.append(f"{label}: {what}")

    def _free(self, name: str, label: str | None, mark: str) -> str:
        """A name that no file of the old or of the new project has; that of the file itself is free."""
        own = () if label is None or label in self.contents else (label,)
        taken = {one: None for one in (*self._there, *self.contents) if one not in own}
        return free_name(name, taken, mark)

    def _copy(self, label: str) -> None:
        self._add(label, self.project / label, label, "copied")

    def _add(self, name: str, content: str | Path, source: str | None, how: str) -> None:
        self.contents[name] = self.project / source if how == "copied" and source is not None else content
        self.done.files.append(MigratedFile(name, source, how))
        if how == "written" and source is not None and source.lower().endswith(_YAML):
            self.done.changes.append(f"{source}: was written anew; its comments stay in the original")
        elif how == "written":
            self.done.changes.append(f"{source}: is {name} now")
        elif how == "updated" and source != self._config:
            self.done.changes.append(f"{source}: has the version and the names of Rasa 3 now")


def _as_yaml(label: str) -> str:
    path = PurePosixPath(label)
    return label if path.suffix.lower() in _YAML else str(path.with_suffix(".yml"))


def _walk(project: Path) -> Iterator[str]:
    """The files of a project, without what was made of it."""
    for folder, names, files in os.walk(project):
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".") and name not in _LEFT_OUT and not Path(folder, name, "pyvenv.cfg").exists()
        )
        paths = (Path(folder, name) for name in sorted(files))
        # Not the ends of pipes and the like, which would be waited for.
        yield from (path.relative_to(project).as_posix() for path in paths if path.is_file() or path.is_symlink())


def _report(done: ProjectMigration) -> str:
    files = [f"- {file.how}: {file.name}" for file in done.files if file.how != "copied"]
    copied = sum(file.how == "copied" for file in done.files)
    sections = {
        "What needs your eye": [f"- {concern}" for concern in done.concerns],
        "What was changed": [f"- {change}" for change in done.changes],
        "Files": [*files, f"- copied: {copied} more"],
    }
    texts = [f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in sections.items() if lines]
    return "# Migration to Rasa 3\n\n" + "\n".join(texts)
