"""Rule 19 and rule 20 before a poisoned remote: a fresh client executes nothing, gets nothing wrong, and counts it all.

The remote is a shared folder, and a real S3 server (moto's). Whoever poisons it can write all of it, knows the format,
and has no key that is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport
from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.remote import encoding, reading, signatures
from graphbuild.remote.documents import Document
from tests.conftest import Workspace
from tests.remote.clones import cloned, told
from tests.remote.pickled_toys import payload
from tests.remote.servers import s3_server
from tests.remote.team import ALL, Team, Vandal, evil, keys_of, signature

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with s3_server() as port:
        yield port


@pytest.fixture(params=["folder", "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "folder":
        return str(tmp_path / "remote")
    port = request.getfixturevalue("server")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests-secret")
    return f"s3://team/{tmp_path.name}"


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


Attack = Callable[[Document, "Scene"], Document]


class Scene:
    """What an attack has at hand."""

    def __init__(self, team: Team, vandal: Vandal, keys: list[Digest], canary: Path) -> None:
        self.team = team
        self.poison = payload(canary)
        self.good = {key: vandal.document(key) for key in keys}
        """As they were, with the signatures that they had."""

    def other(self, document: Document) -> Document:
        """A good document of another action."""
        keys = sorted(self.good)
        return self.good[keys[keys.index(document.key) - 1]]


def unsigned(document: Document, scene: Scene) -> Document:
    return replace(evil(document, scene.poison), signatures=())


def by_a_foreign_key(document: Document, scene: Scene) -> Document:
    made = evil(document, scene.poison)
    return replace(made, signatures=(signature(scene.team.foreign, made),))


def by_an_expired_key(document: Document, scene: Scene) -> Document:
    made = evil(document, scene.poison)
    return replace(made, signatures=(signature(scene.team.old, made),))


def by_an_expired_key_as_if_long_ago(document: Document, scene: Scene) -> Document:
    made = evil(document, scene.poison)
    return replace(made, signatures=(signature(scene.team.old, made, 1_500_000_000),))


def replayed_from_before_it_was_disowned(document: Document, scene: Scene) -> Document:
    made = evil(document, scene.poison)
    return replace(made, signatures=(signature(scene.team.young, made, 1_700_000_000),))


def with_the_signatures_that_were_there(document: Document, scene: Scene) -> Document:
    return evil(document, scene.poison)


def with_the_signatures_of_another_result(document: Document, scene: Scene) -> Document:
    return replace(evil(document, scene.poison), signatures=scene.other(document).signatures)


def good_but_with_the_signatures_of_another(document: Document, scene: Scene) -> Document:
    return replace(document, signatures=scene.other(document).signatures)


def with_a_trusted_name_on_a_foreign_signature(document: Document, scene: Scene) -> Document:
    made = evil(document, scene.poison)
    forged = {**signature(scene.team.foreign, made), "by": scene.team.ci.public}
    return replace(made, signatures=(forged,))


def with_another_size(document: Document, scene: Scene) -> Document:
    return replace(document, sizes={made: size + 1 for made, size in document.sizes.items()}, small={})


def with_another_manifest(document: Document, scene: Scene) -> Document:
    return replace(document, manifest={**document.manifest, "private": []})


def with_other_ports(document: Document, scene: Scene) -> Document:
    return replace(document, outputs={f"{port}2": made for port, made in document.outputs.items()})


def with_another_time(document: Document, scene: Scene) -> Document:
    return replace(document, signatures=({**document.signatures[0], "at": 1_900_000_000},))


def with_garbage_for_signatures(document: Document, scene: Scene) -> Document:
    (good,) = document.signatures
    garbage = [
        {},
        {"by": good["by"]},
        {**good, "at": True},
        {**good, "at": 1.5},
        {**good, "at": -1},
        {**good, "at": 1 << 70},
        {**good, "signature": "A" * 88},
        {**good, "signature": "??"},
        {**good, "signature": None},
        {**good, "by": good["by"] + " "},
        {**good, "by": good["by"].upper()},
        {**good, "by": ["x"]},
        {"x": [[[[]]]]},
    ]
    return replace(evil(document, scene.poison), signatures=tuple(garbage))


ATTACKS: dict[Attack, str] = {
    unsigned: signatures.UNSIGNED,
    by_a_foreign_key: signatures.FOREIGN,
    by_an_expired_key: signatures.EXPIRED,
    by_an_expired_key_as_if_long_ago: signatures.EXPIRED,
    replayed_from_before_it_was_disowned: signatures.OUTDATED,
    with_the_signatures_that_were_there: signatures.WRONG,
    with_the_signatures_of_another_result: signatures.WRONG,
    good_but_with_the_signatures_of_another: signatures.WRONG,
    with_a_trusted_name_on_a_foreign_signature: signatures.WRONG,
    with_another_size: signatures.WRONG,
    with_another_manifest: signatures.WRONG,
    with_other_ports: signatures.WRONG,
    with_another_time: signatures.WRONG,
    with_garbage_for_signatures: signatures.GARBLED,
}


def fresh(workspace: Workspace, folder: Path, done: BuildReport, canary: Path) -> BuildReport:
    """What a fresh client comes to: by itself, the same, and nothing executed."""
    client = cloned(workspace, folder)
    made = client.expect(*ALL)
    assert not canary.exists()
    assert made.model is not None
    assert done.model is not None
    assert made.model.read_bytes() == done.model.read_bytes()
    assert made.code == 0
    return made


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_c19_what_nobody_trusted_has_signed_is_a_miss_and_counted(
    workspace: Workspace, team: Team, tmp_path: Path, attack: Attack
) -> None:
    remote = str(tmp_path / "remote")
    done = team.first(workspace, remote).expect(*ALL)
    vandal, keys, canary = Vandal(remote), keys_of(done), tmp_path / "canary"
    scene = Scene(team, vandal, keys, canary)
    vandal.change(keys, lambda document: attack(document, scene))
    made = fresh(workspace, tmp_path / "other", done, canary)
    assert told(made)["refused"] == {ATTACKS[attack]: len(ALL)}
    assert (told(made)["found"], told(made)["troubles"]) == (0, [])
    # Who may sign puts things right with the next build that makes them.
    signs = cloned(workspace, tmp_path / "ci")
    signs.request = replace(signs.request, signing_key=workspace.request.signing_key)
    assert told(signs.expect(*ALL))["sent"] == len(ALL)
    cloned(workspace, tmp_path / "last").expect()


def test_c19_all_of_it_at_once(workspace: Workspace, remote: str, team: Team, tmp_path: Path) -> None:
    """Each result and each blob poisoned in another way, by results that would execute where they could."""
    done = team.first(workspace, remote).expect(*ALL)
    assert told(done)["sent"] == len(ALL)
    assert cloned(workspace, tmp_path / "before").expect().remote is not None  # so it is the poison that makes it run
    vandal, keys, canary = Vandal(remote), keys_of(done), tmp_path / "canary"
    scene = Scene(team, vandal, keys, canary)
    ways = [unsigned, by_a_foreign_key, by_an_expired_key, with_the_signatures_of_another_result]
    for key, way in zip(keys, ways, strict=False):
        vandal.put(key, way(scene.good[key], scene))
    last = keys[-1]
    vandal.put(last, scene.other(scene.good[last]))
    made = fresh(workspace, tmp_path / "other", done, canary)
    assert told(made)["refused"] == {
        signatures.UNSIGNED: 1,
        signatures.FOREIGN: 1,
        signatures.EXPIRED: 1,
        signatures.WRONG: 1,
        reading.OTHER_RESULT: 1,
    }


def test_c19_altered_blobs_of_signed_results(workspace: Workspace, remote: str, team: Team, tmp_path: Path) -> None:
    done = team.first(workspace, remote).expect(*ALL)
    vandal, keys, canary = Vandal(remote), keys_of(done), tmp_path / "canary"
    sizes = {made: size for key in keys for made, size in vandal.document(key).sizes.items()}
    poison = encoding.stored(payload(canary))
    assert vandal.change_blobs(sizes, lambda _: poison) == len(ALL)
    made = fresh(workspace, tmp_path / "other", done, canary)
    assert set(told(made)["refused"]) == {reading.DAMAGED_BLOB}


def test_c19_a_blob_within_a_signed_result_is_what_its_digest_says(
    workspace: Workspace, team: Team, tmp_path: Path
) -> None:
    remote = str(tmp_path / "remote")
    done = team.first(workspace, remote, "short").expect(*ALL)
    vandal, keys, canary = Vandal(remote), keys_of(done), tmp_path / "canary"
    poison = payload(canary)
    vandal.change(keys, lambda document: replace(document, small=dict.fromkeys(document.small, poison)))
    made = fresh(workspace, tmp_path / "other", done, canary)
    assert told(made)["refused"] == {reading.DAMAGED_RESULT: len(ALL)}


def test_c19_a_result_of_another_project_is_refused_although_the_same_key_signed_it(
    workspace: Workspace, team: Team, tmp_path: Path
) -> None:
    remote = str(tmp_path / "remote")
    done = team.first(workspace, remote).expect(*ALL)
    second = Workspace(tmp_path / "second")
    second.log = workspace.log
    others = keys_of(team.first(second, remote, "other " * 1000).expect(*ALL))
    vandal, keys = Vandal(remote), keys_of(done)
    for key, other in zip(keys, others, strict=True):
        assert key != other
        vandal.put(key, vandal.document(other))
    made = fresh(workspace, tmp_path / "other", done, tmp_path / "canary")
    assert told(made)["refused"] == {reading.OTHER_RESULT: len(ALL)}


def test_c20_a_pickle_is_had_on_the_word_of_a_trusted_key_alone(
    workspace: Workspace, team: Team, tmp_path: Path
) -> None:
    remote = str(tmp_path / "remote")
    done = team.first(workspace, remote).expect(*ALL)
    client = cloned(workspace, tmp_path / "client")
    assert told(client.expect())["found"] == len(ALL)
    # Where unsigned results are believed, too, pickles still are not; others are.
    vandal, keys, canary = Vandal(remote), keys_of(done), tmp_path / "canary"
    (pickles,) = [key for key in keys if vandal.document(key).manifest.get("private")]
    poison = payload(canary)
    vandal.change(keys, lambda document: replace(document, signatures=()))
    vandal.change([pickles], lambda document: evil(document, poison))
    lax = cloned(workspace, tmp_path / "lax")
    lax.write("graphbuild.toml", f"remote.signed = false\n{team.settings()}")
    made = lax.expect("pickle")
    assert told(made)["refused"] == {reading.PRIVATE_RESULT: 1}
    assert told(made)["found"] == len(ALL) - 1
    # Also where the document does not say what it is.
    vandal.change([pickles], lambda document: replace(document, manifest={}))
    for number, settings in enumerate((f"remote.signed = false\n{team.settings()}", "")):
        lax = cloned(workspace, tmp_path / f"lax-{number}")
        lax.write("graphbuild.toml", settings)
        lax.expect("pickle")
    assert not canary.exists()
    assert not lax.blob(digests.of_bytes(poison)).exists()


def test_c20_pickles_of_who_does_not_sign_stay_where_they_are(workspace: Workspace, team: Team, tmp_path: Path) -> None:
    team.first(workspace, str(tmp_path / "remote"))
    workspace.write("graphbuild.toml", "")
    workspace.request = replace(workspace.request, signing_key="")
    assert told(workspace.expect(*ALL))["sent"] == len(ALL) - 1


def test_c20_a_pickle_of_a_key_that_was_disowned_is_made_here(workspace: Workspace, team: Team, tmp_path: Path) -> None:
    team.first(workspace, str(tmp_path / "remote")).expect(*ALL)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    client.write("graphbuild.toml", f'[remote]\nsigned = false\nkeys.new = "{team.foreign.public}"')
    client.expect("pickle")
