"""Encoders of pandas: frames, series, index and single values, by what they hold.

Only pandas' public names are used, so that the digest does not follow its inner changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.arrays import digest_contents, write_dtype
from anew.digests.columns import encode_column
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# So many columns are worth a look whether they lie together in memory.
_MANY_COLUMNS: Final = 8
_LEVEL_ROWS: Final = 1 << 17


@register("pandas.DataFrame", "pandas.core.frame.DataFrame", tag="frame")
def _encode_frame(value: pd.DataFrame, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.columns, ATTRIBUTE, "columns")
    yield walk.token(value.index, ATTRIBUTE, "index")
    yield from _encode_columns(value, walk)
    yield from _encode_extras(value, walk)


@register("pandas.Series", "pandas.core.series.Series", tag="series")
def _encode_series(value: pd.Series[Any], walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.name, ATTRIBUTE, "name")
    yield walk.token(value.index, ATTRIBUTE, "index")
    yield walk.part("column", encode_column(value.array, walk))
    yield from _encode_extras(value, walk)


def _encode_columns(frame: pd.DataFrame, walk: Walk) -> Iterator[Chunk]:
    """Encode which columns are of numbers and then all columns in their order."""
    import numpy as np

    dtypes = frame.dtypes.tolist()
    are_plain = [isinstance(dtype, np.dtype) and not dtype.hasobject for dtype in dtypes]
    for dtype, is_plain in zip(dtypes, are_plain, strict=True):
        yield write_dtype(dtype, walk) if is_plain else b"*"
    yield len(frame).to_bytes(8, "little")
    whole = _find_whole(frame) if all(are_plain) and len(set(dtypes)) == 1 else None
    if whole is not None:
        yield from digest_contents(list(whole.T), walk)
        return
    columns = [(name, column.array) for name, column in frame.items()]
    plain = [
        np.asarray(array)
        for (_, array), is_plain in zip(columns, are_plain, strict=True)
        if is_plain
    ]
    digests = iter(digest_contents(plain, walk))
    for is_plain, (name, array) in zip(are_plain, columns, strict=True):
        if is_plain:
            yield next(digests)
        else:
            yield walk.part("column", encode_column(array, walk), ITEM, name)


def _find_whole(frame: pd.DataFrame) -> np.ndarray[Any, Any] | None:
    """Give the content of a frame as one array, when it lies in memory as one.

    Where the columns lie only makes it likely; if they do not lie so, pandas makes a copy.
    """
    import numpy as np

    count = frame.shape[1]
    if count < _MANY_COLUMNS or not len(frame):
        return None
    first, second, last = (np.asarray(frame.iloc[:, i].array) for i in (0, 1, count - 1))
    places = [array.__array_interface__["data"][0] for array in (first, second, last)]
    if places[2] - places[0] != (count - 1) * (places[1] - places[0]):
        return None
    return np.asarray(frame.to_numpy(copy=False))


def _encode_extras(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode what a frame may carry besides its data, and the class of one that is derived."""
    yield walk.token(dict(value.attrs), ATTRIBUTE, "attrs")
    yield walk.token(value.flags.allows_duplicate_labels)
    if type(value).__module__.partition(".")[0] != "pandas":
        yield walk.token(type(value))
        for name in value._metadata:  # noqa: SLF001 - pandas documents it for subclasses
            yield walk.token(getattr(value, name, None), ATTRIBUTE, name)


@register("pandas.Index", "pandas.core.indexes.base.Index", tag="index")
def _encode_index(value: pd.Index[Any], walk: Walk) -> Iterator[Chunk]:
    """Encode labels and names; of an index with levels, the labels in use."""
    import pandas as pd

    yield walk.token(list(value.names), ATTRIBUTE, "names")
    if isinstance(value, pd.MultiIndex):
        yield len(value).to_bytes(8, "little")
        for i in range(value.nlevels):
            yield walk.part("level", _encode_level(value, i, walk), ".get_level_values({})", i)
        return
    steps = _find_range(value)
    if steps is not None:
        yield b"r" + walk.token(steps)
        return
    yield walk.part("labels", encode_column(value.array, walk))
    yield walk.token(getattr(value, "freqstr", None))


def _encode_level(value: pd.MultiIndex, number: int, walk: Walk) -> Iterator[Chunk]:
    """Encode the labels of one level some at a time, for they must be put together first."""
    for start in range(0, len(value), _LEVEL_ROWS) or [0]:
        labels = value[start : start + _LEVEL_ROWS].get_level_values(number)
        yield walk.part("labels", encode_column(labels.array, walk))


def _find_range(value: pd.Index[Any]) -> tuple[int, int, int] | None:
    """Give first label, step and number of an index that counts, be it written out or not."""
    import numpy as np
    import pandas as pd

    count = len(value)
    if isinstance(value, pd.RangeIndex):
        first, step = value.start, value.step
    elif value.dtype == np.dtype("i8") and count:
        labels = np.asarray(value.array)
        first, step = int(labels[0]), int(labels[1]) - int(labels[0]) if count > 1 else 1
        if not step or int(labels[-1]) - first != step * (count - 1):
            return None
        if not _is_even(labels, step):
            return None
    else:
        return (0, 1, 0) if value.dtype == np.dtype("i8") else None
    return (0, 1, 0) if not count else (int(first), int(step) if count > 1 else 1, count)


def _is_even(labels: np.ndarray[Any, Any], step: int) -> bool:
    """Tell whether labels are a step apart, some at a time."""
    import numpy as np

    for start in range(0, len(labels), _LEVEL_ROWS):
        if (np.diff(labels[start : start + _LEVEL_ROWS + 1]) != step).any():
            return False
    return True


@register(
    "pandas.api.extensions.ExtensionArray",
    "pandas.core.arrays.base.ExtensionArray",
    tag="extension array",
)
def _encode_extension(value: Any, walk: Walk) -> Iterator[Chunk]:
    return encode_column(value, walk)


@register("pandas.Timestamp", "pandas._libs.tslibs.timestamps.Timestamp", tag="Timestamp")
def _encode_timestamp(value: pd.Timestamp, walk: Walk) -> list[Chunk]:
    return [
        walk.token(value.asm8),
        walk.token(value.fold),
        walk.token(value.tzinfo, ATTRIBUTE, "tzinfo"),
    ]


@register("pandas.Timedelta", "pandas._libs.tslibs.timedeltas.Timedelta", tag="Timedelta")
def _encode_timedelta(value: pd.Timedelta, walk: Walk) -> list[Chunk]:
    return [walk.token(value.asm8)]


@register("pandas._libs.missing.NAType", "pandas.api.typing.NAType", tag="NA")
@register("pandas._libs.tslibs.nattype.NaTType", "pandas.api.typing.NaTType", tag="NaT")
def _encode_missing(value: object, walk: Walk) -> list[Chunk]:  # noqa: ARG001 - the tag says it
    return []
