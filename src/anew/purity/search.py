"""Finding in a function, and in the project's code that it reaches, what is not pure.

Only what can be reached now is looked at: a function that is defined later is not there yet, and
the methods of a class count when some reached code asks for an attribute of their name.
"""

from __future__ import annotations

import os
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass
from functools import partial
from itertools import islice
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.purity.known import NOW, STATEFUL, UNKNOWN, Rule, known_now
from anew.purity.origin import is_of_project, name_place
from anew.purity.reading import Body, Call, Use

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Impurity", "find_impure"]

_PLAIN: Final = frozenset({int, float, complex, str, bytes, bool, type(None), ModuleType, object})
_LISTS: Final = frozenset({list, tuple, set, frozenset, deque})
_TABLES: Final = frozenset({dict, defaultdict, OrderedDict, MappingProxyType})
_LOOKED_INTO: Final = 100
_WRAPPED: Final = ("__wrapped__", "func", "pyfunc", "py_func", "dispatcher")
_WRITTEN: Final = "__create_fn__."  # by dataclass; only what it writes as __init__ calls factories
_RESETS: Final = frozenset({"seed", "setstate", "set_state", "manual_seed"})
_FILLED_IN: Final = frozenset({"seed", "random_state", "rng"})
_IS_NOW: Final = ("now", "today")


@dataclass(frozen=True)
class Impurity:
    """Something for which a function may not give the same for the same.

    Parameters
    ----------
    what
        The thing, as ``datetime.datetime.now()``.
    where
        Where it is used, as ``fit() in models.py:12``.
    why
        What is wrong with it, as ``reads the clock``.
    instead
        What one does about it.
    """

    what: str
    where: str
    why: str
    instead: str


def find_impure(function: object) -> list[Impurity]:
    """Find what a function uses that may differ though its arguments do not.

    Parameters
    ----------
    function
        A function, or anything else that can be called; nothing is found in compiled ones.

    Returns
    -------
    list of Impurity
        In the order of the code, the function's own first: clocks, chance without a seed, what is
        the process's own, questions to the user. Generators that libraries share are not among
        them, as anew seeds those for each step.

    Notes
    -----
    Nothing is run, imported or read from disk. Takes 0.1 to 0.2 ms for a function of 20 lines.
    """
    search = _Search()
    search.start(function)
    return list(search.found)


@dataclass(frozen=True)
class _Text:
    """Code to be read: with the name of its function, and the generators that it sets anew."""

    body: Body
    title: str
    reset: set[int]

    def place(self, use: Use) -> str:
        """Say where something is used."""
        return name_place(self.title, self.body, use.at)


class _Search:
    """One search: what is still to be read, and what was found."""

    def __init__(self) -> None:
        self.found: dict[Impurity, None] = {}
        self._known = known_now()
        self._unread: deque[_Text] = deque()
        self._seen: dict[object, object] = {}  # with what it was, so that no id is given twice
        self._asked: set[str] = set()
        self._methods: dict[str, list[tuple[object, type]]] = {}

    def start(self, function: Any) -> None:
        """Search a function whose arguments are given by the caller."""
        owner: object = UNKNOWN
        while type(function) is MethodType:
            owner, function = function.__self__, function.__func__
        if type(function) is FunctionType:
            self._open(function, _FILLED_IN, owner)
        else:
            self._follow(function)
        while self._unread:
            self._read(self._unread.popleft())

    def _read(self, text: _Text) -> None:
        """Read one code object, and note those that are nested in it."""
        body, code = text.body, text.body.code
        for use in body.uses():
            try:
                self._meet(use, text)
            except Exception:  # noqa: BLE001, S112 - strangers' objects may do anything
                continue
        new = set(code.co_names) - self._asked
        self._asked |= new
        for name in new & self._methods.keys():
            for method, owner in self._methods.pop(name):
                self._follow(method, owner=owner)
        for inner in code.co_consts:
            if isinstance(inner, CodeType):
                bound = {n: body.bound[n] for n in inner.co_freevars if n in body.bound}
                title = text.title if inner.co_name.startswith("<") else inner.co_name
                nested = Body(inner, body.names, bound, self._known)
                self._unread.append(_Text(nested, title, text.reset))

    def _meet(self, use: Use, text: _Text) -> None:
        """Look at one thing where it is used."""
        value = use.value
        rule = self._known.find_rule(value)
        if rule is not None:
            if _applies(rule, use, text.body):
                self._note(_write(rule), (rule.why, rule.instead), text.place(use))
        elif type(value) in _PLAIN:
            return
        elif self._known.is_generator(value):
            if use.next_name in _RESETS:
                text.reset.add(id(value))
            elif id(value) not in text.reset:
                self._note(f"the generator {use.path}", STATEFUL, text.place(use))
        elif use.is_called and type(value) is FunctionType:
            self._follow(value, text.body.find_call(use))
        elif id(value) not in self._seen:
            self._follow(value)
            self._meet_parts(use, text)

    def _meet_parts(self, use: Use, text: _Text) -> None:
        """Look at what is in a table of functions where the table is used."""
        for part in _parts(use.value):
            self._meet(use._replace(value=part, is_called=False, next_name=""), text)

    def _meet_factory(self, factory: object, owner: type) -> None:
        """Look at what makes a value for each object of a class, called by compiled code."""
        rule = self._known.find_rule(factory)
        if rule is not None and rule.most in {None, 0}:
            place = f"{owner.__qualname__} in {owner.__module__}"
            self._note(_write(rule), (rule.why, rule.instead), place)
        self._follow(factory)

    def _note(self, what: str, reason: tuple[str, str], where: str) -> None:
        self.found[Impurity(what, where, *reason)] = None

    def _follow(self, value: Any, call: Call | None = None, owner: object = UNKNOWN) -> None:
        """Go on to the code that belongs to a thing, when it is the project's."""
        kind = type(value)
        if kind is FunctionType:
            self._follow_function(value, call, owner)
        elif kind is MethodType:
            self._follow(value.__func__, owner=value.__self__)
        elif id(value) in self._seen or kind in _PLAIN:
            return
        elif issubclass(kind, type):
            self._follow_class(value)
        elif issubclass(kind, staticmethod | classmethod):
            self._follow(value.__func__, owner=UNKNOWN if kind is staticmethod else owner)
        else:
            self._seen[id(value)] = value
            self._follow_class(kind)
            for part in _wrapped(value):
                self._follow(part, owner=owner)

    def _follow_function(self, function: FunctionType, call: Call | None, owner: object) -> None:
        if is_of_project(function):
            self._open(function, _given(function, call, owner), owner)
        elif id(function) not in self._seen:
            self._seen[id(function)] = function
            for part in (*_wrapped(function), *_cells(function).values()):
                if type(part) is FunctionType:
                    self._follow(part)

    def _follow_class(self, owner: type) -> None:
        """Look at what Python itself calls of a class, and keep the rest until it is asked for."""
        if id(owner) in self._seen or not is_of_project(owner):
            return
        self._seen[id(owner)] = owner
        for field in vars(owner).get("__pydantic_fields__", {}).values():
            self._meet_factory(field.default_factory, owner)
        for kind in filter(is_of_project, owner.__mro__):
            for name, value in vars(kind).items():
                if type(value) in _PLAIN:
                    continue
                if name in self._asked or (name.startswith("__") and callable(value)):
                    self._follow(value, owner=owner)
                else:
                    self._methods.setdefault(name, []).append((value, owner))

    def _open(self, function: FunctionType, given: Collection[str], owner: object) -> None:
        """Put a function among those to be read; one with defaults again if others are in force."""
        code = function.__code__
        if code.co_qualname.startswith(_WRITTEN) and code.co_name != "__init__":
            return
        bound = {n: v for n, v in _defaults(function).items() if n not in given}
        key = id(function), id(owner), *bound
        if key in self._seen:
            return
        self._seen[key] = function
        bound |= _cells(function)
        if owner is not UNKNOWN and code.co_argcount:
            bound[code.co_varnames[0]] = owner
        body = Body(code, function.__globals__, bound, self._known)
        self._unread.append(_Text(body, _title(function), set()))
        for part in _wrapped(function):
            self._follow(part, owner=owner)


def _applies(rule: Rule, use: Use, body: Body) -> bool:
    """Tell whether a thing is impure in the way in which it is used."""
    if rule.names:
        return use.next_name in rule.names
    if rule.dotted == "builtins.hash":
        is_steady = os.environ.get("PYTHONHASHSEED", "random") not in {"", "random"}
        return not is_steady and body.code.co_name != "__hash__"
    if rule.most is None:
        return True
    call = body.find_call(use) if use.is_called else None
    if call is None:
        return False
    if rule.most == NOW:
        return isinstance(call.first, str) and call.first in _IS_NOW
    return call.number <= rule.most or (call.number == 1 and call.first is None)


def _write(rule: Rule) -> str:
    """Write a thing as in a program."""
    name = rule.dotted.removeprefix("builtins.")
    if rule.most == NOW:
        return f"{name}('now')"
    return name if rule.dotted in {"sys.stdin", "os.environ"} else f"{name}()"


def _title(function: FunctionType) -> str:
    """Name a function without what it was defined in."""
    names = [n for n in function.__qualname__.split(".<locals>.") if not n.startswith("<")]
    return names[-1] if names else function.__name__


def _defaults(function: FunctionType) -> dict[str, object]:
    """Give the arguments that have defaults worth following."""
    code, values = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[code.co_argcount - len(values) : code.co_argcount]
    pairs = (*zip(names, values, strict=True), *(function.__kwdefaults__ or {}).items())
    return {name: value for name, value in pairs if type(value) not in _PLAIN}


def _given(function: FunctionType, call: Call | None, owner: object) -> frozenset[str]:
    """Give the names of the arguments that a call is seen to give."""
    if call is None:
        return frozenset()
    count = call.number - len(call.names) + (owner is not UNKNOWN)
    code = function.__code__
    return frozenset((*code.co_varnames[: min(count, code.co_argcount)], *call.names))


def _cells(function: FunctionType) -> dict[str, object]:
    """Give what a function closes over, as far as it is there."""
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    return found


def _wrapped(value: Any) -> Iterator[object]:
    """Give what a decorator or a class like one was put around."""
    kind = type(value)
    if issubclass(kind, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif issubclass(kind, property):
        yield from (value.fget, value.fset)
    try:
        names = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return
    if names:
        yield from (names[name] for name in _WRAPPED if name in names)
        yield from _parts(names.get("registry"))  # of singledispatch


def _parts(value: Any) -> list[Any]:
    """Give what is in a small container."""
    if type(value) in _TABLES:
        value = value.values()
    elif type(value) not in _LISTS:
        return []
    return list(islice(value, _LOOKED_INTO))
