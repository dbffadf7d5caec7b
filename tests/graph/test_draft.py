"""Drafts: parts of a recipe once more over other inputs, and what several recipes share, built once."""

from __future__ import annotations

import pytest

from graphbuild.builder import BuildReport, build, build_opened
from graphbuild.contract.artifact import JsonValue
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.graph.compile import compile_draft, compile_package, read_draft
from graphbuild.graph.draft import Draft
from graphbuild.graph.graph import NodeId
from graphbuild.graph.wire import Producer
from graphbuild.recipe.read import read_recipe
from graphbuild.recipe.recipe import Need, NodeSpec
from graphbuild.session import open_session
from tests import toys
from tests.conftest import Workspace

RECIPE = """
nodes:
  words: {uses: "tests.toys:Constant", with: {value: "a b", tag: words}}
  other: {uses: "tests.toys:Constant", with: {value: "b c", tag: other}}
  loud: {uses: "tests.toys:Upper", needs: {text: words}, with: {tag: loud}}
  known: {uses: "tests.toys:LearnWords", needs: {examples: [loud, words], text: loud}, with: {tag: known}}
  fixed: {uses: "tests.toys:LearnWords", needs: {examples: other, text: loud}, with: {tag: fixed}}
targets: {model: [known, fixed]}
"""
WORDS, OTHER, KNOWN, FIXED = (Producer(name, "output") for name in ("words", "other", "known", "fixed"))


@pytest.fixture
def draft(workspace: Workspace) -> Draft:
    workspace.recipe(RECIPE)
    return drafted(workspace)


def drafted(workspace: Workspace) -> Draft:
    return read_draft(read_recipe("graphbuild.yml", workspace.project), workspace.project)


def built(workspace: Workspace, draft: Draft, *wanted: Producer) -> tuple[BuildReport, list[object]]:
    """A build of some outputs of a draft, and their values."""
    compiled, nodes = compile_draft(draft, "draft", [one.node for one in wanted])
    with open_session(workspace.request, compiled, purpose="test") as opened:
        report = build_opened(opened)
        assert report.code is ExitCode.DONE
        made = [report.result.nodes[nodes[one.node]].outputs[one.port] for one in wanted]
        return report, [JsonValue.decode(opened.store.blobs.get(digest)).value for digest in made]


def test_a_copy_applies_what_the_originals_learnt_and_trains_nothing(workspace: Workspace, draft: Draft) -> None:
    build(workspace.request)
    workspace.ran()
    copies = draft.copy("copy/", [KNOWN, FIXED], {WORDS: OTHER}, learns=False)
    assert copies == [Producer("copy/known", "output"), Producer("copy/fixed", "output")]
    _, values = built(workspace, draft, *copies)
    # A and B were learnt of `words`; `fixed` learnt small letters.
    assert values == [{"B": 1}, {}]
    assert workspace.ran() == ["fixed", "known", "loud"]
    assert toys.calls(workspace.log) == []


def test_a_learning_copy_learns_anew_but_only_what_learns_of_the_other_inputs(
    workspace: Workspace, draft: Draft
) -> None:
    build(workspace.request)
    workspace.ran()
    copies = draft.copy("copy/", [KNOWN, FIXED], {WORDS: OTHER}, learns=True)
    report, values = built(workspace, draft, *copies)
    assert values == [{"B": 1, "C": 1}, {}]
    assert workspace.ran() == ["fixed", "known", "known", "loud"]
    assert {"copy/known:train", "fixed:train"} <= set(report.result.nodes)
    assert "copy/fixed:train" not in report.result.nodes


def test_a_copy_of_a_learning_copy_applies_what_that_learnt(workspace: Workspace, draft: Draft) -> None:
    (learnt,) = draft.copy("copy/", [KNOWN], {WORDS: OTHER}, learns=True)
    (applied,) = draft.copy("test/", [learnt], {OTHER: WORDS}, learns=False)
    report, values = built(workspace, draft, applied)
    assert values == [{"B": 1}]
    assert applied.node == "test/copy/known"
    (state,) = [edge.node for edge in report.result.plan.graph.nodes[NodeId("test/copy/known:apply")].inputs][:1]
    assert state == "copy/known:train"


def test_what_depends_on_nothing_else_is_no_copy(draft: Draft) -> None:
    assert draft.copy("copy/", [OTHER, WORDS], {WORDS: OTHER}, learns=True) == [OTHER, OTHER]
    assert draft.needed(["known"]) == ["words", "loud", "known"]


def test_recipes_share_what_they_have_in_common(workspace: Workspace, draft: Draft) -> None:
    workspace.recipe(RECIPE.replace("examples: other, text: loud}", "examples: words, text: loud}"))
    whole = Draft(workspace.project, {}, {})
    for prefix, one in (("a/", draft), ("b/", drafted(workspace))):
        whole.join(prefix, one)
    wanted = [Producer(f"{prefix}{name}", "output") for prefix in "ab" for name in ("/known", "/fixed")]
    report, values = built(workspace, whole, *wanted)
    assert values[0] == values[2]
    assert workspace.ran() == ["fixed", "fixed", "fixed", "fixed", "known", "known", "loud", "other", "words"]
    assert "b/known:train" not in report.result.nodes
    assert built(workspace, whole, *wanted)[0].up_to_date


def test_another_seed_is_another_node(workspace: Workspace) -> None:
    whole = Draft(workspace.project, {}, {})
    for seed in (1, 2):
        workspace.recipe(f'seed: {seed}\nnodes: {{dice: {{uses: "tests.toys:Seeded"}}}}')
        whole.join(f"{seed}/", drafted(workspace))
    _, values = built(workspace, whole, Producer("1/dice", "output"), Producer("2/dice", "output"))
    assert values[0] != values[1]


def test_what_is_learnt_need_not_be_applied(workspace: Workspace, draft: Draft) -> None:
    (copy,) = draft.copy("copy/", [KNOWN], {WORDS: OTHER}, learns=True)
    compiled, nodes = compile_draft(draft, "draft", ["other"], ["known", copy.node])
    assert nodes == {"other": "other:apply"}
    assert {"known:train", "copy/known:train"} < set(compiled.nodes)
    assert not {"known:apply", "copy/known:apply"} & set(compiled.nodes)
    with open_session(workspace.request, compiled, purpose="test") as opened:
        assert build_opened(opened).code is ExitCode.DONE
    workspace.ran()
    built(workspace, draft, copy)
    assert workspace.ran() == ["known"], "it is applied to what it learnt before"


def test_a_changed_draft_is_packaged_as_its_recipe(workspace: Workspace, draft: Draft) -> None:
    recipe = read_recipe("graphbuild.yml", workspace.project)
    before = build(workspace.request)
    workspace.ran()
    shout = draft.add(NodeSpec("shout", "tests.toys:Upper", {"tag": "shout"}, {"text": (Need("words"),)}))
    draft.redirect({WORDS: Producer(shout, "output")})
    graph = compile_package(draft, recipe, ())
    assert [str(edge.node) for edge in graph.nodes[NodeId("shout:apply")].inputs] == ["words:apply"]
    with open_session(workspace.request, graph, purpose="changed") as opened:
        changed = build_opened(opened)
    assert changed.is_new
    assert changed.model != before.model
    assert workspace.ran() == ["known", "loud"], "`shout` is what `loud` was"


def test_an_added_node_is_checked(draft: Draft) -> None:
    with pytest.raises(RecipeError, match="there is no option `nope`"):
        draft.add(NodeSpec("more", "tests.toys:Upper", {"nope": 1}))
    name = draft.add(NodeSpec("file", "tests.toys:ReadText", reads=("gone.txt",)))
    with pytest.raises(RecipeError, match=r"gone\.txt"):
        compile_draft(draft, "draft", [name])
