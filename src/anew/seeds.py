"""Randomness that can be made again: one root seed per trial, one stream per step.

A step's seed depends on the root seed and on the step alone, so that neither the order in which
steps run nor how many run at once matters. The generators that libraries share in a process are
seeded for each step too; a step that draws from one runs while no other does.
"""

from __future__ import annotations

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

__all__ = ["Drawn", "draw_seed", "seed_for", "seeded", "with_seed_arguments"]

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
    try:
        signature = inspect.signature(function)
        given = signature.bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):
        return kwargs  # the call itself will say what is wrong with it
    left_out = [n for n in _SEED_ARGUMENTS if n in signature.parameters and n not in given]
    return kwargs | {name: _seed_value(name, seed) for name in left_out}


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
_drawing: set[CodeType] = set()
"""Code that was seen to draw from a shared generator though its text does not show it."""


@dataclass
class Drawn:
    """Whether a step was seen to draw from a shared generator; told when it has ended."""

    is_seen: bool = False


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
    names = getattr(function, "__globals__", {})
    drawn = Drawn()
    if nested:
        with _watched(seed, drawn):
            yield drawn
    elif draws or code in _drawing or _draws(code, names, set()):
        with _floor.alone(), _watched(seed, drawn):
            yield drawn
    else:
        with _floor.shared() as (was_alone, arrival):
            with _watched(seed if was_alone else None, drawn):
                yield drawn
            if drawn.is_seen and code is not None:
                _drawing.add(code)
                if not was_alone or _floor.arrivals != arrival:
                    _warn_of_sharing(function)


@contextmanager
def _watched(seed: int | None, drawn: Drawn) -> Iterator[None]:
    """Seed the shared generators, and see whether somebody draws from them."""
    if seed is not None:
        _seed_all(seed)
    before = _states()
    yield
    drawn.is_seen = _states() != before


def _warn_of_sharing(function: Callable[..., Any]) -> None:
    name = getattr(function, "__name__", "a step")
    warn_once(
        f"{name}() ran beside other steps while one of them drew from a random generator that all "
        "share: this trial may not come out the same. From now on they take turns: run it again, "
        "or give the step an argument named rng or seed, and draw from that",
        about=f"sharing {name}",
    )


def _seed_all(seed: int) -> None:
    """Seed every generator that is shared in this process."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the legacy generator is what there is to seed
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.random.set_seed(seed)


def _states() -> tuple[Any, ...]:
    """Give the states of the shared generators, to see whether somebody drew."""
    import numpy as np

    legacy = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 - to watch it
    torch = sys.modules.get("torch")
    torch_state = torch.get_rng_state().numpy().tobytes() if torch else b""
    return random.getstate(), legacy["pos"], legacy["key"].tobytes(), torch_state


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
