"""What each step draws with: its own seed, and the shared generators while nobody else has them."""

from __future__ import annotations

import dis
import hashlib
import inspect
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.notices import warn_once
from anew.seeds import imports
from anew.seeds.generators import is_shared, preserved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

__all__ = ["Drawn", "isolated", "seed_for", "seeded", "with_seed_arguments"]

_SEED_ARGUMENTS: Final = ("seed", "random_state", "rng")
_SEEDS: Final = frozenset(_SEED_ARGUMENTS)


def seed_for(root: int, *path: str) -> int:
    """Derive the seed of a step.

    Parameters
    ----------
    root
        The trial's root seed.
    *path
        What names the step.

    Returns
    -------
    int
        32 bits unsigned, which every generator accepts: BLAKE2b (RFC 7693) of root and path.
    """
    text = "".join(f"{len(part)}:{part}" for part in (str(root), *path))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())


def with_seed_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], seed: int
) -> dict[str, Any]:
    """Fill in the arguments named seed, random_state and rng that the caller left out.

    Returns
    -------
    dict
        The keyword arguments; ``rng`` is a `numpy.random.Generator`, the others are the seed.
    """
    names = _seed_names(function)
    if not names:
        return kwargs
    try:
        given = inspect.signature(function).bind_partial(*args, **kwargs).arguments
    except TypeError:
        return kwargs  # the call itself will say what is wrong with it
    return kwargs | {name: _seed_value(name, seed) for name in names if name not in given}


def _seed_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Name the arguments of a function that take a seed."""
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        if _SEEDS.isdisjoint(code.co_varnames):  # as most often
            return ()
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        return tuple(name for name in _SEED_ARGUMENTS if name in known)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ()
    return tuple(name for name in _SEED_ARGUMENTS if name in signature.parameters)


def _seed_value(name: str, seed: int) -> Any:
    """Give a seed in the form that the argument's name asks for."""
    if name != "rng":
        return seed
    import numpy as np

    return np.random.default_rng(seed)


class _Floor:
    """Who is running: any number of steps that do not draw, or a single one that does."""

    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.running = 0
        self.arrivals = 0

    def enter(self, seed: int) -> tuple[imports.Watch, bool, int]:
        """Run beside others; gives whether nobody else runs now, and the count of arrivals.

        The first one seeds the generators before anybody else can look at them.
        """
        import numpy.random  # noqa: F401 - what is seeded, and no time to load it under the lock

        with self.condition:
            while self.running < 0:
                self.condition.wait()
            watch = imports.begin(None if self.running else seed)
            self.running += 1
            self.arrivals += 1
            return watch, self.running == 1, self.arrivals

    def leave(self) -> None:
        """Run no more."""
        with self.condition:
            self.running -= 1
            if not self.running:
                self.condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Run while no other step does."""
        with self.condition:
            self.condition.wait_for(lambda: self.running == 0)
            self.running = -1
        try:
            yield
        finally:
            with self.condition:
                self.running = 0
                self.condition.notify_all()


_floor = _Floor()
_drawing: dict[CodeType, bool] = {}
"""Whether code draws from a shared generator: its text shows it, or it was seen to."""


@dataclass
class Drawn:
    """Whether a step was seen to draw from a shared generator; told when it has ended.

    ``is_safe`` is False when another may have drawn from it meanwhile, ``is_unsure`` is True when
    it may have been one that drew, or else a module that was imported beside it.
    """

    is_seen: bool = False
    is_safe: bool = True
    is_unsure: bool = False


@contextmanager
def seeded(
    function: Callable[..., Any], seed: int, *, draws: bool = False, nested: bool = False
) -> Iterator[Drawn]:
    """Seed the generators that libraries share for the time in which a step runs.

    Parameters
    ----------
    function
        The step's function.
    seed
        The step's seed.
    draws
        Whether an earlier trial saw it draw from one of them.
    nested
        Whether the step belongs to a trial inside a step, which holds the floor already.

    Yields
    ------
    Drawn
        What is seen of it.
    """
    code = getattr(function, "__code__", None)
    drawn = Drawn()
    if nested:
        with _watched(seed, drawn):
            yield drawn
    elif draws or _is_drawing(function):
        with _floor.alone(), _watched(seed, drawn):
            yield drawn
    else:
        watch, was_alone, arrival = _floor.enter(seed)
        try:
            yield drawn
        finally:
            _note(drawn, watch)
            is_alone = was_alone and _floor.arrivals == arrival
            _floor.leave()
        if drawn.is_seen:
            drawn.is_safe = is_alone
            if code is not None:
                _drawing[code] = True
            if not is_alone:
                _warn_of_sharing(function)


@contextmanager
def isolated(function: Callable[..., Any], seed: int, *, draws: bool) -> Iterator[Drawn]:
    """Let a function that is no step draw from the shared generators without a trace.

    One that is known to draw gets a stream of its own, and what others draw goes on as if it had
    not been called: so it makes no difference whether it was called or its value was known.

    Parameters
    ----------
    function
        The function.
    seed
        The seed of its stream.
    draws
        Whether it was seen to draw before.

    Yields
    ------
    Drawn
        What is seen of it. Not safe when it drew and nobody had known that it would.
    """
    if draws or _is_drawing(function):
        drawn = Drawn()
        with preserved(), _watched(seed, drawn):
            yield drawn
    else:
        drawn = Drawn(is_safe=False)
        with _watched(None, drawn):
            yield drawn


@contextmanager
def _watched(seed: int | None, drawn: Drawn) -> Iterator[None]:
    """Seed the shared generators, and see whether somebody draws from them."""
    watch = imports.begin(seed)
    try:
        yield
    finally:
        _note(drawn, watch)


def _note(drawn: Drawn, watch: imports.Watch) -> None:
    """Tell what was seen."""
    drawn.is_seen = imports.end(watch)
    drawn.is_unsure = watch.is_unsure


def _warn_of_sharing(function: Callable[..., Any]) -> None:
    name = getattr(function, "__name__", "a step")
    warn_once(
        f"{name}() ran beside other steps while one of them drew from a random generator that all "
        "share: this trial may not come out the same. From now on they take turns: run it again, "
        "or give the step an argument named rng or seed, and draw from that",
        about=f"sharing {name}",
    )


def _is_drawing(function: Callable[..., Any]) -> bool:
    """Tell whether a function is known to draw from a shared generator."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    known = _drawing.get(code)
    if known is None:
        known = _drawing[code] = _draws(code, getattr(function, "__globals__", {}), set())
    return known


def _draws(code: CodeType | None, names: dict[str, Any], seen: set[CodeType]) -> bool:
    """Tell whether code calls a generator of `random` or `numpy.random` that all share.

    Follows helpers in the same namespace. What it cannot see is noticed when it runs.
    """
    if code is None or code in seen:
        return False
    seen.add(code)
    reached: Any = None
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        match instruction.opname:
            case "LOAD_GLOBAL" | "LOAD_NAME":
                reached = names.get(name)
            case "LOAD_ATTR" | "LOAD_METHOD" if inspect.ismodule(reached):
                reached = getattr(reached, name, None)
            case "IMPORT_NAME" if name == "random":
                return True
            case operation if operation.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CONST")):
                reached = None
            case _:
                continue
        if is_shared(reached):
            return True
        helper = getattr(reached, "__code__", None)
        if getattr(reached, "__globals__", None) is names and _draws(helper, names, seen):
            return True
    nested = [each for each in code.co_consts if inspect.iscode(each)]
    return any(_draws(each, names, seen) for each in nested)
