"""What the interpreter does with files and programs: an audit hook (PEP 578), one per process.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys
from os import fsdecode, getcwd
from time import time

from . import children, ends, uses
from .active import active, silent
from .places import is_ignored, is_plain

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import Any

__all__ = ["install"]

_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_CREAT
_NO_FILE = getattr(os, "O_PATH", 0) | getattr(os, "O_DIRECTORY", 0)
_TEMPORARY = getattr(os, "O_TMPFILE", 0)
_FORBIDDEN = os.O_CREAT | os.O_EXCL
_SOURCES = (".py", ".pyw", ".pyc", ".pyi")
_FRAMES = 12
_READERS_OF_CODE = frozenset({
    "IPython.core.interactiveshell", "IPython.utils.py3compat", "_pytest.assertion.rewrite",
    "coverage.parser", "coverage.python", "importlib._bootstrap_external", "importlib.util",
    "inspect", "linecache", "pkgutil", "py_compile", "runpy", "zipimport",
})  # fmt: skip


def _on_open(args: tuple[Any, ...]) -> None:
    """See a file that is opened; this comes first for one that was seen before."""
    path, mode, flags = args
    if type(path) is not str:
        if isinstance(path, int):
            return
        path = fsdecode(path)
    if not path:
        return
    is_relative = path[0] != "/"
    if is_relative:
        path = getcwd() + "/" + path  # noqa: PTH109
    changes = flags & _CHANGES or (flags == 0 and mode is not None and "w" in mode)
    traces = active()
    if len(traces) == 1 and (not changes or not flags & os.O_RDWR):
        seen = traces[0].writes if changes else traces[0].reads
        if path in seen:
            seen[path] = time()
            return
        is_usual = not changes and not flags & _NO_FILE and not path.endswith(_SOURCES)
        if is_usual and is_plain(path) and uses.read_plain(traces[0], path):
            return
    if traces:
        _on_new(path, mode, flags, changes=bool(changes), is_relative=is_relative)


def _on_new(path: str, mode: str | None, flags: int, *, changes: bool, is_relative: bool) -> None:
    """See a file that is opened for the first time, or by another path."""
    place = uses.place_of(path)
    if place is None or is_ignored(place) or flags & _NO_FILE:
        return
    if is_relative and mode is None and not os.path.lexists(place):
        place = _within_folder(path[len(getcwd()) + 1 :], place)  # noqa: PTH109
    if not changes:
        if place.endswith(_SOURCES) and _is_code(place):
            return
        uses.read(place, sought=mode is not None)
        return
    if flags & _TEMPORARY == _TEMPORARY != 0:
        return
    # What a file holds to which something is appended is a part of what comes out.
    if flags & (os.O_RDWR | os.O_APPEND) and not flags & os.O_TRUNC:
        uses.read(place, sought=mode is not None and not flags & os.O_CREAT)
    creates = bool(flags & os.O_CREAT) or flags == 0
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_TRUNC) or flags == 0:
        uses.write(place, creates=creates, only_new=flags & _FORBIDDEN == _FORBIDDEN)
    elif os.path.exists(place):  # noqa: PTH110
        uses.read(place, sought=False)
    else:
        uses.write(place, creates=True)


def _is_code(path: str) -> bool:
    """Tell whether a source is read to be executed or shown, not as data."""
    if path.endswith(".pyc"):
        return True
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    for _ in range(_FRAMES):
        if frame is None:
            break
        file = frame.f_code.co_filename
        if frame.f_globals.get("__name__") in _READERS_OF_CODE or file.startswith("<frozen "):
            return True
        if not is_ignored(file):
            return False
        frame = frame.f_back
    return True


def _within_folder(name: str, otherwise: str) -> str:
    """Find a file that is opened by its name within an open folder: the event tells the name only.

    Where no open folder has it, and exactly one is open, the file will be made in that one.
    """
    found = []
    try:
        with silent():
            numbers = os.listdir("/proc/self/fd")  # noqa: PTH208
    except OSError:
        return otherwise
    for number in numbers:
        try:
            folder = os.readlink("/proc/self/fd/" + number)  # noqa: PTH115
        except OSError:
            continue
        if folder[0] == "/" and not folder.startswith("/proc/") and os.path.isdir(folder):  # noqa: PTH112
            place = os.path.normpath(f"{folder}/{name}")
            if os.path.lexists(place):
                return place
            found.append(place)
    return found[0] if len(set(found)) == 1 else otherwise


def _place(path: Any, folder: int = -1) -> str | None:
    """Find the place of a path of an event, which may be within an open folder."""
    if isinstance(path, int):
        return None
    text: str = fsdecode(path)
    if folder != -1 and text[:1] != "/":
        text = f"{_folder_of(folder)}/{text}"
    return uses.place_of(text)


def _folder_of(descriptor: int) -> str:
    """Find the folder that a descriptor leads to."""
    if sys.platform == "darwin":
        import fcntl

        return fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115


def _on_remove(args: tuple[Any, ...]) -> None:
    place = _place(*args) if active() else None
    if place is not None and not is_ignored(place):
        uses.remove(place)


def _on_rename(args: tuple[Any, ...]) -> None:
    if not active():
        return
    old, new = _place(args[0], args[2]), _place(args[1], args[3])
    if old is not None and new is not None:
        uses.move(old, new)


def _on_link(args: tuple[Any, ...]) -> None:
    """See a file that gets a second name, by a link of either kind."""
    if not active() or (new := _place(args[1], args[-1])) is None or is_ignored(new):
        return
    old = fsdecode(args[0])
    target = os.path.join(os.path.dirname(new), old)  # noqa: PTH118, PTH120
    if len(args) == 4:  # noqa: PLR2004 - a hard link: the other one leads from where it is
        target = _place(args[0], args[2]) or ""
        if target and not is_ignored(target):
            uses.read(target, sought=False)
    if os.path.isfile(target) and not os.path.lexists(new):  # noqa: PTH113
        uses.name(new)


def _on_list(args: tuple[Any, ...]) -> None:
    """See a folder that is listed, for traces that steps are held to."""
    for trace in active():
        if trace.is_for_steps and not _is_import():
            place = _place(args[0] or ".")
            if place is not None and not is_ignored(place) and ("list", place) not in trace.told:
                trace.told.add(("list", place))
                trace.write("listed", path=place)


def _on_make_folder(args: tuple[Any, ...]) -> None:
    """See a folder that is made; those in it matter to steps alone."""
    traces = active()
    place = _place(args[0], args[2]) if traces else None
    if place is None or is_ignored(place) or os.path.lexists(place):
        return
    for trace in traces:
        if trace.is_for_steps or os.path.dirname(place) not in trace.folders:  # noqa: PTH120
            trace.write("made", path=place, at=time())
        trace.folders.add(place)


def _on_remove_folder(args: tuple[Any, ...]) -> None:
    """See a folder go that was there before."""
    traces = active()
    place = _place(*args) if traces else None
    if place is None or is_ignored(place) or not os.path.isdir(place):  # noqa: PTH112
        return
    for trace in traces:
        if place not in trace.folders:
            trace.write("had", path=place, at=time())


def _is_import() -> bool:
    """Tell whether it is Python itself that looks for a module."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    return frame is None or frame.f_code.co_filename.startswith("<frozen importlib")


def _on_truncate(args: tuple[Any, ...]) -> None:
    place = _place(args[0]) if active() else None
    if place is not None and not is_ignored(place):
        uses.write(place, creates=False)


def _on_library(args: tuple[Any, ...]) -> None:
    """See a compiled library that is loaded by its path."""
    if active() and args[0] and "/" in (text := fsdecode(args[0])):
        place = uses.place_of(text)
        if place is not None and not is_ignored(place):
            uses.read(place, sought=False)


def _on_database(args: tuple[Any, ...]) -> None:
    """See a database of SQLite: it is read, and at the end found to be written or not."""
    text = fsdecode(args[0]) if active() else ""
    if text.startswith("file:"):
        text, _, options = text[5:].partition("?")
        text = "/" + text.lstrip("/") if text.startswith("//") else text
        if "%" in text:
            from urllib.parse import unquote

            text = unquote(text)
        text = "" if "mode=memory" in options else text
    if text in ("", ":memory:"):
        return
    place = uses.place_of(text)
    if place is not None and not is_ignored(place):
        uses.read(place, sought=False)
        uses.keep_small(place)
        uses.expect_write(place)


def _on_system(args: tuple[Any, ...]) -> None:
    children.prepare()
    children.tell(["sh", "-c", fsdecode(args[0])])


def _on_exec(args: tuple[Any, ...]) -> None:
    children.prepare()
    path = fsdecode(args[0]) if not isinstance(args[0], int) else ""
    if not path or os.access(path, os.X_OK):  # a program is looked for in each folder of PATH
        children.tell(list(args[1]), os.getpid())
        ends.end("exec")


def _on_variable(args: tuple[Any, ...]) -> None:
    children.learn(args[0], args[1] if len(args) > 1 else None)


def _on_start(args: tuple[Any, ...]) -> None:  # noqa: ARG001 - as all of them
    children.prepare()


_EVENTS: dict[str, Callable[[tuple[Any, ...]], None]] = {
    "ctypes.dlopen": _on_library,
    "open": _on_open,
    "os.exec": _on_exec,
    "os.fork": _on_start,
    "os.forkpty": _on_start,
    "os.link": _on_link,
    "os.listdir": _on_list,
    "os.mkdir": _on_make_folder,
    "os.posix_spawn": _on_start,
    "os.putenv": _on_variable,
    "os.remove": _on_remove,
    "os.rename": _on_rename,
    "os.rmdir": _on_remove_folder,
    "os.scandir": _on_list,
    "os.symlink": _on_link,
    "os.system": _on_system,
    "os.truncate": _on_truncate,
    "os.unsetenv": _on_variable,
    "sqlite3.connect": _on_database,
    "subprocess.Popen": _on_start,
}


def _hook(
    event: str,
    args: tuple[Any, ...],
    find: Callable[[str], Callable[[tuple[Any, ...]], None] | None] = _EVENTS.get,
) -> None:
    """See an event of the interpreter; whatever goes wrong here is not the program's affair."""
    action = find(event)
    if action is not None:
        try:
            action(args)
        except Exception as error:  # noqa: BLE001
            _fail(event, error)


def _fail(event: str, error: Exception) -> None:
    """Say that an event was not followed."""
    try:
        for trace in active():
            trace.unseen(f"some uses of files: {event} was not followed ({error!r})")
    except Exception:  # noqa: BLE001, S110 - the interpreter is about to end, or out of memory
        pass


def install() -> None:
    """Install the hook: it stays as long as the process."""
    sys.addaudithook(_hook)
