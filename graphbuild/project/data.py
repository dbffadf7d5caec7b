"""Project data: what the importers read of a project, through the engine, so that reading it again is a hit.

Only files are read, by the packaged recipe `rasa-base`: whatever components the project's own recipe names, and
whether they exist or not, its data can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from graphbuild.assistant.data.domain_merge import document_of, merge_domain, slot_spaces, space_of
from graphbuild.assistant.data.parts import DomainPart, NLUPart, ResponsesPart, StoryPart, Warnings
from graphbuild.assistant.data.show import show
from graphbuild.assistant.data.story_steps import steps_of
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.dialogue.retold import told_dialogues
from graphbuild.builder import build
from graphbuild.contract.artifact import Artifact
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import DataError, Location, Problem, UsageError
from graphbuild.execution.result import BuildResult
from graphbuild.given import given_text
from graphbuild.graph.graph import NodeId
from graphbuild.graph.sources import alternatives
from graphbuild.package.nlu_data import is_model, nlu_data_of
from graphbuild.plan.places import Places, tables_of
from graphbuild.project.config import config_of, is_native, language_of
from graphbuild.recipe.layer import layers_of
from graphbuild.recipe.packaged import PREFIX
from graphbuild.recipe.rasa_importers import read_importing
from graphbuild.recipe.variables import resolve_variables
from graphbuild.session import BuildRequest, open_store_of, store_folder
from graphbuild.store.interface import BlobLost, Store

Plain = dict[str, Any]
_RECIPE = f"{PREFIX}rasa-base"
_DOMAIN_NODE = "domain_file"
_TRAINING_NODE = "training_file"
_DEFAULTS = {"domain": ("domain.yml", "domain.yaml", "domain"), "data": ("data",)}
_NODE_FACTS = ("node", "component", "to run it alone")
_Part = TypeVar("_Part", bound=Artifact)


@dataclass(frozen=True)
class ProjectData:
    """What all files of a project say, by their paths, sorted."""

    domain: Mapping[str, DomainPart] = field(default_factory=dict)
    training: Mapping[str, TrainingData] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    places: Places = field(default_factory=lambda: Places((), Path()))
    """Where the records of the files stand."""
    unasked: tuple[Problem, ...] = ()
    """Importers of the project's own, whose data is not in it."""

    def counts(self) -> list[tuple[str, dict[str, int]]]:
        """How much of what each file says, domains first."""
        sections = ("intents", "entities", "slots", "responses", "actions", "forms")
        of_domains = [
            (label, {name: len(rows) for name in sections if (rows := getattr(part, name))})
            for label, part in self.domain.items()
        ]
        return [*of_domains, *((label, file.counts()) for label, file in self.training.items())]

    def shown(self) -> Plain:
        """Everything that was read, as corpora/oracle/README.md has it. Raises DataError where files contradict."""
        try:
            return self._shown()
        except DataError as error:
            raise DataError([self.places.located(problem) for problem in error.problems]) from error

    def _shown(self) -> Plain:
        files = self.training.values()
        domain = list(self.domain.values())
        stories = [one.stories for one in files]
        responses = [one.responses for one in files]
        shown = show(domain, [one.nlu for one in files], stories, responses, is_legacy=self.is_legacy)
        merged = merge_domain(domain, responses)
        steps = [step for part in stories for block in part.blocks for step in steps_of(block)]
        return {**shown, "dialogues": told_dialogues(steps, space_of(merged), slot_spaces(merged))}

    def document(self) -> dict[str, Any]:
        """The whole domain as one file would say it; empty without any. Raises DataError where files contradict."""
        if not self.domain:
            return {}
        responses = [one.responses for one in self.training.values()]
        try:
            return document_of(merge_domain(list(self.domain.values()), responses))
        except DataError as error:
            raise DataError([self.places.located(problem) for problem in error.problems]) from error

    @property
    def is_legacy(self) -> bool:
        """Whether it is a project of Rasa 1 or 2, whose own readers had fewer default actions and other states."""
        return any(part.is_legacy for part in self.domain.values()) or any(
            label.lower().endswith(".md") for label in self.training
        )


def read_project(
    project: Path, variables: Mapping[str, Any], *, store: Path | None = None, jobs: int = 1
) -> ProjectData:
    """Reads the files that `domain` and `data` name among the variables, or else the project's recipe, or else Rasa.

    Of a package among them, the training data that it holds is read.

    Raises UsageError when there is nothing to read, DataError with the problems of all files.
    """
    paths = data_paths(project, variables)
    paths["data"] = [_unpacked(project, word, store) for word in paths["data"]]
    nodes = {"domain": _DOMAIN_NODE, "data": _TRAINING_NODE}
    request = BuildRequest(
        project=project,
        recipe=_RECIPE,
        variables={**{name: words for name, words in paths.items() if words}, "language": language_of(project)},
        targets=tuple(node for name, node in nodes.items() if paths[name]),
        jobs=jobs,
        keep_going=True,
        store=store,
        package=False,
    )
    report = build(request)
    if report.problems:
        raise DataError([without_node(problem) for problem in report.problems])
    try:
        with closing(open_store_of(request)) as opened:
            found = _decoded(report.result, opened, project)
    except BlobLost:
        # It was to be had from a remote store, and is not: it is made here.
        request = replace(request, remote="")
        report = build(request)
        with closing(open_store_of(request)) as opened:
            found = _decoded(report.result, opened, project)
    return replace(found, unasked=tuple(_not_asked(project)))


def _unpacked(project: Path, word: str, store: Path | None) -> str:
    """The path, or that of the training data which the package of this path holds."""
    path = project / word
    if not is_model(path):
        return word
    folder = store_folder(BuildRequest(project, _RECIPE, store=store))
    return str(Path.cwd() / given_text(folder, nlu_data_of(path), "nlu"))


def without_node(problem: Problem) -> Problem:
    """A problem of a file, without the facts of the node that read it."""
    return replace(problem, facts=tuple(fact for fact in problem.facts if fact[0] not in _NODE_FACTS))


def data_paths(project: Path, variables: Mapping[str, Any]) -> dict[str, list[str]]:
    """The paths of the domain and of the training data, each list maybe empty. Raises UsageError when both are."""
    of_recipe = {name: value for name, value in _of_recipe(project).items() if _is_there(project, value)}
    said = {**of_recipe, **variables}
    paths = {name: _listed(said[name]) if name in said else _first(project, name) for name in _DEFAULTS}
    if not any(paths.values()):
        what = f"there is no {' and no '.join(names[0] for names in _DEFAULTS.values())} in {project}"
        raise UsageError(Problem(what, hint="name the files: --domain PATH, --data PATH"))
    return paths


def _first(project: Path, name: str) -> list[str]:
    return [word for word in _DEFAULTS[name] if (project / word).exists()][:1]


def _is_there(project: Path, value: Any) -> bool:
    """Whether a recipe's paths lead somewhere; recipes name both, and an assistant may have but one."""
    return any(
        set("*?[") & set(path) or (project / path).exists() for word in _listed(value) for path in alternatives(word)
    )


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _of_recipe(project: Path) -> dict[str, Any]:
    """What the project's own recipe says of its files."""
    layer = config_of(project)
    if layer is None:
        return {}
    if is_native(layer):
        layers, _ = layers_of(layer)
        trees = {key: one for each in layers for key, one in (each.tree.get("vars") or _NOTHING).items()}
        return {key: one for key, one in resolve_variables(trees, {}, []).items() if key in _DEFAULTS}
    folders = read_importing(layer.tree, layer.file.path.resolve(), project, []).folders
    return {key: [*_first(project, key), *folders] for key in _DEFAULTS} if folders else {}


def _not_asked(project: Path) -> Iterator[Problem]:
    """Importers of the project's own: they may give more than files hold, and only a build asks them."""
    layer = config_of(project)
    if layer is not None and not is_native(layer):
        for spec in read_importing(layer.tree, layer.file.path.resolve(), project, []).nodes:
            what = f"what importer `{spec.uses}` gives is not shown: files alone are read here"
            yield Problem(what, spec.location, hint="`graphbuild validate` and `graphbuild train` ask it")


_NOTHING = Yaml({}, Location(""))


def _decoded(result: BuildResult, store: Store, project: Path) -> ProjectData:
    domain: dict[str, DomainPart] = {}
    training: dict[str, TrainingData] = {}
    warnings: list[Problem] = []
    for label, name, node_id in sorted(_files(result)):
        outputs = result.nodes[node_id].outputs

        def value(port: str, kind: type[_Part], outputs: Mapping[str, Any] = outputs) -> _Part:
            return kind.decode(store.blobs.get(outputs[port]))

        if name == _DOMAIN_NODE:
            domain[label] = value("part", DomainPart)
        else:
            training[label] = TrainingData(
                value("nlu", NLUPart), value("stories", StoryPart), value("responses", ResponsesPart)
            )
        warnings += [
            Problem(what, Location(label, line), hint=hint) for line, what, hint in value("warnings", Warnings).rows
        ]
    made = {node_id: node.outputs for node_id, node in result.nodes.items()}
    places = Places(tuple(tables_of(result.plan.graph, made, store.blobs)), project)
    return ProjectData(domain, training, tuple(warnings), places)


def _files(result: BuildResult) -> Iterator[tuple[str, str, NodeId]]:
    for node in result.plan.graph.nodes.values():
        if node.source is not None and node.name in (_DOMAIN_NODE, _TRAINING_NODE):
            yield node.source.files[0], node.name, node.id
