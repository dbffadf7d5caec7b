"""Wording: what a teacher reads: parses, predictions, what was done, the conversation so far. Prints nothing."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.channel import lines_of
from graphbuild.teaching.marking import intent_of, marked

if TYPE_CHECKING:
    from graphbuild.assistant.runtime.events import Event
    from graphbuild.assistant.runtime.prediction import Prediction
    from graphbuild.teaching.lesson import Done
    from graphbuild.teaching.saving import Saved

HELP = """\
What is understood and what is to be done next is shown before it happens. Enter says that it is right; ? lists
what else there is; a number of the list or a name puts that in its place, and a name that is new is asked about.
Entities are typed as in training data: to [Berlin](city), [there]{"entity": "city", "role": "to", "value": "Berlin"}.
  :back     take the last turn back       :restart  begin another conversation
  :show     the conversation so far       :story    the same as stories in YAML
  :graph    all stories as a graph        :save     write what was taught, and quit
  :help     this                          :quit     quit without saving"""
COMMANDS = ("back", "show", "graph", "help", "restart", "story", "save", "quit")
_NUMBER, _NARROWEST = 5, 20
"""Widths in a table, in characters."""
_OTHERS = 3
"""How many intents come next in a line."""


def understood(parse: Mapping[str, Any]) -> str:
    """A parse in two lines: intents and their confidences, entities in the text."""
    intent, said = intent_of(parse), parse.get("intent") or {}
    first = f"{intent} {_sure(said.get('confidence'))}" if intent else "nothing"
    ranking = [one for one in parse.get("intent_ranking") or () if one.get("name") != said.get("name")][:_OTHERS]
    others = ", ".join(f"{one.get('name')} {_sure(one.get('confidence'))}" for one in ranking)
    text = marked(str(parse.get("text") or ""), parse.get("entities") or ())
    return f"  intent    {first}" + (f"  (then {others})" if others else "") + f"\n  entities  {text}"


def choices(names: Sequence[str], sure: Mapping[str, float | None]) -> str:
    """A numbered list, with confidences where there are any."""
    width = max(map(len, names), default=0)
    lines = []
    for number, name in enumerate(names, start=1):
        behind = f"  {_sure(sure[name])}" if sure.get(name) is not None else ""
        lines.append(f"  {number:>3}  {name:<{width}}{behind}".rstrip())
    return "\n".join(lines)


def predicted(prediction: Prediction) -> str:
    """An action, who chose it, and how sure that is."""
    return f"  next      {prediction.action}  ({prediction.policy or 'no policy'} {_sure(prediction.confidence)})"


def happened(done: Done) -> str:
    """What was said, the slots that changed, what went wrong; each on lines of its own."""
    lines = [f"assistant: {line}" for part in done.messages for line in lines_of(dict(part))]
    lines += [f"  slot      {name} = {json.dumps(value, ensure_ascii=False)}" for name, value in done.slots.items()]
    if done.is_refused:
        lines.append("  it refused to run")
    for problem in done.problems:
        facts = "".join(f"; {name}: {value}" for name, value in problem.facts)
        lines.append(f"  problem   {problem.what}{facts}")
    return "\n".join(lines)


def conversation(events: Sequence[Event], width: int) -> str:
    """A table of what happened: the assistant's side and the user's."""
    side = max((width - _NUMBER) // 2 - 2, _NARROWEST)
    lines = [f"{'':{_NUMBER}}{'assistant':<{side}}  user", "-" * (_NUMBER + 2 * side + 2)]
    for number, (is_user, text) in enumerate(_cells(events), start=1):
        for at, line in enumerate(_wrapped(text, side)):
            left, right = ("", line) if is_user else (line, "")
            lines.append(f"{number if at == 0 else '':>{_NUMBER - 2}}  {left:<{side}}  {right}".rstrip())
    return "\n".join(lines)


def _wrapped(text: str, width: int) -> list[str]:
    return [part for line in text.split("\n") for part in textwrap.wrap(line, width) or [""]]


def _cells(events: Sequence[Event]) -> list[tuple[bool, str]]:
    """(whether it is the user's, text); what the assistant does between two turns is one cell."""
    cells: list[tuple[bool, str]] = []
    for event in events:
        text = _cell(event)
        if isinstance(event, kinds.UserUttered):
            cells.append((True, text))
        elif text and cells and not cells[-1][0]:
            cells[-1] = (False, f"{cells[-1][1]}\n{text}")
        elif text:
            cells.append((False, text))
    return cells


def _cell(event: Event) -> str:
    if isinstance(event, kinds.UserUttered):
        said = marked(event.text or "", event.entities)
        return f"{said}\nintent: {intent_of(event.parse_data)}"
    if isinstance(event, kinds.ActionExecuted):
        return event.label
    if isinstance(event, kinds.BotUttered):
        return f'"{event.text}"' if event.text else "(no text)"
    if isinstance(event, kinds.SlotSet):
        return f"slot {event.name} = {json.dumps(event.value, ensure_ascii=False, default=str)}"
    if isinstance(event, kinds.ActiveLoop):
        return f"form {event.name}" if event.name else "form ends"
    return event.type_name if isinstance(event, kinds.Restarted | kinds.AllSlotsReset) else ""


def saved_text(saved: Saved) -> str:
    """What was written where."""
    counts = ((saved.examples, "example"), (saved.stories, "story"), (saved.names, "addition to the domain"))
    told = ", ".join(f"{count} {_plural(word) if count != 1 else word}" for count, word in counts if count)
    lines = [f"saved {told}" if told else "nothing to save: all of it is there already"]
    if saved.repeated and told:
        lines[0] += f"; {saved.repeated} were there already"
    lines += [f"  {path}{' (new)' if is_new else ''}" for path, is_new in saved.files.items()]
    lines += [f"  left out: `{text}`: {why}" for text, why in saved.left_out]
    lines += [f"  {path} is not among the training data: name it with --data" for path in saved.unread]
    return "\n".join(lines)


def _plural(word: str) -> str:
    return {"story": "stories", "addition to the domain": "additions to the domain"}.get(word, f"{word}s")


def _sure(confidence: Any) -> str:
    return f"{confidence:.2f}" if isinstance(confidence, int | float) else "-"
