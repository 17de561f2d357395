"""Encoders of scipy: sparse arrays and matrices, search trees and random variables.

The class and the format of a sparse array are part of what a step receives, and so are zeros that
are stored. The order in which entries are stored, entries that are to be added up, and the width
of the integers that index them are a matter of memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.digests.arrays import encode_array
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

    Array: TypeAlias = np.ndarray[Any, Any]

__all__: list[str] = []

_BLOCK_ENTRIES: Final = 1 << 17
_STATE: Final = "_random_state"


@register(
    "scipy.sparse._base._spbase",
    "scipy.sparse._base.spmatrix",
    "scipy.sparse.base.spmatrix",
    tag="sparse",
)
def _encode_sparse(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode format, kind, shape and dtype, and the entries in the order of their places."""
    from scipy import sparse

    yield walk.token((value.format, sparse.isspmatrix(value), value.shape))
    if not type(value).__module__.startswith("scipy."):
        yield walk.token(type(value))
    if value.format in ("csr", "csc", "bsr"):
        yield from _encode_compressed(value, walk)
        return
    if value.format == "dia":
        yield walk.token(sorted(value.offsets.tolist()), ATTRIBUTE, "offsets")
    if value.format == "lil":
        yield from _encode_compressed(value.tocsr(), walk)
    else:
        yield from _encode_coordinates(value.tocoo(copy=False), walk)


def _encode_compressed(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode where rows begin, where entries are in them, and the entries."""
    if not value.has_canonical_format:
        value = value.copy()
        value.sum_duplicates()
        value.sort_indices()
    used = int(value.indptr[-1])
    yield from _encode_indices(value.indptr, used, walk)
    yield from _encode_indices(value.indices[:used], max(value.shape), walk)
    yield from encode_array(value.data[:used], walk)


def _encode_indices(indices: Array, largest: int, walk: Walk) -> Iterator[Chunk]:
    """Encode integers as if they had 32 bits each where that is enough for all there could be."""
    import numpy as np

    yield walk.token(len(indices))
    code = np.dtype("<i4" if largest < 1 << 31 else "<i8")
    size = len(indices) if indices.dtype == code else _BLOCK_ENTRIES
    for start in range(0, len(indices), max(1, size)):
        block = indices[start : start + size].astype(code, copy=False)
        yield np.ascontiguousarray(block).data


def _encode_coordinates(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode places and entries in the order of their places, those of one place added up."""
    coordinates = list(getattr(value, "coords", None) or (value.row, value.col))
    data = value.data
    if not _is_in_order(coordinates):
        coordinates, data = _put_in_order(coordinates, data)
    for axis in coordinates:
        yield from _encode_indices(axis, max(value.shape), walk)
    yield from encode_array(data, walk)


def _is_in_order(coordinates: list[Array]) -> bool:
    """Tell whether each place comes after the one before it."""
    import numpy as np

    for start in range(0, len(coordinates[0]), _BLOCK_ENTRIES):
        blocks = [axis[start : start + _BLOCK_ENTRIES + 1] for axis in coordinates]
        after = np.zeros(len(blocks[0]) - 1, "?")
        for block in reversed(blocks):
            after = (block[1:] > block[:-1]) | ((block[1:] == block[:-1]) & after)
        if not after.all():
            return False
    return True


def _put_in_order(coordinates: list[Array], data: Array) -> tuple[list[Array], Array]:
    """Sort entries by their places, and add up those of one place."""
    import numpy as np

    order = np.lexsort(coordinates[::-1])
    coordinates, data = [axis[order] for axis in coordinates], data[order]
    is_new = np.ones(len(data), "?")
    is_new[1:] = np.logical_or.reduce([axis[1:] != axis[:-1] for axis in coordinates])
    (starts,) = np.nonzero(is_new)
    if len(starts) < len(data):
        data = np.add.reduceat(data, starts, dtype=data.dtype)
    return [axis[starts] for axis in coordinates], data


@register("scipy.spatial._ckdtree.cKDTree", "scipy.spatial.ckdtree.cKDTree", tag="search tree")
def _encode_tree(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode points and their division: the nodes themselves hold addresses in memory."""
    yield walk.token(type(value).__name__)
    for name in ("data", "boxsize", "leafsize", "size", "indices"):
        yield walk.token(getattr(value, name), ATTRIBUTE, name)


@register(
    "scipy.stats._distn_infrastructure.rv_generic",
    "scipy.stats._distn_infrastructure.rv_frozen",
    "scipy.stats._multivariate.multi_rv_generic",
    "scipy.stats._multivariate.multi_rv_frozen",
    tag="random variable",
)
def _encode_variable(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode what pickle keeps, save the state of numpy's global generator: it is no part."""
    from numpy import random

    yield walk.token(type(value))
    attributes = dict(value.__getstate__())
    if attributes.get(_STATE) is random.mtrand._rand:  # noqa: SLF001
        attributes[_STATE] = "global"
    yield from walk.mapping(attributes.items(), ATTRIBUTE)
