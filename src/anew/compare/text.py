"""Comparing texts by lines, and bytes by what they hold."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

from anew.changes import grouped
from anew.compare.finding import DIFFERENT, Finding, Tolerance

__all__ = ["compare_bytes", "compare_texts", "shorten", "show_change"]

_WIDTH: Final = 60
_BEFORE: Final = 20


def shorten(text: str, at: int = 0) -> str:
    """Show the part of a text around a place, on one line, in quotes."""
    start = max(0, at - _BEFORE) if len(text) > _WIDTH else 0
    part = text[start : start + _WIDTH]
    before, after = "…" * (start > 0), "…" * (start + len(part) < len(text))
    return repr(f"{before}{part}{after}")


def compare_texts(a: str, b: str) -> Finding:
    """Compare two texts, and show the first line that differs.

    Parameters
    ----------
    a, b
        Texts.
    """
    if a == b:
        return Finding()
    old, new = a.splitlines(), b.splitlines()
    if old == new:
        return Finding(DIFFERENT, "the line ends differ")
    pairs = enumerate(zip_longest(old, new), start=1)
    number, (x, y) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    place = f"line {number}" if max(len(old), len(new)) > 1 else ""
    if x is None or y is None:
        return Finding(DIFFERENT, f"{grouped(len(old))} lines → {grouped(len(new))}", place)
    return Finding(DIFFERENT, show_change(x, y), place)


def show_change(old: str, new: str) -> str:
    """Show two texts around the first place at which they differ.

    Parameters
    ----------
    old, new
        Texts of one line.
    """
    at = next((i for i, (p, q) in enumerate(zip_longest(old, new)) if p != q), 0)
    return f"{shorten(old, at)} → {shorten(new, at)}"


def compare_bytes(a: bytes, b: bytes, tolerance: Tolerance | None = None) -> Finding:
    """Compare the bytes of two files by what they hold.

    Parameters
    ----------
    a, b
        The bytes.
    tolerance
        How far apart numbers in them may be.
    """
    from anew.compare.files import Way, compare_files
    from anew.compare.noise import Noise

    return compare_files(a, b, Way(tolerance or Tolerance(), Noise(rules=())))
