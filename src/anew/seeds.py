"""Randomness that can be made again: one root seed per trial, one stream per step.

A step's seed depends on the root seed and on the step alone, so that neither the order in which
steps run nor how many run at once matters. The generators that libraries share in a process are
seeded for each step too; a step that draws from one runs while no other does.
"""

from __future__ import annotations

import ctypes
import dis
import hashlib
import inspect
import random
import secrets
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.notices import warn_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

__all__ = ["Drawn", "draw_seed", "isolated", "seed_for", "seeded", "with_seed_arguments"]

_UNUSED: Final = 624
"""The position of a Mersenne twister that nobody has drawn from since it was seeded."""

_FIRST_WORD: Final = 0x80000000
"""With which the state begins that numpy's import gives it; its position is one less."""

_TWISTER_BYTES: Final = 2500
"""The raw state of a Mersenne twister: 624 words of 32 bits, and the position."""

_SEED_ARGUMENTS: Final = ("seed", "random_state", "rng")


def draw_seed() -> int:
    """Draw a root seed: 32 bits, short enough to be typed."""
    return secrets.randbits(32)


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

    @contextmanager
    def shared(self) -> Iterator[tuple[bool, int]]:
        """Run beside others; gives whether nobody else runs now, and the count of arrivals."""
        with self.condition:
            self.condition.wait_for(lambda: self.running >= 0)
            self.running += 1
            self.arrivals += 1
            entry = (self.running == 1, self.arrivals)
        try:
            yield entry
        finally:
            with self.condition:
                self.running -= 1
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
_looked_at: dict[CodeType, bool] = {}
_drawing: set[CodeType] = set()
"""Code that was seen to draw from a shared generator though its text does not show it."""


@dataclass
class Drawn:
    """Whether a step was seen to draw from a shared generator; told when it has ended.

    ``is_safe`` is False when another may have drawn from it meanwhile.
    """

    is_seen: bool = False
    is_safe: bool = True


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
        with _floor.shared() as (was_alone, arrival):
            with _watched(seed if was_alone else None, drawn):
                yield drawn
            if drawn.is_seen and code is not None:
                _drawing.add(code)
                drawn.is_safe = was_alone and _floor.arrivals == arrival
                if not drawn.is_safe:
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
        with _preserved(), _watched(seed, drawn):
            yield drawn
    else:
        drawn = Drawn(is_safe=False)
        with _watched(None, drawn):
            yield drawn


@contextmanager
def _watched(seed: int | None, drawn: Drawn) -> Iterator[None]:
    """Seed the shared generators, and see whether somebody draws from them."""
    if seed is not None:
        seed_globally(seed)
    before = _marks()
    yield
    drawn.is_seen = _has_moved(before, _marks())


def _warn_of_sharing(function: Callable[..., Any]) -> None:
    name = getattr(function, "__name__", "a step")
    warn_once(
        f"{name}() ran beside other steps while one of them drew from a random generator that all "
        "share: this trial may not come out the same. From now on they take turns: run it again, "
        "or give the step an argument named rng or seed, and draw from that",
        about=f"sharing {name}",
    )


def seed_globally(seed: int) -> None:
    """Seed every generator that is shared in this process: random, numpy, torch, tensorflow.

    Parameters
    ----------
    seed
        32 bits unsigned.
    """
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the legacy generator is what there is to seed
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)


def _marks() -> tuple[Any, ...]:
    """Give marks of the shared generators that change whenever somebody draws."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    torch_state = torch.get_rng_state().numpy().tobytes() if torch else None
    return random.getstate(), _mark_numpy(numpy) if numpy else None, torch_state


def _mark_numpy(numpy: Any) -> bytes:
    """Give the raw state of numpy's shared generator; to ask for it in words takes far longer."""
    bits = numpy.random.get_bit_generator()
    if type(bits).__name__ == "MT19937":
        return ctypes.string_at(bits.ctypes.state_address, _TWISTER_BYTES)
    return repr(numpy.random.get_state(legacy=False)).encode()  # somebody has put another one there


def _has_moved(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Tell whether somebody drew; a generator that was not there before is known when unused."""
    numpy_before, numpy_after = before[1], after[1]
    if numpy_before is None and numpy_after is not None:
        has_drawn = not _is_unused(numpy_after)
    else:
        has_drawn = numpy_before != numpy_after
    has_torch_moved = before[2] is not None and before[2] != after[2]
    return has_drawn or before[0] != after[0] or has_torch_moved


def _is_unused(raw: bytes) -> bool:
    """Tell whether nobody has drawn from numpy's generator, seeded by a number or by its import."""
    position = int.from_bytes(raw[-4:], sys.byteorder)
    first = int.from_bytes(raw[:4], sys.byteorder)
    return position == _UNUSED or (position == _UNUSED - 1 and first == _FIRST_WORD)


@contextmanager
def _preserved() -> Iterator[None]:
    """Put the shared generators back into the states in which they were."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    plain = random.getstate()
    legacy = numpy.random.get_state() if numpy else None
    torch_state = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(plain)
        if numpy:
            numpy.random.set_state(legacy)
        if torch:
            torch.set_rng_state(torch_state)


def _is_drawing(function: Callable[..., Any]) -> bool:
    """Tell whether a function is known to draw from a shared generator."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    if code not in _looked_at:
        _looked_at[code] = _draws(code, getattr(function, "__globals__", {}), set())
    return _looked_at[code] or code in _drawing


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
        if _is_shared(reached):
            return True
        helper = getattr(reached, "__code__", None)
        if getattr(reached, "__globals__", None) is names and _draws(helper, names, seen):
            return True
    nested = [each for each in code.co_consts if inspect.iscode(each)]
    return any(_draws(each, names, seen) for each in nested)


def _is_shared(value: object) -> bool:
    """Tell whether a value is a method of a shared generator."""
    owner = getattr(value, "__self__", None)
    shared: list[object] = [random._inst]  # noqa: SLF001 - there is no public name for it
    if "numpy" in sys.modules:
        import numpy as np

        shared.append(np.random.mtrand._rand)  # noqa: SLF001 - nor for this one
    return owner is not None and any(owner is each for each in shared)
