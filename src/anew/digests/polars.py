"""Encoders of polars: frames and series, read through Arrow's buffers a block at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.digests.arrow import encode_arrow
from anew.digests.plain import encode_sequence
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

# Part of the format. Blocks of numbers are views, those of anything else may be copies.
_ROWS: Final = 1 << 20
_COPIED_ROWS: Final = 1 << 16
_PARAMETERS: Final = (
    *("time_unit", "time_zone", "precision", "scale", "size", "shape"),
    *("inner", "key", "value", "fields"),
)


@register("polars.dataframe.frame.DataFrame", "polars.DataFrame", tag="polars frame")
def _encode_frame(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.height)
    yield walk.token(value.columns)
    for column in value.iter_columns():
        yield walk.part("column", _encode_column(column, walk), ITEM, column.name)


@register("polars.series.series.Series", "polars.Series", tag="polars series")
def _encode_series(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.name)
    yield from _encode_column(value, walk)


@register("polars.lazyframe.frame.LazyFrame", "polars.LazyFrame", tag="polars plan")
def _encode_plan(value: Any, walk: Walk) -> list[Chunk]:  # noqa: ARG001
    # A plan names files without saying what is in them.
    walk.refuse("a LazyFrame has no content before it is collected", hint="give its .collect()")


@register("polars.datatypes.classes.DataType", tag="polars type")
def _encode_type(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode a type by its name and what it was made with."""
    yield walk.token(type(value).__name__)
    for name in _PARAMETERS:
        parameter = getattr(value, name, None)
        if isinstance(parameter, type):  # the class stands for the type
            parameter = parameter()
        yield walk.token(parameter, ATTRIBUTE, name)
    categories: Any = getattr(value, "categories", None)
    if hasattr(categories, "to_list"):  # of an Enum
        categories = categories.to_list()
    elif categories is not None:
        categories = [categories.name(), categories.namespace()]
    yield walk.token(categories, ATTRIBUTE, "categories")


@register("polars.datatypes.classes.Field", tag="polars field")
def _encode_field(value: Any, walk: Walk) -> list[Chunk]:
    kind: Any = value.dtype
    return [walk.token(value.name), walk.token(kind() if isinstance(kind, type) else kind)]


def _encode_column(column: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode type, length and elements; the borders of chunks make no difference."""
    import polars as pl

    yield walk.token(column.dtype)
    yield walk.token(len(column))
    if column.dtype.is_object():
        yield from encode_sequence(column.to_list(), walk)
        return
    plain = _find_plain(column.dtype)
    is_text = plain in (pl.String, pl.Binary)  # of which the views are taken as they are
    is_copied = not (is_text or column.dtype.is_numeric() or column.dtype.is_temporal())
    level = pl.CompatLevel.newest() if is_text else pl.CompatLevel.oldest()
    rows = _COPIED_ROWS if is_copied else _ROWS
    for start in range(0, len(column), rows):
        block = column.slice(start, rows)
        if plain != column.dtype:
            block = block.cast(plain)
        content = block.to_arrow(compat_level=level)
        yield from encode_arrow(content.type, [content], walk)


def _find_plain(kind: Any) -> Any:
    """Give the type to read a type as: of categories, their texts, since codes mean nothing."""
    import polars as pl

    wide = [getattr(pl, name) for name in ("Int128", "UInt128") if hasattr(pl, name)]
    if kind in (pl.Categorical, pl.Enum, *wide):
        return pl.String()
    if isinstance(kind, pl.List):
        return pl.List(_find_plain(kind.inner))
    if isinstance(kind, pl.Array):
        return pl.Array(_find_plain(kind.inner), kind.size)
    if isinstance(kind, pl.Struct):
        return pl.Struct({field.name: _find_plain(field.dtype) for field in kind.fields})
    return kind
