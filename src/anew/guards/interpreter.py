"""Whether the interpreter is one that the project asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from anew.guards.concern import Concern

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_wrong_interpreter"]

_PINNED: Final = re.compile(r"(?:c?python[-@]?)?(\d+(?:\.\d+)*)(?!\S)")

# The keys of pyproject.toml that lead to a range of versions.
_RANGES: Final = (("project", "requires-python"), ("tool", "poetry", "dependencies", "python"))

# Locks are long: the text before or after all packages is enough, and has one such line.
_LOCKS: Final = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock")
_LOCKED: Final = re.compile(
    r"^(?:requires-python|requires_python|python-versions) = \"([^\"]+)\"", re.MULTILINE
)


def find_wrong_interpreter(root: Path, version: str) -> list[Concern]:
    """Hold an interpreter against what the files of a project ask for.

    Parameters
    ----------
    root
        The project's folder.
    version
        The version of the interpreter, as ``3.12.1``.

    Returns
    -------
    list of Concern
        One for each file that asks for another: `pyproject.toml`, `.python-version`, locks.
    """
    found = []
    pins = _read_pins(root / ".python-version")
    if pins and not any(f"{version}.".startswith(f"{pin}.") for pin in pins):
        found.append(_complain(version, ".python-version", pins[0], pins[0]))
    project = _read_project(root / "pyproject.toml")
    told = [("pyproject.toml", _look_up(project, keys)) for keys in _RANGES]
    told += [(file, _read_lock(root / file)) for file in _LOCKS]
    for file, asked in told:
        if asked and not _is_within(version, asked):
            found.append(_complain(version, file, asked, _to_specifier(asked)))
    return found


def _complain(version: str, file: str, asked: str, wanted: str) -> Concern:
    mend = f"uv venv --clear --python '{wanted}' && uv sync"
    return Concern("python", f"Python {version} runs, {file} asks for {asked}", mend)


def _read_pins(path: Path) -> list[str]:
    """Read the versions of a file that pyenv and uv know; names of environments say nothing."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    matches = (_PINNED.match(line.strip()) for line in lines)
    return [match[1] for match in matches if match]


def _read_lock(path: Path) -> str | None:
    """Read what a lock says of the interpreter."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    head, tail = text.partition("[[")[0], text.rpartition("\n[metadata]")[2]
    match = _LOCKED.search(head) or (tail != text and _LOCKED.search(tail))
    return match[1] if match else None


def _read_project(path: Path) -> dict[str, Any]:
    """Read a TOML file; one that is absent or broken says nothing here."""
    try:
        text = path.read_text(encoding="utf-8")
        if not text:
            return {}
        import tomllib

        return tomllib.loads(text)
    except (OSError, ValueError):
        return {}


def _look_up(value: Any, keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _is_within(version: str, asked: str) -> bool:
    """Tell whether a version is in a range; a range that cannot be read holds every version."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return any(
            SpecifierSet(_to_specifier(part)).contains(version, prereleases=True)
            for part in asked.split("||")
        )
    except InvalidSpecifier:
        return True


def _to_specifier(asked: str) -> str:
    """Write the ranges of Poetry, ``^3.11`` and ``~3.11``, as PEP 440 does."""
    return ",".join(_to_clause(part.strip()) for part in asked.split(","))


def _to_clause(part: str) -> str:
    found = re.fullmatch(r"([\^~])\s*(\d+)(?:\.(\d+))?(.*)", part)
    if not found:
        return f"=={part}" if re.fullmatch(r"\d+(\.\d+)*(\.\*)?", part) else part
    sign, major, minor, rest = found.groups()
    low = f">={major}.{minor or 0}{rest}"
    if sign == "~" and minor:
        return f"{low},<{major}.{int(minor) + 1}"
    return f"{low},<{int(major) + 1}"
