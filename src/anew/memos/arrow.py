"""Tables of pyarrow and polars as Arrow IPC files, uncompressed, mapped into memory.

What of a polars value the file does not say (that it was a series, and its name) is noted in the
metadata of its schema, under the key ``anew``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_exactly
from anew.memos.payload import INLINE_BYTES, Encoded

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["encode_arrow", "read_arrow"]

_KEY: Final = b"anew"
_TABLE: Final = ""  # nothing is noted in a table of the user's own
_FRAME: Final = "frame"


def encode_arrow(value: Any) -> Encoded | None:
    """Encode a table; None when it is small, or when Arrow does not give it back equal.

    Parameters
    ----------
    value
        A pyarrow table, a polars frame or a polars series.
    """
    table, note = _to_table(value)
    if table is None or table.nbytes <= INLINE_BYTES or _is_refused(value, table, note):
        return None
    return Encoded(".arrow", table.nbytes, write=lambda path: _write(table, note, path))


def _to_table(value: Any) -> tuple[Any, str]:
    """Give a value as an Arrow table that shares its memory; None when that is not possible."""
    if is_exactly(value, "pyarrow.lib.Table"):
        return value, _TABLE
    import polars as pl

    is_series = isinstance(value, pl.Series)
    note = json.dumps(["series", value.name]) if is_series else _FRAME
    frame = value.to_frame("value") if is_series else value
    try:
        return frame.to_arrow(compat_level=pl.CompatLevel.newest()), note
    except Exception:  # noqa: BLE001 - columns of Python objects, which only pickle can write
        return None, note


def _is_refused(value: Any, table: Any, note: str) -> bool:
    """Tell whether a table without its rows comes back with other columns."""
    import pyarrow as pa

    if note == _TABLE and any(map(_has_other_dictionaries, table.columns)):
        return True
    few = table.slice(0, 1)
    sink = pa.BufferOutputStream()
    try:
        _write_to(sink, few, note)
        again = _from_reader(pa.ipc.open_file(sink.getvalue()))
    except Exception:  # noqa: BLE001 - types that the format, or this release, has no word for
        return True
    if note == _TABLE:
        return not (
            again.schema.equals(value.schema, check_metadata=True)
            and again.num_rows == few.num_rows
        )
    begin = value.head(1)
    return type(again) is not type(value) or not _is_same_frame(again, begin)


def _has_other_dictionaries(column: Any) -> bool:
    """Tell whether the parts of a column may have dictionaries that a file would make one."""
    return column.num_chunks > 1 and "dictionary<" in str(column.type)


def _is_same_frame(again: Any, begin: Any) -> bool:
    """Tell whether two polars values agree in dtypes, names and content."""
    import polars as pl

    if isinstance(begin, pl.Series):
        return bool(again.dtype == begin.dtype and again.equals(begin, check_names=True))
    return bool(again.schema == begin.schema and again.equals(begin))


def _write(table: Any, note: str, path: Path) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as sink:
        _write_to(sink, table, note)


def _write_to(sink: Any, table: Any, note: str) -> None:
    import pyarrow as pa

    if note != _TABLE:
        table = table.replace_schema_metadata({_KEY: note.encode()})
    options = pa.ipc.IpcWriteOptions(unify_dictionaries=True)
    with pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_table(table)


def read_arrow(path: Path) -> Any:
    """Read a table whose columns lie in the file.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    Exception
        Whatever Arrow says of a file that is none, or damaged.
    """
    import pyarrow as pa

    return _from_reader(pa.ipc.open_file(pa.memory_map(str(path))))


def _from_reader(reader: Any) -> Any:
    table = reader.read_all()
    table.validate()
    note = (table.schema.metadata or {}).get(_KEY, b"").decode()
    if note == _TABLE:
        return table
    import polars as pl

    frame: Any = pl.from_arrow(table, rechunk=False)
    if note == _FRAME:
        return frame
    _, name = json.loads(note)
    return frame.get_column("value").alias(name)
