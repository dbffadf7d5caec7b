"""Performing a task: read the inputs, call the component's operation, keep the outputs. The same in every worker.

Knows the contract and the blob store; nothing of graphs, plans and other tasks.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbuild.contract.artifact import Artifact, ArtifactFormatError, Ports
from graphbuild.contract.component import (
    OUTPUT,
    START,
    STATE,
    Component,
    Context,
    InputPort,
    Operation,
    method_of,
    signature,
    state_type,
)
from graphbuild.contract.digest import Digest, seed_of
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import read_options
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import ExitCode, GraphbuildError, Location, Problem
from graphbuild.execution.checkpointing import TaskCheckpoints
from graphbuild.execution.measuring import LOAD_CODE, LOAD_INPUTS, RUN, STORE, Measured
from graphbuild.execution.own_code import check_code
from graphbuild.execution.saying import heard
from graphbuild.execution.task import TIME_ALONE, Completion, Measures, Progress, RowCount, Task
from graphbuild.execution.values import Values, class_of
from graphbuild.store.interface import BlobLost, BlobStore, Checkpoints

if TYPE_CHECKING:
    from graphbuild.execution.row_memory import RowMemory


def perform(
    task: Task,
    blobs: BlobStore,
    values: Values,
    progress: Progress,
    measures: Measures = TIME_ALONE,
    checkpoints: Checkpoints | None = None,
) -> Completion:
    """Runs a task. Whatever the component raises comes back as problems; only KeyboardInterrupt passes through.

    `checkpoints`: where what it has come to is kept while it runs, and gone on from.
    """
    measured = Measured(task.node, measures)
    kept = TaskCheckpoints(task, checkpoints, lambda done, total, facts: progress(task.node, done, total, facts))
    with heard() as said:
        completion = _perform(task, blobs, values, kept, measured)
    performed = replace(measured.performed(), said=said.text())
    return replace(completion, performed=performed, earlier_s=kept.earlier_s)


def _perform(task: Task, blobs: BlobStore, values: Values, kept: TaskCheckpoints, measured: Measured) -> Completion:
    began = time.perf_counter()
    try:
        outputs, rows = _run(task, blobs, values, kept, measured)
    except BlobLost:
        wanted = {digest for _, digest, _ in task.inputs}
        values.forget(wanted)
        lost = tuple(wanted - blobs.present(wanted))
        return Completion(task.node, time.perf_counter() - began, lost=lost)
    except GraphbuildError as error:
        is_bad_input = error.exit_code is ExitCode.USAGE
        return Completion(task.node, time.perf_counter() - began, problems=error.problems, is_bad_input=is_bad_input)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a component raises is a failed node, not a failed engine
        return Completion(task.node, time.perf_counter() - began, problems=(_told(error, task),))
    return Completion(task.node, time.perf_counter() - began, outputs, rows=rows)


def _run(
    task: Task, blobs: BlobStore, values: Values, kept: TaskCheckpoints, measured: Measured
) -> tuple[dict[str, Digest], RowCount | None]:
    project = Path(task.project)
    with measured.phase(LOAD_CODE):
        component: type[Component] = load_class(task.reference, project)
        check_code(task)
    config, wrong = read_options(component.Config, task.options)
    if wrong:
        raise GraphbuildError([Problem(one.what, hint=one.hint) for one in wrong])
    context = Context(
        seed=seed_of(task.key),
        progress=kept.told,
        project=project,
        checkpoints=kept,
    )
    memory = _memory(task, component, blobs, values)
    if memory is not None:
        context = replace(context, memory=memory)
    with measured.phase(LOAD_INPUTS):
        blobs.bring(digest for _, digest, _ in task.inputs)
        arguments = _arguments(task, component, blobs, values)
    with measured.phase(RUN), kept, measured.calls(), measured.uses(task):
        made = getattr(component(config, context), method_of(task.operation))(**arguments)
    check_code(task)  # what it imported meanwhile is as old
    outputs = {}
    with measured.phase(STORE):
        for port, value in _by_port(made, task, component).items():
            outputs[port], measured.sizes[port] = values.keep(value, blobs)
        return outputs, memory.keep(outputs[OUTPUT]) if memory is not None else None


def _memory(task: Task, component: type[Component], blobs: BlobStore, values: Values) -> RowMemory | None:
    kind = signature(component, task.operation).outputs.get(OUTPUT)
    if task.remembers is None or kind is None:
        return None
    from graphbuild.execution.row_memory import RowMemory  # most components have none, and it needs numpy

    return RowMemory(task.tables, kind, blobs, values)


def _arguments(task: Task, component: type[Component], blobs: BlobStore, values: Values) -> dict[str, Any]:
    declared = signature(component, task.operation)
    ports = dict(declared.inputs)
    if declared.start is not None:
        ports[START] = declared.start
    if task.operation in (Operation.APPLY, Operation.IMPORT) and any(port == STATE for port, _, _ in task.inputs):
        ports[STATE] = InputPort(STATE, state_type(component))
    arguments: dict[str, Any] = {}
    for name, port in ports.items():
        wired = [(digest, kind) for port_name, digest, kind in task.inputs if port_name == name]
        found = [values.get(digest, class_of(port.type, kind), blobs) for digest, kind in wired]
        if port.many:
            arguments[name] = found
        elif found:
            arguments[name] = found[0]
    if task.source_port is not None:
        arguments[task.source_port] = _source(task)
    return arguments


def _source(task: Task) -> SourceFile | SourceTree:
    if task.is_tree:
        return SourceTree({label: SourceFile(Path(task.project, label), label) for label in task.files})
    others = {word: None if path is None else Path(task.project, path) for word, path in task.others.items()}
    (label,) = task.files
    return SourceFile(Path(task.project, label), label, task.variables, others)


def _by_port(made: object, task: Task, component: type[Component]) -> Mapping[str, Artifact]:
    wanted = signature(component, task.operation).outputs
    port = STATE if task.operation is Operation.TRAIN else OUTPUT
    found: Mapping[str, Any] = made.values() if isinstance(made, Ports) else {port: made}
    for port, kind in wanted.items():
        if not isinstance(found.get(port), kind):
            raise GraphbuildError(
                Problem(
                    f"`{component.__name__}.{method_of(task.operation)}` must make "
                    f"{kind.type_name} at port `{port}`, not {type(found.get(port)).__name__}"
                )
            )
    return {port: found[port] for port in wanted}


def _told(error: BaseException, task: Task) -> Problem:
    """A component's exception as a problem: what it says, and the innermost line of code that is not a library's."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "site-packages" not in frame.filename and "/lib/python" not in frame.filename]
    frame = (own or frames)[-1]
    message = str(error).strip() or "(no message)"
    if isinstance(error, ArtifactFormatError):
        message = f"an input cannot be read: {message}"
    place = Location(_short(frame.filename, task.project), frame.lineno or 0)
    return Problem(f"{type(error).__name__}: {message}", place)


def _short(filename: str, project: str) -> str:
    try:
        return Path(filename).relative_to(Path(project).resolve()).as_posix()
    except ValueError:
        return filename
