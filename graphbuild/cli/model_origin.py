"""`graphbuild model sbom`, `graphbuild model provenance`: what a package was made of, in formats that others read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from graphbuild.cli.documents import print_document, print_text
from graphbuild.cli.output import examples, json_option, project_of, write_bytes
from graphbuild.errors import ExitCode, Problem, UsageError

_BESIDE = "Where to write it; `-` for standard output.  [default: beside MODEL]"


@click.command(
    "sbom",
    epilog=examples("graphbuild model sbom", "graphbuild model sbom models/m.tar.gz --out bill.json"),
)
@click.argument("model", default="models")
@click.option("--out", metavar="FILE", help=_BESIDE)
@json_option
@click.pass_context
def sbom_command(context: click.Context, /, model: str, out: str | None, as_json: bool) -> int:
    """Write the bill of materials of a package: CycloneDX 1.6, MODEL.cdx.json beside it.

    In it: the package with its SHA-256 and BLAKE3, every node that it depends on with its key, the files that they
    read, the Python packages that they say their results depend on, with licences where these are installed here, and
    who depends on whom.
    """
    from graphbuild.package.bill import bill_of_materials
    from graphbuild.package.origin import read_origin

    path = _found(context, model)
    bill = bill_of_materials(read_origin(path))
    facts = {"components": len(bill["components"])}
    return _give(bill, path, out, ".cdx.json", facts, as_json=as_json)


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
@json_option
@click.pass_context
def provenance_command(
    context: click.Context,
    /,
    model: str,
    builder: str | None,
    invocation: str | None,
    out: str | None,
    as_json: bool,
) -> int:
    """Write where a package came from: an in-toto statement with SLSA provenance, MODEL.provenance.json beside it.

    In it: the package by its SHA-256 and BLAKE3; recipe, targets and options; the key of every node; files, Python
    packages and git revision that went into it. It is not signed: whoever trusts it trusts whoever gave it.
    """
    from graphbuild.package.origin import read_origin
    from graphbuild.package.statement import LOCAL, provenance_statement

    for one in (builder, invocation):
        if one is not None and not urlsplit(one).scheme:
            hint = "such as https://ci.example.org/build"
            raise UsageError(Problem(f"`{one}` is no URI", hint=hint))
    path = _found(context, model)
    statement = provenance_statement(read_origin(path), builder=builder or LOCAL, invocation=invocation)
    facts = {"builder": builder or LOCAL}
    return _give(statement, path, out, ".provenance.json", facts, as_json=as_json)


def _found(context: click.Context, model: str) -> Path:
    from graphbuild.package.find import find_package

    return find_package(project_of(context) / model)


def _give(
    document: dict[str, Any], path: Path, out: str | None, ending: str, facts: dict[str, Any], *, as_json: bool
) -> int:
    """Writes a document to its file, or prints it, and says which."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if out == "-":
        print_text(text)
        return int(ExitCode.DONE)
    file = Path(out) if out else path.with_name(path.name.removesuffix(".tar.gz") + ending)
    write_bytes(file, text.encode())
    if as_json:
        print_document({"code": 0, "model": str(path), "file": str(file), **facts})
    else:
        click.echo(f"wrote {file}")
    return int(ExitCode.DONE)
