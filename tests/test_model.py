"""Records, and the names that may be written down."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.errors import InvalidNameError
from anew.model import (
    UNSET,
    Change,
    Failure,
    FileUse,
    Parameter,
    Point,
    Trial,
    Verdict,
    check_name,
)


def trial_of(**changes):
    values = {
        "number": 1,
        "uuid": "a",
        "experiment": "bikes",
        "status": "finished",
        "started": datetime.fromtimestamp(0, UTC),
        "seconds": 1.25,
        "seed": 7,
        "parameters": {"alpha": 0.3},
        "metrics": {"rmse": 0.5},
        "source": None,
    }
    return Trial(**values | changes)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "prediction.png",
        "figures/all of them.pdf",
        "größe",
        "损失",
        "x" * 200,
        "a..b",
        "..a",
        "...",
        ".hidden",
        "a/b:c",
        "alpha=0.3",
        "-rf",
        "%s",
        "a'b\"c",
    ],
)
def test_an_ordinary_name_may_be_written_down(name):
    assert check_name("artifact", name) == name


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "../a",
        "a/../b",
        "a/..",
        "a/./b",
        "/etc/passwd",
        "//host/share",
        "a//b",
        "a/",
        "\\a",
        "a\\..\\b",
        "..\\a",
        "a\\",
        "C:\\a",
        "C:/a",
        "C:a",
        "C:",
        ":a",
        "\\\\host\\share",
    ],
)
def test_a_name_that_could_leave_its_folder_is_refused(name):
    with pytest.raises(InvalidNameError, match="would leave its folder") as caught:
        check_name("artifact", name)
    assert caught.value.what.startswith(f"artifact name {name!r} ")
    assert "without '..'" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a ",
        "\ta",
        "a\nb",
        "a\0b",
        "\x1b[31m",
        "\x7f",
        "a\u200bb",
        "\u202egnp.exe",
        "\ud800",
        "\u00a0",
        "x" * 201,
    ],
)
def test_a_name_that_cannot_be_seen_is_refused(name):
    with pytest.raises(InvalidNameError, match="empty, too long or holds invisible"):
        check_name("metric", name)


@pytest.mark.parametrize("name", [None, 3, b"a", Path("a"), ["a"], float("nan")])
def test_a_name_that_is_no_text_is_refused(name):
    with pytest.raises(InvalidNameError, match=f"is {type(name).__name__}, expected str") as e:
        check_name("metric", name)
    assert e.value.kind == "metric"
    assert e.value.name is name


@given(st.text(max_size=210) | st.text("./\\:aC ", max_size=8))
def test_an_accepted_name_stays_in_its_folder_on_every_system(name):
    try:
        check_name("artifact", name)
    except InvalidNameError:
        return
    folder = Path("/data/folder")
    assert (folder / name).resolve().is_relative_to(folder)
    assert (folder / name).resolve() != folder
    windows = PureWindowsPath("D:/data/folder")
    assert (windows / name).is_relative_to(windows)
    assert ".." not in (windows / name).parts


@given(st.text(min_size=1, max_size=200, alphabet=st.characters(categories=["L", "N"])))
def test_letters_and_digits_are_a_name(name):
    assert check_name("metric", name) == name


def test_a_default_of_none_is_a_default():
    assert Parameter("alpha", None).default is None
    assert Parameter("alpha").default is UNSET


def test_the_absence_of_a_default_is_one_thing_everywhere():
    assert repr(UNSET) == "UNSET"
    assert pickle.loads(pickle.dumps(UNSET)) is UNSET
    assert copy.deepcopy(UNSET) is UNSET


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (Change("packages", "numpy 2.4.6 → 2.5.0"), "packages: numpy 2.4.6 → 2.5.0"),
        (Failure("ValueError", "no", ""), "ValueError: no"),
        (Failure("KeyboardInterrupt", "", ""), "KeyboardInterrupt"),
    ],
)
def test_a_record_reads_as_a_sentence(record, text):
    assert str(record) == text


@pytest.mark.parametrize(
    ("verdict", "is_good"),
    [
        ("identical", True),
        ("same content", True),
        ("close", True),
        ("different", False),
        ("missing", False),
        ("extra", False),
        ("not compared", False),
    ],
)
def test_what_was_not_compared_was_not_made_anew(verdict, is_good):
    assert Verdict("metric", "rmse", verdict).is_good is is_good


@pytest.mark.parametrize(
    "record",
    [
        Point("loss", 1, 2.0, 3.0),
        FileUse("a", "input", "blake3:0", 1, None, kept=True),
        trial_of(),
    ],
    ids=lambda record: type(record).__name__,
)
def test_a_record_does_not_change(record):
    with pytest.raises(FrozenInstanceError):
        setattr(record, fields(record)[0].name, None)


def test_a_trial_is_told_apart_by_what_it_says_not_by_where_it_is_kept():
    assert trial_of() == trial_of(source=object())
    assert trial_of() != trial_of(number=2)


def test_a_running_trial_shows_itself_without_an_end():
    shown = trial_of(status="running", seconds=None)._repr_html_()
    assert "<th>status</th><td>running</td>" in shown
    assert "<th>seconds</th><td></td>" in shown


def test_a_trial_shows_its_texts_as_texts():
    shown = trial_of(experiment="<b>", parameters={"a<": "<script>"})._repr_html_()
    assert "<script>" not in shown
    assert "&lt;b&gt;: trial 1" in shown
