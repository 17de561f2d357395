"""Bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["BINARY"]


class _Binary:
    """Bytes, whatever they are."""

    name = "binary"
    suffix = ".bin"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is bytes."""
        return type(value) is bytes

    def encode(self, value: bytes) -> bytes:
        """Give the bytes."""
        return value

    def decode(self, data: bytes) -> bytes:
        """Give the bytes."""
        return data


BINARY: Final[Format] = _Binary()
