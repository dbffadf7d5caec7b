"""Standard output of `--json`: one document, and nothing else, whatever components and their libraries print there."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

import click

_OUTPUT, _ERRORS = 1, 2
_kept: TextIO | None = None
"""Standard output as it was, where it is kept for a document."""


def forget_output() -> None:
    """Standard output is for everybody: so a command line begins."""
    global _kept  # noqa: PLW0603 - a process has one standard output
    _kept = None


def keep_output() -> None:
    """Keeps standard output for a document: all else that is written there from now on goes to standard error.

    Also what C libraries and other processes write, for which the descriptor itself is turned. It is never turned back:
    threads, and what runs at exit, may print when the document is long written.
    """
    global _kept  # noqa: PLW0603 - a process has one standard output
    if _kept is not None or sys.stdout is None:
        return
    sys.stdout.flush()
    _kept = _turned(sys.stdout) if _is_the_descriptor(sys.stdout) else sys.stdout
    if sys.stderr is not None:
        sys.stdout = sys.stderr


def give_output_back() -> None:
    """Lets the descriptor lead where it led: another program is about to take the place of this one."""
    if _kept is not None and _is_open(_kept) and _kept is not sys.stdout:
        _kept.flush()
        os.dup2(_kept.fileno(), _OUTPUT)


def print_document(document: Any) -> None:
    """Prints the document of `--json`."""
    from graphbuild.report.as_json import dumps

    print_text(f"{dumps(document)}\n")


def print_text(text: str) -> None:
    """Prints what a command was asked for; with `--json` it is a document."""
    click.echo(text, file=_kept, nl=False)


def _is_the_descriptor(stream: TextIO) -> bool:
    """Whether a stream writes to the process's standard output, and is not one that a caller put in its place."""
    try:
        return stream.fileno() == _OUTPUT
    except (OSError, ValueError):
        return False


def _is_open(stream: TextIO) -> bool:
    """Whether a stream writes to a descriptor."""
    try:
        return stream.fileno() >= 0
    except (OSError, ValueError):
        return False


def _turned(stream: TextIO) -> TextIO:
    """A stream to where the descriptor led; the descriptor leads to standard error, where there is one."""
    kept = os.fdopen(os.dup(_OUTPUT), "w", encoding=stream.encoding, errors=stream.errors)
    if sys.stderr is not None:
        os.dup2(_ERRORS, _OUTPUT)
    else:
        # Descriptor 2 may be anything by now, a file of the store too.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _OUTPUT)
        os.close(nowhere)
    return kept
