"""Connections to SQLite are closed before a fork, and opened again by whoever needs one.

SQLite knows by process which files it has locked. A fork inherits that knowledge without the locks:
a connection that is opened in it afterwards believes itself alone and damages the database.

References
----------
SQLite, How to corrupt an SQLite database file, 2.6: carrying an open connection across a fork.
"""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["close_before_fork", "forking_apart"]


class Closing(Protocol):
    """What holds a connection under a lock."""

    def close_for_fork(self) -> Any:
        """Take the lock, close the connection, and give the lock."""
        ...


_owners: Final[weakref.WeakSet[Closing]] = weakref.WeakSet()
_taken: Final[list[Any]] = []
_apart: Final[list[int]] = []


def close_before_fork(owner: Closing) -> None:
    """Let an owner close its connection whenever this process forks.

    Parameters
    ----------
    owner
        Held weakly.
    """
    _owners.add(owner)


@contextmanager
def forking_apart() -> Iterator[None]:
    """Leave connections open for a fork that will never look at a database, nor end as Python does.

    To close the last one of a database writes its log back, and waits for the disk.
    """
    _apart.append(get_ident())
    try:
        yield
    finally:
        _apart.remove(get_ident())


def _before() -> None:
    for owner in () if get_ident() in _apart else tuple(_owners):
        _taken.append(owner.close_for_fork())


def _after() -> None:
    """Let others go on, in the process and in its fork."""
    while _taken:
        _taken.pop().release()


os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
