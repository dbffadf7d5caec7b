"""The provenance of a package as others read it: an in-toto Statement v1 with the predicate of SLSA Provenance v1.

https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1. A statement proves nothing until it is signed:
`to_be_signed` gives the bytes for that, `envelope` puts the signatures around it (DSSE, https://github.com/secure-systems-lab/dsse).
Knows no keys.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.contract.artifact import encode_json
from graphbuild.package.bill import stamp
from graphbuild.package.origin import Origin, hexadecimal, purl

PAYLOAD_TYPE = "application/vnd.in-toto+json"
BUILD_TYPE = "urn:graphbuild:package:v1"
"""What the parameters mean: docs/reproducing.md."""
LOCAL = "urn:graphbuild:builder:local"
"""Who built, where nobody says so."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Signature:
    """A signature over `to_be_signed`."""

    key_id: str
    value: bytes


def provenance_statement(origin: Origin, *, builder: str = LOCAL, invocation: str | None = None) -> Document:
    """The statement. `builder`: a URI that says who built; `invocation`: one that says which run it was."""
    metadata = {**({"invocationId": invocation} if invocation else {}), "finishedOn": stamp(origin.moment)}
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {
                "name": origin.name,
                "digest": {"sha256": origin.sha256, "blake3": origin.blake3},
                "annotations": {"key": origin.manifest["key"]},
            }
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": _asked(origin),
                "internalParameters": _chosen(origin),
                "resolvedDependencies": [*_dependencies(origin)],
            },
            "runDetails": {
                "builder": {"id": builder, "version": {"graphbuild": origin.made["graphbuild"]}},
                "metadata": metadata,
            },
        },
    }


def payload_of(statement: Document) -> bytes:
    """A statement as the bytes that travel: equal statements give equal bytes."""
    return encode_json(statement)


def to_be_signed(payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
    """What a signature is made over, and checked against: DSSE's pre-authentication encoding."""
    name = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def envelope(payload: bytes, signatures: Sequence[Signature], payload_type: str = PAYLOAD_TYPE) -> Document:
    """A payload with its signatures, as one document."""
    return {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": one.key_id, "sig": base64.b64encode(one.value).decode()} for one in signatures],
    }


def _asked(origin: Origin) -> Document:
    """What the user asked for: the recipe, what of it is kept, what trained with which options."""
    return {
        "recipe": origin.made["recipe"],
        "language": origin.manifest["language"],
        "targets": [node.id for node in origin.nodes.values() if node.artifacts],
        "options": {node.id: node.manifest["config"] for node in origin.nodes.values() if node.manifest["config"]},
        "seeds": {node.id: node.manifest["seed"] for node in origin.nodes.values() if node.is_trained},
    }


def _chosen(origin: Origin) -> Document:
    """What followed from that: the key of every node, with the code behind it."""
    return {
        "format": origin.manifest["format"],
        "toolchain": origin.interpreter,
        "nodes": {
            node.id: {"component": node.manifest["component"], "key": node.key, "code": node.manifest["code"]}
            for node in origin.nodes.values()
        },
    }


def _dependencies(origin: Origin) -> Iterator[Document]:
    revision, parent = origin.made["git"], origin.made.get("parent")
    if revision is not None:
        yield {"name": "project", "digest": {"gitCommit": revision}}
    for file, content in origin.files.items():
        yield {"name": file, "uri": f"file:{file}", **({"digest": {"blake3": content}} if content is not None else {})}
    for name, version in origin.distributions.items():
        yield {"name": name, "uri": purl(name, version)}
    if parent is not None:
        yield {
            "name": "parent",
            "digest": {"blake3": hexadecimal(parent["digest"])},
            "annotations": {"key": parent["key"]},
        }
