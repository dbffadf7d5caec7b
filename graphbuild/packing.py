"""The package of a build: a new one, or the earlier one that is equal. On the path of a build with nothing to do."""

from __future__ import annotations

import errno
import json
import os
import time
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.errors import BuildFailed, Problem, UsageError
from graphbuild.execution.result import BuildResult
from graphbuild.package.key import Outputs, package_key
from graphbuild.session import PACKAGE_FOLDER, PACKAGE_MEMO, Session
from graphbuild.store.interface import BlobLost, Store

_LONGEST = 255
"""Bytes of the name of a file or a folder, on the file systems that are in use."""


def packaged(opened: Session, result: BuildResult) -> tuple[Path, bool]:
    """The package of a build, and whether it had to be written.

    Raises BlobLost where something of it is no longer there, BuildFailed, UsageError.
    """
    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    if opened.request.unpacked is not None:
        return _unpacked(opened, result, outputs, opened.request.unpacked)
    key = package_key(opened.graph, outputs)
    folder = opened.project / (opened.request.out or PACKAGE_FOLDER)
    wanted = _named(folder, opened.request.fixed_name) if opened.request.fixed_name else None
    name = digest.of_value([str(folder), key])
    earlier = _earlier_package(opened.store, name, wanted)
    if earlier is not None:
        return earlier, False
    from graphbuild.package.package import write_package

    if opened.store.blobs.hold():
        raise BlobLost(Problem("what the package was to hold was collected"))
    _bring(opened, outputs)
    origin = _origin(opened, result)
    path = wanted or folder / f"{_prefix(opened)}{time.strftime('%Y%m%d-%H%M%S')}-{digest.short(key)}.tar.gz"
    try:
        write_package(path, opened.graph, outputs, origin, opened.store.blobs)
    except OSError as error:
        hint = "--out DIR names another folder"
        problem = Problem(f"the package cannot be written: {error.strerror}", facts=(("file", str(path)),), hint=hint)
        raise BuildFailed(problem) from error
    status = path.stat()
    record = {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    opened.store.memos.set(PACKAGE_MEMO, name, json.dumps(record).encode())
    return path, True


def check_place(opened: Session) -> None:
    """Whether the package can be written, as far as that is known before anything runs.

    Raises BuildFailed where it cannot be, UsageError for a name that packages cannot have.
    """
    request = opened.request
    folder = opened.project / (request.out or PACKAGE_FOLDER)
    place = _named(folder, request.fixed_name).parent if request.fixed_name else folder
    if request.unpacked is not None:
        place = request.unpacked
    file = _named(folder, request.fixed_name) if request.fixed_name and request.unpacked is None else place
    if any(len(os.fsencode(part)) > _LONGEST for part in file.parts):
        what = f"the package cannot be written: {os.strerror(errno.ENAMETOOLONG)}"
        raise BuildFailed(Problem(what, facts=(("file", str(file)),), hint="nothing ran; give it a shorter name"))
    there = next(one for one in (place, *place.absolute().parents) if one.exists())
    why = None if there.is_dir() else errno.ENOTDIR
    if why is None and not os.access(there, os.W_OK | os.X_OK):
        why = errno.EROFS if os.statvfs(there).f_flag & os.ST_RDONLY else errno.EACCES
    if why is not None:
        what = f"the package cannot be written into {place}: {os.strerror(why)}"
        hint = f"nothing ran; {'name' if request.unpacked is not None else '--out DIR names'} another folder"
        raise BuildFailed(Problem(what, facts=(("because of", str(there)),), hint=hint))


def _unpacked(opened: Session, result: BuildResult, outputs: Outputs, path: Path) -> tuple[Path, bool]:
    """The members of the package in a folder, and whether they had to be written."""
    from graphbuild.package.folder import write_folder

    _bring(opened, outputs)
    try:
        return path, write_folder(path, opened.graph, outputs, _origin(opened, result), opened.store.blobs)
    except OSError as error:
        what = f"the model cannot be written: {error.strerror}"
        raise BuildFailed(Problem(what, facts=(("folder", str(path)),), hint="name another folder")) from error


def _bring(opened: Session, outputs: Outputs) -> None:
    """Has all that the package is to hold at hand, at a time: one after the other takes longer where it is far."""
    opened.store.blobs.bring(outputs[node][port] for node, port in opened.graph.kept)


def _origin(opened: Session, result: BuildResult) -> dict[str, Any]:
    """Where the package of a build came from."""
    from graphbuild.package.provenance import git_revision, provenance
    from graphbuild.version import version

    keys = {node_id: node.key for node_id, node in result.nodes.items() if node.key is not None}
    manifests = {node_id: opened.store.actions.manifest(key) for node_id, key in keys.items()}
    if None in manifests.values():  # damaged, or collected while this build began: it is what the graph says
        planner, outputs = opened.planner(), {node_id: node.outputs for node_id, node in result.nodes.items()}
        manifests = {
            one: found or planner.manifest(opened.graph.nodes[one], outputs) for one, found in manifests.items()
        }
    known = {node_id: found for node_id, found in manifests.items() if found is not None}
    return provenance(opened.graph, keys, known, version(), git_revision(opened.project))


def _prefix(opened: Session) -> str:
    """What the dated name of a package begins with: the half that it is, where it is one."""
    part = opened.graph.part
    return opened.request.prefix or (f"{part}-" if part is not None else "")


def _earlier_package(store: Store, name: str, wanted: Path | None) -> Path | None:
    kept = store.memos.get(PACKAGE_MEMO, name)
    if kept is None:
        return None
    record = json.loads(kept)
    path = Path(record["path"])
    if wanted is not None and path != wanted:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    same = status.st_size == record["size"] and status.st_mtime_ns == record["mtime_ns"]
    return path if same else None


def _named(folder: Path, name: str) -> Path:
    """The file of a package that the user named. Raises UsageError for a name that leads out of the folder, or none."""
    path = folder / (name if name.endswith(".tar.gz") else f"{name}.tar.gz")
    if Path(name).is_absolute() or ".." in Path(name).parts or path.name == ".tar.gz" or "\0" in name:
        hint = "give the name alone, and the folder with --out"
        raise UsageError(Problem(f"the name of a package cannot be `{name}`", hint=hint))
    return path
