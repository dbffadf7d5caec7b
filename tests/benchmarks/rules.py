"""Checking rules of large projects: seconds of each step of `train core`, with and without contradictions.

    python -m tests.benchmarks.rules [--stories 1250 2500 5000] [--rules 500] [--wrong 5]

Three fifths of the rules are plain, three tenths have a condition on a slot, the rest activate forms and end them.
Stories have two to six turns, some with a form that something comes into. `--wrong` stories contradict a rule.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import run

INTENTS, FLAGS, FORMS, PER_FILE = 400, 20, 25, 500
RECIPE = """\
graphbuild: 1
extends: rasa-base
nodes:
  rules: {uses: RulePolicy, needs: {trackers: trackers}}
targets:
  model: [rules]
  core: [rules]
"""
_CUSTOM = [{"type": "custom"}]
SHOWN = ("training_file", "stories", "trackers", "check_structure", "rules.book")
"""Nodes whose seconds are told."""

Plain = dict[str, Any]


def make_project(folder: Path, stories: int, rules: int, wrong: int = 0) -> None:
    """Writes a project. What is in a story or rule is drawn from its number: the same every time."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "graphbuild.yml").write_text(RECIPE)
    _write(folder / "domain.yml", _domain())
    _write(folder / "data" / "rules.yml", {"rules": [_rule(number, rules) for number in range(rules)]})
    told = [_story(number) for number in range(stories)] + [_wrong(number) for number in range(wrong)]
    for first in range(0, len(told), PER_FILE):
        _write(folder / "data" / f"stories_{first // PER_FILE:03}.yml", {"stories": told[first : first + PER_FILE]})


def _write(path: Path, document: Plain) -> None:
    # JSON is YAML, and quick to write.
    path.write_text(json.dumps({"version": "3.1", **document}))


def _domain() -> Plain:
    replies = [f"utter_{number:03}" for number in range(INTENTS)] + ["utter_special", "utter_done"]
    flags = {f"flag_{number}": {"type": "bool", "mappings": _CUSTOM} for number in range(FLAGS)}
    notes = {f"note_{number}": {"type": "text", "mappings": _CUSTOM} for number in range(FLAGS)}
    return {
        "intents": [*(f"intent_{number:03}" for number in range(INTENTS)), *(f"ask_{n}" for n in range(FORMS))],
        "slots": {**flags, **notes},
        "forms": {f"form_{number}": {"required_slots": []} for number in range(FORMS)},
        "responses": {name: [{"text": name}] for name in replies},
    }


def _turn(intent: int) -> list[Plain]:
    return [{"intent": f"intent_{intent:03}"}, {"action": f"utter_{intent:03}"}]


def _rule(number: int, rules: int) -> Plain:
    name = {"rule": f"rule {number}"}
    plain, conditional = rules * 3 // 5, rules * 9 // 10
    if number < plain:
        return {**name, "steps": _turn(number % INTENTS)}
    if number < conditional:
        flag = {"slot_was_set": [{f"flag_{number % FLAGS}": True}]}
        steps = [{"intent": f"intent_{number * 7 % INTENTS:03}"}, {"action": "utter_special"}]
        return {**name, "condition": [flag], "steps": steps}
    form = f"form_{(number - conditional) // 2 % FORMS}"
    if (number - conditional) % 2 == 0:
        return {**name, "steps": [{"intent": form.replace("form", "ask")}, {"action": form}, {"active_loop": form}]}
    ending = [{"action": form}, {"active_loop": None}, {"action": "utter_done"}]
    return {**name, "condition": [{"active_loop": form}], "steps": ending}


def _story(number: int) -> Plain:
    return {"story": f"story {number}", "steps": [one for part in _parts(number) for one in part]}


def _parts(number: int) -> Iterator[list[Plain]]:
    mixed = number * 2654435761 % 2**32
    for turn in range(2 + mixed % 5):
        mixed = (mixed * 1103515245 + 12345 + turn) % 2**31
        if mixed % 9 == 0:
            form = f"form_{mixed // 64 % FORMS}"
            yield [{"intent": form.replace("form", "ask")}, {"action": form}, {"active_loop": form}]
            yield [*_turn(mixed // 128 % INTENTS), {"action": form}, {"active_loop": None}, {"action": "utter_done"}]
        else:
            yield _turn(mixed // 32 % INTENTS)
        if mixed % 11 == 0:
            yield [{"slot_was_set": [{f"note_{mixed // 256 % FLAGS}": "x"}]}]


def _wrong(number: int) -> Plain:
    """Answers an intent that a plain rule answers otherwise."""
    steps = [*_turn(number + 1), {"intent": "intent_000"}, {"action": "utter_done"}]
    return {"story": f"wrong story {number}", "steps": steps}


def _measure(stories: int, rules: int, wrong: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        make_project(Path(folder), stories, rules, wrong)
        command = [sys.executable, "-m", "graphbuild", "-C", folder, "train", "core", "--json"]
        done = run(command, Path.cwd(), dict(os.environ))
    nodes = json.loads(done.out)["nodes"]
    seconds = {name: sum(one["seconds"] or 0 for one in nodes if _is(one["node"], name)) for name in SHOWN}
    shown = "  ".join(f"{name} {seconds[name]:6.2f} s" for name in SHOWN)
    size = f"{stories:>7,} stories {rules:>5,} rules {wrong:>3} wrong"
    return f"{size}  {shown}  all {done.wall_s:6.2f} s {done.peak_mb:5.0f} MB"


def _is(node: str, name: str) -> bool:
    return node.partition("@")[0].rpartition(":")[0] == name or node.partition("@")[0] == name


def main(words: Sequence[str]) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, nargs="+", default=[1_250, 2_500, 5_000])
    parser.add_argument("--rules", type=int, default=500)
    parser.add_argument("--wrong", type=int, default=5)
    given = parser.parse_args(words)
    for stories in given.stories:
        for wrong in (0, given.wrong):
            print(_measure(stories, given.rules, wrong), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
