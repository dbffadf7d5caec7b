"""What a user types, line by line: with editing and history in a terminal, as plain lines otherwise."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import click


def is_terminal() -> bool:
    """Whether somebody sits there and types."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def as_text(line: str) -> str:
    """A line that was read, without its end. Bytes that are no text, which nothing could keep, are question marks."""
    return line.rstrip("\r\n").encode("utf-8", "replace").decode("utf-8")


async def typed_lines(prompt: str) -> AsyncIterator[str]:
    """Each line that is not blank, until the end of input. Ctrl-C ends it, too."""
    lines = _edited(prompt) if is_terminal() else _plain()
    async for line in lines:
        if line.strip():
            yield line


async def _edited(prompt: str) -> AsyncIterator[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.patch_stdout import patch_stdout

    session: PromptSession[str] = PromptSession(prompt)
    while True:
        try:
            # What is said meanwhile, such as by a reminder, goes above the line that is being typed.
            with patch_stdout(raw=True):
                line = await session.prompt_async()
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        yield line


async def _plain() -> AsyncIterator[str]:
    import asyncio  # others read lines, too, and a build with nothing to do loads no loop for that

    while line := await asyncio.to_thread(sys.stdin.readline):
        yield as_text(line)
