"""Asking: questions to a person, at a terminal that can be edited in and completes words, or as plain lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Protocol

import click

from graphbuild.cli.terminal import as_text


class Asker(Protocol):
    """Somebody who answers."""

    def ask(self, question: str, words: Sequence[str] = (), given: str = "") -> str:
        """What is typed. `words` complete it, `given` is there to be edited. Raises EOFError, KeyboardInterrupt."""


class PlainAsker:
    """Reads lines, for input that is no terminal. An empty line stands for what is given."""

    def ask(self, question: str, words: Sequence[str] = (), given: str = "") -> str:  # noqa: ARG002 - as all askers
        click.echo(question, nl=False)
        sys.stdout.flush()
        line = sys.stdin.readline()
        click.echo()
        if not line:
            raise EOFError
        return as_text(line) or given


class TerminalAsker:
    """Asks at a terminal: Tab completes, arrows go back to what was typed before."""

    def __init__(self) -> None:
        from prompt_toolkit import PromptSession

        self._sessions: dict[str, PromptSession[str]] = {}

    def ask(self, question: str, words: Sequence[str] = (), given: str = "") -> str:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.completion import FuzzyWordCompleter

        if question not in self._sessions:
            self._sessions[question] = PromptSession()
        completer = FuzzyWordCompleter(list(words)) if words else None
        answer: Any = self._sessions[question].prompt(
            question, completer=completer, default=given, complete_while_typing=False
        )
        return str(answer)


def asker() -> Asker:
    """The way to ask here."""
    return TerminalAsker() if sys.stdin.isatty() and sys.stdout.isatty() else PlainAsker()
