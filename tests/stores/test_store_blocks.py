"""Points as blocks of columns: what is packed comes back bit by bit, in few bytes."""

from __future__ import annotations

import math
import struct
import subprocess
import sys
import textwrap
import zlib
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.journal import Columns
from anew.stores.blocks import BLOCK_POINTS, pack_blocks, unpack_block

LARGEST = 2**63 - 1
words = st.integers(0, 2**64 - 1).map(lambda n: struct.unpack("<d", struct.pack("<Q", n))[0])
numbers = st.floats() | words
points = st.lists(
    st.tuples(st.none() | st.integers(-LARGEST - 1, LARGEST), numbers, numbers), min_size=1
)


def make(rows):
    columns = Columns()
    for row in rows:
        columns.add(*row)
    return columns


def unpack(blocks):
    return [
        b"".join(bytes(part) for part in each) for each in zip(*map(unpacked, blocks), strict=True)
    ]


def unpacked(block):
    return unpack_block(block.count, block.points)


def without_numpy(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "numpy"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture(params=["numpy", "no numpy"])
def _with_and_without_numpy(request, monkeypatch):
    if request.param == "no numpy":
        without_numpy(monkeypatch)


@pytest.mark.usefixtures("_with_and_without_numpy")
class TestPacking:
    @given(points, st.integers(1, 300))
    def test_points_come_back_bit_by_bit(self, rows, times):
        columns = make(rows * times).settle(None)
        assert unpack(pack_blocks(columns)) == [
            bytes(columns.steps),
            bytes(columns.values),
            bytes(columns.times),
        ]

    def test_a_long_series_is_several_blocks(self):
        count = 2 * BLOCK_POINTS + 1
        columns = make((step, math.sin(step), step / 3) for step in range(count))
        blocks = list(pack_blocks(columns))
        assert [block.count for block in blocks] == [BLOCK_POINTS, BLOCK_POINTS, 1]
        assert unpack(blocks)[1] == bytes(columns.values)

    def test_a_block_tells_its_ends_and_extremes(self):
        (block,) = pack_blocks(
            make([(1, 5.0, 10.0), (2, math.nan, 11.0), (3, -7.0, 12.0), (4, math.inf, 13.0)])
        )
        assert block[:5] == (4, 1, 4, 5.0, math.inf)
        assert (block.lo, block.lo_step, block.lo_time) == (-7.0, 3, 12.0)
        assert (block.hi, block.hi_step, block.hi_time) == (math.inf, 4, 13.0)

    def test_the_extremes_of_nothing_but_nan_are_at_the_first(self):
        (block,) = pack_blocks(make([(5, math.nan, 1.0), (6, math.nan, 2.0)]))
        assert math.isnan(block.lo)
        assert (block.lo_step, block.hi_time) == (5, 1.0)


def test_what_one_way_packs_the_other_unpacks(monkeypatch):
    rows = [(step * step, math.exp(-step), step + 1 / (step + 1)) for step in range(5000)]
    columns = make(rows)
    with_numpy = list(pack_blocks(columns))
    without_numpy(monkeypatch)
    assert list(pack_blocks(columns)) == with_numpy
    assert unpack(with_numpy)[1] == bytes(columns.values)


def test_ordinary_points_take_less_than_twelve_bytes():
    rows, now = [], 1.7e9
    for step in range(20_000):
        now += 0.01 + (step * 7919 % 1000) * 1e-6
        rows.append((step, 1 / (1 + step) + (step * 104_729 % 9973) * 1e-5, now))
    blocks = list(pack_blocks(make(rows)))
    assert sum(len(block.points) for block in blocks) < 10 * len(rows)


def test_packing_does_not_load_numpy():
    code = """
        import sys
        from anew.journal import Columns
        from anew.stores.blocks import pack_blocks, unpack_block

        columns = Columns()
        for step in range(1000):
            columns.add(step, step / 7, step * 1.1)
        (block,) = pack_blocks(columns)
        assert unpack_block(block.count, block.points)[1] == columns.values
        print("numpy" in sys.modules)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "False\n"


def test_a_block_of_an_earlier_schema_is_read():
    data = struct.pack("<qqdddd", 1, 2, 2.0, 4.0, 3.0, 5.0)
    steps, values, times = unpack_block(2, zlib.compress(data, 1))
    assert (list(steps), list(values), list(times)) == ([1, 2], [2.0, 4.0], [3.0, 5.0])


@given(st.data(), points)
def test_a_damaged_block_is_refused_or_gives_as_many_points(data, rows):
    (block, *_) = pack_blocks(make(rows).settle(None))
    place = data.draw(st.integers(0, len(block.points) - 1))
    damaged = bytearray(block.points)
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    damaged = bytes(damaged[: data.draw(st.integers(place, len(damaged)))])
    try:
        found = unpack_block(block.count, damaged)
    except (ValueError, zlib.error):
        return
    assert [len(column) for column in found] == [block.count] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_block_of_another_length_is_refused(count):
    (block,) = pack_blocks(make([(1, 2.0, 3.0), (2, 4.0, 5.0)]))
    with pytest.raises(ValueError, match=f"no block of {count} points"):
        unpack_block(count, block.points)


def test_a_point_without_a_step_follows_its_predecessor():
    columns = make((step, 0.0, 0.0) for step in [None, None, 7, None, -3, None])
    assert list(columns.settle(None).steps) == [0, 1, 7, 8, -3, -2]
    assert list(columns.settle(40).steps) == [41, 42, 7, 8, -3, -2]


@pytest.mark.parametrize("rows", [[None], [LARGEST, None], [LARGEST - 1, None, None]])
def test_the_step_after_the_largest_is_the_largest(rows):
    columns = make((step, 0.0, 0.0) for step in rows)
    assert columns.settle(LARGEST).steps[-1] == LARGEST


def test_many_points_are_the_same_as_one_after_the_other():
    one, many = Columns(), Columns()
    for step in range(3, 9, 2):
        one.add(step, step / 3, 5.0)
    many.add_many(range(3, 9, 2), array("d", [1.0, 5 / 3, 7 / 3]), 5.0)
    for number in range(2):
        one.add(None, number, number)
    many.add_many(None, array("d", [0, 1]), array("d", [0, 1]))
    assert one == many
