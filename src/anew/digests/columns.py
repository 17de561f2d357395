"""The content of a column of pandas, whatever is behind it.

A column that is not simply numbers is read in blocks of rows: what is written of it has to be put
together, and a column may be long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.arrays import encode_array, encode_content
from anew.digests.atoms import BLOCK_ITEMS
from anew.digests.plain import encode_block
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__ = ["encode_column"]

# Part of the format: gaps and content take turns.
_ROWS: Final = 1 << 16


def encode_column(array: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode the dtype of an array of pandas, and its elements.

    Parameters
    ----------
    array
        What ``.array`` gives of a series or an index.
    walk
        The walk that it belongs to.

    Yields
    ------
    bytes or memoryview
        Categories in their order, ordered or not; instants and their time zone; of what may be
        missing, what is missing and the rest. What lies under a gap does not count, nor what
        stores a text.
    """
    import numpy as np
    import pandas as pd

    dtype = array.dtype
    if isinstance(dtype, np.dtype) or type(array) is pd.arrays.NumpyExtensionArray:
        yield from encode_array(np.asarray(array), walk)
        return
    yield walk.token(str(dtype))
    yield len(array).to_bytes(8, "little")
    if isinstance(dtype, pd.CategoricalDtype):
        yield walk.token(dtype.categories, ATTRIBUTE, "categories")
        yield walk.token(dtype.ordered)
        yield from encode_array(np.asarray(array.codes), walk)
    elif isinstance(dtype, pd.DatetimeTZDtype):
        yield walk.token(dtype.tz, ATTRIBUTE, "tz")
        yield from encode_content(array.asi8, walk)
    elif isinstance(dtype, pd.PeriodDtype):
        yield from encode_content(array.asi8, walk)
    elif isinstance(dtype, pd.IntervalDtype):
        yield walk.token(array.left, ATTRIBUTE, "left")
        yield walk.token(array.right, ATTRIBUTE, "right")
    elif isinstance(dtype, pd.ArrowDtype):
        yield walk.token(array.__arrow_array__())
    else:
        encode_rows, rows = _choose(dtype)
        for start in range(0, len(array), rows):
            yield from encode_rows(array[start : start + rows], walk, start)


def _choose(dtype: Any) -> tuple[Callable[[Any, Walk, int], Iterator[Chunk]], int]:
    """Choose how blocks of rows are encoded, and how many rows make one."""
    import numpy as np
    import pandas as pd

    if isinstance(dtype, pd.StringDtype):
        return _encode_texts, _ROWS
    if isinstance(dtype, pd.SparseDtype):
        return _encode_sparse, _ROWS
    plain = getattr(dtype, "numpy_dtype", None)
    if isinstance(plain, np.dtype) and plain.kind in "biuf":
        return _encode_numbers, _ROWS
    return _encode_objects, BLOCK_ITEMS


def _encode_numbers(array: Any, walk: Walk, start: int) -> Iterator[Chunk]:  # noqa: ARG001
    import numpy as np

    plain = array.dtype.numpy_dtype
    yield np.asarray(array.isna()).tobytes()
    yield from encode_content(array.to_numpy(plain, na_value=plain.type(0)), walk)


def _encode_sparse(array: Any, walk: Walk, start: int) -> Iterator[Chunk]:  # noqa: ARG001
    import numpy as np

    yield from encode_content(np.asarray(array), walk)


def _encode_objects(array: Any, walk: Walk, start: int) -> Iterator[Chunk]:
    import numpy as np

    missing = np.asarray(array.isna())
    parts = array.to_numpy(object, copy=True)
    parts[missing] = None
    known = walk.remembered
    yield missing.tobytes()
    yield from encode_block(parts.tolist(), walk, start)
    walk.forget(known)


def _encode_texts(array: Any, walk: Walk, start: int) -> Iterator[Chunk]:  # noqa: ARG001
    """Encode which texts are missing, the lengths in bytes of all, and the texts in UTF-8."""
    import numpy as np
    import pyarrow as pa

    if array.dtype.storage == "pyarrow":
        pieces = array.__arrow_array__().chunks
        texts = pieces[0] if len(pieces) == 1 else pa.concat_arrays(pieces)
    else:
        texts = _read_texts(array)
    if texts.null_count:
        yield b"+" + np.asarray(texts.is_null()).tobytes()
        texts = texts.fill_null(
            "" if pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type) else b""
        )
    else:
        yield b"-"
    is_large = pa.types.is_large_string(texts.type) or pa.types.is_large_binary(texts.type)
    offsets = np.frombuffer(texts.buffers()[1], "<i8" if is_large else "<i4")
    offsets = offsets[texts.offset : texts.offset + len(texts) + 1]
    yield np.diff(offsets).astype("<i8", copy=False).data
    if offsets[-1] > offsets[0]:
        yield memoryview(texts.buffers()[2])[offsets[0] : offsets[-1]]


def _read_texts(array: Any) -> Any:
    """Make an Arrow array of Python's texts; as bytes where one has a lone surrogate."""
    import pyarrow as pa

    texts = array.to_numpy(object, na_value=None).tolist()
    try:
        return pa.array(texts, pa.large_string())
    except (UnicodeEncodeError, pa.ArrowInvalid):
        data = [None if text is None else text.encode("utf-8", "surrogatepass") for text in texts]
        return pa.array(data, pa.large_binary())
