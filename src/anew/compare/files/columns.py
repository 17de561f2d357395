"""Comparing files of columns: Parquet, Arrow, Feather, ORC."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

from anew.changes import grouped
from anew.compare.finding import DIFFERENT, SAME_CONTENT, Finding, equal_numbers, join
from anew.compare.frames import describe_columns
from anew.stamps.content import INHERITED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_arrow", "compare_orc", "compare_parquet", "compare_stream"]

_OF_THE_WRITER: Final = frozenset(
    {"creator", "pandas_version", "library", "version", "pandas_type", "numpy_type"}
)


def compare_parquet(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two tables, whatever the row groups, the compression and the writer.

    Parameters
    ----------
    a, b
        Bytes of Parquet files.
    way
        How to compare.
    """
    from pyarrow import parquet

    old, new = (parquet.ParquetFile(io.BytesIO(data)).read() for data in (a, b))
    return _compare(old, new, way)


def compare_arrow(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two tables in the file format of Arrow, which is that of Feather.

    Parameters
    ----------
    a, b
        Bytes of Arrow or Feather files.
    way
        How to compare.
    """
    from pyarrow import feather

    old, new = (feather.read_table(io.BytesIO(data)) for data in (a, b))
    return _compare(old, new, way)


def compare_stream(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two tables in the streaming format of Arrow.

    Parameters
    ----------
    a, b
        Bytes of streams.
    way
        How to compare.
    """
    from pyarrow import ipc

    old, new = (ipc.open_stream(io.BytesIO(data)).read_all() for data in (a, b))
    return _compare(old, new, way)


def compare_orc(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare two tables in ORC.

    Parameters
    ----------
    a, b
        Bytes of ORC files.
    way
        How to compare.
    """
    from pyarrow import orc

    old, new = (orc.ORCFile(io.BytesIO(data)).read() for data in (a, b))
    return _compare(old, new, way)


def _compare(old: Any, new: Any, way: Way) -> Finding:
    """Compare two tables of Arrow, column by column."""
    if old.column_names != new.column_names:
        return Finding(DIFFERENT, describe_columns(old.column_names, new.column_names))
    if old.num_rows != new.num_rows:
        return Finding(DIFFERENT, f"{grouped(old.num_rows)} rows → {grouped(new.num_rows)} rows")
    return join(_parts(old, new, way), "columns")


def _parts(old: Any, new: Any, way: Way) -> Iterator[tuple[str, Finding]]:
    for name, x, y in zip(old.column_names, old.columns, new.columns, strict=True):
        yield f"column {name!r}", _compare_column(x, y, way)
    yield "metadata", way.compare_tree(_read_notes(old.schema), _read_notes(new.schema))


def _is_numeric(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _compare_column(x: Any, y: Any, way: Way) -> Finding:
    import numpy as np
    import pyarrow as pa
    from pyarrow import compute

    if x.type != y.type:
        values = way.compare_values(x.to_pylist(), y.to_pylist())
        if not values.is_good:
            return values
        told, are_numbers = f"type {x.type} → {y.type}", _is_numeric(x.type) and _is_numeric(y.type)
        types = equal_numbers(told) if are_numbers else Finding(SAME_CONTENT, told)
        return join([("", values), ("", types)], "")
    if x.equals(y):
        return Finding()
    masks = [each.is_null().to_numpy() for each in (x, y)]
    rows = np.flatnonzero(masks[0] != masks[1])
    if rows.size:
        told = " → ".join("missing" if mask[rows[0]] else "present" for mask in masks)
        number = f"{grouped(rows.size)} of {grouped(len(x))} missing in one alone, here "
        return Finding(DIFFERENT, number + told, f"[{rows[0]}]")
    if not _is_numeric(x.type):
        return way.compare_values(x.to_pylist(), y.to_pylist())
    filled = (compute.fill_null(each, pa.scalar(0, each.type)).to_numpy() for each in (x, y))
    return way.compare_values(*filled)


def _read_notes(schema: Any) -> dict[str, Any]:
    """Read what stands beside the columns, but for who wrote it."""
    notes = {}
    for key, value in (schema.metadata or {}).items():
        if key in INHERITED:
            continue
        text = value.decode(errors="replace")
        try:
            notes[key.decode(errors="replace")] = _strip(json.loads(text))
        except ValueError:
            notes[key.decode(errors="replace")] = text
    return notes


def _strip(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _strip(value) for key, value in tree.items() if key not in _OF_THE_WRITER}
    return [_strip(each) for each in tree] if isinstance(tree, list) else tree
