"""What every format must do, tried with every format and every kind of value."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import math
import sys
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from anew.digests import digest_value
from anew.errors import UnknownNameError, ValueNotStoredError
from anew.formats import Encoded, Picture, decode, encode
from anew.formats.choice import ALL_FORMATS

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from anew.types import Format

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: float


class Text(str): ...  # noqa: SLOT000 - as people write them


# The format of a value that nobody asked a format for; it comes back equal from it.
KEPT: list[tuple[str, Any]] = [
    ("json", None),
    ("json", True),
    ("json", 0),
    ("json", -(2**64)),
    ("json", 2**8000),
    ("pickle", 2**9000),
    ("json", 0.1),
    ("json", -0.0),
    ("json", math.inf),
    ("json", -math.inf),
    ("json", math.nan),
    ("json", 5e-324),
    ("json", []),
    ("json", {}),
    ("json", {"b": [1, 2.0, "é", None], "a": {"": math.nan}}),
    ("pickle", {1: 2}),
    ("pickle", {"a": (1, 2)}),
    ("pickle", [1, "\ud800"]),
    ("pickle", {"\ud800": 1}),
    ("pickle", [2**9000]),
    ("pickle", (1, 2)),
    ("pickle", {1, 2}),
    ("pickle", 1j),
    ("pickle", {"a": np.float64(1)}),
    ("pickle", [Colour.RED]),
    ("pickle", [Text("a")]),
    ("pickle", list(range(1_000_001))),
    ("text", ""),
    ("text", "a\r\nb\n\x00"),
    ("text", "Grüße ✓"),
    ("pickle", "\ud83d\ude00"),
    ("pickle", Text("a")),
    ("binary", b""),
    ("binary", bytes(range(256))),
    ("pickle", bytearray(b"a")),
    ("npy", np.array(1.5)),
    ("npy", np.zeros((0, 3))),
    ("npy", np.arange(12.0).reshape(3, 4)),
    ("npy", np.asfortranarray(np.arange(12).reshape(3, 4))),
    ("npy", np.arange(12)[::3]),
    ("npy", np.array([1, 2], ">i4")),
    ("npy", np.array([True, False])),
    ("npy", np.array(["a", "bc"])),
    ("npy", np.array([b"a", b"bc"])),
    ("npy", np.array([1 + 2j, math.nan])),
    ("npy", np.array(["2020-01-01", "NaT"], "M8[ms]")),
    ("npy", np.array([1, 2], "m8[D]")),
    ("npy", np.array([(1, 2.0)], [("a", "i2"), ("b", "f8")])),
    ("npy", np.array([(1, 2.0)], np.dtype([("a", "i2"), ("b", "f8")], align=True))),
    ("npy", np.array([(1, (2, 3))], [("größe", "i2"), ("漢字", "i4", (2,))])),
    ("npy", np.array([b"ab"], "V2")),
    ("pickle", np.array([1, "a"], object)),
    ("pickle", np.array([(1, "a")], [("a", "i2"), ("b", object)])),
    ("pickle", np.array(["a"], np.dtypes.StringDType())),
    ("pickle", np.zeros(2, np.dtype("f8", metadata={"unit": "m"}))),
    ("pickle", np.ma.array([1, 2], mask=[0, 1])),
    ("pickle", np.rec.array([(1,)], [("a", "i2")])),
    ("npy-scalar", np.float64(0.1)),
    ("npy-scalar", np.float64("nan")),
    ("npy-scalar", np.float32(0.1)),
    ("npy-scalar", np.int8(-1)),
    ("npy-scalar", np.True_),
    ("npy-scalar", np.str_("é")),
    ("npy-scalar", np.bytes_(b"a")),
    ("npy-scalar", np.complex64(1j)),
    ("npy-scalar", np.datetime64("2020-01-01")),
    ("npy-scalar", np.timedelta64("NaT", "s")),
    ("npy-scalar", np.array([(1, 2.0)], [("a", "i2"), ("b", "f8")])[0]),
    ("pickle", np.array([(1, "a")], [("a", "i2"), ("b", object)])[0]),
    ("pickle", dt.date(2020, 1, 1)),
    ("pickle", Point(1.0)),
    ("pickle", Colour.RED),
    ("pickle", Point),
    ("pickle", math.sin),
    ("pickle", pd.Index([1, 2])),
    ("pickle", pd.Timestamp("2020-01-01")),
    ("png", Picture(PNG_HEAD + b"...")),
]


def is_equal(one: object, two: object) -> bool:
    """Tell whether two values are of one class and equal in content."""
    return type(one) is type(two) and digest_value(one) == digest_value(two)


@pytest.mark.parametrize(("name", "value"), KEPT, ids=map(str, range(len(KEPT))))
def test_a_value_comes_back_equal_from_its_format(name: str, value: object) -> None:
    encoded = encode(value)
    assert encoded.format == name
    assert is_equal(decode(encoded.format, encoded.data), value)


@pytest.mark.parametrize("form", ALL_FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "value"), KEPT, ids=map(str, range(len(KEPT))))
def test_what_a_format_accepts_comes_back_equal(form: Format, name: str, value: object) -> None:
    if form.accepts(value):
        assert is_equal(form.decode(form.encode(value)), value)


@pytest.mark.parametrize("form", ALL_FORMATS, ids=lambda form: form.name)
def test_a_format_has_a_name_and_a_suffix(form: Format) -> None:
    assert form.name.replace("-", "").isalnum()
    assert form.suffix.startswith(".")
    assert sum(other.name == form.name for other in ALL_FORMATS) == 1


@pytest.mark.parametrize(("name", "value"), KEPT, ids=map(str, range(len(KEPT))))
def test_a_value_is_the_same_bytes_each_time(name: str, value: object) -> None:
    assert encode(value).data == encode(value).data


plain = st.recursive(
    # JSON has one NaN alone.
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.just(math.nan)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_plain_values_come_back_equal(value: object) -> None:
    encoded = encode(value)
    assert encoded.format == ("text" if isinstance(value, str) else "json")
    assert is_equal(decode(encoded.format, encoded.data), value)


@given(st.integers())
def test_integers_come_back_exactly(value: int) -> None:
    again = decode("json", encode(value).data)
    assert type(again) is int
    assert again == value


@given(st.floats(allow_nan=False))
def test_floats_come_back_to_the_last_bit(value: float) -> None:
    again = decode("json", encode(value).data)
    assert type(again) is float
    assert again.hex() == value.hex()


@given(st.text(st.characters(exclude_categories=[])) | st.binary())
def test_any_text_and_any_bytes_come_back_equal(value: str | bytes) -> None:
    encoded = encode(value)
    assert decode(encoded.format, encoded.data) == value


@given(st_np.arrays(st_np.scalar_dtypes() | st_np.array_dtypes(), st_np.array_shapes(min_dims=0)))
def test_any_array_comes_back_equal(array: np.ndarray) -> None:
    encoded = encode(array)
    assert encoded.format == "npy"
    again = decode("npy", encoded.data)
    assert is_equal(again, array)
    assert again.dtype == array.dtype
    assert again.flags.writeable


@given(st_np.from_dtype(np.dtype("f8")) | st_np.from_dtype(np.dtype("f4")))
def test_scalars_of_numpy_stay_scalars_of_numpy(value: np.floating) -> None:
    encoded = encode(value)
    assert encoded.format == "npy-scalar"
    assert is_equal(decode("npy-scalar", encoded.data), value)


def test_text_that_ends_in_nul_is_not_kept_as_npy() -> None:
    assert encode(np.str_("a\0")).format == "pickle"


def test_a_memory_mapped_array_comes_back_as_an_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(3))
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert is_equal(decode("npy", encode(mapped).data), np.arange(3))


def test_a_header_without_end_is_written_in_a_later_version() -> None:
    fields = [(f"field {i:05}", "i1") for i in range(5000)]
    array = np.zeros(2, fields)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = encode(array).data
    assert data[6] == 3


def test_npy_is_the_format_of_numpy(tmp_path: Path) -> None:
    array = np.arange(6).reshape(2, 3)
    np.save(tmp_path / "a.npy", array)
    assert encode(array).data == (tmp_path / "a.npy").read_bytes()


def test_a_list_that_holds_itself_is_pickled() -> None:
    value: list[Any] = [1]
    value.append(value)
    encoded = encode(value)
    assert encoded.format == "pickle"
    again = decode("pickle", encoded.data)
    assert again[1] is again


def nest(depth: int) -> list:
    """Make lists in lists."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(("depth", "form"), [(99, "json"), (100, "pickle")])
def test_what_is_nested_deeply_is_pickled(depth: int, form: str) -> None:
    value = nest(depth)
    encoded = encode(value)
    assert encoded.format == form
    assert is_equal(decode(form, encoded.data), value)


def test_what_is_nested_too_deeply_for_any_format_is_an_error() -> None:
    with pytest.raises(ValueNotStoredError, match="a list cannot be kept"):
        encode(nest(100_000))


def test_parts_shared_again_and_again_are_pickled() -> None:
    value: list[Any] = [1]
    for _ in range(60):
        value = [value, value]
    assert encode(value).format == "pickle"


def test_json_keeps_the_order_of_keys() -> None:
    assert list(decode("json", encode({"b": 1, "a": 2}).data)) == ["b", "a"]


def test_a_function_of_a_script_is_pickled_with_its_code() -> None:
    function = decode("pickle", encode(lambda x: x + 1).data)
    assert function(1) == 2


@pytest.mark.parametrize(
    ("name", "value", "form", "suffix"),
    [
        ("a", 1, "json", ".json"),
        ("a.json", 1, "json", ".json"),
        ("A.JSON", 1, "json", ".json"),
        ("a.txt", 1, "json", ".json"),
        ("a.pkl", 1, "pickle", ".pkl"),
        ("a.pickle", 1, "pickle", ".pkl"),
        ("a.csv", 1, "json", ".json"),
        ("a.png", 1, "json", ".json"),
        ("a", "x", "text", ".txt"),
        ("a.md", "x", "text", ".md"),
        ("a.json", "{}", "text", ".json"),
        ("a.csv", "x,y", "text", ".csv"),
        ("a.pkl", "x", "text", ".pkl"),
        ("a", b"x", "binary", ".bin"),
        ("a.png", b"x", "binary", ".png"),
        ("folder.d/a", b"x", "binary", ".bin"),
        ("a.npy", np.zeros(2), "npy", ".npy"),
        ("a.pkl", np.zeros(2), "pickle", ".pkl"),
        ("a.npy", np.float64(1), "npy-scalar", ".npy"),
        ("a.json", np.float64(1), "npy-scalar", ".npy"),
        ("a.npy", 1.0, "json", ".json"),
        ("a", pd.DataFrame({"a": [1]}), "parquet", ".parquet"),
        ("a.parquet", pd.DataFrame({"a": [1]}), "parquet", ".parquet"),
        ("a.pq", pd.DataFrame({"a": [1]}), "parquet", ".parquet"),
        ("a.csv", pd.DataFrame({"a": [1]}), "csv", ".csv"),
        ("a.pkl", pd.DataFrame({"a": [1]}), "pickle", ".pkl"),
        ("a.csv", pd.Series([1]), "parquet", ".parquet"),
        ("a.parquet", pd.DataFrame({"a": [object]}), "pickle", ".pkl"),
        ("a.svg", Picture(PNG_HEAD), "png", ".png"),
    ],
    ids=map(str, range(29)),
)
def test_the_suffix_of_a_name_asks_for_a_format(
    name: str, value: object, form: str, suffix: str
) -> None:
    encoded = encode(value, name=name)
    assert (encoded.format, encoded.suffix) == (form, suffix)


def test_a_path_stands_for_the_content_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"<p>")
    encoded = encode(path, name="anything.png")
    assert encoded == Encoded("file", ".html", b"<p>")
    assert decode("file", encoded.data) == b"<p>"


def test_a_file_without_a_suffix_has_none(tmp_path: Path) -> None:
    (tmp_path / "README").write_bytes(b"")
    assert encode(tmp_path / "README").suffix == ""


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_path_to_no_file_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueNotStoredError, match="cannot be read") as caught:
        encode(tmp_path / name, name="figure.png")
    assert caught.value.where == "artifact 'figure.png'"
    assert "str(path)" in caught.value.hint


def test_what_no_format_keeps_is_an_error_that_says_what_and_where() -> None:
    with pytest.raises(ValueNotStoredError, match="a generator cannot be kept") as caught:
        encode((i for i in range(3)), name="rows")
    assert caught.value.where == "artifact 'rows'"
    assert caught.value.hint
    assert "rows" in str(caught.value)


def test_an_error_without_a_name_says_what() -> None:
    with pytest.raises(ValueNotStoredError) as caught:
        encode(sys._getframe())
    assert caught.value.where is None


def test_an_unknown_format_is_an_error_with_near_misses() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'parquet'"):
        decode("parket", b"")


def test_encoded_values_can_be_compared() -> None:
    assert encode(1) == Encoded("json", ".json", b"1\n")


@given(st.randoms())
def test_sets_in_a_pickle_come_back_equal(draw: random.Random) -> None:
    value = {draw.random() for _ in range(10)}
    assert is_equal(decode("pickle", encode(value).data), value)
