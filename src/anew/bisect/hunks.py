"""The hunks of a text: what lies together of its changes, each of which can be applied alone."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Hunk", "apply_hunks", "find_hunks"]

_MANY_LINES: Final = 2000
"""Of a longer stretch, lines that are very frequent are not matched: that takes too long."""


@dataclass(frozen=True)
class Hunk:
    """One stretch of lines that is exchanged.

    Parameters
    ----------
    start, stop
        The lines of the old text that go, counted from 0.
    lines
        Those that come for them, with their ends.
    new_start
        Where these stand in the new text, counted from 0.
    """

    start: int
    stop: int
    lines: tuple[bytes, ...]
    new_start: int


def find_hunks(old: bytes, new: bytes, *, by_line: bool = False) -> list[Hunk] | None:
    """Find the hunks that make a new text of an old one.

    Parameters
    ----------
    old, new
        The texts.
    by_line
        Whether a hunk that exchanges lines for as many others is one hunk for each line.

    Returns
    -------
    list of Hunk or None
        In the order of the text. None when one of them is no text.
    """
    if b"\0" in old or b"\0" in new:
        return None
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head, tail = _count_same(before, after)
    middle = before[head : len(before) - tail], after[head : len(after) - tail]
    is_long = max(map(len, middle)) > _MANY_LINES
    matcher = SequenceMatcher(None, *middle, autojunk=is_long)
    hunks: list[Hunk] = []
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        if tag == "equal":
            continue
        lines = tuple(middle[1][new_start:new_stop])
        hunk = Hunk(start + head, stop + head, lines, new_start + head)
        if by_line:
            hunks += _split(hunk)
            continue
        if hunks and not b"".join(before[hunks[-1].stop : hunk.start]).strip():
            hunk = _join(hunks.pop(), hunk, before)
        hunks.append(hunk)
    return hunks


def _count_same(before: list[bytes], after: list[bytes]) -> tuple[int, int]:
    """Count the lines that two texts have in common at their beginning and at their end."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    return head, tail


def _split(hunk: Hunk) -> list[Hunk]:
    """Make a hunk of each line, where each has one to be exchanged for."""
    if len(hunk.lines) != hunk.stop - hunk.start:
        return [hunk]
    return [
        Hunk(hunk.start + at, hunk.start + at + 1, (line,), hunk.new_start + at)
        for at, line in enumerate(hunk.lines)
    ]


def _join(one: Hunk, other: Hunk, before: list[bytes]) -> Hunk:
    """Make one hunk of two with nothing but empty lines between them."""
    between = tuple(before[one.stop : other.start])
    return Hunk(one.start, other.stop, (*one.lines, *between, *other.lines), one.new_start)


def apply_hunks(old: bytes, hunks: Iterable[Hunk]) -> bytes:
    """Apply some of the hunks of a text.

    Parameters
    ----------
    old
        The text that they were found for.
    hunks
        Any of them, in any order.
    """
    lines = old.splitlines(keepends=True)
    for hunk in sorted(hunks, key=lambda hunk: (hunk.start, hunk.stop), reverse=True):
        lines[hunk.start : hunk.stop] = hunk.lines
    return b"".join(lines)
