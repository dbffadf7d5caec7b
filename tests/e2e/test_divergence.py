"""A node that gives other bytes for the same key: the first result stays, the second is evidence, the user is told."""

from __future__ import annotations

from graphbuild.execution.events import NodeDiverged
from tests.conftest import Workspace, digest_of

RECIPE = """
nodes:
  dice:  {uses: "tests.toys:Dice", with: {tag: dice}}
  after: {uses: "tests.toys:CountCalls", needs: {values: dice}, with: {tag: after}}
"""


def test_c18_the_first_result_stays(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    first = workspace.expect("dice", "after")
    assert first.result.diverged == ()
    forced = workspace.expect("dice", "after", force=True)
    assert forced.result.diverged == ("dice:apply",)
    assert [event.node for event in workspace.events if isinstance(event, NodeDiverged)] == ["dice:apply"]
    assert digest_of(forced, "dice") == digest_of(first, "dice")
    assert digest_of(forced, "after") == digest_of(first, "after")
    assert forced.model == first.model
    workspace.expect()
    store = workspace.open()
    key = first.result.nodes["dice:apply"].key
    assert key is not None
    (evidence,) = store.actions.divergences(key)
    assert evidence.outputs["output"] != digest_of(first, "dice")
    assert store.actions.lookup([key])[key].outputs == first.result.nodes["dice:apply"].outputs
    store.close()


def test_a_lost_first_result_is_replaced_because_nobody_can_make_it_again(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    first = workspace.expect("dice", "after")
    workspace.blob(digest_of(first, "dice")).unlink()
    second = workspace.expect("dice", "after")
    assert second.result.diverged == ("dice:apply",)
    assert digest_of(second, "dice") != digest_of(first, "dice")
    workspace.expect()


def test_a_deterministic_node_does_not_diverge(workspace: Workspace) -> None:
    workspace.recipe('nodes: {one: {uses: "tests.toys:Seeded", with: {tag: one}}}')
    workspace.expect("one")
    assert workspace.expect("one", force=True).result.diverged == ()


def test_the_seed_of_the_recipe_is_the_only_chance(workspace: Workspace) -> None:
    recipe = 'seed: {}\nnodes: {{one: {{uses: "tests.toys:Seeded", with: {{tag: one}}}}}}'
    states = []
    for seed in (1, 2, 1):
        workspace.recipe(recipe.format(seed))
        states.append(digest_of(workspace.build(), "one", "state"))
    assert states[0] == states[2] != states[1]
    assert workspace.ran() == ["one", "one"]
