"""Filters and orders in Python's syntax."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.errors import AnewError, UnknownNameError, UsageError
from anew.where import Commits, Version, compile_sort, compile_where

ROW = {
    "number": 3,
    "status": "finished",
    "started": datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
    "rmse": 35.7,
    "model": "ridge",
    "features": ["lag", "hour"],
    "depth": None,
    "val/loss": 0.1,
    "val.loss": 0.2,
    "param.alpha": 1,
    "metric.alpha": 2,
    "param.rmse": 7,
}


def match(text, row=ROW):
    return compile_where(text, known=row.keys())(row)


@pytest.mark.parametrize(
    "text",
    [
        "rmse < 40",
        "rmse <= 35.7 and rmse >= 35.7",
        "30 < rmse < 40",
        'model == "ridge"',
        "model != 'lasso'",
        "rmse < 40 and model == 'ridge'",
        "rmse < 1 or model == 'ridge'",
        "not rmse < 1",
        '"lag" in features',
        '"noise" not in features',
        'model in ("ridge", "lasso")',
        'status in ["finished"]',
        "number in {1, 2, 3}",
        "depth is None",
        "depth == None",
        "model is not None",
        "param.alpha == 1",
        "metric.alpha == 2",
        'metric["alpha"] == 2',
        "val.loss > 0.15",
        "rmse > -1",
        "features",
        "True",
        "rmse < 40 and (model == 'lasso' or number == 3)",
        'started > "2026-11-21T08:00:00+00:00"',
        '"2026-11-20" < started < "2026-11-23"',
        "rmse < 40 and\n  number == 3",
    ],
)
def test_a_filter_matches(text):
    assert match(text)


@pytest.mark.parametrize(
    "text",
    [
        "rmse > 40",
        "30 < rmse < 35",
        "not rmse < 40",
        'model == "Ridge"',
        "depth",
        '"lag" not in features',
        'rmse < 40 and "noise" in features',
        "depth is not None",
        'started < "2026-11-01"',
        "False",
    ],
)
def test_a_filter_does_not_match(text):
    assert not match(text)


@pytest.mark.parametrize("text", ["lag > 3", "not lag > 3", "lag != 3", "lag", "lag is None"])
def test_a_trial_without_the_name_does_not_match(text):
    assert not compile_where(text, known={"lag"})({})


def test_what_decides_without_a_missing_name_decides():
    row = {"rmse": 1}
    assert compile_where("lag > 3 or rmse == 1")(row)
    assert not compile_where("lag > 3 and rmse == 1")(row)
    assert compile_where("not (lag > 3 and rmse == 2)")(row)


@pytest.mark.parametrize("text", ["model < 3", "not model < 3", "3 in rmse", "started < 3"])
def test_values_that_cannot_be_compared_do_not_match(text):
    assert not match(text)


@pytest.mark.parametrize("text", ["rmse < 40", "rmse > 40", "rmse == rmse"])
def test_nan_is_compared_as_in_python(text):
    assert not compile_where(text)({"rmse": math.nan})


def test_a_name_that_is_not_known_gets_near_misses():
    with pytest.raises(UnknownNameError) as caught:
        match('midel == "ridge"')
    assert caught.value.message == "no fact, parameter or metric 'midel' (filter)"
    assert caught.value.hint == "did you mean 'model'? (a text needs quotes: \"midel\")"


def test_a_name_of_a_parameter_and_a_metric_must_say_which():
    with pytest.raises(UsageError) as caught:
        match("alpha == 1")
    assert caught.value.message == "'alpha' is a parameter and a metric (filter)"
    assert caught.value.hint == "write param.alpha or metric.alpha"


def test_known_names_are_listed_without_needless_prefixes():
    with pytest.raises(UnknownNameError) as caught:
        compile_where("xyz", known={"rmse", "metric.rmse", "param.alpha", "metric.alpha"})
    assert "known: metric.alpha, param.alpha, rmse" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("rmse < < 40", 7),
        ("rmse <", 6),
        ("rmse < 40 and f(3)", 14),
        ("rmse < 40 & number", 7),
        ("rmse = 40", 5),
        ("'é' == 'é' and f(3)", 15),
        ("rmse + 1", 0),
        ("[x for x in features]", 0),
        ("rmse < 40 if model else 3", 0),
        ("lambda: 3", 0),
        ("b'x' == model", 0),
        ("features[0] == 'lag'", 0),
        ("(rmse := 3)", 1),
        ("-model < 3", 0),
    ],
)
def test_what_is_not_understood_is_pointed_at(text, place):
    with pytest.raises(UsageError) as caught:
        match(text)
    _, shown, caret = caught.value.what.splitlines()
    assert shown.strip() == text
    assert caret == f"    {' ' * place}^"


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("rmse < 40 & number < 3", "'&' and '|' are not understood", "write 'and' or 'or'"),
        ("rmse = 40", "invalid syntax", "write '==' to compare"),
        ("f(3)", "a call cannot stand here", "as in --where"),
        ("", "it is empty", "as in --where"),
        ("not " * 5000 + "rmse", "it is nested too deeply", "as in --where"),
        ("rmse\0", "", "as in --where"),
    ],
)
def test_what_is_not_understood_is_explained(text, why, hint):
    with pytest.raises(UsageError) as caught:
        match(text)
    assert why in caught.value.what
    assert hint in caught.value.hint


def test_what_python_still_parses_may_be_too_deep_to_be_read():
    with pytest.raises(UsageError, match="it is nested too deeply"):
        compile_where("x" + ".x" * 1500)


def test_a_text_that_is_no_time_is_said():
    with pytest.raises(UsageError, match="'yesterday' is not a time"):
        match('started > "yesterday"')


@given(st.text(max_size=30) | st.text(alphabet="ab<>=() .,'\"[]not -", max_size=30))
def test_any_text_is_a_filter_or_an_error_of_ours(text):
    try:
        matches = compile_where(text)
        assert matches({"a": 1, "b": "x"}) in {True, False}
    except AnewError:
        pass


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.integers() | st.text(), min_size=1))
def test_not_never_matches_what_the_plain_filter_matches(row):
    for text in ("a < b", "a == b or c", "a in b and c"):
        assert not (compile_where(text)(row) and compile_where(f"not ({text})")(row))


def numbers(rows):
    return [row["number"] for row in rows]


ROWS = [
    {"number": 1, "rmse": 3.0, "model": "ridge"},
    {"number": 2, "model": "lasso"},
    {"number": 3, "rmse": 1.0, "model": "ridge"},
    {"number": 4, "rmse": math.nan, "model": "lasso"},
    {"number": 5, "rmse": 2.0, "model": "lasso"},
]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("rmse", [3, 5, 1, 2, 4]),
        ("-rmse", [1, 5, 3, 2, 4]),
        ("model, -number", [5, 4, 2, 3, 1]),
        ("-model, rmse", [3, 1, 5, 2, 4]),
        ("model,", [2, 4, 5, 1, 3]),
    ],
)
def test_an_order_sorts_with_what_is_missing_last(text, order):
    assert numbers(compile_sort(text)(ROWS)) == order


def test_values_of_different_kinds_are_sorted_apart():
    values = ["b", 2, ["x"], "a", 1.5, datetime(2026, 1, 1, tzinfo=UTC), None, True]
    rows = [{"number": place, "x": value} for place, value in enumerate(values)]
    assert numbers(compile_sort("x")(rows)) == [7, 4, 1, 5, 3, 0, 2, 6]


def test_an_order_is_a_list_of_names():
    with pytest.raises(UsageError, match="cannot read the order: a comparison cannot stand here"):
        compile_sort("rmse < 3")


def test_an_order_by_an_unknown_name_gets_near_misses():
    with pytest.raises(UnknownNameError) as caught:
        compile_sort("-rsme", known=["rmse"])
    assert "did you mean 'rmse'?" in caught.value.hint


# --- what else there is to ask ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("missing(lag)", True),
        ("missing(rmse)", False),
        ("not missing(rmse) and rmse < 40", True),
        ('missing(metric["val/loss"])', True),
        ("depth is None", True),
        ("depth == None", True),
        ("done == True", True),
        ("done is True and not missing(depth)", True),
        ("rmse in [35.7, None]", True),
        ("30 < rmse < 40 and 0 < rmse", True),
        ('package.numpy >= "2.4"', True),
        ('package.numpy < "2.9"', False),
        ('package.numpy == "2.10.0"', True),
        ('package.numpy in ["2.10"]', True),
        ('"2.9" < package.numpy < "3"', True),
        ('package.odd > "0"', True),
        ('code.commit == "3f2a91c"', True),
        ('code.commit == "77aa"', True),
        ('code.commit == "77"', False),
        ('code.commit != "77aa"', False),
    ],
)
def test_more_can_be_asked(text, expected):
    row = {
        "rmse": 35.7,
        "depth": None,
        "done": True,
        "package.numpy": Version("2.10"),
        "package.odd": Version("2024b-local_x y"),
        "code.commit": Commits("3f2a91cd" + "0" * 32, "77aa" + "0" * 36),
    }
    assert compile_where(text)(row) is expected


def test_a_version_is_no_number():
    with pytest.raises(UsageError, match=r"2\.4 is a number, and no version"):
        compile_where("package.numpy >= 2.4")({"package.numpy": Version("2.4")})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("missing()", "missing() takes one name"),
        ("missing(a, b)", "missing() takes one name"),
        ("missing(f(x))", "a call cannot stand here"),
        ('__import__("os").system("true")', "a call cannot stand here"),
        ("().__class__.__bases__", "this cannot stand here"),
        ("[" * 150 + "]" * 150 + " == a", "nested too deeply"),
        ("(" * 150 + "a" + ")" * 150 + " + 1", "cannot"),
        ("a < 1 and " * 20_000 + "a < 1", "it is too long"),
        ('"' + "x" * 200_000 + '" == a', "it is too long"),
        (3, "it is int, expected a text"),
    ],
)
def test_what_is_hostile_is_refused(text, why):
    with pytest.raises(UsageError) as caught:
        compile_where(text)
    assert why in caught.value.what


@given(
    st.recursive(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
            st.integers(-2, 2).map(str) | st.sampled_from("abc"),
        ).map(" ".join),
        lambda inner: (
            inner.map("not ({})".format)
            | st.lists(inner, min_size=2, max_size=3).map(
                lambda parts: " and ".join(f"({part})" for part in parts)
            )
            | st.lists(inner, min_size=2, max_size=3).map(
                lambda parts: " or ".join(f"({part})" for part in parts)
            )
        ),
    ),
    st.tuples(*[st.integers(-2, 2) | st.floats()] * 3),
)
def test_a_filter_says_what_python_says(text, values):
    row = dict(zip("abc", values, strict=True))
    assert compile_where(text)(row) is eval(text, {"__builtins__": {}}, row)  # noqa: S307 - ours
