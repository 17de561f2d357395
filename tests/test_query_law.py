"""What SQL finds is what a plain evaluation of the same expression over the records finds."""

from __future__ import annotations

import itertools
import math
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anew.journal import Journal, LoggedPoint, Marked
from anew.provenance.process import identify
from anew.query import search, select
from anew.stores import searching
from anew.stores.encoding import to_json
from anew.stores.sqlite import SQLiteStore

NAMES = ["alpha", "model", "rmse", 'o"dd', "val/loss", "it's", "$money"]
NUMBERS = (
    st.integers(-3, 3)
    | st.sampled_from([2**53 + 1, 2**63, 2**64 + 1, 10**30, -(10**400)])
    | st.floats()
    | st.sampled_from([0.1, 0.30000000000000004, 0.3, 1e300, 5e-324, -0.0])
)
TEXTS = st.sampled_from(["", "ridge", "lag", "{", "[1]", "a\0b", "é", "Ridge", "zz", "\\", "~"])
VALUES = (
    NUMBERS | TEXTS | st.booleans() | st.none() | st.lists(TEXTS | st.integers(0, 3), max_size=3)
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Fresh folders."""
    place = tmp_path_factory.mktemp("stores")
    return (place / str(number) for number in itertools.count())


def record(store, number, row):
    """Enter a trial with what it logged."""
    parameters, metrics, tags, is_ended = row
    uuid = f"{number:08x}-0000-7000-8000-000000000000"
    given = {"started": 1.7e9 + number, "seed": 7, "process": identify(), "reproduces": None}
    store.begin(uuid, "bikes", given | {"parameters": parameters})
    if is_ended:
        ended = (number, to_json(metrics), to_json(list(tags)), uuid)
        with store.connection.writing() as sql:
            sql.execute(
                "UPDATE trials SET status = 'finished', seconds = ?, metrics = ?, tags = ?"
                " WHERE uuid = ?",
                ended,
            )
        return
    with closing(Journal(store.journal_path(uuid))) as journal:
        for name, value in metrics.items():
            journal.write(LoggedPoint(name, None, value, 0.0))
        for tag in tags:
            journal.write(Marked("tag", tag))


def write(name, kind):
    """Write a name as a filter does."""
    return name if name.isidentifier() and not kind else f"{kind or 'param'}[{name!r}]"


CONSTANTS = (
    NUMBERS.filter(lambda each: isinstance(each, int) or math.isfinite(each)) | TEXTS | st.none()
)
PLACES = st.sampled_from([("param", name) for name in NAMES] + [("metric", name) for name in NAMES])
FACTS = st.sampled_from(["number > 2", "seconds <= 3", 'status == "finished"', "tag.paper"])


@st.composite
def comparisons(draw):
    """Give a comparison of a name."""
    name = write(*reversed(draw(PLACES)))
    sign = draw(st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in", "has"]))
    if sign in {"in", "not in"}:
        return f"{name} {sign} {draw(st.lists(CONSTANTS, max_size=3))!r}"
    constant = repr(draw(CONSTANTS))
    if sign == "has":
        return f"{constant} in {name}"
    if draw(st.booleans()):
        return f"{constant} {sign} {name}"
    if draw(st.booleans()):
        return f"{name} {sign} {constant} {draw(st.sampled_from(['<', '>=', '==']))} {name}"
    return f"{name} {sign} {constant}"


LEAVES = comparisons() | FACTS | PLACES.map(lambda place: f"missing({write(*reversed(place))})")
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        inner.map(lambda each: f"not ({each})")
        | st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
            lambda each: "({}) {} ({})".format(*each)
        )
    ),
    max_leaves=5,
)
ORDERS = st.none() | st.lists(
    st.tuples(st.sampled_from(["", "-"]), PLACES | st.just(("fact", "seconds"))),
    min_size=1,
    max_size=2,
).map(
    lambda keys: ", ".join(
        sign + (name if kind == "fact" else write(name, kind)) for sign, (kind, name) in keys
    )
)
TABLES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4),
        st.dictionaries(st.sampled_from(NAMES), st.floats() | st.sampled_from([0.1, 0.3, 1.0])),
        st.sampled_from([(), ("paper",), ("paper", "best")]),
        st.sampled_from([True, True, False]),
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TABLES, st.lists(st.tuples(FILTERS, ORDERS, st.sampled_from([None, 1, 2, 3])), max_size=8))
def test_sql_finds_what_a_plain_evaluation_finds(folders, monkeypatch, table, asked):
    monkeypatch.setattr(searching, "_SMALL_STORE", 0)
    store = SQLiteStore(next(folders))
    everything = (dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0.0), ("paper",), True)
    for number, row in enumerate([*table, everything], 1):
        record(store, number, row)
    for where, sort, limit in asked:
        wishes = {"where": where, "sort": sort, "limit": limit}
        found = [row["number"] for row in search(store, **wishes).rows]
        assert found == [row["number"] for row in select(store.trials(), **wishes).rows], wishes
    store.close()
