"""Rounds: a build now, and one whenever something that it reads was saved. One process, so nothing is loaded twice.

    for one in rounds(request):
        print(one.changed, one.code)

What notices say only wakes: whether there is anything to do is told by files, as in any other build. A build whose
files change meanwhile is stopped as if it were interrupted, unless what runs just then is still asked for.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from graphbuild.builder import BuildReport, build_opened
from graphbuild.contract.temporaries import sweep
from graphbuild.errors import ExitCode, GraphbuildError, Interrupted, Problem, UsageError
from graphbuild.execution.events import Event, Listener, NodeFailed, NodeFinished, NodeStarted
from graphbuild.execution.stages import now
from graphbuild.execution.task import Measures
from graphbuild.graph.graph import NodeId
from graphbuild.session import PACKAGE_FOLDER, BuildRequest, open_session, store_folder
from graphbuild.watching.code import LoadedCode
from graphbuild.watching.folders import Watched, python_files, settled, state_of, watched
from graphbuild.watching.inputs import Inputs, inputs_now, inputs_of
from graphbuild.watching.notices import Notices

if TYPE_CHECKING:
    from graphbuild.execution.workers.processes import Processes

_LOOK_S = 0.2
"""How often a build that runs is asked whether its files changed."""
_GIT_LOCK = Path(".git", "index.lock")
_GIT_S = 10.0
"""So long at most a checkout is waited for: a lock may have been left behind."""
_POLL_S = 0.05
_ATTEMPTS = 3


@dataclass(frozen=True)
class Round:
    """One build, and what led to it."""

    number: int
    changed: tuple[str, ...]
    """Files that were saved, as one would write them in the project; none for the first."""
    report: BuildReport | None = None
    """None where an error ended it before anything could run."""
    error: GraphbuildError | None = None
    is_superseded: bool = False
    """Whether it was stopped because its files changed; what had finished is kept."""
    is_told: bool = True
    """Whether there is anything to tell: what is read was saved, or it came to anything else than before."""

    @property
    def code(self) -> ExitCode:
        """What a command that builds once would end with."""
        if self.report is not None:
            return self.report.code
        return self.error.exit_code if self.error is not None else ExitCode.DONE


@dataclass
class _Running:
    """A build that runs."""

    inputs: Inputs
    nodes: set[NodeId] = field(default_factory=set)
    now: Inputs | None = None
    """What the files would be built from, where that is not what is built."""
    looked_at: float = 0.0
    is_superseded: bool = False


class _Outdated(Exception):
    """Code that this process has loaded was saved before anything ran."""


class Watch:
    """Builds a request again and again. To be closed."""

    def __init__(self, request: BuildRequest, number: int = 0, saved: Iterable[str] = ()) -> None:
        """`number`: of the last round, and what was saved since, where this goes on after another process."""
        sweep(tempfile.gettempdir())  # another one may have been killed
        self._request = request
        self._project = request.project.resolve()
        self._written = (store_folder(request), self._project / (request.out or PACKAGE_FOLDER))
        self._watched = Watched(self._project)
        self._inputs: Inputs | None = None
        self._files = {str(self._project / request.recipe)}
        """What the last build read, as absolute paths."""
        self._notices = Notices()
        self._code = LoadedCode()
        self._running: _Running | None = None
        self.number = number
        """Of the last round that was told."""
        self._saved: set[str] = set(saved)
        """Since the last build began."""
        self._behind: set[str] = set()
        """What was saved before the build that runs."""
        self._processes: Processes | None = None
        if request.jobs > 1:
            from graphbuild.execution.workers.processes import Processes

            measures = Measures(request.measures_memory, request.calls)
            self._processes = Processes(request.jobs, store_folder(request), measures)
        self._is_due = True
        self._last: object = None
        self._states: dict[str, tuple[int, ...]] = {}
        """What files were before the last build."""
        self._seen: dict[str, tuple[int, ...]] = {}
        """Those of them that cannot have changed since unseen: a notice that comes late wakes nobody."""
        self._named: dict[str, tuple[int, ...]] = {}
        """What those were that were named last: a notice that comes late, and wakes, is not told again."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._notices.close()
        if self._processes is not None:
            self._processes.close(cancel=True)

    @property
    def saved(self) -> list[str]:
        """What was saved since the last build began, as absolute paths."""
        return sorted(self._saved)

    @property
    def changed(self) -> tuple[str, ...]:
        """What was saved before the build that runs: files that it reads, or has read, where any of these is known."""
        counted = self._behind & self._files or self._behind
        return tuple(sorted(self._watched.label(path) for path in counted))

    def outdated(self) -> tuple[str, ...]:
        """Code that this process has loaded, and that changed since: it must not build any more."""
        changed = self._code.changed(self._modules())
        self._saved |= set(changed)  # whose notices may still be on their way
        return tuple(self._watched.label(file) for file in changed)

    def wait(self) -> None:
        """Waits until something that a build may read was saved, and is at rest."""
        while not self._saved and not self._is_due:
            self._take(self._notices.take())
        until = time.monotonic() + _GIT_S
        while (self._project / _GIT_LOCK).exists() and time.monotonic() < until:
            self._take(self._notices.take(_POLL_S))

    def build(self, listener: Listener | None = None) -> Round:
        """A build of the files as they are. Raises Interrupted at Ctrl-C, UsageError where the project is gone."""
        self._listen()
        self._is_due = False
        self._behind, self._saved = self._saved, set()
        looked_at_ns = time.time_ns()
        self._states = {file: state_of(file) for file in self._files}
        self._seen = settled(self._states, looked_at_ns)
        self._code.look(python_files(self._watched), self._modules())
        report = error = None
        try:
            report = self._build(listener)
        except _Outdated:
            self._saved |= self._behind
            return Round(self.number, (), is_told=False)
        except GraphbuildError as told:
            error = told
        except OSError as refused:
            facts = (("file", str(refused.filename)),) if refused.filename else ()
            error = GraphbuildError(Problem(f"{refused.strerror or refused}", facts=facts))
        if not self._project.is_dir():
            raise UsageError(f"there is no folder {self._request.project} any more")
        running, self._running = self._running, None
        is_superseded = running is not None and running.is_superseded
        if report is not None and report.code is ExitCode.INTERRUPTED and not is_superseded:
            raise Interrupted("interrupted; what had finished is kept")
        # A folder that is listened to only now may have changed before: then one look more is due.
        self._is_due = self._listen() or is_superseded
        return self._round(report, error, is_superseded=is_superseded)

    def _round(self, report: BuildReport | None, error: GraphbuildError | None, *, is_superseded: bool) -> Round:
        state = _state(report, error)
        is_news, self._last = state != self._last or is_superseded, state
        saved = {path: self._states.get(path, ()) for path in self._behind & self._files}
        is_told = is_news or any(self._named.get(path) != before for path, before in saved.items())
        changed = self.changed if is_told else ()
        if is_told:
            self._named = saved
        self.number += is_told
        return Round(self.number, changed, report, error, is_superseded, is_told)

    def _build(self, listener: Listener | None) -> BuildReport:
        began_at = now()
        with open_session(self._request, listener=listener) as opened:
            if self.outdated():
                raise _Outdated
            opened.processes = self._processes
            running = self._running = _Running(inputs_of(opened))
            if self._inputs is not None and not self._behind & self._files:  # whose notice is still on its way
                self._behind |= {str(self._project / label) for label in running.inputs.changed_since(self._inputs)}
            self._inputs = running.inputs
            self._files |= running.inputs.files(opened)
            report = build_opened(opened, self._followed(running, listener), self._stop, began_at)
            self._files = {str(self._project / self._request.recipe), *running.inputs.files(opened)} | (
                self._behind & self._files
            )
            return report

    def _followed(self, running: _Running, listener: Listener | None) -> Listener:
        """A listener that keeps what runs."""

        def tell(event: Event) -> None:
            match event:
                case NodeStarted(node):
                    running.nodes.add(node)
                case NodeFinished(node) | NodeFailed(node):
                    running.nodes.discard(node)
            if listener is not None:
                listener(event)

        return tell

    def _stop(self) -> bool:
        """Whether the build that runs is of no use any more."""
        running = self._running
        if running is None or running.is_superseded:
            return running is not None
        if self._notices.pending() and time.monotonic() - running.looked_at >= _LOOK_S:
            running.looked_at = time.monotonic()
            running.is_superseded = not self._look(running)
        if running.now is not None and not running.is_superseded:
            running.is_superseded = running.inputs.changed_for(running.now, running.nodes)
        return running.is_superseded

    def _look(self, running: _Running) -> bool:
        """Looks at what was saved while a build runs; whether it can be built from at all."""
        saved = self._counted(self._notices.take(0))
        if not saved:
            return True
        try:
            found = inputs_now(self._request)
        except (GraphbuildError, OSError):
            self._saved |= saved
            return False
        if running.inputs.changed_for(found, ()):
            self._saved |= saved
            running.now = found
        elif running.now is not None:
            running.now = None  # it was undone
        return True

    def _take(self, paths: set[str]) -> None:
        self._saved |= self._counted(paths)

    def _counted(self, paths: set[str]) -> set[str]:
        """Those of them that a build may read, and has not read as they are."""
        return {path for path in paths if self._watched.counts(path) and self._seen.get(path) != state_of(path)}

    def _modules(self) -> list[str]:
        return self._inputs.modules if self._inputs is not None else []

    def _listen(self) -> bool:
        """Listens to where the last build read from. Whether there are other folders now."""
        folders = self._inputs.folders() if self._inputs is not None else set()
        for attempt in range(_ATTEMPTS):
            found = watched(self._project, self._files, folders, self._written)
            is_other = found.folders != self._watched.folders
            try:
                if is_other:
                    self._notices.listen(found.folders)
            except GraphbuildError:
                if attempt == _ATTEMPTS - 1:
                    raise
                continue  # a folder went while it was looked at
            break
        self._watched = found
        return is_other


def rounds(request: BuildRequest, listener: Listener | None = None) -> Iterator[Round]:
    """A build now, and one whenever something that it reads was saved; those that come to nothing new are passed over.

    It ends when code that this process has loaded changed: begin again in another process. Raises UsageError when the
    project is gone, Interrupted, KeyboardInterrupt; errors of builds are in the rounds.
    """
    with Watch(request) as watch:
        while not watch.outdated():
            found = watch.build(listener)
            if found.is_told:
                yield found
            watch.wait()


def _state(report: BuildReport | None, error: GraphbuildError | None) -> object:
    """What a round came to: equal where there is nothing new to say."""
    if report is None:
        return error.problems if error is not None else None
    keys = tuple((node_id, node.key, node.outcome.value == "failed") for node_id, node in report.result.nodes.items())
    return report.code, report.model, keys
