"""Packages for tests of what is trained: the sample assistant by a packaged recipe, trained once a session."""

from __future__ import annotations

import shutil
from pathlib import Path

from graphbuild.builder import build
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[1] / "recipes" / "sample"
RETRIEVAL = """
nlu:
- intent: faq/ask_name
  examples: |
    - what is your name
    - who are you called
    - tell me your name
- intent: faq/ask_age
  examples: |
    - how old are you
    - your age please
    - since when are you there
responses:
  utter_faq/ask_name:
  - text: I am Velo.
  utter_faq/ask_age:
  - text: Two years old.
"""


class Trained:
    """Packages by recipe and target groups, each trained when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[object, ...], Path] = {}

    def package(self, recipe: str = "recipe:light", *targets: str, retrieval: bool = False) -> Path:
        """The package of a packaged recipe over the sample's data, with few epochs; `retrieval`: with responses."""
        key = (recipe, *targets, retrieval)
        if key not in self._made:
            self._made[key] = self._trained(self._folder / str(len(self._made)), recipe, targets, retrieval=retrieval)
        return self._made[key]

    @staticmethod
    def _trained(project: Path, recipe: str, targets: tuple[str, ...], *, retrieval: bool) -> Path:
        shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
        if retrieval:
            (project / "data" / "faq.yml").write_text(RETRIEVAL)
            domain = (project / "domain.yml").read_text()
            (project / "domain.yml").write_text(domain.replace("intents:\n", "intents:\n  - faq\n", 1))
        variables = {"epochs": 5, **({"network_epochs": 20} if recipe == "recipe:default" else {})}
        request = BuildRequest(project, recipe, targets=targets, variables=variables, store=project / ".graphbuild")
        report = build(request)
        assert report.model is not None, report.problems
        return report.model
