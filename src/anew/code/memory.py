"""Texts of code that are remembered for longer than a process lives, as long as files stay."""

from __future__ import annotations

import marshal
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from anew.code.texts import Reference, Text
from anew.settled import is_settled

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Memory",
    "flush",
    "is_there",
    "keep",
    "read_in",
    "recall",
    "remembered",
    "state_of_file",
    "use_memory",
]

# With each change of what texts look like, a new number.
_FORMAT: Final = "code-3"
_MARSHAL: Final = 4

_Table = dict[bytes, Any]


class Memory(Protocol):
    """What remembers bytes by a key."""

    def get(self, key: str) -> bytes | None:
        """Give what was put under a key."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Remember bytes."""
        ...


_memory: Memory | None = None
_tables: dict[str, _Table] = {}
_grown: set[str] = set()


def use_memory(memory: Memory | None) -> None:
    """Ask a memory for the texts of functions in files that are as they were, and tell it.

    Parameters
    ----------
    memory
        What remembers, safe to call from several threads; None to use none any more.
    """
    global _memory  # noqa: PLW0603 - files, too, are there once for the whole process
    _memory = memory
    _tables.clear()
    _grown.clear()


def remembered(file: str, key: bytes, read: Callable[[], Text | None]) -> Text | None:
    """Give the text of something in a file, from memory if the file is as it was.

    Parameters
    ----------
    file
        The file.
    key
        What identifies the thing in it.
    read
        Reads it from the file.

    Returns
    -------
    Text or None
        What `read` gives, or has given before.
    """
    name = state_of_file(file) if _memory is not None else None
    if name is None:
        return read()
    table = _tables.get(name)
    if table is None:
        table = _tables[name] = _load(name)
    if key in table:
        return _unpack(table[key])
    found = read()
    table[key] = None if found is None else tuple(map(_plain, found))
    _grown.add(name)
    return found


def flush() -> None:
    """Tell the memory what was read since the last time."""
    while _grown and _memory is not None:
        name = _grown.pop()
        _memory.put(name, marshal.dumps(_tables[name], _MARSHAL))


def is_there() -> bool:
    """Tell whether there is a memory."""
    return _memory is not None


def recall(key: str) -> bytes | None:
    """Give what was kept under a key, None when that is nothing."""
    return None if _memory is None else _memory.get(key)


def keep(key: str, data: bytes) -> None:
    """Keep bytes under a key, which none of a file begins with."""
    if _memory is not None:
        _memory.put(key, data)


def read_in(file: str, key: bytes) -> str | None:
    """Say in which state of a file the text of something was found.

    Parameters
    ----------
    file
        The file.
    key
        What identifies the thing in it.

    Returns
    -------
    str or None
        The state that the file still is in; None when it is not known, or there is no text.
    """
    state = state_of_file(file)
    return None if state is None or _tables.get(state, {}).get(key) is None else state


def state_of_file(file: str) -> str | None:
    """Name one state of a file.

    Parameters
    ----------
    file
        Its path.

    Returns
    -------
    str or None
        None for a file that may change without its times telling.
    """
    try:
        found = os.stat(file)  # noqa: PTH116 - the names of cells are no paths
    except (OSError, ValueError):
        return None
    if not is_settled(found.st_mtime_ns, found.st_ctime_ns, time.time_ns()):
        return None
    python = f"{sys.implementation.cache_tag}-{sys.flags.optimize}"
    times = found.st_mtime_ns, found.st_ctime_ns
    state = (_FORMAT, python, file, found.st_size, *times, found.st_ino)
    return "\0".join(map(str, state))


def _load(name: str) -> _Table:
    data = _memory.get(name) if _memory is not None else None
    try:
        table = marshal.loads(data) if data else {}  # noqa: S302 - written by this module
    except (ValueError, EOFError, TypeError):
        return {}
    return table if isinstance(table, dict) else {}


def _plain(part: Any) -> Any:
    """Make plain tuples of references, which is what marshal writes."""
    return tuple(map(tuple, part)) if part and isinstance(part[0], Reference) else part


def _unpack(known: Any) -> Text | None:
    if known is None:
        return None
    text, references, strings, flags = known
    return Text(text, tuple(map(Reference._make, references)), strings, flags)
