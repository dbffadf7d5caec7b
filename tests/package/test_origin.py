"""Bills of materials and provenance statements: right by their public schemas, and what they say is so."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage

from graphbuild.contract.digest import of_bytes, of_file
from graphbuild.package.bill import bill_of_materials
from graphbuild.package.origin import purl, read_origin
from graphbuild.package.package import read_package
from graphbuild.package.statement import Signature, envelope, payload_of, provenance_statement, to_be_signed
from tests.cli.command_line import run
from tests.conftest import Workspace
from tests.trained import SAMPLE, Trained


def bill_of(path: Path) -> dict[str, Any]:
    """The bill, which is right by its schema, and whose references lead somewhere."""
    bill = bill_of_materials(read_origin(path))
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill), all_errors=True)
    assert wrong is None, [str(one) for one in wrong or ()]
    names = [bill["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in bill["components"])]
    assert len(names) == len(set(names))
    for one in bill["dependencies"]:
        assert {one["ref"], *one.get("dependsOn", ())} <= set(names)
    return bill


def statement_of(path: Path, **more: Any) -> dict[str, Any]:
    """The statement, which is right by in-toto's and SLSA's own definitions: no field of it is unknown to them."""
    statement = provenance_statement(read_origin(path), **more)
    Statement.copy_from_pb(ParseDict(statement, StatementMessage())).validate()
    found = ParseDict(statement["predicate"], Provenance())
    assert found.build_definition.build_type
    assert found.run_details.builder.id
    assert found.build_definition.external_parameters
    return statement


def component(bill: dict[str, Any], ref: str) -> dict[str, Any]:
    (found,) = (one for one in bill["components"] if one["bom-ref"] == ref)
    return found


def test_the_bill_of_an_assistant_names_what_went_into_it(trained: Trained) -> None:
    path = trained.package()
    bill, manifest = bill_of(path), read_package(path).manifest
    package = bill["metadata"]["component"]
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert package["hashes"] == [
        {"alg": "SHA-256", "content": sha256},
        {"alg": "BLAKE3", "content": of_file(path).removeprefix("blake3:")},
    ]
    assert {"name": "graphbuild:key", "value": manifest["key"]} in package["properties"]
    data = component(bill, "file:data/nlu.yml")
    content = of_bytes((SAMPLE / "data" / "nlu.yml").read_bytes()).removeprefix("blake3:")
    assert (data["type"], data["hashes"]) == ("file", [{"alg": "BLAKE3", "content": content}])
    library = component(bill, purl("scikit-learn", version("scikit-learn")))
    assert (library["name"], library["purl"]) == ("scikit-learn", f"pkg:pypi/scikit-learn@{version('scikit-learn')}")
    assert library["licenses"]
    intent = component(bill, "node:intent:train")
    (state,) = (one["digest"] for one in manifest["artifacts"] if one["node"] == "intent:train")
    assert intent["type"] == "machine-learning-model"
    assert intent["hashes"] == [{"alg": "BLAKE3", "content": state.removeprefix("blake3:")}]
    needs = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    assert {"node:tokens:apply", library["bom-ref"]} <= set(needs["node:intent:train"])
    assert {"node:intent:train", "node:fallback:apply"} <= set(needs["package"])
    assert needs["node:training_file@data/nlu.yml"] == ["file:data/nlu.yml"]
    # What only checks the data is no part of the assistant.
    assert not [one for one in needs if "check_" in one]


def test_the_statement_names_the_package_and_what_it_was_made_of(trained: Trained) -> None:
    path = trained.package()
    statement = statement_of(path, builder="https://ci.example.org", invocation="https://ci.example.org/run/7")
    (subject,) = statement["subject"]
    assert subject["name"] == path.name
    assert subject["digest"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert subject["digest"]["blake3"] == of_file(path).removeprefix("blake3:")
    built, ran = statement["predicate"]["buildDefinition"], statement["predicate"]["runDetails"]
    assert built["externalParameters"]["recipe"] == "recipe:light"
    assert "intent:train" in built["externalParameters"]["targets"]
    assert built["externalParameters"]["options"]["ted:train"]["epochs"] == 5
    found = {one["name"]: one for one in built["resolvedDependencies"]}
    content = of_bytes((SAMPLE / "domain.yml").read_bytes()).removeprefix("blake3:")
    assert found["domain.yml"]["digest"] == {"blake3": content}
    assert found["numpy"]["uri"] == f"pkg:pypi/numpy@{version('numpy')}"
    assert ran["builder"] == {"id": "https://ci.example.org", "version": {"graphbuild": version("graphbuild")}}
    assert ran["metadata"]["invocationId"] == "https://ci.example.org/run/7"


def test_the_same_package_is_told_in_the_same_words(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / trained.package().name
    shutil.copyfile(trained.package(), copy)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert bill_of(copy) == bill_of(trained.package())
    assert statement_of(copy) == statement_of(trained.package())
    assert bill_of(copy)["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(copy.stat().st_mtime), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert statement_of(copy)["predicate"]["runDetails"]["metadata"]["finishedOn"] == moment


TREE = """
nodes:
  tree:  {uses: "tests.toys:ReadTree", reads: [data]}
  one:   {uses: "tests.toys:ReadText", reads: [data/a.txt]}
  other: {uses: "tests.toys:ReadText", reads: [data/b.txt]}
  all:   {uses: "tests.toys:CountCalls", needs: {values: [tree, one]}}
targets: {model: [all]}
"""


def test_files_of_a_tree_have_no_digest_of_their_own(workspace: Workspace) -> None:
    workspace.recipe(TREE)
    workspace.write("data/a.txt", "a")
    workspace.write("data/b.txt", "b")
    (workspace.project / ".git").mkdir()
    workspace.write(".git/HEAD", "a" * 40)
    report = workspace.build(fixed_name="m")
    assert report.model is not None
    bill = bill_of(report.model)
    assert component(bill, "file:data/a.txt")["hashes"][0]["content"] == of_bytes(b"a").removeprefix("blake3:")
    assert "hashes" not in component(bill, "file:data/b.txt")
    dependencies = statement_of(report.model)["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert dependencies[0] == {"name": "project", "digest": {"gitCommit": "a" * 40}}
    assert {"name": "data/b.txt", "uri": "file:data/b.txt"} in dependencies


def test_a_purl_is_as_the_index_names_it() -> None:
    assert purl("scikit_learn", "1.5") == "pkg:pypi/scikit-learn@1.5"
    assert purl("PyYAML", "6.0+local.1") == "pkg:pypi/pyyaml@6.0%2Blocal.1"


def test_a_statement_can_be_signed_and_its_signature_be_checked(trained: Trained) -> None:
    statement = statement_of(trained.package())
    payload, key = payload_of(statement), Ed25519PrivateKey.generate()
    made = envelope(payload, [Signature("team", key.sign(to_be_signed(payload)))])
    read = base64.b64decode(made["payload"])
    assert (json.loads(read), made["payloadType"]) == (statement, "application/vnd.in-toto+json")
    (signature,) = made["signatures"]
    key.public_key().verify(base64.b64decode(signature["sig"]), to_be_signed(read, made["payloadType"]))
    # The example of DSSE's own specification.
    assert to_be_signed(b"hello world", "http://example.com/HelloWorld") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_the_commands_sign_with_the_key_of_the_team(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "models" / "m.tar.gz"
    package.parent.mkdir()
    shutil.copyfile(trained.package(), package)
    public = run("-C", tmp_path, "store", "keygen", "--out", "ci.key", "--json").document["public_key"]
    assert run("-C", tmp_path, "model", "provenance", "--sign-with", "ci.key").code == 0
    monkeypatch.setenv("GRAPHBUILD_SIGNING_KEY", "ci.key")
    assert run("-C", tmp_path, "model", "sbom", "--out", "signed/bill.json").code == 0
    statement, bill = package.parent / "m.provenance.dsse.json", tmp_path / "signed" / "bill.json"
    for file, kind, document in (
        (statement, "application/vnd.in-toto+json", statement_of(package)),
        (bill, "application/vnd.cyclonedx+json", bill_of(package)),
    ):
        made = json.loads(file.read_text())
        payload = base64.b64decode(made["payload"])
        assert (made["payloadType"], json.loads(payload)) == (kind, document)
        (signature,) = made["signatures"]
        assert signature["keyid"] == public
        raw = base64.b64decode(public.removeprefix("ed25519:"))
        Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature["sig"]), to_be_signed(payload, kind))
    assert run("-C", tmp_path, "model", "sbom", "--sign-with", "no.key").code == 2


def test_the_commands_write_beside_the_package_or_where_they_are_told(trained: Trained, tmp_path: Path) -> None:
    package = tmp_path / "models" / "m.tar.gz"
    package.parent.mkdir()
    shutil.copyfile(trained.package(), package)
    assert run("-C", tmp_path, "model", "sbom").out == f"wrote {package.parent / 'm.cdx.json'}\n"
    bill = json.loads((package.parent / "m.cdx.json").read_text())
    assert bill == bill_of(package)
    assert json.loads(run("model", "sbom", package, "--out", "-").out) == bill
    written = run("model", "provenance", package, "--json", "--builder", "https://ci.example.org")
    assert written.document["file"] == str(package.parent / "m.provenance.json")
    statement = json.loads((package.parent / "m.provenance.json").read_text())
    assert statement == statement_of(package, builder="https://ci.example.org")
    assert run("-C", tmp_path, "model", "verify").code == 0
    refused = run("model", "provenance", package, "--builder", "me")
    assert (refused.code, "`me` is no URI" in refused.err) == (2, True)
    assert run("-C", tmp_path, "model", "sbom", "nowhere").code == 2
