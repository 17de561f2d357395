"""Encoders of xarray: arrays with names, and what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.arrays import encode_array
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# Part of the format: what comes from a file is loaded in blocks of about so many bytes.
_BLOCK_BYTES: Final = 1 << 24


@register("xarray.core.variable.Variable", "xarray.Variable", tag="xarray variable")
def _encode_variable(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode dimensions, attributes and content; how it is stored in a file is no content."""
    import numpy as np

    yield walk.token(value.dims, ATTRIBUTE, "dims")
    yield walk.token(value.shape)
    yield walk.token(dict(value.attrs), ATTRIBUTE, "attrs")
    if value.chunks is not None:
        walk.refuse("chunks that are not computed yet have no content", hint="give its .compute()")
    for block in _cut(value):
        content = block.data
        if isinstance(content, np.ndarray):
            yield from encode_array(np.asarray(content), walk)
        else:
            yield walk.token(content, ATTRIBUTE, "data")  # sparse, with a unit, categories …


def _cut(variable: Any) -> Iterator[Any]:
    """Cut along the first dimension; a part that is loaded is not kept by the whole."""
    if variable.ndim == 0 or variable.nbytes <= _BLOCK_BYTES:
        yield variable[...]
        return
    length = variable.shape[0]
    row_bytes = variable.nbytes // length
    if row_bytes > _BLOCK_BYTES:
        for i in range(length):
            yield from _cut(variable[i])
        return
    rows = _BLOCK_BYTES // row_bytes
    for start in range(0, length, rows):
        yield variable[start : start + rows]


@register("xarray.core.dataarray.DataArray", "xarray.DataArray", tag="xarray array")
def _encode_array(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield from _encode_class(value, walk)
    yield walk.token(value.name, ATTRIBUTE, "name")
    yield walk.token(value.variable, ATTRIBUTE, "data")
    yield from _encode_coordinates(value, walk)


@register("xarray.core.dataset.Dataset", "xarray.Dataset", tag="xarray dataset")
def _encode_dataset(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield from _encode_class(value, walk)
    yield walk.token(dict(value.attrs), ATTRIBUTE, "attrs")
    yield walk.token(dict(value.sizes))
    names = list(value.data_vars)
    yield walk.token(len(names))
    yield from walk.mapping([(name, value.variables[name]) for name in names], ITEM)
    yield from _encode_coordinates(value, walk)


def _encode_class(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode the class of one that is derived."""
    if not type(value).__module__.startswith("xarray."):
        yield walk.token(type(value))


def _encode_coordinates(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode coordinates, and by which of them values are looked up."""
    names = list(value.coords)
    yield walk.token(len(names))
    yield from walk.mapping([(name, value.coords[name].variable) for name in names], ".coords[{}]")
    indexes = [(name, type(index).__name__) for name, index in value.xindexes.items()]
    yield from walk.mapping(indexes, ".xindexes[{}]")


@register("xarray.core.datatree.DataTree", "xarray.DataTree", tag="xarray tree")
def _encode_tree(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode a node of a tree and those below it; where it hangs itself is no content."""
    yield walk.token(value.name, ATTRIBUTE, "name")
    yield walk.token(value.to_dataset(), ".to_dataset()")
    yield from walk.mapping(value.children.items(), ITEM)
