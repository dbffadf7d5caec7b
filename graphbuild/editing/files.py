"""The files of a recipe: which there are, their texts, and saving one without losing what others wrote meanwhile."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.errors import GraphbuildError, Location, Problem, RecipeError, UsageError
from graphbuild.recipe.layer import layers_of, read_layer
from graphbuild.recipe.packaged import PREFIX, RecipeFile, find_recipe
from graphbuild.recipe.rasa_default import BASE, is_rasa_config

LONGEST_TEXT = 1 << 20
"""Characters of a recipe that is edited here."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")
_SAVING = threading.Lock()


@dataclass(frozen=True)
class ListedFile:
    """A file that a recipe is made of."""

    file: RecipeFile
    refused: str | None
    """Why it is not to be saved here; None where it may be."""

    @property
    def label(self) -> str:
        """How problems call it."""
        return self.file.label

    @property
    def is_writable(self) -> bool:
        """Whether it may be saved."""
        return self.refused is None


@dataclass(frozen=True)
class OpenedFile:
    """A file with its text as an editor has it, and the digest of its bytes."""

    listed: ListedFile
    text: str
    digest: Digest


class Conflict(GraphbuildError):
    """A file is not what it was when it was opened."""

    def __init__(self, label: str, opened: OpenedFile | None, mine: str) -> None:
        what = f"{label} changed on the disk since it was opened" if opened else f"{label} is no longer there"
        super().__init__(Problem(what, Location(label), hint="look at the difference; save over it, or take it over"))
        self.opened = opened
        """What is there now."""
        self.difference = difference(opened.text if opened is not None else "", mine, label)


def listed_files(reference: str, project: Path) -> tuple[ListedFile, ...]:
    """The files of a recipe, its own first and what it extends after it. Raises RecipeError where there is none."""
    first = find_recipe(reference, project)
    files = [first]
    try:
        layer = read_layer(first)
        base = layers_of(read_layer(find_recipe(BASE, project))) if is_rasa_config(layer.tree) else None
        found = base[0] if base is not None else layers_of(layer)[0]
        files += [one.file for one in reversed(found) if one.file.path != first.path]
    except RecipeError:
        pass  # what is wrong with it is told where it is checked
    by_label = {one.label: one for one in reversed(files)}
    ordered = dict.fromkeys(one.label for one in files)
    return tuple(ListedFile(by_label[label], _refused(by_label[label], project)) for label in ordered)


def named_file(reference: str, project: Path, label: str | None) -> ListedFile:
    """One of them; without a name the recipe's own. Raises UsageError for any other."""
    files = listed_files(reference, project)
    if label is None:
        return files[0]
    for one in files:
        if one.label == label:
            return one
    raise UsageError(
        Problem(f"`{label}` is no file of this recipe", facts=(("files", ", ".join(one.label for one in files)),))
    )


def opened_file(listed: ListedFile) -> OpenedFile:
    """A file, read. Raises RecipeError where it cannot be."""
    try:
        content = listed.file.path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise RecipeError(Problem("the recipe is not UTF-8", Location(listed.label, line))) from error
    except OSError as error:
        raise RecipeError(Problem(f"the recipe cannot be read: {error.strerror}", Location(listed.label))) from error
    return OpenedFile(listed, _with_plain_ends(text), digest.of_bytes(content))


def save_file(listed: ListedFile, text: str, expected: str) -> OpenedFile:
    """Puts a text in the place of a file, whole, with its line ends and its mode.

    `expected`: the digest of what is there, as the writer knows it. Raises Conflict where something else is there,
    UsageError for a file that is not to be written or cannot be.
    """
    if listed.refused is not None:
        raise UsageError(Problem(listed.refused, Location(listed.label)))
    path = listed.file.path.resolve()
    with _SAVING:
        before = _expected(listed, text, expected)
        content = with_ends_of(before, text)
        beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        try:
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, beside)
            _expected(listed, text, expected)  # as late as can be: another program may have saved while this one wrote
            beside.replace(path)
        except OSError as error:
            raise UsageError(
                Problem(f"it cannot be written: {error.strerror or error}", Location(listed.label))
            ) from error
        finally:
            beside.unlink(missing_ok=True)
    return OpenedFile(listed, _with_plain_ends(text), digest.of_bytes(content))


def with_ends_of(before: bytes, text: str) -> bytes:
    """A text with the line ends of a file: lines that the file has keep theirs, others get that of most lines."""
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    old = [_split(line) for line in _LINE.findall(before.decode("utf-8-sig", "replace")) if line]
    ends = [end for _, end in old if end]
    usual = max(dict.fromkeys(ends), key=ends.count) if ends else "\n"
    new = [_split(line) for line in _LINE.findall(_with_plain_ends(text)) if line]
    made = [line + (usual if end else "") for line, end in new]
    if len(set(ends)) > 1:
        kept = _with_own_ends(old, new, usual)
        # A lone \r before an empty line and its \n would be one end.
        made = kept if _with_plain_ends("".join(kept)) == _with_plain_ends(text) else made
    return mark + "".join(made).encode()


def _with_own_ends(old: list[tuple[str, str]], new: list[tuple[str, str]], usual: str) -> list[str]:
    """Lines in which those that were there end as they did."""
    ends = [usual] * len(new)
    matcher = difflib.SequenceMatcher(None, [line for line, _ in old], [line for line, _ in new], autojunk=False)
    for mine, its, count in matcher.get_matching_blocks():
        ends[its : its + count] = [end or usual for _, end in old[mine : mine + count]]
    return [line + (own if end else "") for (line, end), own in zip(new, ends, strict=True)]


def difference(before: str, after: str, label: str) -> str:
    """A unified diff from what is on the disk to what is to be saved."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"{label} (on disk)", f"{label} (to be saved)", lineterm=""
    )
    return "\n".join(lines)


def _expected(listed: ListedFile, text: str, expected: str) -> bytes:
    """The bytes that are there. Raises Conflict where they are not those that were expected."""
    try:
        content = listed.file.path.read_bytes()
    except OSError as error:
        raise Conflict(listed.label, None, text) from error
    if digest.of_bytes(content) != expected:
        raise Conflict(listed.label, opened_file(listed), text)
    return content


def _refused(file: RecipeFile, project: Path) -> str | None:
    inside = file.path.resolve().is_relative_to(project.resolve())
    if inside:
        return None
    name = file.path.stem
    if file.label == f"recipes/{name}.yml":
        return f"this is the packaged recipe `{PREFIX}{name}`: extend it in a recipe of your own"
    return "this file is not in the project's folder"


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split(line: str) -> tuple[str, str]:
    bare = line.rstrip("\r\n")
    return bare, line[len(bare) :]
