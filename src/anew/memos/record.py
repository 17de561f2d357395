"""What the memo folder tells: records of calls, and accounts of what is kept and freed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["INLINE", "Found", "Freed", "FreedValue", "Info", "Memo", "Used"]

INLINE: Final = "inline"
"""Stands for the name of a payload that lies in the row itself."""


@dataclass(frozen=True)
class Memo:
    """The record of one call: what it gave and what it touched.

    Parameters
    ----------
    key
        Digest of code and arguments.
    function
        Dotted name, for people.
    content
        Digest of the value; None when it has none.
    seconds
        What computing it took, in seconds.
    cost
        Seconds that having the value again would take without its payload: at least ``seconds``.
    seed
        What it drew with; None when it did not draw.
    reads
        What it read, as (path, digest), sorted; the digest is None for a file that was missing.
    effects
        What it gave besides its value, as JSON; an empty text for nothing.
    code
        Digest of the code's fingerprint.
    parts
        What the key was made of, as JSON.
    trial
        UUID of the trial that computed it; None when there was none.
    created
        When, in UTC seconds.
    """

    key: str
    function: str
    content: str | None
    seconds: float
    cost: float
    seed: int | None
    reads: tuple[tuple[str, str | None], ...]
    effects: str
    code: str
    parts: str
    trial: str | None
    created: float


@dataclass(frozen=True)
class Found:
    """A memo as it lies in the folder.

    Parameters
    ----------
    memo
        The record.
    payload
        Where its value is: the name of a file below ``values/``, ``"inline"`` for one in the
        index itself, None when no value is kept.
    size_bytes
        How large the payload is.
    last_used
        When the memo was last used, in UTC seconds, to the hour.
    identity
        The number of its row, which is never given twice.
    inline
        The payload itself, when it lies in the index.
    """

    memo: Memo
    payload: str | None
    size_bytes: int
    last_used: float
    identity: int = field(repr=False)
    inline: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Used:
    """What the memos of one function take.

    Parameters
    ----------
    function
        Its dotted name.
    calls
        How many are kept.
    bytes
        How much their values and files take; what several calls share counts for each.
    seconds
        How long computing all of them took.
    """

    function: str
    calls: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Info:
    """What a memo folder holds.

    Parameters
    ----------
    calls
        How many calls are kept.
    bytes
        How much their values and files take, each counted once.
    functions
        The same by function, the largest first.
    """

    calls: int
    bytes: int
    functions: tuple[Used, ...]


@dataclass(frozen=True)
class FreedValue:
    """One value that was given up, with what belongs to it.

    Parameters
    ----------
    function
        The function that made it.
    size_bytes
        How much space that freed: nothing for one that another memo shares.
    seconds
        What having it again will take.
    last_used
        When it was last used, in UTC seconds.
    """

    function: str
    size_bytes: int
    seconds: float
    last_used: float


@dataclass(frozen=True)
class Freed:
    """What cleaning freed, or would free.

    Parameters
    ----------
    values
        The values that were given up, those least worth their space first.
    files
        How many files that nothing referred to were removed.
    files_bytes
        How large these were.
    """

    values: tuple[FreedValue, ...] = ()
    files: int = 0
    files_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """All that was freed, in bytes."""
        return self.files_bytes + sum(value.size_bytes for value in self.values)

    def __add__(self, other: Freed) -> Freed:
        return Freed(
            self.values + other.values,
            self.files + other.files,
            self.files_bytes + other.files_bytes,
        )

    @staticmethod
    def of_files(sizes: Iterable[int]) -> Freed:
        """Account for removed files by their sizes."""
        listed = list(sizes)
        return Freed((), len(listed), sum(listed))
