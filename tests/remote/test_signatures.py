"""The law of signatures: what a trusted key signed is believed, and nothing else, whatever is altered."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.contract import digest as digests
from graphbuild.remote.documents import Document, Word, from_object, signable, to_object
from graphbuild.remote.encoding import Unreadable
from graphbuild.remote.keys import SecretKey, new_key, public_key, secret_key, verifies
from graphbuild.remote.signatures import EXPIRED, FOREIGN, GARBLED, UNSIGNED, WRONG, Signer, judged
from graphbuild.remote.trust import Trust, TrustedKey, trust_of

NOW = 1_800_000_000.0
KEYS = [SecretKey(bytes([number]) * 32) for number in range(3)]
texts = st.text(max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 60), 1 << 60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    blobs = draw(st.dictionaries(texts, st.binary(max_size=20), min_size=1, max_size=3))
    outputs = {port: digests.of_bytes(data) for port, data in blobs.items()}
    sizes = {digests.of_bytes(data): len(data) for data in blobs.values()}
    small = {digests.of_bytes(data): data for data in blobs.values() if draw(st.booleans())}
    manifest = draw(st.dictionaries(texts, plain, max_size=3))
    seconds = draw(st.floats(0, 1e6, allow_nan=False))
    return Document(digests.of_value(draw(texts)), outputs, sizes, seconds, manifest, small)


def trusting(*keys: SecretKey, until: float = math.inf) -> Trust:
    return Trust(tuple(TrustedKey(f"key {key.public}", key.public, until=until) for key in keys), is_required=True)


def sent(document: Document, *keys: SecretKey) -> Document:
    """As it comes to a reader."""
    for key in keys:
        document = Signer(key, Trust()).sign(document)
    return from_object(to_object(document), document.key)


@settings(deadline=None)
@given(documents(), st.sets(st.sampled_from(range(3))), st.sets(st.sampled_from(range(3))))
def test_it_is_believed_where_one_of_its_signers_is_trusted(
    document: Document, signing: set[int], trusted: set[int]
) -> None:
    came = sent(document, *(KEYS[number] for number in sorted(signing)))
    belief = judged(came, trusting(*(KEYS[number] for number in trusted)), NOW)
    assert (belief.refused is None) == bool(signing & trusted)
    if belief.refused is None:
        assert belief.word is not None
        assert belief.word.by in {KEYS[number].public for number in signing & trusted}
    else:
        assert belief.refused == (FOREIGN if signing else UNSIGNED)


def altered(document: Document, what: str, draw: st.DataObject, other: Document) -> Document:
    made = next(iter(document.sizes))
    port = next(iter(document.outputs))
    changes: Mapping[str, Mapping[str, Any]] = {
        "key": {"key": digests.of_value([document.key])},
        "size": {"sizes": {**document.sizes, made: document.sizes[made] + 1}, "small": {}},
        "digest": {
            "outputs": {**document.outputs, port: digests.of_bytes(b"another")},
            "sizes": {**document.sizes, digests.of_bytes(b"another"): 7},
            "small": {},
        },
        "port": {"outputs": {**document.outputs, port + "x": made}},
        "seconds": {"seconds": document.seconds + 1},
        "manifest": {"manifest": {**document.manifest, "more": draw.draw(plain)}},
        "signatures": {"signatures": other.signatures},
        "time": {"signatures": tuple({**one, "at": one["at"] + 1} for one in document.signatures)},
    }
    return replace(document, **changes[what])


@settings(deadline=None, max_examples=100)
@given(
    documents(),
    documents(),
    st.sampled_from(["key", "size", "digest", "port", "seconds", "manifest", "signatures", "time"]),
    st.data(),
)
def test_whatever_is_altered_it_is_not_believed(
    document: Document, other: Document, what: str, data: st.DataObject
) -> None:
    signed, foreign = sent(document, KEYS[0]), sent(other, KEYS[0])
    made = altered(signed, what, data, foreign)
    if signable(made) == signable(signed) and made.signatures == signed.signatures:
        return
    if what == "signatures" and signable(document) == signable(other):
        return
    came = from_object(to_object(made), made.key)
    assert judged(came, trusting(KEYS[0]), NOW).refused == WRONG


@settings(deadline=None, max_examples=100)
@given(documents(), st.data())
def test_flipped_bits_anywhere_are_never_believed_as_something_else(document: Document, data: st.DataObject) -> None:
    """Also where the check is put right: what is believed says what was signed."""
    signed = sent(document, KEYS[0])
    told = to_object(signed)[5:]
    if not told.startswith(bytes.fromhex(digests.of_bytes(told[32:])[7:])):
        return  # compressed
    content = bytearray(told[32:])
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    again = b"GBR1r" + bytes.fromhex(digests.of_bytes(bytes(content))[7:]) + bytes(content)
    try:
        came = from_object(again, document.key)
    except Unreadable:
        return
    if judged(came, trusting(KEYS[0]), NOW).refused is None:
        assert (came.outputs, came.sizes, came.manifest) == (signed.outputs, signed.sizes, signed.manifest)


JUNK = st.dictionaries(st.sampled_from(["by", "at", "signature", "x"]), plain | st.just(KEYS[0].public), max_size=4)


@settings(deadline=None)
@given(documents(), st.lists(JUNK, max_size=20))
def test_garbage_for_signatures_is_a_refusal_and_never_an_error(
    document: Document, entries: list[dict[str, Any]]
) -> None:
    came = from_object(to_object(replace(document, signatures=tuple(entries))), document.key)
    assert judged(came, trusting(KEYS[0]), NOW).refused in {UNSIGNED, GARBLED, FOREIGN, WRONG}


def test_an_end_counts_whatever_a_signature_says_of_its_time() -> None:
    document = Document(digests.of_value("x"), {"output": digests.of_bytes(b"")}, {digests.of_bytes(b""): 0}, 1.0, {})
    came = sent(document, KEYS[0])
    at = came.signatures[0]["at"]
    assert judged(came, trusting(KEYS[0], until=at + 10), at + 9).word == Word(KEYS[0].public, at)
    assert judged(came, trusting(KEYS[0], until=at + 10), at + 10).refused == EXPIRED
    # A reader whose clock is behind goes by the signature, one whose clock is ahead by the clock.
    assert judged(came, trusting(KEYS[0], until=at), 0.0).refused == EXPIRED
    assert judged(came, trusting(KEYS[0]), 0.0).refused is None


def test_a_signature_of_something_else_is_none_of_a_result() -> None:
    document = Document(digests.of_value("x"), {"output": digests.of_bytes(b"")}, {digests.of_bytes(b""): 0}, 1.0, {})
    plain_signature = base64.b64encode(KEYS[0].sign(signable(document))).decode()
    entry = {"by": KEYS[0].public, "at": 1, "signature": plain_signature}
    came = from_object(to_object(replace(document, signatures=(entry,))), document.key)
    assert judged(came, trusting(KEYS[0]), NOW).refused == WRONG


def test_a_key_signs_once_and_keeps_what_others_signed() -> None:
    document = Document(digests.of_value("x"), {"output": digests.of_bytes(b"")}, {digests.of_bytes(b""): 0}, 1.0, {})
    came = sent(document, KEYS[0], KEYS[1], KEYS[0])
    assert [one["by"] for one in came.signatures] == [KEYS[1].public, KEYS[0].public]
    assert Signer(KEYS[1], Trust()).has_signed(came)
    assert not Signer(KEYS[2], Trust()).has_signed(came)


def test_keys_have_one_text_and_show_no_secret() -> None:
    key = new_key()
    assert public_key(key.public) == key.public
    assert secret_key(key.text(), Path()).public == key.public
    assert key.text().splitlines()[-1].partition(":")[2] not in f"{key} {key!r} {[key]}"
    assert verifies(key.public, key.sign(b"x"), b"x")
    assert not verifies(key.public, key.sign(b"x"), b"y")
    for text in ("", "ed25519:", key.public[:-1], key.public + "\n", key.public.replace("ed25519", "rsa")):
        with pytest.raises(ValueError):
            public_key(text)
    # Of the texts of base64 that give the same bytes one counts.
    second = "ed25519:" + "A" * 42 + "B="
    with pytest.raises(ValueError):
        public_key(second)


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"signed": True}, "needs the keys"),
        ({"keys": {"ci": 7}}, "`ci` of [remote.keys] is no key"),
        ({"keys": {"ci": "ed25519:xyz"}}, "is no public key"),
        ({"keys": {"ci": {"until": 2027}}}, "is no key"),
        ({"keys": {"ci": {"key": KEYS[0].public, "until": "2027-12-31"}}}, "without quotes"),
        ({"keys": {"ci": {"key": KEYS[0].public, "til": 1}}}, "`til` of `ci`"),
        ({"keys": {"a": KEYS[0].public, "b": KEYS[0].public}}, "two names"),
    ],
)
def test_what_settings_say_wrongly_is_an_error(said: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("[", r"\[").replace("]", r"\]")):
        trust_of(said)
