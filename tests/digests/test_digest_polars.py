"""Digests of polars' frames and series."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from anew.digests import digest_value
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - without a zone on purpose
TEXTS = ["x", "y", None]
NUMBERS = [1, 2, None]

SERIES: dict[str, pl.Series] = {
    **{str(kind): pl.Series("a", NUMBERS, kind) for kind in (pl.Int8, pl.Int64, pl.UInt64)},
    **{str(kind): pl.Series("a", NUMBERS, kind) for kind in (pl.Float32, pl.Float64, pl.Int128)},
    "another name": pl.Series("b", NUMBERS),
    "NaN": pl.Series("a", [1.0, 2.0, float("nan")]),
    "text": pl.Series("a", TEXTS),
    "long text": pl.Series("a", ["x" * 50, "y", None]),
    "categorical": pl.Series("a", TEXTS, pl.Categorical),
    "enum": pl.Series("a", TEXTS, pl.Enum(["x", "y"])),
    "enum of another order": pl.Series("a", TEXTS, pl.Enum(["y", "x"])),
    "binary": pl.Series("a", [b"x", b"y", None]),
    "bool": pl.Series("a", [True, False, None]),
    "datetime": pl.Series("a", [DAY, DAY, None]),
    "milliseconds": pl.Series("a", [DAY, DAY, None], pl.Datetime("ms")),
    "zone": pl.Series("a", [DAY, DAY, None]).dt.replace_time_zone("UTC"),
    "date": pl.Series("a", [DAY.date(), None, None]),
    "time": pl.Series("a", [DAY.time(), None, None]),
    "duration": pl.Series("a", [dt.timedelta(1), None, None]),
    "list": pl.Series("a", [[1], [2, 3], None]),
    "array": pl.Series("a", [[1, 2], [2, 3], None], pl.Array(pl.Int64, 2)),
    "struct": pl.Series("a", [{"x": 1, "y": "q"}, None, {"x": None, "y": "r"}]),
    "list of categoricals": pl.Series("a", [["x"], ["y", None], None], pl.List(pl.Categorical)),
    "list of texts": pl.Series("a", [["x"], ["y", None], None]),
    "struct of lists": pl.Series("a", [{"x": [{"y": "k"}]}, None, {"x": []}]),
    "decimal": pl.Series("a", [Decimal("1.5"), None, None]),
    "null": pl.Series("a", [None, None, None]),
    "object": pl.Series("a", [{1}, 2, None], pl.Object),
}
each_series = pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)


def test_different_series_are_apart() -> None:
    for (one, first), (other, second) in combinations(SERIES.items(), 2):
        assert digest_value(first) != digest_value(second), (one, other)


@each_series
def test_copies_and_chunks_are_together(series: pl.Series) -> None:
    digest = digest_value(series)
    assert digest_value(copy.deepcopy(series)) == digest
    if series.dtype != pl.Object:
        assert digest_value(pickle.loads(pickle.dumps(series))) == digest
        assert digest_value(pl.concat([series[:1], series[1:]], rechunk=False)) == digest
        assert digest_value(pl.concat([series, series], rechunk=True)[3:]) == digest


@each_series
def test_a_frame_and_a_part_are_apart_from_their_series(series: pl.Series) -> None:
    values: list[Any] = [series, series.to_frame(), series[:1], series[:0], series.dtype]
    assert len({digest_value(value) for value in values}) == len(values)


def test_the_codes_of_categories_mean_nothing() -> None:
    one = pl.Series("a", ["y", "x"], pl.Categorical)
    other = pl.Series("a", ["q", "y", "x"], pl.Categorical)[1:]
    assert digest_value(one) == digest_value(other)


FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.mark.parametrize(
    "other",
    [
        FRAME.select("b", "a"),
        FRAME.rename({"a": "c"}),
        FRAME[:1],
        FRAME.with_columns(a=pl.Series([1, 3])),
        FRAME.cast({"a": pl.Int32}),
        FRAME.to_arrow(),
        pl.DataFrame(),
    ],
    ids=["order", "name", "rows", "content", "type", "arrow", "empty"],
)
def test_other_frames_are_apart(other: Any) -> None:
    assert digest_value(other) != digest_value(FRAME)


def test_a_plan_is_refused_with_the_way_to_its_content() -> None:
    with pytest.raises(ValueNotStoredError, match=r"inputs\[0\]: a LazyFrame") as caught:
        digest_value([FRAME.lazy()], name="inputs")
    assert ".collect()" in str(caught.value.hint)


def test_long_frames_are_cut_at_their_own_places() -> None:
    texts = pl.Series([None if i % 7 == 0 else str(i) for i in range(200_000)])
    pieces = pl.concat([texts[:70_001], texts[70_001:]], rechunk=False)
    assert digest_value(pieces.to_frame()) == digest_value(texts.to_frame())


def test_expressions_and_schemas_have_digests() -> None:
    assert digest_value(pl.col("a") + 1) == digest_value(pl.col("a") + 1)
    assert digest_value(pl.col("a") + 1) != digest_value(pl.col("a") + 2)
    assert digest_value(FRAME.schema) == digest_value(pickle.loads(pickle.dumps(FRAME.schema)))


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    found = digest_elsewhere("""
        import polars as pl
        pl.Series(["what", "was", "known", "before"], dtype=pl.Categorical)
        value = pl.DataFrame({"a": [1, 2], "b": pl.Series(["x", "y"], dtype=pl.Categorical)})
    """)
    assert found == {digest_value(FRAME.cast({"b": pl.Categorical}))}


LONG = ["x", None, "a text that does not fit into a view", "", "another one that does not fit"] * 40


def test_texts_are_the_same_wherever_they_lie() -> None:
    series = pl.Series("a", LONG)
    same = [
        pl.Series("a", ["before", *LONG, "after"])[1:-1],
        pl.Series("a", LONG[::-1]).reverse(),
        pl.concat([pl.Series("a", LONG[:7]), pl.Series("a", LONG[7:])], rechunk=False),
        pl.Series("a", LONG, pl.Categorical).cast(pl.String),
        series.gather(range(len(LONG))),
    ]
    assert {digest_value(each) for each in same} == {digest_value(series)}
    assert digest_value(series.str.to_uppercase()) != digest_value(series)
