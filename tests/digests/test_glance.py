"""Fingerprints that are known already: whatever they were made of, a change of it is seen."""

from __future__ import annotations

import builtins
import functools
import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from anew.digests.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import ModuleType

HELPERS = """
SCALE = 2

def leaf(x, y=1, *, z=2):
    return x * SCALE + y + z
"""

MODULE = """
import glance_helpers
from glance_helpers import leaf

LIMIT = 3
NAMES = ("a", "b")

def counted(f):
    def wrapper(*args):
        return f(*args)
    return wrapper

@counted
def middle(x, y=1, *, z=2):
    return leaf(x) + glance_helpers.leaf(x) + len(NAMES)

def step(x):
    return middle(x) + LIMIT + sum([x]) + min(x, 1)
"""


class Liar:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash(3)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A project of two modules, whose step has been asked for more than once."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "glance_helpers.py").write_text(HELPERS)
    (tmp_path / "glance_module.py").write_text(MODULE)
    importlib.invalidate_caches()
    yield importlib.import_module("glance_module")
    for name in ("glance_helpers", "glance_module"):
        del sys.modules[name]


def inner(module: Any) -> Any:
    return module.middle.__closure__[0].cell_contents


def other_code(x, y=1, *, z=2):
    return x - y - z


CHANGES: dict[str, Callable[[Any], object]] = {
    "a global": lambda m: setattr(m, "LIMIT", 4),
    "a global of an equal value": lambda m: setattr(m, "LIMIT", 3.0),
    "a global that calls itself equal": lambda m: setattr(m, "LIMIT", Liar()),
    "a global that is deleted": lambda m: delattr(m, "LIMIT"),
    "a global of a helper": lambda m: setattr(m.glance_helpers, "SCALE", 5),
    "a name that was imported": lambda m: setattr(m, "leaf", other_code),
    "an attribute of a module": lambda m: setattr(m.glance_helpers, "leaf", other_code),
    "a builtin that is shadowed": lambda m: setattr(m, "sum", other_code),
    "a builtin that is shadowed elsewhere": lambda m: setattr(m, "len", other_code),
    "code": lambda m: setattr(m.leaf, "__code__", other_code.__code__),
    "code of what is in a cell": lambda m: setattr(inner(m), "__code__", other_code.__code__),
    "defaults": lambda m: setattr(m.leaf, "__defaults__", (7,)),
    "defaults that go": lambda m: setattr(m.leaf, "__defaults__", None),
    "defaults by name": lambda m: setattr(m.leaf, "__kwdefaults__", {"z": 7}),
    "a default by name": lambda m: m.leaf.__kwdefaults__.update(z=7),
    "a default by name that calls itself equal": lambda m: m.leaf.__kwdefaults__.update(z=Liar()),
    "a default by name that goes": lambda m: m.leaf.__kwdefaults__.clear(),
    "a cell": lambda m: setattr(m.middle.__closure__[0], "cell_contents", other_code),
    "what is wrapped": lambda m: setattr(m.leaf, "__wrapped__", other_code),
    "a decorator at run time": lambda m: functools.update_wrapper(m.leaf, other_code),
}


@pytest.mark.parametrize("hits", [0, 1, 2, 20], ids=["no hit", "one hit", "two hits", "many hits"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(change: Callable[[Any], object], hits: int, module: Any) -> None:
    before = fingerprint(module.step)
    for _ in range(hits):
        assert fingerprint(module.step) is before
    change(module)
    after = fingerprint(module.step)
    assert after.digest != before.digest
    assert fingerprint(module.step).digest == after.digest


def test_a_builtin_that_is_replaced_is_seen(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint(module.step)
    assert fingerprint(module.step) is before
    monkeypatch.setattr(builtins, "min", other_code)
    assert fingerprint(module.step).digest != before.digest
    monkeypatch.undo()
    assert fingerprint(module.step).digest == before.digest


def test_what_is_not_reached_does_not_matter(module: Any) -> None:
    before = fingerprint(module.step)
    for number in range(5):
        module.unused = number
        module.leaf.calls = number
        other_code.__defaults__ = (1,)
        assert fingerprint(module.step) is before


def test_a_change_that_is_taken_back_leaves_no_trace(module: Any) -> None:
    before = fingerprint(module.step).digest
    for value in (4, 3):
        module.LIMIT = value
        assert (fingerprint(module.step).digest == before) == (value == 3)
    code = module.leaf.__code__
    module.leaf.__code__ = other_code.__code__
    assert fingerprint(module.step).digest != before
    module.leaf.__code__ = code
    assert fingerprint(module.step).digest == before


def test_more_names_than_are_looked_at_together(tmp_path: Path, module: Any) -> None:
    names = [f"N{i}" for i in range(200)]
    lines = [f"{name} = {i}" for i, name in enumerate(names)]
    text = "\n".join([*lines, f"def step():\n    return [{', '.join(names)}]\n"])
    (tmp_path / "glance_helpers.py").write_text(text)
    many = importlib.reload(module.glance_helpers)
    before = fingerprint(many.step)
    for name in ("N0", "N63", "N64", "N199"):
        assert fingerprint(many.step) is before
        value = getattr(many, name)
        setattr(many, name, -1)
        assert fingerprint(many.step).digest != before.digest
        setattr(many, name, value)
        before = fingerprint(many.step)
