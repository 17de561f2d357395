"""A path, which stands for the content of that file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import ValueNotStoredError
from anew.stamps import bare_bytes

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["FILE"]


class _File:
    """The bytes of a file that something else has written."""

    name = "file"
    suffix = ".bin"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a path."""
        return isinstance(value, Path)

    def encode(self, value: Path) -> bytes:
        """Read the file without its stamp, or say why it cannot be read."""
        try:
            return bare_bytes(str(value), value.read_bytes())
        except OSError as error:
            what = f"the file {str(value)!r} cannot be read: {error.strerror}"
            hint = "give the path of a file that is there; for the path itself, str(path)"
            raise ValueNotStoredError(what, hint=hint) from error

    def decode(self, data: bytes) -> bytes:
        """Give the bytes: which program reads them, the suffix says."""
        return data


FILE: Final[Format] = _File()
