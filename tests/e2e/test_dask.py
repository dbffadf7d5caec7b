"""Builds on a Dask cluster of real processes: one scheduler, three workers, whatever happens to them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.errors import ClusterError, ExitCode, UsageError
from graphbuild.execution.checkpointing import VARIABLE as CHECKPOINT_EVERY
from graphbuild.execution.events import BuildStarted, NodeProgress
from graphbuild.session import BuildRequest
from graphbuild.store.checkpoints import FOLDER as CHECKPOINTS
from tests.checkpoint_toys import FAULT_VARIABLE
from tests.conftest import ROOT, Workspace, digest_of
from tests.e2e.clusters import Cluster, until
from tests.toys import LOG_VARIABLE, calls

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  loud:  {uses: "tests.toys:Concat", needs: {texts: read}, with: {tag: loud, separator: " "}}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: read, text: loud}, with: {tag: know}}
  slow:  {uses: "tests.toys:SlowCommand", needs: {text: loud}, with: {tag: slow}}
  seed:  {uses: "tests.toys:Seeded", with: {tag: seed}}
  talk:  {uses: "tests.toys:Talk", with: {tag: talk}}
  told:  {uses: "tests.toys:CountCalls", needs: {values: [know, slow]}, with: {tag: told}}
targets: {model: [told, seed, talk]}
"""
ONE = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: one}}
  held:  {uses: "tests.toys:%s", needs: {text: one}, with: {tag: held, %s: "%s"}}
  after: {uses: "tests.toys:Upper", needs: {text: held}, with: {tag: after}}
"""
TRAINING = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  sums: {uses: "tests.checkpoint_toys:Adds", needs: {text: read}, with: {tag: sums}}
targets: {model: [sums]}
"""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that nothing happens to."""
    folder = tmp_path_factory.mktemp("cluster")
    made = Cluster(folder, folder / "log", "w0", "w1", "w2")
    yield made
    made.close()


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler: tests bring the workers."""
    folder = tmp_path_factory.mktemp("bare")
    made = Cluster(folder, folder / "log")
    yield made
    made.close()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster of one test, of three workers."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    made = Cluster(folder, tmp_path / "log", "w0", "w1", "w2")
    yield made
    made.close()


def running(workspace: Workspace) -> list[str]:
    """The workers that are at an action just now, or died in it."""
    lines = []
    for file in workspace.store.glob("meetings/*/*"):
        if file.name != "build":
            lines += file.read_text().splitlines()
    return lines


def begin(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    for number in range(6):
        workspace.write(f"data/{number}.txt", f"word{number % 3} and")


def test_a_cluster_gives_the_results_of_one_process(workspace: Workspace, three: Cluster, tmp_path: Path) -> None:
    begin(workspace)
    report = workspace.build(dask=three.address)
    assert report.code is ExitCode.DONE, report.problems
    outputs = {name: node.outputs for name, node in report.result.nodes.items()}
    assert [event.jobs for event in workspace.events if isinstance(event, BuildStarted)] == [3]
    assert [event.facts for event in workspace.events if isinstance(event, NodeProgress)] == [{"examples": 6.0}]
    performed = {name: node.performed for name, node in report.result.nodes.items() if node.performed is not None}
    assert {(one.worker or "")[:6] for name, one in performed.items() if "read" not in name} <= {
        *("w0 at ", "w1 at ", "w2 at ")
    }
    assert {one.worker for name, one in performed.items() if "read" in name} == {None}
    talk = performed[next(name for name in performed if name.startswith("talk"))]
    assert talk.said is not None
    assert "hello on output" in talk.said
    assert "hello from a thread" in talk.said
    assert not list((workspace.store / "meetings").iterdir())
    alone = Workspace(tmp_path / "alone")
    begin(alone)
    other = alone.build()
    assert {name: node.outputs for name, node in other.result.nodes.items()} == outputs
    assert workspace.build(dask=three.address).up_to_date
    # What was known to be short runs in this process.
    assert workspace.build(dask=three.address, force=True).result.diverged == ()


def test_an_assistant_is_the_same_package(three: Cluster, tmp_path: Path) -> None:
    made = []
    for name, address in (("alone", None), ("cluster", three.address)):
        project = tmp_path / name
        shutil.copytree(ROOT / "recipes/sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
        report = build(BuildRequest(project, "recipe:light", targets=("nlu",), dask=address))
        assert report.model is not None, report.problems
        made.append(report.model.read_bytes())
    assert made[0] == made[1]


OTHER_MACHINE = """
hostname elsewhere
mount --bind {boot} /proc/sys/kernel/random/boot_id
mount -t tmpfs none {project}
exec "$@"
"""


def test_two_machines_on_one_folder(workspace: Workspace, bare: Cluster, tmp_path: Path) -> None:
    """A worker with another name, other processes, and nothing of the project: the store's folder is all they share."""
    begin(workspace)
    boot = tmp_path / "boot"
    boot.write_text("another one\n")
    script = OTHER_MACHINE.format(boot=boot, project=workspace.project)
    within = ("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-ec")
    if subprocess.run([*within, script, "sh", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make another one of a part of it (unshare)")
    store = tmp_path / "shared"
    with bare.worker("elsewhere", within=(*within, script, "sh")):
        report = workspace.build(dask=bare.address, store=store)
        assert report.code is ExitCode.DONE, report.problems
        performed = [node.performed for node in report.result.nodes.values() if node.performed is not None]
        assert sum((one.worker or "").startswith("elsewhere at ") for one in performed) == 7
        until(lambda: not list((store / "leases").iterdir()))
    assert workspace.build(store=store).up_to_date
    alone = workspace.build()
    assert {name: node.outputs for name, node in alone.result.nodes.items()} == {
        name: node.outputs for name, node in report.result.nodes.items()
    }


def test_workers_let_go_of_what_a_build_relied_on(workspace: Workspace, three: Cluster) -> None:
    begin(workspace)
    assert workspace.build(dask=three.address).code is ExitCode.DONE
    until(lambda: not list((workspace.store / "leases").iterdir()))


def test_a_worker_that_dies_is_replaced_by_another(workspace: Workspace, cluster: Cluster, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    workspace.recipe(ONE % ("Slow", "gate", gate))
    started = workspace.start("build", "--dask", cluster.address)
    until(lambda: "Slow.apply held" in calls(workspace.log))
    first = running(workspace)[0]
    gate.unlink()  # whoever begins next does not wait
    cluster.workers[first[:2]].kill()
    out, err = started.communicate(timeout=60)
    assert started.returncode == 0, err
    assert sorted(calls(workspace.log)) == [
        *("Constant.apply one", "Slow.apply held", "Slow.apply held", "Upper.apply after")
    ]
    assert "3 ran" in out
    assert workspace.value(workspace.build(), "after") == "ONE"


def test_a_training_whose_worker_dies_goes_on_at_another(workspace: Workspace, bare: Cluster) -> None:
    workspace.write("a.txt", "four")
    workspace.recipe(TRAINING)
    every = {CHECKPOINT_EVERY: "0", LOG_VARIABLE: str(workspace.log)}
    breaks = bare.begin("breaks", **every, **{FAULT_VARIABLE: "kill 7"})
    started = workspace.start("build", "--dask", bare.address)
    assert breaks.wait(timeout=60) == -signal.SIGKILL
    with bare.worker("lasts", **every):
        out, err = started.communicate(timeout=60)
    assert started.returncode == 0, err
    # The last checkpoint may have been half-written when it died.
    taken = [int(line.split()[1]) for line in calls(workspace.log) if line.startswith("Adds.step")]
    assert taken[7:] in ([7, 8, 9, 10], [8, 9, 10])
    assert f"goes on from epoch {taken[7] - 1} of 10" in out
    assert not list((workspace.store / CHECKPOINTS).glob("*/*"))
    first = digest_of(workspace.build(), "sums:train", "state")
    assert digest_of(workspace.build(force=True), "sums:train", "state") == first


def test_a_node_that_kills_two_workers_is_given_up(workspace: Workspace, cluster: Cluster, tmp_path: Path) -> None:
    when = tmp_path / "when"
    when.touch()
    workspace.recipe(ONE % ("Crash", "when", when))
    ran = workspace.run("build", "--dask", cluster.address)
    assert ran.returncode == 1
    assert "2 workers were lost while they ran it" in ran.stderr
    assert "held:apply" in ran.stderr
    dead = [name for name, process in cluster.workers.items() if process.poll() is not None]
    assert len(dead) == 2
    assert all(f"{name} at tcp://127.0.0.1:" in ran.stderr for name in dead)
    assert "last seen with" in ran.stderr
    # What had finished is kept, and the last worker still works.
    when.unlink()
    again = workspace.run("build", "--dask", cluster.address)
    assert "2 ran, 1 reused" in again.stdout, again.stdout + again.stderr


def test_a_scheduler_that_dies_ends_the_build_and_keeps_what_had_finished(
    workspace: Workspace, cluster: Cluster, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    workspace.recipe(ONE % ("Slow", "gate", gate))
    started = workspace.start("build", "--dask", cluster.address)
    until(lambda: "Slow.apply held" in calls(workspace.log))
    cluster.kill_scheduler()
    _, err = started.communicate(timeout=60)
    assert started.returncode == 1
    assert f"the Dask scheduler at {cluster.address} is gone" in err
    assert "Traceback" not in err
    assert not list((workspace.store / "locks").glob("*"))
    gate.unlink()
    workspace.expect("held", "after")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_what_runs_on_the_cluster_ends_with_the_build(
    workspace: Workspace, three: Cluster, tmp_path: Path, number: signal.Signals
) -> None:
    told = tmp_path / "told"
    steps(workspace, told)
    started = workspace.start("build", "--dask", three.address)
    until(lambda: running(workspace))
    for process in three.workers.values():
        opened = [one.readlink().name for one in Path(f"/proc/{process.pid}/fd").iterdir() if one.is_symlink()]
        assert not [name for name in opened if "sqlite" in name], "SQLite's log is for one machine"
    started.send_signal(number)
    _, err = started.communicate(timeout=60)
    assert started.returncode == (130 if number == signal.SIGINT else -number), err
    assert "Traceback" not in err
    until(told.exists)
    # The lease of who was killed is swept by the next build.
    mine = {file for file in workspace.store.glob("leases/*") if f'"pid": {started.pid},'.encode() in file.read_bytes()}
    until(lambda: not set(workspace.store.glob("leases/*")) - mine)
    assert bool(list(workspace.store.glob("meetings/*"))) == (number == signal.SIGKILL)


@pytest.mark.parametrize("is_long", [False, True], ids=["steps", "no steps"])
def test_ctrl_c_in_a_terminal_ends_a_cluster_of_this_machine(
    workspace: Workspace, tmp_path: Path, is_long: bool
) -> None:
    """A terminal tells all processes of the command at once."""
    if is_long:
        gate = tmp_path / "gate"
        os.mkfifo(gate)
        workspace.recipe(ONE % ("Slow", "gate", gate))
    else:
        steps(workspace, tmp_path / "told")
    words = workspace.command("build", "--dask", "local:2")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = workspace.environment({})
    with subprocess.Popen(words, env=environment, start_new_session=True, text=True, **pipes) as started:
        until(lambda: "Slow.apply held" in calls(workspace.log) if is_long else running(workspace))
        os.killpg(started.pid, signal.SIGINT)
        _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (130, "")
    until(lambda: not members(started.pid))


def steps(workspace: Workspace, told: Path) -> None:
    """A long action, which makes a file when it ends."""
    workspace.write("steps.py", STEPS)
    workspace.recipe(f'nodes: {{on: {{uses: "steps:Steps", with: {{told: "{told}"}}}}}}')


def members(group: int) -> list[int]:
    """The processes of a group."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                found.append(int(file.parent.name))
    return found


STEPS = """
import time
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class Steps(Component):
    @dataclass(frozen=True)
    class Config(Options):
        told: str = option("", "A file that is made when this ends.", display_only=True)

    def apply(self) -> JsonValue:
        try:
            for step in range(10**6):
                self.context.progress(step, 10**6, {"loss": 1.0})
                time.sleep(0.01)
        finally:
            Path(self.config.told).touch()
        return JsonValue(None)
"""
OWN = """
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component


class Own(Component):
    def apply(self) -> JsonValue:
        return JsonValue({value})
"""


def test_a_worker_with_other_code_is_refused(workspace: Workspace, bare: Cluster, tmp_path: Path) -> None:
    """A component of a package that is installed: the worker's is another one."""
    for name, value in (("here", 1), ("there", 2)):
        package = tmp_path / name / "mine"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "parts.py").write_text(OWN.format(value=value))
    workspace.recipe('nodes: {own: {uses: "mine.parts:Own"}}')
    with bare.worker("other", PYTHONPATH=f"{ROOT}:{tmp_path / 'there'}"):
        ran = workspace.run("build", "--dask", bare.address, PYTHONPATH=f"{ROOT}:{tmp_path / 'here'}")
        assert ran.returncode == 1
        assert "the worker other at tcp://127.0.0.1:" in ran.stderr
        assert "is refused: other code or versions than those of the build" in ran.stderr
        assert "another `mine.parts`" in ran.stderr
        # The file is mended, but the process has the old code loaded.
        (tmp_path / "there/mine/parts.py").write_text(OWN.format(value=1))
        again = workspace.run("build", "--dask", bare.address, PYTHONPATH=f"{ROOT}:{tmp_path / 'here'}")
        assert "`mine.parts` was changed after this worker had loaded it" in again.stderr
        assert again.returncode == 1


def test_a_worker_that_sees_another_store_is_refused(workspace: Workspace, bare: Cluster, tmp_path: Path) -> None:
    """The same path is another folder there, as it would be on another machine."""
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    for name in ("here", "there", "nowhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "there/store").mkdir()
    words = workspace.command("--store", "/proc/self/cwd/store", "build", "--dask", bare.address)
    for name, said in (("there", "another folder under the path of the store"), ("nowhere", "no such folder as")):
        with bare.worker(name, cwd=tmp_path / name):
            ran = subprocess.run(
                words,
                cwd=tmp_path / "here",
                env=workspace.environment({}),
                capture_output=True,
                text=True,
                check=False,
            )
        assert ran.returncode == 1
        assert said in ran.stderr
        assert "--store DIR" in ran.stderr


def test_nobody_answers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    monkeypatch.setenv("GRAPHBUILD_DASK_WAIT", "1")
    with pytest.raises(ClusterError, match=r"no Dask scheduler can be reached at tcp://127.0.0.1:9"):
        workspace.build(dask="127.0.0.1:9")
    assert not list(workspace.store.glob("meetings/*"))


def test_ctrl_c_while_a_cluster_begins(workspace: Workspace, tmp_path: Path) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    started = workspace.start("build", "--dask", "local:2", TMPDIR=str(scratch))
    until(lambda: list(scratch.iterdir()))
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert started.returncode == 130, err
    assert "Traceback" not in err
    assert not list(scratch.iterdir())
    assert not list(workspace.store.glob("meetings/*"))


def test_a_cluster_without_workers_is_not_waited_for_without_end(
    workspace: Workspace, bare: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    monkeypatch.setenv("GRAPHBUILD_DASK_WAIT", "1")
    with pytest.raises(ClusterError, match="has had no worker for 1 s"):
        workspace.build(dask=bare.address)


def test_what_no_worker_has_is_not_waited_for_without_end(
    workspace: Workspace, three: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.write("big.py", BIG)
    workspace.recipe('nodes: {gpu: {uses: "big:Gpu"}, one: {uses: "tests.toys:Constant"}}')
    monkeypatch.setenv("GRAPHBUILD_DASK_WAIT", "1")
    report = workspace.build(dask=three.address, keep_going=True)
    assert report.code is ExitCode.FAILED
    assert "no worker has had GPU=1 for 1 s" in report.problems[0].what
    assert digest_of(report, "one")
    workspace.recipe('nodes: {huge: {uses: "big:Huge"}}')
    report = workspace.build(dask=three.address)
    assert report.problems[0].what == "no worker of the cluster has the memory that it needs"


BIG = """
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Resources


class Gpu(Component):
    @classmethod
    def resources(cls, config, operation):
        return Resources(gpus=1)

    def apply(self) -> JsonValue:
        return JsonValue(1)


class Huge(Gpu):
    @classmethod
    def resources(cls, config, operation):
        return Resources(memory=1 << 60)
"""


def test_a_worker_with_what_is_asked_for_gets_it(workspace: Workspace, three: Cluster) -> None:
    workspace.write("big.py", BIG)
    workspace.recipe('nodes: {gpu: {uses: "big:Gpu"}}')
    with three.worker("strong", "--resources", "GPU=1"):
        report = workspace.build(dask=three.address)
    assert report.code is ExitCode.DONE, report.problems
    performed = report.result.nodes[next(iter(report.result.nodes))].performed
    assert performed is not None
    assert (performed.worker or "").startswith("strong at ")


def test_a_cluster_of_this_machine_begins_and_ends_with_the_build(workspace: Workspace, tmp_path: Path) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    ran = workspace.run("build", "--dask", "local:2", TMPDIR=str(scratch), PYTHONWARNINGS="error")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    assert "3 ran" in ran.stdout
    assert not list(scratch.iterdir())


def test_jobs_and_a_cluster_do_not_go_together(workspace: Workspace) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    ran = workspace.run("build", "--dask", "local:2", "--jobs", "2")
    assert ran.returncode == 2
    assert "--dask and --jobs do not go together" in ran.stderr
    with pytest.raises(UsageError, match="--dask and --jobs"):
        workspace.build(dask="local:2", jobs=2)


@pytest.mark.parametrize(
    "text", ["local:0", "local:1025", "local:x", "http://host:1", "host", "tcp://host", "tcp://host:0", "a b:1"]
)
def test_an_address_that_is_none_is_refused(workspace: Workspace, text: str) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    with pytest.raises(UsageError, match=r"no address of a Dask scheduler|how many processes, 1 to 1024"):
        workspace.build(dask=text)


def test_the_environment_and_the_settings_name_a_cluster(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    workspace.write("graphbuild.toml", '[dask]\naddress = "local:none"\n')
    with pytest.raises(UsageError, match="local:none"):
        workspace.build()
    monkeypatch.setenv("GRAPHBUILD_DASK", "local:never")
    with pytest.raises(UsageError, match="local:never"):
        workspace.build()
    monkeypatch.setenv("GRAPHBUILD_DASK", "")
    workspace.expect("one", "held", "after")
    workspace.write("graphbuild.toml", "[dask]\nadress = 1\n")
    monkeypatch.delenv("GRAPHBUILD_DASK")
    with pytest.raises(UsageError, match=r"\[dask\] in graphbuild.toml"):
        workspace.build(force=True)


def test_dask_is_loaded_for_who_asks_for_it_alone(workspace: Workspace) -> None:
    workspace.recipe(ONE % ("Slow", "gate", "nowhere"))
    workspace.expect("one", "held", "after")
    code = (
        "import sys\nfrom graphbuild.cli.main import main\n"
        "try:\n    main()\nfinally:\n    print('distributed' in sys.modules, file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "-C", str(workspace.project), "build", "--dask", "local:2"]
    ran = subprocess.run(words, env=workspace.environment({}), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "False\n")
