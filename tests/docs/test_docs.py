"""The documentation keeps up with the code: links lead somewhere, tables are current, commands and options exist."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import build
from graphbuild.cli.main import COMMANDS
from graphbuild.cli.train_command import command as train
from graphbuild.contract.component import Operation, signature
from graphbuild.contract.registry import catalogue, load
from graphbuild.package.package import read_package
from graphbuild.project.dialogue_evaluation import evaluate_stories
from graphbuild.session import BuildRequest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
INDEX = (ROOT / "docs" / "index.md").read_text()


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_relative_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.name not in ("README.md", "index.md")], ids=named)
def test_every_page_is_in_the_index(page: Path) -> None:
    assert f"({page.relative_to(ROOT / 'docs').as_posix()})" in INDEX


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_that_are_named_exist(page: Path) -> None:
    for line in page.read_text().splitlines():
        for word in re.findall(r"(?:`|\$ |bin/)graphbuild (?:-C \S+ )?([a-z]+)\b", line):
            assert word in COMMANDS, f"{named(page)}: {line}"


def test_the_page_of_clusters_names_every_command_that_uses_one() -> None:
    (told,) = re.findall(
        r"`--dask` works wherever `--jobs` does: ([^.]*)\.", (ROOT / "docs" / "scaling.md").read_text()
    )
    reference = (ROOT / "docs" / "cli.md").read_text().split("\n## graphbuild ")[1:]
    with_it = {part.partition("\n")[0] for part in reference if "--dask ADDRESS" in part}
    named = set(re.findall(r"`([a-z ]+)`", told))
    assert with_it == {name for name in with_it if name in named or name.rpartition(" ")[0] in named - {"train"}}
    assert all(any(one == name or one.startswith(f"{name} ") for one in with_it) for name in named)


def test_every_test_that_the_rules_of_the_store_name_is_there() -> None:
    text = (ROOT / "docs" / "store.md").read_text()
    sources = "".join(file.read_text() for file in (ROOT / "tests").rglob("test_*.py"))
    numbers = set()
    for name in re.findall(r"`(test_c\d+_\w+|Test\w+)`", text):
        assert re.search(rf"(def|class) {name}\(", sources), f"docs/store.md names {name}"
        numbers.add(int((re.search(r"\d+", name) or [0])[0]))
    assert numbers == {*range(1, 31)}
    for name in re.findall(r"def (test_c\d+_\w+)\(", sources):
        assert f"`{name}`" in text, f"docs/store.md lacks {name}"


def test_the_table_of_components_is_current() -> None:
    text = (ROOT / "docs" / "components.md").read_text()
    for name in catalogue():
        component = load(name)
        first_line = (component.__doc__ or "").strip().splitlines()[0]
        assert f"| {name} | {component.kind} | {first_line} |" in text
    assert len(re.findall(r"^\| [A-Z]\w+ \|", text, flags=re.MULTILINE)) == len(catalogue())


def test_every_option_that_is_refused_is_listed() -> None:
    limitations = (ROOT / "docs" / "limitations.md").read_text()
    hidden = [option for option in train.params if getattr(option, "hidden", False)]
    assert hidden
    for option in hidden:
        assert f"`{option.opts[0]}`" in limitations


def test_the_component_of_the_page_works(tmp_path: Path) -> None:
    """The worked example of docs/components.md, as a user would copy it."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "components.md").read_text(), flags=re.DOTALL)[0]
    (project / "shouting.py").write_text(code)
    example = "  - intent: thank\n    examples: |\n      - THANKS A LOT\n      - THANK YOU\n"
    (project / "data" / "loud.yml").write_text(f'version: "3.1"\nnlu:\n{example}')
    node = 'nodes: {shouting: {uses: "shouting:ShoutingClassifier", needs: {messages: tokens}}}'
    (project / "graphbuild.yml").write_text(
        f"graphbuild: 1\nextends: nlu-only\n{node}\ntargets: {{model: [shouting]}}\n"
    )
    report = build(BuildRequest(project, "graphbuild.yml"))
    assert report.problems == ()
    assert report.model is not None
    package = read_package(report.model)
    assert b'{"type":"Shouts.v1","value":"thank"}' in package.artifacts.values()


def test_the_remembering_component_of_the_page_remembers() -> None:
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "components.md").read_text(), flags=re.DOTALL)[1]
    names: dict[str, Any] = {}
    exec(compile(code, "components.md", "exec"), names)
    assert names["SlowFeaturizer"].remembers in signature(names["SlowFeaturizer"], Operation.APPLY).inputs


def test_the_policy_of_the_page_goes_on_with_forms(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    code = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "components.md").read_text(), flags=re.DOTALL)[-1]
    (project / "keeping.py").write_text(code)
    (project / "config.yml").write_text("language: en\npipeline: []\npolicies:\n- name: keeping.FormKeeper\n")
    story = "  - intent: book_repair\n  - action: repair_form\n  - active_loop: repair_form\n  - intent: greet\n"
    (project / "form.yml").write_text(f"stories:\n- story: form\n  steps:\n{story}  - action: repair_form\n")
    done = evaluate_stories(BuildRequest(project, "config.yml", package=False), ["form.yml"], plots=False)
    assert done.report.problems == ()
    (form,) = done.outcomes.stories
    said = [(step["predicted"], step["policy"], step["confidence"]) for step in form.steps()]
    assert ("repair_form", "FormKeeper", 1.0) in said[2:]
    assert said[0][2] == 0.0


def test_every_extra_is_declared_and_on_the_page() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    page = (ROOT / "docs" / "components.md").read_text()
    always = {"numpy"}
    for name in catalogue():
        component = load(name)
        if component.extra is not None:
            distributions = {re.split("[>=]", one)[0] for one in declared[component.extra]}
            brought = {"torch", "transformers"} if component.extra == "sentence-transformers" else set()
            assert set(component.requires) <= distributions | brought | always, name
            assert f"| `{component.extra}` |" in page


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_names_a_machine(page: Path) -> None:
    assert not re.search(r"/(?:work|root|home|tmp)/", page.read_text())
