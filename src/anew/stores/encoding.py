"""Values of parameters and parts as JSON text."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from anew.model import Part

__all__ = [
    "pack_parts",
    "read_json",
    "to_json",
    "to_text",
    "unpack_parts",
]

# What strict JSON cannot say is an object with one key: a number as text, a dict as its items.
_FLOAT: Final = "$float"
_INT: Final = "$int"
_ITEMS: Final = "$items"

_parts_to_json: Final = json.JSONEncoder(
    ensure_ascii=False, default=vars, check_circular=False
).encode

_INT_BITS: Final = 2_000  # Python refuses to read or write longer ones in decimal


def to_json(value: object) -> str:
    """Write plain data as strict JSON.

    NaN, infinities, huge numbers and keys that are no text are tagged, so that they come back;
    tuples come back as lists, other objects as the text of their repr.
    """
    try:
        plain = _plain(value)
    except RecursionError:
        plain = _describe(value)
    return to_text(json.dumps(plain, ensure_ascii=False, allow_nan=False))


def read_json(text: str) -> Any:
    """Read what `to_json` wrote."""
    return _read_tagged(text) if '"$' in text else _read_plain(text)


def to_text(text: str) -> str:
    r"""Escape the halves of characters that file names may hold and UTF-8 may not.

    Examples
    --------
    >>> to_text("caf\udce9.csv")
    'caf\\udce9.csv'
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: object) -> object:
    """Reduce a value to what strict JSON can say."""
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {key: _plain(item) for key, item in value.items()}
        return {_ITEMS: [[_plain_scalar(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: object) -> object:
    """Reduce a number or text, those of numpy included; describe anything else."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value) if value.bit_length() <= _INT_BITS else {_INT: hex(value)}
        case float():
            return float(value) if math.isfinite(value) else {_FLOAT: repr(float(value))}
    try:  # numpy is not imported for this
        item = value.item() if getattr(value, "shape", None) == () else None  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - somebody's class may do anything here
        item = None
    return _plain_scalar(item) if isinstance(item, str | int | float) else _describe(value)


def _describe(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a value that cannot even be shown is told by its type
        return f"<{type(value).__qualname__}>"


def _untag(table: dict[str, Any]) -> Any:
    """Turn a tagged value back into what it was."""
    match table:
        case {"$float": text}:
            return float(text)
        case {"$int": text}:
            return int(text, 16)
        case {"$items": items}:
            return dict(items)
    return table


# A call of `json.loads` with a hook would make a decoder each time: longer than to read.
_read_plain: Final = json.JSONDecoder().decode
_read_tagged: Final = json.JSONDecoder(object_hook=_untag).decode


def pack_parts(parts: tuple[Part, ...]) -> str:
    """Write parts as JSON: a list of objects."""
    return to_text(_parts_to_json(parts)) if parts else "[]"


def unpack_parts(text: str) -> tuple[Part, ...]:
    """Read what `pack_parts` wrote."""
    return tuple(Part(**part) for part in json.loads(text))
