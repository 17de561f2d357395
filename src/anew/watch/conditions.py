"""What is known of a file or folder as text, and whether it still holds.

A condition is one of

* ``None``: there was nothing,
* ``exists``, ``file``, ``folder``: there was something, a file, a folder, and no more was asked,
* ``link:<target>``: a symbolic link that was resolved,
* ``listing:<digest>``: a folder whose entries were listed, then ``/name`` for each entry that the
  step itself made and that is left out, today and then,
* ``matches:<digest>``: the names that a pattern matched, which it is filed under, then ``//name``
  for each that the step itself made, as above,
* ``blake3:<digest>``: a file with this content,
* ``variable:<digest>``: a variable of the environment, ``variable:-`` for one that is not set,
  filed under ``variable`` and its name,
* ``stat:<size>:<mtime_ns>``: a file whose time of modification was asked for, bytes and
  nanoseconds,
* ``class:<digest>``: a class of the project that something was unpickled to, filed under its name,
* ``folder:<path>``: the current folder, relative to the project, where something was asked for by
  a relative path; filed under ``current folder``,
* ``made:blake3:<digest>``: there was nothing, then the step itself made it; holds for both.
"""

from __future__ import annotations

import importlib
import os
import stat
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_bytes, digest_file
from anew.settled import is_settled
from anew.stamps.sidecar import without_stamps
from anew.watch.alive import unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = [
    "CURRENT_FOLDER",
    "MADE",
    "TIMES",
    "VARIABLE",
    "State",
    "class_of",
    "content_of",
    "folder_of",
    "holds",
    "known_of",
    "link_of",
    "list_folder",
    "look",
    "matching",
    "real_access",
    "real_lstat",
    "real_readlink",
    "real_stat",
    "state_of",
    "strength",
    "times_of",
    "variable_of",
    "write_listing",
    "write_matches",
]

# The functions as they are before anybody is watched.
real_stat: Final = os.stat
real_lstat: Final = os.lstat
real_readlink: Final = os.readlink
real_access: Final = os.access
_real_listdir: Final = os.listdir

MADE: Final = "made:"
TIMES: Final = frozenset({"st_ctime", "st_ctime_ns", "st_mtime", "st_mtime_ns"})
"""What code names that asks `os.stat` for the times of a file."""
CURRENT_FOLDER: Final = "current folder"
_CURRENT: Final = "folder:"
_CLASS: Final = "class:"
_VARIABLE: Final = "variable:"
VARIABLE: Final = "variable "
_LISTING: Final = "listing:"
_MATCHES: Final = "matches:"
_LINK: Final = "link:"
_STAT: Final = "stat:"
_LEFT_OUT: Final = frozenset({".anew", ".git", "__pycache__"})
_STRENGTHS: Final = (
    {"exists": 1, "file": 2, "folder": 2}
    | {"link": 3, "listing": 4}
    | {
        "blake3": 5,
        "stat": 6,
    }
)
_KNOWN_FILES: Final = 1 << 16

State = tuple[int, int, int, int, int]
"""Device, inode, size in bytes, times of modification and change in nanoseconds."""

_known: dict[str, tuple[State, str]] = {}


def look(path: str) -> os.stat_result | None:
    """Look whether there is something at a path; links are followed.

    Parameters
    ----------
    path
        The path.

    Returns
    -------
    os.stat_result or None
        None where there is nothing, or nothing that can be reached.
    """
    try:
        return real_stat(path)
    except (OSError, ValueError):
        return None


def state_of(found: os.stat_result) -> State:
    """Give what changes whenever the content of a file does."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def content_of(path: str, found: os.stat_result | None = None) -> str:
    """Give the digest of a file's content, without reading it when it is known.

    Parameters
    ----------
    path
        The absolute path of a regular file.
    found
        What `os.stat` says of it, if that was asked already.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    state = state_of(found or real_stat(path))
    known = _known.get(path)
    if known is not None and known[0] == state:
        return known[1]
    digest = digest_file(path).digest
    if is_settled(*state[3:], time.time_ns()) and state_of(real_stat(path)) == state:
        while len(_known) >= _KNOWN_FILES:
            _known.pop(next(iter(_known)), None)
        _known[path] = (state, digest)
    return digest


def known_of(path: str, found: os.stat_result | None) -> str | None:
    """Say what one who opens a path gets to know of it.

    Parameters
    ----------
    path
        The absolute path.
    found
        What `os.stat` says of it; None where there is nothing.
    """
    if found is None:
        return None
    if stat.S_ISDIR(found.st_mode):
        return "folder"
    try:
        return content_of(path, found) if stat.S_ISREG(found.st_mode) else "exists"
    except OSError:
        return "exists"  # it may not be read; opening it will say so


def times_of(found: os.stat_result) -> str:
    """Write down size and time of modification, for one who asks when a file was changed."""
    return f"{_STAT}{found.st_size}:{found.st_mtime_ns}"


def link_of(path: str) -> str | None:
    """Write down where a symbolic link leads; None for what is none."""
    try:
        return _LINK + os.fsdecode(real_readlink(path))
    except (OSError, ValueError):
        return None


def list_folder(path: str) -> list[str]:
    """List the entries of a folder that say something, sorted.

    Raises
    ------
    OSError
        When it cannot be listed.
    """
    return without_stamps(sorted(set(_real_listdir(path)) - _LEFT_OUT))


def write_listing(names: Iterable[str], made: Iterable[str] = ()) -> str:
    """Write down what a folder held, and the entries left out of it."""
    left_out = sorted(made)
    text = "/".join(name for name in names if name not in left_out)
    digits = digest_bytes(os.fsencode(text)).partition(":")[2]
    return "/".join((_LISTING + digits, *left_out))


def matching(pattern: str) -> list[str]:
    """List what a pattern matches, hidden or not: those who read by patterns differ in that.

    Parameters
    ----------
    pattern
        An absolute path with ``*``, ``?``, ``[`` or ``**`` in it.

    Returns
    -------
    list of str
        Absolute paths, sorted, but for those that say nothing.
    """
    import glob

    found = glob.glob(pattern, recursive=True, include_hidden=True)  # noqa: PTH207 - as text
    start = len(_fixed_part(pattern))
    kept = sorted(p for p in found if _LEFT_OUT.isdisjoint(p[start:].split(os.sep)))  # noqa: PTH206
    return without_stamps(kept)


def write_matches(pattern: str, paths: Iterable[str], made: Iterable[str] = ()) -> str:
    """Write down what a pattern matched, and what is left out of it."""
    start = len(_fixed_part(pattern))
    left_out = sorted(path[start:] for path in made)
    text = "//".join(path[start:] for path in paths if path[start:] not in left_out)
    digits = digest_bytes(os.fsencode(text)).partition(":")[2]
    return "//".join((_MATCHES + digits, *left_out))


def _fixed_part(pattern: str) -> str:
    """Give the folder in which a pattern begins, with a slash."""
    fixed = pattern[: min(pattern.find(each) % (len(pattern) + 1) for each in "*?[")]
    return fixed[: fixed.rfind(os.sep) + 1]


def strength(condition: str | None) -> int:
    """Say how much a condition tells: one that holds implies the weaker ones."""
    return 0 if condition is None else _STRENGTHS.get(condition.partition(":")[0], 9)


def folder_of(root: str) -> str:
    """Say in which folder of a project we are."""
    return _CURRENT + os.path.relpath(os.getcwd(), root)  # noqa: PTH109 - paths are text here


def class_of(name: str) -> str | None:
    """Say what a class is, named by its module, a colon and its name; None if there is none."""
    from anew.digests.fingerprint import fingerprint

    module, _, path = name.partition(":")
    found: Any = sys.modules.get(module) or importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return None if found is None else _CLASS + fingerprint(found).digest


def variable_of(name: str) -> str:
    """Say what a variable of the environment holds."""
    value = os.environ.get(name)
    return f"{_VARIABLE}-" if value is None else _VARIABLE + digest_bytes(os.fsencode(value))


def holds(
    reads: Iterable[tuple[str, str | None]], root: Path, *, written: Mapping[str, str] | None = None
) -> str | None:
    """Check whether files and folders are as a step found them.

    Parameters
    ----------
    reads
        Paths, absolute or relative to the project's folder, and what the step knew of them:
        `Touch.reads`.
    root
        The project's folder.
    written
        Files that are going to be written before, by absolute path, with their digests.

    Returns
    -------
    str or None
        The first path that is not as it was; None when all are.

    Notes
    -----
    What was read before and has not changed since is not read again; how that is told, see
    `anew.digests.digest_file`, and by the time of change besides.
    """
    folder = os.fspath(root)
    with unseen():
        for path, condition in reads:
            place = os.path.join(folder, path)  # noqa: PTH118 - paths are text here
            if path == CURRENT_FOLDER:
                is_so = folder_of(folder) == condition
            elif condition is not None and condition.startswith(_VARIABLE):
                is_so = variable_of(path.removeprefix(VARIABLE)) == condition
            elif condition is not None and condition.startswith(_CLASS):
                is_so = _is_class(path, condition)
            elif written and place in written:
                is_so = condition in {written[place], MADE + written[place], "exists", "file"}
            else:
                is_so = _holds(place, condition)
            if not is_so:
                return path
    return None


def _is_class(name: str, condition: str) -> bool:
    """Check whether a class is what it was; its module may not be there any more."""
    try:
        return class_of(name) == condition
    except Exception:  # noqa: BLE001 - a module of the user is imported
        return False


def _holds(path: str, condition: str | None) -> bool:
    """Check one condition; what cannot be checked does not hold."""
    found = look(path)
    if condition is not None and condition.startswith(_LINK):
        return link_of(path) == condition
    if condition is None:
        return found is None
    if condition.startswith(_MATCHES):
        made = [_fixed_part(path) + name for name in condition.split("//")[1:]]
        return write_matches(path, matching(path), made) == condition
    if found is None:
        return condition.startswith(MADE)
    try:
        return _say_again(path, condition, found) == condition
    except (OSError, ValueError):
        return False


def _say_again(path: str, condition: str, found: os.stat_result) -> str:
    """Say now of a path what a condition says of it."""
    if condition.startswith("blake3:"):
        return content_of(path, found)
    if condition.startswith(MADE):
        return MADE + content_of(path, found)
    if condition.startswith(_LISTING):
        return write_listing(list_folder(path), condition.split("/")[1:])
    if condition.startswith(_STAT):
        return times_of(found)
    if condition == "file" and stat.S_ISREG(found.st_mode):
        return condition
    return "folder" if condition == "folder" and stat.S_ISDIR(found.st_mode) else "exists"
