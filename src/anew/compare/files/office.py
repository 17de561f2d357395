"""Comparing documents of Office (ECMA-376) and OpenDocument: cells, else XML."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from anew.compare.files.archives import compare_members, read_zip
from anew.compare.files.numbers import compare_tokens, is_number_text
from anew.compare.finding import DIFFERENT, IDENTICAL, SAME_CONTENT, Finding, join
from anew.compare.text import show_change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_office", "read_cells"]

_STAMPS: Final = {
    *("created", "modified", "lastModifiedBy", "lastPrinted", "revision"),
    *("TotalTime", "Application", "AppVersion"),
    *("creation-date", "date", "generator", "editing-cycles", "editing-duration"),
}
_IDS: Final = re.compile(r"\}(?:rsid\w*|paraId|textId|uid)$")
_SHEET: Final = re.compile(r"xl/worksheets/(\w+)\.xml")
_STRINGS: Final = "xl/sharedStrings.xml"
_NAMESPACE: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def compare_office(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two documents; who wrote them, and when, is not looked at.

    Parameters
    ----------
    a, b
        Bytes of XLSX, DOCX, PPTX or the like.
    way
        How to compare.
    """
    old, new = ({n: _plain(n, d) for n, d in read_zip(each).items()} for each in (a, b))
    cells = [read_cells(each) for each in (old, new)]
    parts = [_compare_cells(cells[0], cells[1], way)] if any(cells) else []
    told = {name for name in (*old, *new) if name == _STRINGS or _SHEET.fullmatch(name)}
    if cells[0] != cells[1]:  # the sheets say it better than their XML
        old, new = ({n: d for n, d in each.items() if n not in told} for each in (old, new))
    parts.append(compare_members(old, new, way))
    found = join((("", part) for part in parts if part.verdict != IDENTICAL), "parts")
    if found.verdict == SAME_CONTENT:
        return replace(found, detail="the same content, archived otherwise")
    return found


def _plain(name: str, data: bytes) -> bytes:
    """Write XML in its canonical form, without stamps; give other members as they are."""
    if not name.endswith((".xml", ".rels")):
        return data
    root = ET.fromstring(data)  # noqa: S314 - expat refuses entities that multiply
    for parent in root.iter():
        for child in list(parent):
            is_beside = name.startswith("docProps/") or name == "meta.xml"
            if is_beside and child.tag.rpartition("}")[2] in _STAMPS:
                parent.remove(child)
        for key in [key for key in parent.attrib if _IDS.search(key)]:
            del parent.attrib[key]
    if name.endswith(".rels") or name == "[Content_Types].xml":
        root[:] = sorted(root, key=lambda each: sorted(each.attrib.items()))
    return ET.canonicalize(ET.tostring(root, encoding="unicode")).encode()


def read_cells(members: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """Give the cells of each sheet as they are written, by their names."""
    strings: list[str] = []
    if _STRINGS in members:
        root = ET.fromstring(members[_STRINGS])  # noqa: S314
        strings = [_join_text(each) for each in root.iter(f"{_NAMESPACE}si")]
    found = {}
    for name, data in members.items():
        if sheet := _SHEET.fullmatch(name):
            root = ET.fromstring(data)  # noqa: S314
            cells = root.iter(f"{_NAMESPACE}c")
            found[sheet[1]] = {each.get("r", ""): _read_cell(each, strings) for each in cells}
    return found


def _join_text(part: Any) -> str:
    return "".join(each.text or "" for each in part.iter(f"{_NAMESPACE}t"))


def _read_cell(cell: Any, strings: list[str]) -> str:
    """Give a cell: its formula, when it has one, and its value."""
    formula = cell.findtext(f"{_NAMESPACE}f")
    value = cell.findtext(f"{_NAMESPACE}v") or ""
    if cell.get("t") == "s" and value:
        value = strings[int(value)]
    elif cell.get("t") == "inlineStr":
        value = _join_text(cell)
    return f"={formula} {value}" if formula else value


def _compare_cells(
    old: dict[str, dict[str, str]], new: dict[str, dict[str, str]], way: Way
) -> Finding:
    if old.keys() != new.keys():
        return Finding(DIFFERENT, f"sheets {', '.join(old)} → {', '.join(new)}")
    return join((part for name in old for part in _parts(name, old[name], new[name], way)), "cells")


def _parts(
    sheet: str, old: dict[str, str], new: dict[str, str], way: Way
) -> Iterator[tuple[str, Finding]]:
    """Compare the cells of one sheet: numbers together, texts each."""
    numbers = []
    for cell in [*old, *(each for each in new if each not in old)]:
        x, y = old.get(cell, ""), new.get(cell, "")
        if x == y:
            continue
        if is_number_text(x) and is_number_text(y):
            numbers.append((cell, x, y))
        else:
            yield f"{sheet}!{cell}", Finding(DIFFERENT, show_change(x, y))
    pairs = [(x, y) for _, x, y in numbers]
    size = sum(map(is_number_text, old.values()))
    found = compare_tokens(pairs, way.tolerance, lambda at: f"{sheet}!{numbers[at][0]}", size)
    if found.verdict != IDENTICAL:
        yield "", found
