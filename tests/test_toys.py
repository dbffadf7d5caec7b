"""The toys: each does what the engine's tests rely on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from graphbuild.contract.artifact import Artifact, JsonValue
from graphbuild.contract.component import Component, Context, Operation, is_trainable, signature
from graphbuild.contract.options import read_options, to_plain
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import DataError
from tests import toys

TEXT = JsonValue("one two one")
COMPONENTS = [
    value for value in vars(toys).values() if isinstance(value, type) and issubclass(value, toys.Toy | Component)
]
NAMED = [component for component in COMPONENTS if component not in (Component, toys.Toy)]


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(toys.LOG_VARIABLE, str(tmp_path / "log"))
    return tmp_path / "log"


@pytest.mark.parametrize("component", NAMED, ids=lambda component: component.__name__)
def test_every_toy_is_a_component_with_plain_artifacts(component: type[Component]) -> None:
    for operation in (Operation.TRAIN, Operation.APPLY) if is_trainable(component) else (Operation.APPLY,):
        for artifact in signature(component, operation).outputs.values():
            assert issubclass(artifact, Artifact)
            assert artifact.__mro__[1].__name__ == "JsonArtifact"


def test_what_ran_is_written_down_with_its_tag(log: Path) -> None:
    toys.Upper(toys.Upper.Config(tag="a")).apply(TEXT)
    toys.LearnWords().train([TEXT])
    assert toys.calls(log) == ["Upper.apply a", "LearnWords.train"]
    assert toys.tags(log) == ["", "a"]


def test_a_tag_is_no_part_of_the_key() -> None:
    config, _ = read_options(toys.Optioned.Config, {"tag": "a", "verbose": False, "sizes": {"text": 64}})
    assert {"tag", "verbose"}.isdisjoint(to_plain(config, with_display_only=False))
    assert config.sizes == {"text": 64, "label": 20}


def test_importers_read_files_and_trees(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# note\none\ntwo\n")
    file = SourceFile(tmp_path / "a.txt", "a.txt")
    assert toys.ReadText().apply(file).value == "one\ntwo"
    assert toys.ReadTree().apply(SourceTree({"a.txt": file})).value == {"a.txt": "# note\none\ntwo\n"}
    assert toys.ReadMessages().apply(file).output.value == ["# note", "one", "two"]
    assert signature(toys.ReadMessages, Operation.APPLY).runtime == {"output": "messages"}


def test_texts_are_changed_joined_and_split() -> None:
    assert toys.Upper().apply(TEXT).value == "ONE TWO ONE"
    assert toys.FirstLine().apply(JsonValue("one\ntwo")).value == "one"
    config, _ = read_options(toys.Concat.Config, {"separator": "-"})
    assert toys.Concat(config).apply([JsonValue("a"), JsonValue("b")], JsonValue(".")).value == "a-b."
    assert toys.Split().apply(TEXT).values() == {"head": JsonValue("one"), "tail": JsonValue("two one")}
    assert toys.CountCalls().apply([TEXT]).value == ["one two one"]


def test_learning_does_not_depend_on_order() -> None:
    learner = toys.LearnWords()
    states = [learner.train([JsonValue(text)]) for text in ("b a a", "a b a")]
    assert states[0].encode() == states[1].encode()
    assert learner.apply(states[0], JsonValue("a c")).value == {"a": 2}


def test_only_the_seed_changes_a_seeded_state() -> None:
    assert toys.Seeded(context=Context(seed=7)).train().counts == {"seed": 7}


def test_failing_is_told_by_a_file(tmp_path: Path) -> None:
    when = tmp_path / "when"
    config, _ = read_options(toys.Fail.Config, {"when": str(when)})
    placed, _ = read_options(toys.Fail.Config, {"when": str(when), "at": "data/a.yml:3"})
    assert toys.Fail(config).apply(TEXT) == TEXT
    when.write_text("no more room")
    with pytest.raises(RuntimeError, match="no more room"):
        toys.Fail(config).apply(TEXT)
    with pytest.raises(DataError, match=r"data/a\.yml:3: no more room"):
        toys.Fail(placed).apply(TEXT)


def test_crashing_ends_the_process(tmp_path: Path) -> None:
    code = f"from tests.toys import Crash; Crash(Crash.Config(when={str(tmp_path)!r})).apply()"
    root = Path(__file__).parents[1]
    ended = subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    assert ended.returncode == -9


def test_a_gate_holds_until_it_is_opened(tmp_path: Path, log: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    config, _ = read_options(toys.Slow.Config, {"gate": str(gate)})
    thread = threading.Thread(target=lambda: toys.Slow(config).apply(TEXT))
    thread.start()
    gate.write_text("")
    thread.join()
    assert toys.calls(log) == ["Slow.apply"]


def test_dice_fall_differently() -> None:
    assert toys.Dice().apply(TEXT) != toys.Dice().apply(TEXT)


def test_a_helper_is_named_with_the_option_handed_on() -> None:
    helper = toys.Helped.helpers(toys.Helped.Config(greeting="hi"))["word"]
    assert dict(helper.options) == {"value": "hi"}
    assert helper.uses == "tests.toys:Constant"
