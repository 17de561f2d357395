"""Encoders of numpy's arrays, scalars and random generators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.digests.plain import encode_sequence
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

    Array: TypeAlias = np.ndarray[Any, Any]

__all__ = ["encode_array"]

# Blocks stay in the processor's cache between being looked at, copied and hashed.
_BLOCK_BYTES: Final = 1 << 20
_X87_MANTISSA_BITS: Final = 63
_X87_BYTES: Final = 10


@register("numpy.ndarray", tag="array")
def _encode_array(value: Array, walk: Walk) -> Iterator[Chunk]:
    """Encode an array; one of a class of its own with that class and its attributes."""
    import numpy as np

    yield from encode_array(np.asarray(value), walk)
    if type(value) not in (np.ndarray, np.memmap):
        yield walk.token(type(value))
        yield from walk.mapping(getattr(value, "__dict__", {}).items(), ATTRIBUTE)


@register("numpy.generic", tag="scalar")
def _encode_scalar(value: np.generic, walk: Walk) -> Iterator[Chunk]:
    import numpy as np

    return encode_array(np.asarray(value), walk)


@register("numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray", tag="masked")
def _encode_masked(value: np.ma.MaskedArray[Any, Any], walk: Walk) -> Iterator[Chunk]:
    """Encode mask and fill value; under the mask, the fill value stands for whatever is there."""
    import numpy as np

    yield walk.token(np.ma.getmaskarray(value))
    yield walk.token(value.filled(), ATTRIBUTE, "data")
    yield walk.token(value.fill_value, ATTRIBUTE, "fill_value")


@register("numpy.ma.MaskedConstant", "numpy.ma.core.MaskedConstant", tag="masked constant")
def _encode_masked_constant(value: object, walk: Walk) -> list[Chunk]:  # noqa: ARG001
    return []  # there is only one: the tag says it


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
        The content in logical (C) order, in blocks: the array as a whole is never copied.
    """
    yield _write_dtype(array.dtype, walk)
    yield walk.token(array.shape)
    yield from _encode_content(array, walk)


def _write_dtype(dtype: np.dtype[Any], walk: Walk) -> bytes:
    """Name a dtype by its code and name, or by its fields.

    Padding and byte order are a matter of memory: pickle does not keep byte order either.
    """
    if dtype.subdtype is not None:
        base, shape = dtype.subdtype
        return walk.token(("subarray", _write_dtype(base, walk), shape))
    if dtype.names is not None:
        fields = [(name, _write_dtype(dtype[name], walk)) for name in dtype.names]
        return walk.token(("fields", fields))
    if dtype.kind == "T":
        return walk.token(("text", repr(dtype)))
    return walk.token((dtype.newbyteorder("<").str, dtype.name))


def _encode_content(array: Array, walk: Walk) -> Iterator[Chunk]:
    """Give what an array holds, field by field, so that padding is never looked at."""
    if array.dtype.names is not None:
        for name in array.dtype.names:
            yield from _encode_content(array[name], walk)
    elif array.dtype.hasobject or array.dtype.kind == "T":
        yield from encode_sequence(list(array.flat), walk)
    elif array.nbytes:
        for block in _read_blocks(array):
            yield _settle_floats(_swap_bytes(block)).view("u1").data


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
    if row_bytes > _BLOCK_BYTES:
        for row in array:
            yield from _read_blocks(row)
        return
    size = _BLOCK_BYTES // row_bytes
    for start in range(0, len(array), size):
        yield np.ascontiguousarray(array[start : start + size]).reshape(-1)


def _swap_bytes(block: Array) -> Array:
    """Put the least significant byte first."""
    if block.dtype.str[0] == ">":
        return block.astype(block.dtype.newbyteorder("<"))
    return block


def _settle_floats(block: Array) -> Array:
    """Give every NaN the same bits, and take the unused bytes out of extended precision.

    The bits of a NaN say which processor computed it (0/0 is negative on x86), nothing more.
    """
    import numpy as np

    if block.dtype.kind == "c":
        block = block.view(block.real.dtype)
    if block.dtype.kind != "f":
        return block
    with np.errstate(invalid="ignore"):
        smallest = np.minimum.reduce(block)  # NaN when there is one: much faster than isnan
    if np.isnan(smallest):
        block = block.copy()
        block[np.isnan(block)] = np.nan
    if block.dtype.char == "g" and np.finfo(np.longdouble).nmant == _X87_MANTISSA_BITS:
        return np.ascontiguousarray(
            block.view("u1").reshape(-1, block.itemsize)[:, :_X87_BYTES]
        ).reshape(-1)
    return block
