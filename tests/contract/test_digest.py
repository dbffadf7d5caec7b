"""The encoding and its digests: golden values that only a new format version may change, and the laws behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract import digest

# Every action key and every blob's name hangs on these. A change makes all stores of all users useless: if it must
# be, FORMAT_VERSION is raised in the same commit.
GOLDEN = [
    (None, b"n", "a74e0b1433b54b7a33bfe58e60093239cbcfca8c4bebcbf11b706970b8da2fbb"),
    (False, b"f", "9ab388bedc43eaf44150107d17ad090f6b1c34610f5740778ddb95d9f06576ee"),
    (True, b"t", "0538661423236a5d8df6286a8633369e2a03c5f90d48eded333222dbee8cdbdd"),
    (0, b"i0;", "852d94a7445cfc42a37791446c079fa81bd6df511745b23895eebe1e1a3e282d"),
    (1, b"i1;", "a0e583ad072146934355133b46e06a9f47c525f28eab3c93e498e6c23a139e7f"),
    (-1, b"i-1;", "63c8bbad953d8a37792f37b391700ae52b4e298bf103f074a08e7c2ebd584846"),
    (2**70, b"i1180591620717411303424;", "8f2622fc65f290bd1030b33beaae24c2fad2d5e6fedda7f2b43a1d8d0faf61af"),
    (1.0, b"d?\xf0\0\0\0\0\0\0", "31af21e1c1c6a2cfceb324027f7c9639466c21f831ea0ea40f32c2397f2477fa"),
    (-0.0, b"d\x80\0\0\0\0\0\0\0", "ab555955399e91c6eec601bd27376212198442fffb4ab3fe471bd6e6ff72864e"),
    ("", b"s0:", "4c8b12c0aaa9135c5f6fb7835b3a3680d4f3cde3446ea551767068ba2da09fd8"),
    ("1", b"s1:1", "29751afefe5f683e9495df845cdda19728e9f9515212398b1bf0a717ea04ef9e"),
    ("é", b"s2:\xc3\xa9", "cb59ac751f7404a0ee9ba97effaa58f7d60f36457d3d8a861a04a74585e4443e"),
    ("\ud800", b"s3:\xed\xa0\x80", "d5342b000f63f9ff2eed3c004051213613a817c37dbc9265230cbafd090db384"),
    (b"", b"b0:", "c97b75164f98b694b4b601d2c7deb34c7931c9309af2169e6b60f17ff4412901"),
    (b"1", b"b1:1", "e668a46104fccb43e79295df7ebfc421d338fc51a9b3a3ffee4afe7b99a56d85"),
    ([], b"le", "be8203878c485743028992d70af07ca994ad4b013f296174bc849c49f09a2ec1"),
    ([[1], []], b"lli1;elee", "1a52ec68666f80b5ddca908c03a6450ae7458816d52dd565eaf4394afca586f1"),
    ({}, b"me", "38e8b28b68304e7a92394ec31664dffd27649f1c21ca2ae106db43d3fcb3f3a6"),
    (
        {"b": 1, "a": [True, None]},
        b"ms1:altnes1:bi1;e",
        "c6932d00309c8e2f415d1ebfbbbbbd8802d049f066116e9da620756c7f53e096",
    ),
    (
        {"é": {}, "z": 0},
        b"ms1:zi0;s2:\xc3\xa9mee",
        "a30c43a96bf0a32bb856df99582ad7b85668846261dcb9f9b82ccbe5673e902f",
    ),
]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def tagged(value: Any) -> Any:
    """A form in which two values are equal only if they mean the same."""
    if isinstance(value, dict):
        return "map", tuple(sorted((key, tagged(one)) for key, one in value.items()))
    if isinstance(value, list | tuple):
        return "list", tuple(tagged(one) for one in value)
    return type(value).__name__, value.hex() if isinstance(value, float) else repr(value)


@pytest.mark.parametrize(("value", "encoded", "figures"), GOLDEN, ids=[repr(value) for value, _, _ in GOLDEN])
def test_c17_golden_digests(value: object, encoded: bytes, figures: str) -> None:
    assert digest.encode(value) == encoded
    assert digest.of_value(value) == f"blake3:{figures}"


def test_golden_digests_of_bytes_and_what_is_drawn_from_them() -> None:
    assert digest.FORMAT_VERSION == 1
    assert digest.of_bytes(b"") == "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
    assert digest.of_bytes(b"abc") == "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
    key = digest.of_value(["action", "x"])
    assert key == "blake3:fc84bceaa04d2548c6bc4cac58663a83ea68749b41bfb007adb013fcf6f33511"
    assert (digest.short(key), digest.seed_of(key)) == ("fc84bcea", 2089073898)
    assert 0 <= digest.seed_of(key) < 2**31


@given(VALUES, VALUES)
def test_different_values_have_different_encodings(one: Any, two: Any) -> None:
    assert (digest.encode(one) == digest.encode(two)) == (tagged(one) == tagged(two))


@given(st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4))
def test_no_encoding_is_the_beginning_of_another(ones: list[Any], twos: list[Any]) -> None:
    """So that items never run into each other: lists that are split elsewhere differ."""
    joined = [b"".join(digest.encode(value) for value in values) for values in (ones, twos)]
    assert (joined[0] == joined[1]) == (tagged(ones) == tagged(twos))


@given(st.dictionaries(st.text(), VALUES, max_size=6))
def test_the_order_of_keys_is_irrelevant(value: dict[str, Any]) -> None:
    assert digest.encode(dict(reversed(value.items()))) == digest.encode(value)


@given(st.lists(VALUES, max_size=4))
def test_a_tuple_is_a_list(value: list[Any]) -> None:
    assert digest.encode(tuple(value)) == digest.encode(value)


def test_one_is_not_one_point_nothing_nor_text_nor_true() -> None:
    assert len({digest.of_value(value) for value in (1, 1.0, "1", True, b"1", [1], {"1": 1})}) == 7


@pytest.mark.parametrize("value", [{1: 2}, {None: 1}, {1, 2}, object(), [{"a": {b"k": 1}}], 1j])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        digest.encode(value)


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    file = tmp_path / "file"
    file.write_bytes(data[:size])
    assert digest.of_file(file) == digest.of_bytes(data[:size])


def test_bytes_are_bytes_however_they_are_held() -> None:
    assert digest.encode(b"ab") == digest.encode(bytearray(b"ab")) == digest.encode(memoryview(b"ab")) == b"b2:ab"
