"""Comparing drawings that are text: SVG and PostScript."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from anew.compare.files.texts import compare_decoded, decode_text
from anew.compare.finding import IDENTICAL, SAME_CONTENT, Finding

if TYPE_CHECKING:
    from anew.compare.files.way import Way

__all__ = ["compare_postscript", "compare_svg", "number_ids"]

_ID: Final = re.compile(r"(?<![\w:-])(?:xml:)?id\s*=\s*(?:\"([^\"]+)\"|'([^']+)')")
_DATE: Final = re.compile(
    r"(<(?:dc:date|cc:date|xmp:CreateDate|xmp:ModifyDate)>)[^<]*"
    r"|<!-- (?:Created|Generated)[^>]*-->"
)
_STAMPED: Final = re.compile(r"^%%CreationDate:.*$", re.MULTILINE)


def compare_svg(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two drawings; dates, and what their parts are called among themselves, do not count.

    Parameters
    ----------
    a, b
        Bytes of SVG files.
    way
        How to compare.
    """
    old, new = (number_ids(_hide_dates(decode_text(each) or "")) for each in (a, b))
    return _compare(old, new, way)


def compare_postscript(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two files of PostScript; the date in the header does not count.

    Parameters
    ----------
    a, b
        Bytes of PS or EPS files.
    way
        How to compare.
    """
    old, new = (_STAMPED.sub("%%CreationDate:", decode_text(each) or "") for each in (a, b))
    return _compare(old, new, way)


def _compare(a: str, b: str, way: Way) -> Finding:
    found = compare_decoded(a, b, way)
    if found.verdict == IDENTICAL:
        return replace(found, verdict=SAME_CONTENT, detail="the same drawing, dates and ids apart")
    return found


def _hide_dates(text: str) -> str:
    return _DATE.sub(lambda found: found[1] or "", text)


def number_ids(text: str) -> str:
    """Call what has an id by its number, wherever it is spoken of.

    Parameters
    ----------
    text
        A drawing in SVG.
    """
    names = dict.fromkeys(one or other for one, other in _ID.findall(text))
    numbers = {name: f"part{i}" for i, name in enumerate(names, start=1)}

    def write(found: re.Match[str]) -> str:
        return found[1] + numbers.get(found[2], found[2]) + found[3]

    text = re.sub(r"((?<![\w:-])id\s*=\s*[\"'])([^\"']+)([\"'])", write, text)
    text = re.sub(r"(href\s*=\s*[\"']#)([^\"']+)([\"'])", write, text)
    return re.sub(r"(url\([\"']?#)([^\"')]+)([\"']?\))", write, text)
