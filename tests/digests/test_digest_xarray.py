"""Digests of xarray's arrays, datasets and trees."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from anew.digests import digest_value
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def make_array() -> xr.DataArray:
    """Make an array with all that one may have."""
    return xr.DataArray(
        np.arange(12.0).reshape(4, 3),
        dims=("t", "x"),
        coords={
            "t": pd.date_range("2020-01-01", periods=4),
            "x": ["a", "b", "c"],
            "mass": ("x", [1, 2, 3]),
            "site": 5,
        },
        name="n",
        attrs={"unit": "K"},
    )


ARRAY = make_array()
SET = xr.Dataset({"a": ARRAY, "b": ARRAY * 2}, attrs={"k": 1})
TREE = xr.DataTree.from_dict({"/": SET, "/low": SET})
EQUAL = [
    make_array(),
    copy.deepcopy(ARRAY),
    pickle.loads(pickle.dumps(ARRAY)),
    ARRAY.copy(data=np.asfortranarray(ARRAY.values)),
    ARRAY.copy(data=np.repeat(ARRAY.values, 2, axis=1)[:, ::2]),
]


@pytest.mark.parametrize("other", EQUAL, ids=["made", "copy", "pickle", "Fortran", "strided"])
def test_equal_arrays_are_together(other: xr.DataArray) -> None:
    assert digest_value(other) == digest_value(ARRAY)


OTHERS: dict[str, Any] = {
    "content": ARRAY + 1,
    "name": ARRAY.rename("q"),
    "dimensions": ARRAY.rename(x="y"),
    "order of dimensions": ARRAY.T,
    "attributes": ARRAY.assign_attrs(unit="C"),
    "no coordinate": ARRAY.drop_vars("mass"),
    "coordinate": ARRAY.assign_coords(mass=("x", [1, 2, 4])),
    "labels": ARRAY.assign_coords(x=["a", "b", "d"]),
    "no index": ARRAY.drop_indexes("x"),
    "dtype": ARRAY.astype("f4"),
    "dataset": ARRAY.to_dataset(),
    "variable": ARRAY.variable,
    "levels": ARRAY.stack(z=("t", "x")),  # noqa: PD013 - it is no frame
    "part": ARRAY[:3],
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_arrays_are_apart(other: Any) -> None:
    assert digest_value(other) != digest_value(ARRAY)
    assert digest_value(other) == digest_value(copy.deepcopy(other))


def test_how_it_is_stored_in_a_file_does_not_matter() -> None:
    other = make_array()
    other.encoding["zlib"] = True
    other.coords["t"].encoding["units"] = "days since 2000-01-01"
    assert digest_value(other) == digest_value(ARRAY)


def test_datasets_are_their_variables_in_any_order() -> None:
    turned = xr.Dataset({"b": ARRAY * 2, "a": ARRAY}, attrs={"k": 1})
    assert digest_value(turned) == digest_value(SET)
    others = [SET.rename(a="c"), SET.assign_attrs(k=2), SET.drop_vars("b"), SET.set_coords("b")]
    assert digest_value(SET) not in {digest_value(other) for other in others}


def test_trees_are_their_nodes_and_names() -> None:
    assert digest_value(pickle.loads(pickle.dumps(TREE))) == digest_value(TREE)
    other = xr.DataTree.from_dict({"/": SET, "/high": SET})
    assert digest_value(other) != digest_value(TREE)


def test_categories_count() -> None:
    arrays = [
        xr.DataArray(pd.Categorical([*"aab"], categories=[*categories]), dims="x")
        for categories in ("ab", "abc", "ab")
    ]
    assert digest_value(arrays[0]) != digest_value(arrays[1])
    assert digest_value(arrays[0]) == digest_value(arrays[2])


def test_what_is_read_from_a_file_is_loaded_for_the_digest_only(tmp_path: Path) -> None:
    values = np.arange(3_000_000.0).reshape(1500, 2000)
    path = tmp_path / "field.nc"
    xr.Dataset({"v": (("i", "j"), values)}).to_netcdf(path, engine="scipy")
    with xr.open_dataset(path, engine="scipy") as lazy:
        digest = digest_value(lazy)
        assert not lazy["v"].variable._in_memory
        assert digest_value(lazy.load()) == digest


def test_chunks_that_are_not_computed_are_refused() -> None:
    pytest.importorskip("dask.array")
    with pytest.raises(ValueNotStoredError, match=r"value\['a'\]: chunks") as caught:
        digest_value(SET.chunk({"t": 2}))
    assert ".compute()" in str(caught.value.hint)


@pytest.mark.parametrize("shape", [(0, 3), (), (1, 2_000_000)], ids=["empty", "one", "wide"])
def test_arrays_of_any_shape_have_digests(shape: tuple[int, ...]) -> None:
    array = xr.DataArray(np.zeros(shape))
    assert digest_value(array) == digest_value(array.copy(deep=True))


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    found = digest_elsewhere("""
        import xarray as xr
        value = xr.Dataset({"a": ("x", [1.0, 2.0]), "b": 3}, {"x": ["p", "q"]}, {"k": {1, "z"}})
    """)
    same = xr.Dataset({"a": ("x", [1.0, 2.0]), "b": 3}, {"x": ["p", "q"]}, {"k": {1, "z"}})
    assert found == {digest_value(same)}
