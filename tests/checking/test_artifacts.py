"""In what two artifacts differ."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import save

from graphbuild.checking.artifacts import difference
from graphbuild.contract.artifact import Blob, JsonValue


def columns(plain: object = None, **arrays: object) -> bytes:
    made = {name: np.asarray(one) for name, one in arrays.items()}
    return save(made, metadata={"graphbuild": json.dumps({"type": "T.v1", "value": plain})})


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, ["value.a.b[1]: 2 -> 3"]),
        ({"a": 1}, {"a": 1.0}, ["value.a: 1 -> 1.0"]),
        ({"a": 1}, {"b": True}, ["value.a: 1 -> nothing", "value.b: nothing -> true"]),
        ([1], [1, 2], ["value: 1 -> 2 items"]),
        ("x" * 100, "y", [f'value: "{"x" * 59}... -> "y"']),
        (list(range(9)), list(range(1, 10)), [*(f"value[{n}]: {n} -> {n + 1}" for n in range(5)), "and 4 more places"]),
    ],
)
def test_json_by_path(before: object, after: object, told: list[str]) -> None:
    assert list(difference(JsonValue(before).encode(), JsonValue(after).encode())) == told


def test_arrays_by_name_shape_and_largest_difference() -> None:
    before = columns({"n": 1}, a=np.zeros((2, 2), np.float32), b=[1, 2], c=[1.0], d=[1], e=["x" == "x"])
    after = columns({"n": 2}, a=np.array([[0, 0], [0.5, 0.25]], np.float32), b=[1, 2, 3], c=[1.0], f=[1], e=[False])
    assert difference(before, after) == (
        "array `a`, float32[2, 2]: 2 of 4 differ, by 0.5 at most (at [1, 0]: 0 -> 0.5)",
        "array `b`: int64[2] -> int64[3]",
        "array `d` is gone",
        "array `e`, bool[1]: 1 of 1 differ",
        "array `f` is new",
        "and 1 more places",
    )


def test_zeros_of_another_sign_and_what_is_no_number() -> None:
    (told,) = difference(columns(a=[0.0, 1.0]), columns(a=[-0.0, 1.0]))
    assert told == "array `a`, float64[2]: 0 of 2 differ, only in signs of zero or in what is no number"
    (told,) = difference(columns(a=[np.nan, 1.0]), columns(a=[np.nan, 3.0]))
    assert told.endswith("by 2 at most (at [1]: 1 -> 3)")


def test_plain_data_beside_equal_arrays() -> None:
    assert difference(columns({"n": 1}, a=[1]), columns({"n": 2}, a=[1])) == ("value.n: 1 -> 2",)


def test_bytes_by_size_and_first_that_differs() -> None:
    (told,) = difference(Blob(b"abcd").encode(), Blob(b"abXd").encode())
    assert told.endswith("-> b'Xd'")
    assert difference(b"ab", b"abc") == ("2 -> 3 bytes, one begins with all of the other",)
    assert difference(b"{1", b"{2") == ("2 bytes, the first that differs is 1: b'1' -> b'2'",)
