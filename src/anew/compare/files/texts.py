"""Comparing texts line by line: noise apart, numbers as numbers."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from anew.changes import grouped
from anew.compare.files.numbers import NUMBER, compare_tokens
from anew.compare.files.way import ignoring
from anew.compare.finding import DIFFERENT, SAME_CONTENT, Finding
from anew.compare.text import show_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_decoded", "compare_text_files", "decode_text", "make_excerpt"]

_EXCERPT: Final = 20
_LINES: Final = 10_000
_WIDTH: Final = 200
_CONTROL: Final = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode_text(data: bytes) -> str | None:
    """Read bytes as text; None when they are none.

    Parameters
    ----------
    data
        The bytes, in UTF-8, UTF-16 with its mark, or another encoding that keeps ASCII.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                return None
    if _CONTROL.search(data):
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        few = sum(byte > 0x7F for byte in data[:_LINES])  # noqa: PLR2004 - beyond ASCII
        return data.decode("latin-1") if few * 4 < min(len(data), _LINES) else None


def compare_text_files(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two files of text.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return compare_decoded(decode_text(a) or "", decode_text(b) or "", way)


def compare_decoded(a: str, b: str, way: Way) -> Finding:
    """Compare two texts.

    Parameters
    ----------
    a, b
        The texts.
    way
        How to compare: what is noise, and how far apart numbers may be.

    Returns
    -------
    Finding
        With the first line that differs otherwise than by noise, and the head of a diff.
    """
    if a == b:
        return Finding()
    x, y = a.replace("\r\n", "\n"), b.replace("\r\n", "\n")
    if x == y:
        return Finding(SAME_CONTENT, "the line ends differ")
    old, new = x.split("\n"), y.split("\n")
    if len(old) != len(new):
        return _compare_uneven(old, new, way)
    used: dict[str, None] = {}
    pairs = list(_remaining(old, new, way, used))
    found = _compare_lines(pairs, len(old), way) if pairs else Finding()
    found = ignoring(found, way.noise, used)
    if found.is_good:
        return found
    settled = list(old)  # so that noise is not shown as a difference
    for number, _, y in pairs:
        settled[number - 1] = y
    return replace(found, excerpt=make_excerpt(old, settled))


def _remaining(
    old: list[str], new: list[str], way: Way, used: dict[str, None]
) -> Iterator[tuple[int, str, str]]:
    """Give the lines that differ otherwise than by noise, noise hidden, with their numbers."""
    for number, (x, y) in enumerate(zip(old, new, strict=True), start=1):
        if x == y:
            continue
        names = way.noise.explain(x, y)
        if names is None:
            yield number, x, y
        else:
            used.update(dict.fromkeys(names))


def _compare_lines(pairs: list[tuple[int, str, str]], lines: int, way: Way) -> Finding:
    """Compare lines that differ: by their numbers when these are all."""
    numbers, tokens = [], []
    for number, x, y in pairs:
        a, b = way.noise.hide(x, 0), way.noise.hide(way.noise.relocate(y), 1)
        if NUMBER.sub("#", a) != NUMBER.sub("#", b):
            place = f"line {number}" if lines > 1 else ""
            more = f"; {grouped(len(pairs))} of {grouped(lines)} lines differ"
            return Finding(DIFFERENT, show_change(x, y) + (more if len(pairs) > 1 else ""), place)
        for one, other in zip(NUMBER.findall(a), NUMBER.findall(b), strict=True):
            if one != other:
                numbers.append(number)
                tokens.append((one, other))
    where = "line {}" if lines > 1 else ""
    return compare_tokens(tokens, way.tolerance, lambda at: where.format(numbers[at]))


def _compare_uneven(old: list[str], new: list[str], way: Way) -> Finding:
    """Compare texts of different length: they differ, and from which line on."""
    pairs = zip(old, new, strict=False)
    at = next(
        (i for i, (x, y) in enumerate(pairs) if x != y and way.noise.explain(x, y) is None),
        min(len(old), len(new)),
    )
    lengths = [len(each) - (each[-1] == "") for each in (old, new)]
    told = " lines → ".join(map(grouped, lengths))
    if lengths[0] == lengths[1]:
        told = "the end of the last line differs"
    return Finding(DIFFERENT, told, f"line {at + 1}", excerpt=make_excerpt(old, new))


def make_excerpt(old: list[str], new: list[str]) -> str:
    """Give the first lines of a unified diff.

    Parameters
    ----------
    old, new
        The lines of two texts.
    """
    at = next((i for i, (x, y) in enumerate(zip(old, new, strict=False)) if x != y), None)
    start = max(0, (min(len(old), len(new)) if at is None else at) - 3)
    a, b = (each[start : start + _LINES] for each in (old, new))
    lines = islice(difflib.unified_diff(a, b, lineterm="", n=2), 3, 3 + _EXCERPT)
    return "\n".join(line[:_WIDTH] for line in lines)
