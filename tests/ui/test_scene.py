"""The scene: who follows gets the state, then news; who lost some gets the state again."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from graphbuild.ui.scene import News, Scene


def told(scene: Scene, last: str | None, *later: Any) -> list[News]:
    """What comes first, and after each of some things that happen then."""

    async def follow() -> list[News]:
        found, following = [], scene.follow(last)
        found.append(await anext(following))
        for happens in later:
            happens()
            found.append(await anext(following))
        await following.aclose()
        return found

    return asyncio.run(follow())


def begun() -> Scene:
    scene = Scene()
    scene.begin_build({"running": True})
    return scene


def test_the_state_comes_first_and_news_follow_together() -> None:
    scene = begun()

    def happen() -> None:
        scene.tell_node("a", outcome="running")
        scene.tell_node("a", outcome="run")

    first, then = told(scene, None, happen)
    assert first.state is not None
    assert first.state["build"]["nodes"] == {}
    assert [one["outcome"] for one in then.news] == ["running", "run"]
    assert scene.state["build"]["nodes"] == {"a": {"outcome": "run"}}


def test_who_was_away_gets_what_it_missed_or_the_state() -> None:
    scene = begun()
    scene._news = deque(maxlen=3)
    (first,) = told(scene, None)
    scene.tell_node("a", outcome="running")
    (missed,) = told(scene, first.name)
    assert [one["node"] for one in missed.news] == ["a"]
    for name in "bcde":
        scene.tell_node(name, outcome="running")
    (whole,) = told(scene, first.name)
    assert whole.state is not None
    assert set(whole.state["build"]["nodes"]) == set("abcde")


def test_who_is_slow_gets_the_state_too() -> None:
    scene = begun()
    scene._news = deque(maxlen=3)

    def happen() -> None:
        for name in "abcde":
            scene.tell_node(name, outcome="running")

    assert told(scene, None, happen)[1].state is not None


def test_what_is_as_it_was_is_no_news() -> None:
    scene = begun()
    scene.tell_wrong([])
    scene.tell_build(running=True)
    (first,) = told(scene, None)
    assert first.name.endswith(".1")


def test_curves_stay_short() -> None:
    scene = begun()
    for step in range(5_000):
        scene.tell_step("a", step, 5_000, {"loss": 1.0})
    points = scene.state["build"]["curves"]["a"]
    assert len(points) <= 400
    assert points[0][0] == 0
    assert points[-1][0] == 4_999


def test_nobody_waits_when_it_is_over() -> None:
    scene = begun()

    async def follow() -> list[News]:
        found = []
        async for one in scene.follow():
            found.append(one)
            scene.end()
        return found

    assert len(asyncio.run(follow())) == 1
    assert not scene.is_watched
