"""Resolving a recipe's nodes: names become component classes, options become checked configurations, `reads` files.

Collects every problem of every node before it gives up. Knows nothing of edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import Component, Named, Operation, Signature, is_trainable, signature
from graphbuild.contract.options import read_options, to_plain
from graphbuild.contract.toolchain import versions
from graphbuild.errors import ComponentError, Problem
from graphbuild.graph.sources import Listing, alternatives, list_files
from graphbuild.recipe.recipe import NodeSpec, Recipe


@dataclass(frozen=True)
class ResolvedNode:
    """A node of the recipe with everything that its component says."""

    spec: NodeSpec
    reference: str
    component: type[Component]
    config: Any
    options: Mapping[str, Any]
    hidden: frozenset[str]
    train: Signature | None
    apply: Signature
    listing: Listing | None
    distributions: tuple[str, ...] = ()
    """Those whose versions the node's result depends on."""
    missing: tuple[Problem, ...] = ()
    """Files and packages that are not there, links that are not followed: problems only where the node is needed."""
    refused: tuple[Problem, ...] = ()
    """Files that are never read, such as links that lead out of the project."""
    seed: int = 0
    """Its recipe's."""
    learnt_by: str | None = None
    """The node whose state it applies, where it is not its own: `train` is None then."""

    @property
    def name(self) -> str:
        """The recipe's name for it."""
        return self.spec.name

    @property
    def signatures(self) -> tuple[Signature, ...]:
        """Of `train`, where there is one, and of `apply`."""
        return (self.apply,) if self.train is None else (self.train, self.apply)

    @property
    def ports(self) -> set[str]:
        """Input ports of either operation that other nodes fill."""
        return {port.name for one in self.signatures for port in one.inputs.values() if not port.is_source}


def resolve_nodes(recipe: Recipe, project: Path) -> tuple[dict[str, ResolvedNode], list[Problem]]:
    """All nodes that could be resolved, helpers of components included, and the problems of the others."""
    resolved: dict[str, ResolvedNode] = {}
    problems: list[Problem] = []
    queue = list(recipe.nodes.values())
    for spec in queue:
        node, found = resolve_node(spec, project, recipe.language, recipe.seed)
        problems.extend(found)
        if node is not None:
            resolved[spec.name] = node
            queue.extend(_helpers(node, recipe))
    return resolved, problems


def resolve_node(
    spec: NodeSpec, project: Path, language: str | None = None, seed: int = 0
) -> tuple[ResolvedNode | None, list[Problem]]:
    """One node, and what is wrong with it."""
    try:
        component = registry.load(spec.uses, project)
        train = signature(component, Operation.TRAIN) if is_trainable(component) else None
        apply = signature(component, Operation.APPLY)
    except ComponentError as error:
        return None, [_placed(problem, spec) for problem in error.problems]
    config, wrong = read_options(component.Config, spec.options)
    problems = [Problem(one.what, spec.place("with", *one.path), (("node", spec.name),), one.hint) for one in wrong]
    if language is not None and language in component.not_for_languages:
        what = f"`{spec.uses}` cannot be used for language `{language}`"
        hint = f"`{component.instead}` can" if component.instead is not None else None
        problems.append(Problem(what, spec.place("uses"), (("node", spec.name),), hint))
    problems.extend(_reads_problems(spec, apply))
    if problems:
        return None, problems
    named = component.named(config, project)
    if not spec.reads:
        spec = replace(spec, reads=named.reads)
    listing = list_files(project, spec.reads, component.suffixes) if spec.reads else None
    shown = to_plain(config)
    counted = to_plain(config, with_display_only=False)
    node = ResolvedNode(
        spec=spec,
        reference=registry.resolve(spec.uses).reference,
        component=component,
        config=config,
        options=shown,
        hidden=frozenset(shown) - frozenset(counted),
        train=train,
        apply=apply,
        listing=listing,
        distributions=(*component.requires, *named.distributions),
        missing=(*_lacking(spec, component, named), *_missing(spec, listing, project, component.missing_hint)),
        seed=seed,
        refused=listing.refused if listing is not None else (),
    )
    return node, []


def _reads_problems(spec: NodeSpec, apply: Signature) -> list[Problem]:
    """`reads` where nothing is read, and none where something must be."""
    port = apply.source
    facts = (("node", spec.name),)
    if port is None and spec.reads:
        return [Problem(f"`{spec.uses}` reads no files", spec.place("reads"), facts, "remove `reads`")]
    if port is not None and not spec.reads and not port.optional:
        return [Problem(f"`{spec.uses}` needs `reads`: a file, a folder or a glob", spec.location, facts)]
    return []


def _lacking(spec: NodeSpec, component: type[Component], named: Named) -> Iterator[Problem]:
    """Packages of an extra that are not installed; else what the options name and is not there."""
    facts = (("node", spec.name),)
    there = versions(component.requires) if component.extra is not None else {}
    lacking = [name for name in component.requires if name not in there] if component.extra is not None else []
    if lacking:
        packages, verb = " and ".join(f"`{name}`" for name in lacking), "is" if len(lacking) == 1 else "are"
        what = f"`{spec.uses}` needs {packages}, which {verb} not installed"
        yield Problem(what, spec.place("uses"), facts, f"pip install 'graphbuild[{component.extra}]'")
        return
    for one in named.missing:
        yield Problem(one.what, spec.place("with", *one.path), facts, one.hint)


def _missing(spec: NodeSpec, listing: Listing | None, project: Path, hint: str | None) -> Iterator[Problem]:
    if listing is None:
        return
    facts = (("node", spec.name), ("looked in", str(project)))
    for word in listing.missing:
        names = " or ".join(f"`{one}`" for one in alternatives(word))
        yield Problem(f"there is no file or folder {names}", spec.place("reads"), facts, hint)


def _helpers(node: ResolvedNode, recipe: Recipe) -> list[NodeSpec]:
    """Specs of the nodes that a component adds for ports which the recipe leaves open."""
    helpers = node.component.helpers(node.config)
    return [
        NodeSpec(f"{node.name}.{port}", helper.uses, dict(helper.options), location=node.spec.location)
        for port, helper in helpers.items()
        if port not in node.spec.needs and f"{node.name}.{port}" not in recipe.nodes
    ]


def _placed(problem: Problem, spec: NodeSpec) -> Problem:
    return Problem(problem.what, spec.place("uses"), (("node", spec.name), *problem.facts), problem.hint)
