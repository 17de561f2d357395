"""The values of configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.data.leaves import read_leaves

READ = {
    "json": ("c.json", '{"a": {"b": 1, "c": [1, 2]}, "d": "x", "e": null}'),
    "yaml": ("c.yaml", "a: {b: 1, c: [1, 2]}\nd: x\ne:\n"),
    "yaml with an anchor": ("c.yml", "z: &z {b: 1, c: [1, 2]}\na: *z\nd: x\ne: ~\n"),
}


@pytest.mark.parametrize(("name", "text"), READ.values(), ids=READ)
def test_leaves_have_the_file_and_their_place_as_name(name: str, text: str) -> None:
    leaves = read_leaves(Path("folder", name), text.encode())
    expected = {"a.b": 1, "a.c": [1, 2], "d": "x", "e": None}
    assert {f"{name}:{leaf}": value for leaf, value in expected.items()}.items() <= leaves.items()


def test_toml_is_read() -> None:
    data = b"a = 1\nday = 2026-01-02\n[b]\nc = 0.5\n[[d]]\ne = true\n"
    assert read_leaves(Path("c.toml"), data) == {
        "c.toml:a": 1,
        "c.toml:day": "2026-01-02",
        "c.toml:b.c": 0.5,
        "c.toml:d.0.e": True,
    }


def test_ini_is_read_without_following_references() -> None:
    data = b"[DEFAULT]\nroot = /a\n[Model]\nDepth = 3\npath = %(root)s/b\n"
    leaves = read_leaves(Path("c.ini"), data)
    assert leaves["c.ini:Model.Depth"] == "3"
    assert leaves["c.ini:Model.path"] == "%(root)s/b"


def test_json_may_hold_what_is_no_number() -> None:
    leaves = read_leaves(Path("c.json"), b'{"a": NaN, "b": Infinity}')
    assert str(leaves) == "{'c.json:a': nan, 'c.json:b': inf}"


def test_documents_of_one_file_are_numbered() -> None:
    assert read_leaves(Path("c.yaml"), b"a: 1\n---\na: 2\n") == {
        "c.yaml:0.a": 1,
        "c.yaml:1.a": 2,
    }


def test_a_tag_makes_nothing() -> None:
    data = b"a: !!python/object/apply:os.getcwd []\nb: !env HOME\n"
    assert read_leaves(Path("c.yaml"), data) == {"c.yaml:a": [], "c.yaml:b": "HOME"}


def test_secrets_are_masked() -> None:
    data = b"db: {password: planted, pin_secret: 1234}\nurl: http://a:planted@h\nsecrets: [planted]"
    assert read_leaves(Path("c.yaml"), data) == {
        "c.yaml:db.password": "***",
        "c.yaml:db.pin_secret": "***",
        "c.yaml:url": "http://***@h",
        "c.yaml:secrets": ["***"],
    }


NONE = {
    "a list": ("c.json", b"[1, 2]"),
    "records": ("c.json", b'[{"a": 1}]'),
    "too many": ("c.json", b"{" + b",".join(b'"%d": 1' % n for n in range(201)) + b"}"),
    "too large": ("c.json", b'{"a": "' + b"x" * (1 << 20) + b'"}'),
    "a lock": ("package-lock.json", b'{"a": 1}'),
    "of a tool": ("pyproject.toml", b"a = 1"),
    "another format": ("c.csv", b"a,b"),
    "broken json": ("c.json", b'{"a": '),
    "broken yaml": ("c.yaml", b"a: [1"),
    "broken toml": ("c.toml", b"a = "),
    "broken ini": ("c.ini", b"a = 1"),
    "no text": ("c.json", b"\xff\xfe\x00"),
    "in itself": ("c.yaml", b"a: &a {b: *a}"),
    "too deep": ("c.json", b'{"a":' * 5000 + b"1" + b"}" * 5000),
    "empty": ("c.yaml", b""),
    "a bomb": (
        "c.yaml",
        b"a: &a [x, x, x, x, x, x, x, x, x]\n"
        + b"".join(
            b"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % (n, n, *[n - 1] * 9)
            for n in range(ord("b"), ord("k"))
        ),
    ),
}


@pytest.mark.parametrize(("name", "data"), NONE.values(), ids=NONE)
def test_what_is_no_configuration_gives_nothing(name: str, data: bytes) -> None:
    assert read_leaves(Path(name), data) == {}


def test_a_long_list_is_data() -> None:
    data = b'{"a": 1, "rows": [' + b",".join([b"1"] * 100) + b"]}"
    assert read_leaves(Path("c.json"), data) == {"c.json:a": 1}


@given(st.binary(max_size=200), st.sampled_from(["json", "yaml", "toml", "ini"]))
def test_nothing_is_raised(data: bytes, ending: str) -> None:
    assert isinstance(read_leaves(Path(f"c.{ending}"), data), dict)
