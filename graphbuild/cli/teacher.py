"""Teacher: the questions of `train interactive`, one after another, and what the answers do to the lesson."""

from __future__ import annotations

import asyncio
import enum
import re
import shutil
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from graphbuild.cli.asking import Asker
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import GraphbuildError, UsageError
from graphbuild.teaching.lesson import Done, Lesson, waits_for_user
from graphbuild.teaching.marking import corrected, intent_of, marked, read_marked, spans_of
from graphbuild.teaching.picture import stories_text
from graphbuild.teaching.wording import COMMANDS, HELP, choices, conversation, happened, predicted, understood

T = TypeVar("T")
_YOU, _RIGHT, _ENTITIES = "you> ", "right? ", "right? (or type it with its entities) "
_YES = ("", "y", "yes")
_COMMAND = re.compile(":[a-z]+")
_LIST = ("?", "n", "no")


class Ending(enum.Enum):
    """How a lesson ends."""

    SAVED = enum.auto()
    QUIT = enum.auto()
    """Without saving, as the teacher wants."""
    LEFT = enum.auto()
    """Nobody said: the journal is kept."""


class _Command(Exception):
    """Something else was asked for than an answer."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass
class Teacher:
    """A person at a lesson."""

    lesson: Lesson
    asker: Asker
    runner: asyncio.Runner
    save: Callable[[], str]
    """Writes what was taught, and says what. Raises GraphbuildError where nothing was written."""
    draw: Callable[[], str]
    """Draws all stories, and says where. Raises GraphbuildError."""
    is_heard: bool = True
    """Whether the last thing that was typed belongs to the talk already."""

    def teach(self) -> Ending:
        """Until the teacher ends it."""
        if not self.lesson.talks:
            self._tell(self._run(self.lesson.begin()))
        while True:
            try:
                self._go_on()
            except _Command as command:
                ending = self._obey(command.name)
            except (EOFError, KeyboardInterrupt):
                ending = self._offer()
            else:
                ending = None
            if ending is not None:
                return ending

    def agrees(self, question: str, *, by_default: bool) -> bool:
        """Whether the answer is yes; no where there is none."""
        try:
            answer = self.asker.ask(f"{question} [{'Y/n' if by_default else 'y/N'}] ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return False
        return by_default if not answer else answer in _YES

    def _go_on(self) -> None:
        if waits_for_user(self.lesson.tracker.events) or self.lesson.tracker.now.is_paused:
            text = self._ask(_YOU).strip()
            if text:
                self._hear(text)
            return
        self._act()

    def _hear(self, text: str) -> None:
        self.is_heard = False
        try:
            parse = self._run(self.lesson.understand(text))
            click.echo(understood(parse))
            intent = self._intent(parse)
            parse = corrected(parse, intent, self._spans(parse, text))
            self._tell(self._run(self.lesson.hear(parse)))
        finally:
            self.is_heard = True

    def _intent(self, parse: Mapping[str, Any]) -> str:
        """What was meant, as the teacher says."""
        ranking = {one.get("name"): one.get("confidence") for one in parse.get("intent_ranking") or ()}
        first = intent_of(parse)
        names = list(dict.fromkeys([*([first] if first else []), *ranking, *self.lesson.intents()]))
        sure = {first: (parse.get("intent") or {}).get("confidence"), **ranking}
        return self._choice("intent", first, [one for one in names if one], sure)

    def _spans(self, parse: Mapping[str, Any], text: str) -> Sequence[dict[str, Any]]:
        """The entities of a text, as the teacher marks them."""
        if text.startswith("/"):
            return spans_of(text, parse.get("entities") or ())
        entities = parse.get("entities") or ()
        while True:
            typed = self._ask(_ENTITIES, given=marked(text, entities)).strip()
            if typed.lower() in _YES or typed == marked(text, entities):
                return spans_of(text, entities)
            try:
                return read_marked(typed, text)
            except UsageError as error:
                _refuse(error)

    def _act(self) -> None:
        """One thing that the assistant does."""
        prediction = self._run(self.lesson.predict())
        click.echo(predicted(prediction))
        names = self.lesson.actions()
        likeliest = sorted(names, key=lambda name: -prediction.scores.get(name, 0.0))
        name = self._choice("action", prediction.action, likeliest, prediction.scores)
        if name != prediction.action:
            prediction = self.lesson.instead(name)
        if self.lesson.wants_text(name):
            self.lesson.responses[name] = self._text_of(name)
        self._tell(self._run(self.lesson.act(prediction)))

    def _text_of(self, name: str) -> str:
        while not (text := self._ask(f"what does {name} say? ").strip()):
            pass
        return text

    def _choice(self, kind: str, first: str | None, names: Sequence[str], sure: Mapping[Any, Any]) -> str:
        """A name: the first, another of the list, or a new one."""
        while True:
            typed = self._ask(_RIGHT if first else f"which {kind}? ", names).strip()
            if typed.lower() in _YES and first:
                return first
            if typed.lower() in _LIST or not typed:
                click.echo(choices(names, sure))
            elif typed.isdecimal() and 1 <= int(typed) <= len(names):
                return names[int(typed) - 1]
            elif typed in names or self._is_new(kind, typed, names):
                return typed

    def _is_new(self, kind: str, name: str, names: Sequence[str]) -> bool:
        if name.isdecimal() or not name.replace("/", "a").replace(".", "a").replace("-", "a").isidentifier():
            click.echo(f"  `{name}` is no name; ? lists what there is")
            return False
        hint = did_you_mean(name, list(names))
        click.echo(f"  the domain has no {kind} `{name}`" + (f" ({hint})" if hint else ""))
        return self._ask("add it? [y/N] ").strip().lower() in _YES[1:]

    def _ask(self, question: str, words: Sequence[str] = (), given: str = "") -> str:
        """An answer. Commands that only show something are done at once. Raises _Command for the others."""
        while True:
            answer = self.asker.ask(question, words, given)
            word = answer.strip()
            if _COMMAND.fullmatch(word) is None:
                return answer
            name = word[1:]
            if name not in COMMANDS:
                click.echo(f"  there is no command {word}; :help lists them")
            elif name in ("back", "restart", "save", "quit"):
                raise _Command(name)
            else:
                self._show(name)

    def _show(self, name: str) -> None:
        if name == "help":
            click.echo(HELP)
            return
        try:
            if name == "show":
                click.echo(conversation(self.lesson.tracker.events, shutil.get_terminal_size().columns))
            elif name == "graph":
                click.echo(self.draw())
            else:
                stories = self.lesson.taught().stories
                click.echo(stories_text(stories).rstrip() if stories else "  no turn has ended yet")
        except GraphbuildError as error:
            _refuse(error)

    def _obey(self, name: str) -> Ending | None:
        if name == "restart":
            self._tell(self._run(self.lesson.begin()))
            click.echo("another conversation begins")
        elif name == "back":
            text = self.lesson.back() if self.is_heard else None
            click.echo(f"taken back: {text}" if text is not None else "  nothing was said")
        elif name == "save":
            return self._saved()
        elif not self.lesson.taught() or self.agrees("quit without saving what was taught?", by_default=False):
            return Ending.QUIT
        return None

    def _saved(self) -> Ending | None:
        try:
            click.echo(self.save())
        except GraphbuildError as error:
            _refuse(error)
            return None
        return Ending.SAVED

    def _offer(self) -> Ending | None:
        """After Ctrl-C or the end of input: to save, to quit, or to go on."""
        click.echo()
        if not self.lesson.taught():
            return Ending.QUIT
        try:
            answer = self.asker.ask("save what was taught? [y]es, [n]o: quit, [c]ontinue: ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return Ending.LEFT
        if answer in ("n", "no"):
            return Ending.QUIT
        return self._saved() if answer in _YES else None

    def _run(self, does: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(does)

    @staticmethod
    def _tell(done: Done) -> None:
        if text := happened(done):
            click.echo(text)


def _refuse(error: GraphbuildError) -> None:
    for problem in error.problems:
        place = f"{problem.location}: " if problem.location is not None else ""
        click.echo(f"  {place}{problem.what}" + (f" ({problem.hint})" if problem.hint else ""))
