"""What does not give the same for the same: clocks, chance without a seed, the process.

Things are known by the live objects that their dotted names lead to, so no alias hides them. Only
modules that somebody has loaded are looked at; none is imported.
"""

from __future__ import annotations

import random
import sys
from functools import lru_cache
from inspect import getattr_static
from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any, Final, NamedTuple

__all__ = ["ITERATION", "NOW", "STATEFUL", "UNKNOWN", "Known", "Named", "Rule", "known_now", "load"]

UNKNOWN: Final = object()
"""What a name leads to when that is not to be seen from outside."""

ITERATION: Final = "__iter__"
"""The name under which a loop over something is an attribute of it."""

ANY: Final = 99
NOW: Final = -1


class Named(NamedTuple):
    """Something that is known by its dotted name alone: its module is not loaded, or it is bound.

    Parameters
    ----------
    dotted
        The name.
    """

    dotted: str


class Rule(NamedTuple):
    """When a thing is impure, and what one does about it.

    Parameters
    ----------
    dotted
        The thing's name.
    why
        What is wrong with it, as in "it *reads the clock*".
    instead
        The way out.
    most
        With how many arguments at most a call is impure; -1 for one with the text "now" or
        "today"; None when a mention is enough.
    names
        The attributes of it that are impure; all when empty.
    """

    dotted: str
    why: str
    instead: str
    most: int | None = None
    names: tuple[str, ...] = ()


_BY_ARGUMENT: Final = "draw from an argument named rng or seed"
_CLOCK: Final = ("reads the clock", "hand the time over as an argument")
_CHANCE: Final = ("gives something else each time", _BY_ARGUMENT)
_UNSEEDED: Final = ("starts somewhere else each time", "give it a seed, or an argument named rng")
_PROCESS: Final = ("differs between processes", "leave it out of what is returned")
_ASKING: Final = ("depends on who answers", "hand the answer over as an argument")
_WHOLE: Final = ("reads every variable of the environment", "read those that matter by their names")

STATEFUL: Final = ("gives something else after each draw", _BY_ARGUMENT)

_TABLE: Final[tuple[tuple[tuple[str, str], int | None, str], ...]] = (
    (_CLOCK, None, "time.time time.time_ns datetime.datetime.now datetime.datetime.utcnow"),
    (_CLOCK, None, "datetime.datetime.today datetime.date.today pandas.Timestamp.now"),
    (_CLOCK, None, "pandas.Timestamp.utcnow pandas.Timestamp.today"),
    (_CLOCK, 0, "time.localtime time.gmtime time.ctime time.asctime"),
    (_CLOCK, 1, "time.strftime"),
    (_CLOCK, NOW, "numpy.datetime64 pandas.Timestamp pandas.to_datetime"),
    (_CHANCE, None, "uuid.uuid1 uuid.uuid4 uuid.uuid6 uuid.uuid7 uuid.uuid8"),
    (_CHANCE, None, "os.urandom os.getrandom secrets.token_bytes secrets.token_hex"),
    (_CHANCE, None, "secrets.token_urlsafe secrets.choice secrets.randbelow secrets.randbits"),
    (_CHANCE, ANY, "random.SystemRandom"),
    (_UNSEEDED, 0, "random.Random random.seed numpy.random.default_rng numpy.random.RandomState"),
    (_UNSEEDED, 0, "numpy.random.SeedSequence numpy.random.seed numpy.random.PCG64"),
    (_UNSEEDED, 0, "numpy.random.PCG64DXSM numpy.random.MT19937 numpy.random.Philox"),
    (_UNSEEDED, 0, "numpy.random.SFC64"),
    (_UNSEEDED, ANY, "torch.seed torch.random.seed"),
    (_PROCESS, None, "os.getpid os.getppid"),
    (_ASKING, None, "builtins.input sys.stdin"),
)

_RULES: Final[dict[str, Rule]] = {
    name: Rule(name, *kind, most) for kind, most, names in _TABLE for name in names.split()
} | {
    "os.environ": Rule("os.environ", *_WHOLE, names=("items", "keys", "values", ITERATION)),
    "builtins.hash": Rule("builtins.hash", "of a text differs between processes", _PROCESS[1]),
}

_MODULES: Final = sorted({name.partition(".")[0] for name in _RULES} | {"numpy.random"})
_REPLACED: Final = frozenset({"sys.stdin"})
"""What programs replace now and then: known by its place alone."""

_BOUND: Final = (BuiltinMethodType, MethodType)
_GENERATORS: Final = (
    ("random", "Random"),
    ("numpy.random", "Generator"),
    ("numpy.random", "RandomState"),
    ("numpy.random", "BitGenerator"),
    ("torch", "Generator"),
)


def _contents(module: ModuleType) -> dict[str, Any]:
    """Give a module's names without waking one that loads itself when it is asked."""
    return object.__getattribute__(module, "__dict__")  # type: ignore[no-any-return]


def _owner(value: Any) -> Any:
    """Give what a method is bound to, and anything else as it is."""
    return value.__self__ if type(value) in _BOUND else value


def _lineage(owner: type) -> tuple[type, ...]:
    return type.__getattribute__(owner, "__mro__")  # type: ignore[no-any-return]


def load(name: str) -> object:
    """Find a module among those that are loaded.

    Parameters
    ----------
    name
        Its dotted name.

    Returns
    -------
    module or Named
        The name alone when it is not loaded.
    """
    module = sys.modules.get(name)
    return Named(name) if module is None else module


def _find_in(owner: str, name: str) -> object:
    """Find something by its name in a module that is loaded, else nothing."""
    home = sys.modules.get(owner)
    return _contents(home).get(name) if isinstance(home, ModuleType) else None


def _size(name: str) -> int:
    home = sys.modules.get(name)
    return len(_contents(home)) if isinstance(home, ModuleType) else 0


class Known:
    """What is impure of all that is loaded now; see `known_now`."""

    def __init__(self) -> None:
        self._things: dict[int, tuple[object, Rule]] = {}  # an id is of one object while it lives
        self._members: dict[tuple[type, str], Rule] = {}
        for dotted, rule in _RULES.items():
            owner, _, name = dotted.rpartition(".")
            kind = _find_in(*owner.rpartition(".")[::2])
            thing = _find_in(owner, name)
            if isinstance(kind, type):
                self._members[kind, name] = rule
            elif thing is not None and dotted not in _REPLACED:
                self._things[id(thing)] = thing, rule
        kinds = [_find_in(*names) for names in _GENERATORS]
        self._generators = tuple(kind for kind in kinds if isinstance(kind, type))
        draws = random.random, _find_in("numpy.random", "random_sample")
        self._seeded = [getattr(draw, "__self__", None) for draw in draws]

    def find_rule(self, value: Any) -> Rule | None:
        """Find the rule that a thing falls under.

        Parameters
        ----------
        value
            A live object, or a `Named`.

        Returns
        -------
        Rule or None
            None for what is pure, as far as is known.
        """
        if type(value) is Named:
            return _RULES.get(value.dotted)
        found = self._things.get(id(value))
        if found is not None:
            return found[1]
        owner = _owner(value)
        is_class = issubclass(type(owner), type)
        return self._find_member(owner, value.__name__) if is_class else None

    def _find_member(self, owner: type, name: str) -> Rule | None:
        """Find the rule for an attribute of a class, which the class may have inherited."""
        rules = (self._members.get((kind, name)) for kind in _lineage(owner))
        return next((rule for rule in rules if rule is not None), None)

    def is_generator(self, value: object) -> bool:
        """Tell a random generator, or a method of one, from those that anew seeds for each step.

        Parameters
        ----------
        value
            A live object.
        """
        owner = _owner(value)
        if not issubclass(type(owner), self._generators):
            return False
        return not any(owner is each for each in self._seeded)

    def attribute(self, value: Any, name: str) -> object:
        """Find an attribute without running anybody's code.

        Parameters
        ----------
        value
            What has it.
        name
            The attribute's name.

        Returns
        -------
        object
            The attribute as it is kept, methods as plain functions; `Named` for what is known by
            its name; ``UNKNOWN`` when it cannot be seen.
        """
        if type(value) is Named:
            return Named(f"{value.dotted}.{name}")
        kind = type(value)  # asking for the class of a stranger's object might run its code
        if issubclass(kind, ModuleType):
            names = _contents(value)
            dotted = f"{names.get('__name__')}.{name}"
            is_there = name in names and dotted not in _REPLACED
            return names[name] if is_there else load(dotted)
        if issubclass(kind, type):
            if (rule := self._find_member(value, name)) is not None:
                return Named(rule.dotted)
            kinds = (vars(kind) for kind in _lineage(value))
            found: Any = next((names[name] for names in kinds if name in names), UNKNOWN)
        else:
            found = getattr_static(value, name, UNKNOWN)
        is_wrapped = issubclass(type(found), (staticmethod, classmethod))
        return found.__func__ if is_wrapped else found


def known_now() -> Known:
    """Give what is impure of all that is loaded now."""
    return _look_up(tuple(map(_size, _MODULES)))


@lru_cache(maxsize=4)
def _look_up(_: tuple[int, ...]) -> Known:
    """Look again only when there are more names in one of the modules."""
    return Known()
