"""The NLU data that a package holds, where it was trained with it. Knows nothing of what the data says."""

from __future__ import annotations

from pathlib import Path

from graphbuild.contract.artifact import Blob
from graphbuild.errors import GraphbuildError, Problem
from graphbuild.package.package import MANIFEST, read_package

NODE = "nlu_data_text"
ENDING = ".tar.gz"


def is_model(path: Path) -> bool:
    """Whether a path looks like a package, or like a folder that one was left in."""
    return (path.is_file() and path.name.endswith(ENDING)) or (path / MANIFEST).is_file()


def nlu_data_of(path: Path) -> str:
    """The YAML text. Raises GraphbuildError for a package without any, and for what is no package."""
    package = read_package(path)
    for one in package.manifest["artifacts"]:
        if one["node"] == NODE and one["type"] == Blob.type_name:
            return Blob.decode(package.artifacts[one["digest"]]).data.decode()
    raise GraphbuildError(Problem(f"{path} holds no training data", hint="train with --persist-nlu-data"))
