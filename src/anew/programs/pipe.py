"""Whether something came to a program through a pipe: it is gone then, and nobody has kept it."""

from __future__ import annotations

import os
import stat
import sys
from typing import NamedTuple

__all__ = ["State", "look", "was_read"]


class State(NamedTuple):
    """How far standard input is, when it is a pipe.

    Parameters
    ----------
    waiting
        Bytes that nobody has read yet.
    is_closed
        Whether nothing more can come.
    """

    waiting: int
    is_closed: bool


def look() -> State | None:
    """Look at standard input, without reading from it; None when it is no pipe."""
    import fcntl
    import select
    import termios

    try:
        mode = os.fstat(0).st_mode
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return None
        asked = fcntl.ioctl(0, termios.FIONREAD, bytes(4))
        poll = select.poll()
        poll.register(0, select.POLLIN)
        told = dict(poll.poll(0)).get(0, 0)
    except OSError:
        return None
    return State(int.from_bytes(asked, sys.byteorder), bool(told & select.POLLHUP))


def was_read(before: State | None, after: State | None) -> bool:
    """Tell whether somebody has read from a pipe, as far as that shows.

    Parameters
    ----------
    before, after
        What `look` gave.
    """
    if before is None or after is None:
        return False
    may_have_come = before.waiting > 0 or not before.is_closed
    return after.waiting < before.waiting or (may_have_come and after == State(0, is_closed=True))
