"""Watching one execution of a step."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Any, Final

from anew.tracker import tell_steps
from anew.watch.alive import begin, end, forget, of_context, unseen
from anew.watch.children import stand, sweep, tell_children
from anew.watch.conditions import folder_of, look
from anew.watch.hearing import listen, stop_hearing, stop_listening
from anew.watch.hook import install_hook
from anew.watch.places import counts
from anew.watch.presence import stand_back, stand_in
from anew.watch.touch import Touch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

__all__ = ["touching"]

_lock = threading.Lock()
_CONTAINERS: Final = (dict, list, tuple, set, frozenset)
_LONGEST: Final = 4096
_BARE_NAMES: Final = 1000
"""So many texts without a dot or a slash are looked at; those with one always."""


class touching:  # noqa: N801 - reads as a verb: with touching(root) as touch
    """Watch what the code in the block touches.

    Parameters
    ----------
    root
        The project's folder.
    arguments
        Those of the step. The files that their texts name count as read, for libraries in C read
        them unseen, or as written where they have changed at the end.
    names
        Further texts, such as the constants of the step's code.

    Notes
    -----
    Belongs to the context that it is entered in (`contextvars`); may be nested, and several may
    run at once in threads. What is not seen: what other programs do, beyond what is named in
    their arguments; what libraries in C open by a name that is neither an argument nor among
    `names`, and of which no Python code asked whether it is there.
    """

    __slots__ = ("_arguments", "_names", "_touch")

    def __init__(self, root: Path, arguments: Any = (), names: Iterable[str] = ()) -> None:
        self._touch = Touch(_as_text(root), of_context())
        self._arguments = arguments
        self._names = names

    def __enter__(self) -> Touch:
        touch = self._touch
        install_hook()
        _name_files(touch, self._arguments)
        _name_files(touch, self._names)
        with _lock:
            if begin(touch):
                stand_in()
                sweep()
            listen(touch)
        touch.standing = stand()
        return touch

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        touch = self._touch
        if kind is None:
            tell_children(touch)
        with _lock:
            is_last = end(touch)
            stop_listening(touch, is_last=is_last)
            if is_last:
                stand_back()
        if kind is None and touch.has_ends:
            with unseen():
                try:
                    touch.finish()
                except Exception as problem:  # noqa: BLE001 - the step itself went well
                    touch.obstacle = touch.obstacle or f"what it wrote could not be read: {problem}"
        if touch.outer is None:
            for path, condition in touch.reads.items():
                tell_steps(path, condition)


def _as_text(root: Path) -> str:
    """Write the project's folder as an absolute path, which it is as a rule."""
    text = str(root)
    return text if text[:1] == os.sep and ".." not in text else os.path.abspath(text)  # noqa: PTH100


def _name_files(touch: Touch, value: Any) -> None:
    """Take down the files that texts name, in nested lists and the like."""
    waiting, seen, bare = [value], set(), 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            bare += not (has_form := os.sep in each or "." in each)
            if each and (has_form or bare <= _BARE_NAMES):
                _name_file(touch, each, has_form=has_form)
        elif isinstance(each, _CONTAINERS) and each and id(each) not in seen:
            seen.add(id(each))
            waiting.extend(each.values() if isinstance(each, dict) else each)


def _name_file(touch: Touch, text: str, *, has_form: bool) -> None:
    """Take down the file that a text names, also one that may yet be written."""
    if len(text) > _LONGEST or "\n" in text or "\0" in text:
        return
    text = text.removeprefix("file://")
    place = os.path.abspath(os.path.expanduser(text) if text[:1] == "~" else text)  # noqa: PTH100, PTH111
    found = look(place)
    is_file = has_form if found is None else stat.S_ISREG(found.st_mode)
    if is_file and counts(place, touch.root, by_library=False):
        touch.name(place, found)
        if found is not None and text[:1] not in {os.sep, "~"}:
            touch.folder = touch.folder or folder_of(touch.root)


def _begin_in_child() -> None:
    """Forget, in a forked process, the steps that run in the one it came from."""
    global _lock  # noqa: PLW0603 - somebody who is not here may have held it
    _lock = threading.Lock()
    forget()
    stop_hearing()
    stand_back()


os.register_at_fork(after_in_child=_begin_in_child)
