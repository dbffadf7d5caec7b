"""Whom the epochs of a training are told to: the engine, and TensorBoard where it is wanted."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.assistant.learning.epochs import Progress
from graphbuild.assistant.learning.options import LearningOptions
from graphbuild.contract.component import Context
from graphbuild.errors import BuildFailed, Problem


def told(options: LearningOptions, context: Context) -> Progress:
    """What is called after each epoch. Raises BuildFailed where logs cannot be written."""
    if options.tensorboard_log_directory is None:
        return context.progress
    folder = context.project / options.tensorboard_log_directory
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"no logs for TensorBoard can be written to {options.tensorboard_log_directory}: {error.strerror}"
        raise BuildFailed(Problem(what, hint="`tensorboard_log_directory` names a folder")) from error
    from graphbuild.assistant.networks.event_log import EventLog

    log = EventLog(str(folder))

    def tell(done: int, total: int, facts: Mapping[str, float]) -> None:
        log.write(done, facts)
        context.progress(done, total, facts)

    return tell
