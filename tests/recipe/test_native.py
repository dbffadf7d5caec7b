"""The native format: what each key means, how recipes merge, and that every problem of a file comes at once."""

from __future__ import annotations

import pytest

from graphbuild.recipe.recipe import Need
from tests.recipe.projects import Project

BASE = """\
graphbuild: 1
language: de
seed: 7
vars: {epochs: 10, data: data}
nodes:
  file: {uses: ReadText, reads: "${data}"}
  words:
    uses: Words
    needs: {text: file, more: [file.a, file.b]}
    with: {low: 1, high: 2, sizes: {text: 128, label: 20}}
  net: {uses: Net, needs: {features: words}, with: {epochs: "${epochs}"}}
targets:
  model: [net]
  words: words.output
"""


@pytest.fixture
def based(project: Project) -> Project:
    project.write(BASE, "base.yml")
    return project


def test_a_recipe_as_a_value(project: Project) -> None:
    recipe = project.read(BASE)
    assert (recipe.label, recipe.language, recipe.seed) == ("graphbuild.yml", "de", 7)
    assert list(recipe.nodes) == ["file", "words", "net"]
    assert recipe.nodes["file"].reads == ("data",)
    assert recipe.nodes["words"].needs == {"text": (Need("file"),), "more": (Need("file", "a"), Need("file", "b"))}
    assert recipe.nodes["words"].options == {"low": 1, "high": 2, "sizes": {"text": 128, "label": 20}}
    assert recipe.nodes["net"].options == {"epochs": 10}
    assert recipe.targets == {"model": (Need("net"),), "words": (Need("words", "output"),)}
    assert recipe.files == (project.folder / "graphbuild.yml",)
    assert recipe.texts == {"graphbuild.yml": BASE}


DOTTED = """\
graphbuild: 1
nodes:
  words: {uses: Words}
  words.v1: {uses: Words, needs: {text: words.output, more: [words, words.v1.b, words.v1.b.c]}}
  words.v1.b: {uses: Words, needs: {text: words.v1}}
targets: {model: [words.v1, words.v1.b, words.v1.c]}
"""


def test_names_with_dots_are_told_from_ports(project: Project) -> None:
    recipe = project.read(DOTTED)
    assert recipe.nodes["words.v1"].needs == {
        "text": (Need("words", "output"),),
        "more": (Need("words"), Need("words.v1.b"), Need("words.v1.b", "c")),
    }
    assert recipe.nodes["words.v1.b"].needs == {"text": (Need("words.v1"),)}
    assert recipe.targets == {"model": (Need("words.v1"), Need("words.v1.b"), Need("words.v1", "c"))}


def test_a_removed_node_with_a_dot_leaves_the_lists_that_name_it(project: Project) -> None:
    project.write(DOTTED, "base.yml")
    changed = "graphbuild: 1\nextends: base.yml\nnodes: {words.v1.b: null}\ntargets: {model: [words.v1.c]}\n"
    recipe = project.read(changed)
    assert recipe.nodes["words.v1"].needs["more"] == (Need("words"),)
    assert recipe.targets == {"model": (Need("words.v1", "c"),)}


def test_every_part_of_a_node_has_its_place(project: Project) -> None:
    recipe = project.read(BASE)
    words = recipe.nodes["words"]
    places = {
        (): "graphbuild.yml:7:3",
        ("uses",): "graphbuild.yml:8:11",
        ("needs", "text"): "graphbuild.yml:9:13",
        ("needs", "more", 1): "graphbuild.yml:9:40",
        ("with", "high"): "graphbuild.yml:10:20",
        ("with", "sizes", "label"): "graphbuild.yml:10:48",
        ("with", "sizes", "label", "deeper"): "graphbuild.yml:10:48",
        ("with", "nothing"): "graphbuild.yml:10:11",
        ("reads",): "graphbuild.yml:7:3",
    }
    assert {path: str(words.place(*path)) for path in places} == places
    assert str(recipe.target_places["model", 0]) == "graphbuild.yml:13:11"


def test_a_node_of_the_same_name_is_refined(based: Project) -> None:
    recipe = based.read("""\
graphbuild: 1
extends: base.yml
nodes:
  words:
    needs: {more: net, text: null}
    with: {high: 3, low: null}
""")
    words = recipe.nodes["words"]
    assert words.uses == "Words"
    assert words.needs == {"more": (Need("net"),)}
    assert words.options == {"high": 3, "sizes": {"text": 128, "label": 20}}
    assert str(words.place("with", "high")) == "graphbuild.yml:6:12"
    assert str(words.place("with", "sizes")) == "base.yml:10:29"


def test_another_component_begins_anew(based: Project) -> None:
    recipe = based.read("graphbuild: 1\nextends: base.yml\nnodes:\n  words: {uses: Other, with: {deep: true}}\n")
    assert (recipe.nodes["words"].needs, recipe.nodes["words"].options) == ({}, {"deep": True})


def test_the_same_component_named_again_keeps_its_options(based: Project) -> None:
    recipe = based.read("graphbuild: 1\nextends: base.yml\nnodes:\n  words: {uses: Words}\n")
    assert recipe.nodes["words"].options["low"] == 1


def test_null_removes_a_node_and_its_options_and_a_target_group(based: Project) -> None:
    recipe = based.read("""\
graphbuild: 1
extends: base.yml
nodes: {words: null, net: {with: null, needs: null}}
targets: {words: null}
""")
    assert list(recipe.nodes) == ["file", "net"]
    assert (recipe.nodes["net"].options, recipe.nodes["net"].needs) == ({}, {})
    assert list(recipe.targets) == ["model"]


def test_a_list_of_targets_replaces_the_one_before(based: Project) -> None:
    recipe = based.read("graphbuild: 1\nextends: base.yml\ntargets: {model: [words, file]}\n")
    assert recipe.targets["model"] == (Need("words"), Need("file"))
    assert str(recipe.target_places["model", 1]) == "graphbuild.yml:3:26"


def test_variables_of_a_child_reach_into_its_base(based: Project) -> None:
    text = "graphbuild: 1\nextends: base.yml\nvars: {epochs: 20}\n"
    assert based.read(text).nodes["net"].options == {"epochs": 20}
    assert based.read(text, epochs=30, data=["a", "b"]).nodes["net"].options == {"epochs": 30}
    assert based.read(text, data=["a", "b"]).nodes["file"].reads == ("a", "b")


def test_language_and_seed_come_from_the_last_that_says_them(based: Project) -> None:
    assert based.read("graphbuild: 1\nextends: base.yml\n").language == "de"
    recipe = based.read('graphbuild: 1\nextends: base.yml\nvars: {l: fr}\nlanguage: "${l}"\nseed: 0\n')
    assert (recipe.language, recipe.seed) == ("fr", 0)
    assert based.read("graphbuild: 1\nextends: base.yml\nlanguage: null\n").language is None


def test_extends_goes_on_over_folders_and_reads_outermost_first(based: Project) -> None:
    based.write("graphbuild: 1\nextends: ../base.yml\nseed: 8\n", "more/middle.yml")
    recipe = based.read("graphbuild: 1\nextends: more/middle.yml\n")
    assert recipe.seed == 8
    assert list(recipe.texts) == ["base.yml", "more/middle.yml", "graphbuild.yml"]
    assert [file.name for file in recipe.files] == ["base.yml", "middle.yml", "graphbuild.yml"]


def test_a_problem_of_a_base_is_told_with_its_file(based: Project) -> None:
    based.write("graphbuild: 1\nnods: {}\n", "more/middle.yml")
    assert based.complaints("graphbuild: 1\nextends: more/middle.yml\nseed: x\n") == [
        "graphbuild.yml:3:7: `seed` must be a whole number, not a text",
        "more/middle.yml:2:1: recipes have no key `nods`",
    ]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("nods: {}", "2:1: recipes have no key `nods`"),
        ("nodes: [a]", "2:8: `nodes` must be a mapping, not a list"),
        ("nodes: {a: Words}", "2:12: node `a` must be a mapping, not a text"),
        ("nodes: {a: {use: Words}}", "2:13: nodes have no key `use`"),
        ("nodes: {a: {with: {b: 1}}}", "2:9: node `a` does not say which component it uses"),
        ("nodes: {a: {uses: [A]}}", "2:19: `uses` of node `a` must be a text, not a list"),
        ("nodes: {a: {uses: A, with: 3}}", "2:28: `with` of node `a` must be a mapping, not a number"),
        ("nodes: {a: {uses: A, needs: b}}", "2:29: `needs` of node `a` must be a mapping, not a text"),
        ("nodes: {a: {uses: A, needs: {p: 3}}}", "2:33: `needs` names nodes, not a number"),
        ("nodes: {a: {uses: A, needs: {p: [x, {y: z}]}}}", "2:37: `needs` names nodes, not a mapping"),
        ("nodes: {a: {uses: A, needs: {p: null}}}", "2:33: `needs` names nodes, not nothing"),
        ("nodes: {a: {uses: A, reads: {b: c}}}", "2:29: `reads` takes paths, not a mapping"),
        ("nodes: {a: null}", "2:9: there is no node `a` to remove"),
        ("nodes: {'a:b': {uses: A}}", "2:9: `a:b` cannot be the name of a node"),
        ("targets: [a]", "2:10: `targets` must be a mapping, not a list"),
        ("targets: {model: {a: b}}", "2:18: `targets` names nodes, not a mapping"),
        ("vars: 3", "2:7: `vars` must be a mapping, not a number"),
        ("seed: 1.5", "2:7: `seed` must be a whole number, not a number"),
        ("seed: true", "2:7: `seed` must be a whole number, not true or false"),
        ("language: [en]", "2:11: `language` must be a text, not a list"),
        ("matrix: {a.b: 3}", "2:15: `matrix` has a list of values for `a.b`, not a number"),
        ("extends: [a]", "2:10: `extends` names a recipe, not a list"),
        ("extends: nowhere.yml", "2:10: there is no recipe `nowhere.yml`"),
        ("extends: recipe:nowhere", "2:10: there is no packaged recipe `nowhere`"),
        ("extends: graphbuild.yml", "2:10: recipes extend each other in a circle: graphbuild.yml -> graphbuild.yml"),
        ("seed: 1\nseed: 2", "3:1: key `seed` is given twice"),
    ],
)
def test_a_wrong_part_is_a_problem_at_its_place(project: Project, lines: str, complaint: str) -> None:
    assert project.complaints(f"graphbuild: 1\n{lines}\n") == [f"graphbuild.yml:{complaint}"]


@pytest.mark.parametrize("version", ["2", "'1'", "true", "1.0", ""])
def test_only_format_1_is_read(project: Project, version: str) -> None:
    (complaint,) = project.complaints(f"graphbuild: {version}\n")
    assert complaint.endswith("this graphbuild reads recipes of format 1")


def test_all_problems_come_at_once_in_reading_order(project: Project) -> None:
    assert project.complaints("""\
graphbuild: 1
lang: en
vars: {epochs: 3}
nodes:
  a: {uses: A, wth: {x: "${epoch}"}, with: {x: "${epoch}"}}
  a: {uses: B}
  b: {needs: {p: 3}}
targets: {model: [[a]]}
""") == [
        "graphbuild.yml:2:1: recipes have no key `lang`",
        "graphbuild.yml:5:16: nodes have no key `wth`",
        "graphbuild.yml:5:25: there is no variable `epoch`",
        "graphbuild.yml:5:48: there is no variable `epoch`",
        "graphbuild.yml:6:3: key `a` is given twice",
        "graphbuild.yml:7:3: node `b` does not say which component it uses",
        "graphbuild.yml:8:19: `targets` names nodes, not a list",
    ]


def test_a_missing_base_hides_what_depends_on_it_and_nothing_else(project: Project) -> None:
    text = "graphbuild: 1\nextends: nowhere.yml\nnods: {}\nnodes: {words: null}\n"
    assert project.complaints(text) == [
        "graphbuild.yml:2:10: there is no recipe `nowhere.yml`",
        "graphbuild.yml:3:1: recipes have no key `nods`",
    ]


def test_bad_yaml_in_a_base_is_told_with_its_text(based: Project) -> None:
    based.write("graphbuild: 1\nnodes: {a: 'b\n", "base.yml")
    error = based.error("graphbuild: 1\nextends: base.yml\n")
    assert [str(one.location) for one in error.problems] == ["base.yml:2:12"]
    assert error.texts["base.yml"].startswith("graphbuild: 1\nnodes")


def test_a_circle_of_three_is_shown_whole(project: Project) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        project.write(f"graphbuild: 1\nextends: {base}.yml\n", f"{name}.yml")
    assert project.complaints(name="a.yml") == [
        "c.yml:2:10: recipes extend each other in a circle: a.yml -> b.yml -> c.yml -> a.yml"
    ]


def test_a_removed_node_is_taken_out_of_lists_of_the_base(project: Project) -> None:
    base = "graphbuild: 1\nnodes:\n  a: {uses: A}\n  b: {uses: B}\n  c: {uses: C, needs: {many: [a, b.port], one: b}}\n"
    project.write(base, "base.yml")
    recipe = project.read("graphbuild: 1\nextends: base.yml\nnodes: {b: null}\n")
    needs = recipe.nodes["c"].needs
    assert [str(need) for need in needs["many"]] == ["a"]
    assert [str(need) for need in needs["one"]] == ["b"]  # which compiling refuses: it takes one
