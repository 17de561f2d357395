"""What is to be said when a trial has ended: for what it may not be made anew, and what is odd."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.guards.concern import Concern, name_some
from anew.guards.data import find_unkept
from anew.guards.twins import Told, find_twin, name_differences
from anew.model import WITHHELD
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from anew.guards.draws import UnseededDraw
    from anew.model import Trial
    from anew.tracker.reading import SeenProcess
    from anew.tracker.records import Draw

__all__ = ["Seen", "after_trial", "sum_up"]

_INSTALLED: Final = frozenset({"dist-packages", "site-packages"})

_LOOKED_BACK: Final = 50
"""So many earlier trials are compared, from the newest on."""


@dataclass(frozen=True)
class Seen:
    """What was seen of a trial while it ran, beyond what its record says.

    Parameters
    ----------
    given
        Names of arguments that were given explicitly.
    sources
        The files of the project that were loaded as code.
    draws
        First uses of generators that nothing seeded.
    unseen
        What could not be seen, in words.
    """

    given: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()
    draws: tuple[UnseededDraw, ...] = ()
    unseen: tuple[str, ...] = ()


def sum_up(processes: Iterable[SeenProcess], root: Path) -> Seen:
    """Sum up what trackers saw in the processes of a trial.

    Parameters
    ----------
    processes
        As the tracker's `read_traces` gives them.
    root
        The project's folder.
    """
    given: dict[str, None] = {}
    sources: dict[Path, None] = {}
    unseen: dict[str, None] = {}
    draws: list[Draw] = []
    for each in processes:
        given |= dict.fromkeys(name for parsed in each.arguments for name in parsed.given)
        sources |= dict.fromkeys(_find_own(each, root))
        unseen |= dict.fromkeys(each.unseen)
        draws += each.draws
    first = tuple(_find_first(draws, list(sources), root)) if draws else ()
    return Seen(tuple(given), tuple(sources), first, tuple(unseen))


def _find_first(draws: list[Draw], sources: list[Path], root: Path) -> Iterable[UnseededDraw]:
    """Find where each generator was used first."""
    from anew.data.draws import find_draws
    from anew.guards.draws import UnseededDraw

    first: dict[str, UnseededDraw] = {}
    for draw in find_draws(draws, sources):
        path = Path(draw.file)
        name = path.relative_to(root).as_posix() if path.is_relative_to(root) else draw.file
        first.setdefault(draw.generator, UnseededDraw(draw.generator, name, draw.line))
    return first.values()


def _find_own(process: SeenProcess, root: Path) -> list[Path]:
    """List the project's files that a process executed, its script first."""
    words = [word for word in process.argv if word.endswith(".py")][:1]
    named = [*words, *(file for file in process.modules.values() if file and file.endswith(".py"))]
    start = f"{root}/"
    own = (file for file in named if file[:1] != "/" or file.startswith(start))
    paths = (os.path.join(process.folder, file) for file in own)  # noqa: PTH118 - of each module
    return [Path(path) for path in paths if _is_own(path, start) and os.path.isfile(path)]  # noqa: PTH113


def _is_own(path: str, start: str) -> bool:
    """Tell the project's files from those of an environment inside of its folder."""
    return path.startswith(start) and _INSTALLED.isdisjoint(path[len(start) :].split("/"))


def after_trial(
    trial: Trial, seen: Seen, *, earlier: Iterable[Trial] = (), tracked: Collection[str] = ()
) -> list[Concern]:
    """Find what is to be said of a trial that has ended.

    Parameters
    ----------
    trial
        Its record, read again after its end.
    seen
        What was seen of it.
    earlier
        Trials before it, the newest first; the last 50 are looked at.
    tracked
        Paths of data under version control.

    Returns
    -------
    list of Concern
        Parameters that nothing read, files that are not kept, a result that changed without a
        reason, draws without a seed, and what could not be seen.
    """
    unread = [
        Concern("unread", f"parameter {name} was given but nothing read it", f"leave out {name}")
        for name in _find_unread(seen)
    ]
    told = Told(trial)
    data = [use for use in trial.files if use.origin != WITHHELD]  # of those it is said already
    unkept = [Concern("unkept", c.text, c.mend) for c in find_unkept(data, tracked)]
    unseen = [
        Concern(
            "unseen",
            f"could not be seen: {text}",
            "name them by --in GLOB or anew.input(path), or see them by --trace",
        )
        for text in seen.unseen
    ]
    odd = _find_unexplained(told, islice(earlier, _LOOKED_BACK), seen.draws)
    return [*unread, *unkept, *odd, *map(say_draw, seen.draws), *unseen]


def _find_unread(seen: Seen) -> list[str]:
    """Name the arguments that no code reads; where none is given, none of it is parsed."""
    if not seen.given:
        return []
    from anew.guards.reading import find_unread
    from anew.guards.sources import parse_source

    parsed = ((path, parse_source(path)) for path in seen.sources)
    return [*find_unread(seen.given, [(str(path), tree) for path, tree in parsed if tree])]


def say_draw(draw: UnseededDraw) -> Concern:
    """Say that numbers were drawn which nothing seeded.

    Parameters
    ----------
    draw
        Where.
    """
    place = f" at {draw.place}" if draw.path else ""
    text = f"this trial will not come out the same: {draw.generator} was used unseeded{place}"
    return Concern("unseeded", text, mend_draw(draw.generator))


def mend_draw(generator: str) -> str:
    """Say how a generator is seeded.

    Parameters
    ----------
    generator
        The library whose shared generator it is, or the call that makes one.
    """
    from anew.guards.draws import SEEDS

    if generator in SEEDS:
        return f"{SEEDS[generator]} before the first draw"
    return f"give it a seed: {generator.removesuffix('()')}(0)"


def _find_unexplained(
    told: Told, earlier: Iterable[Trial], draws: tuple[UnseededDraw, ...]
) -> list[Concern]:
    """Say when something else came out of the same."""
    twin = find_twin(told, earlier)
    if twin is None or not (names := name_differences(twin, told)):
        return []
    number, before = told.trial.number, twin.trial.number
    text = (
        "result changed though code, data, parameters and packages are the same as in trial "
        f"{before}: {name_some(names)}"
    )
    mend = mend_draw(draws[0].generator) if draws else f"anew diff {before} {number}"
    return [Concern("unexplained", text, mend)]
