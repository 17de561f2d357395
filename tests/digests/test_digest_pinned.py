"""Digests that must never change: what was recorded years ago is compared with them.

When one of these fails, the encoding is another one and wants another prefix than ``xxh3-2``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import struct
from array import array
from collections import Counter, OrderedDict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from anew.digests import digest_value

Pair = namedtuple("Pair", "x y")  # noqa: PYI024 - the old kind is digested too


def knot() -> list:
    """Make a list that holds itself."""
    value: list = [1]
    value.append(value)
    return value


DAYS = pd.DatetimeIndex(["2020-01-01", "2020-01-03"]).as_unit("ns")
WIDE = pd.DataFrame(np.arange(20.0).reshape(2, 10), columns=list("abcdefghij"))
NAMES = pd.Index(["a", "b"], dtype=object)

PINNED = {
    "626d368fe0e74b4f1a038927df1311d6": None,
    "df3ce784d856334d65cd25028f98f158": True,
    "5c0fabed007821c11267cbb5dcaed171": 1,
    "d8d8ac81562d42046bea698f5d43b6a7": -(2**70),
    "67e16bb2a22b77a8bc8edae175803a79": 0.1,
    "f6b43928ce5e5192820ab6b29963bd6b": -0.0,
    "1420def684ff33195e46be79eb2f1aac": math.nan,
    "18241665f5512a88f22cbdad161e5be9": 1 + 2j,
    "893e135e0135372e02650e7e9321dbd8": "text é",
    "640d2aa914c4bfa762aab078e8c78711": "long" * 100,
    "29471e80a3ed96e781594d061a12edd8": b"bytes",
    "4947a31c322daf8c269259748ab9bfb2": bytearray(b"bytes"),
    "61cf16f869d5e82d1dbfb7e11f3524e9": [1, 2, 3],
    "af4f250fc2bc4a1b3ca6b2a2777a9570": [0.5, math.nan],
    "3f75cf582278a54b0a7535db94454f0b": ["a", "bc"],
    "b0e172cd75c01e272db150877a4dbd2e": [1, "a", None],
    "63a179f99ab8b233d81395c34b70b488": (1, (2.0, [True])),
    "7decc8f5411365e1b08f2627099a0a54": {"b": 1, "a": {"c": [2]}},
    "621e1ded8a97a13a7c56583c551c00ba": {3, 1, 2},
    "a04b4dc4e5fef4650ef31f4b15c243f6": frozenset({"a"}),
    "036ad32dfe10198f8500f96611ecbf6d": OrderedDict(b=1, a=2),
    "992e9f61cd92016e44c945e0f2c1cde7": Counter("aab"),
    "b7b9744d3f68143da4dd8af9b94acafc": range(1, 9, 2),
    "16ba8d4e51f92a6a1646ba291b76f52f": slice(1, None),
    "7fb5115e603029a0fdae0ba1b1360c05": dt.date(2020, 1, 2),
    "ef80cf6c3d9cd908601e9fc542508f32": dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    "dca4a9ba520640d6ed1e6f642a161bd0": dt.time(1, 2),
    "3b5865f840da713537e44ea34ef378bb": dt.timedelta(days=1, seconds=2),
    "7d4a0847bc3220c359c80c18364a1f95": Decimal("1.50"),
    "11a75e89df18043bbb8e738c29028321": Fraction(1, 3),
    "a2cd51beeed2716467a3485996aa6915": UUID(int=5),
    "ebfbd57396e8878c22e9914c7eb98124": Path("a/b"),
    "db0fe1d6574149dfd5629e564e34f8fd": knot(),
    "0792b1e5fceed96532b1e493963c2151": [knot(), knot()],
    "91dce4952dbf2443ffdd4b386c5377d2": np.float64(0.1),
    "86c32f987e5a8ee4c6debca285ef4571": np.int8(1),
    "c12506f5b0e819d8ee1dcecaf6d16d6f": np.arange(6.0).reshape(2, 3),
    "901c8a605105c5ddb71f0d142a2808ef": np.arange(6.0).reshape(3, 2).T,
    "07e8c43ce9a43ab0690ede41ccc12e3a": np.array([True, False]),
    "c3920449626db6acb971a893cc04e848": np.array(["a", "bc"]),
    "7ecc35432afbe52534851c5c109c5223": np.array(["2020-01-01"], "M8[D]"),
    "2a2250d82c4cb3b71f31ad19e9edc73b": np.array([(1, 2.0)], [("a", "i2"), ("b", "f8")]),
    "d707c4fce4c1c3b3f3f626b824d46187": np.array([1, "a"], object),
    "77a50da1db105d5845f6151ddd10f746": np.ma.array([1, 2], mask=[0, 1]),
    "14b3998299d5347c29fe64b3a9d5f521": np.random.default_rng(1),
    "85b69ddd25e8131b7ed10993a2024289": np.random.RandomState(1),
    "3396361dfd715314ef2acf7d64dc17f5": pd.DataFrame([[1, 0.5], [2, math.nan]], DAYS, NAMES),
    "913109dc2569fe7d9ecd5c1b4b62aaa0": pd.Series([2, 1], dtype="category", name="c"),
    "8410dac516ea887014be8d56b5f60e5e": pd.Series(["a", None], dtype="string"),
    "eb106b44c2c584af53b71b73c8b2bd44": pd.Series([1, None], dtype="Int64"),
    "4ec7cf9dce836580ac6723250bff3494": pd.Series(DAYS.tz_localize("Europe/Berlin")),
    "c7a74e7d6e189f17c79a767efcd8df7a": pd.MultiIndex.from_tuples([(1, 2.0)], names=["x", "y"]),
    "27e25ae7ca8d6e79233cd5ae9bec3ff3": pd.Timestamp(2020, 1, 2).as_unit("ns"),
    "ad5215a29961faccb673086a603281a3": pd.NA,
    "837b472b8de08c297240a41adb22369f": pd.NaT,
    "8939c9e9a1bfdc284dda5269ba03b67b": ["a", None, 0.5] * 10,
    "2f3be7169486cc66e265fc062f36203b": [str(i) for i in range(5000)],
    "4f07e93ebf6eace195fc5ce13ee5feda": [[i] for i in range(5000)],
    "f256392e34d11211532c72f7a0817723": ["a\0b"] * 20,
    "1e3ed4e2d62df431b86edf1eb697131a": Pair(1, "a"),
    "a1fd702ea178ec10c06912be59ebd2e1": array("d", [1.0]),
    "34844d9067a737d36113447f9114d6c7": memoryview(b"abc"),
    "802e619ac39c18662f66440f079e5d33": MappingProxyType({"a": 1}),
    "1b3844eb3f17374aece56cbd5d544225": SimpleNamespace(a=1),
    "2f08855828aa9fb8200f3497e379e9b1": deque([1], 3),
    "fad0118bb8b80419f3430d05c316d172": re.compile("a(b)", re.IGNORECASE),
    "e6d46faf11f0600bea7e382154dbddf3": int | str,
    "f8543edcff7e6321ab79c47230c880eb": struct.unpack("<d", b"\1\0\0\0\0\0\xf8\xff")[0],
    "a2e8498fa753019c14f466f02d062bd1": np.array([1, 2.5], ">f8"),
    "e2a28b13b686ad883076b642f63bdf53": np.ma.array(
        [(1, 2.0)], mask=[(0, 1)], dtype=[("a", "i2"), ("b", "f8")]
    ),
    "7db8d2ee547937596896b1528d62bd85": np.array(["a", "bc"], np.dtypes.StringDType()),
    "b2ae16545435b35056b863c2a9a33977": pd.DataFrame(
        np.arange(20.0).reshape(2, 10), columns=list("abcdefghij")
    ).astype(object),
    "93c604266e69fdc7c738c9d4f5902042": pd.Series([0.5, None], dtype="Float64"),
    "e312e70708f60e2097810dce909d0c88": pd.Series(pd.arrays.SparseArray([0, 0, 1])),
    "8d12da5f3dcb57b32037107caa657659": pd.IntervalIndex.from_breaks([0, 1, 2]),
    "6142ff62bbd547e928d4cf35dfe88593": pd.Period("2020-01", "M"),
    "ce8d05ed6a713f67aa03b2f65a1700c8": pd.Index([3, 5, 7]),
}


@pytest.mark.parametrize("digest", PINNED)
def test_a_digest_stays_what_it_was(digest: str) -> None:
    assert digest_value(PINNED[digest]) == f"xxh3-2:{digest}"
