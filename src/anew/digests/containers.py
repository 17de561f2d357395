"""Encoders of further containers of Python: buffers, views of dictionaries, tuples with names."""

from __future__ import annotations

import array
import sys
from collections import namedtuple
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from anew.digests.plain import encode_sequence
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_BLOCK_BYTES: Final = 1 << 20
# What is in the class of every tuple with names, in some release of Python, whatever its fields.
_GENERATED: Final = frozenset(vars(namedtuple("_Any", ""))) | {  # noqa: PYI024 - as they are made
    *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
    *("__orig_bases__", "__replace__", "__firstlineno__", "__static_attributes__"),
    "__slotnames__",  # which pickle leaves there
}


@register(bytearray, tag="bytearray")
def _encode_bytearray(value: bytearray, walk: Walk) -> Iterator[Chunk]:  # noqa: ARG001
    yield len(value).to_bytes(8, "little")
    yield memoryview(value)


@register(memoryview, tag="memoryview")
def _encode_memoryview(value: memoryview, walk: Walk) -> Iterator[Chunk]:
    yield walk.token((value.format, value.shape))
    if value.c_contiguous or value.ndim != 1:
        yield value if value.c_contiguous else value.tobytes()
        return
    step = max(1, _BLOCK_BYTES // value.itemsize)
    for start in range(0, len(value), step):
        yield value[start : start + step].tobytes()


@register(array.array, tag="array.array")
def _encode_numbers(value: array.array[Any], walk: Walk) -> Iterator[Chunk]:
    yield walk.token((value.typecode, value.itemsize, len(value)))
    if sys.byteorder == "little":
        yield memoryview(value).cast("B")
    else:
        swapped = value[:]
        swapped.byteswap()
        yield swapped.tobytes()


@register(MappingProxyType, tag="mappingproxy")
def _encode_proxy(value: MappingProxyType[Any, Any], walk: Walk) -> list[Chunk]:
    return list(walk.mapping(value.items()))


@register(tuple, tag="tuple of a class", subclasses=True)
def _encode_derived_tuple(value: tuple[Any, ...], walk: Walk) -> Iterator[Chunk]:
    """Encode one with names by those, and by its class where that has more to it."""
    kind = type(value)
    fields = getattr(kind, "_fields", None)
    if kind.__bases__ == (tuple,) and isinstance(fields, tuple):
        yield walk.token((kind.__name__, fields))
        is_plain = vars(kind).keys() <= _GENERATED | set(fields)
        yield b"-" if is_plain else b"+" + walk.token(kind)
    else:
        yield walk.token(kind)
    yield from encode_sequence(tuple(value), walk)
    yield from walk.mapping(getattr(value, "__dict__", {}).items(), ATTRIBUTE)
