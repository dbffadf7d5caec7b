"""Command: runs a program over its inputs in a private folder and adopts the one file that it writes.

What the command sees: its inputs as `in_0`, `in_1`, ...; the files that it `reads`, each under its own relative path
(so `sh step.sh` finds the step.sh that the recipe declares); and the variables

    $out   the file to write
    $in    the inputs, then $src
    $src   the files it reads, but for those that the command itself names
    $list  a file with the real paths of $src, one a line

All but the last are names relative to the folder, so that no path of this machine can reach an output. They are
environment variables, so programs that the command starts see them as well. A command that names $list reads so many
files that linking each into the folder would take longer than its work: $src is then not linked. Of the caller's
environment only a few variables are passed on; the option `env` sets more. Knows nothing of the engine.

Anchors: ninja's $in and $out; make, which starts a simple command without a shell (here that halves the cost).
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.errors import BuildFailed, ComponentError, Problem
from graphbuild.general.private_folder import make_folder

_OUT = "out"
_LOG = ".log"
_LIST = ".list"
_PASSED_ON = ("PATH", "HOME", "USER", "TMPDIR", "VIRTUAL_ENV")
_LONGEST_VARIABLE = 100_000
_LINES_SHOWN = 20

_PLAIN = re.compile(r"[\w@%+=:,./ \t-]+", re.ASCII)
_LIST_WORDS = {"$in": "in", "${in}": "in", "$src": "src", "${src}": "src"}
_FILE_VARIABLE = re.compile(r"\$(?:(out|list)\b|\{(out|list)\})")
_FILES = {"out": _OUT, "list": _LIST}
_NAMES_MENTIONED = re.compile(r"[^\s\"'`;|&()<>=]+")
_ONLY_IN_SHELLS = re.compile(
    r"\.|:|\[|alias|break|case|cd|command|continue|echo|eval|exec|exit|export|false|for|getopts|hash|if|kill|local|printf"
    r"|pwd|read|readonly|return|set|shift|test|time|times|trap|true|type|ulimit|umask|unalias|unset|until|wait|while"
)


class Command(Component):
    """Runs a command that makes one file. Output: the bytes of that file."""

    kind = "command"
    waits = True

    @dataclass(frozen=True)
    class Config(Options):
        """What is run, and how."""

        command: str = option("", "The command; it reads $in or $src, or files by name, and writes $out. Required.")
        shell: bool = option(
            True, "Read the command as sh does; false: as plain words, for names that sh would change."
        )
        env: dict[str, str] = option({}, "Environment variables for the command.")

    def apply(self, inputs: Sequence[Blob] = (), source: SourceTree | None = None) -> Blob:
        """Runs the command once.

        Raises ComponentError for a command that cannot be run as it is written, BuildFailed for an exit code other
        than 0 or a missing output.
        """
        line = _read_line(self.config.command, self.config.shell)
        files = source.files if source is not None else {}
        names = [f"in_{number}" for number in range(len(inputs))]
        _check_names(files, names)
        lists = {"src": [path for path in files if path not in line.mentioned]}
        lists["in"] = [*names, *lists["src"]]
        folder = make_folder(sum(len(blob.data) for blob in inputs))
        made: list[str] = []
        try:
            linked = {path: files[path] for path in files if path in line.mentioned} if line.wants_list else files
            _fill(folder, zip(names, inputs, strict=True), linked, made)
            if line.wants_list:
                made.append(_LIST)
                _write_list(folder, [files[path] for path in lists["src"]])
            _run(line, lists, folder, self.config.env)
            return Blob(_read_output(folder, self.config.command))
        finally:
            _remove(folder, made)


@dataclass(frozen=True)
class _Line:
    """A command as it will be started: its words, or None where sh has to read it."""

    command: str
    words: tuple[str, ...] | None
    mentioned: frozenset[str]
    wants_list: bool


@lru_cache(maxsize=4096)
def _read_line(command: str, shell: bool) -> _Line:
    if not command.strip():
        raise ComponentError(Problem("a Command needs the option `command`", hint="with: {command: 'sort $in > $out'}"))
    mentioned = frozenset(name.removeprefix("./") for name in _NAMES_MENTIONED.findall(command))
    wants_list = any("list" in match for match in _FILE_VARIABLE.findall(command))
    return _Line(command, _words(command, shell), mentioned, wants_list)


def _words(command: str, shell: bool) -> tuple[str, ...] | None:
    if not shell:
        return tuple(shlex.split(command))
    words = command.split()
    bare = [_FILE_VARIABLE.sub("", word) for word in words if word not in _LIST_WORDS]
    simple = all(_PLAIN.fullmatch(word) for word in bare if word) and "\n" not in command.strip()
    if not simple or "=" in words[0] or _ONLY_IN_SHELLS.fullmatch(words[0]):
        return None
    return tuple(words)


def _check_names(files: Mapping[str, SourceFile], names: Sequence[str]) -> None:
    taken = files.keys() & {_OUT, _LOG, _LIST, *names}
    if taken:
        raise ComponentError(
            Problem(
                f"a Command cannot read a file named `{min(taken)}`", hint="that name is used for its inputs or output"
            )
        )


def _fill(folder: str, inputs: Iterable[tuple[str, Blob]], files: Mapping[str, SourceFile], made: list[str]) -> None:
    # `made` grows as we go, so that a failure half-way is cleaned up too.
    for name, blob in inputs:
        made.append(name)
        with open(f"{folder}/{name}", "xb", buffering=0) as file:  # noqa: PTH123 - see above
            file.write(blob.data)
    folders: set[str] = set()
    for path, source in files.items():
        parent = path.rpartition("/")[0]
        if parent and parent not in folders:
            os.makedirs(f"{folder}/{parent}", exist_ok=True)  # noqa: PTH103
            folders.add(parent)
        made.append(path)
        os.symlink(os.path.abspath(source.path), f"{folder}/{path}")  # noqa: PTH100, PTH211


def _write_list(folder: str, sources: Iterable[SourceFile]) -> None:
    with open(f"{folder}/{_LIST}", "x", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        file.writelines(f"{os.path.abspath(source.path)}\n" for source in sources)  # noqa: PTH100


def _run(line: _Line, lists: Mapping[str, list[str]], folder: str, extra: Mapping[str, str]) -> None:
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment |= {"LC_ALL": "C", "TZ": "UTC", **_FILES}
    for name, paths in lists.items():
        joined = " ".join(paths)
        if len(joined) < _LONGEST_VARIABLE:
            environment[name] = joined
    environment |= extra
    if line.words is None:
        _check_lists(line.command, lists)
    log = os.open(f"{folder}/{_LOG}", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        status = _wait(_start(line, lists, folder, environment, log))
        if status:
            raise _failed(line.command, status, _tail(log))
    finally:
        os.close(log)


def _check_lists(command: str, lists: Mapping[str, list[str]]) -> None:
    """Refuses what sh could not split again: names with white space, and lists too long for a variable."""
    for name, paths in lists.items():
        if not re.search(rf"\$(?:{name}\b|\{{{name}\}})", command):
            continue
        broken = next((path for path in paths if len(path.split()) != 1), None)
        if broken is not None:
            hint = "name the file in the command, in quotes, or say `shell: false`"
            raise ComponentError(Problem(f"${name} cannot hold `{broken}`: there is white space in it", hint=hint))
        if sum(map(len, paths)) + len(paths) > _LONGEST_VARIABLE:
            hint = "read their paths from $list, as in `xargs cat < $list`"
            raise ComponentError(Problem(f"${name} would be too long with {len(paths)} files", hint=hint))


def _start(
    line: _Line, lists: Mapping[str, list[str]], folder: str, environment: Mapping[str, str], log: int
) -> subprocess.Popen[bytes]:
    in_shell = ["/bin/sh", "-c", line.command]
    words = in_shell if line.words is None else _expand(line.words, lists)
    try:
        return _open(words, folder, environment, log)
    except OSError as error:
        # sh says it best when there is no such program, and it runs scripts that have no #! line.
        if line.words is None:
            raise BuildFailed(Problem(f"cannot start a shell: {error}", facts=(("command", line.command),))) from error
        return _open(["/bin/sh", "-c", '"$0" "$@"', *words], folder, environment, log)


def _open(words: Sequence[str], folder: str, environment: Mapping[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - running what the recipe says is the job
        words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=False
    )


def _expand(words: Sequence[str], lists: Mapping[str, list[str]]) -> list[str]:
    expanded: list[str] = []
    for word in words:
        if word in _LIST_WORDS:
            expanded += lists[_LIST_WORDS[word]]
        else:
            expanded.append(_FILE_VARIABLE.sub(lambda match: _FILES[match[1] or match[2]], word))
    return expanded


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise


def _read_output(folder: str, command: str) -> bytes:
    try:
        with open(f"{folder}/{_OUT}", "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()
    except OSError as error:
        what = "made a folder of `$out`, not a file" if isinstance(error, IsADirectoryError) else "did not write `$out`"
        raise BuildFailed(Problem(f"the command ended well but {what}", facts=(("command", command),))) from error


def _tail(log: int) -> str:
    size = os.lseek(log, 0, os.SEEK_END)
    text = os.pread(log, 1 << 14, max(0, size - (1 << 14))).decode("utf-8", "replace")
    return "\n".join(text.rstrip().splitlines()[-_LINES_SHOWN:])


def _failed(command: str, status: int, said: str) -> BuildFailed:
    how = f"was killed by signal {-status}" if status < 0 else f"failed with exit code {status}"
    said_facts = (("it said", said),) if said else ()
    return BuildFailed(Problem(f"the command {how}", facts=(("command", command), *said_facts)))


def _remove(folder: str, made: Sequence[str]) -> None:
    """Takes the folder away: quickly where it holds just what is expected, thoroughly otherwise."""
    try:
        for name in (*made, _LOG, _OUT):
            os.unlink(f"{folder}/{name}")  # noqa: PTH108
        for parent in sorted({name.rpartition("/")[0] for name in made} - {""}, key=len, reverse=True):
            os.rmdir(f"{folder}/{parent}")  # noqa: PTH106
        os.rmdir(folder)  # noqa: PTH106
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
