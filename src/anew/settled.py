"""Whether the times of a file can be trusted to tell of the next change."""

from __future__ import annotations

from typing import Final

__all__ = ["is_settled"]

# A file system's clock ticks in steps of up to 10 ms: a file written again within one step, to the
# same size, looks unchanged. So what is this young is read again instead of remembered.
_SETTLED_NS: Final = 100_000_000
# Some file systems count in seconds, or two; their times are whole ones.
_SECOND_NS: Final = 1_000_000_000
_COARSELY_SETTLED_NS: Final = 3 * _SECOND_NS


def is_settled(modified: int, changed: int, now: int) -> bool:
    """Tell whether a change from now on would show as another time.

    Parameters
    ----------
    modified, changed
        The file's times, in nanoseconds.
    now
        When it is read, as `time.time_ns` gives it.

    Returns
    -------
    bool
        False for a file that may be written again without its times telling.
    """
    is_coarse = modified % _SECOND_NS == 0 and changed % _SECOND_NS == 0
    return now - max(modified, changed) > (_COARSELY_SETTLED_NS if is_coarse else _SETTLED_NS)
