"""Digests that must never change: what was recorded years ago is compared with them.

When one of these fails, the encoding is another one and wants another prefix than ``xxh3-1``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from anew.digests import digest_value


@dataclass
class Point:
    x: float
    links: list


Point.__module__ = "points"  # wherever pytest finds this file


def knot() -> list:
    """Make a list that holds itself."""
    value: list = [1]
    value.append(value)
    return value


DAYS = pd.DatetimeIndex(["2020-01-01", "2020-01-03"]).as_unit("ns")
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
    "5700cc9f6e2aa614985edab1921d228e": "text é",
    "640d2aa914c4bfa762aab078e8c78711": "long" * 100,
    "89c37bf9df1981baceba70afb1981740": b"bytes",
    "3f2668ba796c4e0652cdd77630108248": bytearray(b"bytes"),
    "2f0f34eecd05dfa065b124d908c9e0ac": [1, 2, 3],
    "1d3753aee506975f9b1f25e0811af08d": [0.5, math.nan],
    "9a915da499375114167818bb0ca70dc9": ["a", "bc"],
    "b8eae7db4b64808a1af4450e850ea374": [1, "a", None],
    "b41cc60f45f5e8c2f0622a97781cd0a1": (1, (2.0, [True])),
    "fbd55a2a7f8f992ff02ad34ff61669ed": {"b": 1, "a": {"c": [2]}},
    "621e1ded8a97a13a7c56583c551c00ba": {3, 1, 2},
    "11eb15e4ea151d91677e9ee01830e058": frozenset({"a"}),
    "0eca1f6587f48b7f5d3fd2d54fa605ba": OrderedDict(b=1, a=2),
    "6f8f8afbed43fc135b3ca2b00582e302": Counter("aab"),
    "e47fbe94d0684fc44d07dcecc0de79af": range(1, 9, 2),
    "16ba8d4e51f92a6a1646ba291b76f52f": slice(1, None),
    "fd5070f763442b8d2553c7fe2d8f6afa": dt.date(2020, 1, 2),
    "8b6ee56111662d446f95823cce91a217": dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=dt.UTC),
    "d9301f49fc843a36d35854057d013a66": dt.time(1, 2),
    "3c4350280ec4c37bc8f804fc668f8145": dt.timedelta(days=1, seconds=2),
    "fe9e21e7d95ff625fb8ff74c528c146e": Decimal("1.50"),
    "558e084d7ddfdefd79fbe90650c26137": Fraction(1, 3),
    "ba707322fdfd37b9b6784ee888b7882b": UUID(int=5),
    "a972256cfb45a38d0b471cdd8f0479bd": Path("a/b"),
    "6b6ffde1d34b095063082a7858e7a454": math.sin,
    "95a73618599e85529d6fd127578cef02": Point,
    "1ebaceab2c51e150485624f573e29421": Point(1.0, [1]),
    "6af9cb89d96f1e71a04284bca818d781": knot(),
    "c20fa2dd1bf1c6d463d44c9229364ef1": [knot(), knot()],
    "9e2db3273bb564ba3f736f5fb12a4a83": np.float64(0.1),
    "673df5755829ca53252dbd8f993a75ab": np.int8(1),
    "e3f8cdf1cdc441d22f121d42b44238ff": np.arange(6.0).reshape(2, 3),
    "575a4f38b7a1587c70ed6a7f84fc9f2e": np.arange(6.0).reshape(3, 2).T,
    "2c0c436b0a32aefd3c263604a00d014d": np.array([True, False]),
    "7e6bb7c432d59dfc45eaf373b5f4f99a": np.array(["a", "bc"]),
    "098f42556366cccfa81243cefb55d23a": np.array(["2020-01-01"], "M8[D]"),
    "1dd9243170180b44de4bfa5dc1f45da0": np.array([(1, 2.0)], [("a", "i2"), ("b", "f8")]),
    "1cd21327970409cb0fbdc76f6ce8e1e5": np.array([1, "a"], object),
    "dc1400d648681e90d2169ab5e3e650c6": np.ma.array([1, 2], mask=[0, 1]),
    "dee9a84b9870458d38db2f981d7347e5": np.random.default_rng(1),
    "b1ff3480101489547d5ce48f94680585": np.random.RandomState(1),
    "9a1cef8e4b864a09399de2bd9e75b6b7": pd.DataFrame([[1, 0.5], [2, math.nan]], DAYS, NAMES),
    "5c27311efdb9e192e7ea9ed59f6b912c": pd.Series([2, 1], dtype="category", name="c"),
    "5df3c24e40e46fb88d88157ac5e9c2cf": pd.Series(["a", None], dtype="string"),
    "b78ba239357e0f5c2d8b85078b094c08": pd.Series([1, None], dtype="Int64"),
    "1dae81635399e9ff04ad78c7b37bab38": pd.Series(DAYS.tz_localize("Europe/Berlin")),
    "c25c44312318928c61281e7946d6f8b3": pd.MultiIndex.from_tuples([(1, 2.0)], names=["x", "y"]),
    "04d4a1a17f56827adc7529fdc32bfe6d": pd.Timestamp(2020, 1, 2).as_unit("ns"),
    "ad5215a29961faccb673086a603281a3": pd.NA,
    "837b472b8de08c297240a41adb22369f": pd.NaT,
}


@pytest.mark.parametrize("digest", PINNED)
def test_a_digest_stays_what_it_was(digest: str) -> None:
    assert digest_value(PINNED[digest]) == f"xxh3-1:{digest}"
