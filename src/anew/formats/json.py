"""Plain values as JSON, with ``NaN`` and ``Infinity`` as Python and JavaScript write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from anew.formats.text import is_writable

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["JSON"]

# Python refuses to read numbers of more than 4300 digits, since that takes quadratic time.
_INT_BITS: Final = 8192
# Deeper ones would be written, but not be read where the stack is less deep.
_DEPTH: Final = 100
# Writing shared parts again and again could otherwise go on without end.
_PARTS: Final = 1_000_000


class _Json:
    """None, bool, int, float, str, and lists and dictionaries of them, of exactly these types."""

    name = "json"
    suffix = ".json"

    def accepts(self, value: object) -> bool:
        """Tell whether all parts come back equal and of the same type."""
        parts, seen = [value], 0
        for _ in range(_DEPTH):
            seen += len(parts)
            if not parts:
                return True
            inner: list[object] = []
            for part in parts:
                if type(part) is list:
                    inner.extend(part)
                elif type(part) is dict and all(type(key) is str for key in part):
                    inner.extend(part.keys())
                    inner.extend(part.values())
                elif not _is_plain(part):
                    return False
                if seen + len(inner) > _PARTS:
                    return False
            parts = inner
        return False

    def encode(self, value: Any) -> bytes:
        """Write JSON on one line, keys in their order."""
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"

    def decode(self, data: bytes) -> Any:
        """Read JSON."""
        return _read(data.decode())


def _is_plain(part: object) -> bool:
    """Tell whether JSON has a word for a value that is no container."""
    if type(part) is int:
        return part.bit_length() <= _INT_BITS
    if type(part) is str:
        return is_writable(part)
    return part is None or type(part) in {bool, float}


# Without a guess of the encoding: there may be ten thousand small ones.
_read: Final = json.JSONDecoder().decode

JSON: Final[Format] = _Json()
