"""Values of arguments as JSON can write them, without secrets."""

from __future__ import annotations

import enum
import os

from ..masking import MASK, is_secret_name, mask_text, mask_value

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

__all__ = ["leaves_of", "to_plain"]

_MOST = 200  # items of a list, leaves of a tree
_LONGEST = 10_000
_DEEPEST = 8
_SAID = frozenset({"datetime", "decimal", "fractions", "ipaddress", "uuid"})


def leaves_of(value: Any, name: str = "") -> dict[str, Any]:
    """Spread dataclasses, mappings and the like to plain values under dotted names."""
    leaves: dict[str, Any] = {}
    _spread(value, name, leaves, _DEEPEST)
    return leaves


def _spread(value: Any, name: str, leaves: dict[str, Any], depth: int) -> None:
    fields = _fields_of(value) if depth else None
    if len(leaves) >= _MOST:
        return
    if not fields:
        if name and fields is None:
            leaves[name] = to_plain(value, name)
        return
    for key, each in fields.items():
        _spread(each, f"{name}.{key}" if name else str(key), leaves, depth - 1)


def _fields_of(value: Any) -> dict[Any, Any] | None:
    """Give what is in a value that has named parts; None for any other."""
    if isinstance(value, dict):
        return value
    if type(value).__name__ == "Namespace":  # of argparse and those built on it
        return dict(vars(value))
    names = getattr(type(value), "__dataclass_fields__", None)  # dataclasses need no import
    if names is None:
        names = getattr(type(value), "model_fields", None)  # pydantic
    if names is None and hasattr(type(value), "__attrs_attrs__"):
        names = [field.name for field in type(value).__attrs_attrs__]
    if names is None and isinstance(value, tuple):
        names = getattr(type(value), "_fields", None)
    if names is None or not all(isinstance(name, str) for name in names):
        return None
    return {name: getattr(value, name) for name in names if hasattr(value, name)}


def to_plain(value: Any, name: str = "", depth: int = _DEEPEST) -> Any:
    """Write a value as JSON can, without what its name or shape makes a secret."""
    if isinstance(value, enum.Enum):
        return value.name
    if type(value).__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        value = value.item()
    if value is None or isinstance(value, (bool, int, float, str)):
        return mask_value(name, _cut(_bare(value)))
    if isinstance(value, (list, tuple, set, frozenset)) and depth:
        return [to_plain(each, name, depth - 1) for each in _ordered(value)[:_MOST]]
    if depth and (fields := _fields_of(value)) is not None:
        pairs = list(fields.items())[:_MOST]
        return {str(key): to_plain(each, f"{name}.{key}", depth - 1) for key, each in pairs}
    if is_secret_name(name):
        return MASK
    return mask_text(_cut(_say(value)))


def _bare(value: Any) -> Any:
    """Give a number or text of a class of its own as what it is to JSON."""
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return value


def _ordered(value: Any) -> list[Any]:
    return sorted(value, key=repr) if isinstance(value, (set, frozenset)) else list(value)


def _cut(value: Any) -> Any:
    return value[:_LONGEST] if isinstance(value, str) else value


def _say(value: Any) -> Any:
    """Write what JSON cannot, without addresses in memory and without what the program made."""
    if isinstance(value, os.PathLike):
        return os.fsdecode(value.__fspath__())
    if isinstance(value, (bytes, bytearray)):
        return bytes(value[:_LONGEST]).decode("utf-8", "backslashreplace")
    kind = type(value)
    if kind.__module__ in _SAID:
        return str(value)
    name = getattr(value, "__qualname__", None)  # of functions and classes
    if not isinstance(name, str) and hasattr(kind, "read"):
        name = getattr(value, "name", None)  # of an open file
    return name if isinstance(name, str) else f"<{kind.__qualname__}>"
