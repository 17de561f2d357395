"""Global generators of random numbers that are drawn from though nothing seeded them.

Nobody is told of single draws: the state of a generator is compared with what it was when it was
last known, at the begin and the end of a trace and whenever it is seeded.
"""

from __future__ import annotations

import os
import sys
import threading

from ..active import active
from ..imports import when_imported
from ..noting import BEGIN, note_call
from .own import is_own, top_level

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["start"]

_SCIENCE = frozenset({"numpy", "pandas", "scipy", "sklearn", "statsmodels", "xarray"})
_FRESH_BITS = 128  # what numpy asks the system for, to seed a generator that has no seed
_MOST = 20


class _Generator:
    """One global generator: whether its state comes from a seed, and how often it moved else."""

    def __init__(self, name: str, read: Callable[[], Any]) -> None:
        self.name = name
        self.read = read
        self.is_seeded = self.was_seeded = False
        self.state = read()
        self.unseeded = [self.state]
        self.moves = 0
        self.is_excused: Callable[[Any, Any], bool] = lambda *_: False

    def look(self) -> int:
        """Count once more if it was drawn from since the last look."""
        if not self.is_seeded:
            state = self.read()
            if state != self.state and not self.is_excused(self.state, state):
                self.moves += 1
            self.state = state
        return self.moves

    def seed(self, *, seeded: bool) -> None:
        """Take it that it has just been given a seed, or one that nobody knows."""
        self.is_seeded = seeded
        self.was_seeded |= seeded
        self.state = self.read()
        if not seeded:
            self.unseeded = [*self.unseeded[-3:], self.state]

    def restore(self) -> None:
        """Take it that a state was put back: maybe one from before any seed."""
        self.state = self.read()
        self.is_seeded = self.state not in self.unseeded

    def after_fork(self) -> None:
        """Begin anew: Python gives its own generator another state in each child."""
        self.moves = 0
        if self.name == "random":
            self.seed(seeded=False)
        else:
            self.state = self.read()


class _Watch:
    """The generators of this process, and how often each had moved when a trace began."""

    def __init__(self, trace: Any) -> None:
        self.trace = trace
        self.generators: dict[str, _Generator] = {}
        self.marks: dict[int, dict[str, int]] = {}
        self.told: dict[str, int] = {}  # where a trace that never began stands: at the last end
        self.fresh: set[tuple[str, int]] = set()
        os.register_at_fork(after_in_child=self.after_fork)
        trace.at_end(self.end)

    def add(self, generator: _Generator) -> None:
        """Follow a generator from now on."""
        self.generators[generator.name] = generator

    def begin(self) -> None:
        """Take what moved until now as nothing to do with the traces of the moment."""
        moves = {name: generator.look() for name, generator in self.generators.items()}
        for trace in active():
            self.marks[id(trace)] = moves

    def end(self) -> None:
        """Write what moved in the traces of the moment."""
        self.settle_legacy()
        marks = [self.marks.pop(id(trace), self.told) for trace in active()]
        moves = {name: generator.look() for name, generator in self.generators.items()}
        for name, generator in self.generators.items():
            if moves[name] > max([mark.get(name, 0) for mark in marks], default=0):
                self.trace.write("draw", generator=name, is_seeded=generator.was_seeded)
        self.told = moves

    def after_fork(self) -> None:
        """Follow the generators of a child; what moved before did not move in it."""
        self.marks.clear()
        self.told = {}
        for generator in self.generators.values():
            generator.after_fork()

    def see_fresh(self, frame: Any) -> None:
        """See a generator of numpy that is made without a seed, by the user or for a call."""
        place = frame
        while place is not None and not is_own(place.f_code.co_filename):
            name = place.f_globals.get("__name__")
            is_through = name == __name__ and place.f_code.co_name == "__call__"
            if top_level(place) not in _SCIENCE and not is_through:
                return  # a library for itself, or an import
            if name == "numpy.random._pickle":  # its state is put back
                return
            place = place.f_back
        if place is None:
            return
        code = place.f_code
        key = code.co_filename, place.f_lineno
        if key not in self.fresh and len(self.fresh) < _MOST:
            found = {"file": os.path.abspath(key[0]), "line": key[1], "function": code.co_name}  # noqa: PTH100
            if _is_within_legacy():
                _within.found = key, found
                return
            self.fresh.add(key)
            self.trace.write("draw", generator="numpy.random.default_rng", **found)

    def settle_legacy(self) -> None:
        """Write which `RandomState` of this thread got no seed after its generator was made."""
        made, _within.made = getattr(_within, "made", None), None
        if made is None or made[0].seed_seq is None:  # it is taken away by a seed
            return
        key, found = made[1]
        if key not in self.fresh:
            self.fresh.add(key)
            self.trace.write("draw", generator="numpy.random.RandomState", **found)


_watches: list[_Watch] = []
_within = threading.local()


def _is_within_legacy() -> bool:
    return getattr(_within, "is_making", False)


def start(trace: Any) -> None:
    """See the global generators of this process."""
    watch = _Watch(trace)
    _watches.append(watch)
    when_imported("random", lambda module: _on_random(module, watch))
    when_imported("numpy.random", lambda module: _on_numpy(module, watch))
    when_imported("torch", lambda module: _on_torch(module, watch))


def begin() -> None:
    """Take the state of the generators as that at the begin of the current traces."""
    for watch in _watches:
        watch.begin()


def _on_random(module: Any, watch: _Watch) -> None:
    generator = _Generator("random", module.getstate)
    generator.is_excused = _drawn_by_rich(module)
    watch.add(generator)
    shared = module.getstate.__self__

    def see_seed(frame: Any, value: Any) -> None:
        if frame.f_locals["self"] is not shared:
            return
        if value is BEGIN:
            generator.look()
        else:
            generator.seed(seeded=frame.f_locals["a"] is not None)

    def see_state(frame: Any, value: Any) -> None:
        if frame.f_locals["self"] is shared:
            generator.look() if value is BEGIN else generator.restore()

    note_call(module.Random.seed, see_seed)
    note_call(module.Random.setstate, see_state)
    _watch_entropy(module, watch)


def _drawn_by_rich(module: Any) -> Callable[[Any, Any], bool]:
    """Make what tells the one number that rich draws when it is imported: it is in no result."""
    told: list[bool] = []

    def is_excused(before: Any, after: Any) -> bool:
        if told or "rich.style" not in sys.modules:
            return False
        told.append(True)
        replay = module.Random(0)
        replay.setstate(before)
        replay.getrandbits(24)
        return bool(replay.getstate() == after)

    return is_excused


def _watch_entropy(module: Any, watch: _Watch) -> None:
    """See who asks the system for a seed: numpy does it by way of `random.SystemRandom`."""
    real = module._urandom  # noqa: SLF001

    def urandom(size: int) -> bytes:
        if size * 8 == _FRESH_BITS and "numpy" in sys.modules:
            try:
                frame = sys._getframe(1)  # noqa: SLF001
                if frame.f_code.co_name == "getrandbits":
                    watch.see_fresh(frame.f_back)
            except Exception:  # noqa: BLE001, S110
                pass
        return bytes(real(size))

    module._urandom = urandom  # noqa: SLF001


def _on_numpy(module: Any, watch: _Watch) -> None:
    import functools  # numpy has loaded it

    source = module.mtrand
    _see_legacy(source, watch)

    def read() -> Any:
        state = source._rand.get_state(legacy=False)  # noqa: SLF001 - what all functions draw from
        inner = dict(state["state"])
        key = inner.pop("key", None)
        gauss = state.get("has_gauss"), state.get("gauss")
        return None if key is None else key.tobytes(), sorted(inner.items()), gauss

    generator = _Generator("numpy", read)
    watch.add(generator)

    def wrap(name: str, after: Callable[[Any], None]) -> None:
        real = getattr(module, name)

        @functools.wraps(real)
        def wrapper(*args: Any, **options: Any) -> Any:
            generator.look()
            value = real(*args, **options)
            after([*args, *options.values()])
            return value

        for each in (module, source):
            setattr(each, name, wrapper)

    wrap("seed", lambda given: generator.seed(seeded=any(each is not None for each in given)))
    wrap("set_state", lambda _: generator.restore())


def _see_legacy(source: Any, watch: _Watch) -> None:
    """Tell `RandomState(0)` from `RandomState()`: both first make a generator without a seed."""
    real = source._MT19937  # noqa: SLF001 - what RandomState makes it of

    class Through(type):
        def __call__(cls, *args: Any, **options: Any) -> Any:
            watch.settle_legacy()
            _within.is_making, _within.found = True, None
            try:
                made = real(*args, **options)
            finally:
                _within.is_making = False
            if _within.found:
                _within.made = made, _within.found
            return made

        def __instancecheck__(cls, each: Any) -> bool:
            return isinstance(each, real)

    source._MT19937 = Through("MT19937", (), {})  # noqa: SLF001


def _on_torch(module: Any, watch: _Watch) -> None:
    """Follow torch's generator, which remembers its seed: another one was given by somebody."""
    first = module.initial_seed()

    def read() -> Any:
        if module.initial_seed() != first:
            return None
        return bytes(module.default_generator.get_state().tolist())

    class Torch(_Generator):
        def look(self) -> int:
            if module.initial_seed() != first:
                self.is_seeded = True
            return super().look()

    watch.add(Torch("torch", read))
