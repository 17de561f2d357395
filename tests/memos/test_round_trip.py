"""Values come back equal, of the same class, and writable without changing the file."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import gc
import mmap
import pickle
import re
import threading
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from anew.errors import MemoLostError, ValueNotStoredError
from anew.memos import mapping

pl = pytest.importorskip("polars")


@pytest.fixture
def through(memos, record):
    """Give a value as it comes back."""

    def keep_and_load(value):
        memos.forget()
        assert memos.put(record(content=None), value)
        (found,) = memos.find("k")
        assert memos.has_value(found)
        if found.inline is None:
            assert found.size_bytes == memos._payloads.path(found.payload).stat().st_size
        return memos.load(found)

    return keep_and_load


@pytest.fixture
def pad():
    """Repeat an array until it is too large for the index."""

    def repeat(array):
        if array.nbytes == 0:
            return array
        times = 9000 // array.nbytes + 1
        return np.concatenate([array.reshape(-1)] * times)

    return repeat


DTYPES = st.one_of(
    hnp.scalar_dtypes(),
    hnp.byte_string_dtypes(min_len=1),
    hnp.unicode_string_dtypes(min_len=1),
    hnp.array_dtypes(allow_subarrays=True),
)
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, min_side=0, max_dims=4, max_side=5))


def arrange(array, layout):
    """Lay an array out in another way."""
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "strided" and array.ndim:
        return np.repeat(array, 2, axis=0)[::2]
    if layout == "reversed" and array.ndim:
        return array[::-1]
    return array


def assert_same_array(again, array):
    assert type(again) is np.ndarray
    assert again.dtype == array.dtype
    assert again.shape == array.shape
    assert again.tobytes() == array.tobytes()
    assert again.flags.writeable


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ARRAYS, st.sampled_from(["C", "F", "strided", "reversed"]), st.booleans())
def test_arrays_of_any_dtype_shape_and_layout(through, pad, array, layout, is_large):
    value = arrange(pad(array) if is_large else array, layout)
    assert_same_array(through(value), value)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_order_of_large_arrays_is_kept(through, order):
    value = np.array(np.arange(60_000.0).reshape(200, 300), order=order)
    again = through(value)
    assert_same_array(again, value)
    assert again.flags.c_contiguous == (order == "C")


def test_a_transposed_square_is_not_its_own_transpose(through):
    value = np.arange(10_000.0).reshape(100, 100)
    np.testing.assert_array_equal(through(value.T), value.T)
    np.testing.assert_array_equal(through(value), value)


@pytest.mark.parametrize("size", [10, 2000, 40_000])
def test_what_is_done_to_an_array_does_not_reach_the_file(memos, record, size):
    memos.put(record(), np.zeros(size))
    first = memos.load(record())
    first[:] = 1
    assert memos.load(record()).sum() == 0


@pytest.mark.parametrize("size", [10, 2000, 40_000])
def test_a_read_only_array_comes_back_writable(through, size):
    value = np.arange(float(size))
    value.flags.writeable = False
    assert_same_array(through(value), value)
    assert_same_array(through(np.broadcast_to(np.float64(3), (size,))), np.full(size, 3.0))


@pytest.mark.parametrize("size", [10, 40_000])
def test_an_array_in_a_file_comes_back_as_an_array(through, tmp_path, size):
    value = np.memmap(tmp_path / "a", "f8", "w+", shape=size)
    value[:] = np.arange(size)
    assert_same_array(through(value), np.asarray(value))
    assert_same_array(through({"a": value})["a"], np.asarray(value))


CLASSES = {
    "masked": lambda: np.ma.masked_array(np.arange(5000.0), np.arange(5000) % 3 == 0, fill_value=7),
    "matrix": lambda: np.asmatrix(np.arange(9000.0).reshape(90, 100)),
    "recarray": lambda: np.rec.fromarrays([np.arange(2000), np.ones(2000)], names="a,b"),
    "chararray": lambda: np.char.array(["ab", "cd"] * 2000),
}


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.filterwarnings("ignore:.*chararray.*:DeprecationWarning")
@pytest.mark.parametrize("name", CLASSES)
def test_a_subclass_of_arrays_stays_that_class(through, name):
    value = CLASSES[name]()
    again = through(value)
    assert type(again) is type(value)
    assert again.dtype == value.dtype
    np.testing.assert_array_equal(again, value)
    if name == "masked":
        np.testing.assert_array_equal(again.mask, value.mask)
        assert again.fill_value == value.fill_value


ODD = {
    "objects": np.array([1, "a", None, [2]] * 1000, dtype=object),
    "zero-d object": np.array({"a": 1}, dtype=object),
    "metadata": np.zeros(2000, np.dtype("f8", metadata={"unit": "m"})),
    "names of fields": np.zeros(2000, [("ж", "f8"), ("b", "i4")]),
    "aligned": np.zeros(2000, np.dtype([("a", "i1"), ("b", "f8")], align=True)),
    "big-endian": np.arange(2000, dtype=">f8"),
    "void": np.frombuffer(bytes(range(250)) * 40, "V10"),
    "empty": np.empty((0, 10**6)),
    "long strings": np.array(["a" * 5000, "b"]),
    "half": np.arange(9000).astype("f2"),
    "long double": np.arange(2000).astype(np.longdouble),
    "many fields": np.zeros(50, [(f"field{n}", "f8") for n in range(900)]),
}


@pytest.mark.parametrize("name", ODD)
def test_arrays_that_the_format_has_no_word_for(through, name):
    value = ODD[name]
    again = through(value)
    assert again.dtype == value.dtype
    assert (again.dtype.metadata or {}) == (value.dtype.metadata or {})
    assert again.shape == value.shape
    assert (again == value).all() if value.dtype.hasobject else again.tobytes() == value.tobytes()
    assert again.flags.writeable


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Model:
    weights: np.ndarray
    name: str = "m"


class Point(NamedTuple):
    x: int
    y: int


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.sampled_from([Colour.RED, decimal.Decimal("1.10"), dt.date(2026, 1, 1), 1j, ...])
)
NESTED = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(max_size=5), inner)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers())
    ),
    max_leaves=20,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NESTED, st.sampled_from([0, 5000]))
def test_nested_values(through, value, size):
    again, array = through((value, np.zeros(size)))
    assert again == value
    assert type(again) is type(value)
    assert array.shape == (size,)


OBJECTS = {
    "dataclass": Model(np.arange(5000)),
    "named tuple": Point(1, 2),
    "deque": collections.deque([1, 2], maxlen=5),
    "ordered": collections.OrderedDict(b=1, a=2),
    "pattern": re.compile("a+"),
    "range": range(10**6),
    "long bytes": b"x" * 10**6,
    "long text": "ж" * 10**6,
    "bytearray": bytearray(b"y" * 10**5),
    "many texts": [str(n) for n in range(10_000)],
    "huge number": 7**50_000,
    "exception": ValueError("a"),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(through, name):
    value = OBJECTS[name]
    again = through(value)
    assert type(again) is type(value)
    if name == "exception":
        assert again.args == value.args
    elif name == "dataclass":
        np.testing.assert_array_equal(again.weights, value.weights)
    else:
        assert again == value


def test_shared_parts_stay_shared(through):
    part = np.zeros(5000)
    one, other = through([part, part])
    one[0] = 1
    assert other[0] == 1


def test_a_value_that_contains_itself(through):
    value = [1]
    value.append(value)
    again = through(value)
    assert again[1] is again


def test_local_functions_and_classes(through):
    factor = 3

    class Local:
        x = 2

    assert through(lambda x: factor * x)(2) == 6
    assert through(Local()).x == 2
    weights = np.arange(5000)
    again = through({"f": lambda: factor, "w": weights})
    np.testing.assert_array_equal(again["w"], weights)


FRAMES = {
    "floats": lambda: pd.DataFrame(
        np.random.default_rng(1).random((5000, 4)), columns=list("abcd")
    ),
    "texts": lambda: pd.DataFrame({"a": [f"text {n}" for n in range(5000)], "b": range(5000)}),
    "objects": lambda: pd.DataFrame({"a": [[1], {"b": 2}, None] * 1000}),
    "categories": lambda: pd.DataFrame({"a": pd.Categorical(["x", "y", None] * 2000)}),
    "time zones": lambda: pd.DataFrame(
        {"a": pd.date_range("2026", periods=3000, freq="h", tz="Europe/Berlin")}
    ),
    "many indices": lambda: pd.DataFrame(
        {"v": range(3000)},
        index=pd.MultiIndex.from_product([range(30), range(100)], names=["i", "j"]),
    ),
    "masked": lambda: pd.DataFrame({"a": pd.array([1, None, 3] * 2000, dtype="Int64")}),
    "arrow": lambda: pd.DataFrame({"a": pd.array(["1", None] * 2000, dtype="string[pyarrow]")}),
    "small": lambda: pd.DataFrame({"a": [1]}),
    "mixed": lambda: pd.DataFrame({"a": range(5000), "b": 1.5, "c": "x"}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames(through, name):
    value = FRAMES[name]()
    again = through(value)
    pd.testing.assert_frame_equal(again, value)
    again.iloc[:5, 0] = again.iloc[-5:, 0].to_numpy()
    pd.testing.assert_frame_equal(through(value), value)
    series = value.iloc[:, 0]
    pd.testing.assert_series_equal(through(series), series)


def test_a_part_of_a_frame_does_not_drag_the_rest_along(memos):
    frame = pd.DataFrame({"a": np.random.default_rng(1).random(100_000)})
    assert memos.encode(frame.head(2000)).size_bytes < 50_000


TABLES = {
    "plain": lambda: pa.table({"a": range(5000), "b": [str(n) for n in range(5000)]}),
    "chunks": lambda: pa.concat_tables([pa.table({"a": range(2000)})] * 3),
    "notes": lambda: pa.table({"a": range(5000)}).replace_schema_metadata({"x": "y"}),
    "dictionary": lambda: pa.table({"a": pa.array(["x", "y"] * 3000).dictionary_encode()}),
    "dictionaries": lambda: pa.table(
        {"a": pa.chunked_array([pa.array([x] * 3000).dictionary_encode() for x in "xy"])}
    ),
    "nested": lambda: pa.table({"a": [{"x": [1, 2], "y": None}] * 2000}),
    "nulls": lambda: pa.table({"a": pa.nulls(100_000)}),
    "slice": lambda: pa.table({"a": range(50_000)}).slice(1000, 3000),
    "two of a name": lambda: pa.Table.from_arrays([pa.array(range(3000))] * 2, names=["a", "a"]),
    "small": lambda: pa.table({"a": [1]}),
}


@pytest.mark.parametrize("name", TABLES)
def test_arrow_tables(through, name):
    value = TABLES[name]()
    again = through(value)
    assert type(again) is pa.Table
    assert again.equals(value, check_metadata=True)
    again.validate(full=True)


def test_large_tables_are_arrow_files(memos, record, tmp_path):
    value = pa.table({"a": range(5000)})
    memos.put(record(), value)
    payload = memos.find("k")[0].payload
    assert payload.endswith(".arrow")
    with pa.ipc.open_file(memos._payloads.path(payload)) as reader:
        assert reader.read_all().equals(value)


POLARS = {
    "plain": lambda: pl.DataFrame({"a": range(5000), "b": [str(n) for n in range(5000)]}),
    "categories": lambda: pl.DataFrame({"a": ["x", "y", None] * 2000}, {"a": pl.Categorical}),
    "enum": lambda: pl.DataFrame({"a": ["x", "y"] * 3000}, {"a": pl.Enum(["y", "x"])}),
    "times": lambda: pl.DataFrame(
        {"a": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 3000, "b": dt.time(3)}
    ),
    "nested": lambda: pl.DataFrame(
        {"a": [[1, 2], None] * 2000, "b": [{"x": 1}, {"x": None}] * 2000}
    ),
    "nan": lambda: pl.DataFrame({"a": [float("nan"), None, 0.0] * 2000}),
    "decimal": lambda: pl.DataFrame({"a": [decimal.Decimal("1.10")] * 3000}),
    "array": lambda: pl.DataFrame({"a": [[1, 2]] * 3000}, {"a": pl.Array(pl.Int8, 2)}),
    "slice": lambda: pl.DataFrame({"a": range(50_000)}).slice(5, 3000),
    "small": lambda: pl.DataFrame({"a": [1]}),
}


@pytest.mark.parametrize("name", POLARS)
def test_polars_frames_and_series(through, name):
    value = POLARS[name]()
    again = through(value)
    assert type(again) is pl.DataFrame
    assert again.schema == value.schema
    assert again.equals(value)
    series = value.get_column("a")
    assert through(series).equals(series, check_names=True, check_dtypes=True)


def test_a_polars_frame_of_objects_is_kept_or_refused(memos, record):
    memos.put(record(), pl.DataFrame({"a": [object()] * 10}))
    assert len(memos.find("k")) == 1


def test_more_arrays_are_loaded_than_files_may_be_open(memos, record, monkeypatch):
    monkeypatch.setattr(mapping, "_MOST", 3)
    for n in range(8):
        memos.put(record(str(n)), np.full(40_000, n))
    held = [memos.load(record(str(n))) for n in range(8)]
    assert [int(array[0]) for array in held] == list(range(8))
    assert len(mapping._open) <= 3
    del held
    gc.collect()
    assert not mapping._open


class Failing:
    def __reduce__(self):
        raise KeyError


REFUSED = {
    "generator": lambda: (n for n in "a"),
    "lock": threading.Lock,
    "its own way": Failing,
    "view of memory": lambda: memoryview(b"a"),
    "map of memory": lambda: mmap.mmap(-1, 10),
    "deep": lambda: __import__("functools").reduce(lambda inner, _: [inner], range(100_000), []),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_told(memos, name):
    with pytest.raises(ValueNotStoredError, match="cannot be pickled") as caught:
        memos.encode(REFUSED[name]())
    assert caught.value.hint


def test_an_open_file_is_refused(memos, tmp_path):
    (tmp_path / "a").write_text("text")
    for mode in ("r", "rb"):
        with (
            (tmp_path / "a").open(mode) as file,
            pytest.raises(ValueNotStoredError, match="cannot be pickled"),
        ):
            memos.encode([file])


SCRIPT = """
import enum
from dataclasses import dataclass

@dataclass
class Model:
    weights: object
    again: object = None

class Colour(enum.Enum):
    RED = 1

def double(x):
    return 2 * x

if sys.argv[2] == "put":
    memos.put(record("plain"), Model(np.arange(5000), Colour.RED))
    memos.put(record("with a lambda"), Model(double, lambda x: x + 1))
    memos.put(record("small"), [Model(1), double, Model])
else:
    plain = memos.load(record("plain"))
    assert type(plain) is Model and plain.again is Colour.RED and plain.weights[7] == 7
    other = memos.load(record("with a lambda"))
    assert isinstance(other, Model) and other.again(1) == 2 and other.weights(4) == 8
    (one, function, kind) = memos.load(record("small"))
    assert one == Model(1) and function is double and kind is Model
    print("same")
"""


def test_values_of_a_script_load_in_the_same_script(run):
    run(SCRIPT, "put")
    assert run(SCRIPT, "load") == "same\n"


def test_values_of_a_script_are_lost_in_another(memos, record, run):
    run(SCRIPT, "put")
    for key in ("plain", "with a lambda", "small"):
        (found,) = memos.find(key)
        assert memos.has_value(found)
        with pytest.raises(MemoLostError, match="cannot be read: AttributeError"):
            memos.load(found)


def test_inline_pickles_are_plain(memos, record):
    memos.put(record(), {"a": 1})
    (found,) = memos.find("k")
    assert pickle.loads(found.inline[9:]) == {"a": 1}
