"""Values of parameters and parts as JSON text."""

from __future__ import annotations

import json
import math
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from anew.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "pack_parts",
    "read_columns",
    "read_json",
    "read_numbers",
    "to_columns",
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

# So few that Python does not take what is made of them for garbage to be looked for.
_AT_ONCE: Final = 128

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


def to_columns(parts: Iterable[Sequence[Mapping[str, Any]]], absent: Any) -> dict[str, list[Any]]:
    """Turn values by name into columns.

    Parameters
    ----------
    parts
        Some rows after the other; a name may be in some only.
    absent
        What stands for a value that a row lacks.
    """
    columns: dict[str, list[Any]] = {}
    count = 0
    for rows in parts:
        for name in dict.fromkeys(chain(columns, *rows)):
            if name not in columns:
                columns[name] = [absent] * count
            columns[name] += [row.get(name, absent) for row in rows]
        count += len(rows)
    return columns


def read_columns(texts: Sequence[str], absent: Any = None) -> dict[str, list[Any]]:
    """Read many objects as columns by name.

    Parameters
    ----------
    texts
        What `to_json` wrote of each.
    absent
        What stands for a value that one lacks.
    """
    starts = range(0, len(texts), _AT_ONCE)
    parts = (read_json(f"[{','.join(texts[i : i + _AT_ONCE])}]") for i in starts)
    return to_columns(parts, absent)


def read_numbers(texts: Sequence[str]) -> dict[str, list[float]]:
    """Read many objects of numbers as columns by name, with NaN for what one lacks."""
    found = _read_quickly(texts)
    return read_columns(texts, math.nan) if found is None else found


def _read_quickly(texts: Sequence[str]) -> dict[str, list[float]] | None:
    """Let Arrow read, in half of the time; None for what may mean another thing to it."""
    import pyarrow as pa
    from pyarrow import json as arrow

    lines = "\n".join(texts)
    if '"$' in lines:
        return None
    try:
        found = arrow.read_json(
            pa.BufferReader(lines.encode()), arrow.ReadOptions(use_threads=False)
        )
    except pa.ArrowInvalid:
        return None
    if found.num_rows != len(texts) or not {pa.float64(), pa.int64()}.issuperset(
        found.schema.types
    ):
        return None
    columns = zip(found.column_names, found.columns, strict=True)
    return {name: column.to_numpy().astype("float64").tolist() for name, column in columns}


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
