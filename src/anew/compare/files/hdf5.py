"""Comparing HDF5 files, and what is built on it: NetCDF 4, tables of pandas, models of Keras."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import DIFFERENT, Finding, join
from anew.stamps.content import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.files.way import Way

__all__ = ["compare_hdf5"]

# Which libraries wrote a file: this is of the container.
_OF_THE_WRITER: Final = frozenset({ATTRIBUTE, "_NCProperties", "PYTABLES_FORMAT_VERSION"})


def compare_hdf5(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare groups, data sets and attributes; chunks, filters and times are not looked at.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    import h5py

    with h5py.File(io.BytesIO(a), "r") as old, h5py.File(io.BytesIO(b), "r") as new:
        before, after = _list(old), _list(new)
        gone, added = ([n for n in x if n not in y] for x, y in ((before, after), (after, before)))
        if gone or added:
            which = "the first" if gone else "the second"
            return Finding(DIFFERENT, f"only {which} has {(gone or added)[0]!r}")
        return join(_parts(before, after, way), "parts")


def _list(file: Any) -> dict[str, Any]:
    """Give all groups, data sets and links by their paths."""
    import h5py

    found: dict[str, Any] = {"/": file}

    def visit(group: Any, prefix: str) -> None:
        for name in sorted(group):
            path = f"{prefix}/{name}"
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.SoftLink):
                found[path] = f"link to {link.path}"
            elif isinstance(link, h5py.ExternalLink):
                found[path] = f"link to {link.path} in {link.filename}"
            else:
                found[path] = part = group[name]
                if isinstance(part, h5py.Group) and part.id not in seen:
                    seen.add(part.id)
                    visit(part, path)

    seen: set[Any] = {file.id}
    visit(file, "")
    return found


def _parts(
    before: dict[str, Any], after: dict[str, Any], way: Way
) -> Iterator[tuple[str, Finding]]:
    import h5py

    for path, old in before.items():
        new = after[path]
        if type(old) is not type(new):
            yield path, Finding(DIFFERENT, f"{type(old).__name__} → {type(new).__name__}")
            continue
        if isinstance(old, str):
            yield path, way.compare_tree(old, new)
            continue
        values = ({n: _read(x.attrs[n], x) for n in sorted(x.attrs)} for x in (old, new))
        attributes = ({n: v for n, v in each.items() if n not in _OF_THE_WRITER} for each in values)
        yield f"{path}, attributes", way.compare_tree(*attributes)
        if isinstance(old, h5py.Dataset):
            yield path, way.compare_values(_read_whole(old), _read_whole(new))
        elif isinstance(old, h5py.Datatype):
            yield path, way.compare_values(str(old.dtype), str(new.dtype))


def _read_whole(part: Any) -> Any:
    """Read a data set; one without any data is not one of zeros."""
    return "no data" if part.shape is None else _read(part[()], part)


def _read(value: Any, part: Any) -> Any:
    """Give a value without what is only true within its file: references become paths."""
    import h5py
    import numpy as np

    if isinstance(value, h5py.RegionReference | h5py.Reference):
        return f"reference to {part.file[value].name if value else 'nothing'}"
    if isinstance(value, h5py.Empty):
        return f"nothing of type {value.dtype}"
    if isinstance(value, np.str_ | np.bytes_ | bytes):
        return _read_text(value)
    if isinstance(value, np.ndarray) and value.dtype.hasobject:
        if value.dtype.names:
            names = value.dtype.names
            return {name: _read(value[name], part) for name in names}
        plain = np.empty(value.shape, dtype=object)
        plain.reshape(-1)[:] = [_read(each, part) for each in value.reshape(-1)]
        return plain
    return value


def _read_text(value: Any) -> Any:
    """Give texts as texts, however they are stored; pickles and the like as bytes."""
    if isinstance(value, str):
        return str(value)
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return bytes(value)
