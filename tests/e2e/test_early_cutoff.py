"""A node that gives the same artifact as before leaves those that need it as hits, however deep the graph."""

from __future__ import annotations

from graphbuild.execution.result import Outcome
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  first: {uses: "tests.toys:FirstLine", needs: {text: read}, with: {tag: first}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}, with: {tag: loud}}
  split: {uses: "tests.toys:Split", needs: {text: read}, with: {tag: split}}
  head:  {uses: "tests.toys:Upper", needs: {text: split.head}, with: {tag: head}}
  tail:  {uses: "tests.toys:Upper", needs: {text: split.tail}, with: {tag: tail}}
"""
ALL = ("read", "first", "loud", "split", "head", "tail")


def test_a_comment_stops_at_the_importer(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one two\nthree")
    workspace.expect(*ALL)
    workspace.write("a.txt", "# a comment\none two\nthree")
    report = workspace.expect("read")
    assert report.result.nodes["first:apply"].outcome is Outcome.HIT
    assert not report.is_new


def test_a_change_goes_as_far_as_it_makes_a_difference(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one two\nthree")
    workspace.expect(*ALL)
    workspace.write("a.txt", "one two\nfour")
    report = workspace.expect("read", "first", "split", "tail")
    assert workspace.value(report, "tail") == "TWO FOUR"


def test_one_port_may_change_without_the_other(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "one two\nthree")
    workspace.expect(*ALL)
    workspace.write("a.txt", "ONE two\nthree")
    workspace.expect("read", "first", "loud", "split", "head")


def test_the_order_of_examples_is_lost_in_the_state(workspace: Workspace) -> None:
    workspace.recipe("""
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  text: {uses: "tests.toys:Constant", with: {tag: text, value: "a b c"}}
  know: {uses: "tests.toys:LearnWords", needs: {examples: read, text: text}, with: {tag: know}}
  told: {uses: "tests.toys:CountCalls", needs: {values: [know]}, with: {tag: told}}
targets: {model: [told]}
""")
    workspace.write("a.txt", "a b a")
    workspace.expect("read", "text", "know", "know", "told")
    workspace.write("a.txt", "b a a")
    workspace.expect("read", "know")
    workspace.write("a.txt", "b a")
    workspace.expect("read", "know", "know", "told")
