"""What somebody signed about a package: an envelope (DSSE) around its provenance or its bill of materials, read.

Reading says what is claimed, of which file, and what the signatures are over; whose they are is for others to judge.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.errors import GraphbuildError, Problem, UsageError
from graphbuild.package.bill import MEDIA_TYPE
from graphbuild.package.origin import Origin
from graphbuild.package.statement import PAYLOAD_TYPE, Signature, to_be_signed

_LIMIT = 64 << 20
_MOST = 32
"""Signatures that are looked at."""
_KINDS = {PAYLOAD_TYPE: "provenance", MEDIA_TYPE: "bill of materials"}
_ALGORITHMS = {"SHA-256": "sha256", "BLAKE3": "blake3"}


@dataclass(frozen=True)
class Attestation:
    """An envelope as it was read."""

    path: Path
    kind: str
    signatures: tuple[Signature, ...]
    message: bytes
    """What they are to be over."""
    subject: Mapping[str, str]
    """The package that it is about: algorithm -> digest in hexadecimal."""
    moment: float | None
    """When the package was made, by what it says, as Unix time: it was signed after that."""
    builder: str | None = None


def read_attestation(path: Path) -> Attestation:
    """Reads an envelope. Raises UsageError where there is no file, GraphbuildError for what is no such envelope."""
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
    except OSError as error:
        raise UsageError(Problem(f"cannot read {path}: {error.strerror}")) from error
    try:
        found = json.loads(data) if len(data) <= _LIMIT else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not {"payloadType", "payload", "signatures"} <= found.keys():
        signed = isinstance(found, dict) and ("predicateType" in found or "bomFormat" in found)
        what = f"{path} is not signed" if signed else f"{path} is no signed envelope (DSSE)"
        raise GraphbuildError(Problem(what, hint="`graphbuild model provenance --sign-with FILE` writes one"))
    try:
        return _attestation(path, found)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise GraphbuildError(Problem(f"{path} is damaged: it is no envelope that can be read")) from error


def about_another(attestation: Attestation, origin: Origin) -> Problem | None:
    """What is wrong where an attestation is not about the file of a package."""
    digests = {"sha256": origin.sha256, "blake3": origin.blake3}
    if attestation.subject and all(digests.get(name) == one for name, one in attestation.subject.items()):
        return None
    facts = tuple((f"its {name}", one) for name, one in attestation.subject.items())
    return Problem(f"{attestation.path} is about another package", facts=(*facts, ("sha256", origin.sha256)))


def _attestation(path: Path, envelope: Mapping[str, Any]) -> Attestation:
    payload_type = envelope["payloadType"]
    payload = _bytes(envelope["payload"])
    if payload_type not in _KINDS:
        raise ValueError(payload_type)
    document = json.loads(payload)
    read = _of_statement if payload_type == PAYLOAD_TYPE else _of_bill
    subject, moment, builder = read(document)
    return Attestation(
        path,
        _KINDS[payload_type],
        tuple(Signature(str(one.get("keyid") or ""), _bytes(one["sig"])) for one in envelope["signatures"][:_MOST]),
        to_be_signed(payload, payload_type),
        subject,
        dt.datetime.fromisoformat(moment).timestamp() if moment else None,
        builder,
    )


def _of_statement(document: Any) -> tuple[dict[str, str], str | None, str | None]:
    (subject,) = document["subject"]
    run = document["predicate"]["runDetails"]
    known = {name: str(one) for name, one in subject["digest"].items() if name in _ALGORITHMS.values()}
    return known, run["metadata"].get("finishedOn"), str(run["builder"]["id"])


def _of_bill(document: Any) -> tuple[dict[str, str], str | None, str | None]:
    told = document["metadata"]
    hashes = {
        _ALGORITHMS[one["alg"]]: str(one["content"]) for one in told["component"]["hashes"] if one["alg"] in _ALGORITHMS
    }
    return hashes, told.get("timestamp"), None


def _bytes(text: Any) -> bytes:
    """Base64, also that of web addresses, as the format allows. Raises ValueError."""
    try:
        return base64.b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error
