"""What a stamp may say, and what is refused of one that comes from a stranger."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.errors import StampError
from anew.stamps import Provenance, escape, read_stamp, write_stamp

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=20), PLAIN, max_size=4))
def test_parameters_of_any_kind_come_back(parameters):
    stamp = Provenance(
        trial="0190b2c4-0000-7000-8000-000000000001",
        number=1,
        experiment="e",
        date="2026-11-22T04:00:00Z",
        anew="0.1.0",
        parameters=parameters,
    )
    text = stamp.to_json()
    assert text.isascii()
    assert not set(text) & set("<>&\n")
    found = Provenance.from_json(text)
    assert found.to_json() == text


def test_numbers_that_json_has_no_word_for_are_words(stamp):
    said = replace(stamp, parameters={"a": float("nan"), "b": float("-inf"), "c": object})
    found = Provenance.from_json(said.to_json()).parameters
    assert (found["a"], found["b"]) == ("nan", "-inf")


def test_a_long_stamp_is_shortened_and_says_so(stamp):
    many = {f"file-{i:05d}.csv": "blake3:" + "0" * 64 for i in range(5_000)}
    text = replace(stamp, inputs=many, parameters={"x": "y" * 100_000}).to_json()
    found = Provenance.from_json(text)
    assert len(text) <= 32_768
    assert len(found.inputs) + found.more["inputs"] == 5_000
    assert found.parameters["x"].endswith("…")


def alter(text, **said):
    return json.dumps({**json.loads(text), **said})


@pytest.mark.parametrize(
    "said",
    [
        {"trial": "../../etc/passwd"},
        {"trial": 12},
        {"number": -1},
        {"number": True},
        {"number": 1e9},
        {"date": "yesterday"},
        {"content": "blake3:xyz"},
        {"inputs": {"a": "b"}},
        {"inputs": ["a"]},
        {"command": "rm -rf ~"},
        {"experiment": "x" * 10_000},
        {"unheard": 1},
        {"check": ""},
    ],
)
def test_a_document_of_another_shape_is_refused(stamp, said):
    with pytest.raises(StampError):
        Provenance.from_json(alter(stamp.to_json(), **said))


def test_an_altered_document_is_refused_however_small_the_change(stamp):
    with pytest.raises(StampError, match="altered"):
        Provenance.from_json(alter(stamp.to_json(), number=11))


def test_a_document_that_is_only_written_in_another_way_is_taken(stamp):
    text = json.dumps(json.loads(stamp.to_json()), indent=2, sort_keys=True)
    assert Provenance.from_json(text) == Provenance.from_json(stamp.to_json())


def test_a_later_version_is_refused_by_name(stamp):
    with pytest.raises(StampError, match="version 2"):
        Provenance.from_json(alter(stamp.to_json(), stamp=2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[1]",
        "{",
        b"\xff\xfe",
        '{"stamp":1,"stamp":1}',
        '{"stamp":NaN}',
        '{"stamp":' + "9" * 5_000 + "}",
        "[" * 30_000,
        '{"a":' * 3_000,
        " " * 10_000_000,
    ],
)
def test_what_is_no_document_is_refused(text):
    with pytest.raises(StampError):
        Provenance.from_json(text)


def test_what_acts_on_a_terminal_is_written_out():
    assert escape("\x1b]0;x\x07\x9b31m\u202egnp.exe\n") == "\\x1b]0;x\\x07\\x9b31m\\u202egnp.exe\\n"
    assert escape("Zoë ☃ 12") == "Zoë ☃ 12"


def test_a_hostile_stamp_in_a_file_is_an_error_that_names_the_file(make, stamp):
    path = make("figure.svg")
    write_stamp(path, stamp)
    whole = path.read_text()
    start, end = "<anew:provenance>", "</anew:provenance>"
    before, after = whole.split(start)[0], whole.split(end)[1]
    for said in ("x" * 10_000_000, "[" * 20_000, "{}", "\x1b[31m"):
        path.write_text(f"{before}{start}{said}{end}{after}")
        with pytest.raises(StampError, match=r"figure\.svg") as told:
            read_stamp(path)
        assert "\x1b" not in str(told.value)


def test_a_stamp_that_is_itself_altered_in_a_file_is_called_so(make, stamp):
    path = make("page.html")
    write_stamp(path, stamp)
    path.write_text(path.read_text().replace('"number":12', '"number":13'))
    with pytest.raises(StampError, match="altered"):
        read_stamp(path)
