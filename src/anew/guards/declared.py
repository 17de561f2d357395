"""Which packages a project declares, and which exact ones it locks, as its facets say."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Lock", "Requirement", "normalise", "read_declared", "read_locks"]

_NAME: Final = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")

_MENDS: Final = {
    "uv.lock": ("uv lock", "uv sync"),
    "poetry.lock": ("poetry lock", "poetry sync"),
    "pdm.lock": ("pdm lock", "pdm sync"),
    "Pipfile.lock": ("pipenv lock", "pipenv sync"),
    "pixi.lock": ("pixi lock", "pixi install"),
    "conda-lock.yml": ("conda-lock lock", "conda-lock install"),
}
_PROJECT: Final = "pyproject.toml"
_LOOSE: Final = ("requirements", "environment")
"""Files that are locks only when every line of theirs names a version."""


@dataclass(frozen=True)
class Requirement:
    """A package that a file asks for.

    Parameters
    ----------
    name
        As PEP 503 normalises it.
    text
        The whole requirement, as PEP 508 writes it.
    file
        Where it is declared.
    is_main
        Whether the work needs it, not its development.
    """

    name: str
    text: str
    file: str
    is_main: bool


@dataclass(frozen=True)
class Lock:
    """A file that says exact versions.

    Parameters
    ----------
    file
        Its name.
    versions
        The versions of each package, several where platforms differ; empty when it is not read.
    renew, install
        Commands that write it anew, and that install what it says.
    """

    file: str
    versions: dict[str, set[str]]
    renew: str
    install: str

    @property
    def has_groups(self) -> bool:
        """Whether it holds what development needs, too."""
        return self.file in _MENDS


def normalise(name: str) -> str:
    """Write the name of a distribution as PEP 503 does.

    Parameters
    ----------
    name
        The name.
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def read_declared(facets: Mapping[str, Mapping[str, Any]]) -> list[Requirement]:
    """Read what a project declares.

    Parameters
    ----------
    facets
        Content of facets by name, ``requirements`` among them.
    """
    groups: Mapping[str, list[str]] = facets.get("requirements", {}).get("declared", {})
    return [
        Requirement(normalise(match[1]), text, _file(group), _is_main(group))
        for group, texts in groups.items()
        for text in texts
        if (match := _NAME.match(text)) and "://" not in text.partition(" @ ")[0]
    ]


def _file(group: str) -> str:
    is_own = group == "project" or group.startswith(("group: ", "optional: "))
    return _PROJECT if is_own else group


def _is_main(group: str) -> bool:
    """Tell what the work needs: extras, groups and files of other names are for something else."""
    stem = PurePosixPath(group).stem if _file(group) == group else group
    return stem in {"project", "pixi", *_LOOSE}


def read_locks(facets: Mapping[str, Mapping[str, Any]]) -> list[Lock]:
    """Read what the lock files of a project say.

    Parameters
    ----------
    facets
        Content of facets by name, ``locks`` and ``requirements`` among them.
    """
    declared: Mapping[str, list[str]] = facets.get("requirements", {}).get("declared", {})
    found = []
    for file, told in facets.get("locks", {}).items():
        versions = {name: set(text.split(" | ")) for name, text in told["versions"].items()}
        if file.startswith(_LOOSE) and len(versions) < len(declared.get(file, ())):
            continue
        write = "uv export -o" if file.startswith("pylock") else "uv pip freeze >"
        renew, install = _MENDS.get(file, (f"{write} {file}", f"uv pip sync {file}"))
        found.append(Lock(file, versions, renew, install))
    return found
