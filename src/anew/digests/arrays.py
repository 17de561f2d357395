"""Encoders of numpy's arrays, scalars and random generators."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.digests.atoms import BLOCK_ITEMS, encode_text
from anew.digests.instances import find_added
from anew.digests.pieces import LARGE_BYTES, Leaves, digest_large, digest_pieces
from anew.digests.plain import encode_block
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

    Array: TypeAlias = np.ndarray[Any, Any]

__all__ = [
    "digest_content",
    "digest_contents",
    "encode_array",
    "encode_content",
    "settle",
    "write_dtype",
]

# Blocks stay in the processor's cache between being copied and hashed.
_BLOCK_BYTES: Final = 1 << 21
_X87_MANTISSA_BITS: Final = 63
_X87_BYTES: Final = 10


@register("numpy.ndarray", tag="array")
def _encode_array(value: Array, walk: Walk) -> Iterator[Chunk]:
    """Encode an array; one of a class of its own with that class and its attributes."""
    import numpy as np

    yield from encode_array(np.asarray(value), walk)
    if type(value) not in (np.ndarray, np.memmap):
        yield walk.token(type(value))
        yield from walk.mapping(find_added(value).items(), ATTRIBUTE)


@register("numpy.generic", tag="scalar")
def _encode_scalar(value: np.generic, walk: Walk) -> Iterator[Chunk]:
    import numpy as np

    return encode_array(np.asarray(value), walk)


@register("numpy.random.Generator", "numpy.random._generator.Generator", tag="generator")
def _encode_generator(value: np.random.Generator, walk: Walk) -> list[Chunk]:
    return [walk.token(value.bit_generator)]


@register(
    "numpy.random.BitGenerator", "numpy.random.bit_generator.BitGenerator", tag="bit generator"
)
def _encode_bit_generator(value: np.random.BitGenerator, walk: Walk) -> list[Chunk]:
    # The seed sequence counts what was spawned, which decides what is spawned next.
    seeds = value.seed_seq
    names = ("entropy", "spawn_key", "pool_size", "n_children_spawned")
    return [
        walk.token(dict(value.state)),
        walk.token([getattr(seeds, name, None) for name in names]),
    ]


@register("numpy.random.RandomState", "numpy.random.mtrand.RandomState", tag="random state")
def _encode_random_state(value: np.random.RandomState, walk: Walk) -> list[Chunk]:
    return [walk.token(value.get_state(legacy=False))]


def encode_array(array: Array, walk: Walk) -> Iterator[Chunk]:
    """Encode dtype, shape and content of an array.

    Parameters
    ----------
    array
        An array of numpy's own class, of any shape, dtype and memory layout.
    walk
        The walk that it belongs to.

    Yields
    ------
    bytes or memoryview
        The content in logical (C) order: as it lies in memory where that is the order, else in
        blocks. The array as a whole is never copied.
    """
    yield write_dtype(array.dtype, walk)
    yield walk.token(array.shape)
    yield digest_content(array, walk)


def digest_content(array: Array, walk: Walk) -> bytes:
    """Digest what an array holds.

    Parameters
    ----------
    array
        Any array; neither its dtype nor its shape is digested.
    walk
        The walk that it belongs to.

    Returns
    -------
    bytes
        The digest of what `encode_content` gives, in one go if that is one piece: a tenth faster.
        That of large content, all of whose bytes count, is made of the digests of its leaves.
    """
    import xxhash

    is_large = array.nbytes > LARGE_BYTES and _is_all_content(array.dtype)
    if _lies_ready(array):
        content = array.reshape(-1).view("u1").data
        return digest_large(content) if is_large else xxhash.xxh3_128_digest(content)
    hasher: Any = Leaves() if is_large else xxhash.xxh3_128()
    for chunk in encode_content(array, walk):
        hasher.update(chunk)
    return bytes(hasher.digest())


def digest_contents(arrays: list[Array], walk: Walk) -> list[bytes]:
    """Digest what each of some arrays holds.

    Parameters
    ----------
    arrays
        Any arrays.
    walk
        The walk that they belong to.

    Returns
    -------
    list of bytes
        What `digest_content` gives.
    """
    if all(_lies_ready(array) and array.nbytes <= LARGE_BYTES for array in arrays):
        return digest_pieces([array.reshape(-1).view("u1").data for array in arrays])
    return [digest_content(array, walk) for array in arrays]


def _lies_ready(array: Array) -> bool:
    """Tell whether the bytes in memory are those that count, in their order."""
    is_in_order = array.flags.c_contiguous and _is_little(array.dtype) and array.nbytes
    return bool(is_in_order and _is_all_content(array.dtype))


def _is_all_content(dtype: np.dtype[Any]) -> bool:
    """Tell whether each byte of an element counts, and no other does."""
    return dtype.names is None and not dtype.hasobject and dtype.char not in "gGT"


def write_dtype(dtype: np.dtype[Any], walk: Walk) -> bytes:
    """Name a dtype by its code and name, or by its fields.

    Padding and byte order are a matter of memory: pickle does not keep them either.

    Parameters
    ----------
    dtype
        Any dtype.
    walk
        The walk that it belongs to.

    Returns
    -------
    bytes
        A token.
    """
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return walk.token(("subarray", write_dtype(base, walk), shape))
    if dtype.names is not None:
        fields = [(name, write_dtype(dtype[name], walk)) for name in dtype.names]
        return walk.token(("fields", fields))
    return _write_simple_dtype(dtype)


@lru_cache(maxsize=256)
def _write_simple_dtype(dtype: np.dtype[Any]) -> bytes:
    if dtype.kind == "T":
        return b"T" + encode_text(repr(dtype))
    return b"D" + encode_text(dtype.newbyteorder("<").str) + encode_text(dtype.name)


def encode_content(array: Array, walk: Walk) -> Iterator[Chunk]:
    """Encode what an array holds, field by field, so that padding is never looked at.

    Parameters
    ----------
    array
        Any array; neither its dtype nor its shape is encoded.
    walk
        The walk that it belongs to.

    Yields
    ------
    bytes or memoryview
        Its elements in logical (C) order.
    """
    if array.dtype.names is not None:
        for name in array.dtype.names:
            yield from encode_content(array[name], walk)
    elif array.dtype.hasobject or array.dtype.kind == "T":
        yield from _encode_elements(array, walk)
    elif _lies_ready(array):
        yield array.reshape(-1).view("u1").data
    elif array.nbytes:
        for block in _read_blocks(array):
            yield settle(block).data


def _encode_elements(array: Array, walk: Walk) -> Iterator[Chunk]:
    """Encode elements that are objects, some at a time: there may be many."""
    template = ITEM if array.ndim == 1 else ".flat[{}]"
    known = walk.remembered
    elements: Any = array if array.ndim == 1 else array.flat
    for start in range(0, array.size, BLOCK_ITEMS):
        block = elements[start : start + BLOCK_ITEMS].tolist()
        yield from encode_block(block, walk, start, template)
        walk.forget(known)


def _read_blocks(array: Array) -> Iterator[Array]:
    """Give the elements in logical order as flat contiguous arrays, views where they can be."""
    import numpy as np

    if array.flags.c_contiguous:
        flat = array.reshape(-1)
        size = max(1, _BLOCK_BYTES // array.itemsize)
        for start in range(0, flat.size, size):
            yield flat[start : start + size]
        return
    row_bytes = array.nbytes // len(array)
    if row_bytes > _BLOCK_BYTES and array.ndim > 1:
        for row in array:
            yield from _read_blocks(row)
        return
    size = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(array), size):
        yield np.ascontiguousarray(array[start : start + size]).reshape(-1)


def _is_little(dtype: np.dtype[Any]) -> bool:
    """Tell whether the least significant byte comes first, or there is but one."""
    order = dtype.byteorder
    return order in "<|" or (order == "=" and sys.byteorder == "little")


def settle(block: Array) -> Array:
    """Give the bytes of a block that count, the least significant byte of a number first.

    Parameters
    ----------
    block
        Contiguous, of one dimension.

    Returns
    -------
    ndarray of uint8
        A view, where all bytes count.
    """
    import numpy as np

    if not _is_little(block.dtype):
        block = block.astype(block.dtype.newbyteorder("<"))
    if block.dtype.char in "gG" and np.finfo(np.longdouble).nmant == _X87_MANTISSA_BITS:
        size = np.dtype(np.longdouble).itemsize
        used = block.view("u1").reshape(-1, size)[:, :_X87_BYTES]
        return np.ascontiguousarray(used).reshape(-1)
    return block.view("u1")
