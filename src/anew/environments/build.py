"""An environment, made once for all trials that ran on the same, and kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from sysconfig import get_platform
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from anew.environments.conda import find_conda
from anew.environments.index import (
    explain,
    find_missing,
    find_uncached,
    find_withdrawn,
    indexes_of,
    mentioned,
)
from anew.environments.problems import Problem, RebuildError
from anew.environments.projects import install_project
from anew.environments.uv import Answer, find_uv
from anew.errors import AnewError, EnvironmentProblemError
from anew.provenance.packages import packages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from anew.environments.donors import Donor
    from anew.environments.interpreters import Interpreter
    from anew.environments.place import Kept, Place
    from anew.environments.uv import Uv
    from anew.environments.wanted import LocalProject, Pin

__all__ = ["Blueprint", "MissingPackagesError", "build", "count_packages"]


class MissingPackagesError(RebuildError):
    """Packages that cannot be had stand in the way.

    Parameters
    ----------
    missing
        The packages, each with what is wrong; None for what nobody could tell the package of.
    """

    def __init__(self, missing: Iterable[tuple[Pin | None, Problem]]) -> None:
        self.missing = tuple(missing)
        super().__init__(problem for _, problem in self.missing)


@dataclass(frozen=True)
class Blueprint:
    """All that an environment is made of, and where that is.

    Parameters
    ----------
    interpreter
        The interpreter; None where conda brings it.
    pins
        Packages of an index, a repository or an archive.
    projects
        Packages of folders.
    explicit
        Packages of conda.
    root
        Where the project's tree lies.
    git_dir
        The repository of snapshots.
    donors
        Installed packages by name, of which a copy may be taken. What an environment is does not
        depend on them.
    """

    interpreter: Interpreter | None
    pins: tuple[Pin, ...]
    projects: tuple[LocalProject, ...]
    explicit: tuple[str, ...]
    root: Path
    git_dir: Path
    donors: Mapping[str, Donor] = field(default_factory=dict)

    @property
    def is_bound(self) -> bool:
        """Whether it is for the tree that lies in ``root``, and of no use when that is gone."""
        return any(not project.commit for project in self.projects)

    def content(self) -> dict[str, Any]:
        """Give what tells it from others, as JSON."""
        python = self.interpreter
        return {
            "python": [python.implementation, python.version, python.free_threaded]
            if python
            else None,
            "packages": sorted(pin.line for pin in self.pins),
            "projects": sorted([p.name, p.version, p.commit, p.is_editable] for p in self.projects),
            "conda": self.explicit,
            "platform": get_platform(),
            "root": str(self.root) if self.is_bound else None,
        }


def count_packages(blueprint: Blueprint) -> str:
    """Say how many packages an environment has.

    Parameters
    ----------
    blueprint
        What it is made of.
    """
    count = len(blueprint.pins) + len(blueprint.projects)
    return f"{count} package{'' if count == 1 else 's'}"


def build(blueprint: Blueprint, place: Place, tell: Callable[[str], None]) -> tuple[Kept, bool]:
    """Make an environment, or give the one that was made before.

    Parameters
    ----------
    blueprint
        What it is made of.
    place
        Where environments are kept.
    tell
        Called with a line on each stage.

    Returns
    -------
    Kept
        The environment.
    bool
        Whether it was made before.

    Raises
    ------
    RebuildError
        When something that belongs in it cannot be had.
    EnvironmentProblemError
        When uv is not there, or the folder cannot be written.

    Notes
    -----
    Safe to call from many processes at once, and safe against being killed: an environment that
    was not finished is removed and made again by the next that wants it.
    """
    room = place.room(blueprint.content())
    if not blueprint.is_bound and (kept := place.find(room)):
        return kept, True
    place.prune()
    with place.only_one(room) as lock:
        if not blueprint.is_bound and (kept := place.find(room)):  # somebody else was here
            return kept, True
        try:
            return _build(blueprint, place, find_uv(blueprint.root, lock), tell), False
        except OSError as error:
            if isinstance(error, AnewError):
                raise
            message = f"the environment cannot be written: {error}"
            hint = "make room on the disk, or set ANEW_ENVIRONMENTS to another folder"
            raise EnvironmentProblemError(message, where=str(room), hint=hint) from error


def _build(blueprint: Blueprint, place: Place, uv: Uv, tell: Callable[[str], None]) -> Kept:
    """Make an environment in an empty folder, and mark it as whole at the end."""
    room = place.room(blueprint.content())
    place.clear(room)
    prefix = _make_base(blueprint, room, uv, tell)
    tell(f"installing {count_packages(blueprint)} with uv")
    _install(blueprint, prefix, uv, tell)
    differences = _install_projects(blueprint, prefix, uv)
    root = str(blueprint.root) if blueprint.is_bound else None
    return place.finish(room, prefix, {"root": root, "differences": differences})


def _make_base(blueprint: Blueprint, room: Path, uv: Uv, tell: Callable[[str], None]) -> Path:
    """Make an environment of an interpreter, without packages; that of conda has some."""
    if blueprint.interpreter is None:
        conda = find_conda(uv.lock)
        if conda is None:
            why = "no program of conda is there"
            raise RebuildError([Problem("the conda environment", why, "--env current")])
        tell(f"installing {len(blueprint.explicit)} packages with {conda.name}")
        return conda.make(blueprint.explicit, room)
    prefix = room / "environment"
    python = str(blueprint.interpreter.path)
    answer = uv.run(["venv", "--quiet", "--no-project", "--python", python, str(prefix)])
    if not answer.is_good:
        named = blueprint.interpreter.named
        why = f"no environment can be made from {python}: {answer.reason}"
        raise RebuildError([Problem(named, why)])
    return prefix


def _install(blueprint: Blueprint, prefix: Path, uv: Uv, tell: Callable[[str], None]) -> None:
    """Install what has one version: exactly that, and nothing that it may ask for.

    First from uv's cache. Where that does not have all, what is still installed where the trial
    ran is taken from there, and the network is asked for the rest.
    """
    sites = [str(path) for path in prefix.glob("lib/python3*/site-packages")]
    there = packages_of(sites, prefix)["versions"]  # of conda
    pins = [pin for pin in blueprint.pins if pin.url or there.get(pin.name) != pin.version]
    if not pins:
        return
    wanted = [*_install_cached(pins, prefix, uv, tell), *(pin for pin in pins if pin.is_private)]
    wanted = [pin for pin in wanted if not _give(blueprint.donors, pin, prefix)]
    if private := [pin for pin in wanted if pin.is_private]:
        raise MissingPackagesError((p, Problem(p.named, "it is not as it was")) for p in private)
    answer = _ask(uv.ask, wanted, prefix)
    if not answer.is_good:
        raise MissingPackagesError(_diagnose(wanted, prefix / "bin" / "python", uv, answer))
    _tell_withdrawn(answer, tell)
    _verify(blueprint, prefix)


def _install_cached(
    pins: Iterable[Pin], prefix: Path, uv: Uv, tell: Callable[[str], None]
) -> list[Pin]:
    """Install what the cache of uv has; give back what it does not have."""
    public = [pin for pin in pins if not pin.is_private]
    absent: list[Pin] = []
    answer = _ask(uv.run, public, prefix, "--offline")
    if not answer.is_good:
        absent = find_uncached(public, prefix / "bin" / "python", uv)
        there = [pin for pin in public if pin not in absent]
        answer = _ask(uv.run, there, prefix, "--offline")
    _tell_withdrawn(answer, tell)
    return absent if answer.is_good else public


def _tell_withdrawn(answer: Answer, tell: Callable[[str], None]) -> None:
    for line in find_withdrawn(answer) if answer.is_good else ():
        tell(line)


def _verify(blueprint: Blueprint, prefix: Path) -> None:
    """Look whether what was asked for is what is there."""
    sites = [str(path) for path in prefix.glob("lib/python3*/site-packages")]
    there = packages_of(sites, prefix)["versions"]
    # What is of a commit or an archive is known by that; its version may be made of git's tags.
    wrong = [
        pin
        for pin in blueprint.pins
        if pin.name not in there or not (pin.url or _is_same(pin.version, there[pin.name]))
    ]
    if wrong:
        raise RebuildError(
            Problem(pin.named, f"uv installed {there.get(pin.name, 'nothing')} instead")
            for pin in wrong
        )


def _is_same(wanted: str, there: str) -> bool:
    """Compare versions, which may be written in several ways."""
    try:
        return wanted == there or Version(wanted) == Version(there)
    except InvalidVersion:
        return False


def _ask(uv: Callable[..., Answer], pins: Sequence[Pin], prefix: Path, *more: str) -> Answer:
    """Have uv install packages, and nothing that they may ask for."""
    if not pins:
        return Answer(0, "", "")
    words = ["pip", "install", "--no-deps", "--python", str(prefix / "bin" / "python")]
    lines = "".join(f"{pin.line}\n" for pin in pins)
    return uv([*words, "--requirement", "-", *more], text=lines, more=indexes_of(pins))


def _give(donors: Mapping[str, Donor], pin: Pin, prefix: Path) -> bool:
    return pin.name in donors and donors[pin.name].give(prefix)


def _diagnose(
    pins: Sequence[Pin], python: Path, uv: Uv, answer: Answer
) -> list[tuple[Pin | None, Problem]]:
    """Find all the packages that cannot be had, not only the first."""
    named = mentioned(pins, answer)
    told: list[tuple[Pin | None, Problem]] = [
        (pin, Problem(pin.named, explain(pin, answer))) for pin in named
    ]
    if answer.is_build_failure:
        return told + find_missing([pin for pin in pins if pin not in named], python, uv)
    found = find_missing(pins, python, uv)
    return found or told or [(None, Problem("the packages", answer.reason))]


def _install_projects(blueprint: Blueprint, prefix: Path, uv: Uv) -> list[str]:
    """Install the projects of folders; say what of them is not as it was."""
    differences, problems = [], []
    for project in blueprint.projects:
        try:
            told, problem = install_project(project, prefix, blueprint.git_dir, uv)
        except AnewError as error:
            told, problem = "", Problem(f"{project.name} {project.version}", error.message)
        differences += [told] if told else []
        problems += [problem] if problem else []
    if problems:
        raise RebuildError(problems)
    return differences
