"""Trainings beside an event loop: it goes on meanwhile; cancelling one stops the build, and keeps what finished."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import graphbuild
from graphbuild.contract.digest import of_file
from graphbuild.execution.events import Event, NodeFinished, NodeProgress, NodeStarted
from graphbuild.package.package import read_package
from graphbuild.plan.decision import Verdict

LONG = """
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: CountVectorsFeaturizer
- name: DIETClassifier
  epochs: 100000
policies: null
"""


def test_the_loop_goes_on(project: Path) -> None:
    async def main() -> tuple[int, graphbuild.TrainingResult]:
        training = asyncio.ensure_future(graphbuild.train_async("domain.yml", "config.yml", "data"))
        turns = 0
        while not training.done():
            await asyncio.sleep(0)
            turns += 1
        return turns, training.result()

    turns, result = asyncio.run(main())
    assert turns > 10
    assert result == graphbuild.train("domain.yml", "config.yml", "data")


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_cancelling_stops_the_build_and_leaves_the_last_model_whole(project: Path, jobs: int) -> None:
    model = graphbuild.train_nlu("config.yml", "data", fixed_model_name="mine")
    assert model is not None
    before = of_file(Path(model))
    (project / "long.yml").write_text(LONG)
    events: list[Event] = []

    async def main() -> None:
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def listen(event: Event) -> None:
            events.append(event)
            is_training = isinstance(event, NodeStarted) and "diet" in event.node
            if isinstance(event, NodeProgress) or (jobs > 1 and is_training):
                loop.call_soon_threadsafe(begun.set)

        asked = graphbuild.train_nlu_async("long.yml", "data", fixed_model_name="mine", jobs=jobs, listener=listen)
        training = asyncio.ensure_future(asked)
        await begun.wait()
        training.cancel()
        with pytest.raises(asyncio.CancelledError):
            await training

    asyncio.run(main())
    told = len(events)
    assert of_file(Path(model)) == before
    read_package(Path(model))
    finished = {event.node for event in events if isinstance(event, NodeFinished)}
    assert finished
    kept = graphbuild.train("domain.yml", "long.yml", "data", dry_run=True).dry_run_results or {}
    assert {node: kept[node].reasons for node in finished if not kept[node].is_hit} == {}
    assert kept["diet_classifier_2:train"].verdict is Verdict.RUN
    assert len(events) == told  # nothing went on after CancelledError


def test_one_that_is_cancelled_before_its_turn_never_begins(project: Path) -> None:
    async def main() -> None:
        first = asyncio.ensure_future(graphbuild.train_async("domain.yml", "config.yml", "data"))
        await asyncio.sleep(0.01)
        second = asyncio.ensure_future(graphbuild.train_async("domain.yml", "config.yml", "data", "second"))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        await first

    asyncio.run(main())
    assert not (project / "second").exists()
    assert len(list((project / "models").iterdir())) == 1
