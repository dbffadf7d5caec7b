"""Comparing how configurations act, as nodes: one draft of all of them, each trained on ever fewer stories.

What they share is there once. Knows no test stories; builds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from graphbuild.graph.compile import read_draft
from graphbuild.graph.draft import Draft
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

    @property
    def learnt(self) -> list[str]:
        """The nodes whose states all tests need."""
        outputs = [one for found in self.trained.values() for one in found.predictions]
        outputs += [one.parses for one in self.parsings.values()]
        needed = self.draft.needed(dict.fromkeys(one.node for one in outputs))
        return [name for name in needed if self.draft.nodes[name].train is not None]


def trainings(project: Path, comparing: Comparing, *, understands: bool) -> Trainings:
    """The trainings of a comparison. Raises RecipeError, and UsageError where a recipe has no policies or no parser."""
    whole = Draft(project, {}, {})
    dialogues: dict[str, Dialogue] = {}
    parsings: dict[str, Parsing] = {}
    for label, config in comparing.labels.items():
        # Without texts the pipeline is not looked at: it may not be there yet.
        recipe = read_recipe(config, project, comparing.variables, () if understands else (DIALOGUE,))
        draft = read_draft(recipe, project)
        dialogues[label] = dialogue(draft, recipe).prefixed(f"{label}/")
        if understands:
            parsings[label] = needed_parser(parsing(draft, recipe)).prefixed(f"{label}/")
        whole.join(f"{label}/", draft)
    trained: dict[Cell, Dialogue] = {}
    names: dict[int, Producer] = {}
    for label, run, percentage in comparing.cells:
        found, kept = exclusion(whole, dialogues[label], label, run, percentage)
        trained[label, run, percentage] = found
        names.setdefault(percentage, kept)
    return Trainings(whole, dialogues, parsings, trained, tuple(names[one] for one in comparing.percentages))
