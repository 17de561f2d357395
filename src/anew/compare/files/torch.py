"""Comparing files of PyTorch: an archive of a pickle and of the numbers it speaks of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.compare.files.archives import compare_members, read_zip
from anew.compare.files.safe import read_pickle
from anew.compare.files.stubs import Name, Stub
from anew.compare.finding import join

if TYPE_CHECKING:
    from anew.compare.files.way import Way
    from anew.compare.finding import Finding

__all__ = ["compare_torch"]

_DTYPES: Final = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
# Names of the archive itself, and of the writer.
_BESIDE: Final = frozenset({".data/serialization_id", "version", ".format_version", "byteorder"})


def compare_torch(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare tensors and what holds them, without running any code.

    Parameters
    ----------
    a, b
        Bytes of what ``torch.save`` wrote.
    way
        How to compare.
    """
    old, new = read_zip(a), read_zip(b)
    value = way.compare_tree(_read(old), _read(new))
    one, other = (
        {n: d for n, d in map(_shorten, each.items()) if _is_beside(n)} for each in (old, new)
    )
    if one == other:
        return value
    return join([("", value), ("", compare_members(one, other, way))], "parts")


def _shorten(member: tuple[str, bytes]) -> tuple[str, bytes]:
    """Name a member without the folder, which is called as the file was."""
    return member[0].partition("/")[2], member[1]


def _is_beside(name: str) -> bool:
    """Tell whether a member is not looked at with the pickle."""
    return not (name == "data.pkl" or name.startswith("data/") or name in _BESIDE)


def _read(members: dict[str, bytes]) -> Any:
    import numpy as np

    content = dict(map(_shorten, members.items()))

    def load(pid: Any) -> Any:
        """Give the storage that the pickle speaks of."""
        _, kind, key, _, count = pid
        name = kind.made_by.rpartition(".")[2] if isinstance(kind, Name) else str(kind)
        stored = Stub("torch.storage", (name, count))
        dtype = _DTYPES.get(name, "u1")
        stored.state = np.frombuffer(content[f"data/{key}"], dtype)
        return stored

    return read_pickle(content["data.pkl"], load)
