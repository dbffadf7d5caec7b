"""`graphbuild model verify`: whether a package is whole, and whether somebody who is trusted vouches for it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphbuild.cli.documents import print_document
from graphbuild.cli.output import examples, json_option, project_of
from graphbuild.errors import ExitCode, GraphbuildError, Problem, UsageError
from graphbuild.session import SETTINGS_FILE

if TYPE_CHECKING:
    from graphbuild.package.attestation import Attestation
    from graphbuild.remote.trust import Trust, TrustedKey


@click.command(
    "verify",
    epilog=examples(
        "graphbuild model verify models/a.tar.gz",
        "graphbuild model verify models/a.tar.gz --attestation models/a.provenance.dsse.json",
    ),
)
@click.argument("model", default="models")
@click.option(
    "--attestation", "attestations", multiple=True, metavar="FILE",
    help="A signed envelope of `model provenance` or `model sbom`; may be repeated.",
)  # fmt: skip
@click.option(
    "--key", "keys", multiple=True, metavar="PUBLIC",
    help="A key that is trusted, ed25519:...  [default: those of [remote.keys] in graphbuild.toml]",
)  # fmt: skip
@json_option
@click.pass_context
def verify_command(
    context: click.Context, /, model: str, attestations: tuple[str, ...], keys: tuple[str, ...], as_json: bool
) -> int:
    """Verify that a package is whole: every artifact against its digest, the key against what it covers.

    Exit code 1 where it is not. Who made it is not told by that: anybody can pack something else and name its digests.
    With --attestation it is: the envelope must be signed by a trusted key, in its time, and be about this very file.
    """
    from graphbuild.package.find import find_package
    from graphbuild.package.verify import verify_package

    if keys and not attestations:
        raise UsageError(Problem("--key says who may have signed", hint="name what was signed: --attestation FILE"))
    path = find_package(project_of(context) / model)
    found = verify_package(path)
    vouchers = _vouchers(context, path, attestations, keys, list(found.problems))
    manifest = found.package.manifest
    if as_json:
        whole = {"format": manifest["format"], "key": manifest["key"], "artifacts": len(found.package.artifacts)}
        told = {"attestations": [_document(*one) for one in vouchers]} if attestations else {}
        print_document({"code": 0, "file": str(path), **whole, **told})
        return int(ExitCode.DONE)
    click.echo(f"{path} is whole: {len(found.package.artifacts)} artifacts, key {manifest['key']}")
    for attestation, key in vouchers:
        built = f", built by {attestation.builder}" if attestation.builder is not None else ""
        click.echo(f"{attestation.path}: {attestation.kind} signed by `{key.name}`{built}")
    return int(ExitCode.DONE)


def _vouchers(
    context: click.Context, path: Path, named: tuple[str, ...], keys: tuple[str, ...], problems: list[Problem]
) -> list[tuple[Attestation, TrustedKey]]:
    """Each attestation with who vouches for it. Raises UsageError, and GraphbuildError with all that is wrong."""
    if not named:
        if problems:
            raise GraphbuildError(problems)
        return []
    from graphbuild.package.attestation import about_another, read_attestation
    from graphbuild.package.origin import read_origin
    from graphbuild.remote.keys import require_library
    from graphbuild.remote.vouching import vouched

    require_library()
    trust = _trusted(project_of(context), keys)
    origin = read_origin(path)
    found = []
    for name in named:
        try:
            read = read_attestation(Path(context.obj["folder"]) / name)
        except UsageError:
            raise
        except GraphbuildError as error:
            problems.extend(error.problems)
            continue
        signatures = [(one.key_id, one.value) for one in read.signatures]
        voucher = vouched(read.message, signatures, trust, time.time(), read.moment)
        if voucher.key is None:
            by = (("by", voucher.by),) if voucher.by is not None else ()
            problems.append(Problem(f"{read.path} does not count: {voucher.reason}", facts=by))
        elif (other := about_another(read, origin)) is not None:
            problems.append(other)
        else:
            found.append((read, voucher.key))
    if problems:
        raise GraphbuildError(problems)
    return found


def _trusted(project: Path, keys: tuple[str, ...]) -> Trust:
    """Whose word counts. Raises UsageError where nobody's does."""
    from graphbuild.remote.choice import trusted_keys
    from graphbuild.remote.keys import public_key
    from graphbuild.remote.trust import Trust, TrustedKey

    if keys:
        try:
            return Trust(tuple(TrustedKey(one, public_key(one)) for one in keys))
        except ValueError as error:
            raise UsageError(Problem(f"--key is no public key: {error}")) from None
    trust = trusted_keys(project / SETTINGS_FILE)
    if not trust.keys:
        hint = f"[remote.keys] in {SETTINGS_FILE} names keys that are trusted, or --key PUBLIC"
        raise UsageError(Problem("no key is trusted here, so nobody can vouch for a package", hint=hint))
    return trust


def _document(attestation: Attestation, key: TrustedKey) -> dict[str, Any]:
    return {
        "file": str(attestation.path),
        "kind": attestation.kind,
        "signed_by": key.name,
        "key": key.public,
        "builder": attestation.builder,
    }
