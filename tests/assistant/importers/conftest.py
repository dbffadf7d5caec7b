"""Files of a project, written and read: `training_data(text)` and `domain(text)` give what the importers say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from graphbuild.assistant.importers.domain_file import DomainFile, DomainFileOutput
from graphbuild.assistant.importers.training_data_file import TrainingDataFile, TrainingDataOutput
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError


@pytest.fixture
def source(tmp_path: Path) -> Callable[[str, str], SourceFile]:
    def write(text: str, name: str) -> SourceFile:
        path = tmp_path / name
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return SourceFile(path, name)

    return write


@pytest.fixture
def training_data(source: Callable[[str, str], SourceFile]) -> Callable[..., TrainingDataOutput]:
    return lambda text, name="data.yml": TrainingDataFile().apply(source(text, name))


@pytest.fixture
def domain(source: Callable[[str, str], SourceFile]) -> Callable[..., DomainFileOutput]:
    return lambda text, name="domain.yml": DomainFile().apply(source(text, name))


@pytest.fixture
def problems() -> Callable[[Callable[[], object]], list[str]]:
    """The problems that a call raises: place, what, hint, one line each."""

    def caught(call: Callable[[], object]) -> list[str]:
        with pytest.raises(DataError) as error:
            call()
        return str(error.value).splitlines()

    return caught
