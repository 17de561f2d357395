"""The generators of random numbers that all code of a process shares: seeding them, watching them.

Both happen for each step, however small, so both go to where the numbers are made: the functions
that everybody calls take many times longer, the more so while a trial listens to who seeds.
"""

from __future__ import annotations

import ctypes
import random
import struct
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "Marks",
    "has_moved",
    "hold",
    "is_one_number",
    "is_shared",
    "loaded",
    "look_at_all",
    "preserved",
    "seed_globally",
    "seed_torch",
]

_WORDS: Final = 624
"""The length of a Mersenne twister, and its position as long as nobody has drawn from it."""

_FIRST_WORD: Final = 0x80000000
"""With which the state begins that numpy's import gives it; its position is one less."""

_TWISTER_BYTES: Final = 2500
"""The raw state of a Mersenne twister: the words of 32 bits, and the position."""

_Raw: Final = ctypes.c_char * _TWISTER_BYTES
_plain: Final[Any] = random._inst  # noqa: SLF001 - it has no public name


class Marks(NamedTuple):
    """What changes whenever somebody draws; None for a generator that is not there."""

    plain: Any
    numpy: bytes | None
    torch: bytes | None


class _Left(NamedTuple):
    """How the generators were left when they were last seeded here, and by which functions."""

    marks: Marks
    functions: tuple[Any, Any]


_left: _Left | None = None


def seed_globally(seed: int) -> Marks:
    """Seed every generator that is shared in this process: random, numpy, torch, tensorflow.

    Parameters
    ----------
    seed
        32 bits unsigned.

    Returns
    -------
    Marks
        Those of the generators now.

    Notes
    -----
    Whoever listens to the functions that seed is told of the first time, and of each one after
    somebody else has used a generator; in between nothing is new to them.
    """
    global _left  # noqa: PLW0603 - it tells of what the whole process shares
    import numpy as np

    functions = random.Random.seed.__code__, np.random.seed
    now = look_at_all()
    last = _left.marks if _left is not None and _left.functions == functions else None
    if last is not None and last.plain == now.plain:
        super(random.Random, _plain).seed(seed)
        _plain.gauss_next = None
    else:
        random.seed(seed)
    if last is not None and last.numpy == now.numpy and len(last.numpy or b"") == _TWISTER_BYTES:
        np.random.mtrand._rand.seed(seed)  # noqa: SLF001 - what the public function calls
    else:
        np.random.seed(seed)  # noqa: NPY002 - the legacy generator is what there is to seed
    seed_torch(seed)
    if tensorflow := loaded("tensorflow"):
        tensorflow.random.set_seed(seed)
    marks = look_at_all()
    _left = _Left(marks, functions)
    return marks


def seed_torch(seed: int) -> None:
    """Seed the generator of torch, if that is there.

    Parameters
    ----------
    seed
        32 bits unsigned.
    """
    if torch := loaded("torch"):
        torch.manual_seed(seed)


def loaded(name: str) -> Any:
    """Give a module that has been imported; None while that is still going on.

    Parameters
    ----------
    name
        The full name of the module.
    """
    module = sys.modules.get(name)
    if module is None:
        return None
    return None if getattr(module.__spec__, "_initializing", False) else module


def look_at_all() -> Marks:
    """Give marks of the shared generators that change whenever somebody draws."""
    numpy, torch = loaded("numpy.random"), loaded("torch")
    torch_state = torch.get_rng_state().numpy().tobytes() if torch else None
    return Marks(_mark_plain(), _mark_numpy(numpy) if numpy else None, torch_state)


def _mark_plain() -> Any:
    """Give the raw state of `random`, and the number that `random.gauss` has in store."""
    place = _find_plain()
    return random.getstate() if place is None else (place.raw, _plain.gauss_next)


@cache
def _find_plain() -> Any:
    """Find where `random` has its state: behind the head of the object, as CPython lays it out."""
    if sys.implementation.name != "cpython":
        return None
    place = _Raw.from_address(id(_plain) + object.__basicsize__)
    *words, position = random.getstate()[1]
    return place if place.raw == struct.pack(f"i{_WORDS}I", position, *words) else None


def _mark_numpy(module: Any) -> bytes:
    """Give the raw state of numpy's generator."""
    bits = module.get_bit_generator()
    if type(bits).__name__ == "MT19937":
        return _Raw.from_address(bits.ctypes.state_address).raw
    return repr(module.get_state(legacy=False)).encode()  # somebody has put another one there


def has_moved(before: Marks, after: Marks) -> bool:
    """Tell whether somebody drew; a generator that was not there before is known when unused.

    Parameters
    ----------
    before, after
        What `look_at_all` gave.
    """
    if before.numpy is None and after.numpy is not None:
        has_drawn = not _is_unused(after.numpy)
    else:
        has_drawn = before.numpy != after.numpy
    has_torch_moved = before.torch is not None and before.torch != after.torch
    return has_drawn or before.plain != after.plain or has_torch_moved


def _is_unused(raw: bytes) -> bool:
    """Tell whether nobody has drawn from numpy's generator, seeded by a number or by its import."""
    position = int.from_bytes(raw[-4:], sys.byteorder)
    first = int.from_bytes(raw[:4], sys.byteorder)
    return position == _WORDS or (position == _WORDS - 1 and first == _FIRST_WORD)


def is_one_number(before: Marks, after: Marks, *, bits: int) -> bool:
    """Tell whether all that was drawn is one number of `random`.

    Parameters
    ----------
    before, after
        What `look_at_all` gave.
    bits
        Those of the number.
    """
    if len(before.plain) != len(after.plain) or has_moved(
        before._replace(plain=after.plain), after
    ):
        return False
    replay = random.Random()  # noqa: S311 - no secret
    replay.setstate(_read_plain(before.plain))
    replay.getrandbits(bits)
    return bool(replay.getstate() == _read_plain(after.plain))


def _read_plain(mark: Any) -> Any:
    """Give the state of `random` as it is told by it."""
    if isinstance(mark[0], int):
        return mark
    position, *words = struct.unpack(f"i{_WORDS}I", mark[0])
    return random.Random.VERSION, (*words, position), mark[1]


def hold() -> Callable[[], None]:
    """Remember the states of the shared generators; nobody who listens hears of it.

    Returns
    -------
    Callable
        Puts them back.
    """
    numpy, torch = loaded("numpy.random"), loaded("torch")
    _, plain, gauss = random.getstate()
    legacy = numpy.get_state(legacy=False) if numpy else None
    torch_state = torch.get_rng_state() if torch else None

    def put_back() -> None:
        super(random.Random, _plain).setstate(plain)
        _plain.gauss_next = gauss
        if numpy:
            numpy.mtrand._rand.set_state(legacy)  # noqa: SLF001 - what the public function calls
        if torch:
            torch.set_rng_state(torch_state)

    return put_back


@contextmanager
def preserved() -> Iterator[None]:
    """Put the shared generators back into the states in which they were."""
    numpy, torch = loaded("numpy.random"), loaded("torch")
    plain = random.getstate()
    legacy = numpy.get_state() if numpy else None
    torch_state = torch.get_rng_state() if torch else None
    try:
        yield
    finally:
        random.setstate(plain)
        if numpy:
            numpy.set_state(legacy)
        if torch:
            torch.set_rng_state(torch_state)


def is_shared(value: object) -> bool:
    """Tell whether a value is a method of a shared generator.

    Parameters
    ----------
    value
        Anything.
    """
    owner = getattr(value, "__self__", None)
    shared: list[object] = [_plain]
    if numpy := loaded("numpy.random"):
        shared.append(numpy.mtrand._rand)  # noqa: SLF001 - it has no public name
    return owner is not None and any(owner is each for each in shared)
