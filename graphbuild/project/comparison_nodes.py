"""Comparing how configurations act, as nodes: one draft of all of them, each trained on ever fewer stories.

What they share is there once. Knows no test stories; builds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphbuild.assistant.validation.findings import Findings
from graphbuild.contract.operation import OUTPUT
from graphbuild.errors import Problem
from graphbuild.graph.compile import read_draft
from graphbuild.graph.draft import Draft
from graphbuild.graph.resolve import ResolvedNode
from graphbuild.graph.wire import Producer
from graphbuild.project.comparison_document import Cell, Comparing
from graphbuild.project.dialogue_nodes import DIALOGUE, Dialogue, Parsing, dialogue, exclusion, needed_parser, parsing
from graphbuild.recipe.read import read_recipe


@dataclass(frozen=True)
class Trainings:
    """All trainings of a comparison."""

    draft: Draft
    dialogues: Mapping[str, Dialogue]
    """By short name: with all stories, as the recipe has it."""
    parsings: Mapping[str, Parsing]
    """By short name; empty where texts are not understood."""
    trained: Mapping[Cell, Dialogue]
    names: tuple[Producer, ...]
    """Of the stories that are left, for each percentage, of the first configuration and run."""
    notices: Mapping[str, tuple[Problem, ...]]
    """By short name: what is read in the recipe otherwise than it is written."""
    checking: Mapping[str, tuple[str, ...]]
    """By short name: the recipe's nodes that check."""

    @property
    def learnt(self) -> list[str]:
        """The nodes whose states all tests need."""
        outputs = [one for found in self.trained.values() for one in found.predictions]
        outputs += [one.parses for one in self.parsings.values()]
        needed = self.draft.needed(dict.fromkeys(one.node for one in outputs))
        return [name for name in needed if self.draft.nodes[name].train is not None]

    @property
    def checks(self) -> dict[Producer, str]:
        """What the checks of each configuration find, of files that its training reads anyway; and its short name."""
        known = self._read(self.learnt)
        found = {f"{label}/{name}": label for label, names in self.checking.items() for name in names}
        return {Producer(name, OUTPUT): label for name, label in found.items() if set() < self._read([name]) <= known}

    def _read(self, names: Iterable[str]) -> set[tuple[str, ...]]:
        """The files that some nodes need."""
        listings = (self.draft.nodes[name].listing for name in self.draft.needed(names))
        return {one.files for one in listings if one is not None}


def trainings(project: Path, comparing: Comparing, *, understands: bool) -> Trainings:
    """The trainings of a comparison. Raises RecipeError, and UsageError where a recipe has no policies or no parser."""
    whole = Draft(project, {}, {})
    dialogues: dict[str, Dialogue] = {}
    parsings: dict[str, Parsing] = {}
    notices: dict[str, tuple[Problem, ...]] = {}
    checking: dict[str, tuple[str, ...]] = {}
    for label, config in comparing.labels.items():
        # Without texts the pipeline is not looked at: it may not be there yet.
        recipe = read_recipe(config, project, comparing.variables, () if understands else (DIALOGUE,))
        draft = read_draft(recipe, project)
        dialogues[label] = dialogue(draft, recipe).prefixed(f"{label}/")
        if understands:
            parsings[label] = needed_parser(parsing(draft, recipe)).prefixed(f"{label}/")
        notices[label] = recipe.notices
        checking[label] = tuple(name for name, node in draft.nodes.items() if _finds(node))
        whole.join(f"{label}/", draft)
    trained: dict[Cell, Dialogue] = {}
    names: dict[int, Producer] = {}
    for label, run, percentage in comparing.cells:
        found, kept = exclusion(whole, dialogues[label], label, run, percentage)
        trained[label, run, percentage] = found
        names.setdefault(percentage, kept)
    left = tuple(names[one] for one in comparing.percentages)
    return Trainings(whole, dialogues, parsings, trained, left, notices, checking)


def _finds(node: ResolvedNode) -> bool:
    """Whether a node checks something, and does not only stop a build for what others found."""
    takes = [port.type for port in node.apply.inputs.values()]
    return node.apply.outputs.get(OUTPUT) is Findings and Findings not in takes
