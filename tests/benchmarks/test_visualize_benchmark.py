"""The benchmark of visualising: its stories are the same every time, and larger projects hold the smaller ones."""

from __future__ import annotations

from tests.benchmarks import visualize


def test_stories_are_the_same_every_time_and_grow() -> None:
    small, large = visualize.make_stories(60), visualize.make_stories(120)
    assert small == visualize.make_stories(60)
    assert set(map(repr, small[0].steps)) <= set(map(repr, large[0].steps))


def test_what_is_measured_is_whole() -> None:
    made, _, _ = visualize.measure(60, 2, draws=True)
    assert (len(made.tellers), made.left_out) == (60, 0)
