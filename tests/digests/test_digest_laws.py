"""Laws of digests: equal values are equal anywhere, different values differ."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
import struct
import subprocess
import sys
from collections import Counter, OrderedDict, deque
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from hypothesis.extra import pandas as st_pd

from anew.digests import digest

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text(max_size=8)
    | st.binary(max_size=8)
    | st.decimals()
    | st.fractions()
    | st.uuids()
    | st.datetimes(timezones=st.none() | st.just(dt.UTC))
    | st.dates()
    | st.timedeltas()
)
keys = st.text(max_size=4) | st.integers() | st.booleans() | st.tuples(st.integers())
arrays = st_np.arrays(
    st.sampled_from(["f8", ">f4", "i4", "?", "c16", "U3", "S2", "M8[s]", "m8[ms]"]),
    st_np.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3),
)
values = st.recursive(
    atoms | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.lists(inner, max_size=4).map(deque)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=4).map(OrderedDict)
        | st.sets(keys, max_size=4)
        | st.frozensets(keys, max_size=4)
        | st.lists(keys, max_size=4).map(Counter)
    ),
    max_leaves=12,
)


def write(value: Any) -> Any:  # noqa: PLR0911 - a way for each type
    """Write a value with its types: another encoding to compare with, slow and simple."""
    kind = type(value).__name__
    if isinstance(value, float):
        return kind, struct.pack(">d", value)
    if isinstance(value, complex):
        return kind, write(value.real), write(value.imag)
    if isinstance(value, np.ndarray):
        plain = value.astype(value.dtype.newbyteorder("<"))
        return kind, plain.dtype.str, plain.shape, plain.tobytes()
    if isinstance(value, OrderedDict):
        return kind, tuple((write(k), write(v)) for k, v in value.items())
    if isinstance(value, dict):
        return kind, tuple(sorted(((write(k), write(v)) for k, v in value.items()), key=repr))
    if isinstance(value, set | frozenset):
        return kind, tuple(sorted(map(write, value), key=repr))
    if isinstance(value, list | tuple | deque):
        return kind, tuple(map(write, value))
    return kind, repr(value), getattr(value, "fold", None)


@given(values)
def test_copies_are_equal(value: object) -> None:
    expected = digest(value)
    assert digest(copy.copy(value)) == expected
    assert digest(copy.deepcopy(value)) == expected
    for protocol in (4, 5):  # older ones forget the fold of a time
        assert digest(pickle.loads(pickle.dumps(value, protocol))) == expected


@given(values, values)
def test_values_are_equal_exactly_when_their_typed_contents_are(one: object, two: object) -> None:
    assert (digest(one) == digest(two)) == (write(one) == write(two))


@given(values, st.data())
def test_a_change_in_any_place_shows(value: object, data: st.DataObject) -> None:
    holder = {"x": [value, 1], "y": (value, {"z": value})}
    changed = data.draw(values)
    other = {"x": [value, 1], "y": (value, {"z": changed})}
    assert (digest(holder) == digest(other)) == (write(value) == write(changed))


@settings(max_examples=40)
@given(
    st_pd.data_frames(
        [
            st_pd.column("a", dtype=float),
            st_pd.column("b", dtype=int),
            st_pd.column("c", elements=st.text(max_size=3) | st.none(), dtype=object),
        ],
        index=st_pd.range_indexes(max_size=5),
    )
)
def test_frames_are_equal_to_what_is_read_back(frame: pd.DataFrame) -> None:
    expected = digest(frame)
    assert digest(frame.copy()) == digest(pickle.loads(pickle.dumps(frame))) == expected
    parts = {name: frame[name].copy() for name in reversed(frame.columns)}
    assert digest(pd.DataFrame(parts, index=frame.index)[list(frame.columns)]) == expected
    assert digest(pd.concat([frame[["a"]], frame[["b"]], frame[["c"]]], axis=1)) == expected


SAMPLE = """
import datetime as dt, enum, re, sys, uuid, ipaddress, array, random, fractions, decimal
import collections, dataclasses, types, zoneinfo
from anew.digests import digest

class Colour(enum.Enum):
    RED = "red"
class Access(enum.Flag):
    READ = 1
    WRITE = 2
@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: object = None
class Thing:
    def __init__(self, *parts):
        self.names = set("abcdef") | {(1, "x"), frozenset("pq")}
        self.table = {name: {name: 1} for name in self.names}
        self.parts = parts
        self.me = self
Pair = collections.namedtuple("Pair", "x y")
values = [
    [None, True, 1, 2**80, 0.1, -0.0, float("nan"), 1j, "é", "long" * 100, b"b", bytearray(b"b")],
    ["a", None, 1.5, "b"] * 10, list(range(5000)), [str(i) for i in range(5000)],
    {"x", "y", "z"}, frozenset("abc"), {"b": 1, "a": {2: {3}}}, (1, (2.0, [True])),
    collections.OrderedDict(b=1, a=2), collections.Counter("hello"), collections.deque([1], 3),
    collections.defaultdict(list, {"a": [1]}), collections.ChainMap({"a": 1}),
    collections.UserDict(a=1), types.MappingProxyType({"a": 1}), types.SimpleNamespace(a=1),
    range(3), slice(1, None), array.array("d", [1.0]), memoryview(b"abc"), Pair(1, 2),
    Colour.RED, Access.READ | Access.WRITE, Point(1.0, [Point(2.0)]), Thing(1, Point(0.5)),
    dt.datetime(2020, 1, 2, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1), dt.timedelta(1),
    dt.datetime(2020, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=1), "X")), dt.time(1), dt.UTC,
    decimal.Decimal("1.50"), fractions.Fraction(1, 3), uuid.UUID(int=5), random.Random(1),
    ipaddress.ip_address("::1"), re.compile("a(b)", re.I), ValueError("a", 1), int | str,
    list[int], Ellipsis, NotImplemented, object(), len, collections.OrderedDict.fromkeys,
]
for value in values:
    print(type(value).__name__, digest(value))
print(digest(values))
try:
    import numpy as np, pandas as pd
except ImportError:
    sys.exit()
rng = np.random.default_rng(1)
frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])})
for value in [
    np.arange(6.0).reshape(2, 3).T, np.array([1, "a", None, {2}], object), np.ma.array([1], mask=1),
    np.array([("a", 1)], [("n", "U3"), ("x", ">i4")]), np.datetime64("NaT"), rng, frame,
    frame.set_index(["a", "b"]), pd.date_range("2020", periods=3, tz="UTC"), pd.NA, pd.NaT,
]:
    print(type(value).__name__, digest(value))
"""


def run_sample(seed: str) -> str:
    """Digest the sample in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", SAMPLE],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
    )
    return done.stdout


@pytest.fixture(scope="module")
def expected() -> str:
    return run_sample("0")


@pytest.mark.parametrize("seed", ["1", "random"])
def test_neither_the_process_nor_the_hash_seed_counts(seed: str, expected: str) -> None:
    assert run_sample(seed) == expected
