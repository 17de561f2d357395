"""Digests of Arrow's arrays, tables and types."""

from __future__ import annotations

import datetime as dt
import pickle
import tracemalloc
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_value

if TYPE_CHECKING:
    from collections.abc import Callable

INTEGERS = [1, None, 2, 0, 5]
TEXTS = ["a", None, "bé", "", "ddd"]
LISTS = [[1, 2], None, [], [3, None], [4]]
PAIRS = [[("a", 1), ("b", 2)], None, [], [("c", None)], [("d", 3)]]
STRUCTS = [{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}, {"a": 3, "b": []}, {"a": 4}]
STRUCT = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])

ARRAYS: list[pa.Array] = [
    *(pa.array(INTEGERS, kind) for kind in (pa.int8(), pa.uint64(), pa.int64(), pa.float32())),
    *(pa.array(INTEGERS, pa.timestamp(*args)) for args in (("us",), ("ns",), ("ns", "UTC"))),
    *(pa.array(INTEGERS, kind) for kind in (pa.duration("s"), pa.date32(), pa.time64("us"))),
    *(
        pa.array([Decimal(1), None, Decimal(-2)], kind(9))
        for kind in (pa.decimal128, pa.decimal256)
    ),
    *(pa.array(TEXTS, kind) for kind in (pa.string(), pa.large_string(), pa.string_view())),
    *(pa.array(TEXTS, kind) for kind in (pa.binary(), pa.large_binary(), pa.binary_view())),
    pa.array([b"ab", None, b"cd", b"ef", b"gh"], pa.binary(2)),
    pa.array([True, None, False, True, True]),
    pa.array([1.5, None, float("nan"), 0.0, -0.0]),
    pa.array([None] * 5),
    pa.array([(1, 2, 3), None, (0, 0, 0)], pa.month_day_nano_interval()),
    *(pa.array(LISTS, kind(pa.int64())) for kind in (pa.list_, pa.large_list, pa.list_view)),
    pa.array([[1, 2], None, [3, None], [5, 6], [7, 8]], pa.list_(pa.int64(), 2)),
    pa.array(PAIRS, pa.map_(pa.string(), pa.int64())),
    pa.array(STRUCTS, STRUCT),
    pa.array([None if part is None else [part] for part in STRUCTS], pa.list_(STRUCT)),
    pa.array(TEXTS, pa.dictionary(pa.int8(), pa.string())),
    pa.array([["a", "b"], None, [], ["c"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    pa.UnionArray.from_sparse(
        pa.array([0, 1, 0, 1, 1], pa.int8()), [pa.array([1, 2, 3, 4, 5]), pa.array([*"abcde"])]
    ),
    pa.UnionArray.from_dense(
        pa.array([0, 1, 0, 1, 1], pa.int8()),
        pa.array([0, 0, 1, 1, 2], pa.int32()),
        [pa.array([1, 3]), pa.array([*"bde"])],
    ),
    pa.RunEndEncodedArray.from_arrays([2, 3, 5], [1, None, 3]),
    pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16, None], pa.binary(16))),
]
NAMES = [str(array.type) for array in ARRAYS]
each_array = pytest.mark.parametrize("array", ARRAYS, ids=NAMES)


def test_arrays_of_different_types_are_apart() -> None:
    for one, other in combinations(ARRAYS, 2):
        assert digest_value(one) != digest_value(other), (one.type, other.type)


@each_array
def test_a_copy_of_an_array_has_its_digest(array: pa.Array) -> None:
    assert digest_value(pickle.loads(pickle.dumps(array))) == digest_value(array)


@each_array
def test_chunks_do_not_matter(array: pa.Array) -> None:
    whole = digest_value(pa.chunked_array([array]))
    for i in range(len(array)):
        assert digest_value(pa.chunked_array([array[:i], array[i:]])) == whole


@each_array
def test_a_slice_is_what_it_shows(array: pa.Array) -> None:
    for start in range(len(array)):
        part = array[start : start + 2]
        assert digest_value(part) == digest_value(pickle.loads(pickle.dumps(part)))
        if part.to_pylist() != array[:2].to_pylist():
            assert digest_value(part) != digest_value(array[:2])


@each_array
def test_elements_and_nothing_have_digests(array: pa.Array) -> None:
    digests = {digest_value(array[0]), digest_value(array[:0]), digest_value(array.type)}
    assert len(digests) == 3
    assert digest_value(array[0]) == digest_value(array[0])


def hide(array: pa.Array) -> pa.Array:
    """Declare the second of three elements to be missing, and leave it where it is."""
    buffers = [pa.py_buffer(b"\5"), *array.buffers()[1:]]
    return pa.Array.from_buffers(array.type, len(array), buffers)


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (pa.array([1, None, 3]), hide(pa.array([1, 2, 3]))),
        (pa.array([1.0, None, 3]), hide(pa.array([1.0, 2, 3]))),
        (pa.array([True, None, False]), hide(pa.array([True, True, False]))),
        (pa.array(["a", None, "b"]), hide(pa.array(["a", "zz", "b"]))),
        (pa.array([b"a", None], pa.binary_view()), hide(pa.array([b"a", b"z"], pa.binary_view()))),
        (
            pa.array([[1, 2], None, [5]]),
            pa.ListArray.from_arrays(
                pa.array([0, 2, 4, 5], pa.int32()),
                pa.array([1, 2, 9, 9, 5]),
                mask=pa.array([False, True, False]),
            ),
        ),
        (
            pa.array([[1, 2], None], pa.list_(pa.int64(), 2)),
            pa.FixedSizeListArray.from_arrays(
                pa.array([1, 2, 9, 9]), 2, mask=pa.array([False, True])
            ),
        ),
        (
            pa.array([[3], [], [1, 2]], pa.list_view(pa.int64())),
            pa.ListViewArray.from_arrays(
                pa.array([2, 0, 0], pa.int32()),
                pa.array([1, 0, 2], pa.int32()),
                pa.array([1, 2, 3]),
            ),
        ),
        (
            pa.array([{"a": 1, "b": ["q"]}, None]),
            pa.StructArray.from_arrays(
                [pa.array([1, 2]), pa.array([["q"], ["z"]])],
                names=["a", "b"],
                mask=pa.array([False, True]),
            ),
        ),
        (
            pa.array([[("a", 1)], None], pa.map_(pa.string(), pa.int64())),
            pa.MapArray.from_arrays(
                pa.array([0, 1, 2], pa.int32()),
                pa.array(["a", "z"]),
                pa.array([1, 2]),
                mask=pa.array([False, True]),
            ),
        ),
    ],
    ids=["int", "float", "bool", "text", "view", "list", "fixed", "list view", "struct", "map"],
)
def test_what_lies_under_a_null_does_not_matter(shown: pa.Array, hidden: pa.Array) -> None:
    assert digest_value(hidden) == digest_value(shown)


@pytest.mark.parametrize(
    "wrap", [lambda x: x, lambda x: [x], lambda x: {"x": x}], ids=["plain", "list", "struct"]
)
def test_chunks_may_have_dictionaries_of_their_own(wrap: Callable[[str], Any]) -> None:
    words = pa.dictionary(pa.int32(), pa.string())
    kinds = {str: words, list: pa.list_(words), dict: pa.struct([("x", words)])}
    kind = kinds[type(wrap(""))]
    apart = pa.chunked_array(
        [pa.array([wrap("a"), wrap("b")], kind), pa.array([wrap("c"), wrap("a")], kind)]
    )
    together = pa.chunked_array([apart.combine_chunks()])
    assert digest_value(apart) == digest_value(together)


def test_the_order_of_a_dictionary_counts() -> None:
    one = pa.DictionaryArray.from_arrays([0, 1], ["a", "b"])
    other = pa.DictionaryArray.from_arrays([1, 0], ["b", "a"])
    assert digest_value(one) != digest_value(other)


def test_the_name_of_the_elements_of_a_list_means_nothing() -> None:
    one, other = (pa.list_(pa.field(name, pa.int64())) for name in ("item", "element"))
    assert digest_value(pa.array(LISTS, one)) == digest_value(pa.array(LISTS, other))


TABLE = pa.table({"a": [1, 2, 3], "b": ["x", None, "z"]})


@pytest.mark.parametrize(
    "other",
    [
        TABLE.rename_columns(["a", "c"]),
        TABLE.select(["b", "a"]),
        TABLE.select(["a"]),
        TABLE[:2],
        TABLE.replace_schema_metadata({"unit": "K"}),
        TABLE.cast(pa.schema([("a", pa.int32()), ("b", pa.string())])),
        TABLE.cast(pa.schema([pa.field("a", pa.int64(), nullable=False), ("b", pa.string())])),
        TABLE.cast(pa.schema([pa.field("a", pa.int64(), metadata={"u": "K"}), TABLE.field("b")])),
        TABLE.set_column(1, "b", [["x", None, "y"]]),
        TABLE.to_batches()[0],
        TABLE.schema,
        pa.table({}),
    ],
    ids=[
        *("names", "order", "columns", "rows", "metadata", "type", "nullable", "field metadata"),
        *("content", "batch", "schema", "empty"),
    ],
)
def test_other_tables_are_apart(other: Any) -> None:
    assert digest_value(other) != digest_value(TABLE)


def test_equal_tables_are_together() -> None:
    pieces = pa.concat_tables([TABLE[:1], TABLE[1:]])
    copies = [pieces, pickle.loads(pickle.dumps(TABLE)), TABLE.replace_schema_metadata({})]
    assert {digest_value(copy) for copy in copies} == {digest_value(TABLE)}


def test_columns_of_one_name_are_told_apart() -> None:
    one, two = pa.array([1]), pa.array([2])
    tables = [pa.table(columns, names=["a", "a"]) for columns in ([one, two], [two, one])]
    assert digest_value(tables[0]) != digest_value(tables[1])


def test_buffers_and_tensors_are_their_bytes() -> None:
    assert digest_value(pa.py_buffer(b"abc")) == digest_value(pa.py_buffer(b"xabc").slice(1))
    assert digest_value(pa.py_buffer(b"abc")) != digest_value(pa.py_buffer(b"abd"))
    square = np.arange(4).reshape(2, 2)
    assert digest_value(pa.Tensor.from_numpy(square)) != digest_value(
        pa.Tensor.from_numpy(square.T)
    )


NESTED = st.recursive(
    st.integers(0, 3) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.none(),
    max_leaves=4,
)


@given(
    st.lists(st.lists(st.lists(st.integers(0, 9) | st.none()) | st.none()) | st.none()), st.data()
)
def test_where_a_column_is_cut_never_matters(values: list[Any], data: st.DataObject) -> None:
    array = pa.array(values, pa.list_(pa.list_(pa.int8())))
    cut = data.draw(st.integers(0, len(array)))
    pieces = pa.chunked_array([array[:cut], array[cut:]])
    assert digest_value(pieces) == digest_value(pa.chunked_array([array]))


@given(st.lists(st.text(max_size=3) | st.none()), st.lists(st.text(max_size=3) | st.none()))
def test_texts_are_together_only_when_equal(one: list[Any], other: list[Any]) -> None:
    digests = [digest_value(pa.array(values, pa.string())) for values in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)


def test_long_columns_are_cut_at_their_own_places() -> None:
    array = pa.array([None if i % 7 == 0 else str(i) for i in range(200_000)])
    pieces = pa.chunked_array([array[:70_001], array[70_001:70_002], array[70_002:]])
    assert digest_value(pieces) == digest_value(pa.chunked_array([array]))


def test_a_long_column_is_not_copied() -> None:
    array = pa.array(np.arange(4_000_000.0))
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    digest_value(array)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak + pa.total_allocated_bytes() - before < array.nbytes / 20


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    script = "import pyarrow as pa; value = pa.table({'a': [1, 2, 3], 'b': ['x', None, 'z']})"
    assert digest_elsewhere(script) == {digest_value(TABLE)}


def test_dates_are_apart_from_the_numbers_of_their_days() -> None:
    days = pa.array([dt.date(1970, 1, 2)])
    assert digest_value(days) != digest_value(days.cast(pa.int32()))


LONG = "a text that does not fit into a view"
WORDS = ["x", None, LONG, "twelve bytes", "thirteen byte", "", LONG + "!", None, LONG] * 3


@pytest.mark.parametrize("kind", [pa.string_view(), pa.binary_view()], ids=str)
def test_views_of_the_same_texts_are_the_same_wherever_the_texts_lie(kind: pa.DataType) -> None:
    array = pa.array(WORDS, pa.string()).cast(pa.binary()).cast(kind)
    around = pa.array([LONG, *WORDS, "end"], pa.string()).cast(pa.binary()).cast(kind)
    chunks = [array[:5], around[6:7], array[6:]]
    same = [around[1:-1], pa.concat_arrays(chunks)]
    assert {digest_value(each) for each in same} == {digest_value(array)}
    column = digest_value(pa.chunked_array([array]))
    assert digest_value(pa.chunked_array(chunks)) == column


@pytest.mark.parametrize("place", range(9))
def test_each_text_of_views_counts(place: int) -> None:
    other = list(WORDS)
    other[place] = LONG.upper() if other[place] != "" else None
    assert digest_value(pa.array(other, pa.string_view())) != digest_value(
        pa.array(WORDS, pa.string_view())
    )
