"""Blob: bytes of any content survive, and bytes of another type are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract.artifact import ArtifactFormatError, Blob, JsonValue


@given(st.binary())
def test_any_bytes_come_back(data: bytes) -> None:
    assert Blob.decode(Blob(data).encode()) == Blob(data)


def test_the_encoding_is_a_header_line_and_the_bytes() -> None:
    assert Blob(b"\x00\n").encode() == b"Blob.v1\n\x00\n"


@pytest.mark.parametrize("data", [b"", b"Blob.v1", b"Blob.v2\nx", JsonValue("x").encode()])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ArtifactFormatError, match=r"Blob\.v1"):
        Blob.decode(data)
