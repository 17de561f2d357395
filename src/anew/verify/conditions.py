"""What a result ought not to depend on, and how each of it is changed and held."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["NAMES", "Change", "Condition", "change_together", "list_conditions", "plain_change"]

NAMES: Final = (
    *("hash-seed", "threads", "folder", "locale"),
    *("time-zone", "listing", "memory", "clock"),
)
"""The conditions that are changed."""

_HASH_SEED: Final = "PYTHONHASHSEED"
_THREADS: Final = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS"),
    *("POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "LOKY_MAX_CPU_COUNT"),
)
_FILL: Final = "MALLOC_PERTURB_"
_FAR_ZONE: Final = "Pacific/Kiritimati"
_FAR_OFFSET: Final = "FAR-14"
_ZONES: Final = Path("/usr/share/zoneinfo")
_LATER_S: Final = 34_580_833  # 400 days and almost 6 hours: another year, month, weekday and hour
_ELSEWHERE: Final = "another place, with a longer path than before"


@dataclass(frozen=True)
class Change:
    """What is not as it was for the trial.

    Parameters
    ----------
    text
        In words.
    variables
        Environment variables; None for one that is not set.
    switches
        What Python processes find changed; see `anew.verify.disturbing`.
    place
        A folder between the scratch folder and the project.
    still
        Whether addresses in memory are not drawn by the system.
    """

    text: str = "nothing changed"
    variables: Mapping[str, str | None] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    still: bool = False

    def __or__(self, other: Change) -> Change:
        """Give both changes in one."""
        return Change(
            f"{self.text}, {other.text}" if self.text != Change.text else other.text,
            {**self.variables, **other.variables},
            {**self.switches, **other.switches},
            self.place or other.place,
            self.still or other.still,
        )


@dataclass(frozen=True)
class Condition:
    """Something that a result ought not to depend on.

    Parameters
    ----------
    name
        What it is called.
    blame
        What a result is said to depend on.
    variants
        The ways in which it is changed; none for what can only be held.
    held
        How it is kept from being another in each run; None for what is the same anyway.
    varies
        What is said of a result that is another in each run, but not when this is held.
    obstacle
        Why it can be neither here.
    blind
        Names of the trial's programs that cannot see it.
    """

    name: str
    blame: str
    variants: tuple[Change, ...] = ()
    held: Change | None = None
    varies: str = ""
    obstacle: str = ""
    blind: tuple[str, ...] = ()


def plain_change(facets: Mapping[str, Mapping[str, Any]]) -> Change:
    """Give the change that makes runs comparable: the hash seed is one and the same.

    Parameters
    ----------
    facets
        What the trial ran on.
    """
    recorded = facets["command"]["environment"].get(_HASH_SEED)
    return Change(variables={} if recorded not in {None, "", "random"} else {_HASH_SEED: "0"})


def change_together(conditions: Iterable[Condition]) -> list[Change]:
    """Give as few changes as change every condition in every way.

    Parameters
    ----------
    conditions
        The conditions.
    """
    together = []
    for changes in zip_longest(*(each.variants for each in conditions)):
        chosen = Change()
        for change in filter(None, changes):
            chosen |= change
        together.append(chosen)
    return together


def list_conditions(facets: Mapping[str, Mapping[str, Any]]) -> list[Condition]:
    """List what can be changed or held here.

    Parameters
    ----------
    facets
        What the trial ran on.
    """
    recorded = facets["command"]["environment"]
    blind = tuple(facets.get("tracking", {}).get("outsiders", ()))
    folder = Condition(
        "folder",
        "the folder of the project",
        (Change("a folder with a longer path and blanks in it", place=_ELSEWHERE),),
        held=Change("the same folder"),
        varies="it depends on the folder of the project",
    )
    listing = Condition(
        "listing",
        "the order in which files are listed",
        (Change("files listed from the last to the first", switches={"listing": "reversed"}),),
        blind=blind,
    )
    chance = Condition(
        "chance",
        "chance",
        held=Change("chance seeded by a number", switches={"chance": "anew"}),
        varies="it draws random numbers that nothing seeded",
    )
    addresses = Condition(
        "addresses",
        "addresses in memory",
        held=Change("addresses in memory as in every run", still=True),
        varies="it depends on addresses in memory",
    )
    return [
        _vary_hash_seed(recorded),
        _vary_threads(facets),
        folder,
        _vary_locale(recorded),
        _vary_zone(recorded, facets),
        listing,
        _vary_memory(),
        _vary_clock(blind),
        chance,
        addresses,
    ]


def _vary_hash_seed(recorded: Mapping[str, str]) -> Condition:
    others = [each for each in ("1", "2", "3", "4", "5") if each != recorded.get(_HASH_SEED)][:4]
    changes = (Change(f"{_HASH_SEED}={each}", {_HASH_SEED: each}) for each in others)
    return Condition("hash-seed", _HASH_SEED, tuple(changes))


def _vary_threads(facets: Mapping[str, Mapping[str, Any]]) -> Condition:
    """Compute with one thread, with two, and with as many as there are processors."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    recorded = facets["command"]["environment"].get(_THREADS[0], "")
    libraries = facets.get("numerics", {}).get("libraries") or ()
    before = max([each.get("threads") or 1 for each in libraries], default=usable)
    now = int(recorded) if recorded.isdecimal() else before
    numbers = sorted({1, 2, usable or 1} - {now})
    one = Change(f"{_THREADS[0]}=1", dict.fromkeys(_THREADS, "1"))
    return Condition(
        "threads",
        _THREADS[0],
        tuple(
            replace(one, text=f"{_THREADS[0]}={n}", variables=dict.fromkeys(_THREADS, str(n)))
            for n in numbers
        ),
        held=one,
        varies="it depends on which of several threads is done first",
    )


def _vary_locale(recorded: Mapping[str, str]) -> Condition:
    """Take another language, one that writes numbers in another way if there is one."""
    now = _fold(recorded.get("LC_ALL") or recorded.get("LANG") or "C")
    there = [name for name in _list_locales() if _fold(name) != now]
    foreign = [n for n in there if n[:2] not in {"C", "C.", "PO", "en"}]
    wanted = [*sorted(foreign, key=lambda n: (n[:2] != "de", "utf" not in n.lower(), n))[:1]]
    wanted += [name for name in there if name == "C" or _fold(name) == "c.utf8"]
    changes = tuple(
        Change(f"LC_ALL={name}", {"LC_ALL": name, "LANG": name, "LANGUAGE": None})
        for name in wanted[:2]
    )
    obstacle = "" if changes else "no other locale is installed"
    return Condition("locale", "LC_ALL", changes, obstacle=obstacle)


def _list_locales() -> list[str]:
    try:
        done = subprocess.run(
            ["locale", "-a"],
            capture_output=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ["C"]
    return done.stdout.decode(errors="replace").split()


def _fold(name: str) -> str:
    """Write the name of a locale in one way."""
    folded = name.lower().replace("-", "")
    return "c" if folded == "posix" else folded


def _vary_zone(recorded: Mapping[str, str], facets: Mapping[str, Mapping[str, Any]]) -> Condition:
    """Take a zone at the other end of the day."""
    now = recorded.get("TZ") or facets.get("locale", {}).get("zone")
    far = _FAR_ZONE if (_ZONES / _FAR_ZONE).is_file() else _FAR_OFFSET
    zone = far if far != now else "UTC"
    return Condition("time-zone", "TZ", (Change(f"TZ={zone}", {"TZ": zone}),))


def _vary_memory() -> Condition:
    """Have memory that nobody has written to hold other bytes, as the C library can."""
    has_glibc = platform.libc_ver()[0] == "glibc"
    changes = tuple(Change(f"{_FILL}={byte}", {_FILL: str(byte)}) for byte in (85, 254))
    return Condition(
        "memory",
        f"uninitialised memory ({_FILL})",
        changes if has_glibc else (),
        held=changes[0] if has_glibc else None,
        varies="it reads memory that nothing has written to",
        obstacle="" if has_glibc else "the C library cannot fill memory",
    )


def _vary_clock(blind: tuple[str, ...]) -> Condition:
    return Condition(
        "clock",
        "the clock",
        (Change("a clock 400 days ahead", switches={"clock": f"+{_LATER_S}"}),),
        held=Change("the clock held", switches={"clock": f"@{int(time.time())}"}),
        varies="it reads the clock",
        blind=blind,
    )
