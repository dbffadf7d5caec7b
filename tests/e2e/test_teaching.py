"""Teaching by talking, as a person does it at a terminal and a program through a pipe: taught, saved, trained again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from graphbuild import Agent
from tests.cli.command_line import run
from tests.teaching.small import FILES, write_small

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "100"}
COMMAND = ["-m", "graphbuild", "-q", "train", "interactive"]
PATIENCE_S = 60


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small assistant, trained."""
    project = write_small(tmp_path_factory.mktemp("taught") / "project")
    assert run("-C", project, "--store", project / ".graphbuild", "-q", "train").code == 0
    return project


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """Files of its own, with the model and the store of the one that is trained."""
    made = write_small(tmp_path / "project")
    subprocess.run(["cp", "-a", trained / ".graphbuild", trained / "models", made], check=True)
    return made


class Terminal:
    """A person at a terminal."""

    def __init__(self, project: Path) -> None:
        self.child = pexpect.spawn(
            sys.executable, COMMAND, cwd=str(project), env=ENVIRONMENT, timeout=PATIENCE_S, encoding="utf-8"
        )
        self.child.setwinsize(60, 100)

    def sees(self, *texts: str) -> None:
        for text in texts:
            self.child.expect_exact(text.strip())  # a space at the end of a prompt is a move of the cursor

    def types(self, text: str) -> None:
        self.child.send(f"{text}\r")

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    made = Terminal(project)
    yield made
    made.child.close(force=True)


@pytest.mark.slow
def test_a_corrected_intent_and_a_corrected_action_are_taught_saved_and_trained(
    project: Path, terminal: Terminal
) -> None:
    terminal.sees("talking to", "you> ")
    terminal.types("any gunpowder")
    terminal.sees("any gunpowder", "which intent? ")
    terminal.types("order")
    terminal.sees("right? (or type it with its entities)")
    terminal.types("\x15any [gunpowder](tea)")  # Ctrl-U empties the line that is there to be edited
    terminal.sees('tea = "gunpowder"', "next", "right? ")
    terminal.types("utter_te")
    terminal.sees("the domain has no action `utter_te` (did you mean `utter_tea`?)", "add it? [y/N]")
    terminal.types("")
    terminal.sees("right? ")
    terminal.types("utter_tea")
    terminal.sees("One gunpowder, please wait.", "next", "action_default_fallback", "right? ")
    terminal.types("action_listen")
    terminal.sees("you> ")
    terminal.types(":show")
    terminal.sees("any [gunpowder](tea)", "intent: order", "utter_tea", "you> ")
    terminal.types(":save")
    terminal.sees("saved 1 example, 1 story", "data/nlu.yml", "data/stories.yml", "train again? ", " nodes are touched")
    terminal.types("y")
    assert terminal.ends() == 0
    assert "      - bring me [sencha](tea)\n      - any [gunpowder](tea)\n" in (project / "data/nlu.yml").read_text()
    assert "interactive_story_1" in (project / "data/stories.yml").read_text()
    assert (project / "domain.yml").read_text() == FILES["domain.yml"]
    assert "taught 1" not in (project / "story_graph.html").read_text()
    assert Agent.load(project / "models").parse("any gunpowder")["intent"]["name"] == "order"
    assert (
        run("-C", project, "--store", project / ".graphbuild", "train", "--dry-run").code == 0
    )  # nothing is left to do


@pytest.mark.slow
def test_ctrl_c_offers_to_save(project: Path, terminal: Terminal) -> None:
    terminal.sees("you> ")
    terminal.types("hello")
    terminal.sees("greet", "right? ")
    terminal.types("")
    terminal.sees("right? (or")
    terminal.types("")
    terminal.sees("utter_hello", "right? ")
    terminal.child.sendintr()
    terminal.sees("save what was taught? ")
    terminal.types("c")
    terminal.sees("utter_hello", "right? ")
    terminal.types("")
    terminal.sees("Hello!", "action_listen", "right? ")
    terminal.types("")
    terminal.sees("you> ")
    terminal.child.sendintr()
    terminal.sees("save what was taught? ")
    terminal.types("y")
    terminal.sees("saved 1 story; 1 were there already", "train again? ")
    terminal.types("n")
    assert terminal.ends() == 0


@pytest.mark.slow
def test_ctrl_c_at_any_question_loses_nothing_and_only_what_was_touched_is_trained(
    project: Path, terminal: Terminal
) -> None:
    """Whoever goes on then is asked the same again; a turn that was not confirmed yet is typed again."""

    def interrupts() -> None:
        terminal.child.sendintr()
        terminal.sees("save what was taught? ")
        terminal.types("c")

    def hears(text: str, *answers: tuple[str, str], stops_at: int = -1) -> bool:
        terminal.sees("you> ")
        terminal.types(text)
        for place, (question, answer) in enumerate(answers):
            terminal.sees(question)
            if place == stops_at:
                interrupts()
                return False
            terminal.types(answer)
        return True

    hello = (("right? ", ""), ("right? (or", ""), ("utter_hello", ""), ("action_listen", ""))
    assert hears("hello", *hello)
    order = (("which intent? ", "order"), ("right? (or", ""), ("action_default_fallback", "utter_tea"))
    for stops_at in (0, 1):
        assert not hears("a brew", *order, stops_at=stops_at)
    # At an action, and at what is asked before a new one: the turn has been heard, and does not come again.
    assert hears("a brew", *order[:2])
    terminal.sees("action_default_fallback", "right? ")
    terminal.types("utter_mint")
    terminal.sees("add it? [y/N]")
    interrupts()
    terminal.sees("action_default_fallback", "right? ")
    terminal.types("utter_tea")
    terminal.sees("please wait.", "action_default_fallback", "right? ")
    interrupts()
    terminal.sees("action_default_fallback", "right? ")
    terminal.types("action_listen")
    terminal.sees("you> ")
    terminal.types(":save")
    terminal.sees("saved 1 example, 1 story; 1 were there already", "train again? ")
    terminal.child.sendintr()
    assert terminal.ends() == 0
    assert "      - a brew\n" in (project / "data/nlu.yml").read_text()
    assert (project / "domain.yml").read_text() == FILES["domain.yml"]
    trained = run("-C", project, "--store", project / ".graphbuild", "train", "--json").document["nodes"]
    ran = {one["node"] for one in trained if one["decision"] == "run" and one["node"].endswith(":train")}
    assert ran == {"keyword_intent_classifier_1:train", "memoization_policy_3:train"}  # no rule was taught


def talk(project: Path, *lines: str) -> str:
    """What is said to somebody who types these lines, and whose input ends then."""
    typed = "".join(f"{line}\n" for line in lines)
    command = [sys.executable, *COMMAND, "--model", "models", "--skip-visualization"]
    done = subprocess.run(
        command, cwd=project, env=ENVIRONMENT, input=typed, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def test_without_a_terminal_answers_are_lines_and_what_was_not_saved_is_offered_again(project: Path) -> None:
    said = talk(project, "wifi?", "ask_wifi", "y", "", "utter_wifi", "y", "It is free.", "action_listen", ":story")
    assert "assistant: It is free." in said
    assert "- action: utter_wifi" in said
    assert "not saved; " in said
    assert (project / "domain.yml").read_text() == FILES["domain.yml"]
    said = talk(project, "g", ":save", "n")
    assert "a lesson of 1 turn was not saved" in said
    assert "saved 1 example, 1 story, 2 additions to the domain" in said
    assert "  - ask_wifi\n" in (project / "domain.yml").read_text()
    assert "utter_wifi:\n  - text: It is free.\n" in (project / "domain.yml").read_text()
    assert not list((project / ".graphbuild" / "teaching.v1").iterdir())


def test_quitting_writes_nothing(project: Path) -> None:
    said = talk(
        project, "hello", ":back", "hello", "", "", "", "", ":back", ":restart", "bye", "", "", "", "", ":quit", "y"
    )
    assert "taken back: hello" in said
    assert {name: (project / name).read_text() for name in FILES} == FILES
    assert not list((project / ".graphbuild" / "teaching.v1").iterdir())


def test_a_list_is_shown_and_chosen_from(project: Path) -> None:
    said = talk(project, "hello", "?", "bye", "", "?", "utter_bye", "", ":show", ":)", ":nothing", ":quit", "y")
    assert "    1  greet " in said
    assert "utter_bye" in said
    assert "there is no command :nothing; :help lists them" in said


def test_a_misplaced_word_is_refused(project: Path) -> None:
    ran = run("-C", project, "train", "--force", "interactive")
    assert ran.code == 2
    assert "`interactive` comes before its options" in ran.err
