"""What is wrong here, each with what mends it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.doctor.facts import needed_by_anew, tell_tools
from anew.guards.concern import Concern, name_some

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.errors import UsageError
    from anew.settings import Settings

__all__ = ["find_problems"]

_NETWORK: Final = frozenset({"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p"})
_LITTLE_BYTES: Final = 1 << 30
_FEW_BYTES: Final = 50 << 20


def find_problems(
    settings: Settings,
    known: Mapping[str, Mapping[str, Any]],
    *,
    fault: UsageError | None,
    store: Mapping[str, Any],
) -> list[Concern]:
    """Find what is wrong, the gravest first.

    Parameters
    ----------
    settings
        Those of the project.
    known
        Facets by name.
    fault
        Why the settings could not be read, when they could not.
    store
        What is known of the store.

    Returns
    -------
    list of Concern
        ``blocks`` is what keeps anew from recording at all, ``warns`` what some of its verbs
        cannot do without, ``tells`` what is good to know.
    """
    found = [
        *_of_settings(fault),
        *_of_store(store, fault.message if fault else ""),
        *_of_packages(known),
        *_of_tools(settings.root, known),
        *_of_project(settings, known),
    ]
    order = ("blocks", "warns", "tells")
    return sorted(found, key=lambda each: order.index(each.severity))


def _of_settings(fault: UsageError | None) -> Iterator[Concern]:
    if fault is not None:
        yield Concern("settings", fault.message, fault.hint or "", severity="blocks")


def _of_store(store: Mapping[str, Any], told: str) -> Iterator[Concern]:
    """Find what keeps the store from being read or written, but for what is told already."""
    place = store.get("folder", store.get("url", ""))
    if store.get("error") and store["error"] != told:
        mend = store.get("mend") or "store = '.anew' in anew.toml"
        yield Concern("store", str(store["error"]), mend, severity="blocks")
    if store.get("writable") is False:
        text = f"the store in {place} cannot be written"
        mend = f"chmod u+rwx {shlex.quote(place)}, or set ANEW_STORE to a folder of yours"
        yield Concern("store", text, mend, severity="blocks")
    if store.get("filesystem") in _NETWORK:
        text = f"the store in {place} is on a network file system ({store['filesystem']})"
        yield Concern("store", text, "set ANEW_STORE to a folder on a disk of this machine")
    free = store.get("free_bytes", _LITTLE_BYTES)
    if free < _LITTLE_BYTES:
        text = f"only {free >> 20} MiB are free on the disk of the store"
        mend = "anew gc, or free some space"
        yield Concern("disk", text, mend, "blocks" if free < _FEW_BYTES else "warns")


def _of_packages(known: Mapping[str, Mapping[str, Any]]) -> Iterator[Concern]:
    """Find what anew itself needs and has not, or has in another version."""
    versions = known.get("packages", {}).get("versions", {})
    wrong = [
        text
        for name, text in needed_by_anew().items()
        if versions and not _is_met(text, versions.get(name))
    ]
    if wrong:
        text = f"anew needs what is not installed, or not in that version: {name_some(wrong)}"
        mend = f"{Path(sys.executable).name} -m pip install {' '.join(map(shlex.quote, wrong))}"
        yield Concern("packages", text, mend, severity="blocks")


def _is_met(text: str, version: str | None) -> bool:
    from packaging.requirements import Requirement

    return version is not None and Requirement(text).specifier.contains(version, prereleases=True)


def _of_tools(root: Path, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Concern]:
    """Find programs that are missing, or that are not those of this interpreter."""
    tools = tell_tools(root)
    if tools["git"] is None:
        text = "git is not on PATH: the code of trials cannot be kept"
        yield Concern("git", text, "install git, as with: apt install git")
    elif not known.get("git"):
        text = "the project is in no repository of git: anew keeps its code, you have no history"
        yield Concern("git", text, "git init", severity="tells")
    if tools["uv"] is None:
        text = "uv is missing: environments of trials cannot be rebuilt"
        yield Concern("uv", text, "pip install uv")
    command = shutil.which("anew")
    if command and not _is_beside(Path(command), Path(sys.executable)):
        text = f"the command anew on PATH is of another environment: {command}"
        mend = f"{Path(sys.executable).name} -m anew, or activate that environment"
        yield Concern("command", text, mend, severity="tells")


def _is_beside(command: Path, interpreter: Path) -> bool:
    return interpreter.parent in {command.parent, command.resolve().parent}


def _of_project(settings: Settings, known: Mapping[str, Mapping[str, Any]]) -> Iterator[Concern]:
    """Find where interpreter and packages are not what the project asks for."""
    from anew.guards import Present, before_trial

    yield from before_trial(Present(settings, known))
