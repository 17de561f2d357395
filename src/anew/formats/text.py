"""Text as UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["TEXT", "is_writable"]


def is_writable(text: str) -> bool:
    """Tell whether UTF-8 can write a text: it has no lone surrogates.

    Parameters
    ----------
    text
        Any text.

    Returns
    -------
    bool
        Nearly always True.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Text:
    """Text, line ends and all, as it is."""

    name = "text"
    suffix = ".txt"

    def accepts(self, value: object) -> bool:
        """Tell whether the value is a text that UTF-8 can write."""
        return type(value) is str and is_writable(value)

    def encode(self, value: str) -> bytes:
        """Write UTF-8."""
        return value.encode()

    def decode(self, data: bytes) -> str:
        """Read UTF-8."""
        return data.decode()


TEXT: Final[Format] = _Text()
