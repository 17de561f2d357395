"""Whether all that a fingerprint was made of is as it was, at a glance.

That may be a thousand bindings. The interpreter compares those of a module as it looks names up
itself, through its inline caches; and it tells when a function is given other code or other
defaults, so that those are looked at only then.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys
from functools import lru_cache
from operator import attrgetter, is_, itemgetter
from types import CellType, CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from anew.code.targets import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Glance"]

_Check = tuple["Callable[[Any], Any]", Any, tuple[Any, ...]]

_TOLD: Final = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
_EVENTS: Final = frozenset({"object.__setattr__", "object.__delattr__"})
_BUILTINS: Final = vars(builtins)
_TOGETHER: Final = 64

_changes: Final = [0]
"""How many times a function was given other code or other defaults."""


class Glance:
    """Looks at bindings.

    Parameters
    ----------
    bindings
        What was read: the place, the name in it (an attribute's after a dot), and the value. The
        name is None for all values of a dictionary, in its order.
    """

    def __init__(self, bindings: Iterable[tuple[Any, Any, Any]]) -> None:
        self._changes = -1
        self._told: list[_Check] = []
        self._others: list[_Check] = []
        self._looks: list[Callable[[], bool]] = []
        self._variables: dict[str, str | None] = {}
        self._blocks: list[tuple[list[Any], int, Callable[..., bool]]] = []
        self._contents: dict[int, tuple[Any, tuple[Any, ...]]] = {}
        absent: dict[int, tuple[Any, set[str]]] = {}
        named: dict[tuple[int, bool], tuple[Any, dict[str, Any]]] = {}
        for place, key, value in bindings:
            if place is os.environ:
                self._variables[key] = value
            elif key is None or (type(place) is CellType and value is not MISSING):
                self._contents[id(place)] = place, value if key is None else (value,)
            elif value is MISSING and not key.startswith("."):
                absent.setdefault(id(place), (place, set()))[1].add(key)
            else:
                is_attribute = key.startswith(".")
                names = named.setdefault((id(place), is_attribute), (place, {}))[1]
                names[key.removeprefix(".")] = value
        for (_, is_attribute), (place, names) in named.items():
            if type(place) is not dict or not self._look_at(place, names, absent):
                self._enter(place, names, is_attribute=is_attribute)
        self._sort_absent(absent)
        self._sort_contents()

    def _look_at(self, place: Any, names: dict[str, Any], absent: dict[int, Any]) -> bool:
        """Let the interpreter look at the globals of a module, and at builtins below them."""
        missing = absent[id(place)][1] if id(place) in absent and place is not _BUILTINS else set()
        inherited = missing & _BUILTINS.keys()
        bound = names | {name: _BUILTINS[name] for name in inherited}
        asked, found = tuple(bound), tuple(bound.values())
        looks: list[FunctionType] = []
        for start in range(0, len(asked), _TOGETHER):
            some = asked[start : start + _TOGETHER]
            code = _compile(len(some), is_asked=False).replace(co_names=some)
            looks.append(FunctionType(code, place, "look", found[start : start + _TOGETHER]))
        if any(getattr(look, "__builtins__", None) is not _BUILTINS for look in looks):
            return False
        self._looks += looks
        missing -= inherited
        return True

    def _enter(self, place: Any, names: dict[str, Any], *, is_attribute: bool) -> None:
        """Enter what is read from one place, to be compared in one go."""
        asked = list(names) * (2 if len(names) == 1 else 1)  # two give a tuple
        get: Any = (attrgetter if is_attribute else itemgetter)(*asked)
        is_told = is_attribute and type(place) is FunctionType and names.keys() <= _TOLD
        found = tuple(names[each] for each in asked)
        (self._told if is_told else self._others).append((get, place, found))

    def _sort_absent(self, absent: dict[int, tuple[Any, set[str]]]) -> None:
        """Keep apart what is empty, as the attributes of most functions are."""
        pairs = [(place, name) for place, names in absent.values() for name in names]
        self._bare = [(place, name) for place, name in pairs if type(place) is dict and not place]
        self._empty = [place for place, _ in self._bare]
        self._absent = [(place, name) for place, name in pairs if type(place) is not dict or place]

    def _sort_contents(self) -> None:
        """Put together what can be looked into together, a few places at a time."""
        self._apart = [each for each in self._contents.values() if not _is_open(*each)]
        places: list[Any] = []
        found: list[Any] = []
        for place, values in filter(lambda each: _is_open(*each), self._contents.values()):
            if len(found) + len(values) > _TOGETHER:
                self._blocks.append(_block(places, found))
                places, found = [], []
            places.append(place)
            found += values
        if places:
            self._blocks.append(_block(places, found))
        self._is_plain = not (self._blocks or self._apart or self._variables)

    def holds(self) -> bool:
        """Tell whether every binding is what it was.

        Returns
        -------
        bool
            False when one is not, or cannot be read.
        """
        changes = _changes[0]
        try:
            for look in self._looks:
                if not look():
                    return False
            checks = self._others if changes == self._changes else self._others + self._told
            for get, place, values in checks:
                if not all(map(is_, get(place), values)):
                    return False
        except (KeyError, AttributeError, ValueError, NameError):
            return False
        self._changes = changes if _is_told() else -1
        for place, name in self._absent + self._bare if any(self._empty) else self._absent:
            if name in place:
                return False
        return self._is_plain or self._contain_the_same()

    def _contain_the_same(self) -> bool:
        # What gc calls referents are for cells and dictionaries the values, and nothing else.
        for places, count, look in self._blocks:
            now = gc.get_referents(*places)
            if len(now) != count or not look(*now):
                return False
        for place, values in self._apart:
            found = tuple(place.values())
            if len(found) != len(values) or not all(map(is_, found, values)):
                return False
        return all(os.environ.get(name) == value for name, value in self._variables.items())


def _is_open(place: Any, values: tuple[Any, ...]) -> bool:
    """Tell whether gc gives what a place contains."""
    if len(values) > _TOGETHER:
        return False
    if type(place) is dict:  # of one with other keys it gives those, too
        return all(type(key) is str for key in place)
    return type(place) is CellType


def _block(places: list[Any], values: list[Any]) -> tuple[list[Any], int, Callable[..., bool]]:
    """Make what compares the contents of some places with these values."""
    code = _compile(len(values), is_asked=True)
    return places, len(values), FunctionType(code, {}, "look", tuple(values))


@lru_cache(maxsize=2 * _TOGETHER)
def _compile(count: int, *, is_asked: bool) -> CodeType:
    """Compile a comparison of so many arguments, or of global names that are put in later."""
    values = [f"value{i}" for i in range(count)]
    names = [f"name{i}" for i in range(count)]
    checks = " and ".join(map("{} is {}".format, names, values)) or "True"
    text = f"lambda {', '.join(names * is_asked + values)}: {checks}"
    code: CodeType = compile(text, "<anew>", "eval").co_consts[0]
    return code


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """Count what is set on functions (PEP 578)."""
    if event in _EVENTS and args and type(args[0]) is FunctionType:
        _changes[0] += 1


@lru_cache(maxsize=1)
def _is_told() -> bool:
    """Tell whether changes of functions are counted, for which a hook is installed once."""
    sys.addaudithook(_hook)  # which another hook may forbid
    before = _changes[0]

    def probe() -> None:
        """Be changed."""

    probe.__defaults__ = ()
    return _changes[0] != before
