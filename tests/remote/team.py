"""A team that signs: who builds first signs, others only read; and what somebody does to the remote who has no key."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphbuild.builder import BuildReport
from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.remote import layout
from graphbuild.remote.address import address_of
from graphbuild.remote.documents import Document, from_object, longest_object, signable, to_object
from graphbuild.remote.keys import SecretKey, new_key
from graphbuild.remote.objects import Objects, open_objects
from graphbuild.remote.signatures import message
from tests.conftest import Workspace
from tests.remote.clones import LONG

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  loud:  {uses: "tests.toys:Upper", needs: {text: read}, with: {tag: loud}}
  pickle: {uses: "tests.remote.pickled_toys:Pickle", needs: {text: loud}, with: {tag: pickle}}
  show:  {uses: "tests.remote.pickled_toys:Unpickle", needs: {pickled: pickle}, with: {tag: show}}
  twice: {uses: "tests.toys:Concat", needs: {texts: [loud, show]}, with: {tag: twice}}
targets: {model: [twice]}
"""
ALL = ("loud", "pickle", "read", "show", "twice")


@dataclass
class Team:
    """A project with trusted keys, a remote, and who may sign."""

    folder: Path
    ci: SecretKey = field(default_factory=new_key)
    old: SecretKey = field(default_factory=new_key)
    """Trusted once: until 2020."""
    young: SecretKey = field(default_factory=new_key)
    """Trusted, but for what it signed before 2026."""
    foreign: SecretKey = field(default_factory=new_key)

    def key_file(self, key: SecretKey) -> str:
        file = self.folder / f"{digests.of_bytes(key.text().encode())[7:17]}.key"
        file.write_text(key.text())
        return str(file)

    def settings(self) -> str:
        return f"""
[remote.keys]
ci = "{self.ci.public}"
old = {{ key = "{self.old.public}", until = 2019-12-31 }}
young = {{ key = "{self.young.public}", since = 2026-01-01T00:00:00Z }}
"""

    def first(self, workspace: Workspace, remote: str, text: str = LONG) -> Workspace:
        """Who builds first, and signs."""
        workspace.recipe(RECIPE)
        workspace.write("a.txt", text)
        workspace.write("graphbuild.toml", self.settings())
        workspace.request = replace(workspace.request, remote=remote, signing_key=self.key_file(self.ci))
        return workspace


def signature(key: SecretKey, document: Document, at: int | None = None) -> dict[str, Any]:
    """A good signature of what a document says now."""
    at = int(time.time()) if at is None else at
    text = base64.b64encode(key.sign(message(key.public, at, signable(document)))).decode()
    return {"by": key.public, "at": at, "signature": text}


class Vandal:
    """Somebody who can write to the remote, knows the format, and has no key."""

    def __init__(self, remote: str) -> None:
        self.objects: Objects = open_objects(address_of(remote, Path("/")), 20.0)

    def document(self, key: Digest) -> Document:
        data = self.objects.read(layout.action_name(key), longest_object())
        assert data is not None
        return from_object(data, key)

    def put(self, key: Digest, document: Document) -> None:
        """What a document says, under the name of a key, with a check that is right."""
        self.objects.write(layout.action_name(key), to_object(document))

    def change(self, keys: list[Digest], change: Callable[[Document], Document]) -> None:
        for key in keys:
            self.put(key, change(self.document(key)))

    def change_blobs(self, digests_: Mapping[Digest, int], change: Callable[[bytes], bytes]) -> int:
        """How many of those blobs were objects of their own, which are changed now."""
        done = 0
        for digest, size in digests_.items():
            data = self.objects.read(layout.blob_name(digest), size + 100)
            if data is not None:
                self.objects.write(layout.blob_name(digest), change(data))
                done += 1
        return done


def evil(document: Document, payload: bytes) -> Document:
    """The document of the same key whose outputs are all a payload, as if it had been made."""
    name = digests.of_bytes(payload)
    outputs = dict.fromkeys(document.outputs, name)
    return replace(document, outputs=outputs, sizes={name: len(payload)}, small={name: payload})


def keys_of(report: BuildReport) -> list[Digest]:
    """The action keys of a build."""
    return [one.key for one in report.result.nodes.values() if one.key is not None]
