"""What there is: anew itself, packages, programs, settings and the store."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.guards.declared import normalise, read_declared
from anew.provenance.packages import providers_of
from anew.records import field_names
from anew.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "needed_by_anew",
    "tell_anew",
    "tell_packages",
    "tell_settings",
    "tell_store",
    "tell_tools",
]

_TOOLS: Final = ("git", "strace", "exiftool", "pdflatex")


def tell_anew(root: Path) -> dict[str, Any]:
    """Tell which anew runs, from where, and which one the shell would start."""
    import anew

    return {
        "version": _version("anew"),
        "folder": str(Path(anew.__file__).parent),
        "command": shutil.which("anew"),
        "working_in": str(root),
    }


def needed_by_anew() -> dict[str, str]:
    """Give the requirements of anew itself, by the names of the distributions."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = {}
    with suppress(PackageNotFoundError, InvalidRequirement):
        for text in requires("anew") or ():
            each = Requirement(text)
            if each.marker is None or each.marker.evaluate({"extra": ""}):
                found[normalise(each.name)] = str(each)
    return found


def tell_packages(known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Tell the versions of the packages that matter: to anew, to the project, to this process.

    Parameters
    ----------
    known
        Facets by name.
    """
    packages = known.get("packages", {})
    versions: Mapping[str, str] = packages.get("versions", {})
    declared = [each for each in read_declared(known) if each.is_main]
    providers = providers_of(sys.path)
    modules = {name.partition(".")[0] for name in list(sys.modules)}
    loaded = {owner for name in modules for owner in providers.get(name, ())}
    return {
        "needed_by_anew": {name: versions.get(name) for name in needed_by_anew()},
        "declared": {each.name: versions.get(each.name) for each in declared},
        "loaded": {name: versions[name] for name in sorted(loaded & versions.keys())},
        "origins": packages.get("origins", {}),
        "count": len(versions),
    }


def tell_tools(root: Path) -> dict[str, str | None]:
    """Tell where the programs are that anew may start; None for one that is not there."""
    from anew.environments.uv import find_uv

    found = {name: shutil.which(name) for name in _TOOLS}
    uv = None
    with suppress(AnewError):
        uv = find_uv(root).program
    return {"uv": uv, **found}


def tell_settings(settings: Settings, *, known: bool) -> dict[str, dict[str, Any]]:
    """Tell each setting with where it came from.

    Parameters
    ----------
    settings
        Those in force.
    known
        Whether they could be read; the defaults are given otherwise.
    """
    names = [name for name in field_names(Settings) if name not in {"root", "origin"}]
    origin = "default" if known else "default, for the settings cannot be read"
    told = {}
    for name in names:
        value = getattr(settings, name)
        value = dict(value) if name == "tolerances" else value
        value = list(value) if isinstance(value, tuple) else value
        told[name] = {"value": value, "origin": settings.origin.get(name, origin)}
    return told


def tell_store(settings: Settings) -> dict[str, Any]:
    """Tell how the store is, without making one.

    Parameters
    ----------
    settings
        That say where it is.
    """
    from anew.query import open_to_read
    from anew.stores.schema import VERSION

    if "://" in settings.store:
        return {"url": settings.store, "error": "no store at a URL is supported"}
    folder = settings.folder
    base = next(each for each in (folder, *folder.parents) if each.is_dir())
    told: dict[str, Any] = {
        "folder": str(folder),
        "exists": (folder / "trials.db").is_file(),
        "writable": os.access(base, os.W_OK | os.X_OK),
        "schema": VERSION,
        "filesystem": _file_system(base),
    }
    with suppress(OSError):
        told["free_bytes"] = shutil.disk_usage(base).free
        told["database_bytes"] = (folder / "trials.db").stat().st_size
    try:
        store = open_to_read(str(folder)) if folder.is_dir() else None
        told["trials"] = store.count_trials() if store else 0
        told["running"] = len(store.running()) if store else 0
        told["experiments"] = store.experiments() if store else []
    except AnewError as error:
        told |= {"error": error.message, "mend": error.hint}
    return told


def _file_system(folder: Path) -> str | None:
    """Name the kind of file system that a folder is on."""
    import psutil

    with suppress(OSError):
        place = os.path.realpath(folder)
        mounted = [each for each in psutil.disk_partitions(all=True) if _is_within(place, each)]
        return max(mounted, key=lambda each: len(each.mountpoint)).fstype if mounted else None
    return None


def _is_within(place: str, partition: Any) -> bool:
    return Path(place).is_relative_to(partition.mountpoint)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
