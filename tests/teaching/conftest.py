from __future__ import annotations

from pathlib import Path

import pytest

from tests.teaching.small import train_small, write_small


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of the small assistant."""
    return train_small(write_small(tmp_path_factory.mktemp("small")))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the small assistant, to be written to."""
    return write_small(tmp_path / "project")
