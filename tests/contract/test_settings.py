"""Settings files: what is wrong with one is told, and nothing that might matter is passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.contract.settings import table_of
from graphbuild.errors import UsageError

KINDS = {"url": str, "keys": dict}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "graphbuild.toml"


def test_no_file_says_nothing(file: Path) -> None:
    assert table_of(file, "remote", KINDS, "") == {}


def test_a_table_beside_others(file: Path) -> None:
    file.write_text('[dask]\naddress = "local:2"\n[remote]\nurl = "x"\n')
    assert table_of(file, "remote", KINDS, "") == {"url": "x"}


def test_what_an_editor_of_windows_writes(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[remote]\r\nurl = "x"\r\n')
    assert table_of(file, "remote", KINDS, "") == {"url": "x"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[remote.", "graphbuild.toml cannot be read: "),
        ("remote = 3", "`remote` in graphbuild.toml is no table"),
        ("[remote]\nurls = 'x'", "`urls` of [remote] in graphbuild.toml is unknown"),
        ("[remote]\nurl = 3", "`url` of [remote] in graphbuild.toml is of another type"),
        # Nobody would be trusted less by it, and everybody more than was meant.
        ("[remotes.keys]\nci = 'ed25519:abc'", "`remotes` in graphbuild.toml is unknown"),
    ],
)
def test_what_is_wrong_is_told(file: Path, text: str, complaint: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        table_of(file, "remote", KINDS, "")
    assert caught.value.problems[0].what.startswith(complaint)
