"""Logs of trainings for TensorBoard: a number an epoch for each thing that a training tells."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.assistant.networks.tensorflow_start import tf

_SCALAR = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "scalars"})


class EventLog:
    """Writes to a folder, which TensorBoard then reads."""

    def __init__(self, folder: str) -> None:
        self._writer = tf.summary.create_file_writer(folder)

    def write(self, epoch: int, facts: Mapping[str, float]) -> None:
        """What is known after an epoch."""
        with self._writer.as_default(step=epoch):
            for name, value in facts.items():
                # As `tf.summary.scalar` does, which is there only where TensorBoard is installed.
                tf.summary.write(name, tf.constant(value, tf.float32), metadata=_SCALAR)
        self._writer.flush()
