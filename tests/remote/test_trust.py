"""Rule 19 for a team that signs: keys, settings, who may send, rotation, and keys that are not trusted any more."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import BuildReport
from graphbuild.contract.digest import Digest
from graphbuild.errors import UsageError
from graphbuild.remote import signatures
from graphbuild.remote.keys import SecretKey, new_key, public_key, secret_key
from tests.cli.command_line import run
from tests.conftest import ROOT, Workspace, digest_of
from tests.remote.clones import cloned, first, objects, told
from tests.remote.team import Vandal, keys_of

ALL = ("loud", "read", "twice")


class Signing:
    """A remote folder and the keys of a test."""

    def __init__(self, folder: Path) -> None:
        self.remote = folder / "remote"
        self.folder = folder

    def file(self, key: SecretKey) -> str:
        path = self.folder / f"{key.public[8:14].replace('/', '_').replace('+', '-')}.key"
        path.write_text(key.text())
        return str(path)

    def push(self, workspace: Workspace, key: SecretKey, *more: str) -> subprocess.CompletedProcess[str]:
        """Sends what a project has, signed with a key."""
        return workspace.run("store", "push", *more, "--remote", str(self.remote), "--sign-with", self.file(key))

    def signers(self, key: Digest) -> set[str]:
        return {one["by"] for one in Vandal(str(self.remote)).document(key).signatures}


@pytest.fixture
def signing(tmp_path: Path) -> Signing:
    return Signing(tmp_path)


def trust(workspace: Workspace, *keys: SecretKey | str, more: str = "") -> None:
    lines = [one if isinstance(one, str) else f'k{number} = "{one.public}"' for number, one in enumerate(keys)]
    workspace.write("graphbuild.toml", "\n".join(["[remote]", more, "[remote.keys]", *lines]))


def sign(workspace: Workspace, key: str) -> None:
    workspace.request = replace(workspace.request, signing_key=key)


def trusting(workspace: Workspace, signing: Signing) -> SecretKey:
    """The key that a project trusts which has built nothing yet, and signs nothing."""
    key = new_key()
    first(workspace, str(signing.remote))
    trust(workspace, key)
    return key


def signed(workspace: Workspace, signing: Signing) -> tuple[SecretKey, BuildReport]:
    """The key that a project trusts and signs with, and its first build, which is at the remote."""
    key = trusting(workspace, signing)
    sign(workspace, signing.file(key))
    return key, workspace.expect(*ALL)


def test_a_key_is_made_and_named_and_signs(workspace: Workspace, tmp_path: Path) -> None:
    """From nothing to a signed remote by commands alone."""
    first(workspace, "")
    remote, file = tmp_path / "remote", tmp_path / "keys" / "ci.key"
    ended = workspace.run("store", "keygen", "--out", str(file), "--name", "ci")
    assert ended.returncode == 0, ended.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    line = ended.stdout.splitlines()[-1]
    assert line == f'ci = "{secret_key(str(file), tmp_path).public}"'
    secret = file.read_text().splitlines()[-1]
    assert secret.partition(":")[2] not in ended.stdout + ended.stderr
    workspace.write("graphbuild.toml", "\n".join(ended.stdout.splitlines()[-2:]))
    log = tmp_path / "build.log"
    ended = workspace.run("build", "--remote", str(remote), "--sign-with", str(file), "--log", str(log))
    assert ended.returncode == 0, ended.stderr
    assert "3 results sent" in ended.stdout
    other = cloned(workspace, tmp_path / "other")
    ended = other.run("build", "--json", GRAPHBUILD_REMOTE=str(remote))
    assert json.loads(ended.stdout)["remote"]["found"] == 3
    # The key is nowhere but in its file.
    texts = [one for one in tmp_path.rglob("*") if one.is_file() and one != file]
    assert not [one for one in texts if secret.partition(":")[2].encode() in one.read_bytes()]


def test_keygen_overwrites_nothing_and_says_where_it_should_not_be(workspace: Workspace, tmp_path: Path) -> None:
    ended = workspace.run("store", "keygen", "--json", XDG_CONFIG_HOME=str(tmp_path / "config"))
    made = json.loads(ended.stdout)
    file = tmp_path / "config" / "graphbuild" / "signing.key"
    assert (made["private_key"], made["name"]) == (str(file), "ci")
    assert made["public_key"] == public_key(made["public_key"]) == secret_key(str(file), tmp_path).public
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    before = file.read_bytes()
    ended = workspace.run("store", "keygen", XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert (ended.returncode, "is there already" in ended.stderr) == (2, True)
    assert file.read_bytes() == before
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    ended = workspace.run("store", "keygen", "--out", str(tmp_path / "link"))
    assert ended.returncode == 2
    ended = workspace.run("store", "keygen", "--out", "ci.key")
    assert ended.returncode == 0
    assert "keep it out of version control" in ended.stderr
    assert (workspace.project / "ci.key").exists()
    assert workspace.run("store", "keygen", "--name", "a b").returncode == 2


def test_c29_a_signing_key_is_nowhere_but_where_it_was_put(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    key = trusting(workspace, signing)
    secret = key.text().splitlines()[-1]
    ended = workspace.run("build", "--remote", str(signing.remote), "--json", GRAPHBUILD_SIGNING_KEY=secret)
    assert json.loads(ended.stdout)["remote"]["sent"] == 3
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not [file for file in files if secret.partition(":")[2].encode() in file.read_bytes()]


@pytest.mark.parametrize("text", ["", "garbage", "ed25519-private:AAAA", "ed25519-private:\ned25519-private:", "\xff"])
def test_what_is_no_key_is_an_error_that_tells_nothing_of_it(workspace: Workspace, tmp_path: Path, text: str) -> None:
    first(workspace, str(tmp_path / "remote"))
    file = tmp_path / "file.key"
    file.write_text(text)
    sign(workspace, str(file))
    with pytest.raises(UsageError) as caught:
        workspace.build()
    assert "holds no signing key" in str(caught.value)
    sign(workspace, str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="cannot be read"):
        workspace.build()
    # Who sends nothing needs no key.
    workspace.request = replace(workspace.request, remote_reads_only=True)
    workspace.expect(*ALL)


def test_settings_that_say_it_wrongly_are_an_error_before_anything_is_believed(
    workspace: Workspace, tmp_path: Path
) -> None:
    first(workspace, str(tmp_path / "remote"))
    workspace.write("graphbuild.toml", "[remote.keys]\nci = 'ed25519:abc'")
    with pytest.raises(UsageError) as caught:
        workspace.build()
    assert "graphbuild.toml: `ci` of [remote.keys] is no public key" in str(caught.value)


def test_who_trusts_keys_and_has_none_only_reads(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    key = trusting(workspace, signing)
    done = workspace.expect(*ALL)
    assert done.remote is None or (done.remote["sent"], done.remote["left"], done.remote["troubles"]) == (0, 0, [])
    assert not objects(signing.remote, "actions.v1")
    ended = workspace.run("store", "push", "--remote", str(signing.remote))
    assert ended.returncode == 1
    assert "are to be signed, and there is no signing key" in ended.stderr
    assert "--sign-with FILE" in ended.stderr
    ended = workspace.run("store", "push", "--remote", str(signing.remote), "--sign-with", "ci.key")
    assert ended.returncode == 2  # below the project, as all files that options name
    (workspace.project / "ci.key").write_text(key.text())
    ended = workspace.run("store", "push", "--remote", str(signing.remote), "--sign-with", "ci.key")
    assert ended.returncode == 0, ended.stderr
    (workspace.project / "ci.key").unlink()
    cloned(workspace, tmp_path / "other").expect()


def test_a_key_that_nobody_trusts_sends_nothing_and_says_so_once(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    key, other = new_key(), new_key()
    first(workspace, str(signing.remote))
    trust(workspace, key)
    sign(workspace, signing.file(other))
    done = workspace.expect(*ALL)
    assert told(done)["left"] == 3
    (trouble,) = told(done)["troubles"]
    assert "is none of the trusted ones" in trouble
    assert other.public in trouble
    assert not objects(signing.remote, "actions.v1")
    trust(workspace, f'ci = {{ key = "{other.public}", until = 2020-01-01 }}')
    workspace.write("a.txt", "another")
    (trouble,) = told(workspace.expect(*ALL))["troubles"]
    assert "out of date" in trouble
    ended = signing.push(workspace, other)
    assert (ended.returncode, "out of date" in ended.stderr) == (1, True)


def test_pull_believes_as_builds_do(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    key = new_key()
    done = first(workspace, "").expect(*ALL)
    assert done.model is not None
    push = ("store", "push", str(done.model), "--remote", str(signing.remote))
    assert workspace.run(*push).returncode == 0  # without a signature
    other = cloned(workspace, tmp_path / "other")
    trust(other, key)
    pull = ("store", "pull", done.model.name, "--remote", str(signing.remote), "--json")
    ended = other.run(*pull)
    assert ended.returncode == 1
    found = json.loads(ended.stdout)
    assert (found["results"], found["missing"]) == (0, 3)
    assert found["remote"]["refused"] == {signatures.UNSIGNED: 3}
    # Pushed once more by who signs, they are signed, and the blobs are not sent again.
    assert workspace.run(*push, "--sign-with", signing.file(key)).returncode == 0
    assert json.loads(other.run(*pull).stdout)["results"] == 3
    other.request = replace(other.request, remote="")
    other.expect()


def test_keys_are_rotated_without_a_miss(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    new = new_key()
    old, built = signed(workspace, signing)
    keys = keys_of(built)
    trust(workspace, old, new)
    pushed = signing.push(workspace, new)
    assert pushed.returncode == 0, pushed.stderr
    assert all(signing.signers(key) == {old.public, new.public} for key in keys)
    for number, trusted in enumerate((old, new)):
        reader = cloned(workspace, tmp_path / f"reader-{number}")
        trust(reader, trusted)
        reader.expect()
    # Once more changes nothing.
    before = {file: file.stat().st_mtime_ns for file in objects(signing.remote, "actions.v1")}
    signing.push(workspace, new)
    assert before == {file: file.stat().st_mtime_ns for file in objects(signing.remote, "actions.v1")}


def test_teams_with_other_keys_share_one_remote(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    """What both make is signed by both: neither writes over the other's word."""
    theirs = new_key()
    ours, built = signed(workspace, signing)
    keys = keys_of(built)
    second = cloned(workspace, tmp_path / "second")
    trust(second, theirs)
    sign(second, signing.file(theirs))
    done = second.expect(*ALL)
    assert told(done)["refused"] == {signatures.FOREIGN: 3}
    assert told(done)["sent"] == 3
    assert all(signing.signers(key) == {ours.public, theirs.public} for key in keys)
    cloned(workspace, tmp_path / "third").expect()


def test_a_key_that_leaked_counts_for_nothing_from_the_next_build_on(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    """Also for what was had on its word before: taking its line out of the settings disowns it in every clone."""
    new = new_key()
    leaked, _ = signed(workspace, signing)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    client.expect()
    trust(client, leaked, new)
    client.expect()
    trust(client, new)
    done = client.expect(*ALL)
    assert told(done)["refused"] == {signatures.FOREIGN: 3}
    client.expect()
    # What was made here is kept: nobody's word was needed for it.
    trust(client, leaked)
    trust(client, new)
    client.expect()


def test_c19_with_the_only_key_taken_out_nobody_is_believed(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    """The table of keys is still there, with nothing in it."""
    leaked, _ = signed(workspace, signing)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    trust(client)
    assert told(client.expect(*ALL))["refused"] == {signatures.FOREIGN: 3}
    trust(client, more="signed = true")
    other = cloned(client, tmp_path / "other")
    assert told(other.expect(*ALL))["refused"] == {signatures.FOREIGN: 3}
    # Nobody would believe what it signs.
    sign(other, signing.file(leaked))
    other.write("a.txt", "another text " * 1000)
    assert "none of the trusted ones" in str(told(other.expect(*ALL))["troubles"])


def test_what_was_had_unsigned_is_forgotten_when_signatures_are_wanted(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    key = new_key()
    first(workspace, str(signing.remote)).expect(*ALL)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    trust(client, key, more="signed = false")
    client.expect()
    trust(client, key)
    assert told(client.expect(*ALL))["refused"] == {signatures.UNSIGNED: 3}
    # Two projects of one store that trust otherwise: what one has is not the other's.
    lax = cloned(workspace, tmp_path / "lax")
    lax.store = client.store
    lax.request = replace(lax.request, store=client.store)
    lax.write("a.txt", "another text " * 1000)
    workspace.write("a.txt", "another text " * 1000)
    workspace.expect(*ALL)
    lax.expect()
    client.write("a.txt", "another text " * 1000)
    client.expect(*ALL)


def test_a_day_before_which_signatures_do_not_count_disowns_what_was_had(
    workspace: Workspace, signing: Signing, tmp_path: Path
) -> None:
    key, _ = signed(workspace, signing)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    trust(client, f'ci = {{ key = "{key.public}", since = 2100-01-01 }}')
    assert told(client.expect(*ALL))["refused"] == {signatures.OUTDATED: 3}


def only_read(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a store taken for one that may only be read: also for root, who may write anywhere."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != store and access(path, mode))


def test_a_store_that_cannot_forget_what_is_disowned_says_what_to_do(
    workspace: Workspace, signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked, new = new_key(), new_key()
    first(workspace, str(signing.remote))
    trust(workspace, leaked)
    sign(workspace, signing.file(leaked))
    workspace.expect(*ALL)
    client = cloned(workspace, tmp_path / "client")
    client.expect()
    trust(client, leaked, new)
    with monkeypatch.context() as reading:
        only_read(client.store, reading)
        client.expect()  # there is nothing to forget
        trust(client, new)
        refused = run("-C", client.project, "--store", client.store, "--remote", str(signing.remote), "plan")
        assert refused.code != 0
        assert refused.err.splitlines() == [
            "error: the store has 3 results of keys that this project does not trust, and they cannot be forgotten",
            "  why:  the store cannot be used: attempt to write a readonly database",
            f"  file: {client.store / 'actions.v1.sqlite'}",
            "  hint: run `graphbuild plan` once as somebody who may write there, or take another store: --store DIR",
        ]
    planned = run("-C", client.project, "--store", client.store, "--remote", str(signing.remote), "plan")
    assert planned.code == 3
    with monkeypatch.context() as reading:
        only_read(client.store, reading)
        again = run("-C", client.project, "--store", client.store, "--remote", str(signing.remote), "plan")
        assert (again.code, again.err) == (3, "")


def test_nobody_signs_for_what_was_had_unsigned(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    key = new_key()
    done = first(workspace, str(signing.remote)).expect(*ALL)
    other = cloned(workspace, tmp_path / "other")
    other.write("graphbuild.yml", (other.project / "graphbuild.yml").read_text().replace("[loud, loud]", "[loud]"))
    other.expect("twice")
    shutil.rmtree(signing.remote)
    ended = signing.push(other, key, "--json")
    found = json.loads(ended.stdout)
    assert (found["results"], found["kept_back"]) == (1, 2)
    (kept,) = objects(signing.remote, "actions.v1")
    assert "blake3:" + kept.name not in {one.key for one in done.result.nodes.values()}


def test_without_cryptography_the_remote_is_not_used_and_the_extra_is_named(
    workspace: Workspace, signing: Signing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = signed(workspace, signing)
    file = signing.file(key)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.ed25519", None)
    for name, signs in (("reader", ""), ("ci", file)):
        client = cloned(workspace, tmp_path / name)
        sign(client, signs)
        done = client.expect(*ALL)
        (trouble,) = told(done)["troubles"]
        assert "pip install 'graphbuild[trust]'" in trouble
        assert told(done)["found"] == 0
    ended = run("store", "keygen", "--out", tmp_path / "new.key")
    assert (ended.code, "pip install 'graphbuild[trust]'" in ended.err) == (2, True)
    assert not (tmp_path / "new.key").exists()


def test_a_build_with_nothing_to_do_imports_no_cryptography(workspace: Workspace, signing: Signing) -> None:
    key, _ = signed(workspace, signing)
    told_by = "import sys\nfrom graphbuild.cli.main import main\ntry:\n main(sys.argv[1:])\nfinally:\n"
    script = told_by + " print('modules', *sys.modules)"
    line = [sys.executable, "-c", script, "-C", str(workspace.project), "--remote", str(signing.remote), "build"]
    environment = {**workspace.environment({}), "GRAPHBUILD_SIGNING_KEY": signing.file(key), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    loaded = set(ended.stdout.partition("modules ")[2].split())
    assert ended.returncode == 0, ended.stderr
    assert "graphbuild.remote.trust" in loaded
    assert not {name for name in loaded if name.startswith(("cryptography", "fsspec", "zstandard"))}


def test_what_is_refused_is_told_once_at_the_end(workspace: Workspace, signing: Signing, tmp_path: Path) -> None:
    first(workspace, str(signing.remote)).expect(*ALL)
    other = cloned(workspace, tmp_path / "other")
    trust(other, new_key())
    ended = other.run("build", "--remote", str(signing.remote))
    assert ended.returncode == 0, ended.stderr
    lines = [line for line in ended.stdout.splitlines() if "not believed" in line]
    assert len(lines) == 1
    assert "3 unsigned result" in lines[0]
    assert "3 unsigned result" in other.run("builds", "show", "last").stdout
    assert digest_of(other.expect(), "twice")
