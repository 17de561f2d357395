"""What stands in the way of making a result anew, and what mends it."""

from __future__ import annotations

from typing import Final, Literal

from anew.records import dataclass

__all__ = ["Concern", "Severity", "name_some"]

Severity = Literal["blocks", "warns", "tells"]

_NAMED: Final = 3


@dataclass(frozen=True)
class Concern:
    """One thing for which a result may not be made anew.

    Parameters
    ----------
    kind
        What it is about, in one word: code, remote, data, lock, requirements, packages, python,
        seed; and after a trial unread, unkept, unexplained, unseeded, unseen.
    text
        What is wrong, on one line.
    mend
        A command or an edit that mends it.
    severity
        ``blocks`` what strict mode stops for, ``warns`` of what would not be reproducible,
        ``tells`` what the record makes up for, here and now.
    """

    kind: str
    text: str
    mend: str = ""
    severity: Severity = "warns"

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def name_some(names: list[str] | tuple[str, ...]) -> str:
    """Name the first few of several things, and count the others.

    Parameters
    ----------
    names
        All of them.

    Examples
    --------
    >>> name_some(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    rest = len(names) - _NAMED
    shown = ", ".join(n if n.isprintable() else repr(n) for n in names[:_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown
