"""`graphbuild model sbom`, `graphbuild model provenance`: what a package was made of, in formats that others read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from graphbuild.cli.documents import print_document, print_text
from graphbuild.cli.output import examples, json_option, project_of, write_bytes
from graphbuild.errors import ExitCode, Problem, UsageError

_BESIDE = "Where to write it; `-` for standard output.  [default: beside MODEL]"
_SIGNED = ".dsse.json"
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _signing_option(function: _Function) -> _Function:
    return click.option(
        "--sign-with", metavar="FILE",
        help="Put it into an envelope (DSSE) signed with this private key.  [default: $GRAPHBUILD_SIGNING_KEY]",
    )(function)  # fmt: skip


@click.command(
    "sbom",
    epilog=examples("graphbuild model sbom", "graphbuild model sbom models/m.tar.gz --out bill.json"),
)
@click.argument("model", default="models")
@click.option("--out", metavar="FILE", help=_BESIDE)
@_signing_option
@json_option
@click.pass_context
def sbom_command(context: click.Context, /, model: str, out: str | None, sign_with: str | None, as_json: bool) -> int:
    """Write the bill of materials of a package: CycloneDX 1.6, MODEL.cdx.json beside it.

    In it: the package with its SHA-256 and BLAKE3, every node that it depends on with its key, the files that they
    read, the Python packages that they say their results depend on, with licences where these are installed here, and
    who depends on whom.
    """
    from graphbuild.package.bill import MEDIA_TYPE, bill_of_materials
    from graphbuild.package.origin import read_origin

    path = _found(context, model)
    bill = bill_of_materials(read_origin(path))
    facts = {"components": len(bill["components"])}
    bill, ending = _signed(context, bill, ".cdx", MEDIA_TYPE, sign_with)
    return _give(context, bill, path, out, ending, facts, as_json=as_json)


@click.command(
    "provenance",
    epilog=examples(
        "graphbuild model provenance",
        "graphbuild model provenance models/m.tar.gz --builder https://ci.example.org/build --out -",
    ),
)
@click.argument("model", default="models")
@click.option("--builder", metavar="URI", help="Who built it, such as the address of a CI.  [default: this machine]")
@click.option("--invocation", metavar="URI", help="Which run it was, such as the address of a CI's job.")
@click.option("--out", metavar="FILE", help=_BESIDE)
@_signing_option
@json_option
@click.pass_context
def provenance_command(
    context: click.Context,
    /,
    model: str,
    builder: str | None,
    invocation: str | None,
    out: str | None,
    sign_with: str | None,
    as_json: bool,
) -> int:
    """Write where a package came from: an in-toto statement with SLSA provenance, MODEL.provenance.json beside it.

    In it: the package by its SHA-256 and BLAKE3; recipe, targets and options; the key of every node; files, Python
    packages and git revision that went into it. Signed, it says by whom; else whoever trusts it trusts whoever gave it.
    """
    from graphbuild.package.origin import read_origin
    from graphbuild.package.statement import LOCAL, PAYLOAD_TYPE, provenance_statement

    for one in (builder, invocation):
        if one is not None and not urlsplit(one).scheme:
            hint = "such as https://ci.example.org/build"
            raise UsageError(Problem(f"`{one}` is no URI", hint=hint))
    path = _found(context, model)
    statement = provenance_statement(read_origin(path), builder=builder or LOCAL, invocation=invocation)
    facts = {"builder": builder or LOCAL}
    statement, ending = _signed(context, statement, ".provenance", PAYLOAD_TYPE, sign_with)
    return _give(context, statement, path, out, ending, facts, as_json=as_json)


def _found(context: click.Context, model: str) -> Path:
    from graphbuild.package.find import find_package

    return find_package(project_of(context) / model)


def _signed(
    context: click.Context, document: dict[str, Any], ending: str, payload_type: str, sign_with: str | None
) -> tuple[dict[str, Any], str]:
    """The document in a signed envelope, where there is a key; and how its file is to end."""
    from graphbuild.remote.choice import SIGNING_KEY_VARIABLE

    key = sign_with or os.environ.get(SIGNING_KEY_VARIABLE)
    if not key:
        return document, f"{ending}.json"
    from graphbuild.package.statement import Signature, envelope, payload_of, to_be_signed
    from graphbuild.remote.keys import require_library, secret_key

    require_library()
    secret = secret_key(key, Path(context.obj["folder"]))
    payload = payload_of(document)
    signature = Signature(str(secret.public), secret.sign(to_be_signed(payload, payload_type)))
    return envelope(payload, [signature], payload_type), f"{ending}{_SIGNED}"


def _give(
    context: click.Context,
    document: dict[str, Any],
    path: Path,
    out: str | None,
    ending: str,
    facts: dict[str, Any],
    *,
    as_json: bool,
) -> int:
    """Writes a document to its file, or prints it, and says which."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out == "-":
        print_text(text)
        return int(ExitCode.DONE)
    file = Path(context.obj["folder"]) / out if out else path.with_name(path.name.removesuffix(".tar.gz") + ending)
    write_bytes(file, text.encode())
    if as_json:
        print_document({"code": 0, "model": str(path), "file": str(file), **facts})
    else:
        click.echo(f"wrote {file}")
    return int(ExitCode.DONE)
