"""Encoders of Arrow's arrays and tables: by what they hold, not by how it is cut and laid out.

An array may be a slice, in chunks, and have anything under its nulls. What is written of a column
is therefore read in blocks of a fixed number of rows, wherever its chunks end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

    Parts: TypeAlias = list[Any]
    Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
    Array: TypeAlias = np.ndarray[Any, Any]

__all__ = ["encode_arrow"]

# Part of the format: the borders of blocks are where the kinds of content take turns.
_ROWS: Final = 1 << 16
_NESTED_ROWS: Final = 1 << 13
_BYTE: Final = 8
_SHORT_BYTES: Final = 12  # that fit into a view


@register("pyarrow.lib.DataType", tag="arrow type")
def _encode_type(value: Any, walk: Walk) -> Iterator[Chunk]:
    import pyarrow as pa

    name = str(value).partition("<")[0]
    yield walk.token(name)
    if isinstance(value, pa.BaseExtensionType):
        yield from _encode_extension_type(value, walk)
    elif pa.types.is_dictionary(value):
        yield walk.token(value.index_type) + walk.token(value.value_type)
        yield walk.token(value.ordered)
    elif value.num_fields:
        fields = [value.field(i) for i in range(value.num_fields)]
        if not (pa.types.is_struct(value) or pa.types.is_union(value)):
            # Each writer has a name of its own for the elements of a list: they mean nothing.
            fields = [(field.type, field.nullable, field.metadata or {}) for field in fields]
        yield walk.token(fields)
        for extra in ("list_size", "keys_sorted", "type_codes"):
            yield walk.token(getattr(value, extra, None))


def _encode_extension_type(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token((value.extension_name, str(value)))
    yield walk.token(value.storage_type)
    serialize = getattr(value, "__arrow_ext_serialize__", None)
    yield walk.token(serialize() if serialize else None)


@register("pyarrow.lib.Field", tag="arrow field")
def _encode_field(value: Any, walk: Walk) -> list[Chunk]:
    return [
        walk.token((value.name, value.nullable)),
        walk.token(value.type, ATTRIBUTE, "type"),
        walk.token(value.metadata or {}, ATTRIBUTE, "metadata"),
    ]


@register("pyarrow.lib.Schema", tag="arrow schema")
def _encode_schema(value: Any, walk: Walk) -> list[Chunk]:
    return [walk.token(list(value)), walk.token(value.metadata or {}, ATTRIBUTE, "metadata")]


@register("pyarrow.lib.Array", tag="arrow array")
def _encode_array(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.type)
    yield from encode_arrow(value.type, [value], walk)


@register("pyarrow.lib.ChunkedArray", tag="arrow chunks")
def _encode_chunked(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.type)
    yield from encode_arrow(value.type, value.unify_dictionaries().chunks, walk)


@register("pyarrow.lib.Scalar", tag="arrow scalar")
def _encode_scalar(value: Any, walk: Walk) -> Iterator[Chunk]:
    import pyarrow as pa

    yield walk.token(value.type)
    yield from encode_arrow(value.type, [pa.repeat(value, 1)], walk)


@register("pyarrow.lib.Table", tag="arrow table")
def _encode_table(value: Any, walk: Walk) -> Iterator[Chunk]:
    columns = value.unify_dictionaries().columns
    return _encode_columns(value, [column.chunks for column in columns], walk)


@register("pyarrow.lib.RecordBatch", tag="arrow batch")
def _encode_batch(value: Any, walk: Walk) -> Iterator[Chunk]:
    return _encode_columns(value, [[column] for column in value.columns], walk)


def _encode_columns(value: Any, columns: list[Parts], walk: Walk) -> Iterator[Chunk]:
    """Encode schema, number of rows and columns, which may have equal names."""
    yield walk.token(value.schema, ATTRIBUTE, "schema")
    yield walk.token(value.num_rows)
    for field, parts in zip(value.schema, columns, strict=True):
        yield walk.part("column", encode_arrow(field.type, parts, walk), ITEM, field.name)


@register("pyarrow.lib.Buffer", tag="arrow buffer")
def _encode_buffer(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.size)
    yield memoryview(value)


@register("pyarrow.lib.Tensor", tag="arrow tensor")
def _encode_tensor(value: Any, walk: Walk) -> list[Chunk]:
    return [walk.token(value.to_numpy()), walk.token(value.dim_names)]


def encode_arrow(kind: Any, parts: Parts, walk: Walk) -> Iterator[Chunk]:
    """Encode the content of a column of Arrow.

    Parameters
    ----------
    kind
        The column's type; it is not encoded itself.
    parts
        Its chunks: arrays of that type, with one and the same dictionary where they have any.
    walk
        The walk that it belongs to.

    Yields
    ------
    bytes or memoryview
        Number of rows, which are missing, and the others. The borders of the chunks, and what
        lies under a null, make no difference. Buffers are read where they lie.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    yield sum(map(len, parts)).to_bytes(8, "little")
    if isinstance(kind, pa.BaseExtensionType):
        yield from encode_arrow(kind.storage_type, [part.storage for part in parts], walk)
    elif types.is_dictionary(kind):
        yield from _encode_dictionary(kind, parts, walk)
    elif types.is_struct(kind):
        yield from _encode_struct(kind, parts, walk)
    elif types.is_union(kind):
        for block in _cut(parts, _NESTED_ROWS):
            yield from _encode_union(kind, block, walk)
    elif types.is_run_end_encoded(kind):
        for block in _cut(parts, _ROWS):
            runs = [pc.run_end_decode(part) for part in block]
            yield from encode_arrow(kind.value_type, runs, walk)
    elif types.is_nested(kind):
        yield from _encode_lists(kind, parts, walk)
    elif not types.is_null(kind):
        yield from _encode_plain(kind, parts)


def _cut(parts: Parts, rows: int) -> Iterator[Parts]:
    """Cut a column into blocks of so many rows, each a list of slices."""
    block: Parts = []
    missing = rows
    for part in parts:
        start = 0
        while start < len(part):
            piece = part.slice(start, missing)
            block.append(piece)
            start += len(piece)
            missing -= len(piece)
            if not missing:
                yield block
                block, missing = [], rows
    if block:
        yield block


def _read_bits(buffer: Any, start: int, count: int) -> Flags:
    """Read bits of a buffer as an array of booleans."""
    import numpy as np

    first = start // _BYTE
    data = np.frombuffer(buffer, "u1")[first : -(-(start + count) // _BYTE)]
    bits = np.unpackbits(data, bitorder="little")
    return bits[start - first * _BYTE :][:count].view("?")


def _find_valid(part: Any) -> Flags:
    """Tell which elements of an array are not null."""
    import numpy as np

    if not part.null_count:
        return np.ones(len(part), "?")
    return _read_bits(part.buffers()[0], part.offset, len(part))


def _write_bits(bits: Iterable[Flags]) -> bytes:
    import numpy as np

    return np.packbits(np.concatenate(list(bits)), bitorder="little").tobytes()


def _encode_valid(parts: Parts) -> Iterator[Chunk]:
    """Encode which elements are missing, if any."""
    if not any(part.null_count for part in parts):
        yield b"-"
        return
    yield b"+"
    for block in _cut(parts, _ROWS):
        yield _write_bits(map(_find_valid, block))


def _encode_plain(kind: Any, parts: Parts) -> Iterator[Chunk]:
    """Encode elements that are not made of others: bits, numbers, times, texts."""
    import pyarrow as pa
    from pyarrow import types

    yield from _encode_valid(parts)
    if types.is_boolean(kind):
        for block in _cut(parts, _ROWS):
            yield _write_bits(_read_flags(part) for part in block)
    elif types.is_primitive(kind) or types.is_fixed_size_binary(kind) or types.is_decimal(kind):
        for part in parts:
            yield from _encode_fixed(kind, part)
    else:
        is_view = kind in (pa.string_view(), pa.binary_view())
        for block in _cut(parts, _ROWS):
            yield from _encode_views(block) if is_view else _encode_texts(block)


def _read_flags(part: Any) -> Flags:
    """Read an array of booleans, false for those that are missing."""
    values = _read_bits(part.buffers()[1], part.offset, len(part))
    return values & _find_valid(part) if part.null_count else values


def _encode_fixed(kind: Any, part: Any) -> Iterator[Chunk]:
    """Encode elements of equal size, those that are not missing; a NaN is its bits."""
    import numpy as np

    width = kind.bit_width // _BYTE
    if not len(part) or not width:
        return
    values = np.frombuffer(part.buffers()[1], "u1")
    values = values[part.offset * width : (part.offset + len(part)) * width]
    if not part.null_count:
        yield values.data
        return
    values = values.view(f"V{width}")
    for start in range(0, len(values), _ROWS):
        valid = _find_valid(part.slice(start, _ROWS))
        yield values[start : start + _ROWS][valid].view("u1").data


def _encode_views(block: Parts) -> Iterator[Chunk]:
    """Encode views: short texts are in them; of long ones the beginning, the texts come after."""
    import numpy as np

    long = []
    for part in block:
        views = np.frombuffer(part.buffers()[1], "<i4").reshape(-1, 4)
        views = views[part.offset : part.offset + len(part)]
        is_long = views[:, 0] > _SHORT_BYTES
        if part.null_count:
            valid = _find_valid(part)
            is_long &= valid
            views = views * valid[:, None]
        if is_long.any():
            long.append((part, is_long, views[is_long]))
            views = views.copy()
            views[is_long, 2:] = 0  # where the text is
        yield views.data
    for each in long:
        yield _read_long(*each)


def _read_long(part: Any, is_long: Flags, views: Array) -> memoryview:
    """Give the long texts of views one after the other, a copy unless they lie so."""
    import pyarrow as pa

    lengths, buffers, starts = views[:, 0].astype("<i8"), views[:, 2], views[:, 3]
    is_row = (buffers == buffers[0]).all() and (starts[1:] == starts[:-1] + lengths[:-1]).all()
    if is_row:
        return memoryview(part.buffers()[2 + buffers[0]])[starts[0] :][: lengths.sum()]
    _, _, (start, stop) = _find_extents(
        copy := part.cast(pa.large_binary()).filter(pa.array(is_long))
    )
    return memoryview(copy.buffers()[2])[start:stop]


def _encode_texts(block: Parts) -> Iterator[Chunk]:
    """Encode the lengths of texts, and the texts."""
    extents = [_find_extents(part) for part in block]
    for _, lengths, _ in extents:
        yield lengths.data
    for part, _, (start, stop) in extents:
        if stop > start:
            yield memoryview(part.buffers()[2])[start:stop]


def _find_extents(part: Any) -> tuple[Any, Array, tuple[int, int]]:
    """Give an array without anything under its nulls, lengths of its elements, where they lie."""
    import numpy as np
    from pyarrow import types

    kind = part.type
    is_large = any(
        is_kind(kind)
        for is_kind in (types.is_large_string, types.is_large_binary, types.is_large_list)
    )
    offsets = np.frombuffer(part.buffers()[1], "<i8" if is_large else "<i4")
    offsets = offsets[part.offset : part.offset + len(part) + 1]
    lengths = np.diff(offsets)
    if part.null_count:
        gaps = ~_find_valid(part)
        if lengths[gaps].any():
            lengths[gaps] = 0
            kept, _, extent = _find_extents(part.drop_null())
            return kept, lengths, extent
    return part, lengths, (int(offsets[0]), int(offsets[-1]))


def _encode_lists(kind: Any, parts: Parts, walk: Walk) -> Iterator[Chunk]:
    """Encode the lengths of lists or maps, and what is in them."""
    from pyarrow import types

    yield from _encode_valid(parts)
    for block in _cut(parts, _NESTED_ROWS):
        if types.is_list(kind) or types.is_large_list(kind) or types.is_map(kind):
            extents = [_find_extents(part) for part in block]
            lengths = [length for _, length, _ in extents]
            children = [_slice_children(part, *extent) for part, _, extent in extents]
        else:
            lengths = [_measure(part) for part in block]
            children = [[part.flatten()] for part in block]
        for length in lengths:
            yield length.data
        for child in zip(*children, strict=True):
            yield from encode_arrow(child[0].type, list(child), walk)


def _slice_children(part: Any, start: int, stop: int) -> Parts:
    """Give the arrays of what is in the lists or maps of an array."""
    from pyarrow import types

    children = [part.keys, part.items] if types.is_map(part.type) else [part.values]
    return [child.slice(start, stop - start) for child in children]


def _measure(part: Any) -> Array:
    """Give the lengths of lists of fixed size and of views."""
    import numpy as np
    import pyarrow.compute as pc

    lengths = pc.list_value_length(part).fill_null(0)
    return np.asarray(lengths).astype("<i8")


def _encode_struct(kind: Any, parts: Parts, walk: Walk) -> Iterator[Chunk]:
    """Encode structs field by field; the fields of one that is missing are missing."""
    yield from _encode_valid(parts)
    columns = [part.flatten() for part in parts]
    for i in range(kind.num_fields):
        column = [fields[i] for fields in columns]
        yield from encode_arrow(kind.field(i).type, column, walk)


def _encode_union(kind: Any, block: Parts, walk: Walk) -> Iterator[Chunk]:
    """Encode of which kind each element is, and those of each kind in their order."""
    import numpy as np
    import pyarrow as pa

    codes = [_read_integers(part, 1, "i1") for part in block]
    for part_codes in codes:
        yield part_codes.data
    for i, code in enumerate(kind.type_codes):
        chosen = []
        for part, part_codes in zip(block, codes, strict=True):
            (rows,) = np.nonzero(part_codes == code)
            if kind.mode == "dense":
                rows = _read_integers(part, 2, "<i4")[rows]
            chosen.append(part.field(i).take(pa.array(rows)))
        yield from encode_arrow(kind.field(i).type, chosen, walk)


def _read_integers(part: Any, number: int, code: str) -> Array:
    """Read one of a union's buffers; pyarrow's own properties forget where a slice begins."""
    import numpy as np

    return np.frombuffer(part.buffers()[number], code)[part.offset : part.offset + len(part)]


def _encode_dictionary(kind: Any, parts: Parts, walk: Walk) -> Iterator[Chunk]:
    """Encode the dictionary that the chunks have in common, and places in it."""
    import pyarrow as pa

    words = parts[0].dictionary if parts else pa.array([], kind.value_type)
    yield from encode_arrow(kind.value_type, [words], walk)
    yield from encode_arrow(kind.index_type, [part.indices for part in parts], walk)
