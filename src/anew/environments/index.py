"""What an index does not have any more, and what of it comes next to that."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packaging.version import InvalidVersion, Version

from anew.environments.problems import Problem
from anew.environments.wanted import Pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from anew.environments.uv import Answer, Uv

__all__ = [
    "explain",
    "find_missing",
    "find_nearest",
    "find_uncached",
    "find_withdrawn",
    "indexes_of",
    "mentioned",
]

_WITHDRAWN: Final = re.compile(r"`([\w.-]+)==(\S+)` is yanked(?: \(reason: \"(.*)\"\))?")
_COMPILE: Final = ("pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate")

_ROUNDS: Final = 8
"""After so many packages that are not in the cache, there is none to speak of."""


def find_missing(pins: Iterable[Pin], python: Path, uv: Uv) -> list[tuple[Pin | None, Problem]]:
    """Ask for each package whether it can be had, without installing anything.

    Parameters
    ----------
    pins
        The packages.
    python
        The interpreter that they are for.
    uv
        Is asked.

    Returns
    -------
    list of (Pin or None, Problem)
        Those that cannot be had, in the order of their names. None stands for what uv could not
        tell the package of.

    Notes
    -----
    uv names one package, or a few, each time. So what its cache has is set aside first, which
    takes no time, and the network is asked for the others alone.
    """
    missing = _sift(find_uncached(pins, python, uv), python, uv)
    return sorted(missing, key=lambda found: found[0].name if found[0] else "")


def find_uncached(pins: Iterable[Pin], python: Path, uv: Uv) -> list[Pin]:
    """List the packages that the cache of uv does not know.

    Parameters
    ----------
    pins
        The packages.
    python
        The interpreter that they are for.
    uv
        Is asked.
    """
    pins = list(pins)
    found = [pin for pin, _ in _sift(pins, python, replace(uv, is_offline=True), rounds=_ROUNDS)]
    return pins if None in found else [pin for pin in found if pin]


def _sift(
    pins: Iterable[Pin], python: Path, uv: Uv, *, rounds: int | None = None
) -> list[tuple[Pin | None, Problem]]:
    """Find packages that cannot be had; after so many rounds, the others count as such."""
    left = list(pins)
    missing: list[tuple[Pin | None, Problem]] = []
    while left:
        answer = _resolve([pin.line.partition(" --hash")[0] for pin in left], python, uv, left)
        if answer.is_good:
            break
        bad = mentioned(left, answer) if rounds is None or rounds > 0 else left
        if not bad:
            missing.append((None, Problem("the packages", answer.reason)))
            break
        missing += [(pin, Problem(pin.named, explain(pin, answer))) for pin in bad]
        left = [pin for pin in left if pin not in bad]
        rounds = None if rounds is None else rounds - 1
    return missing


def mentioned(pins: Iterable[Pin], answer: Answer) -> list[Pin]:
    """List the packages that an error of uv is about.

    Parameters
    ----------
    pins
        Those that it may be about.
    answer
        What uv said.
    """
    return [pin for pin in pins if _is_about(pin, answer.said)]


def _is_about(pin: Pin, said: str) -> bool:
    name = re.escape(pin.name).replace("\\-", "[-_.]")
    is_named = re.search(rf"(?<![\w.-]){name}(==| @ | was not found)", said, re.IGNORECASE)
    return bool(is_named) or bool(pin.url and pin.url.partition("#")[0] in said)


def explain(pin: Pin, answer: Answer) -> str:
    """Say why a package cannot be had.

    Parameters
    ----------
    pin
        The package.
    answer
        What uv said.
    """
    if "was not found in the cache" in answer.said:
        return "it is not in uv's cache, and the network is off"
    if answer.is_build_failure:
        return f"it has no wheel for this interpreter, and cannot be built: {answer.reason}"
    if "was not found" in answer.said:
        return "no index has a package of that name: it came with the system, or is private"
    if "no version of" in answer.said and not pin.url:
        return "the index does not have this version, or does not have it any more"
    if "has no" in answer.said:
        return "it has no file for this interpreter and machine"
    return answer.reason


def find_nearest(pin: Pin, python: Path, uv: Uv) -> Pin | None:
    """Find the version of a package that comes next to the recorded one.

    Parameters
    ----------
    pin
        The package.
    python
        The interpreter that it is for.
    uv
        Is asked.

    Returns
    -------
    Pin or None
        The later of two that are equally near; None when no index has any version of it.
    """
    if pin.is_private:
        return None
    try:
        wanted = Version(pin.version)
    except InvalidVersion:
        return None
    found = []
    for sign, choice in ((">=", "lowest"), ("<=", "highest")):
        line = f"{pin.name}{sign}{wanted.public}"
        answer = _resolve([line], python, uv, [pin], f"--resolution={choice}")
        if answer.is_good and (told := re.search(r"^[\w.-]+==(\S+)", answer.printed, re.MULTILINE)):
            found.append(Version(told[1]))
    nearest = min(found, key=lambda version: _distance(wanted, version), default=None)
    return Pin(pin.name, str(nearest), index=pin.index) if nearest else None


def _distance(wanted: Version, other: Version) -> tuple[int, ...]:
    """Say how far two versions are apart: epoch, then each number."""
    length = max(len(wanted.release), len(other.release))
    numbers = [
        [*version.release, *[0] * (length - len(version.release))] for version in (wanted, other)
    ]
    apart = [abs(a - b) for a, b in zip(*numbers, strict=True)]
    return (abs(wanted.epoch - other.epoch), *apart, int(other < wanted))


def _resolve(lines: Sequence[str], python: Path, uv: Uv, pins: Iterable[Pin], *more: str) -> Answer:
    words = [*_COMPILE, *more, "--python", str(python), "-"]
    return uv.ask(words, text="\n".join([*lines, ""]), more=indexes_of(pins))


def indexes_of(pins: Iterable[Pin]) -> dict[str, str]:
    """Name the indexes that a lock adds to the default one, as variables for uv.

    Parameters
    ----------
    pins
        The packages that are to be had.
    """
    found = dict.fromkeys(pin.index for pin in pins if pin.index)
    # The version counts, not the index that has it: it is pinned, and its hash is known.
    return {"UV_INDEX": " ".join(found), "UV_INDEX_STRATEGY": "unsafe-best-match"} if found else {}


def find_withdrawn(answer: Answer) -> list[str]:
    """List the packages that were withdrawn from the index (yanked, PEP 592), and why.

    Parameters
    ----------
    answer
        What uv said while it installed them: one that is pinned can still be had.
    """
    return [
        f"{name} {version} was withdrawn from the index{f': {why}' if why else ''}"
        for name, version, why in _WITHDRAWN.findall(answer.said)
    ]
