"""Recipes that Rasa configs equal, as text: read again they are the same graph. Of the sample, of real assistants."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract.component import CHECK
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.graph.compile import compile_recipe
from graphbuild.graph.graph import Graph
from graphbuild.graph.plain import predict_to_plain
from graphbuild.recipe.native_text import native_text
from graphbuild.recipe.native_words import as_yaml_text
from graphbuild.recipe.read import read_recipe

FOLDER = Path(__file__).parent / "graph_v1"
SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "")) / "assistants"
ASSISTANTS = [
    *("community-coffee-de-1x", "community-envirocar", "community-smalltalk-1x", "concertbot", "concertbot-1x"),
    *("course-09-custom-forms", "form-05-validation", "formbot", "formbot-1x", "rasa-init-3.6"),
    *("responseselectorbot", "retail-demo", "rules"),
]

WORDS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(
    WORDS | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_a_value_reads_the_same_again(value: Any) -> None:
    tree, problems = parse_yaml(f"value: {as_yaml_text(value)}\n", "value.yml")
    assert problems == []
    read = tree["value"].plain()
    assert read == _with_variables(value)
    assert repr(read) == repr(_with_variables(value))


def _with_variables(value: Any) -> Any:
    """As a recipe's text has it before variables are filled in."""
    if isinstance(value, dict):
        return {key: _with_variables(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_variables(one) for one in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def facts(graph: Graph) -> dict[str, Any]:
    """All that a package key depends on, but for the data; checks are left out."""
    nodes = {
        node.id: (node.static, [(edge.port, edge.node, edge.output) for edge in node.inputs], node.outputs)
        for node in graph.nodes.values()
        if node.kind != CHECK
    }
    return {"nodes": nodes, "predict": predict_to_plain(graph), "kept": sorted(graph.kept), "language": graph.language}


def converted(project: Path, config: str) -> tuple[Graph, Graph, str]:
    first = read_recipe(config, project)
    text = native_text(first, project)
    (project / "converted.yml").write_text(text, "utf-8")
    graphs = [
        compile_recipe(one, project, checks=True, lenient=True).graph
        for one in (first, read_recipe("converted.yml", project))
    ]
    return graphs[0], graphs[1], text


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    project = tmp_path / "sample"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    for file in FOLDER.glob("*.yml"):
        shutil.copy(file, project / f"config-{file.name}")
    return project


@pytest.mark.parametrize("config", ["config-default.yml", "config-both.yml", "config-end_to_end.yml"])
def test_the_sample_is_the_same_graph(sample: Path, config: str) -> None:
    first, again, text = converted(sample, config)
    assert facts(again) == facts(first)
    assert "extends: rasa-base" in text
    default = compile_recipe(read_recipe("config-default.yml", sample), sample).graph
    assert facts(default) == facts(first)


def test_texts_of_stories_and_what_was_translated_are_in_it(sample: Path) -> None:
    (sample / "data" / "e2e.yml").write_text(
        "stories:\n- story: word for word\n  steps:\n  - user: good day\n  - bot: a good day to you\n"
    )
    (sample / "config.yml").write_text(
        "language: en\npipeline:\n- name: tokenizer_whitespace\n- name: CountVectorsFeaturizer\n  min_df: 1\n"
        "policies:\n- name: TEDPolicy\n  epochs: 2\n- name: MappingPolicy\n"
    )
    first, again, text = converted(sample, "config.yml")
    assert facts(again) == facts(first)
    assert any(name.startswith("e2e_") for name in again.nodes)
    assert "    only_for: texts\n" in text
    assert "  # " in text.split("  whitespace_tokenizer_0:")[0].splitlines()[-1]


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", ASSISTANTS)
def test_real_assistants_are_the_same_graph(tmp_path: Path, name: str) -> None:
    project = tmp_path / name
    shutil.copytree(CORPORA / name, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    first, again, _ = converted(project, "config.yml")
    assert facts(again) == facts(first)
