"""Declared, locked, installed and imported packages: where they do not agree."""

from __future__ import annotations

import shlex
from functools import cache
from typing import TYPE_CHECKING, Final

from anew.guards.concern import Concern, name_some
from anew.guards.declared import normalise, read_declared, read_locks
from anew.guards.imports import find_imported
from anew.guards.sources import find_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from anew.guards.declared import Lock, Requirement
    from anew.guards.present import Present

__all__ = ["find_mismatches", "find_unused"]

# Modules whose distributions have other names, for interpreters that are not asked.
_DISTRIBUTIONS: Final = {
    "Bio": "biopython",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "mpl_toolkits": "matplotlib",
    "osgeo": "gdal",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}

_OURS: Final = "anew"
_OF_PIP: Final = ("pyproject.toml", "requirements.txt")
_TOOLS: Final = frozenset({"ipykernel", "jupyter", "jupyterlab", "notebook", "pip", "setuptools"})
"""What is started, not imported."""


def find_mismatches(present: Present) -> list[Concern]:
    """Find where declared, locked, installed and imported packages do not agree.

    Parameters
    ----------
    present
        What there is now.

    Returns
    -------
    list of Concern
        First of locks, then of requirements. That there is no lock, or nothing is declared at all,
        is only told: the record has the versions that are installed.
    """
    declared, locks = read_declared(present.facets), read_locks(present.facets)
    packages = present.facets.get("packages", {})
    installed: Mapping[str, str] = packages.get("versions", {})
    origins: Mapping[str, str] = packages.get("origins", {})
    # What is edited where it stands, as the project itself, changes without a lock.
    fixed = {n: v for n, v in installed.items() if not origins.get(n, "").startswith("editable ")}
    found = [concern for lock in locks for concern in _hold_lock(lock, declared, fixed)]
    if not locks:
        mend = "uv lock" if declared else "uv pip freeze > requirements.txt"
        text = "no lock file says which packages exactly"
        found.append(Concern("lock", text, mend, severity="tells"))
    pinned = {lock.file for lock in locks if lock.versions}
    return [
        *found,
        *_find_absent([e for e in declared if e.file not in pinned], installed),
        *_find_undeclared(present, declared, installed),
    ]


def _hold_lock(
    lock: Lock, declared: Sequence[Requirement], installed: Mapping[str, str]
) -> Iterator[Concern]:
    """Hold a lock against what is declared, and what is installed against the lock."""
    if not lock.versions:
        return
    stale = [
        each.text
        for each in declared
        if each.file != lock.file
        and (each.is_main or lock.has_groups)
        and _applies(each)
        and not any(_is_within(v, each.text) for v in lock.versions.get(each.name, ()))
    ]
    if stale:
        text = f"{lock.file} does not hold what is declared: {name_some(stale)}"
        yield Concern("lock", text, lock.renew)
    other = [
        f"{name} {installed[name]} (locked {' or '.join(sorted(versions))})"
        for name, versions in sorted(lock.versions.items())
        if name in installed and not _is_one_of(installed[name], versions)
    ]
    if other:
        text = f"installed is not what {lock.file} says: {name_some(other)}"
        yield Concern("lock", text, lock.install)


def _find_absent(
    declared: Sequence[Requirement], installed: Mapping[str, str]
) -> Iterator[Concern]:
    """Find requirements that are not installed, or in a version that was not asked for."""
    wanted = [each for each in declared if installed and each.is_main and _applies(each)]
    # What conda installs need not be a distribution of Python.
    sure = [each for each in wanted if each.file in _OF_PIP]
    absent = [each.text for each in sure if each.name not in installed]
    if absent:
        text = f"declared and not installed: {name_some(absent)}"
        yield Concern("requirements", text, _install(absent, sure[0].file))
    for each in wanted:
        version = installed.get(each.name)
        if version is not None and not _is_within(version, each.text):
            text = f"{each.name} {version} is installed, {each.file} asks for {each.text}"
            yield Concern("requirements", text, _install([each.text], each.file))


def _install(texts: list[str], file: str) -> str:
    if file == "pyproject.toml":
        return "uv sync"
    return f"uv pip install {' '.join(map(shlex.quote, texts))}"


def _find_undeclared(
    present: Present, declared: Sequence[Requirement], installed: Mapping[str, str]
) -> Iterator[Concern]:
    """Find what is imported and not declared."""
    imported = find_imported(present.sources, present.root)
    known = {each.name for each in declared}
    open_names = {
        names[0]: f"{names[0]} ({place})"
        for module, place in imported.items()
        if (names := _find_owners(module, installed))
        and known.isdisjoint(names)
        and _OURS not in names
    }
    if open_names:
        text = f"imported and not declared: {name_some(list(open_names.values()))}"
        mend = f"uv add {' '.join(map(shlex.quote, open_names))}"
        if declared and declared[0].file != "pyproject.toml":
            mend = f"add {', '.join(open_names)} to {declared[0].file}"
        yield Concern("requirements", text, mend, severity="warns" if declared else "tells")


def find_unused(present: Present) -> list[Concern]:
    """Find requirements that nothing in the project imports.

    Parameters
    ----------
    present
        What there is now.

    Returns
    -------
    list of Concern
        At most one, which is only told: a requirement may be needed in other ways.
    """
    declared = [each for each in read_declared(present.facets) if each.is_main and _applies(each)]
    named = find_named(present.root) if declared else set()
    if not named:
        return []
    installed = present.facets.get("packages", {}).get("versions", {})
    used = {name for module in named for name in _guess_owners(module)}
    if any(each.name not in used for each in declared):
        used |= {name for module in named for name in _owners().get(module, ())}
    used |= {*_TOOLS, _OURS}
    idle = [e.name for e in declared if e.name not in used and e.name in installed]
    if not idle:
        return []
    text = f"declared and not imported: {name_some(idle)}"
    mend = f"uv remove {' '.join(idle)}"
    return [Concern("unused", text, mend, severity="tells")]


def _find_owners(module: str, installed: Mapping[str, str]) -> list[str]:
    """Name the distributions that a module may be of, by name alone where that is enough."""
    guess = _guess_owners(module)
    if not installed or guess[0] in installed:
        return guess
    return _owners().get(module, guess)


def _guess_owners(module: str) -> list[str]:
    return [normalise(_DISTRIBUTIONS.get(module, module))]


@cache
def _owners() -> dict[str, list[str]]:
    """Give the distributions that have each module, of those that are installed here."""
    from importlib.metadata import packages_distributions

    return {
        module: list(dict.fromkeys(map(normalise, names)))
        for module, names in packages_distributions().items()
    }


def _is_one_of(version: str, versions: set[str]) -> bool:
    """Tell whether a version is among others; a local part that they lack does not count."""
    return version in versions or version.partition("+")[0] in versions


def _applies(each: Requirement) -> bool:
    """Tell whether a requirement holds on this platform."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        marker = Requirement(each.text).marker
    except InvalidRequirement:
        return True
    return marker is None or marker.evaluate()


def _is_within(version: str, text: str) -> bool:
    """Tell whether a version is in the range of a requirement; what cannot be read holds all."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.version import InvalidVersion

    try:
        return Requirement(text).specifier.contains(version, prereleases=True)
    except (InvalidRequirement, InvalidVersion):
        return True
