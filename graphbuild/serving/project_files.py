"""Files of a project that say how it is served: endpoints.yml, credentials.yml, the folder of models."""

from __future__ import annotations

from pathlib import Path

from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.runtime.credentials import read_credentials
from graphbuild.assistant.runtime.endpoints import Endpoints, read_endpoints

ENDPOINTS = "endpoints.yml"
CREDENTIALS = "credentials.yml"
MODELS = "models"


def usual(given: str | None, project: Path, name: str) -> Path | None:
    """The file that was named, or the usual one of the project; None where there is none."""
    if given is not None:
        return project / given
    return project / name if (project / name).is_file() else None


def endpoints_of(path: Path | None) -> Endpoints:
    """What a file says; the usual where there is none. Raises DataError."""
    return read_endpoints(path) if path is not None else Endpoints()


def has_rest(path: Path | None) -> tuple[bool, Warnings]:
    """Whether the REST channel is asked for, which it is where no file says; and what is odd. Raises DataError."""
    if path is None:
        return True, Warnings()
    credentials = read_credentials(path)
    return "rest" in credentials.channels, credentials.warnings


def models_folder(model: Path) -> Path:
    """The folder of models, where one of them, or the folder, is named."""
    return model.parent if model.is_file() else model
