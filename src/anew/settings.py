"""Settings: defaults < ``anew.toml`` or ``pyproject.toml`` < ``ANEW_*`` < argument.

Each setting remembers where its value came from, so that nobody has to guess.
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from anew.errors import UsageError, near_misses

__all__ = ["STORE_FOLDER", "Settings", "find_project", "find_root", "load_settings"]

STORE_FOLDER = ".anew"

_ROOT_MARKS = (STORE_FOLDER, "anew.toml", "pyproject.toml", ".git")


@dataclass(frozen=True)
class Settings:
    """What can be set, with defaults.

    Parameters
    ----------
    root
        The project's folder: the snapshot is taken of it, and paths are recorded relative to it.
    store
        Where trials are kept: a folder. Relative to ``root``.
    keep_inputs
        Largest input file that is kept in the object store, in bytes. Above it, by digest only.
    snapshot_limit
        Largest file that goes into the snapshot of the source tree, in bytes.
    snapshot_files
        Largest number of files that a snapshot may have; a folder with more is not a project.
    origin
        For each setting, where its value came from.
    """

    root: Path
    store: str = STORE_FOLDER
    keep_inputs: int = 1 << 30
    snapshot_limit: int = 10 << 20
    snapshot_files: int = 50_000
    origin: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> Path:
        """The absolute folder of the store."""
        return (self.root / Path(self.store).expanduser()).resolve()


_NAMES = tuple(f.name for f in fields(Settings) if f.name not in {"root", "origin"})


def find_root(start: Path | None = None) -> Path:
    """Find the project that a folder belongs to.

    Parameters
    ----------
    start
        A folder; the current one by default.

    Returns
    -------
    pathlib.Path
        The nearest folder upwards that holds a store, a settings file, ``pyproject.toml`` or
        ``.git``; ``start`` itself when there is none, so that a home folder is never a project.
    """
    here = (start or Path.cwd()).resolve()
    home = Path.home().resolve()
    for folder in (here, *here.parents):
        if folder == home and folder != here:
            break
        if any((folder / mark).exists() for mark in _ROOT_MARKS):
            return folder
    return here


def find_project() -> Path:
    """Find the project that is worked in.

    Returns
    -------
    pathlib.Path
        The project of the current folder; that of the running script when it lies elsewhere, so
        that its code is kept wherever it is started from.
    """
    here = find_root()
    script = Path(sys.argv[0] if sys.argv and sys.argv[0] else "").resolve()
    is_own = script.suffix == ".py" and script.is_file() and not _is_installed(script)
    return here if not is_own or script.is_relative_to(here) else find_root(script.parent)


def _is_installed(path: Path) -> bool:
    """Tell whether a file belongs to the interpreter or to a distribution, not to the user."""
    return path.is_relative_to(sys.prefix) or path.is_relative_to(sys.base_prefix)


def load_settings(root: Path | None = None, **arguments: Any) -> Settings:
    """Gather the settings of a project.

    Parameters
    ----------
    root
        The project's folder; found from the current folder by default.
    **arguments
        Values that win over every other source; None stands for "not given".

    Returns
    -------
    Settings
        The values in force.

    Raises
    ------
    UsageError
        When a file or variable names an unknown setting, or gives a value of the wrong type.
    """
    folder = (root or find_root()).resolve()
    values: dict[str, Any] = {}
    origin = dict.fromkeys(_NAMES, "default")
    for source, table in (*_tables(folder), ("argument", arguments)):
        for name, value in table.items():
            if value is None:
                continue
            values[name] = _parse(name, value, source=source)
            origin[name] = source
    return Settings(root=folder, origin=origin, **values)


def _tables(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """Read the sources of settings from the weakest to the strongest."""
    project = _read_toml(folder / "pyproject.toml").get("tool", {}).get("anew", {})
    own = _read_toml(folder / "anew.toml")
    environment = {
        name: os.environ[f"ANEW_{name.upper()}"]
        for name in _NAMES
        if os.environ.get(f"ANEW_{name.upper()}")
    }
    return [("pyproject.toml", project), ("anew.toml", own), ("environment", environment)]


def _read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; an absent one is empty."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"cannot read the settings: {error}"
        raise UsageError(message, where=str(path), hint="mend the TOML syntax") from error


def _parse(name: str, value: object, *, source: str) -> str | int:
    """Check one value against the type of its setting."""
    if name not in _NAMES:
        message = f"unknown setting {name!r}"
        raise UsageError(message, where=source, hint=near_misses(name, _NAMES))
    if name == "store":
        return os.fspath(value)  # type: ignore[call-overload, no-any-return]
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError) as error:
        message = f"setting {name!r} is {value!r}, expected a whole number"
        raise UsageError(message, where=source, hint=f"{name} = {10 << 20}") from error
    return int(number)
