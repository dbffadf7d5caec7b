"""Rasa's config.yml: items become nodes, wired by type; its defaults, its environment, its mistakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.contract import registry
from graphbuild.errors import Level, RecipeError
from graphbuild.graph.compile import compile_recipe
from graphbuild.graph.graph import NodeId
from graphbuild.recipe.packaged import recipes_folder
from graphbuild.recipe.rasa_lists import DEFAULT_PIPELINE, DEFAULT_POLICIES
from graphbuild.recipe.read import read_recipe
from graphbuild.recipe.recipe import Need, Recipe
from tests.recipe.projects import Project

TOYS = "tests.recipe.pipeline_toys"
CONFIG = """\
recipe: default.v1
language: en
assistant_id: 20240131-morning
version: "3.1"
importers: [{name: RasaFileImporter}]
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  max_ngram: 4
- name: LogisticRegressionClassifier
- name: RegexEntityExtractor
- name: EntitySynonymMapper
- name: FallbackClassifier
policies:
- name: MemoizationPolicy
  max_history: 3
- name: KerasPolicy
"""


def config(project: Project, text: str) -> Recipe:
    return project.read(text, "config.yml")


def needs(recipe: Recipe, name: str) -> dict[str, list[str]]:
    return {port: [str(need) for need in made] for port, made in recipe.nodes[name].needs.items()}


def test_a_config_becomes_nodes_named_by_component_and_position(project: Project) -> None:
    recipe = config(project, CONFIG)
    assert [name for name in recipe.nodes if name[-1].isdigit()] == [
        "whitespace_tokenizer_0",
        "regex_featurizer_1",
        "count_vectors_featurizer_2",
        "count_vectors_featurizer_3",
        "logistic_regression_classifier_4",
        "regex_entity_extractor_5",
        "entity_synonym_mapper_6",
        "fallback_classifier_7",
        "memoization_policy_8",
        "keras_policy_9",
    ]
    assert recipe.language == "en"
    assert recipe.nodes["count_vectors_featurizer_3"].options == {"analyzer": "char_wb", "max_ngram": 4}


def test_ports_are_filled_by_the_latest_or_by_all_that_fit(project: Project) -> None:
    recipe = config(project, CONFIG)
    assert needs(recipe, "whitespace_tokenizer_0") == {"messages": ["nlu.messages"]}
    assert needs(recipe, "logistic_regression_classifier_4") == {
        "messages": ["whitespace_tokenizer_0.output"],
        "features": [
            "regex_featurizer_1.output",
            "count_vectors_featurizer_2.output",
            "count_vectors_featurizer_3.output",
        ],
    }
    classifiers = ["logistic_regression_classifier_4.output"]
    assert needs(recipe, "fallback_classifier_7") == {"intents": classifiers, "earlier": classifiers}
    assert needs(recipe, "memoization_policy_8")["trackers"] == ["trackers.dialogues"]


def test_a_pipeline_ends_with_one_parse_of_what_counts_in_the_end(project: Project) -> None:
    assert needs(config(project, CONFIG), "regex_message_handler") == {
        "messages": ["whitespace_tokenizer_0.output"],
        "intents": ["fallback_classifier_7.output"],
        "entities": ["entity_synonym_mapper_6.output"],
        "responses": [],
    }


def test_what_comes_after_the_mapper_is_joined_to_what_it_mapped(project: Project) -> None:
    names = ("RegexEntityExtractor", "KeywordIntentClassifier", "EntitySynonymMapper", "RegexEntityExtractor")
    recipe = config(project, "pipeline:\n" + "".join(f"- {name}\n" for name in (*names, "KeywordIntentClassifier")))
    made = needs(recipe, "regex_message_handler")
    assert made["intents"] == ["keyword_intent_classifier_1.output", "keyword_intent_classifier_4.output"]
    assert made["entities"] == ["entity_synonym_mapper_2.output", "regex_entity_extractor_3.output"]


def test_the_end_of_the_pipeline_may_be_named(project: Project) -> None:
    recipe = config(project, "pipeline: [KeywordIntentClassifier, RegexMessageHandler]")
    assert [name for name in recipe.nodes if name.startswith("regex_message")] == ["regex_message_handler_1"]


def test_targets_are_what_predicts_and_the_domain(project: Project) -> None:
    targets = {group: [str(need) for need in made] for group, made in config(project, CONFIG).targets.items()}
    nlu = [
        "logistic_regression_classifier_4",
        "regex_entity_extractor_5",
        "entity_synonym_mapper_6",
        "fallback_classifier_7",
        "regex_message_handler",
    ]
    core = ["domain.document", "memoization_policy_8", "keras_policy_9", "policy_ensemble"]
    assert {group: sorted(made) for group, made in targets.items()} == {
        "nlu": sorted(nlu),
        "core": sorted(core),
        "model": sorted(nlu + core),
        "nlu_data": ["nlu_data_text"],
    }


def test_a_config_of_one_half_asks_for_that_half(project: Project) -> None:
    pipeline = config(project, "language: en\npipeline: [{name: WhitespaceTokenizer}, {name: FallbackClassifier}]\n")
    assert Need("domain", "document") not in pipeline.targets["model"]
    assert list(config(project, "policies: [{name: MemoizationPolicy}]\n").targets["core"]) == [
        Need("domain", "document"),
        Need("memoization_policy_0"),
        Need("policy_ensemble"),
    ]


def test_the_place_of_a_policy_does_not_decide_what_it_is_told(project: Project) -> None:
    """What RulePolicy says for all reaches policies before it in the list, and the ensemble keeps the list's order."""
    names = ["MemoizationPolicy", "RulePolicy", "KerasPolicy"]
    for order in (names, names[::-1]):
        recipe = config(project, f"policies: [{', '.join(f'{{name: {name}}}' for name in order)}]\n")
        nodes = {spec.uses: spec for spec in recipe.nodes.values()}
        said = Need(nodes["RulePolicy"].name, "rule_only")
        assert nodes["MemoizationPolicy"].needs["rule_only"] == nodes["KerasPolicy"].needs["rule_only"] == (said,)
        predictions = nodes["PolicyEnsemble"].needs["predictions"]
        assert [one.node for one in predictions] == [nodes[name].name for name in order]


def test_without_rules_nobody_is_told_anything(project: Project) -> None:
    recipe = config(project, "policies: [{name: MemoizationPolicy}]\n")
    assert "rule_only" not in recipe.nodes["memoization_policy_0"].needs


def test_a_config_compiles_with_the_sample_assistant(project: Project) -> None:
    project.write(CONFIG, "config.yml")
    sample = recipes_folder() / "sample"
    recipe = read_recipe(str(project.folder / "config.yml"), sample)
    graph = compile_recipe(recipe, sample).graph
    assert {"keras_policy_9:train", "memoization_policy_8:train"} <= set(graph.nodes)


def test_the_users_own_components_are_named_by_module(project: Project) -> None:
    recipe = config(project, f"pipeline: [{{name: {TOYS}.MakeShape}}, {{name: '{TOYS}:MakeSquare'}}]\n")
    assert [spec.uses for spec in recipe.nodes.values()][-2:] == [f"{TOYS}:MakeShape", f"{TOYS}:MakeSquare"]
    assert list(recipe.nodes)[-2:] == ["make_shape_0", "make_square_1"]


def test_names_of_rasas_modules_are_ours(project: Project) -> None:
    recipe = config(project, "policies: [rasa.core.policies.memoization.MemoizationPolicy]\n")
    assert recipe.nodes["memoization_policy_0"].uses == "MemoizationPolicy"


def test_subclasses_fit_and_names_decide_between_ports_of_one_node(project: Project) -> None:
    names = ("MakeShape", "MakeSquare", "MakePaints", "Join", "MakeShape")
    recipe = config(project, "pipeline:\n" + "".join(f"- name: {TOYS}.{name}\n" for name in names))
    assert needs(recipe, "join_3") == {
        "last": ["make_paints_2.light"],
        "dark": ["make_paints_2.dark"],
        "all_shapes": [
            "make_shape_0.output",
            "make_square_1.output",
            "make_paints_2.dark",
            "make_paints_2.light",
        ],
    }


CHOICE = f"""\
pipeline:
- name: {TOYS}.MakeShape
- name: {TOYS}.Named
  alias: first
- name: {TOYS}.Named
- name: {TOYS}.Choosy
  featurizers: %s
"""


@pytest.mark.parametrize(
    ("featurizers", "taken"),
    [
        ("[]", ["make_shape_0.output", "named_1.output", "named_2.output"]),
        ("[first]", ["make_shape_0.output", "named_1.output"]),
        ("[run_Named2]", ["make_shape_0.output", "named_2.output"]),
        ("[named_2, first]", ["make_shape_0.output", "named_1.output", "named_2.output"]),
        ("[Named]", ["make_shape_0.output", "named_2.output"]),
    ],
)
def test_a_list_of_featurizers_leaves_the_others_out(project: Project, featurizers: str, taken: list[str]) -> None:
    """What is no featurizer's is taken in any case; a featurizer with an alias has no other name."""
    assert needs(config(project, CHOICE % featurizers), "choosy_3")["all_shapes"] == taken


def test_an_unknown_featurizer_is_told_with_its_place(project: Project) -> None:
    (problem,) = project.error(CHOICE % "[frist]", "config.yml").problems
    assert problem.what == f"there is no featurizer `frist` before `{TOYS}:Choosy`"
    assert str(problem.location) == "config.yml:7:3"
    assert problem.hint == "did you mean `first`?"


def test_a_package_of_an_extra_that_is_not_installed_is_told_before_anything_runs(project: Project) -> None:
    recipe = config(project, f"pipeline:\n- name: {TOYS}.Lacking\n- name: {TOYS}.Join\n")
    with pytest.raises(RecipeError) as caught:
        compile_recipe(recipe, project.folder)
    (problem,) = caught.value.problems
    assert problem.what == f"`{TOYS}:Lacking` needs `no-such-distribution`, which is not installed"
    assert str(problem.location) == "config.yml:2:9"
    assert problem.hint == "pip install 'graphbuild[squares]'"


def test_a_component_that_is_not_needed_may_lack_its_packages(project: Project) -> None:
    recipe = config(project, f"pipeline:\n- name: {TOYS}.Lacking\n- name: {TOYS}.MakeShape\n- name: {TOYS}.Join\n")
    spec = recipe.nodes["join_2"]
    only = {**recipe.nodes, "join_2": replace(spec, needs={**spec.needs, "all_shapes": (Need("make_shape_1"),)})}
    assert "lacking_0:apply" not in compile_recipe(replace(recipe, nodes=only), project.folder).graph.nodes


def test_a_port_that_a_helper_fills_stays_open(project: Project) -> None:
    assert needs(config(project, f"policies: [{{name: {TOYS}.Judge}}]\n"), "judge_0") == {}


def test_every_option_has_its_place(project: Project) -> None:
    spec = config(project, f"pipeline:\n- name: {TOYS}.Join\n  sizes:\n    text: 2\n").nodes["join_0"]
    assert [str(spec.place(*path)) for path in [("uses",), ("with", "sizes"), ("with", "sizes", "text")]] == [
        "config.yml:2:9",
        "config.yml:3:3",
        "config.yml:4:5",
    ]


def test_the_environment_fills_scalars(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATTERN", "[a-z]+")
    recipe = config(project, "pipeline: [{name: WhitespaceTokenizer, token_pattern: '(${PATTERN})'}]\n")
    assert recipe.nodes["whitespace_tokenizer_0"].options == {"token_pattern": "([a-z]+)"}


def test_the_environment_fills_what_stands_beside_the_lists(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGUE", "de")
    recipe = config(project, "language: ${TONGUE}\nassistant_id: one-${TONGUE}\npipeline: [WhitespaceTokenizer]\n")
    assert recipe.language == "de"
    said = recipe.nodes["check_config"].options["config"]
    assert (said["language"], said["assistant_id"]) == ("de", "one-de")
    assert recipe.environment == ("TONGUE",)


@pytest.mark.parametrize(("key", "defaults"), [("pipeline", DEFAULT_PIPELINE), ("policies", DEFAULT_POLICIES)])
def test_an_empty_list_is_filled_as_rasa_does_or_says_what_is_missing(
    project: Project, key: str, defaults: tuple[dict[str, object], ...]
) -> None:
    missing = [str(one["name"]) for one in defaults if one["name"] not in registry.catalogue()]
    text = f"language: en\n{key}:\n"
    if not missing:
        half = "nlu" if key == "pipeline" else "core"
        assert len(project.read(text, "config.yml", groups=(half,)).nodes) > len(defaults)
        return
    problem = next(one for one in project.error(text, "config.yml").problems if f"`{key}`" in one.what)
    assert str(problem.location) == "config.yml:2:1"
    assert problem.facts == (("missing", ", ".join(missing)),)
    assert "recipe:light" in str(problem.hint)


def test_unknown_components_come_all_at_once_with_those_that_exist_told_once(project: Project) -> None:
    text = "pipeline: [{name: Xyzzy}, {name: WhitespaceTokenizr}, {name: Plugh}]\npolicies: [{name: Quux}]\n"
    problems = project.error(text, "config.yml").problems
    assert [one.what for one in problems] == [
        "there is no component `Xyzzy`",
        "there is no component `WhitespaceTokenizr`",
        "there is no component `Plugh`",
        "there is no component `Quux`",
    ]
    assert "WhitespaceTokenizer, " not in str(problems[3].facts)
    assert "MemoizationPolicy" in str(problems[3].facts)
    assert "RegexFeaturizer" in str(problems[0].facts)
    assert (problems[1].facts, problems[1].hint) == ((), "did you mean `WhitespaceTokenizer`?")
    assert problems[2].facts == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("recipe: other\n", "1:9: recipe `other` is not read"),
        ("pipeline: 3\n", "1:11: `pipeline` is a list of components, not a number"),
        ("pipeline: [{}]\n", "1:12: this item of `pipeline` has no `name`"),
        ("pipeline: [3]\n", "1:12: this item of `pipeline` has no `name`"),
        ("policies: [{name: RegexFeaturizer}]\n", "1:19: `RegexFeaturizer` is a featurizer and does not belong under"),
        ("pipeline: [KerasPolicy]\n", "1:12: `KerasPolicy` is a policy and does not belong under `pipeline`"),
        ("polices: []\npipeline: [WhitespaceTokenizer]\n", "1:1: a Rasa config has no key `polices`"),
        ("pipeline: [WhitespaceTokenizer]\npipeline: []\n", "2:1: key `pipeline` is given twice"),
        ("pipeline: [{name: WhitespaceTokenizer, patern: x}]\n", "1:40: there is no option `patern`"),
        (f"pipeline: [{{name: {TOYS}.Join, sizes: {{text: x}}}}]\n", "1:52: option `sizes`: expected `int`"),
        ("pipeline: [{name: WhitespaceTokenizer, token_pattern: '${NO_SUCH}'}]\n", "1:55: the environment has no"),
        ("language: ${NO_SUCH}\npipeline: [WhitespaceTokenizer]\n", "1:11: the environment has no `NO_SUCH`"),
        ("importers: x\npipeline: [WhitespaceTokenizer]\n", "1:12: `importers` is a list, not a text"),
        ("importers: {name: x}\npipeline: [WhitespaceTokenizer]\n", "1:12: `importers` is a list, not a mapping"),
        ("importers: [custom.Importer]\npipeline: [WhitespaceTokenizer]\n", "1:13: cannot import `custom`"),
    ],
)
def test_a_wrong_config_is_a_problem_at_its_place(project: Project, text: str, complaint: str) -> None:
    (found,) = project.complaints(text, "config.yml")
    assert found.startswith(f"config.yml:{complaint}")


def test_a_recipe_of_ours_without_its_first_line_is_not_taken_for_rasas(project: Project, tmp_path: Path) -> None:
    (complaint,) = project.complaints("language: en\nnodes: {}\n")
    assert complaint == "graphbuild.yml:1:1: this is neither a graphbuild recipe nor a Rasa config.yml"


def test_what_a_pipeline_says_of_a_message_is_one_parse_of_the_package(project: Project) -> None:
    names = ("WhitespaceTokenizer", "CountVectorsFeaturizer", "LogisticRegressionClassifier", "KeywordIntentClassifier")
    more = ("DucklingEntityExtractor", "RegexEntityExtractor", "EntitySynonymMapper", "FallbackClassifier")
    project.write("language: en\npipeline:\n" + "".join(f"- {name}\n" for name in (*names, *more)), "config.yml")
    sample = recipes_folder() / "sample"
    graph = compile_recipe(read_recipe(str(project.folder / "config.yml"), sample), sample).graph
    parse = graph.predict[NodeId("regex_message_handler:apply")]
    assert parse.outputs == {"output": "Parses.v1"}
    assert sorted((one.port, str(one.node)) for one in parse.inputs if one.port != "messages") == [
        ("entities", "entity_synonym_mapper_6:apply"),
        ("intents", "fallback_classifier_7:apply"),
    ]
    mapper = graph.predict[NodeId("entity_synonym_mapper_6:apply")]
    assert [str(one.node) for one in mapper.inputs if one.port == "entities"] == [
        "duckling_entity_extractor_4:apply",
        "regex_entity_extractor_5:apply",
    ]
    # Nothing is applied to the examples that no other training needs.
    applied = {node.name for node in graph.nodes.values() if str(node.id).endswith(":apply")}
    assert not applied & {"regex_message_handler", "duckling_entity_extractor_4", "fallback_classifier_7"}


@pytest.mark.parametrize(
    ("module", "what"),
    [
        ("from rasa.engine.graph import GraphComponent\n", "cannot import `of_rasa_1`: ModuleNotFoundError"),
        ("class Mine:\n    pass\n", "`of_rasa_2:Mine` is not a graphbuild Component"),
    ],
)
def test_a_class_written_for_rasa_says_where_its_names_are(project: Project, module: str, what: str) -> None:
    name = "of_rasa_1" if "rasa.engine" in module else "of_rasa_2"
    project.write(module, f"{name}.py")
    (found,) = project.error(f"pipeline: [{name}.Mine]\n", "config.yml").problems
    assert found.what.startswith(what)
    assert found.hint is not None
    assert "`graphbuild.rasa_style`" in found.hint


def test_lists_that_are_left_open_are_told(project: Project) -> None:
    recipe = config(project, "language: en\npipeline: []\n")
    assert [(one.level, str(one.location)) for one in recipe.notices] == [
        (Level.NOTE, "config.yml:2:1"),
        (Level.NOTE, "config.yml:1:1"),
    ]
    assert recipe.notices[1].what.endswith("(MemoizationPolicy, RulePolicy, UnexpecTEDIntentPolicy, TEDPolicy)")
    assert config(project, "pipeline: [WhitespaceTokenizer]\n").notices == ()
