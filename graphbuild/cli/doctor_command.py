"""`graphbuild doctor`: what is there on this machine and what is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of, store_of
from graphbuild.errors import ExitCode, GraphbuildError
from graphbuild.report.sizes import in_bytes
from graphbuild.session import PACKAGE_FOLDER, BuildRequest, store_folder

_PYTHON = ((3, 11), (3, 14))
_FREE_BYTES = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `is_needed` and not `is_fine`: commands will fail."""

    name: str
    is_fine: bool
    detail: str
    is_needed: bool = True


@click.command(
    "doctor",
    short_help="Check this machine: what is there and what is missing.",
    epilog=examples(
        "graphbuild doctor",
        "graphbuild -C my-assistant doctor --json",
    ),
)
@json_option
@click.pass_context
def command(context: click.Context, /, as_json: bool) -> int:
    """Check Python, the packages that graphbuild needs, the store, the folders and the disk.

    Exit code 1 if something is missing that is needed.
    """
    project = project_of(context)
    request = BuildRequest(project, "", store=store_of(context))
    store = store_folder(request)
    findings = [
        *_python(),
        *_packages(),
        *_catalogues(),
        *_store(store),
        *_folders({"project": project, "store": store, "packages": project / PACKAGE_FOLDER}),
        _disk(store),
    ]
    is_fine = all(one.is_fine or not one.is_needed for one in findings)
    code = ExitCode.DONE if is_fine else ExitCode.FAILED
    if as_json:
        print_document({"code": int(code), "findings": [asdict(one) for one in findings]})
    else:
        _print(findings)
    return int(code)


def _print(findings: list[Finding]) -> None:
    width = max(len(one.name) for one in findings)
    for one in findings:
        word = "ok" if one.is_fine else "MISSING" if one.is_needed else "note"
        click.echo(f"{word:<8}{one.name:<{width}}  {one.detail}")
    wrong = sum(not one.is_fine and one.is_needed for one in findings)
    click.echo(f"\n{wrong} to mend" if wrong else "\nall is there")


def _python() -> Iterator[Finding]:
    lowest, above = _PYTHON
    text = f"{platform.python_version()} ({sys.executable})"
    yield Finding("python", lowest <= sys.version_info[:2] < above, text)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("machine", True, f"{platform.platform()}, {platform.machine()}, {cores} cores")
    from graphbuild.version import version

    yield Finding("graphbuild", True, version())


def _packages() -> Iterator[Finding]:
    """The distributions that graphbuild declares, for this platform; those of extras may be missing."""
    from importlib.metadata import PackageNotFoundError, requires, version

    try:
        declared = requires("graphbuild") or []
    except PackageNotFoundError:
        yield Finding("installation", False, "graphbuild is on the path but not installed: pip install -e .")
        return
    extras: dict[str, list[str]] = {}
    for requirement in declared:
        name, marker = _requirement(requirement)
        if not _applies(marker):
            found = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
            if found is not None and found[1] != "test":  # what only our own tests need is nobody's concern
                extras.setdefault(name, []).append(found[1])
            continue
        try:
            yield Finding(name, True, version(name))
        except PackageNotFoundError:
            yield Finding(name, False, f'not installed: pip install "{requirement.partition(";")[0].strip()}"')
    for name, offered in extras.items():
        yield _optional(name, offered)


def _optional(name: str, extras: Sequence[str]) -> Finding:
    """A library of some extras."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return Finding(name, True, version(name), is_needed=False)
    except PackageNotFoundError:
        others = f", or with {', '.join(extras[1:])}" if extras[1:] else ""
        return Finding(name, False, f"optional: pip install 'graphbuild[{extras[0]}]'{others}", is_needed=False)


def _requirement(text: str) -> tuple[str, str]:
    """`name>=1; marker` -> name, marker."""
    before, _, marker = text.partition(";")
    end = next((at for at, letter in enumerate(before) if not (letter.isalnum() or letter in "-_.")), len(before))
    return before[:end], marker.strip()


def _applies(marker: str) -> bool:
    """Whether a marker of our own pyproject holds here: extras don't; TensorFlow comes in two distributions."""
    if "extra" in marker:
        return False
    is_plain_linux = platform.system() == "Linux" and platform.machine() == "x86_64"
    return not marker or ("==" in marker) == is_plain_linux


def _catalogues() -> Iterator[Finding]:
    from graphbuild.contract.registry import catalogue

    try:
        count = len(catalogue())
    except ImportError as error:
        yield Finding("components", False, f"a catalogue cannot be imported: {error}")
        return
    yield Finding("components", count > 0, f"{count} registered")


def _store(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield Finding("store", True, f"{folder} (made by the first build)")
        return
    from graphbuild.store.local import open_store
    from graphbuild.store.maintenance import stats

    try:
        store = open_store(folder)
        found = stats(store)
        store.close()
    except (GraphbuildError, OSError) as error:
        yield Finding("store", False, f"{folder}: {error}")
        return
    yield Finding(
        "store", True, f"{folder}: {found.actions:,} actions, {found.blobs:,} blobs, {in_bytes(found.blob_bytes)}"
    )
    if found.quarantined:
        yield Finding("store", False, f"{found.quarantined} damaged blobs were set aside", is_needed=False)


def _folders(folders: dict[str, Path]) -> Iterator[Finding]:
    for name, folder in folders.items():
        there = _existing(folder)
        can = os.access(there, os.W_OK | os.X_OK)
        yield Finding(f"write {name}", can, str(folder) if can else f"no permission to write in {there}")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_existing(folder)).free
    return Finding("free disk", free >= _FREE_BYTES, in_bytes(free), is_needed=False)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    folder = folder.absolute()
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)
