"""Encoders of pandas: frames, series, index and extension arrays, by what they hold.

Only pandas' public names are used, so that the digest does not follow its inner changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anew.digests.arrays import encode_array
from anew.digests.plain import encode_sequence
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []


@register("pandas.DataFrame", "pandas.core.frame.DataFrame", tag="frame")
def _encode_frame(value: pd.DataFrame, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.columns, ATTRIBUTE, "columns")
    yield walk.token(value.index, ATTRIBUTE, "index")
    for name, column in value.items():
        yield walk.part("column", _encode_content(column.array, walk), ITEM, name)
    yield from _encode_extras(value, walk)


@register("pandas.Series", "pandas.core.series.Series", tag="series")
def _encode_series(value: pd.Series[Any], walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.name, ATTRIBUTE, "name")
    yield walk.token(value.index, ATTRIBUTE, "index")
    yield walk.part("column", _encode_content(value.array, walk))
    yield from _encode_extras(value, walk)


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
    """Encode labels and names; a range is the integers in it, a level the labels in use."""
    import pandas as pd

    yield walk.token(list(value.names), ATTRIBUTE, "names")
    if isinstance(value, pd.MultiIndex):
        for i in range(value.nlevels):
            level = value.get_level_values(i).array
            yield walk.part("level", _encode_content(level, walk), ".get_level_values({})", i)
        return
    yield walk.part("labels", _encode_content(value.array, walk))
    yield walk.token(getattr(value, "freqstr", None))


@register(
    "pandas.api.extensions.ExtensionArray",
    "pandas.core.arrays.base.ExtensionArray",
    tag="extension array",
)
def _encode_extension(value: Any, walk: Walk) -> Iterator[Chunk]:
    return _encode_content(value, walk)


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


def _encode_content(array: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode the dtype of an array of pandas, and its elements whatever is behind them."""
    import numpy as np
    import pandas as pd

    dtype = array.dtype
    if isinstance(dtype, np.dtype) or type(array) is pd.arrays.NumpyExtensionArray:
        yield from encode_array(np.asarray(array), walk)
        return
    yield walk.token(str(dtype))
    if isinstance(dtype, pd.CategoricalDtype):
        yield walk.token(dtype.categories, ATTRIBUTE, "categories")
        yield walk.token(dtype.ordered)
        yield from encode_array(np.asarray(array.codes), walk)
    elif isinstance(dtype, pd.DatetimeTZDtype):
        yield from encode_array(array.to_numpy(dtype=f"M8[{dtype.unit}]"), walk)
    elif isinstance(dtype, pd.PeriodDtype):
        yield from encode_array(array.asi8, walk)
    elif isinstance(dtype, pd.IntervalDtype):
        yield walk.token(array.left, ATTRIBUTE, "left")
        yield walk.token(array.right, ATTRIBUTE, "right")
    elif isinstance(dtype, pd.SparseDtype):
        yield from encode_array(np.asarray(array), walk)
    else:
        yield from _encode_nullable(array, walk)


def _encode_nullable(array: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode which elements are missing, and the others; what lies under a gap is no matter."""
    import numpy as np
    import pandas as pd

    missing = np.asarray(array.isna())
    yield from encode_array(missing, walk)
    if isinstance(array.dtype, pd.StringDtype):
        yield from encode_sequence(array.to_numpy(object, na_value="").tolist(), walk)
        return
    plain = getattr(array.dtype, "numpy_dtype", None)
    if isinstance(plain, np.dtype) and plain.kind in "biuf":
        yield from encode_array(array.to_numpy(plain, na_value=plain.type(0)), walk)
    else:
        parts = array.to_numpy(object, copy=True)
        parts[missing] = None
        yield from encode_sequence(parts.tolist(), walk)
