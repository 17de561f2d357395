"""The first place in which two values differ, in a few words."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.compare import compare_values
from anew.compare.text import compare_bytes, compare_texts
from anew.digests import digest_value
from anew.errors import ValueNotStoredError
from anew.formats.loaded import is_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import numpy as np

    Array: TypeAlias = np.ndarray[Any, Any]

__all__ = ["first_difference"]

_WIDTH: Final = 120
_VALUE: Final = 32
_BRIEF: Final = 24
_PLACE: Final = 48
_BITS: Final = 200
_CHUNK: Final = 1 << 18

_PLAIN: Final = frozenset({int, bool, str, bytes, type(None)})

# What is like a container of Python, and how it becomes one.
_LIKE: Final[dict[str, Callable[[Any], Any]]] = {
    "torch.Tensor": lambda value: value.detach().cpu().numpy(),
    "polars.DataFrame": lambda value: value.to_dict(as_series=False),
    "polars.Series": lambda value: value.to_list(),
    "pyarrow.Table": lambda value: value.to_pydict(),
    "pyarrow.Array": lambda value: value.to_pylist(),
    "pyarrow.ChunkedArray": lambda value: value.to_pylist(),
    "xarray.DataArray": lambda value: value.values,
    "xarray.Dataset": lambda value: {name: value[name].values for name in value.variables},
}


@dataclass(frozen=True)
class _Found:
    """How two parts differ, and where they are in the whole."""

    detail: str
    place: str = ""

    def within(self, place: str) -> _Found:
        return _Found(self.detail, place + self.place)


def first_difference(old: object, new: object) -> str:
    """Say where two values first differ.

    Parameters
    ----------
    old, new
        Any values, such as a function gave for the same arguments.

    Returns
    -------
    str
        At most 120 characters on one line: the place and both values, as ``['w'][3]: 0.1 → 0.2``;
        for frames column and row; or how type, dtype, shape, length or keys differ. Empty when the
        values are the same.

    Notes
    -----
    The same is what has the same digest. Never raises: of what cannot be looked into, that is said.

    Examples
    --------
    >>> first_difference({"w": [1, 2]}, {"w": [1, 3]})
    "['w'][1]: 2 → 3"
    """
    try:
        found = _find(old, new) or _find_otherwise(old, new)
        text = _join(found) if found else ""
    except RecursionError:
        text = "somewhere deep inside"
    except Exception as error:  # noqa: BLE001 - code of strangers' classes runs here
        text = f"two of {type(old).__name__} that cannot be compared: {type(error).__name__}"
    text = " ".join(text.split("\n"))
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def _join(found: _Found) -> str:
    """Write place and detail; of a long place the end."""
    place = found.place.removeprefix(", ")
    place = place if len(place) <= _PLACE else f"…{place[-_PLACE:]}"
    return f"{place}: {found.detail}" if place else found.detail


def _find_otherwise(old: object, new: object) -> _Found | None:
    """Find a difference that the parts do not show."""
    if _have_one_digest(old, new):
        return None
    detail = compare_values(old, new)[1]
    return _Found(detail or f"two different objects of type {type(old).__name__}")


def _find(old: Any, new: Any) -> _Found | None:
    """Find the first difference by type; what is nested comes back here."""
    if old is new:
        return None
    if _name_type(old) != _name_type(new):
        return _Found(_show_types(old, new))
    if type(old) in _PLAIN or isinstance(old, float):
        return None if _are_equal(old, new) else _find_in_plain(old, new)
    for name, find in _LOADED.items():
        if is_instance(old, name):
            return find(old, new)
    like = next((convert for name, convert in _LIKE.items() if is_instance(old, name)), None)
    if like is not None:
        return _find(like(old), like(new))
    kind = next((kind for kind in _BUILTIN if isinstance(old, kind)), object)
    return _BUILTIN[kind](old, new)


def _find_in_plain(old: Any, new: Any) -> _Found:
    if isinstance(old, str | bytes) and max(len(old), len(new)) > _VALUE:
        compare: Any = compare_texts if isinstance(old, str) else compare_bytes
        found = compare(old, new)
        return _Found(found.detail, found.place)
    return _Found(_show_pair(old, new))


def _find_in_dicts(old: dict[Any, Any], new: dict[Any, Any]) -> _Found | None:
    gone = [f"key {_show(key)} is gone" for key in old if key not in new]
    added = [f"key {_show(key)} is new" for key in new if key not in old]
    if gone or added:
        return _Found(" and ".join(gone[:1] + added[:1]))
    if isinstance(old, OrderedDict) and list(old) != list(new):
        return _Found("keys in another order")
    return _find_in_parts((f"[{_show(key)}]", old[key], new[key]) for key in old)


def _find_in_lists(old: Any, new: Any) -> _Found | None:
    if len(old) != len(new):
        return _Found(f"length {len(old)} → {len(new)}")
    pairs = enumerate(zip(old, new, strict=True))
    return _find_in_parts((f"[{i}]", x, y) for i, (x, y) in pairs)


def _find_in_parts(parts: Iterable[tuple[str, Any, Any]]) -> _Found | None:
    """Find the first of the parts that differs, and where in it."""
    for place, old, new in parts:
        if not _are_equal(old, new):
            found = _find(old, new) or _find_otherwise(old, new)
            if found is not None:
                return found.within(place)
    return None


def _find_in_objects(old: Any, new: Any) -> _Found | None:
    """Compare the attributes of objects; what has none is left to the digests."""
    before, after = dict(_attributes(old)), dict(_attributes(new))
    for name in before.keys() ^ after.keys():
        return _Found("is gone" if name in before else "is new", f".{name}")
    return _find_in_parts((f".{name}", before[name], after[name]) for name in before)


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    """Give the attributes that an object holds itself."""
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in {"__dict__", "__weakref__"} and hasattr(value, name):
                yield name, getattr(value, name)


def _find_in_arrays(old: Array, new: Array) -> _Found | None:
    """Find the first element that differs, in the order of the indices."""
    import numpy as np

    if old.dtype != new.dtype:
        return _Found(f"dtype {old.dtype} → {new.dtype}")
    if old.shape != new.shape:
        return _Found(f"shape {old.shape} → {new.shape}")
    if isinstance(old, np.ma.MaskedArray):
        parts = [(np.ma.getmaskarray(each), np.ma.filled(each)) for each in (old, new)]
        return _find_in_parts(zip(("mask", ""), *parts, strict=True))
    old, new = np.asarray(old), np.asarray(new)
    if old.dtype.names is not None:
        return _find_in_parts((f"[{name!r}]", old[name], new[name]) for name in old.dtype.names)
    return _find_in_elements(old, new)


def _find_in_elements(old: Array, new: Array) -> _Found | None:
    """Find the first element that differs of two arrays of one dtype and shape."""
    import numpy as np

    place = _first_place(old, new)
    if place is None:
        return None
    indices = [int(i) for i in np.unravel_index(place, old.shape)]
    x, y = old[tuple(indices)], new[tuple(indices)]
    inner = _find(x, y) if old.dtype.hasobject else None
    return (inner or _Found(_show_pair(x, y))).within(str(indices) if indices else "")


def _first_place(old: Array, new: Array) -> int | None:
    """Find the first differing element of two arrays alike, as its place in the flat array."""
    old, new = old.reshape(-1), new.reshape(-1)
    for start in range(0, old.size, _CHUNK):
        x, y = (each[start : start + _CHUNK] for each in (old, new))
        if old.dtype.hasobject:
            differs = (i for i, pair in enumerate(zip(x, y, strict=True)) if not _are_equal(*pair))
            place = next(differs, None)
        else:
            place = _first_true(x, y)
        if place is not None:
            return start + place
    return None


def _first_true(x: Array, y: Array) -> int | None:
    """Find the first of two flat parts where the numbers differ, or the sign of zeros does."""
    import numpy as np

    differs = np.asarray(x != y)
    if x.dtype.kind in "fc":
        differs &= ~(np.isnan(x) & np.isnan(y))
        signs = [np.signbit(part) for each in (x, y) for part in (each.real, each.imag)]
        zeros = (x == y) & ((signs[0] != signs[2]) | (signs[1] != signs[3]))
        differs |= zeros
    elif x.dtype.kind in "mM":
        differs &= ~(np.isnat(x) & np.isnat(y))
    return int(np.argmax(differs)) if differs.any() else None


def _find_in_frames(old: Any, new: Any) -> _Found | None:
    """Find the first column that differs, and the first row in it."""
    before, after = list(old.columns), list(new.columns)
    if len(before) == len(after) and before != after and set(before) == set(after):
        return _Found("columns in another order")
    if before != after:
        gone = [f"column {_show(name)} is gone" for name in before if name not in after]
        added = [f"column {_show(name)} is new" for name in after if name not in before]
        return _Found(" and ".join(gone[:1] + added[:1]) or f"{len(before)} → {len(after)} columns")
    if len(old) != len(new):
        return _Found(f"{len(old)} rows → {len(new)} rows")
    found = _find_in_rows(old.index, new.index, old.index)
    if found:
        return found.within("index")
    for i, name in enumerate(before):
        found = _find_in_rows(old.iloc[:, i], new.iloc[:, i], old.index)
        if found:
            return found.within(f"column {_show(name)}")
    found = _find(old.attrs, new.attrs)
    return found.within(".attrs") if found else None


def _find_in_series(old: Any, new: Any) -> _Found | None:
    if not _are_equal(old.name, new.name):
        return _Found(_show_pair(old.name, new.name), "name")
    if len(old) != len(new):
        return _Found(f"{len(old)} rows → {len(new)} rows")
    found = _find_in_rows(old.index, new.index, old.index)
    return found.within("index") if found else _find_in_rows(old, new, old.index)


def _find_in_indexes(old: Any, new: Any) -> _Found | None:
    if len(old) != len(new):
        return _Found(f"{len(old)} rows → {len(new)} rows")
    return _find_in_rows(old, new, old) or (
        None if list(old.names) == list(new.names) else _Found(_show_pair(old.names, new.names))
    )


def _find_in_rows(old: Any, new: Any, index: Any) -> _Found | None:
    """Find the first row in which two columns differ."""
    import numpy as np

    if str(old.dtype) != str(new.dtype):
        return _Found(f"dtype {old.dtype} → {new.dtype}")
    is_plain = isinstance(old.dtype, np.dtype)
    x, y = (v.to_numpy() if is_plain else v.astype(object).to_numpy() for v in (old, new))
    place = _first_place(x, y)
    if place is None:
        return None
    label = _show_plain(index[place])
    row = f"row {place}" if label == str(place) else f"row {place} ({label})"
    return _Found(_show_pair(x[place], y[place]), f", {row}")


_LOADED: Final[dict[str, Callable[[Any, Any], _Found | None]]] = {
    "numpy.ndarray": _find_in_arrays,
    "pandas.DataFrame": _find_in_frames,
    "pandas.Series": _find_in_series,
    "pandas.Index": _find_in_indexes,
}

_BUILTIN: Final[dict[type, Callable[[Any, Any], _Found | None]]] = {
    dict: _find_in_dicts,
    list: _find_in_lists,
    tuple: _find_in_lists,
    object: _find_in_objects,
}


def _are_equal(old: Any, new: Any) -> bool:
    """Tell whether two parts are the same, as the digests mean it."""
    if old is new:
        return True
    if type(old) is type(new):
        if type(old) in _PLAIN:
            return bool(old == new)
        if type(old) is float:
            same = old == new and math.copysign(1, old) == math.copysign(1, new)
            return same or (math.isnan(old) and math.isnan(new))
    return _have_one_digest(old, new)


def _have_one_digest(old: Any, new: Any) -> bool:
    """Tell whether two values have one digest; what has none is searched like what differs."""
    try:
        return digest_value(old) == digest_value(new)
    except ValueNotStoredError:
        return False


def _name_type(value: object) -> tuple[str, str]:
    """Name a type; one that was unpickled may be another object than the one that was pickled."""
    return type(value).__module__, type(value).__qualname__


def _show_types(old: object, new: object) -> str:
    """Name two types, with the values where they are brief."""
    texts = []
    for value in (old, new):
        name, text = type(value).__name__, _show(value)
        is_brief = len(text) <= _BRIEF and not text.endswith(">")
        texts.append("None" if value is None else f"{name} {text}" if is_brief else name)
    return " → ".join(texts)


def _show_pair(old: object, new: object) -> str:
    """Write two values; those of numpy as Python's, when that tells them apart."""
    texts = [_show_plain(each) for each in (old, new)]
    return " → ".join(texts if texts[0] != texts[1] else [_show(old), _show(new)])


def _show_plain(value: Any) -> str:
    return _show(value.item() if is_instance(value, "numpy.generic") else value)


def _show(value: object) -> str:
    """Write a value in a few characters."""
    if type(value) is int and value.bit_length() > _BITS:
        return "an integer of many digits"
    text = repr(value)
    return text if len(text) <= _VALUE else f"{text[:_VALUE]}…"
