"""Digests of Python's own types."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import io
import math
import pickle
import struct
import subprocess
import sys
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.digests import digest_value
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from random import Random


class Colour(enum.Enum):
    RED = 1
    GREEN = 2


class Shade(enum.IntEnum):
    RED = 1


class Access(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


Pair = namedtuple("Pair", "x y")  # noqa: PYI024 - the old kind is digested too
Other = namedtuple("Other", "x y")  # noqa: PYI024

UTC = dt.UTC
BERLIN = ZoneInfo("Europe/Berlin")
NOON = dt.datetime(2020, 1, 1, 12, tzinfo=UTC)

# Each differs from every other.
DISTINCT = [
    None,
    True,
    False,
    0,
    1,
    -1,
    256,
    2**63 - 1,
    2**63,
    -(2**63),
    -(2**63) - 1,
    2**1000,
    0.0,
    -0.0,
    1.0,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    1j,
    -1j,
    1 + 0j,
    complex(0.0, -0.0),
    complex(math.nan, 0),
    "",
    "1",
    "a",
    "A",
    "é",
    "e\u0301",
    "\ud800",
    "a" * 300,
    "a" * 301,
    b"",
    b"1",
    b"a",
    b"a" * 300,
    bytearray(b"a"),
    bytearray(b"a" * 300),
    [],
    [0],
    [0, 0],
    [[0], 0],
    [0, [0]],
    [1],
    [True],
    [1.0],
    ["1"],
    [b"1"],
    [None],
    [1, 2],
    [2, 1],
    [1, 2.0],
    [1.0, 2.0],
    [0.0],
    [-0.0],
    [math.nan],
    [math.inf, -math.inf],
    [2**63],
    ["a", "b"],
    ["ab", ""],
    ["", "ab"],
    ["é", "b"],
    ["\ud800"],
    (),
    (1,),
    (1, 2),
    ((1,), 2),
    (1, (2,)),
    {},
    {1: 2},
    {2: 1},
    {1: 2, 3: 4},
    {1: 4, 3: 2},
    {"a": 1, "b": [2]},
    {"a": [1], "b": 2},
    {1: {2: 3}},
    {"a": None},
    OrderedDict([(1, 2), (3, 4)]),
    OrderedDict([(3, 4), (1, 2)]),
    OrderedDict(),
    defaultdict(list, {1: 2}),
    defaultdict(int, {1: 2}),
    Counter("a"),
    Counter("ab"),
    deque([1, 2]),
    deque([2, 1]),
    deque([1, 2], maxlen=5),
    set(),
    {1},
    {True},
    {1, 2},
    frozenset(),
    frozenset({1}),
    {frozenset({1}), frozenset({2})},
    {frozenset({1, 2})},
    range(3),
    range(3, 5),
    range(0, 5, 2),
    slice(3),
    slice(0, 3),
    slice(0, 3, 1),
    Ellipsis,
    NotImplemented,
    Colour.RED,
    Colour.GREEN,
    Shade.RED,
    Access.READ,
    Access.READ | Access.WRITE,
    Pair(1, 2),
    Other(1, 2),
    Pair(2, 1),
    dt.date(2020, 1, 1),
    dt.datetime(2020, 1, 1),  # noqa: DTZ001 - without a time zone, on purpose
    NOON,
    NOON.replace(microsecond=1),
    NOON.astimezone(BERLIN),
    NOON.astimezone(dt.timezone(dt.timedelta(hours=1))),
    dt.datetime(2020, 10, 25, 2, tzinfo=BERLIN),
    dt.datetime(2020, 10, 25, 2, tzinfo=BERLIN, fold=1),
    dt.time(12),
    dt.time(12, tzinfo=UTC),
    dt.timedelta(1),
    dt.timedelta(seconds=1),
    dt.timedelta(microseconds=-1),
    UTC,
    BERLIN,
    ZoneInfo("Europe/Paris"),
    Decimal(1),
    Decimal("1.0"),
    Decimal("-0"),
    Decimal("Infinity"),
    Decimal("NaN"),
    Decimal("-NaN"),
    Decimal("NaN1"),
    Decimal("sNaN"),
    Decimal("sNaN1"),
    Decimal("1e9"),
    Fraction(1),
    Fraction(1, 2),
    uuid.UUID(int=1),
    uuid.UUID(int=2),
    Path("a"),
    Path("a/b"),
]


def rebuild(value: object) -> object:
    """Make an equal value that shares no object with the first."""
    return pickle.loads(pickle.dumps(value))


def test_values_of_different_types_or_contents_differ() -> None:
    digests = [digest_value(value) for value in DISTINCT]
    same = [
        (DISTINCT[i], DISTINCT[j])
        for (i, a), (j, b) in combinations(enumerate(digests), 2)
        if a == b
    ]
    assert same == []


@pytest.mark.parametrize("value", DISTINCT, ids=map(str, range(len(DISTINCT))))
def test_a_value_made_again_has_the_same_digest(value: object) -> None:
    if value is not NotImplemented:
        assert digest_value(rebuild(value)) == digest_value(value)


def test_a_digest_names_its_algorithm_and_version() -> None:
    prefix, _, digits = digest_value(1).partition(":")
    assert prefix == "xxh3-2"
    assert len(bytes.fromhex(digits)) == 16


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(st.characters(exclude_categories=[]))
    | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_a_copy_has_the_same_digest(value: object) -> None:
    assert digest_value(rebuild(value)) == digest_value(value)


@given(plain, plain)
def test_digests_are_equal_exactly_when_typed_contents_are(one: object, two: object) -> None:
    assert (digest_value(one) == digest_value(two)) == (write(one) == write(two))


def write(value: object) -> str:
    """Write a plain value with its types: another encoding to compare with, slow and simple."""
    if isinstance(value, float):
        return f"float {struct.pack('>d', value).hex()}"
    if isinstance(value, complex):
        return f"complex {write(value.real)} {write(value.imag)}"
    if isinstance(value, dict):
        return f"dict {sorted((write(k), write(v)) for k, v in value.items())}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} {[write(part) for part in value]}"
    return f"{type(value).__name__} {value!r}"


@given(st.lists(st.tuples(st.text(), st.integers()), unique_by=lambda pair: pair[0]), st.randoms())
def test_dictionaries_are_equal_in_any_order(pairs: list, random: Random) -> None:
    shuffled = random.sample(pairs, len(pairs))
    assert digest_value(dict(shuffled)) == digest_value(dict(pairs))


@given(st.sets(st.integers() | st.text() | st.tuples(st.integers())), st.randoms())
def test_sets_are_equal_in_any_order(elements: set, random: Random) -> None:
    shuffled = random.sample(list(elements), len(elements))
    assert digest_value(set(shuffled)) == digest_value(elements)


@given(st.lists(st.integers(0, 5), min_size=2), st.randoms())
def test_lists_are_equal_only_in_the_same_order(values: list, random: Random) -> None:
    shuffled = random.sample(values, len(values))
    assert (digest_value(shuffled) == digest_value(values)) == (shuffled == values)


@given(st.integers(1, 2**51 - 1), st.booleans())
def test_a_nan_is_its_bits(payload: int, negative: bool) -> None:  # noqa: FBT001
    def make() -> float:
        bits = (negative << 63) | 0x7FF8_0000_0000_0000 | payload
        return struct.unpack("<d", struct.pack("<Q", bits))[0]

    for write_in in (
        lambda nan: nan,
        lambda nan: [nan, 1.0],
        lambda nan: [nan] * 20,
        lambda nan: {"a": nan},
        lambda nan: complex(1, nan),
        lambda nan: np.array([nan, 1], object),
        lambda nan: pd.Series([nan, 1.0]),
        lambda nan: pd.Series([nan, "a"], dtype=object),
    ):
        assert digest_value(write_in(make())) == digest_value(write_in(make()))
        assert digest_value(write_in(make())) != digest_value(write_in(math.nan))


def test_keys_that_are_equal_by_digest_are_kept_apart_by_their_values() -> None:
    one = {math.nan: 1, float("nan"): 2}
    two = {math.nan: 2, float("nan"): 1}
    assert digest_value(one) == digest_value(two)
    assert digest_value(one) != digest_value({math.nan: 1, float("nan"): 1})


def test_a_shared_part_is_as_good_as_two_equal_ones() -> None:
    part = [1, [2, "three"]]
    assert digest_value([part, part]) == digest_value([part, copy.deepcopy(part)])
    assert digest_value((part, {"a": part})) == digest_value(([1, [2, "three"]], {"a": part}))


def test_parts_shared_again_and_again_take_no_time() -> None:
    value: list = [1.5, "a"]
    for _ in range(100):
        value = [value, value]
    assert digest_value(value) == digest_value(copy.deepcopy(value))


def test_a_counter_is_equal_in_any_order() -> None:
    assert digest_value(Counter("ab")) == digest_value(Counter("ba"))


def test_a_path_of_no_file_system_is_its_text_on_any_platform() -> None:
    assert digest_value(PureWindowsPath("a\\b")) == digest_value(PurePosixPath("a/b"))
    assert digest_value(PurePosixPath("a/b")) != digest_value(Path("a/b")) != digest_value("a/b")


def test_a_time_zone_without_a_name_has_no_digest() -> None:
    counts = struct.pack(">6L", 0, 0, 0, 0, 1, 4)
    file = io.BytesIO(b"TZif" + bytes(16) + counts + bytes(6) + b"UTC\0")
    zone = ZoneInfo.from_file(file)
    with pytest.raises(ValueNotStoredError, match=r"when\.tzinfo: a time zone read from a file"):
        digest_value(NOON.replace(tzinfo=zone), name="when")


def test_what_is_nested_too_deeply_has_no_digest() -> None:
    value: list = []
    for _ in range(sys.getrecursionlimit()):
        value = [value]
    with pytest.raises(ValueNotStoredError, match="values: a list is nested too deeply"):
        digest_value(value, name="values")


SCRIPT = """
import enum
from anew.digests import digest_value
class Colour(enum.Enum):
    RED = "red"
class Thing:
    def __init__(self):
        self.names = {"a", "b", "c", "d", (1, "x"), frozenset("pq")}
        self.table = {name: {name: 1} for name in self.names}
        self.colours = {Colour.RED: 1}
        self.f = lambda x: x in {"a", "b", "c"}
print(digest_value([Thing(), {"x", "y", "z"}, frozenset("abc"), type("N", (), {})]))
"""


def test_the_digest_depends_neither_on_the_hash_seed_nor_on_the_process() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


def test_reading_the_module_loads_no_library() -> None:
    script = "import sys, anew.digests, anew.formats; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    heavy = {"numpy", "pandas", "pyarrow", "matplotlib", "cloudpickle", "xxhash", "blake3"}
    assert heavy.isdisjoint(done.stdout.split())
