"""What an environment is made of, read from the record of a trial."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.environments.hashes import find_hashes
from anew.environments.origins import Origin, expand_path, read_origin
from anew.environments.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LocalProject", "Pin", "Wanted", "read_wanted"]

_OWN: Final = "anew"
"""Of anew, that of today is used: it runs the trial again, and computes nothing."""

_NO_PACKAGE: Final = ("pkg-resources", "0.0.0")
"""What older versions of Debian list in every environment, and no index has."""


@dataclass(frozen=True)
class Pin:
    """A package in one version.

    Parameters
    ----------
    name, version
        The package.
    url
        Where it is from when it is not from an index.
    hashes
        Of its files, as ``sha256:...``, where a lock knows them.
    index
        The URL of its index, where a lock names one that is not the default.
    is_private
        Whether it is not to be taken from an index: a stranger may have given its name to
        another package.
    """

    name: str
    version: str
    url: str = ""
    hashes: tuple[str, ...] = ()
    index: str = ""
    is_private: bool = False

    @property
    def line(self) -> str:
        """The line of a file of requirements."""
        if self.url:
            return f"{self.name} @ {self.url}"
        hashes = "".join(f" --hash={each}" for each in self.hashes)
        return f"{self.name}=={self.version}{hashes}"

    @property
    def named(self) -> str:
        """What it is called in a line."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class LocalProject:
    """A package that was installed from a folder.

    Parameters
    ----------
    name, version
        The package.
    folder
        Where it was, or where it is now when it is part of the project.
    commit
        Its own snapshot, where there is one.
    is_editable
        Whether its files are imported where they are.
    is_inside
        Whether it is part of the project, and so comes with the project's snapshot.
    """

    name: str
    version: str
    folder: Path
    commit: str = ""
    is_editable: bool = True
    is_inside: bool = False


@dataclass(frozen=True)
class Wanted:
    """All that an environment is made of.

    Parameters
    ----------
    pins
        Packages of an index, a repository or an archive.
    projects
        Packages of folders.
    problems
        What the record does not say enough of.
    """

    pins: tuple[Pin, ...] = ()
    projects: tuple[LocalProject, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_wanted(facets: Mapping[str, Any], root: Path | None) -> Wanted:
    """Read what an environment is made of.

    Parameters
    ----------
    facets
        Facets of a trial by name: ``packages``, and ``locks`` and ``snapshot`` if they are there.
    root
        Where the project's tree lies now; None before it is checked out.

    Returns
    -------
    Wanted
        Of anew itself, nothing.
    """
    packages = facets.get("packages")
    if not packages:
        why = "were not recorded"
        return Wanted(problems=(Problem("the packages", why, "--env current"),))
    versions = {
        name: version
        for name, version in packages["versions"].items()
        if name != _OWN and (name, version) != _NO_PACKAGE
    }
    reader = _Reader(facets, root, versions)
    for name, version in versions.items():
        reader.read(name, version, packages.get("origins", {}).get(name, ""))
    return Wanted(tuple(reader.pins), tuple(reader.projects), tuple(reader.problems))


class _Reader:
    """Sorts packages by where they are from."""

    def __init__(
        self, facets: Mapping[str, Any], root: Path | None, versions: Mapping[str, str]
    ) -> None:
        self.pins: list[Pin] = []
        self.projects: list[LocalProject] = []
        self.problems: list[Problem] = []
        self.root = root
        self.kept = facets.get("snapshot", {}).get("editable", {})
        self.own_name = _name_of(root) if root else ""
        self.locked = find_hashes(facets.get("locks", {}), versions, root) if root else {}

    def read(self, name: str, version: str, origin: str) -> None:
        """Find the place of one package."""
        if not origin and name == self.own_name and self.root:
            # What building it left in its folder was found first, and knows of no origin.
            self.projects.append(LocalProject(name, version, self.root, is_inside=True))
        elif not origin:
            hashes, index = self.locked.get((name, version), ((), ""))
            self.pins.append(Pin(name, version, "", hashes, index))
            if not version:
                self.problems.append(Problem(name, "its version could not be read"))
        else:
            self._read_other(name, version, read_origin(origin))

    def _read_other(self, name: str, version: str, origin: Origin | None) -> None:
        """Find the place of what is not from an index."""
        pin = Pin(name, version)
        why = _find_fault(origin)
        if why or origin is None:
            self.problems.append(Problem(pin.named, why))
            self.pins.append(replace(pin, is_private=bool(origin and origin.is_masked)))
        elif origin.is_path and not origin.is_archive:
            self._read_folder(name, version, origin)
        elif origin.is_path and self.root and not expand_path(origin.place, self.root).is_file():
            self.problems.append(Problem(pin.named, f"the file {origin.place} is gone"))
            self.pins.append(pin)
        elif self.root or "://" in origin.place:
            self.pins.append(Pin(name, version, origin.requirement(self.root or Path("/"))))

    def _read_folder(self, name: str, version: str, origin: Origin) -> None:
        """Find the folder of a project: in the project itself, in its own snapshot, or as it is."""
        is_inside = not origin.place.startswith(("~", "/"))
        if is_inside and self.root is None:
            return  # it comes with the project's snapshot
        folder = expand_path(origin.place, self.root or Path("/"))
        commit = self.kept.get(name, {}).get("commit", "")
        if not commit and not folder.is_dir():
            problem = Problem(f"{name} {version}", f"its folder {origin.place} is gone")
            self.problems.append(problem)
            return
        self.projects.append(
            LocalProject(name, version, folder, commit, origin.is_editable, is_inside)
        )


def _find_fault(origin: Origin | None) -> str:
    """Say why an origin is of no use; an empty text when it is."""
    if origin is None:
        return "nobody could read where it was installed from"
    if origin.is_masked:
        return f"it is from a private place, whose credentials are not recorded: {origin.place}"
    if origin.vcs and origin.vcs != "git":
        return f"it is from a repository of {origin.vcs}, which uv does not read: {origin.place}"
    if origin.vcs and not origin.commit:
        return f"the commit of {origin.place} is not recorded"
    return ""


def _name_of(root: Path) -> str:
    """Give the name of the project as a distribution, as PEP 503 normalises it."""
    try:
        tree = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8-sig"))
        name = tree["project"]["name"]
    except (OSError, ValueError, KeyError, TypeError):
        name = _name_in_setup(root)
    return re.sub(r"[-_.]+", "-", str(name)).lower()


def _name_in_setup(root: Path) -> str:
    """Give the name that the older files say; empty when there is none."""
    for file in ("setup.cfg", "setup.py"):
        try:
            text = (root / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if found := re.search(r"^\s*name\s*=\s*[\"']?([\w.-]+)", text, re.MULTILINE):
            return found[1]
    return ""
