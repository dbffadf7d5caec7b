"""A Dask cluster as a build sees it: reached from a thread of its own, in which all of Dask's calls are made.

Keys are drawn by chance and never say what is the same: that is for action keys alone. Whatever happens comes back by
one call, `tell`: an answer, an error, or that the cluster is gone. Nothing here waits without an end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass
from multiprocessing.resource_tracker import ensure_running
from typing import Any

import dask.config
from distributed import Client, LocalCluster

from graphbuild.contract.temporaries import temporary_folder
from graphbuild.contract.waiting import wait
from graphbuild.errors import ClusterError, Problem
from graphbuild.execution.task import Progress, Task
from graphbuild.execution.workers.dask_address import WAIT_VARIABLE, Address
from graphbuild.execution.workers.dask_there import Answer, Terms, perform_there

_CONNECT_S = 10.0
_BEGIN_S = 60.0
"""How long processes of this machine may take to begin."""
_LOOK_S = 2.0
_ANSWER_S = 30.0
"""How long the scheduler may take to say who is there."""
_CLOSE_S = 20.0
_PATIENCE_HINT = f"${WAIT_VARIABLE} is how many seconds are waited; are workers running? `dask worker {{address}}`"


@dataclass(frozen=True)
class Ended:
    """What became of one call: an answer, or the error that Dask has for it."""

    key: str
    answer: Answer | None = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Gone:
    """Nothing will come back any more."""

    problem: Problem


@dataclass(frozen=True)
class WorkerFacts:
    """One worker of the cluster."""

    name: str
    resources: Mapping[str, float]
    memory_limit: int
    """Bytes; 0 for none."""
    peak_bytes: int
    """The most memory that it was seen to have."""


@dataclass(frozen=True)
class Call:
    """A task on its way."""

    key: str
    terms: Terms
    task: Task
    demands: Mapping[str, float]


class Cluster:
    """A connection to a scheduler, or to one of this machine that begins and ends with it. To be closed."""

    def __init__(
        self, address: Address, wait_s: float, tell: Callable[[Ended | Gone], None], progress: Progress
    ) -> None:
        """Raises ClusterError where nobody answers."""
        self._address = address
        self._wait_s = wait_s
        self._tell = tell
        self._progress = progress
        self.workers: Mapping[str, WorkerFacts] = {}
        """By address; those that have gone, too."""
        self.present: frozenset[str] = frozenset()
        self.topic = ""
        self.beat: Callable[[], None] = lambda: None
        """Called every few seconds."""
        self._calls: dict[str, Call] = {}
        self._futures: dict[str, Any] = {}
        self._waiting: set[asyncio.Task[None]] = set()
        self._unable_since: dict[str, float] = {}
        self._is_over = False
        self._error: Problem | None = None
        self._is_ready = threading.Event()
        ensure_running()  # before signals are blocked: it lets them all through when it begins
        self._thread = threading.Thread(target=self._run, name="graphbuild-dask", daemon=True)
        self._thread.start()
        try:
            wait(self._is_ready)
        except BaseException:  # Ctrl-C
            self.close(cancel=True)
            raise
        if self._error is not None:
            self._thread.join(_CLOSE_S)
            raise ClusterError(self._error)

    @property
    def slots(self) -> int:
        """How many tasks can run at a time."""
        return len(self.present)

    def submit(self, call: Call) -> None:
        """Begins a task."""
        self._loop.call_soon_threadsafe(self._submit, call)

    def close(self, *, cancel: bool) -> None:
        """Lets go of the cluster; with `cancel`, tasks that run end at their next step."""
        with contextlib.suppress(RuntimeError, AttributeError):  # the loop has ended by itself, or not begun
            self._loop.call_soon_threadsafe(self._end, cancel)
        self._thread.join(_CLOSE_S)

    # In the thread

    def _run(self) -> None:
        # Processes that begin here do not hear of Ctrl-C, which a terminal tells them all: this one ends them.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        for handler in logging.getLogger("distributed").handlers:
            handler.setLevel(logging.CRITICAL)  # what matters is told as problems
        try:
            asyncio.run(self._main())
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for this thread for ever
            self._fail(f"the connection to Dask failed: {type(error).__name__}: {error}")
        finally:
            self._is_ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._over = asyncio.Event()
        async with contextlib.AsyncExitStack() as stack:
            connecting, over = asyncio.create_task(self._connect(stack)), asyncio.create_task(self._over.wait())
            await asyncio.wait({connecting, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            connecting.cancel()  # where it is not done: nobody waits for it any more
            (error,) = await asyncio.gather(connecting, return_exceptions=True)
            if error is not None:
                said = str(error).partition("\n")[0] or type(error).__name__
                self._fail(f"no Dask scheduler can be reached at {self._address.text}: {said}")
                return
            self._is_ready.set()
            looking = asyncio.create_task(self._keep_looking())
            await self._over.wait()
            looking.cancel()
            for waiting in self._waiting:
                waiting.cancel()
            await asyncio.gather(looking, *self._waiting, return_exceptions=True)
            self._futures.clear()
            with contextlib.suppress(Exception):  # it may be gone
                self._client.unsubscribe_topic(self.topic)  # or the scheduler writes to a client that has gone

    async def _connect(self, stack: contextlib.AsyncExitStack) -> None:
        target: Any = self._address.text
        if self._address.processes:
            target = await asyncio.wait_for(self._begun(stack), _BEGIN_S)
        timeout_s = min(self._wait_s, _CONNECT_S)
        client = Client(target, asynchronous=True, set_as_default=False, timeout=timeout_s, name="graphbuild")
        stack.push_async_callback(_closed, client)
        await asyncio.wait_for(client, timeout_s + _CONNECT_S)
        self._client = client
        # The scheduler drops what it keeps of a client's own topic when that has gone.
        self.topic = client.id
        client.subscribe_topic(self.topic, self._hear)
        await self._look()

    async def _begun(self, stack: contextlib.AsyncExitStack) -> Any:
        """A cluster of this machine."""
        folder = stack.enter_context(temporary_folder())
        stack.enter_context(dask.config.set({"temporary-directory": str(folder)}))  # the scheduler's, too
        cluster = LocalCluster(
            n_workers=self._address.processes,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )
        stack.push_async_callback(_closed, cluster)
        return await cluster

    def _submit(self, call: Call) -> None:
        if self._is_over:
            return
        self._calls[call.key] = call
        future = self._client.submit(
            perform_there,
            call.terms,
            call.key,
            call.task,
            key=call.key,
            pure=False,
            priority=call.task.urgency,
            resources=dict(call.demands) or None,
        )
        self._futures[call.key] = future
        waiting = asyncio.create_task(self._wait_for(call.key, future))
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)

    async def _wait_for(self, key: str, future: Any) -> None:
        try:
            ended = Ended(key, answer=await future)
        except (asyncio.CancelledError, CancelledError):
            if not self._is_over and self._calls.pop(key, None) is not None:
                self._fail(f"the Dask scheduler at {self._address.text} is gone")
            return
        except Exception as error:  # noqa: BLE001 - whatever Dask has to say of it
            ended = Ended(key, error=error)
        self._futures.pop(key, None)
        future.release()
        if self._calls.pop(key, None) is not None and not self._is_over:
            self._tell(ended)

    def _end(self, cancel: bool) -> None:
        self._is_over = True
        if cancel and self._futures:
            ending = asyncio.create_task(self._cancel())
            self._waiting.add(ending)
        else:
            self._over.set()

    async def _cancel(self) -> None:
        try:
            await asyncio.wait_for(self._client.cancel(list(self._futures.values()), force=True), _CONNECT_S)
        except Exception:  # it is gone, then: what it has is of no use to anybody
            logging.getLogger(__name__).debug("cancelling failed", exc_info=True)
        finally:
            self._over.set()

    def _fail(self, what: str, hint: str | None = None) -> None:
        problem = Problem(what, hint=hint or "what had finished is kept; docs/scaling.md")
        if not self._is_ready.is_set():
            self._error = problem
        elif not self._is_over:
            self._is_over = True
            self._tell(Gone(problem))
            self._over.set()

    def _hear(self, event: Any) -> None:
        """Steps that a worker tells of; the scheduler's own news are on the same topic."""
        told = event[1]
        if isinstance(told, Mapping) and not self._is_over:
            for node, done, total, facts in told.get("graphbuild", ()):
                self._progress(node, done, total, facts)

    # Who is there

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            self.beat()
            try:
                await asyncio.wait_for(self._look(), _ANSWER_S)
                await self._look_after_calls()
            except (OSError, TimeoutError):
                self._fail(f"the Dask scheduler at {self._address.text} does not answer")
                return

    async def _look(self) -> None:
        found = await self._client.scheduler.identity()
        known = dict(self.workers)
        for address, one in found["workers"].items():
            memory = int((one.get("metrics") or {}).get("memory") or 0)
            peak = max(memory, known[address].peak_bytes if address in known else 0)
            limit = int(one.get("memory_limit") or 0)
            known[address] = WorkerFacts(str(one["name"]), one.get("resources") or {}, limit, peak)
        self.workers, self.present = known, frozenset(found["workers"])

    async def _look_after_calls(self) -> None:
        """Ends what no worker can run: all of it where there is none, one task where it asks for what nobody has."""
        now = time.monotonic()
        able = {key for key, call in self._calls.items() if self.can_run(call.demands)}
        self._unable_since = {key: self._unable_since.get(key, now) for key in self._calls if key not in able}
        if not self._unable_since or now - min(self._unable_since.values()) < self._wait_s:
            return
        if not self.present:
            hint = _PATIENCE_HINT.format(address=self._address.text)
            self._fail(f"the Dask cluster at {self._address.text} has had no worker for {self._wait_s:g} s", hint)
            return
        for key, since in self._unable_since.items():
            if now - since >= self._wait_s and (call := self._calls.pop(key, None)) is not None:
                await self._client.cancel([self._futures.pop(key)], force=True)
                told = ", ".join(f"{name}={amount:g}" for name, amount in call.demands.items())
                self._tell(Ended(key, error=LookupError(f"no worker has had {told} for {self._wait_s:g} s")))

    def can_run(self, demands: Mapping[str, float]) -> bool:
        """Whether a worker that is there has what is asked for."""
        return any(
            all(self.workers[one].resources.get(name, 0.0) >= amount for name, amount in demands.items())
            for one in self.present
        )


async def _closed(one: Any) -> None:
    """Closes a client or a cluster, whatever state it is in."""
    with contextlib.suppress(Exception):
        await asyncio.wait_for(one.close(timeout=5), _CONNECT_S)
