"""Random DAGs of toys against a pure interpreter: right values, and no run too many, after any edit, loss or failure.

An action runs if and only if this store never finished it before, or a blob of it was lost. The idea is Shake's
(src/Test/Random.hs). A failure prints the seed; each seed is one story of edits.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import build
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.digest import Digest, of_bytes
from graphbuild.errors import ExitCode
from graphbuild.execution.events import Event, NodeStarted
from graphbuild.execution.result import Outcome
from graphbuild.store.maintenance import verify
from tests.conftest import Workspace
from tests.toys import WordCounts, calls

SEEDS = range(24)
STEPS = 9
TEXTS = ("", "a", "b a", "a b\nc", "# note\na b\nc", "a b a\nd e", "c\na")
WORDS = ("", "x", "x y z")
ONE_TEXT = ("Upper", "FirstLine", "Split", "Fail")


@dataclass
class Node:
    """A node of the recipe as the random story wants it."""

    uses: str
    needs: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    reads: str | None = None

    @property
    def ports(self) -> list[str]:
        return ["head", "tail"] if self.uses == "Split" else ["output"]


Value = Any
ActionId = str
NodeStep = tuple[str, str]
"""(train or apply, node)"""


@dataclass
class Story:
    """The sources and the recipe at one moment."""

    chance: random.Random
    sources: dict[str, str]
    nodes: dict[str, Node]

    def texts_before(self, position: int) -> list[str]:
        """The text ports of the nodes before a place."""
        return [
            name if port == "output" else f"{name}.{port}"
            for name, node in list(self.nodes.items())[:position]
            if node.uses not in ("LearnWords", "CountCalls")
            for port in node.ports
        ]

    def wire(self, name: str) -> None:
        """Chooses a node's inputs anew."""
        position = list(self.nodes).index(name)
        node, texts = self.nodes[name], self.texts_before(position)
        if node.uses in ONE_TEXT:
            node.needs = {"text": [self.chance.choice(texts)]}
        elif node.uses == "Concat":
            node.needs = {"texts": self.chance.sample(texts, self.chance.randint(1, min(3, len(texts))))}
            if self.chance.random() < 0.3:
                node.needs["ending"] = [self.chance.choice(texts)]
        elif node.uses == "LearnWords":
            examples = self.chance.sample(texts, self.chance.randint(1, min(3, len(texts))))
            node.needs = {"examples": examples, "text": [self.chance.choice(texts)]}
        elif node.uses == "CountCalls":
            known = [key for key, one in self.nodes.items() if one.uses == "LearnWords"]
            node.needs = {"values": [*known, self.chance.choice(texts)]}

    def choose(self, name: str) -> None:
        """Chooses a node's options anew."""
        node = self.nodes[name]
        if node.uses == "Constant":
            node.options = {"value": self.chance.choice(WORDS)}
        elif node.uses == "Concat":
            node.options = {"separator": self.chance.choice((" ", "\n"))}
        elif node.uses == "Split":
            node.options = {"at": self.chance.randint(0, 2)}
        elif node.uses == "LearnWords":
            node.options = {"min_count": self.chance.randint(1, 2)}

    def recipe(self, when: Path) -> str:
        """The recipe file; JSON is YAML."""
        nodes = {}
        for name, node in self.nodes.items():
            given = {**node.options, "tag": name, **({"when": str(when)} if node.uses == "Fail" else {})}
            nodes[name] = {"uses": f"tests.toys:{node.uses}", "with": given}
            if node.reads is not None:
                nodes[name]["reads"] = [node.reads]
            if node.needs:
                nodes[name]["needs"] = node.needs
        return json.dumps({"graphbuild": 1, "nodes": nodes}, indent=1)


def begin(chance: random.Random) -> Story:
    sources = {f"s{number}.txt": chance.choice(TEXTS) for number in range(3)}
    nodes = {f"read{number}": Node("ReadText", reads=name) for number, name in enumerate(sources)}
    nodes["constant"] = Node("Constant")
    for number in range(chance.randint(3, 12)):
        nodes[f"n{number}"] = Node(chance.choice((*ONE_TEXT, "Concat", "Concat", "LearnWords")))
    nodes["told"] = Node("CountCalls")
    story = Story(chance, sources, nodes)
    for name in nodes:
        story.wire(name)
        story.choose(name)
    return story


class Interpreter:
    """What the recipe means: values, actions and blobs, without any store."""

    def __init__(self, story: Story) -> None:
        self.values: dict[tuple[str, str], Value] = {}
        self.actions: dict[NodeStep, ActionId] = {}
        self.blobs: dict[NodeStep, set[Digest]] = {}
        self._nodes = story.nodes
        for name, node in story.nodes.items():
            self._interpret(name, node, story.sources)

    @cached_property
    def built(self) -> list[NodeStep]:
        """What a build of everything makes: nobody asks what the last learners say unless somebody needs it."""
        return list(self.actions)

    def needs(self, step: NodeStep) -> set[NodeStep]:
        """The steps that a step reads from."""
        operation, name = step
        node = self._nodes[name]
        ports = {"train": ("examples",), "apply": tuple(port for port in node.needs if port != "examples")}[operation]
        found = {("apply", need.partition(".")[0]) for port in ports for need in node.needs.get(port, [])}
        return found | ({("train", name)} if node.uses == "LearnWords" and operation == "apply" else set())

    def _interpret(self, name: str, node: Node, sources: dict[str, str]) -> None:
        given = {port: [self._value(need) for need in needs] for port, needs in node.needs.items()}
        text = str(given["text"][0]) if "text" in given else ""
        if node.uses == "LearnWords":
            counted: dict[str, int] = {}
            for word in " ".join(map(str, given["examples"])).split():
                counted[word] = counted.get(word, 0) + 1
            state = {word: count for word, count in counted.items() if count >= node.options["min_count"]}
            self._keep(("train", name), node, given["examples"], {"state": WordCounts(state).encode()})
            said = {word: state[word] for word in text.split() if word in state}
            self._keep(("apply", name), node, [state, text], {"output": JsonValue(said).encode()})
            self.values[name, "output"] = said
            return
        made = self._apply(node, given, text, sources.get(node.reads or "", ""))
        inputs = sources[node.reads] if node.reads else sorted(given.items())
        self._keep(("apply", name), node, inputs, {port: JsonValue(value).encode() for port, value in made.items()})
        for port, value in made.items():
            self.values[name, port] = value

    def _apply(self, node: Node, given: dict[str, list[Value]], text: str, source: str) -> dict[str, Value]:
        words = text.split()
        if node.uses == "Split":
            at = node.options["at"]
            return {"head": " ".join(words[:at]), "tail": " ".join(words[at:])}
        value = {
            "ReadText": lambda: "\n".join(line for line in source.splitlines() if not line.startswith("#")),
            "Constant": lambda: node.options["value"],
            "Upper": text.upper,
            "FirstLine": lambda: text.partition("\n")[0],
            "Fail": lambda: text,
            "Concat": lambda: node.options["separator"].join(given["texts"]) + "".join(given.get("ending", [])),
            "CountCalls": lambda: given["values"],
        }[node.uses]()
        return {"output": value}

    def _keep(self, step: NodeStep, node: Node, inputs: Any, outputs: dict[str, bytes]) -> None:
        identity = [node.uses, step[0], node.options, inputs]
        self.actions[step] = json.dumps(identity, sort_keys=True)
        self.blobs[step] = {of_bytes(data) for data in outputs.values()}

    def _value(self, need: str) -> Value:
        name, _, port = need.partition(".")
        return self.values[name, port or "output"]


def edit(story: Story, workspace: Workspace, failing: Path, lost: set[Digest]) -> None:
    """One random thing that happens between two builds."""
    chance = story.chance
    what = chance.choice(("source", "source", "option", "wire", "fail", "lose", "nothing"))
    if what == "source":
        story.sources[chance.choice(list(story.sources))] = chance.choice(TEXTS)
    elif what in ("option", "wire"):
        name = chance.choice(list(story.nodes))
        (story.choose if what == "option" else story.wire)(name)
    elif what == "fail":
        failing.unlink() if failing.exists() else failing.write_text("told to")
    elif what == "lose":
        files = sorted((workspace.store / "blobs.v1").glob("*/*"))
        for file in chance.sample(files, min(len(files), chance.randint(1, 4))):
            harm(file, chance)
            lost.add(Digest(f"blake3:{file.name}"))


def harm(file: Path, chance: random.Random) -> None:
    status, data = file.stat(), bytearray(file.read_bytes())
    how = chance.choice(("delete", "flip", "cut"))
    file.chmod(0o600)
    if how == "delete":
        file.unlink()
    elif how == "cut":
        file.write_bytes(data[:-1])
    else:
        data[chance.randrange(len(data))] ^= 1
        file.write_bytes(data)
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("seed", SEEDS)
def test_builds_equal_the_interpreter_and_run_the_least(workspace: Workspace, seed: int) -> None:
    chance = random.Random(seed)
    story = begin(chance)
    failing = workspace.project.parent / "failing"
    finished: set[ActionId] = set()
    lost: set[Digest] = set()
    for _ in range(STEPS):
        for name, text in story.sources.items():
            workspace.write(name, text)
        workspace.write("graphbuild.yml", story.recipe(failing))
        check_build(workspace, Interpreter(story), story, failing.exists(), finished, lost)
        for _ in range(chance.randint(1, 3)):
            edit(story, workspace, failing, lost)
    store = workspace.open()
    assert not verify(store).damaged or lost
    store.close()


def check_build(
    workspace: Workspace,
    meant: Interpreter,
    story: Story,
    is_failing: bool,
    finished: set[ActionId],
    lost: set[Digest],
) -> None:
    bad: dict[NodeStep, Outcome] = {}
    for step in meant.built:
        if meant.needs(step) & bad.keys():
            bad[step] = Outcome.SKIPPED
        elif is_failing and story.nodes[step[1]].uses == "Fail" and meant.actions[step] not in finished:
            bad[step] = Outcome.FAILED
    report = workspace.build(keep_going=True, package=chance_of(story))
    assert report.code is (ExitCode.FAILED if Outcome.FAILED in bad.values() else ExitCode.DONE)
    for node_id, result in report.result.nodes.items():
        name, _, operation = node_id.partition("@")[0].partition(":")
        step = (operation or "apply", name)
        if step in bad:
            assert result.outcome is bad[step], node_id
        else:
            assert set(result.outputs.values()) == meant.blobs[step], node_id
    replay(workspace, meant, bad, finished, lost)


def replay(
    workspace: Workspace,
    meant: Interpreter,
    bad: dict[NodeStep, Outcome],
    finished: set[ActionId],
    lost: set[Digest],
) -> None:
    """Follows the log: each run was needed at its moment, and nothing that was needed is missing."""
    for line in calls(workspace.log):
        what, _, name = line.partition(" ")
        step = (what.partition(".")[2], name)
        if bad.get(step) is Outcome.FAILED:
            continue
        assert step not in bad, f"{line}: ran below a failure"
        assert meant.actions[step] not in finished or meant.blobs[step] & lost, f"{line}: ran without need"
        finished.add(meant.actions[step])
        lost -= meant.blobs[step]
    workspace.log.unlink(missing_ok=True)
    for step in meant.built:
        if step not in bad:
            assert meant.actions[step] in finished, f"{step} did not run"
            assert not meant.blobs[step] & lost, f"{step} is still lost"


def chance_of(story: Story) -> bool:
    return story.chance.random() < 0.3


@pytest.mark.parametrize("seed", SEEDS[:16])
def test_blobs_lost_while_a_build_runs_change_no_result(workspace: Workspace, seed: int) -> None:
    chance = random.Random(1000 + seed)
    story = begin(chance)
    failing = workspace.project.parent / "failing"
    for _ in range(4):
        for name, text in story.sources.items():
            workspace.write(name, text)
        workspace.write("graphbuild.yml", story.recipe(failing))
        vandal = Vandal(workspace, chance)
        report = build(replace(workspace.request, package=False), vandal)
        assert report.code is ExitCode.DONE, report.problems
        meant = Interpreter(story)
        for node_id, result in report.result.nodes.items():
            name, _, operation = node_id.partition("@")[0].partition(":")
            assert set(result.outputs.values()) == meant.blobs[operation or "apply", name], node_id
        for name in chance.sample(list(story.nodes), 3):
            story.choose(name)
            story.wire(name)
        story.sources[chance.choice(list(story.sources))] = chance.choice(TEXTS)


class Vandal:
    """Harms a few blobs while a build runs, not so often that nothing could ever be read."""

    def __init__(self, workspace: Workspace, chance: random.Random) -> None:
        self._folder = workspace.store / "blobs.v1"
        self._chance = chance
        self._left = 2

    def __call__(self, event: Event) -> None:
        if not isinstance(event, NodeStarted) or not self._left or self._chance.random() < 0.5:
            return
        self._left -= 1
        files = sorted(self._folder.glob("*/*"))
        for file in self._chance.sample(files, min(3, len(files))):
            harm(file, self._chance)
