"""Configs of Rasa 1 and 2: read in today's words, with a notice an item, problems at the lines that the user wrote."""

from __future__ import annotations

from graphbuild.errors import Level
from graphbuild.graph.compile import compile_recipe
from graphbuild.graph.plain import from_plain, to_plain
from graphbuild.recipe.recipe import Recipe
from tests.recipe.projects import Project

OLD = """\
language: en
pipeline:
- name: ConveRTTokenizer
- CountVectorsFeaturizer
- name: intent_classifier_tensorflow_embedding
  num_neg: 5
  hidden_layers_sizes_a: [9]
"""


def nlu(project: Project, text: str) -> Recipe:
    return project.read(text, "config.yml", groups=("nlu",))


def told(recipe: Recipe) -> list[str]:
    return [f"{one.location}: {one.what}" for one in recipe.notices]


def test_components_and_options_of_old_are_todays(project: Project) -> None:
    recipe = nlu(project, OLD)
    assert list(recipe.nodes)[-4:-1] == ["whitespace_tokenizer_0", "count_vectors_featurizer_1", "diet_classifier_2"]
    spec = recipe.nodes["diet_classifier_2"]
    assert spec.options["number_of_negative_examples"] == 5
    assert spec.options["hidden_layers_sizes"] == {"text": [9]}
    assert spec.options["entity_recognition"] is False


def test_each_item_of_old_has_one_notice_at_its_place(project: Project) -> None:
    recipe = nlu(project, OLD)
    assert told(recipe) == [
        "config.yml:3:9: `ConveRTTokenizer` means `WhitespaceTokenizer`",
        (
            "config.yml:5:9: `intent_classifier_tensorflow_embedding` means `DIETClassifier` with options that make it"
            " the same; `num_neg` means `number_of_negative_examples`;"
            " `hidden_layers_sizes_a` means `text` of `hidden_layers_sizes`"
        ),
    ]
    assert {one.level for one in recipe.notices} == {Level.WARNING}


def test_options_stand_where_they_were_written(project: Project) -> None:
    spec = nlu(project, OLD).nodes["diet_classifier_2"]
    names = ("number_of_negative_examples", "hidden_layers_sizes", "entity_recognition")
    assert [str(spec.place("with", name)) for name in names] == ["config.yml:6:3", "config.yml:7:3", "config.yml:5:9"]


def test_notices_are_kept_with_the_graph(project: Project) -> None:
    recipe = nlu(project, OLD.replace("ConveRTTokenizer", "tokenizer_whitespace"))
    project.write("version: '3.1'\nnlu:\n- intent: greet\n  examples: |\n    - hello\n", "data/nlu.yml")
    graph = compile_recipe(recipe, project.folder, ("nlu",)).graph
    assert graph.notices == recipe.notices
    assert from_plain(to_plain(graph)).notices == recipe.notices


def test_a_config_of_today_has_no_notices(project: Project) -> None:
    assert (
        nlu(project, "pipeline: [WhitespaceTokenizer, {name: CountVectorsFeaturizer, lowercase: false}]").notices == ()
    )


def test_a_text_stands_for_a_pipeline(project: Project) -> None:
    recipe = nlu(project, "pipeline: supervised_embeddings\n")
    assert [name for name in recipe.nodes if name[-1].isdigit()] == [
        "whitespace_tokenizer_0",
        "regex_featurizer_1",
        "crf_entity_extractor_2",
        "entity_synonym_mapper_3",
        "count_vectors_featurizer_4",
        "count_vectors_featurizer_5",
        "diet_classifier_6",
    ]
    (notice,) = told(recipe)
    assert notice.startswith("config.yml:1:11: `supervised_embeddings` means `WhitespaceTokenizer`, ")


def test_a_wrong_option_of_old_is_a_problem_at_its_place(project: Project) -> None:
    text = "pipeline:\n- name: EmbeddingIntentClassifier\n  epochs: many\n  num_neg: -1\n  droprat: 0.5\n"
    assert project.complaints(text, "config.yml", groups=("nlu",)) == [
        "config.yml:3:3: option `epochs`: expected `int`, got `str`",
        "config.yml:4:3: option `number_of_negative_examples`: expected `int` >= 1",
        "config.yml:5:3: there is no option `droprat`",
    ]


def test_options_of_transformers_stand_where_they_were_written(project: Project) -> None:
    text = (
        "pipeline:\n- name: HFTransformersNLP\n  model_name: brt\n- LanguageModelTokenizer\n- LanguageModelFeaturizer\n"
    )
    (problem,) = project.error(text, "config.yml").problems
    assert str(problem.location) == "config.yml:3:3"
    assert problem.what.startswith("option `model_name`: ")


def test_what_cannot_be_read_any_more_is_a_problem_with_what_to_use(project: Project) -> None:
    text = "pipeline:\n- name: ConveRTFeaturizer\n- {name: ConveRTFeaturizer, model_url: x}\n"
    one, other = project.error(text, "config.yml").problems
    assert [str(one.location), str(other.location)] == ["config.yml:2:9", "config.yml:3:29"]
    assert "LanguageModelFeaturizer" in str(one.hint)
    assert project.complaints("pipeline: supervised\n", "config.yml") == [
        "config.yml:1:11: there is no pipeline `supervised`"
    ]


def test_policies_are_not_looked_at_for_understanding_alone(project: Project) -> None:
    assert nlu(project, "pipeline: [KeywordIntentClassifier]\npolicies: [MapingPolicy]\n").notices == ()
    (problem,) = project.complaints("policies: some\n", "config.yml")
    assert problem == "config.yml:1:11: `policies` is a list of components, not a text"


FALLING_BACK = """\
language: en
pipeline: [WhitespaceTokenizer, KeywordIntentClassifier]
policies:
- name: MappingPolicy
- name: FallbackPolicy
  nlu_threshold: 0.4
"""


def test_what_policies_of_old_did_is_done_by_nodes(project: Project) -> None:
    recipe = project.read(FALLING_BACK, "config.yml")
    rules = recipe.nodes["policy_rules"]
    assert rules.options == {"follows_triggers": True, "fallback_action": "action_default_fallback"}
    assert [str(need) for need in rules.needs["triggers"]] == ["domain.triggers"]
    assert [str(need) for need in recipe.nodes["stories"].needs["parts"]][-1] == "policy_rules.stories"
    assert [str(need) for need in recipe.nodes["check_domain"].needs["followed"]] == ["policy_rules.followed"]
    classifier = recipe.nodes["fallback_classifier_2"]
    assert classifier.options == {"threshold": 0.4, "ambiguity_threshold": 0.1}
    assert str(classifier.place("with", "threshold")) == "config.yml:6:3"
    assert str(classifier.place("with", "ambiguity_threshold")) == "config.yml:5:9"
    assert "rule_policy_3" in recipe.nodes
    assert told(recipe) == [
        "config.yml:4:9: `MappingPolicy` means `RulePolicy`, and a rule for each intent with `triggers`",
        "config.yml:5:9: `FallbackPolicy` means `RulePolicy`, `FallbackClassifier` and a rule for `nlu_fallback`",
    ]


def test_a_fallback_classifier_that_is_written_keeps_its_word(project: Project) -> None:
    text = FALLING_BACK.replace("KeywordIntentClassifier", "{name: FallbackClassifier, threshold: 0.6}")
    recipe = project.read(text, "config.yml")
    assert recipe.nodes["fallback_classifier_1"].options == {"threshold": 0.6, "ambiguity_threshold": 0.1}
    assert str(recipe.nodes["fallback_classifier_1"].place("with", "threshold")) == "config.yml:2:60"


def test_the_default_pipeline_falls_back_as_the_policy_says(project: Project) -> None:
    text = FALLING_BACK.replace("[WhitespaceTokenizer, KeywordIntentClassifier]", "")
    recipe = project.read(text, "config.yml")
    (options,) = [spec.options for name, spec in recipe.nodes.items() if name.startswith("fallback_classifier")]
    assert options == {"threshold": 0.4, "ambiguity_threshold": 0.1}


def test_each_half_has_its_own_of_a_policy_of_both(project: Project) -> None:
    assert "policy_rules" not in nlu(project, FALLING_BACK).nodes
    assert "fallback_classifier_2" in nlu(project, FALLING_BACK).nodes
    core = project.read(FALLING_BACK.replace("pipeline: [WhitespaceTokenizer, KeywordIntentClassifier]\n", ""))
    assert not [name for name in core.nodes if name.startswith("fallback_classifier")]


def test_a_wrong_option_of_a_policy_that_is_gone_is_a_problem_at_its_place(project: Project) -> None:
    text = FALLING_BACK.replace("0.4", "much")
    assert project.complaints(text, "config.yml") == ["config.yml:6:3: option `threshold`: expected `float`, got `str`"]


def test_options_that_a_policy_does_not_know_are_passed_over_with_a_word(project: Project) -> None:
    text = "policies:\n- name: MemoizationPolicy\n  max_histroy: 3\n  priority: 2\n"
    recipe = project.read(text, "config.yml", groups=("core",))
    assert recipe.nodes["memoization_policy_0"].options == {"priority": 2}
    (notice,) = recipe.notices
    assert str(notice.location) == "config.yml:3:3"
    assert (notice.what, notice.hint, notice.level) == (
        "there is no option `max_histroy`: it is passed over", "did you mean `max_history`?", Level.WARNING
    )  # fmt: skip
    wrong = text.replace("priority: 2", "priority: high")
    assert project.complaints(wrong, "config.yml") == ["config.yml:4:3: option `priority`: expected `int`, got `str`"]


def test_parts_of_an_option_that_a_policy_does_not_know_are_passed_over_at_their_place(project: Project) -> None:
    text = "policies:\n- name: TEDPolicy\n  number_of_transformer_layers:\n    text: 2\n    dialoge: 3\n"
    recipe = project.read(text, "config.yml", groups=("core",))
    assert recipe.nodes["ted_policy_0"].options == {"number_of_transformer_layers": {"text": 2}}
    (notice,) = recipe.notices
    assert (str(notice.location), notice.hint) == ("config.yml:5:5", "did you mean `dialogue`?")
    assert notice.what == "there is no option `number_of_transformer_layers.dialoge`: it is passed over"
    pipeline = "pipeline:\n- WhitespaceTokenizer\n- name: DIETClassifier\n  dense_dimension: {text: 9, labl: 5}\n"
    assert project.complaints(pipeline, "config.yml") == ["config.yml:4:30: there is no option `dense_dimension.labl`"]
