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
from typing import Any, Final, Protocol

__all__ = ["close_before_fork"]


class Closing(Protocol):
    """What holds a connection under a lock."""

    def close_for_fork(self) -> Any:
        """Take the lock, close the connection, and give the lock."""
        ...


_owners: Final[weakref.WeakSet[Closing]] = weakref.WeakSet()
_taken: Final[list[Any]] = []


def close_before_fork(owner: Closing) -> None:
    """Let an owner close its connection whenever this process forks.

    Parameters
    ----------
    owner
        Held weakly.
    """
    _owners.add(owner)


def _before() -> None:
    for owner in tuple(_owners):
        _taken.append(owner.close_for_fork())


def _after() -> None:
    """Let others go on, in the process and in its fork."""
    while _taken:
        _taken.pop().release()


os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
