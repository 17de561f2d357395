"""Files that any program opens, seen by ``strace``: how to start it, and what it wrote down.

References
----------
strace(1): ``-D`` traces from a process beside the program, which stays our child; ``-xx`` writes
all text as hexadecimal bytes; ``-y`` names the file behind each descriptor.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Final

from anew.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["Traced", "find_strace", "read_log", "wait_for_log"]

_CALLS: Final = (
    "open,openat,openat2,creat,truncate,rename,renameat,renameat2,unlink,unlinkat,"
    "link,linkat,symlink,symlinkat,execve,execveat,chdir"
)
_OPTIONS: Final = ("-f", "-DDD", "-qq", "-y", "-xx", "-s", "4096", "-ttt")
_PATIENCE_S: Final = 5.0

_LINE: Final = re.compile(r"(?P<pid>\d+)\s+(?P<time>\d+\.\d+) (?P<rest>.*)")
_CALL: Final = re.compile(
    r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)(?:<(?P<place>[^>]*)>)?"
)
_RESUMED: Final = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)")
_WORD: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FOLDER: Final = re.compile(r"(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>, \"((?:\\x[0-9a-f]{2})*)\"")
_WRITING: Final = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)\b")


@dataclass
class Traced:
    """What one process was seen to do.

    Parameters
    ----------
    pid
        Its number.
    argv
        The program that it was last.
    started
        Of its first call, in UTC seconds.
    folder
        The folder that it is in.
    files
        First and last use by path and mode: ``read``, ``write`` or ``gone``.
    """

    pid: int
    argv: tuple[str, ...] = ()
    started: float = 0.0
    folder: str = ""
    files: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def use(self, path: str, mode: str, when: float) -> None:
        """Note a use."""
        first, _ = self.files.get((path, mode), (when, when))
        self.files[path, mode] = first, when


def find_strace(log: Path) -> tuple[list[str], str]:
    """Give the words to put before a command; none when it cannot be, and why.

    Parameters
    ----------
    log
        The file that strace is to write.

    Returns
    -------
    words : list of str
    problem : str
        Empty when it can.
    """
    if shutil.which("strace") is None:
        return [], "strace is not installed"
    problem = ""
    for filters in (("--seccomp-bpf",), ()):  # later than strace 5.3, and much faster
        words = ["strace", *_OPTIONS, *filters, "-e", f"trace={_CALLS}"]
        tried = subprocess.run(
            [*words, "-o", os.devnull, "--", "true"], capture_output=True, text=True, check=False
        )
        if tried.returncode == 0 and not tried.stderr:
            return [*words, "-o", os.fspath(log), "--"], ""
        problem = (tried.stderr.strip() or "it failed").splitlines()[0]
    return [], f"strace may not be used here: {problem}"


def wait_for_log(log: Path) -> None:
    """Wait until strace, which is no child of ours, has written its last line.

    Parameters
    ----------
    log
        The file that it writes.
    """
    end = time.monotonic() + _PATIENCE_S
    size = -1
    while time.monotonic() < end:
        if not _is_written(log):
            return
        before, size = size, log.stat().st_size if log.exists() else 0
        time.sleep(0.01 if before != size else 0.05)


def _is_written(log: Path) -> bool:
    """Tell whether a process has a file open, as far as we may see."""
    place = os.fspath(log.resolve())
    return any(place in _open_files(each) for each in _list("/proc") if each.isdecimal())


def _open_files(process: str) -> list[str]:
    """List the files that a process has open, as far as we may see."""
    folder = f"/proc/{process}/fd"
    try:
        return [os.readlink(f"{folder}/{file}") for file in _list(folder)]  # noqa: PTH115
    except OSError:
        return []


def _list(folder: str) -> list[str]:
    return [each.name for each in os.scandir(folder)]


def read_log(log: Path, folder: str) -> list[Traced]:
    """Read what strace wrote down.

    Parameters
    ----------
    log
        The file.
    folder
        The folder in which the program was started.

    Returns
    -------
    list of Traced
        In the order of their first calls. What failed is left out.
    """
    found: dict[int, Traced] = {}
    try:
        text = log.open(encoding="ascii", errors="replace")
    except OSError:
        return []
    with text:
        for pid, when, call in _join_lines(text):
            process = found.setdefault(pid, Traced(pid, started=when, folder=folder))
            _note_call(process, call, when)
    return list(found.values())


def _join_lines(lines: Iterable[str]) -> Iterator[tuple[int, float, str]]:
    """Give process, time and text of each call, those in two pieces put together."""
    begun: dict[str, str] = {}
    for line in lines:
        if not (parts := _LINE.match(line.rstrip("\n"))):
            continue
        pid, rest = parts["pid"], parts["rest"]
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := _RESUMED.match(rest):
            rest = begun.pop(pid, "") + resumed["rest"]
        yield int(pid), float(parts["time"]), rest


def _note_call(process: Traced, text: str, when: float) -> None:
    """Note what a call that succeeded did."""
    call = _CALL.match(text)
    if not call or int(call["result"]) < 0:
        return
    name, arguments = call["name"], call["arguments"]
    if name in {"execve", "execveat"}:
        process.argv = tuple(_decode(word) for word in _WORD.findall(arguments)[1:])
        return
    paths = list(_find_paths(arguments, process.folder))
    if call["place"] is not None and (name.startswith("open") or name == "creat"):
        writes = name == "creat" or bool(_WRITING.search(arguments))
        process.use(_decode(call["place"]), "write" if writes else "read", when)
    elif name.startswith("rename") and len(paths) > 1:
        process.use(paths[0], "gone", when)
        process.use(paths[1], "write", when)
    elif name.startswith("unlink") and paths and "AT_REMOVEDIR" not in arguments:
        process.use(paths[0], "gone", when)
    elif name == "chdir" and paths:
        process.folder = paths[0]
    elif name in {"truncate", "link", "linkat", "symlink", "symlinkat"} and paths:
        process.use(paths[-1], "write", when)


def _find_paths(arguments: str, folder: str) -> Iterator[str]:
    """Give the absolute paths among the arguments of a call."""
    named = [(_decode(base), _decode(path)) for base, path in _FOLDER.findall(arguments)]
    plain = [(folder, _decode(path)) for path in _WORD.findall(arguments)]
    for base, path in named or plain:
        yield os.path.normpath(os.path.join(base, path))  # noqa: PTH118 - bytes that are no text


def _decode(text: str) -> str:
    return os.fsdecode(bytes.fromhex(text.replace("\\x", "")))
