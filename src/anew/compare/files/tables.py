"""Comparing CSV and TSV (RFC 4180), column by column, as they are written."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from anew.changes import grouped
from anew.compare.files.numbers import compare_tokens, is_number_text
from anew.compare.files.texts import compare_decoded, decode_text, make_excerpt
from anew.compare.files.way import ignoring
from anew.compare.finding import DIFFERENT, SAME_CONTENT, Finding, join
from anew.compare.frames import describe_columns
from anew.compare.text import show_change

if TYPE_CHECKING:
    from anew.compare.files.way import Way

    Cells: TypeAlias = list[tuple[int, str, str]]

__all__ = ["compare_tables", "find_delimiter", "split_comments"]

_DELIMITERS: Final = ",;\t|"
_COMMENTS: Final = ("#", "%")


def compare_tables(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two tables of text.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.

    Returns
    -------
    Finding
        The column and, counted from 0 without the header, the row of the largest difference.
    """
    old, new = ((decode_text(data) or "").replace("\r\n", "\n") for data in (a, b))
    if old == new:
        is_marked = len({data.startswith(BOM_UTF8) for data in (a, b)}) > 1
        told = "one begins with a byte order mark" if is_marked else "the line ends differ"
        return Finding(SAME_CONTENT, told)
    (notes, old), (others, new) = split_comments(old), split_comments(new)
    remarks = compare_decoded(notes, others, way)
    delimiter = "\t" if way.suffix == ".tsv" else find_delimiter(old)
    rows = [list(csv.reader(io.StringIO(text), delimiter=delimiter)) for text in (old, new)]
    headers = [_pop_header(each) for each in rows]
    found = _compare_shapes(headers, rows) or _compare_rows(headers[0], rows, way)
    found = join([("", found), ("comment", remarks)], "parts")
    if found.is_good:
        return found
    return replace(found, excerpt=make_excerpt(old.split("\n"), new.split("\n")))


def split_comments(text: str) -> tuple[str, str]:
    """Split off the comments before a table."""
    lines = text.splitlines(keepends=True)
    count = next((i for i, line in enumerate(lines) if not line.startswith(_COMMENTS)), len(lines))
    return "".join(lines[:count]), "".join(lines[count:])


def find_delimiter(text: str) -> str:
    """Find what stands between the cells: what there is most of in the header."""
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _pop_header(rows: list[list[str]]) -> list[str]:
    """Take away the header, when there is one."""
    has_one = bool(rows) and not all(map(is_number_text, rows[0]))
    return rows.pop(0) if has_one else []


def _compare_shapes(headers: list[list[str]], rows: list[list[list[str]]]) -> Finding | None:
    """Compare columns and number of rows; None when they are the same."""
    if headers[0] != headers[1]:
        return Finding(DIFFERENT, describe_columns(*headers))
    if len(rows[0]) != len(rows[1]):
        numbers = (grouped(len(each)) for each in rows)
        return Finding(DIFFERENT, " rows → ".join(numbers) + " rows")
    return None


def _compare_rows(header: list[str], rows: list[list[list[str]]], way: Way) -> Finding:
    """Compare the rows that differ, each column by itself."""
    count = len(rows[0])
    pairs = ((i, x, y) for i, (x, y) in enumerate(zip(*rows, strict=True)) if x != y)
    columns: dict[int, Cells] = defaultdict(list)
    for row, x, y in pairs:
        if len(x) != len(y):
            return Finding(DIFFERENT, f"{len(x)} cells → {len(y)} cells", f"row {row}")
        for at, (one, other) in enumerate(zip(x, y, strict=True)):
            if one != other:
                columns[at].append((row, one, other))
    used: dict[str, None] = {}
    parts = []
    for at, cells in sorted(columns.items()):
        name = header[at] if at < len(header) else ""
        found = _compare_column(cells, name, count, way, used)
        parts.append((f"column {name!r}" if name else f"column {at}", found))
    return ignoring(join(parts, "columns"), way.noise, used)


def _compare_column(
    cells: Cells, name: str, count: int, way: Way, used: dict[str, None]
) -> Finding:
    """Compare the cells of a column that differ: numbers as such, texts but for noise."""
    numbers, texts = [], []
    for row, one, other in cells:
        if is_number_text(one) and is_number_text(other):
            if way.noise.is_duration(name, in_table=True):
                used["duration"] = None
            else:
                numbers.append((row, one, other))
        elif (names := way.noise.explain(one, other)) is not None:
            used.update(dict.fromkeys(names))
        else:
            texts.append((row, one, other))
    if texts:
        row, one, other = texts[0]
        differing = f"{grouped(len(texts))} of {grouped(count)} cells differ, here "
        return Finding(DIFFERENT, differing + show_change(one, other), f"[{row}]")
    pairs = [(one, other) for _, one, other in numbers]
    return compare_tokens(pairs, way.tolerance, lambda at: f"[{numbers[at][0]}]", count)
