"""Digests of numpy's arrays, scalars, dtypes and random generators."""

from __future__ import annotations

import pickle
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np

from anew.digests import arrays, digest_value

if TYPE_CHECKING:
    from pathlib import Path

TABLE = np.dtype([("name", "U5"), ("x", "f8"), ("where", "i4", (2,))])


def rebuild(value: object) -> object:
    """Make an equal value that shares no object with the first."""
    return pickle.loads(pickle.dumps(value))


def spawned() -> np.random.Generator:
    """Make a generator in its first state, from which another was spawned."""
    generator = np.random.default_rng(1)
    generator.spawn(1)
    return generator


def drawn() -> np.random.Generator:
    """Make a generator from which a number was drawn."""
    generator = np.random.default_rng(1)
    generator.random()
    return generator


DISTINCT: list[Any] = [
    np.zeros(0),
    np.zeros((0, 2)),
    np.zeros((2, 0)),
    np.zeros(0, int),
    np.array(1.0),
    np.array([1.0]),
    np.array([[1.0]]),
    [1.0],
    1.0,
    np.float64(1),
    np.float32(1),
    np.float16(1),
    np.longdouble(1),
    np.longdouble(1) + np.finfo(np.longdouble).eps,
    np.complex128(1),
    np.clongdouble(1),
    np.int64(1),
    np.int32(1),
    np.uint8(1),
    np.True_,
    np.str_("a"),
    np.bytes_("a"),
    np.datetime64("2020-01-01"),
    np.datetime64("2020-01-01", "ns"),
    np.datetime64("NaT", "ns"),
    np.timedelta64(1, "s"),
    np.timedelta64(1, "m"),
    np.void(b"ab"),
    np.array([0.0]),
    np.array([-0.0]),
    np.array([np.nan]),
    np.array([np.inf, -np.inf]),
    np.array([1.0, 2.0]),
    np.array([2.0, 1.0]),
    np.array([1.0, 2.0], "f4"),
    np.array([1, 2]),
    np.array([1, 2], object),
    np.array([1, 2.0], object),
    np.array([[1, 2], [3, 4]]),
    np.array([[1, 3], [2, 4]]),
    np.array([[1, 2, 3, 4]]),
    np.array([[[1, 2], [3, 4]]]),
    np.array(["a", "b"]),
    np.array(["a", "b"], "U5"),
    np.array(["a", "b"], "S1"),
    np.array(["a", "b"], object),
    np.array(["a", "b"], np.dtypes.StringDType()),
    np.array(["a", "c"], np.dtypes.StringDType()),
    np.array(["a", "b"], np.dtypes.StringDType(na_object=None)),
    np.array(["2020-01-01"], "M8[D]"),
    np.array(["2020-01-01"], "M8[ns]"),
    np.array([("a", 1.0, (1, 2))], TABLE),
    np.array([("a", 1.0, (2, 1))], TABLE),
    np.array([("a", 1.0)], [("name", "U5"), ("x", "f8")]),
    np.array([("a", 1.0)], [("name", "U5"), ("y", "f8")]),
    np.array([("a", 1.0)], [("name", object), ("y", "f8")]),
    np.rec.array([("a", 1.0)], [("name", "U5"), ("x", "f8")]),
    np.ma.array([1, 2], mask=[0, 1]),
    np.ma.array([1, 2], mask=[1, 0]),
    np.ma.array([1, 3], mask=[1, 0]),
    np.ma.array([1, 2]),
    np.ma.array([1, 2], mask=[0, 1], fill_value=7),
    np.ma.masked,
    np.dtype("f8"),
    np.dtype("f4"),
    np.dtype(">f8"),
    np.dtype([("a", "f8")]),
    np.dtype(("f8", (2,))),
    TABLE,
    np.random.default_rng(1),
    np.random.default_rng(2),
    drawn(),
    spawned(),
    np.random.Generator(np.random.MT19937(1)),
    np.random.Generator(np.random.Philox(1)),
    np.random.Generator(np.random.SFC64(1)),
    np.random.PCG64(1),
    np.random.RandomState(1),
    np.random.RandomState(2),
    np.random.SeedSequence(1),
    np.random.SeedSequence(2),
]


def test_arrays_of_different_dtypes_shapes_or_contents_differ() -> None:
    digests = [digest_value(value) for value in DISTINCT]
    same = [
        (DISTINCT[i], DISTINCT[j])
        for (i, a), (j, b) in combinations(enumerate(digests), 2)
        if a == b
    ]
    assert same == []


@pytest.mark.parametrize("value", DISTINCT, ids=map(str, range(len(DISTINCT))))
def test_an_array_made_again_has_the_same_digest(value: object) -> None:
    assert digest_value(rebuild(value)) == digest_value(value)


def test_a_square_array_and_its_transpose_differ() -> None:
    array = np.arange(9.0).reshape(3, 3)
    assert digest_value(array) != digest_value(array.T)


def test_a_symmetric_array_and_its_transpose_are_equal() -> None:
    array = np.add.outer(np.arange(4), np.arange(4))
    assert digest_value(array) == digest_value(array.T)


any_array = st_np.arrays(
    st_np.scalar_dtypes() | st_np.array_dtypes(),
    st_np.array_shapes(min_dims=0, min_side=0, max_dims=4, max_side=5),
)


@given(any_array)
def test_memory_layout_does_not_count(array: np.ndarray) -> None:
    layouts = [np.array(array, order="C"), np.array(array, order="F")]
    if array.ndim:
        wide = np.repeat(array, 2, axis=-1)[..., ::2]
        layouts += [wide, wide[::-1].copy()[::-1], np.stack([array, array], axis=1)[:, 0]]
    readonly = array.copy()
    readonly.flags.writeable = False
    assert {digest_value(each) for each in (*layouts, readonly)} == {digest_value(array)}


@given(any_array)
def test_a_pickled_array_is_equal(array: np.ndarray) -> None:
    assert digest_value(rebuild(array)) == digest_value(array)


@given(any_array, any_array)
def test_arrays_that_numpy_tells_apart_differ(one: np.ndarray, two: np.ndarray) -> None:
    is_of_a_kind = one.dtype.newbyteorder("<") == two.dtype.newbyteorder("<")
    if not is_of_a_kind or one.shape != two.shape:
        assert digest_value(one) != digest_value(two)


@pytest.mark.parametrize("rows", [1, 2, 3, 700])
@pytest.mark.parametrize("block", [8, 64, 1000, 1 << 20])
def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch, rows: int, block: int) -> None:
    array = np.arange(rows * 24.0).reshape(rows, 4, 6)
    expected = digest_value(array)
    monkeypatch.setattr(arrays, "_BLOCK_BYTES", block)
    assert digest_value(array) == expected
    assert digest_value(np.asfortranarray(array)) == expected


def test_a_broadcast_array_is_equal_to_the_array_written_out() -> None:
    array = np.broadcast_to(np.arange(3.0), (5, 3))
    assert digest_value(array) == digest_value(array.copy())


def test_a_large_strided_array_is_not_copied_as_a_whole() -> None:
    import tracemalloc

    array = np.zeros((3000, 3000))
    digest_value(array[:2, ::2])
    tracemalloc.start()
    try:
        digest_value(array[:, ::2])
        digest_value(array.T)
        assert tracemalloc.get_traced_memory()[1] < 4 * arrays._BLOCK_BYTES
    finally:
        tracemalloc.stop()


def make_large(tmp_path: Path) -> dict[str, np.ndarray]:
    """Make arrays that would show in memory if they were copied: 16 MB and more, most of them."""
    floats = np.zeros((2_000, 1_000))
    np.save(tmp_path / "large.npy", floats)
    table = np.zeros(500_000, np.dtype([("a", "i1"), ("b", "f8"), ("c", "U6")], align=True))
    objects = np.empty(200_000, object)
    objects[:] = ["a name", 1.5, None, *range(7)] * 20_000
    objects[::20] = [[[i] * 20, "a"] for i in range(10_000)]
    return {
        "contiguous": floats,
        "transposed": floats.T,
        "strided": floats[:, ::2],
        "tall": np.zeros((1_000_000, 2)).T,
        "reversed": floats.reshape(-1)[::-1],
        "broadcast": np.broadcast_to(np.arange(1_000_000.0), (3, 1_000_000)),
        "foreign": floats.astype(">f8"),
        "mapped": np.load(tmp_path / "large.npy", mmap_mode="r"),
        "mapped, turned": np.load(tmp_path / "large.npy", mmap_mode="r").T,
        "structured": table,
        "structured, reversed": table[::-1],
        "masked": np.ma.array(floats, mask=False),
        "masked, turned": np.ma.array(floats, mask=floats == 0).T,
        "unmasked": np.ma.array(floats),
        "objects": objects,
        "objects, turned": objects[:50_000].reshape(1_000, -1).T,
        "long texts": np.array(["x" * 50_000 + str(i) for i in range(500)], object),
        "texts": np.array(["name"] * 20_000, np.dtypes.StringDType()),
        "bytes": np.zeros(10, "V2000000"),
    }


def test_no_array_takes_much_memory(tmp_path: Path) -> None:
    import tracemalloc

    peaks = {}
    for name, array in make_large(tmp_path).items():
        tracemalloc.start()
        digest_value(array)
        peaks[name] = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
    assert {name: peak for name, peak in peaks.items() if peak > 8} == {}


@given(
    st.sampled_from(["f2", "f4", "f8", ">f8", "c8", "c16"]),
    st.integers(1, 2**9 - 1),
    st.booleans(),
)
def test_a_nan_is_its_bits(code: str, payload: int, negative: bool) -> None:  # noqa: FBT001
    array = np.arange(5).astype(code)
    floats = array.view(array.real.dtype)
    floats[2] = np.nan
    plain, again = digest_value(array), digest_value(array.copy())
    size = floats.dtype.itemsize
    bits = floats.view(floats.dtype.str.replace("f", "u"))
    bits[2] |= np.asarray(payload | (negative << (8 * size - 1))).astype(bits.dtype)
    assert np.isnan(floats[2])
    assert plain == again != digest_value(array) == digest_value(rebuild(array))


def test_digesting_nan_leaves_the_array_as_it_is() -> None:
    array = np.array([-np.nan, 1.0])
    before = array.tobytes()
    digest_value(array)
    assert array.tobytes() == before


@given(any_array)
def test_byte_order_does_not_count(array: np.ndarray) -> None:
    assert digest_value(array.astype(array.dtype.newbyteorder())) == digest_value(array)


def test_padding_between_fields_does_not_count() -> None:
    fields = [("a", "i1"), ("b", "f8")]
    aligned = np.zeros(3, np.dtype(fields, align=True))
    aligned.view("u1")[:] = 255
    aligned["a"], aligned["b"] = 1, 2.0
    packed = np.array([(1, 2.0)] * 3, fields)
    assert digest_value(aligned) == digest_value(packed)


def test_unused_bytes_of_extended_precision_do_not_count() -> None:
    one, two = np.ones(2, np.longdouble), np.ones(2, np.longdouble)
    if np.finfo(np.longdouble).nmant == 63:
        one.view("u1").reshape(2, -1)[:, 10:] = 255
    assert digest_value(one) == digest_value(two)


def test_precision_beyond_ten_bytes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    # As on a processor whose long double is none of x87's: all its bytes are looked at.
    monkeypatch.setattr(arrays, "_X87_MANTISSA_BITS", 0)
    assert digest_value(np.longdouble(1)) != digest_value(np.longdouble(2))


def test_what_lies_under_a_mask_does_not_count() -> None:
    one = np.ma.array([1, 2], mask=[0, 1])
    two = np.ma.array([1, 5], mask=[0, 1])
    assert digest_value(one) == digest_value(two)


@pytest.mark.parametrize(
    ("one", "two", "mask"),
    [
        ([1.0, np.nan], [1.0, 7.0], [0, 1]),
        (["a", "b"], ["a", "c"], [0, 1]),
        ([None, [1]], [{2}, [1]], [1, 0]),
        ([[1, 2], [3, 4]], [[1, 9], [8, 4]], [[0, 1], [1, 0]]),
    ],
    ids=["floats", "texts", "objects", "square"],
)
def test_only_what_shows_through_a_mask_counts(one: list, two: list, mask: list) -> None:
    kind = object if None in one else None
    first, second = (np.ma.array(np.array(v, kind), mask=mask) for v in (one, two))
    again = np.ma.array(np.asfortranarray(np.array(two, kind)), mask=np.asfortranarray(mask))
    assert digest_value(first) == digest_value(second) == digest_value(again)
    assert digest_value(first) != digest_value(np.ma.array(np.array(one, kind)))
    assert digest_value(first) == digest_value(rebuild(second))


def test_fields_have_masks_of_their_own() -> None:
    def make(x: int, y: float, mask: tuple) -> np.ma.MaskedArray:
        return np.ma.array([(x, y)], mask=[mask], dtype=[("x", "i4"), ("y", "f8")])

    assert digest_value(make(1, 2, (0, 1))) == digest_value(make(1, 3, (0, 1)))
    assert digest_value(make(1, 2, (0, 1))) != digest_value(make(1, 2, (1, 0)))
    assert digest_value(make(1, 2, (0, 0))) != digest_value(make(1, 3, (0, 0)))


def test_a_hardened_mask_and_a_class_of_ones_own_count() -> None:
    class Own(np.ma.MaskedArray): ...

    soft, hard = (np.ma.array([1, 2], mask=[0, 1], hard_mask=hard) for hard in (False, True))
    assert len({digest_value(array) for array in (soft, hard, soft.view(Own))}) == 3


def test_a_mask_of_nothing_is_no_mask() -> None:
    assert digest_value(np.ma.array([1])) == digest_value(np.ma.array([1], mask=[0]))


def test_a_memory_mapped_array_is_an_array(tmp_path: Path) -> None:
    array = np.arange(12.0).reshape(3, 4)
    np.save(tmp_path / "a.npy", array)
    assert digest_value(np.load(tmp_path / "a.npy", mmap_mode="r")) == digest_value(array)


def test_attributes_of_a_derived_array_count() -> None:
    class Quantity(np.ndarray):
        unit: str

    one, two = (np.arange(3.0).view(Quantity) for _ in range(2))
    one.unit = two.unit = "m"
    assert digest_value(one) == digest_value(two) != digest_value(np.arange(3.0))
    two.unit = "s"
    assert digest_value(one) != digest_value(two)


def test_parts_of_an_array_that_were_forgotten_are_encoded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from anew.digests import walk

    shared = [[[1] * 20, "a"], {"b": [2] * 20}]
    array = np.empty(20_000, object)
    array[:] = [[[i] * 20, [[i]]] for i in range(20_000)]
    array[::7] = [shared] * len(array[::7])
    expected = digest_value(array)
    monkeypatch.setattr(walk, "_REMEMBERED", 10)
    assert digest_value(array) == expected == digest_value(rebuild(array))


@pytest.mark.parametrize("code", ["f8", "O", "U3", "M8[s]", "?", "T"])
def test_empty_arrays_are_their_shapes_and_dtypes(code: str) -> None:
    dtype = np.dtypes.StringDType() if code == "T" else code
    shapes = [(0,), (0, 1), (1, 0), (0, 0), (2, 0), (0, 2), (0, 2, 3), (2, 0, 3)]
    digests = {digest_value(np.zeros(shape, dtype)) for shape in shapes}
    assert len(digests) == len(shapes)
    assert digest_value(np.zeros((0, 2), dtype)) == digest_value(np.zeros((2, 0), dtype).T)


def test_generators_that_will_draw_the_same_are_equal() -> None:
    assert digest_value(np.random.default_rng(1)) == digest_value(np.random.default_rng(1))
    one, two = (np.random.default_rng(1) for _ in range(2))
    one.random(5)
    two.random(5)
    assert digest_value(one) == digest_value(two)


def test_a_generator_of_another_seed_sequence_has_a_digest() -> None:
    class Fixed(np.random.bit_generator.ISeedSequence):
        def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
            return np.arange(n_words, dtype=dtype)

    assert digest_value(np.random.default_rng(Fixed())) == digest_value(
        np.random.default_rng(Fixed())
    )


def test_an_array_that_holds_itself_has_a_digest() -> None:
    one, two = (np.array([None, 1]) for _ in range(2))
    one[0], two[0] = one, two
    assert digest_value(one) == digest_value(two)
