"""Files that are opened, listed, moved: an audit hook (PEP 578), one per process.

It cannot be removed, so it does little when no step is watched: what is read then, a step may find.
"""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, Any, Final

from anew.code.libraries import PROJECT, origin_of
from anew.digests.reached import nested_in
from anew.tracker import follow_libraries, listeners
from anew.watch.alive import ALIVE, is_unseen, touched, unseen, writing
from anew.watch.asking import Asker, Asking, find_asker
from anew.watch.conditions import (
    TIMES,
    known_of,
    list_folder,
    look,
    matching,
    real_readlink,
    state_of,
    times_of,
)
from anew.watch.loads import follow_imports, load_of
from anew.watch.places import counts, parts_of
from anew.watch.programs import read_command
from anew.watch.readings import note, note_before
from anew.watch.trees import look_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from anew.watch.touch import Touch

__all__ = ["counting", "install_hook", "place_of"]

_WALKERS: Final = frozenset({"_fwalk", "_rmtree_safe_fd", "_rmtree_safe_fd_step", "fwalk"})
"""Functions that open by a name within an open folder, which the event does not tell."""
_OF_ENTRIES: Final = frozenset({"is_dir", "is_file", "stat"})
_OPENED: Final = Asking(Asker.PROJECT, by_library=False, by="", inner="")
"""A file that the project hands to a library by name."""


def place_of(path: Any) -> str | None:
    """Write the path of an event as an absolute one; None for what is no path.

    Links are resolved where the path leads up through ``..``, for there the text could mislead.
    """
    if path is None:
        path = "."
    if isinstance(path, int):
        try:
            path = real_readlink(f"/proc/self/fd/{path}")
        except OSError:
            return None
    text = os.fsdecode(path)
    if not text or "\0" in text:
        return None
    if not os.path.isabs(text):  # noqa: PTH117 - paths are text here
        for touch in touched():
            touch.learn_folder()
    if ".." in text and os.pardir in parts_of(text):
        return os.path.realpath(text)
    return os.path.abspath(text)  # noqa: PTH100 - paths are text here


def counting(
    touches: Iterable[Touch], place: str, asking: Asking, *, learning: bool = False
) -> list[Touch]:
    """List the touches, and those around them, for which what is at a path counts."""
    return [
        each
        for touch in touches
        for each in touch.chain()
        if counts(place, each.root, by_library=asking.by_library)
        and not (learning and each.is_own(place))
    ]


def _learn(place: str, asking: Asking, found: os.stat_result | None) -> None:
    """Tell the touches of this thread what one who opens a path gets to know of it."""
    learners = counting(touched(), place, asking, learning=True)
    if learners:  # not before: a digest is not made in vain
        condition = known_of(place, found)
        for touch in learners:
            touch.learn(place, condition)
        note(learners[0], place)


def _on_open(args: tuple[Any, ...], asking: Asking) -> None:
    """See a file that is opened."""
    path, _, flags = args
    if isinstance(path, int) or asking.inner in _WALKERS or (place := place_of(path)) is None:
        return
    found = look(place)
    is_file = found is None or stat.S_ISREG(found.st_mode)
    if not flags & (os.O_WRONLY | os.O_RDWR):
        if is_file or (found and stat.S_ISDIR(found.st_mode)):  # no pipe, no terminal
            _learn(place, asking, found)
    elif is_file:
        if not flags & os.O_TRUNC:
            _learn(place, asking, found)
        _own(place, asking, found)


def _own(place: str, asking: Asking, found: os.stat_result | None) -> None:
    """Tell that a file is written."""
    for touch in counting(writing(), place, asking):
        touch.own(place, was_there=found is not None)


def _on_list(args: tuple[Any, ...], asking: Asking) -> None:
    """See a folder that is listed."""
    if (place := place_of(args[0])) is not None:
        _learn_listing(place, asking)


def _on_scan(args: tuple[Any, ...], asking: Asking) -> None:
    """See a folder that is listed with entries that may be asked for more."""
    if (place := place_of(args[0])) is None:
        return
    _learn_listing(place, asking)
    if asking.asker is Asker.PROJECT and not asking.by:
        code = sys._getframe(2).f_code  # noqa: SLF001 - as below: that which lists
        _learn_entries(place, asking, {name for each in nested_in(code) for name in each.co_names})


def _learn_entries(folder: str, asking: Asking, names: set[str]) -> None:
    """Tell what code with these names asks of the entries of a folder, which answer in C."""
    if names.isdisjoint(_OF_ENTRIES):
        return
    for name in list_folder(folder):
        place = f"{folder.rstrip(os.sep)}{os.sep}{name}"
        learners = counting(touched(), place, asking, learning=True)
        if not learners or (found := look(place)) is None:
            continue
        if not stat.S_ISREG(found.st_mode) or ("stat" in names and TIMES.isdisjoint(names)):
            condition = known_of(place, found)
        else:
            condition = times_of(found) if "stat" in names else "file"
        for touch in learners:
            touch.learn(place, condition)
        note(learners[0], place)


def _learn_listing(place: str, asking: Asking) -> None:
    """Tell what a folder holds."""
    learners = counting(touched(), place, asking, learning=True)
    if not learners:
        return
    try:
        names = list_folder(place)
    except OSError:
        _learn(place, asking, look(place))
        return
    for touch in learners:
        touch.learn_listing(place, names)
    note(learners[0], place)


def _on_move(args: tuple[Any, ...], asking: Asking) -> None:
    """See a file or folder that gets another name, or a second one."""
    old, new = place_of(args[0]), place_of(args[1])
    if old is None or new is None:
        return
    found, there = look(old), look(new)
    _learn(old, asking, found)
    if found is not None:
        for touch in counting(writing(), new, asking):
            touch.move(old, new, was_there=there is not None)


def _on_symlink(args: tuple[Any, ...], asking: Asking) -> None:
    """See a link that is made."""
    if (place := place_of(args[1])) is not None and look(place) is None:
        _own(place, asking, None)


def _on_remove(args: tuple[Any, ...], asking: Asking) -> None:
    """See a file or folder that is removed."""
    if args[-1] == -1 and (place := place_of(args[0])) is not None:
        condition = "exists" if look(place) else None
        for touch in counting(touched(), place, asking):
            touch.learn(place, condition)


def _on_make_folder(args: tuple[Any, ...], asking: Asking) -> None:
    """See a folder that is made."""
    if args[-1] == -1 and (place := place_of(args[0])) is not None and look(place) is None:
        for touch in counting(writing(), place, asking):
            touch.own_folder(place)


def _on_truncate(args: tuple[Any, ...], asking: Asking) -> None:
    """See a file that is cut; one that is open was seen before."""
    if not isinstance(args[0], int):
        _on_open((args[0], None, os.O_RDWR), asking)


def _on_database(args: tuple[Any, ...], asking: Asking) -> None:
    """See a database of SQLite: read, and found to be written when it has changed at the end."""
    text = os.fsdecode(args[0])
    if text.startswith("file:"):
        text = text.removeprefix("file:").partition("?")[0]
        text = "/" + text.lstrip("/") if text.startswith("//") else text
    if text in {"", ":memory:"} or (place := place_of(text)) is None:
        return
    log = place + "-wal"  # what was written and has not been taken over
    for path in (place, log) if look(log) else (place,):
        _learn(path, asking, look(path))
    for touch in counting(writing(), place, asking):
        touch.expect_write(place)


def _on_program(args: tuple[Any, ...], asking: Asking) -> None:
    """See a program that is started: what its command line names is read or written."""
    told = asking._replace(by_library=True)
    command = read_command(args)
    for text in command.words:
        if place := place_of(os.path.join(command.folder, text)):  # noqa: PTH118
            _name(place, told, is_deep=command.is_deep)
    for text in command.patterns:
        if place := place_of(os.path.join(command.folder, text)):  # noqa: PTH118
            _learn_matches(place, told)
            for path in matching(place):
                _name(path, told)


def _name(place: str, asking: Asking, *, is_deep: bool = True) -> None:
    """Tell of a file or folder whose name another program is told."""
    found = look(place)
    touches = counting(touched(), place, asking)
    if found is None or stat.S_ISREG(found.st_mode):
        for touch in touches:
            touch.name(place, found)
    elif is_deep and stat.S_ISDIR(found.st_mode):
        for touch in touches:
            if not touch.is_told(place):
                touch.name_folder(place, look_into(place, touch.root))


def _learn_matches(pattern: str, asking: Asking) -> None:
    """Tell which files a pattern matches."""
    learners = counting(touched(), pattern, asking)
    if learners:
        paths = matching(pattern)
        for touch in learners:
            touch.learn_matches(pattern, paths)
        note(learners[0], pattern)


def _on_library(args: tuple[Any, ...], asking: Asking) -> None:
    """See a compiled library that is loaded by its path."""
    if args[0] and (place := place_of(args[0])) and (found := look(place)):
        _learn(place, asking, found)


def _on_class(args: tuple[Any, ...], asking: Asking) -> None:  # noqa: ARG001 - as all of them
    """See a class that something is unpickled to: the step may never name it."""
    module, name = args
    if origin_of(module).kind == PROJECT:
        for touch in touched():
            touch.learn_class(f"{module}:{name}")


_EVENTS: Final[dict[str, Callable[[tuple[Any, ...], Asking], None]]] = {
    "ctypes.dlopen": _on_library,
    "open": _on_open,
    "os.exec": _on_program,
    "os.link": _on_move,
    "os.listdir": _on_list,
    "os.mkdir": _on_make_folder,
    "os.posix_spawn": _on_program,
    "os.remove": _on_remove,
    "os.rename": _on_move,
    "os.rmdir": _on_remove,
    "os.scandir": _on_scan,
    "os.symlink": _on_symlink,
    "os.system": _on_program,
    "os.truncate": _on_truncate,
    "pickle.find_class": _on_class,
    "sqlite3.connect": _on_database,
    "subprocess.Popen": _on_program,
}


def _see_before(args: tuple[Any, ...]) -> None:
    """See a file that the project's code reads while no step runs."""
    path, _, flags = args
    is_path = isinstance(path, str | bytes | os.PathLike)
    if not is_path or flags & (os.O_WRONLY | os.O_RDWR) or is_unseen():
        return
    with unseen():
        try:
            frame = sys._getframe(2)  # noqa: SLF001 - as below
            asking = find_asker(frame)
            if asking.asker is Asker.NOBODY or (place := place_of(path)) is None:
                return
            found = look(place)
            if found is None or not stat.S_ISREG(found.st_mode):
                return
            if counts(place, os.getcwd(), by_library=asking.by_library):  # noqa: PTH109 - as text
                note_before(frame, place, state_of(found))
        except Exception:  # noqa: BLE001 - who reads is not broken by who looks at it
            return


def _see_load(args: tuple[Any, ...], frame: FrameType) -> None:
    """See code that is run: a module of the project that a step loads."""
    if is_unseen() or not (touches := touched()):
        return
    with unseen():
        try:
            if load := load_of(args[0], frame):
                for touch in touches:
                    touch.loads.append(load)
        except Exception as error:  # noqa: BLE001 - as below
            for touch in touches:
                touch.hinder(f"a module that it loads could not be followed: {error}")


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """See an event of the interpreter."""
    if not ALIVE:
        if event == "open":
            _see_before(args)
        return
    if event == "exec":
        _see_load(args, sys._getframe(1))  # noqa: SLF001 - as below
        return
    if event not in _EVENTS or is_unseen() or not (touches := touched()):
        return
    with unseen():
        try:
            asking = find_asker(sys._getframe(1))  # noqa: SLF001 - who asks is what counts
            if asking.asker is not Asker.NOBODY:
                _EVENTS[event](args, asking)
        except Exception as error:  # noqa: BLE001 - a step is never broken by who looks at it
            for touch in touches:
                touch.hinder(f"{event} could not be followed: {error}")


def _on_file_of_library(place: str, mode: str) -> None:
    """See a file that a library uses past Python, as the tracker's plugins tell."""
    if not ALIVE or is_unseen() or not touched():
        return
    with unseen():
        if mode == "list":
            _learn_listing(place, _OPENED)
        elif mode == "match":
            _learn_matches(place, _OPENED)
        elif mode == "read":
            _learn(place, _OPENED, look(place))
        else:
            for touch in counting(writing(), place, _OPENED):
                touch.expect_write(place)


_installed: list[int] = []


def install_hook() -> None:
    """Install the hook, unless this process has it."""
    if not _installed:
        _installed.append(os.getpid())
        sys.addaudithook(_hook)
        follow_libraries()
        follow_imports()
        listeners.append(_on_file_of_library)
