"""Frames as CSV (RFC 4180), for those who ask for it by name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_exactly, is_instance

if TYPE_CHECKING:
    import pandas as pd

    from anew.types import Format

__all__ = ["CSV"]

# From this version on, pandas reads all digits of a float, and warns of being asked to.
_EXACT_BY_DEFAULT: Final = [3, 1]


class _Csv:
    """Frames, as any reader of CSV sees them: dtypes are guessed, an index is a column."""

    name = "csv"
    suffix = ".csv"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a frame; it need not come back equal."""
        return is_exactly(value, "pandas.DataFrame")

    def encode(self, value: pd.DataFrame) -> bytes:
        """Write UTF-8 with all digits of floats; row numbers are left out, other labels kept."""
        is_labelled = value.index.name is not None or not is_instance(
            value.index, "pandas.RangeIndex"
        )
        return value.to_csv(index=is_labelled, lineterminator="\n").encode()

    def decode(self, data: bytes) -> pd.DataFrame:
        """Read CSV, with the floats that were written."""
        import pandas as pd

        version = [int(part) for part in pd.__version__.split(".")[:2]]
        precision: Any = None if version >= _EXACT_BY_DEFAULT else "round_trip"
        return pd.read_csv(io.BytesIO(data), float_precision=precision)


CSV: Final[Format] = _Csv()
