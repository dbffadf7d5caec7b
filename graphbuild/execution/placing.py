"""What a node's problem is told with: the node that met it, and the command that runs it alone."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace

from graphbuild.contract.operation import CHECK, Operation
from graphbuild.errors import Problem
from graphbuild.graph.graph import GraphNode


def placed(problem: Problem, node: GraphNode, command: Sequence[str] | None, *, is_bad_input: bool) -> Problem:
    """The first problem of a node, with the node that met it and the command that runs it alone, if one does.

    What a check says of the data is told as it is.
    """
    if node.kind == CHECK and problem.code is not None:
        return problem
    facts = (("node", node.id), ("component", node.uses), *problem.facts)
    location = problem.location
    if location is None and is_bad_input and node.operation is not Operation.IMPORT:
        location = node.location  # what the recipe asks for at this place
    # What starts from an earlier state would be trained from scratch by the command, which is another action.
    if command is not None and node.start is None:
        facts = (*facts, ("to run it alone", shlex.join([*command, node.id])))
    return replace(problem, location=location, facts=facts)
