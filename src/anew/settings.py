"""Settings: defaults < ``pyproject.toml`` < ``anew.toml`` < ``ANEW_*`` < command line < argument.

Each setting remembers where its value came from, so that nobody has to guess.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from anew.errors import UsageError, near_misses
from anew.records import dataclass, field, field_names
from anew.tracker import silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = [
    "STORE_FOLDER",
    "Settings",
    "find_project",
    "find_root",
    "is_installed",
    "load_settings",
    "ordered",
]

STORE_FOLDER = ".anew"

_ROOT_MARKS: Final = (STORE_FOLDER, "anew.toml", "pyproject.toml", ".git")
_PREFIX: Final = "ANEW_"
_OTHER_VARIABLES: Final = {"ANEW_ENVIRONMENTS", "ANEW_PARENT", "ANEW_PLAN", "ANEW_TRACE"}
_SIZE: Final = r"(\d+) ?(kB|MB|GB|TB|KiB|MiB|GiB|TiB)?"
_UNITS: Final = {
    None: 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
    "TiB": 1 << 40,
}
_STRICT: Final[dict[str, bool | Literal["snapshot"]]] = {
    "0": False,
    "false": False,
    "1": True,
    "clean": True,
    "true": True,
    "snapshot": "snapshot",
}

_OFF: Final = frozenset({"0", "false", "off"})
_STAMP: Final[dict[str, bool | Literal["sidecar"]]] = {
    "0": False,
    "false": False,
    "1": True,
    "true": True,
    "sidecar": "sidecar",
}
_FSYNC: Final = ("never", "second", "each")

_ordered: Final[ContextVar[dict[str, Any] | None]] = ContextVar("anew_ordered", default=None)


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
    memo_limit
        How much the values of memoised calls may take, in bytes. Those least worth it go first.
    strict
        Whether a trial that others could not make anew is refused; ``"snapshot"`` to accept code
        that is in no commit.
    metrics_files
        Patterns of the names of files whose numbers are metrics. One with a ``/`` is for the end of
        the path.
    ignore
        The kinds of noise that are ignored where two trials are compared; with a ``-`` before a
        name, all but that one.
    console_limit
        How many characters are kept of what a trial prints: of more, the first and the last ones.
    stamp
        Whether the files that a trial saves are told where they come from: inside of them, or, as
        ``"sidecar"``, beside them only.
    fsync
        When what a trial says is put on the disk itself: ``"never"``, which leaves that to the
        system, within a ``"second"``, or ``"each"`` time.
    system_interval
        The seconds between two readings of what a trial takes of the machine; 0 for none.
    tolerances
        By name or pattern of an output, metric or step, how far apart numbers may be, relative to
        the first, to be called close.
    origin
        For each setting, where its value came from.

    Notes
    -----
    Where settings are written down, a size may have a unit: ``"10 MiB"``, ``"2 GB"``.
    """

    root: Path
    store: str = STORE_FOLDER
    keep_inputs: int = 1 << 30
    snapshot_limit: int = 10 << 20
    snapshot_files: int = 50_000
    memo_limit: int = 20 * 10**9
    strict: bool | Literal["snapshot"] = False
    metrics_files: tuple[str, ...] = (
        "metrics.json",
        "*metrics*.json",
        "*_results.json",
        "scores.json",
        "dvclive/*.json",
    )
    ignore: tuple[str, ...] = ("address", "duration", "id", "path", "progress", "time")
    console_limit: int = 64 << 20
    stamp: bool | Literal["sidecar"] = True
    fsync: str = "never"
    system_interval: float = 15.0
    tolerances: tuple[tuple[str, float], ...] = ()
    origin: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def folder(self) -> Path:
        """The absolute folder of the store."""
        return (self.root / self.store).resolve()


_DEFAULTS: Final = {
    name: getattr(Settings, name)
    for name in field_names(Settings)
    if name not in {"root", "origin"}
}


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
    here = start.resolve() if start else Path.cwd()
    if _is_marked(here):
        return here
    home = _find_home()
    for folder in here.parents:
        if folder == home:
            break
        if _is_marked(folder):
            return folder
    return here


def _is_marked(folder: Path) -> bool:
    return any(os.path.exists(f"{folder}/{mark}") for mark in _ROOT_MARKS)  # noqa: PTH110 - quick


def _find_home() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # a user without an entry, as in some containers
        return None


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
    if script.suffix != ".py" or not script.is_file() or is_installed(script):
        return here
    is_inside = script.is_relative_to(here)
    if is_inside and _is_marked(here):
        return here
    its_own = find_root(script.parent)
    return its_own if not is_inside or _is_marked(its_own) else here


def is_installed(path: Path) -> bool:
    """Tell whether a file belongs to the interpreter or to a distribution, not to the user.

    Parameters
    ----------
    path
        The file.
    """
    return path.is_relative_to(sys.prefix) or path.is_relative_to(sys.base_prefix)


@contextmanager
def ordered(**values: Any) -> Iterator[None]:
    """Have settings of the command line hold for what is begun in the block.

    Parameters
    ----------
    **values
        They win over files and variables; None stands for "not given".
    """
    given = {name: value for name, value in values.items() if value is not None}
    token = _ordered.set({**(_ordered.get() or {}), **given})
    try:
        yield
    finally:
        _ordered.reset(token)


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
    origin = dict.fromkeys(_DEFAULTS, "default")
    told = ("command line", _ordered.get() or {}), ("argument", arguments)
    with silent():  # our own reading is no work of a trial that runs
        tables = [*_tables(folder)]
    for source, table in (*tables, *told):
        for name, value in table.items():
            if value is not None:
                values[name] = _parse(name, value, source=source)
                origin[name] = source
    return Settings(root=folder, origin=origin, **values)


def _tables(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the sources of settings from the weakest to the strongest."""
    tool = _read_toml(folder / "pyproject.toml").get("tool")
    project = tool.get("anew", {}) if isinstance(tool, dict) else {}
    if not isinstance(project, dict):
        message = f"[tool.anew] is {project!r}, expected a table"
        raise UsageError(message, where=str(folder / "pyproject.toml"), hint="[tool.anew]")
    yield "pyproject.toml", project
    yield "anew.toml", _read_toml(folder / "anew.toml")
    for variable in os.environ:
        is_one = variable.startswith(_PREFIX) and variable not in _OTHER_VARIABLES
        if is_one and (value := os.environ.get(variable)):
            yield variable, {variable.removeprefix(_PREFIX).lower(): value}


def _read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file; an absent one is empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _parse_toml(text) if text and not text.isspace() else {}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError as error:  # of the encoding, or of the syntax
        message = f"cannot read the settings: {error}"
        raise UsageError(message, where=str(path), hint="mend the TOML syntax") from error
    except OSError as error:
        message = f"cannot read the settings: {error.strerror}"
        import shlex

        hint = f"chmod a+r {shlex.quote(str(path))}"
        raise UsageError(message, where=str(path), hint=hint) from error


def _parse_toml(text: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads(text)


def _parse(name: str, value: object, *, source: str) -> Any:
    """Check one value against the type of its setting."""
    if name not in _DEFAULTS:
        message = f"unknown setting {name!r}"
        raise UsageError(message, where=source, hint=near_misses(name, _DEFAULTS))
    return _PARSERS.get(name, _parse_size)(name, value, source)


def _parse_size(name: str, value: object, source: str) -> int:
    found = re.fullmatch(_SIZE, str(value).strip())
    if found is None or isinstance(value, bool):
        message = f"setting {name!r} is {value!r}, expected a whole number from 0"
        raise UsageError(message, where=source, hint=f"{name} = {_DEFAULTS[name]}")
    return int(found[1]) * _UNITS[found[2]]


def _parse_folder(name: str, value: object, source: str) -> str:
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        message = f"setting {name!r} is {value!r}, expected a folder"
        raise UsageError(message, where=source, hint=f"{name} = {STORE_FOLDER!r}")
    text = str(value)
    try:
        return str(Path(text).expanduser()) if text.startswith("~") else text
    except RuntimeError as error:
        message = f"setting {name!r} is {value!r}: there is no such user"
        raise UsageError(message, where=source, hint=f"{name} = {STORE_FOLDER!r}") from error


def _parse_strict(name: str, value: object, source: str) -> bool | Literal["snapshot"]:
    mode = _STRICT.get(str(value).strip().lower())
    if mode is None:
        message = f"setting {name!r} is {value!r}, expected true, false or 'snapshot'"
        raise UsageError(message, where=source, hint=f"{name} = true")
    return mode


def _parse_stamp(name: str, value: object, source: str) -> bool | Literal["sidecar"]:
    mode = _STAMP.get(str(value).strip().lower())
    if mode is None:
        message = f"setting {name!r} is {value!r}, expected true, false or 'sidecar'"
        raise UsageError(message, where=source, hint=f'{name} = "sidecar"')
    return mode


def _parse_fsync(name: str, value: object, source: str) -> str:
    if value not in _FSYNC:
        message = f"setting {name!r} is {value!r}, expected 'never', 'second' or 'each'"
        raise UsageError(message, where=source, hint=f'{name} = "second"')
    return str(value)


def _parse_interval(name: str, value: object, source: str) -> float:
    text = str(value).strip().lower()
    try:
        seconds = 0.0 if text in _OFF else float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        message = f"setting {name!r} is {value!r}, expected seconds from 0, or false"
        raise UsageError(message, where=source, hint=f"{name} = {_DEFAULTS[name]}")
    return seconds


def _parse_patterns(name: str, value: object, source: str) -> tuple[str, ...]:
    """Read a list of patterns; in a variable they stand with commas between them."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) and v for v in value):
        message = f"setting {name!r} is {value!r}, expected a list of file names or patterns"
        raise UsageError(message, where=source, hint=f'{name} = ["metrics.json"]')
    return tuple(value)


def _parse_rules(name: str, value: object, source: str) -> tuple[str, ...]:
    """Read a list of rules of noise; an empty one ignores nothing."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) and v for v in value):
        message = f"setting {name!r} is {value!r}, expected a list of rules"
        raise UsageError(message, where=source, hint=f'{name} = ["time", "duration"]')
    return tuple(value)


def _parse_tolerances(name: str, value: object, source: str) -> tuple[tuple[str, float], ...]:
    """Read tolerances by name; in a variable they stand as ``rmse=1e-6,*.csv=1e-3``."""
    if isinstance(value, str):
        value = dict(part.rpartition("=")[::2] for part in value.split(",") if part.strip())
    try:
        pairs = tuple((str(key).strip(), float(rtol)) for key, rtol in dict(value).items())  # type: ignore[call-overload]
    except (TypeError, ValueError):
        pairs = (("", -1.0),)
    if not all(key and 0 <= rtol < float("inf") for key, rtol in pairs):
        message = f"setting {name!r} is {value!r}, expected numbers from 0 by name"
        raise UsageError(message, where=source, hint=f'{name} = {{ "*.csv" = 1e-9 }}')
    return pairs


_PARSERS: Final[dict[str, Callable[[str, object, str], Any]]] = {
    "store": _parse_folder,
    "strict": _parse_strict,
    "stamp": _parse_stamp,
    "fsync": _parse_fsync,
    "system_interval": _parse_interval,
    "metrics_files": _parse_patterns,
    "ignore": _parse_rules,
    "tolerances": _parse_tolerances,
}
