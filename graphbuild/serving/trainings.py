"""Trainings: what /model/train asks for, one at a time, each in a process beside: `graphbuild train --json`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from graphbuild.errors import StoreError
from graphbuild.given import given_text
from graphbuild.session import BuildRequest, store_folder
from graphbuild.web.refused import Refused

_PATIENCE_S = 10.0
"""How long a training that is to end may take for it."""
_LINES = 20
_VARIABLES = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LANGUAGE", "TMPDIR", "TMP", "TEMP"),
    *("LD_LIBRARY_PATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
_FAMILIES = (
    *("LC_", "XDG_", "PYTHON", "GRAPHBUILD_", "CONDA_", "DYLD_"),
    *("TF_", "KERAS_", "XLA_", "JAX_", "CUDA_", "NVIDIA_", "TORCH_", "HF_", "TRANSFORMERS_", "SENTENCE_TRANSFORMERS_"),
    *("OMP_", "OPENBLAS_", "MKL_", "BLIS_", "NUMEXPR_", "LOKY_", "JOBLIB_"),
)
"""Variables, and beginnings of their names, that programs go by."""
_SECRETS = ("TOKEN", "PASSWORD", "SECRET", "KEY", "CREDENTIAL")
_DOCUMENT = "the document"


@dataclass(frozen=True)
class Asked:
    """A training that a client asks for: one YAML document with configuration, domain and data."""

    document: str
    options: Sequence[str] = ()
    """Further options of `graphbuild train`."""
    out: Path | None = None
    """Where the package is written; the folder of models unless given."""


@dataclass(frozen=True)
class Trained:
    """A package, and what the checks say of the document that it was made from."""

    package: Path
    warnings: Sequence[Mapping[str, Any]] = ()
    """As `graphbuild train --json` tells them."""


class Trainings:
    """Trains one document after another."""

    def __init__(self, project: Path, models: Path, store: Path | None = None, most: int = 8) -> None:
        self._project, self._models = project.absolute(), models.absolute()
        self._store = store_folder(BuildRequest(self._project, "", store=store)).absolute()
        self._most = most
        self._one = asyncio.Lock()
        self._running: asyncio.subprocess.Process | None = None
        self._is_ending = False
        self.active = 0
        """How many run or wait."""

    async def train(self, asked: Asked) -> Trained:
        """The package: a new one, or the earlier one where nothing changed. Raises Refused."""
        if self.active >= self._most:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, f"{self.active} trainings run or wait already")
        self.active += 1
        try:
            async with self._one:
                return await self._trained(asked)
        finally:
            self.active -= 1

    async def end(self) -> None:
        """Stops the training that runs, as Ctrl-C does, and begins none that waits."""
        self._is_ending = True
        if self._running is not None:
            await _stop(self._running)

    async def _trained(self, asked: Asked) -> Trained:
        if self._is_ending:
            raise _ending()
        try:
            # Named by its content: the same document is the same file, and what was trained of it is reused.
            path = await asyncio.to_thread(given_text, self._store, asked.document, "posted")
        except StoreError as error:
            raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, str(error), "TrainingError") from error
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "graphbuild", "-C", str(self._project), "--store", str(self._store), "train"),
            *("--config", str(path), "--domain", str(path), "--data", str(path)),
            *("--out", str(asked.out or self._models), "--json", *asked.options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(os.environ),
            start_new_session=True,  # Ctrl-C is for the server, which ends it
        )
        self._running = process
        try:
            said, told = await process.communicate()
        finally:
            self._running = None
            if process.returncode is None:
                await _stop(process)
        if self._is_ending:
            raise _ending()
        # Clients are told of their document, and not of where it lies here.
        said, told = (_without_place(text, path, self._project) for text in (said, told))
        return _package(process.returncode or 0, said, told.decode(errors="replace"))


def _environment(whole: Mapping[str, str]) -> dict[str, str]:
    """What a training sees of the environment: a document may ask for any variable, and the package says what it is."""
    return {
        name: value
        for name, value in whole.items()
        if (name in _VARIABLES or name.startswith(_FAMILIES)) and not any(word in name.upper() for word in _SECRETS)
    }


def _package(code: int, said: bytes, told: str) -> Trained:
    """What a training wrote. Raises Refused with its problems."""
    try:
        document: dict[str, Any] = json.loads(said)
    except ValueError:
        last = "\n".join(told.splitlines()[-_LINES:])
        what = f"the training ended with code {code} and without an answer"
        raise Refused(HTTPStatus.INTERNAL_SERVER_ERROR, what, "TrainingError", {"last lines": last})
    if code == 0 and document.get("model"):
        return Trained(Path(document["model"]), document.get("warnings") or ())
    problems = document.get("problems") or []
    message = "\n".join(_line(problem) for problem in problems) or "the training gave no model"
    raise Refused(HTTPStatus.BAD_REQUEST, message, "TrainingError", {"problems": problems})


def _without_place(text: bytes, path: Path, project: Path) -> bytes:
    """What a training says, with the document called so: errors name it as it lies on the disk, or in the project."""
    places = [str(path), *([str(path.relative_to(project))] if path.is_relative_to(project) else [])]
    for place in places:
        for written in (json.dumps(place)[1:-1], place):
            text = text.replace(written.encode(), _DOCUMENT.encode())
    return text


def _line(problem: dict[str, Any]) -> str:
    place = f"line {problem['line']}: " if problem.get("line") else ""
    hint = f" ({problem['hint']})" if problem.get("hint") else ""
    return f"{place}{problem.get('what')}{hint}"


def _ending() -> Refused:
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "the server is ending: the training was stopped", "TrainingError")


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Ends a process as Ctrl-C does, and otherwise after a while."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()  # and not SIGINT, which it ignores where the server does: in the background of a script
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await process.wait()
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
