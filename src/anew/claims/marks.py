"""What is bound in a text, where it stands, and what came of looking at it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from anew.records import dataclass

__all__ = ["Claim", "Mark", "Places", "blank"]

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")
_SHOWN: Final = re.compile(r"[^\r\n]")


@dataclass(frozen=True)
class Mark:
    """A place of a text that says something of a result.

    Parameters
    ----------
    kind
        ``"number"``, ``"figure"``, ``"table"``, or ``"text"`` for a text that is put in there.
    at
        Where it begins: an index into the text.
    span
        Begin and end of what is said: the number, or the path of the file.
    trial, name, form
        Of a number: which trial, what of it, and the format specification of Python.
    fault
        Why it cannot be understood.
    """

    kind: str
    at: int
    span: tuple[int, int]
    trial: str = ""
    name: str = ""
    form: str = ""
    fault: str = ""


@dataclass(frozen=True)
class Claim:
    """A number, table or figure of a text, held against the store.

    Parameters
    ----------
    file
        The text, as it was named.
    line, column
        Where it stands there, both from 1, in characters.
    kind
        ``"number"``, ``"table"`` or ``"figure"``.
    status
        ``"holds"``; ``"stale"`` when the store says something else; ``"fixed"`` when the number was
        rewritten; ``"unknown"`` when the store has no such trial, name or file; ``"unbound"`` when
        nothing is known of where a file came from.
    text
        What the text says: a number, or a path.
    trial, name, format
        What it is bound to.
    expected
        What the text should say; None where that is not known.
    detail
        What is wrong, on one line.
    """

    file: str
    line: int
    column: int
    kind: str
    status: str
    text: str
    trial: str = ""
    name: str = ""
    format: str = ""
    expected: str | None = None
    detail: str = ""

    @property
    def is_good(self) -> bool:
        """Whether nothing has to be done about it."""
        return self.status in {"holds", "fixed"}


class Places:
    """Lines and columns of a text with whatever ends its lines."""

    def __init__(self, text: str) -> None:
        self._begins = [0, *(found.end() for found in _NEWLINE.finditer(text))]

    def find(self, at: int) -> tuple[int, int]:
        """Give the line and the column, both from 1, of an index."""
        line = bisect_right(self._begins, at)
        return line, at - self._begins[line - 1] + 1


def blank(text: str) -> str:
    """Give as many blanks as a text has characters, in as many lines."""
    return _SHOWN.sub(" ", text)
