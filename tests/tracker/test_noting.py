"""Functions of libraries that are looked at keep all that can be seen of them."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from anew.tracker.noting import (
    BEGIN,
    END,
    is_within,
    note_begin,
    note_call,
    note_return,
    note_yield,
)

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

SOURCE = '''
from __future__ import annotations
import functools


def plain(a, b=2):
    """Add."""
    return (
        a
        + b
    )


def nothing(a):
    if a:
        return
    a = 1


def many(n):
    for i in range(n):
        yield i


async def later(a):
    return a


class Base:
    def method(self, x):
        return x


class Child(Base):
    __hidden = 3

    @functools.lru_cache
    def method(self, x):
        def inner():
            return 99
        inner()
        return super().method(x) + self.__hidden


def make(factor):
    def closure(x):
        return x * factor
    return closure


def recursive(n):
    return n and recursive(n - 1)
'''


@pytest.fixture
def module(tmp_path: Path) -> ModuleType:
    path = tmp_path / "library.py"
    path.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("library", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_what_a_function_returns_is_seen_with_its_variables(module: ModuleType) -> None:
    seen = []
    assert note_return(module.plain, lambda frame, value: seen.append((frame.f_locals["a"], value)))
    assert module.plain(1) == 3
    assert seen == [(1, 3)]


def test_a_function_stays_what_it_is(module: ModuleType) -> None:
    function, before = module.plain, inspect.signature(module.plain)
    note_return(function, lambda *_: None)
    assert module.plain is function
    assert inspect.signature(function) == before
    assert (function.__doc__, function.__name__) == ("Add.", "plain")
    assert inspect.getsource(function).startswith("def plain")


def traceback_of(module: ModuleType) -> str:
    with pytest.raises(TypeError) as caught:
        module.plain("a", 2)
    return "".join(traceback.format_tb(caught.tb)[1:])


def test_a_traceback_is_the_same(module: ModuleType) -> None:
    before = traceback_of(module)
    note_call(module.plain, lambda *_: None)
    assert traceback_of(module) == before


def test_what_looks_may_fail(module: ModuleType) -> None:
    note_return(module.plain, lambda *_: 1 / 0)
    assert module.plain(1) == 3


def test_a_method_with_super_and_hidden_names_is_seen(module: ModuleType) -> None:
    seen = []
    assert note_return(module.Child.method, lambda _, value: seen.append(value))
    assert module.Child().method(1) == 4
    assert seen == [4]


def test_a_closure_is_seen(module: ModuleType) -> None:
    seen, closure = [], module.make(3)
    assert note_return(closure, lambda _, value: seen.append(value))
    assert closure(2) == 6
    assert seen == [6]


def test_a_coroutine_is_seen(module: ModuleType) -> None:
    seen = []
    assert note_return(module.later, lambda _, value: seen.append(value))
    assert asyncio.run(module.later(5)) == 5
    assert seen == [5]


def test_what_a_generator_yields_is_seen_to_its_end(module: ModuleType) -> None:
    seen = []
    assert note_yield(module.many, lambda _, value: seen.append(value))
    assert list(module.many(2)) == [0, 1]
    assert seen == [0, 1, END]


def test_begin_and_end_are_seen(module: ModuleType) -> None:
    seen = []
    assert note_call(module.nothing, lambda _, value: seen.append(value))
    module.nothing(0)
    module.nothing(1)
    assert seen == [BEGIN, END, BEGIN, None]


def test_a_call_within_is_told_from_the_outermost(module: ModuleType) -> None:
    seen = []
    note_begin(module.recursive, lambda frame, _: seen.append(is_within(frame, module.recursive)))
    module.recursive(2)
    assert seen == [False, True, True]


@pytest.mark.parametrize("function", [len, sys.exit, print], ids=["len", "exit", "print"])
def test_what_is_not_written_in_python_is_left(function: object) -> None:
    assert not note_return(function, lambda *_: None)


def test_without_its_source_a_function_is_left(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "library.py").unlink()
    assert not note_return(module.plain, lambda *_: None)
    assert module.plain(1) == 3
