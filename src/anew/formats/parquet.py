"""Frames and series of pandas as Parquet.

What Parquet and pandas' own notes in it do not say (a frame or a series, its attrs, the frequency
of the index) is noted as JSON in the file's metadata, under the key ``anew``. A frame that still
does not come back equal is refused, and another format is tried.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_value
from anew.formats.json import JSON
from anew.formats.loaded import is_exactly

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from anew.types import Format

__all__ = ["PARQUET"]

_KEY: Final = b"anew"


class _Parquet:
    """Frames and series of pandas' own classes."""

    name = "parquet"
    suffix = ".parquet"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a frame or a series; only trying tells whether it fits."""
        return is_exactly(value, "pandas.DataFrame", "pandas.Series")

    def encode(self, value: pd.DataFrame | pd.Series[Any]) -> bytes:
        """Write Parquet, read it again, and refuse a value that does not come back equal."""
        data = _write(value)
        if digest_value(self.decode(data)) != digest_value(value):
            message = "it does not come back equal from Parquet"
            raise ValueError(message)
        return data

    def decode(self, data: bytes) -> Any:
        """Read Parquet into a frame, or the series that it was."""
        from pyarrow import parquet

        table = parquet.ParquetFile(io.BytesIO(data)).read()
        frame = table.to_pandas()
        notes = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
        frame.attrs.update(notes.get("attrs", {}))
        if notes.get("freq"):
            frame.index.freq = notes["freq"]
        if "series" not in notes:
            return frame
        series = frame.iloc[:, 0]
        series.name = notes["series"]
        series.attrs = dict(frame.attrs)
        return series


def _write(value: pd.DataFrame | pd.Series[Any]) -> bytes:
    """Write Parquet with notes on what it does not say by itself."""
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    notes: dict[str, Any] = {"attrs": dict(value.attrs)} if value.attrs else {}
    if isinstance(value.index, pd.DatetimeIndex | pd.TimedeltaIndex):
        notes["freq"] = value.index.freqstr
    if isinstance(value, pd.Series):
        notes["series"] = value.name
        frame = value.to_frame("value")
        frame.attrs = dict(value.attrs)
    else:
        frame = value
    _refuse_what_warns(frame)
    table = _keep_nan(pa.Table.from_pandas(frame), frame)
    metadata = {**table.schema.metadata, _KEY: json.dumps(notes).encode()}
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata(metadata), file, compression="zstd")
    return file.getvalue()


def _keep_nan(table: pa.Table, frame: pd.DataFrame) -> pa.Table:
    """Write NaN as the number that it is, with its bits, where pyarrow would write null."""
    import pyarrow as pa

    for place, kind in enumerate(frame.dtypes):
        if getattr(kind, "kind", "") == "f" and table.column(place).null_count:
            values = frame.iloc[:, place].to_numpy()
            if values.dtype == kind:  # a column of numpy's, not one with nulls of its own
                column = pa.array(values, from_pandas=False)
                table = table.set_column(place, table.field(place), column)
    return table


def _refuse_what_warns(frame: pd.DataFrame) -> None:
    """Refuse early what pyarrow would write after a warning, and not give back equal."""
    if not JSON.accepts(frame.attrs):
        message = "its attrs are not JSON"
        raise ValueError(message)
    if frame.columns.inferred_type.startswith("mixed"):
        message = "its column names are of several types"
        raise ValueError(message)


PARQUET: Final[Format] = _Parquet()
