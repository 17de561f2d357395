"""Files that are opened, listed, moved: an audit hook (PEP 578), one per process.

It cannot be removed, so it does little when no step is watched: what is read then, a step may find.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Any, Final

from anew.code.libraries import PROJECT, origin_of
from anew.tracker import follow_libraries, listeners
from anew.watch.alive import ALIVE, is_unseen, touched, unseen, writing
from anew.watch.asking import Asker, Asking, find_asker
from anew.watch.conditions import known_of, list_folder, look, real_readlink, state_of
from anew.watch.places import counts, parts_of
from anew.watch.readings import note, note_before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.watch.touch import Touch

__all__ = ["counting", "install_hook", "place_of"]

_WALKERS: Final = frozenset({"_fwalk", "_rmtree_safe_fd", "_rmtree_safe_fd_step", "fwalk"})
"""Functions that open by a name within an open folder, which the event does not tell."""
_MOST_WORDS: Final = 4096
_OPENED: Final = Asking(Asker.PROJECT, by_library=False, by="", inner="")
"""A file that the project hands to a library by name."""
_POPEN_ARGUMENTS: Final = 4
_SEPARATORS: Final = re.compile(r"[\s\"'<>;|&()]+")


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
    if (place := place_of(args[0])) is None:
        return
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
    """See a program that is started: the files that its arguments name are read or written."""
    words = args[1] if len(args) > 1 else ()
    words = [words] if isinstance(words, str | bytes | os.PathLike) else list(words)
    folder = args[2] if len(args) == _POPEN_ARGUMENTS and args[2] is not None else "."
    texts = [os.fsdecode(word) for word in (args[0], *words) if word is not None]
    for text in _split(texts):
        place = place_of(os.path.join(os.fsdecode(folder), text))  # noqa: PTH118
        found = look(place) if place else None
        if place is None or (found is not None and not stat.S_ISREG(found.st_mode)):
            continue
        for touch in counting(touched(), place, asking._replace(by_library=True)):
            touch.name(place, found)


def _split(texts: Iterable[str]) -> Iterable[str]:
    """Give the words of arguments: those of a shell, and the values of ``--name=value``."""
    found: dict[str, None] = {}
    for text in texts:
        for word in (text, *_SEPARATORS.split(text)[:_MOST_WORDS]):
            found |= dict.fromkeys((word, word.partition("=")[2]))
    return [word for word in found if word and len(word) < _MOST_WORDS and "\n" not in word]


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
    "os.scandir": _on_list,
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


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """See an event of the interpreter."""
    if not ALIVE:
        if event == "open":
            _see_before(args)
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
        if mode == "read":
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
        listeners.append(_on_file_of_library)
