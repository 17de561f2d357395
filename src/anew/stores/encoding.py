"""Values of parameters and parts as JSON text, and series as blocks of columns."""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from typing import TYPE_CHECKING, Any, Final

from anew.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.journal import LoggedPoint

__all__ = [
    "pack_console",
    "pack_parts",
    "pack_series",
    "read_json",
    "to_json",
    "to_text",
    "unpack_console",
    "unpack_parts",
    "unpack_series",
]

# What strict JSON cannot say is an object with one key: a number as text, a dict as its items.
_FLOAT: Final = "$float"
_INT: Final = "$int"
_ITEMS: Final = "$items"

_parts_to_json: Final = json.JSONEncoder(
    ensure_ascii=False, default=vars, check_circular=False
).encode

_INT_BITS: Final = 2_000  # Python refuses to read or write longer ones in decimal
_LAST_STEP: Final = 2**63 - 1


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


def pack_series(points: Iterable[LoggedPoint]) -> tuple[int, bytes, float]:
    """Pack the points of one metric into a block of columns.

    A point without a step number gets the one after its predecessor's, 0 for the first.

    Returns
    -------
    count : int
    block : bytes
        Little-endian int64 steps, float64 values, float64 times (UTC seconds), compressed.
    last : float
        The last value.
    """
    steps, values, times = array("q"), array("d"), array("d")
    following = 0
    for point in points:
        step = following if point.step is None else point.step
        following = min(step, _LAST_STEP - 1) + 1
        steps.append(step)
        values.append(point.value)
        times.append(point.time)
    block = b"".join(_little(column).tobytes() for column in (steps, values, times))
    return len(steps), zlib.compress(block, 1), values[-1]


def unpack_series(count: int, block: bytes) -> Iterable[tuple[int, float, float]]:
    """Give (step, value, time) of each point of a block."""
    data = zlib.decompress(block)
    if len(data) != 24 * count:
        message = f"a block of {count} points has {len(data)} bytes, expected {24 * count}"
        raise ValueError(message)
    columns = []
    for place, code in enumerate("qdd"):
        column = array(code)
        column.frombytes(data[place * 8 * count : (place + 1) * 8 * count])
        columns.append(_little(column))
    return zip(*columns, strict=True)


def _little(column: array[Any]) -> array[Any]:
    """Swap the bytes on the rare machine that is not little-endian."""
    if sys.byteorder == "big":
        column.byteswap()
    return column


def pack_parts(parts: tuple[Part, ...]) -> str:
    """Write parts as JSON: a list of objects."""
    return to_text(_parts_to_json(parts)) if parts else "[]"


def unpack_parts(text: str) -> tuple[Part, ...]:
    """Read what `pack_parts` wrote."""
    return tuple(Part(**part) for part in json.loads(text))


def pack_console(printed: list[tuple[str, str]]) -> bytes:
    """Pack printed text, as (stream, text) in the order of printing."""
    return zlib.compress(json.dumps(printed).encode(), 1)


def unpack_console(data: bytes) -> list[tuple[str, str]]:
    """Read what `pack_console` packed."""
    return [(stream, text) for stream, text in json.loads(zlib.decompress(data))]
