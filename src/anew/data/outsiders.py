"""What programs did that nobody could look into: told by their command lines and the project."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.code.secrets import is_source
from anew.data.births import find_made
from anew.data.scan import find_changed
from anew.records import replace
from anew.stamps.sidecar import is_sidecar
from anew.tracker.places import is_ignored
from anew.tracker.reading import SeenFile, SeenProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from anew.code.entries import Entry
    from anew.data.keep import Place
    from anew.tracker.reading import Program

__all__ = ["FOUND", "find_outsiders", "look_outside", "make_process"]

FOUND: Final = "found by a look at the project before and after"
"""The origin of a file that was not seen to be written."""

_PROBES: Final = frozenset(
    {"getconf", "hostname", "ldconfig", "lscpu", "nproc", "nvidia-smi", "uname", "which", "whoami"}
)
"""Programs that Python's and other libraries start to look at the machine: they use no data."""

_PROBES_OF_GIT: Final = frozenset({"branch", "config", "describe", "log", "rev-parse", "status"})

_OF_SHELL: Final = frozenset(" \t\n<>|&;()")
_SPLIT: Final = str.maketrans(dict.fromkeys("<>|&;()", " "))
_UNQUOTED: Final = str.maketrans("'\"", "  ")
_STREAMS: Final = (1, 2)


def find_outsiders(processes: Iterable[SeenProcess]) -> list[Program]:
    """List the programs whose files nobody saw.

    Parameters
    ----------
    processes
        What was seen.

    Returns
    -------
    list of Program
        None of them where strace, whose processes have no interpreter, saw all.
    """
    processes = list(processes)
    if any(process.pid and not process.executable for process in processes):
        return []
    programs = (each for process in processes for each in process.programs)
    return [each for each in programs if each.argv and not _is_probe(each)]


def _is_probe(program: Program) -> bool:
    """Tell a program that only looks at the machine or the repository."""
    name = _name(program)
    return name in _PROBES or (name == "git" and not _PROBES_OF_GIT.isdisjoint(program.argv[1:2]))


def look_outside(
    processes: Iterable[SeenProcess],
    place: Place,
    since_ns: int,
    entries: Callable[[], Mapping[str, Entry]],
    others: Callable[[], set[str]] = set,
) -> SeenProcess | None:
    """Tell what such programs read and wrote in the project, as far as that shows afterwards.

    Parameters
    ----------
    processes
        What was seen, at least one program of which nobody saw the files.
    place
        Where the project is.
    since_ns
        When the trial began, as the clock of the file system tells it.
    entries
        Gives what the snapshot knows of the project's files, by relative path.
    others
        Gives the absolute paths of what other trials wrote meanwhile.

    Returns
    -------
    SeenProcess or None
        One that wrote what is new or changed and was not seen to be written, and read what is named
        on a command line and did not change. None when the project has too many files.
    """
    processes = list(processes)
    changed = find_changed(place.root, since_ns, store=place.own[0])
    if changed is None:
        return None
    written = {f.path for p in processes for f in p.files if f.mode == "write"}
    if changed.keys() - written:  # the tracker names a file by the links that led to it
        written |= {os.path.realpath(path) for path in written - changed.keys()}
    known = entries() if changed.keys() - written else {}
    written |= others() if changed.keys() - written else set()
    start = f"{place.root}{os.sep}"
    outputs = [
        SeenFile(path, "write", found.st_ctime, found.st_ctime, None, origin=FOUND)
        for path, found in changed.items()
        if path not in written
        and not _is_no_data(path, found)
        and not _is_as_known(path.removeprefix(start), found, known)
    ]
    used = {f.path for p in processes for f in p.files} | changed.keys()
    inputs = {
        path: _read(path, program)
        for program in reversed(find_outsiders(processes))  # the first that names it counts
        for path in _named(program, start)
        if path.startswith(start) and path not in used and not is_ignored(path)
    }
    found = make_process(files=(*outputs, *(each for each in inputs.values() if each)))
    made = find_made((each.path for each in outputs), str(place.root), since_ns)
    return replace(found, made=tuple((folder, since_ns / 1e9) for folder in made))


def make_process(  # noqa: PLR0913 - all that can be known from outside
    pid: int = 0,
    argv: tuple[str, ...] = (),
    *,
    times: tuple[float, float | None] = (0.0, None),
    files: Iterable[SeenFile] = (),
    programs: tuple[Program, ...] = (),
    unseen: tuple[str, ...] = (),
) -> SeenProcess:
    """Write down what is known of a process from outside, as the tracker does.

    Parameters
    ----------
    pid, argv
        Its number, 0 where that is not known, and its command line.
    times
        When it began and ended, in UTC seconds.
    files, programs, unseen
        As of `SeenProcess`.
    """
    return SeenProcess(
        pid=pid,
        parent=0,
        argv=argv,
        executable="",
        version="",
        folder=os.getcwd(),  # noqa: PTH109 - text
        started=times[0],
        ended=times[1],
        end="",
        files=tuple(files),
        modules={},
        arguments=(),
        sources=(),
        draws=(),
        programs=programs,
        unseen=unseen,
        numerics={},
    )


def _is_no_data(path: str, found: os.stat_result) -> bool:
    """Tell caches, stamps, and what is but the output of the program, from what it wrote."""
    is_other = path.endswith(".pyc") or is_sidecar(path)
    return is_ignored(path) or is_other or _is_stream(found)


def _is_stream(found: os.stat_result) -> bool:
    """Tell whether a file is where our own output goes to."""
    for number in _STREAMS:
        try:
            if os.path.samestat(os.fstat(number), found):
                return True
        except OSError:  # a stream that is closed
            continue
    return False


def _is_as_known(name: str, found: os.stat_result, known: Mapping[str, Entry]) -> bool:
    """Tell a file that only got other rights, and source code, which people edit meanwhile."""
    if name not in known:
        return False
    mark = known[name][0]
    return is_source(name) or (mark[0], mark[2], mark[3]) == (
        found.st_mtime_ns,
        found.st_size,
        found.st_ino,
    )


def _named(program: Program, start: str) -> Iterator[str]:
    """List the paths that a command line may name; links into the project are followed."""
    first, *rest = program.argv
    for word in [*([first] if os.sep in first else []), *rest]:
        for part in dict.fromkeys((word, word.partition("=")[2], *_words(word))):
            path = os.path.normpath(os.path.join(program.folder, part))  # noqa: PTH118 - text
            yield path if path.startswith(start) or "\0" in path else os.path.realpath(path)


def _words(word: str) -> list[str]:
    """Split what may be a command for a shell."""
    if _OF_SHELL.isdisjoint(word):
        return []
    try:
        parts = shlex.split(word)
    except ValueError:  # a quote that is not closed
        parts = word.translate(_UNQUOTED).split()
    return [*parts, *(each for part in parts for each in part.translate(_SPLIT).split())]


def _read(path: str, program: Program) -> SeenFile | None:
    """Tell of a file as it is, and was before: it did not change."""
    try:
        found = os.stat(path)  # noqa: PTH116 - bytes that are no text
    except (OSError, ValueError):
        return None
    state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
    origin = f"named on the command line of {_name(program)}"
    return SeenFile(path, "read", program.started, program.started, state, origin=origin)


def _name(program: Program) -> str:
    return Path(program.argv[0]).name
