"""Who vouches for a package: envelopes that count, and those that are altered, foreign, out of date, of another one."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphbuild.package.origin import read_origin
from graphbuild.package.statement import Signature, envelope, payload_of, provenance_statement, to_be_signed
from graphbuild.remote.keys import SecretKey, new_key, secret_key
from tests.cli.command_line import Ran, run
from tests.trained import Trained

Envelope = dict[str, Any]


@pytest.fixture
def project(trained: Trained, tmp_path: Path) -> Path:
    """A package with its provenance and its bill, both signed by the key that the project trusts as `ci`."""
    (tmp_path / "models").mkdir()
    shutil.copyfile(trained.package(), tmp_path / "models" / "m.tar.gz")
    public = run("-C", tmp_path, "store", "keygen", "--out", "ci.key", "--json").document["public_key"]
    (tmp_path / "graphbuild.toml").write_text(f'[remote.keys]\nci = "{public}"\n')
    for word in ("provenance", "sbom"):
        assert run("-C", tmp_path, "model", word, "--sign-with", "ci.key").code == 0
    return tmp_path


def verify(project: Path, *files: str, more: tuple[str, ...] = ()) -> Ran:
    named = [word for file in files for word in ("--attestation", f"models/{file}")]
    return run("-C", project, "model", "verify", "models/m.tar.gz", *named, *more)


def read(project: Path, name: str = "m.provenance.dsse.json") -> Envelope:
    made: Envelope = json.loads((project / "models" / name).read_text())
    return made


def write(project: Path, made: Envelope) -> Ran:
    (project / "models" / "changed.json").write_text(json.dumps(made))
    return verify(project, "changed.json")


def signed(statement: dict[str, Any], *keys: SecretKey) -> Envelope:
    payload = payload_of(statement)
    return envelope(payload, [Signature(str(key.public), key.sign(to_be_signed(payload))) for key in keys])


def own_key(project: Path) -> SecretKey:
    return secret_key("ci.key", project)


def test_what_a_trusted_key_has_signed_counts(project: Path) -> None:
    ran = verify(project, "m.provenance.dsse.json", "m.cdx.dsse.json")
    assert ran.code == 0, ran.err
    models = project / "models"
    assert ran.out.splitlines()[1:] == [
        f"{models / 'm.provenance.dsse.json'}: provenance signed by `ci`, built by urn:graphbuild:builder:local",
        f"{models / 'm.cdx.dsse.json'}: bill of materials signed by `ci`",
    ]
    document = verify(project, "m.cdx.dsse.json", more=("--json",)).document
    (told,) = document["attestations"]
    assert (told["signed_by"], told["kind"], told["key"]) == ("ci", "bill of materials", own_key(project).public)
    assert "attestations" not in verify(project, more=("--json",)).document


def test_a_key_may_be_named(project: Path) -> None:
    (project / "graphbuild.toml").unlink()
    refused = verify(project, "m.provenance.dsse.json")
    assert (refused.code, "no key is trusted here" in refused.err) == (2, True)
    public = str(own_key(project).public)
    assert verify(project, "m.provenance.dsse.json", more=("--key", public)).code == 0
    other = verify(project, "m.provenance.dsse.json", more=("--key", str(new_key().public)))
    assert (other.code, "does not count: foreign signature" in other.err) == (1, True)
    assert verify(project, "m.provenance.dsse.json", more=("--key", "ed25519:x")).code == 2
    assert verify(project, more=("--key", public)).code == 2


def _payload(made: Envelope, change: Callable[[dict[str, Any]], object]) -> Envelope:
    document = json.loads(base64.b64decode(made["payload"]))
    change(document)
    return {**made, "payload": base64.b64encode(payload_of(document)).decode()}


def test_an_altered_statement_does_not_count(project: Path) -> None:
    def other_builder(document: dict[str, Any]) -> None:
        document["predicate"]["runDetails"]["builder"]["id"] = "https://ci.example.org"

    ran = write(project, _payload(read(project), other_builder))
    assert (ran.code, ran.out) == (1, "")
    assert "changed.json does not count: wrong signature" in ran.err
    assert "by: ci" in ran.err


def test_the_same_bytes_as_something_else_do_not_count(project: Path) -> None:
    bill = read(project, "m.cdx.dsse.json")
    assert write(project, {**bill, "payloadType": "application/vnd.in-toto+json"}).code == 1
    assert write(project, {**read(project), "payloadType": "text/plain"}).code == 1


def test_a_foreign_signature_does_not_count_whatever_name_it_has(project: Path) -> None:
    statement = provenance_statement(read_origin(project / "models" / "m.tar.gz"))
    foreign = signed(statement, new_key())
    assert "foreign signature" in write(project, foreign).err
    (one,) = foreign["signatures"]
    borrowed = {**foreign, "signatures": [{**one, "keyid": str(own_key(project).public)}]}
    assert "wrong signature" in write(project, borrowed).err
    assert "unsigned" in write(project, {**foreign, "signatures": []}).err


def test_one_trusted_signature_among_others_is_enough(project: Path) -> None:
    statement = provenance_statement(read_origin(project / "models" / "m.tar.gz"))
    assert write(project, signed(statement, new_key(), own_key(project))).code == 0
    nameless = signed(statement, own_key(project))
    del nameless["signatures"][0]["keyid"]  # the format says that it is only a hint
    assert write(project, nameless).code == 0


@pytest.mark.parametrize(
    ("dates", "reason"),
    [
        ("until = 2020-01-01", "expired signature"),
        ("since = 2999-01-01", "outdated signature"),
        ("until = 2999-01-01", None),
    ],
)
def test_a_key_counts_in_its_time(project: Path, dates: str, reason: str | None) -> None:
    (project / "graphbuild.toml").write_text(f'[remote.keys]\nci = {{key = "{own_key(project).public}", {dates}}}\n')
    ran = verify(project, "m.provenance.dsse.json", "m.cdx.dsse.json")
    assert ran.code == (1 if reason else 0)
    assert ran.err.count(f"does not count: {reason}") == (2 if reason else 0)


def test_one_of_another_package_does_not_count(project: Path) -> None:
    statement = provenance_statement(read_origin(project / "models" / "m.tar.gz"))
    for digests in (
        {"sha256": "0" * 64},
        {"sha256": statement["subject"][0]["digest"]["sha256"], "blake3": "0" * 64},
        {},
    ):
        other = {**statement, "subject": [{"name": "m.tar.gz", "digest": digests}]}
        ran = write(project, signed(other, own_key(project)))
        assert (ran.code, "is about another package" in ran.err) == (1, True)


def test_what_is_no_envelope(project: Path) -> None:
    assert run("-C", project, "model", "provenance").code == 0
    ran = verify(project, "m.provenance.json")
    assert (ran.code, "m.provenance.json is not signed" in ran.err) == (1, True)
    for text in ("", "[]", "{}", "{" * 100_000, '{"payloadType": 1, "payload": 2, "signatures": 3}'):
        (project / "models" / "changed.json").write_text(text)
        assert verify(project, "changed.json").code == 1
    assert write(project, {**read(project), "payload": "e30="}).code == 1
    assert verify(project, "nowhere.json").code == 2


def test_all_that_is_wrong_is_told(project: Path) -> None:
    package = project / "models" / "m.tar.gz"
    (project / "models" / "changed.json").write_text("{}")
    ran = verify(project, "changed.json", "m.cdx.dsse.json", "changed.json")
    assert ran.err.count("changed.json is no signed envelope") == 2
    package.write_bytes(package.read_bytes()[:-20])
    assert verify(project, "m.cdx.dsse.json").code == 1
