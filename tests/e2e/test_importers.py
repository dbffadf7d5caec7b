"""`imports` and `importers` of a Rasa config: several projects as one, and an importer of the project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.assistant.data.messages import Messages
from graphbuild.builder import build
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.result import Outcome
from graphbuild.session import BuildRequest
from graphbuild.store.local import open_store

CONFIG = "recipe: default.v1\nlanguage: en\npipeline: [WhitespaceTokenizer, KeywordIntentClassifier]\n"
OWN = '''
from dataclasses import dataclass
from graphbuild.assistant.data.parts import Example, NLUPart
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class Sheets(Component):
    """Examples from nowhere."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        intent: str = option("", "Of all examples.")

    def apply(self) -> NLUPart:
        return NLUPart((Example("from a sheet", self.config.intent, None, ()),))
'''


def nlu(intent: str, *texts: str) -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {
        "domain.yml": "intents: [greet]\n",
        "data/nlu.yml": nlu("greet", "hi"),
        "skills/mood/config.yml": f"{CONFIG}imports: [../weather]\n",
        "skills/mood/domain.yml": "intents: [mood]\n",
        "skills/mood/data/nlu.yml": nlu("mood", "so sad"),
        "skills/weather/domain.yml": "intents: [weather]\n",
        "skills/weather/nlu.yml": nlu("weather", "is it raining"),
        "skills/other/nlu.yml": nlu("other", "something else"),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def texts(project: Path, config: str) -> list[str]:
    (project / "config.yml").write_text(CONFIG + config)
    report = build(BuildRequest(project, "config.yml", package=False))
    assert report.code is ExitCode.DONE, report.problems
    store = open_store(project / ".graphbuild")
    try:
        outputs = report.result.nodes[report.result.plan.graph.nodes["nlu"].id].outputs
        return sorted(Messages.decode(store.blobs.get(outputs["messages"])).texts)
    finally:
        store.close()


def test_imported_projects_are_read_and_those_that_they_import(project: Path) -> None:
    assert texts(project, "") == ["hi"]
    importing = "importers: [{name: MultiProjectImporter}]\nimports: [skills/mood]\n"
    assert texts(project, importing) == ["hi", "is it raining", "so sad"]
    assert texts(project, "imports: [skills/weather/nlu.yml]\n") == ["hi", "is it raining"]


def test_an_import_that_appears_in_an_imported_project_is_noticed(project: Path) -> None:
    importing = "imports: [skills/mood]\n"
    assert "something else" not in texts(project, importing)
    (project / "skills/mood/config.yml").write_text(f"{CONFIG}imports: [../weather, ../other]\n")
    assert "something else" in texts(project, importing)


def test_an_importer_of_the_projects_own_joins_the_files_or_takes_their_place(project: Path) -> None:
    (project / "sheets.py").write_text(OWN)
    both = "importers: [{name: RasaFileImporter}, {name: sheets.Sheets, intent: sheet}]\n"
    assert texts(project, both) == ["from a sheet", "hi"]
    assert texts(project, "importers: [{name: sheets.Sheets, intent: sheet}]\n") == ["from a sheet"]
    (project / "data/nlu.yml").write_text(nlu("greet", "hello"))
    report = build(BuildRequest(project, "config.yml", package=False))
    assert {node.outcome for node in report.result.nodes.values()} == {Outcome.HIT}


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("imports: skills\n", "config.yml:4:10: `imports` is a list of paths, not a text"),
        ("imports: [none]\n", "config.yml:4:11: there is no `none` to import"),
        ("importers: [{}]\n", "config.yml:4:13: this importer has no `name`"),
        ("importers: [{name: none.None}]\n", "config.yml:4:13: cannot import `none`"),
    ],
)
def test_what_is_wrong_has_its_place(project: Path, config: str, complaint: str) -> None:
    with pytest.raises(RecipeError) as raised:
        texts(project, config)
    assert str(raised.value).startswith(complaint)


@pytest.mark.parametrize("where", ["module", "apply"])
def test_an_importer_that_ends_the_program_ends_the_build_alone(project: Path, where: str) -> None:
    leaving = "import sys\nsys.exit(3)\n"
    code = (
        leaving + OWN
        if where == "module"
        else OWN.replace("return NLUPart", "raise SystemExit(3)\n        return NLUPart")
    )
    (project / "sheets.py").write_text(code)
    (project / "config.yml").write_text(CONFIG + "importers: [sheets.Sheets]\n")
    request = BuildRequest(project, "config.yml", package=False)
    if where == "module":
        with pytest.raises(RecipeError, match=r"`sheets`: SystemExit: 3; raised at: sheets.py:2: sys.exit"):
            build(request)
        return
    report = build(request)
    assert report.code is ExitCode.FAILED
    assert report.problems[0].what == "SystemExit: 3"
