"""What the Python processes of one run find changed: a copy is on their path as `sitecustomize`.

Standard library only, Python 3.9 and later: it is loaded where anew is not installed.
"""

# ruff: noqa: PTH100, PTH102, PTH118, PTH120

from __future__ import annotations

import os
import sys
from contextlib import suppress

TYPE_CHECKING = False  # importing `typing` takes its time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["OUTER", "VARIABLE", "change"]

VARIABLE = "_ANEW_CHANGED"
"""The environment variable that says what: ``listing=reversed;clock=+100``."""

OUTER = "_ANEW_OUTER"
"""Set when anew itself runs around the program: what it finds does not count."""

_PATIENCE = 10_000  # so often a clock is read before whoever waits for it gets the real one
_CHUNK_BYTES = 64


def change(switches: str) -> list[str]:
    """Change what this process finds.

    Parameters
    ----------
    switches
        What, as in the environment variable.

    Returns
    -------
    list of str
        The names of those that took effect.
    """
    done = []
    for switch in filter(None, switches.split(";")):
        name, _, value = switch.partition("=")
        try:
            _WAYS[name](value)
        except Exception:  # noqa: BLE001, S112 - the program runs on; it is seen that this did not
            continue
        done.append(name)
    return done


class _Entries:
    """What `os.scandir` gives, the other way round."""

    def __init__(self, entries: Any) -> None:
        with entries:
            self._rest = list(entries)

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        if not self._rest:
            raise StopIteration
        return self._rest.pop()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._rest = []


class _Reversed:
    """A function of the system that lists; as such, no method of a class that has it."""

    def __init__(self, function: Any, reverse: Callable[[Any], Any]) -> None:
        self._function, self._reverse = function, reverse

    def __call__(self, *path: Any, **named: Any) -> Any:
        return self._reverse(self._function(*path, **named))


def _reverse_listings(_: str) -> None:
    """Let folders be listed from the last file to the first."""
    listdir = _Reversed(os.listdir, lambda names: names[::-1])
    scandir = _Reversed(os.scandir, _Entries)
    os.supports_fd |= {listdir, scandir}  # `shutil` asks
    os.listdir, os.scandir = listdir, scandir


def _set_clock(value: str) -> None:
    """Shift the clock by so many seconds, or hold it at a time."""
    import time

    given = float(value.lstrip("@"))
    now = _hold_clock(given) if value[:1] == "@" else _shift_clock(given)
    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, _at_present(getattr(time, name), now))
    strftime, asctime = time.strftime, time.asctime
    time.strftime = lambda form, *at: strftime(form, *(at or (time.localtime(),)))
    time.asctime = lambda *at: asctime(*(at or (time.localtime(),)))
    time.time = now
    time.time_ns = lambda: int(now() * 1_000_000) * 1000
    _set_dates(now)


def _shift_clock(seconds: float) -> Callable[[], float]:
    import time

    real = time.time
    return lambda: real() + seconds


def _hold_clock(start: float) -> Callable[[], float]:
    """Give a clock that goes on only while the program sleeps."""
    import time

    real, sleep = time.time, time.sleep
    began, reads, slept = real(), 0, 0.0

    def now() -> float:
        nonlocal reads
        reads += 1
        return start + (slept if reads < _PATIENCE else real() - began)

    def doze(seconds: float) -> None:
        nonlocal slept
        sleep(seconds)
        slept += seconds

    time.sleep = doze  # type: ignore[assignment]  # it takes the same numbers
    return now


def _at_present(function: Any, now: Callable[[], float]) -> Any:
    """Let a function of a time have ours by default."""
    return lambda at=None: function(now() if at is None else at)


def _set_dates(now: Callable[[], float]) -> None:
    """Let `datetime` ask our clock; its classes stay, so that values can be pickled."""
    import ctypes
    import datetime as dt
    import gc

    utc = dt.timezone.utc  # noqa: UP017 - Python 3.9
    methods: dict[str, Callable[..., Any]] = {
        "now": lambda cls, tz=None: cls.fromtimestamp(now(), tz),
        "utcnow": lambda cls: cls.fromtimestamp(now(), utc).replace(tzinfo=None),
        "today": lambda cls: cls.fromtimestamp(now()),
    }
    for kind, names in ((dt.datetime, methods), (dt.date, ("today",))):
        (fields,) = gc.get_referents(kind.__dict__)
        for name in names:
            fields[name] = classmethod(methods[name])
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
    if abs(dt.datetime.now(utc).timestamp() - now()) > 60:  # noqa: PLR2004 - a minute
        raise RuntimeError


def _seed_chance(value: str) -> None:
    """Let all that is seeded by the system be seeded by one number, in each process."""
    import hashlib
    import random

    state = hashlib.sha512(value.encode())

    def give(count: int, *_: Any) -> bytes:
        found = b""
        while len(found) < count:
            state.update(b".")
            found += state.digest()
        return found[:count]

    os.urandom = give
    if hasattr(os, "getrandom"):
        os.getrandom = give  # type: ignore[assignment]
    random._urandom = give  # type: ignore[attr-defined]  # noqa: SLF001 - what SystemRandom asks
    seed = random.Random.seed

    def seed_by_number(self: Any, a: Any = None, *more: Any, **named: Any) -> None:
        seed(self, give(_CHUNK_BYTES) if a is None else a, *more, **named)

    random.Random.seed = seed_by_number  # type: ignore[method-assign]
    random.seed(give(_CHUNK_BYTES))


_WAYS: dict[str, Callable[[str], None]] = {
    "listing": _reverse_listings,
    "clock": _set_clock,
    "chance": _seed_chance,
}


def _is_around() -> bool:
    """Tell whether this process is anew, and not what it runs."""
    words = getattr(sys, "orig_argv", ())
    return OUTER in os.environ and "-m" in words and words[words.index("-m") + 1] == "anew"


def _begin() -> None:
    """Change this process, note that it is, and run the `sitecustomize` that comes next."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != here]
    sys.path_importer_cache.pop(here, None)
    for name in change(os.environ.get(VARIABLE, "")):
        if not _is_around():
            with suppress(FileExistsError):  # a folder, as a file would be recorded as written
                os.mkdir(os.path.join(here, name + ".seen"))
    del sys.modules["sitecustomize"]
    import sitecustomize  # type: ignore[import-not-found]  # noqa: F401


if __name__ == "sitecustomize":
    _begin()
