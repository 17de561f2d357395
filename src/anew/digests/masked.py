"""Encoders of numpy's masked arrays: what lies under the mask does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.digests.arrays import settle, write_dtype
from anew.digests.atoms import BLOCK_ITEMS
from anew.digests.instances import find_added
from anew.digests.plain import encode_block
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

    Array: TypeAlias = np.ndarray[Any, Any]

__all__: list[str] = []

# Part of the format: mask and data take turns.
_BLOCK_BYTES: Final = 1 << 20


@register("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray", tag="masked")
def _encode_masked(value: np.ma.MaskedArray[Any, Any], walk: Walk) -> Iterator[Chunk]:
    import numpy as np

    yield write_dtype(value.dtype, walk)
    yield walk.token(value.shape)
    # What it is by default depends on the room for it only until it is pickled.
    fill = np.asarray(value.fill_value)
    same = value.dtype.hasobject or value.dtype.names is not None
    yield walk.token(fill if same else fill.astype(value.dtype), ATTRIBUTE, "fill_value")
    yield walk.token(bool(value.hardmask))
    if type(value) is not np.ma.MaskedArray:
        yield walk.token(type(value))
    if added := find_added(value):
        yield b"+" + walk.token(added)
    yield from _encode_content(np.asarray(value.data), value.mask, walk)


@register("numpy.ma.MaskedConstant", "numpy.ma.core.MaskedConstant", tag="masked constant")
def _encode_masked_constant(value: object, walk: Walk) -> list[Chunk]:  # noqa: ARG001
    return []  # there is only one: the tag says it


def _encode_content(data: Array, mask: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode where the mask is and the rest, field by field; no mask is a mask of nothing."""
    import numpy as np

    if data.dtype.names is not None:
        for name in data.dtype.names:
            inner = mask if mask is np.ma.nomask else mask[name]
            yield from _encode_content(data[name], inner, walk)
        return
    if mask is np.ma.nomask:
        mask = np.broadcast_to(np.False_, data.shape)
    if data.dtype.hasobject or data.dtype.kind == "T":
        yield from _encode_elements(data, mask, walk)
        return
    for shown, hidden in _read_pairs(data, mask):
        yield hidden.view("u1").data
        if hidden.any():
            shown = shown.copy()  # noqa: PLW2901 - what is hashed instead
            shown[hidden] = np.zeros((), shown.dtype)
        yield settle(shown).data


def _read_pairs(data: Array, mask: Array) -> Iterator[tuple[Array, Array]]:
    """Give elements and their mask in logical order, in contiguous blocks."""
    import numpy as np

    count = max(1, _BLOCK_BYTES // max(data.itemsize, 1))
    for start in range(0, data.size, count):
        rows = slice(start, start + count)
        flags = mask.reshape(-1) if mask.flags.c_contiguous else mask.flat
        plain = data.reshape(-1) if data.flags.c_contiguous else data.flat
        yield np.ascontiguousarray(plain[rows]), np.ascontiguousarray(flags[rows])


def _encode_elements(data: Array, mask: Array, walk: Walk) -> Iterator[Chunk]:
    known = walk.remembered
    for start in range(0, data.size, BLOCK_ITEMS):
        rows = slice(start, start + BLOCK_ITEMS)
        hidden = mask.flat[rows]
        shown = data.flat[rows].astype(object)
        shown[hidden] = None
        yield hidden.tobytes()
        yield from encode_block(shown.tolist(), walk, start, ".flat[{}]")
        walk.forget(known)
