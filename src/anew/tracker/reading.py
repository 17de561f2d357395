"""Traces are read back: what each process of a trial did.

Of anew alone: the tracker that is loaded where anew is not installed only writes.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ..records import dataclass
from .records import Draw, Fetched, Parsed
from .trace import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = [
    "Draw", "Fetched", "Parsed", "Program", "SeenFile", "SeenProcess", "read_trace", "read_traces",
]  # fmt: skip

State = tuple[int, int, int, int]


class SeenFile(NamedTuple):
    """A file that a process used in one way.

    Parameters
    ----------
    path
        Absolute and normal; bytes that are no text are surrogates.
    mode
        ``"read"``, ``"write"`` (created, truncated, appended to or updated) or ``"gone"`` (removed
        or renamed away).
    first, last
        When it was first and last used so, in seconds since 1970, UTC.
    state
        Device, inode, size in bytes and time of change in nanoseconds as found at the first use;
        None where there was no file.
    before
        For one that was read: the name, in the trace folder, of a copy of what it held then, made
        just before the program overwrote or removed it; None where it did not, or where the file
        was too large (then the process says so in `SeenProcess.unseen`).
    told
        Whether the program told of it, by ``anew.input`` or ``anew.output``.
    origin
        How it is known, where it was not seen.
    """

    path: str
    mode: str
    first: float
    last: float
    state: State | None
    before: str | None = None
    told: bool = False
    origin: str = ""


@dataclass(frozen=True)
class Program:
    """A program, other than traced Python, that a process started or became.

    Parameters
    ----------
    argv
        Its arguments, with its own name.
    started
        Seconds since 1970, UTC.
    folder
        Its current folder at the start.
    """

    argv: tuple[str, ...]
    started: float
    folder: str = ""


@dataclass(frozen=True)
class SeenProcess:
    """What one process did, as far as it was seen.

    Parameters
    ----------
    pid, parent
        Numbers of the process and of the one that started it.
    argv
        What the interpreter was started with, its name and options too.
    executable, version
        The interpreter.
    folder
        The current folder at the start.
    started, ended
        Seconds since 1970, UTC; None where the end was not seen.
    end
        ``"exit"``, ``"exec"``, ``"_exit"``, or ``""`` for a process that was killed, crashed or is
        still alive: `modules` and `numerics` are empty then.
    files
        In the order of their first use.
    modules
        Imported top-level modules, and all those of the project, with their files (``""``: none).
    arguments, sources, draws
        What the plugins saw.
    programs
        Other programs than traced Python.
    unseen
        What cannot be seen, in words that continue "could not see".
    numerics
        Hash seed, threads and the like, at the end.
    is_forked
        Whether it began as a copy of its parent.
    made
        Folders that it made, and when; those within them only for the steps of another process.
    had
        Folders that were there before and that it removed, and when.
    listed, conditions
        For the steps of another process: folders that it listed, and by path what else counts for
        them, as `anew.watch.conditions` tells.
    code
        The files of `modules` that belong neither to Python nor to a distribution.
    plots
        Figures that were saved: their paths, and the files in the trace folder with their data.
    saved
        Files that were saved by a library's function for results, or by the program's own word.
    """

    pid: int
    parent: int
    argv: tuple[str, ...]
    executable: str
    version: str
    folder: str
    started: float
    ended: float | None
    end: str
    files: tuple[SeenFile, ...]
    modules: dict[str, str]
    arguments: tuple[Parsed, ...]
    sources: tuple[Fetched, ...]
    draws: tuple[Draw, ...]
    programs: tuple[Program, ...]
    unseen: tuple[str, ...]
    numerics: dict[str, Any]
    is_forked: bool = False
    listed: tuple[str, ...] = ()
    made: tuple[tuple[str, float], ...] = ()
    had: tuple[tuple[str, float], ...] = ()
    conditions: tuple[tuple[str, str | None], ...] = ()
    code: tuple[str, ...] = ()
    plots: tuple[tuple[str, str], ...] = ()
    saved: tuple[str, ...] = ()


def read_trace(path: Path) -> SeenProcess:
    """Read what one process did, from its trace; of other processes nothing is known."""
    return _process(_records(path), {}, set())


def read_traces(folder: Path) -> list[SeenProcess]:
    """Read what the processes of a trial did.

    Parameters
    ----------
    folder
        The trace folder.

    Returns
    -------
    list of SeenProcess
        In the order of their start.

    Notes
    -----
    A line that was torn, by a kill or a full disk, is passed over. A process that did nothing that
    is seen after it was forked has no trace.
    """
    try:
        names = sorted(n for n in os.listdir(folder) if n.endswith(SUFFIX))  # noqa: PTH208 - quick
    except OSError:  # it is gone
        names = []
    traces = [_records(folder / name) for name in names]
    kept = [each for records in traces for each in records if each["kind"] == "before"]
    copies = {(each["path"], tuple(each["state"])): each["name"] for each in reversed(kept)}
    traced = {(each[0]["pid"], each[0].get("started", 0.0)) for each in traces}
    found = [_process(records, copies, traced) for records in traces]
    return sorted(found, key=lambda process: process.started)


def _records(path: Path) -> list[dict[str, Any]]:
    """Read the lines of a trace, the first of which tells of the process."""
    told = _parse(path.read_bytes())
    found = [each for each in told if isinstance(each, dict) and "kind" in each]
    if not found or found[0]["kind"] != "process":  # the disk was full from the beginning
        pid, _, started = path.name.removesuffix(SUFFIX).partition("-")
        text = "what came first: the beginning of its trace could not be written"
        found.insert(0, {"kind": "process", "pid": int(pid), "started": int(started) / 1e9})
        found.insert(1, {"kind": "unseen", "text": text})
    return found


def _parse(data: bytes) -> list[Any]:
    """Read the lines that are whole: all at once, unless there is a torn one, which spoils it."""
    lines = list(filter(None, data.split(b"\n")))
    try:
        return list(json.loads(b"[" + b",".join(lines) + b"]"))
    except ValueError:
        return [record for line in lines for record in _parse_line(line)]


def _parse_line(line: bytes) -> list[Any]:
    try:
        return [json.loads(line)]
    except ValueError:
        return []


def _made(kind: Any, by_kind: dict[str, list[dict[str, Any]]]) -> Iterator[Any]:
    """Make what a plugin told into its type; what is written in another way is passed over."""
    for record in by_kind.get(kind.kind, ()):
        try:
            yield kind.from_record(record)
        except (KeyError, TypeError, ValueError):
            continue


def _process(
    records: list[dict[str, Any]],
    copies: dict[tuple[str, State], str],
    traced: set[tuple[int, float]],
) -> SeenProcess:
    first = records[0]
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        by_kind.setdefault(record["kind"], []).append(record)
    ends = by_kind.get("end", [])
    end = ends[-1] if ends else None
    if end is not None and end["how"] == "exec" and _went_on(records):
        end = None
    return SeenProcess(
        pid=first["pid"],
        parent=first.get("parent", 0),
        argv=tuple(first.get("argv", ())),
        executable=first.get("executable", ""),
        version=first.get("version", ""),
        folder=first.get("folder", ""),
        started=first.get("started", 0.0),
        ended=end["at"] if end else None,
        end=end["how"] if end else "",
        files=tuple(_files(by_kind, copies)),
        modules=by_kind["modules"][-1]["files"] if "modules" in by_kind else {},
        arguments=tuple(_made(Parsed, by_kind)),
        sources=tuple(_made(Fetched, by_kind)),
        draws=tuple(_made(Draw, by_kind)),
        programs=tuple(_programs(by_kind.get("program", ()), first, traced)),
        unseen=tuple(_unseen(by_kind, end)),
        numerics=by_kind["numerics"][-1]["values"] if "numerics" in by_kind else {},
        is_forked=first.get("forked", False),
        listed=tuple(each["path"] for each in by_kind.get("listed", ())),
        made=tuple((each["path"], each["at"]) for each in by_kind.get("made", ())),
        had=tuple((each["path"], each["at"]) for each in by_kind.get("had", ())),
        conditions=tuple((r["path"], r["condition"]) for r in by_kind.get("condition", ())),
        code=tuple(by_kind["modules"][-1].get("code", ())) if "modules" in by_kind else (),
        plots=tuple((each["path"], each["name"]) for each in by_kind.get("plot", ())),
        saved=tuple(_saved(by_kind)),
    )


def _saved(by_kind: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """List what was saved, or said to be an output."""
    yield from (each["path"] for each in by_kind.get("saved", ()))
    yield from (each["path"] for each in by_kind.get("told", ()) if each["mode"] == "write")


def _went_on(records: list[dict[str, Any]]) -> bool:
    """Tell whether the program that a process was to become could not be started."""
    return bool(records[-1]["kind"] != "end")


def _files(
    by_kind: dict[str, list[dict[str, Any]]], copies: dict[tuple[str, State], str]
) -> Iterator[SeenFile]:
    """Bring together what is told of each file and mode."""
    lasts = {
        (r["mode"], path): at for r in by_kind.get("lasts", ()) for path, at in r["files"].items()
    }
    told = {(each["mode"], each["path"]) for each in by_kind.get("told", ())}
    uses: dict[tuple[str, str], dict[str, Any]] = {}
    ends: dict[tuple[str, str], float] = {}
    for record in by_kind.get("file", ()):
        key, at = (record["mode"], record["path"]), record["at"]
        if uses.setdefault(key, record) is not record or key in lasts:
            ends[key] = max(at, lasts.get(key, 0.0))
    for key, record in uses.items():
        mode, path = key
        state = tuple(record["state"]) if record["state"] else None
        before = copies.get((path, state)) if copies and state and mode == "read" else None
        first = record["at"]
        yield SeenFile(path, mode, first, ends.get(key, first), state, before, key in told)


def _programs(
    records: list[dict[str, Any]] | tuple[()], first: dict[str, Any], traced: set[tuple[int, float]]
) -> Iterator[Program]:
    """List the programs but for those that turned out to be Python with a trace of its own."""
    started = dict(sorted(traced))  # the last one, where a number came again
    for record in records:
        pid = record["pid"]
        since = first.get("started", 0.0) if pid == first["pid"] else record["at"] - 1.0
        if pid is None or started.get(pid, 0.0) <= since:
            yield Program(tuple(record["argv"]), record["at"], record.get("folder", ""))


def _unseen(by_kind: dict[str, list[dict[str, Any]]], end: dict[str, Any] | None) -> Iterator[str]:
    """Say what the process could not see."""
    yield from (each["text"] for each in by_kind.get("unseen", ()))
    if end is not None and end.get("dropped"):
        yield f"{end['dropped']} events: they could not be written into the trace"
