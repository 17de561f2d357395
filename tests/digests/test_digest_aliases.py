"""Types that have other types behind their names, as Python writes them from 3.12 on."""

from __future__ import annotations

import importlib.util
import sys

import pytest

from anew.digests.fingerprint import fingerprint

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is of Python 3.12")
needs_defaults = pytest.mark.skipif(sys.version_info < (3, 13), reason="PEP 696 is of Python 3.13")

READ = {
    "value": ("type X = int\ndef step(): return X.__value__\n", "= int"),
    "alias of an alias": ("type Y = int\ntype X = list[Y]\ndef step(): return X\n", "= int"),
    "bound": ("def step[T: int](): return T.__bound__\n", "T: int"),
    "bound in a class": (
        "class A[T: int]:\n    def go(self): return T.__bound__\ndef step(): return A().go()\n",
        "T: int",
    ),
}
UNREAD = {
    "value": ("type X = int\ndef step(x: X = 1): return x\n", "= int"),
    "bound": ("def step[T: int](x: T = 1) -> T: return x\n", "T: int"),
}


@pytest.fixture
def digest_of(tmp_path, monkeypatch):
    """Give the fingerprint of the step in a text."""

    def digest(text: str) -> str:
        path = tmp_path / f"study_{len(list(tmp_path.iterdir()))}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, path.stem, module)
        spec.loader.exec_module(module)
        return fingerprint(module.step).digest

    return digest


@pytest.mark.parametrize("name", READ)
def test_a_type_that_is_read_through_a_name_counts(name, digest_of) -> None:
    text, said = READ[name]
    edited = text.replace(said, said.replace("int", "str"))
    assert digest_of(text) == digest_of("# a comment\n" + text) != digest_of(edited)


@needs_defaults
def test_the_default_of_a_type_variable_that_is_read_counts(digest_of) -> None:
    text = "def step[T = int](): return T.__default__\n"
    assert digest_of(text) != digest_of(text.replace("int", "str"))


@pytest.mark.parametrize("name", UNREAD)
def test_a_type_that_only_annotates_does_not_count(name, digest_of) -> None:
    text, said = UNREAD[name]
    assert digest_of(text) == digest_of(text.replace(said, said.replace("int", "str")))


def test_an_alias_that_refers_to_itself_is_told(digest_of) -> None:
    text = "type X = int | list[X]\ndef step(): return X\n"
    assert digest_of(text) == digest_of(text) != digest_of(text.replace("int", "str"))


def test_an_alias_of_what_is_not_there_yet_is_told(digest_of) -> None:
    text = "type X = Absent\ndef step(): return X\n"
    assert digest_of(text) == digest_of(text)
