"""Tables of Arrow in its own file format, for those who ask for it by name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.formats.loaded import is_exactly

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["ARROW"]


class _Arrow:
    """Tables of pyarrow, with their schema."""

    name = "arrow"
    suffix = ".arrow"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a table."""
        return is_exactly(value, "pyarrow.Table")

    def encode(self, value: Any) -> bytes:
        """Write the table, compressed."""
        from pyarrow import feather

        file = io.BytesIO()
        feather.write_feather(value, file, compression="zstd")
        return file.getvalue()

    def decode(self, data: bytes) -> Any:
        """Read the table."""
        from pyarrow import feather

        return feather.read_table(io.BytesIO(data))


ARROW: Final[Format] = _Arrow()
