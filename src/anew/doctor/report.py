"""All that a ticket needs: versions, machine, project, settings, store, and what is wrong."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, Final

from anew.doctor.facts import tell_anew, tell_packages, tell_settings, tell_store, tell_tools
from anew.doctor.problems import find_problems
from anew.environments.place import find_place
from anew.errors import UsageError
from anew.provenance import capture
from anew.provenance.masking import hide_home, mask_text, mask_value, show_path
from anew.records import asdict
from anew.settings import Settings, find_project, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["configuration"]

_COMMAND: Final = ("argv", "cwd", "environment")


def configuration(
    root: str | os.PathLike[str] | None = None, *, store: str | None = None
) -> dict[str, Any]:
    """Tell what anew runs on here: what one would paste into a ticket.

    Parameters
    ----------
    root
        The project's folder; found as for a trial by default, from the current folder or from the
        running script.
    store
        Where trials are kept, as in the settings.

    Returns
    -------
    dict
        Plain data, as JSON has it: ``time`` (ISO 8601, UTC), ``anew``, ``python``, ``platform``,
        ``hardware``, ``numerics``, ``locale``, ``paths``, ``command``, ``project``, ``packages``,
        ``tools``, ``settings`` (each with its ``value`` and its ``origin``), ``store`` (sizes in
        bytes), ``problems`` and ``unknown``: what could not be found out, and why.

    Notes
    -----
    Credentials are masked, and the home folder is written as ``~``. Nothing is written to the
    disk. What is wrong with the settings or the store is one of the problems, never an exception.

    Examples
    --------
    >>> import anew
    >>> anew.configuration()["python"]["implementation"]
    'CPython'
    """
    folder = find_project() if root is None else Path(root).resolve()
    settings, fault = _read_settings(folder, store)
    known, unknown = _capture(folder)
    kept = tell_store(settings)
    problems = find_problems(settings, known, fault=fault, store=kept)
    told = {
        "time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "anew": tell_anew(folder),
        "python": known.get("python", {}),
        "platform": known.get("platform", {}),
        "hardware": {name: known.get(name, {}) for name in ("cpu", "memory", "gpu")},
        "numerics": known.get("numerics", {}),
        "locale": known.get("locale", {}),
        "paths": {
            "temporary": gettempdir(),
            "environments": str(find_place().folder),
            "imports": list(sys.path),
        },
        "command": {name: known.get("command", {}).get(name) for name in _COMMAND},
        "project": {
            "root": str(folder),
            "git": known.get("git", {}),
            "conda": known.get("conda", {}),
            "locks": sorted(known.get("locks", {})),
        },
        "packages": tell_packages(known),
        "tools": tell_tools(folder),
        "settings": tell_settings(settings, known=fault is None),
        "store": kept,
        "problems": [asdict(each) for each in problems],
        "unknown": unknown,
    }
    plain: dict[str, Any] = _hide(told, folder)
    return plain


def _read_settings(folder: Path, store: str | None) -> tuple[Settings, UsageError | None]:
    """Read the settings; the defaults, where they cannot be read, and why."""
    try:
        return load_settings(folder, store=store), None
    except UsageError as error:
        return Settings(root=folder), error


def _capture(folder: Path) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Gather all facets, and what could not be gathered."""
    gathered = [capture(folder, at_end=at_end) for at_end in (False, True)]
    known = {facet.name: facet.content for each in gathered for facet in each.facets}
    return known, {name: text for each in gathered for name, text in each.failures}


def _hide(told: Mapping[str, Any], root: Path) -> Any:
    """Mask credentials, and what tells where the person's home is."""

    def hide(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(name): hide(each) for name, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [hide(each) for each in value]
        if isinstance(value, os.PathLike):
            value = show_path(value, root)
        if not isinstance(value, str):
            return value
        return hide_home(mask_text(value))

    return hide({name: mask_value(name, value) for name, value in told.items()})
