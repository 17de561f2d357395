"""The hashes that the project's own lock files know of what was installed."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_file
from anew.errors import AnewError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Locked", "find_hashes", "read_locked"]

_HASH: Final = re.compile(r"(sha256|sha384|sha512):[0-9a-f]{64,128}")
_ALGORITHMS: Final = ("sha256", "sha384", "sha512")
_PINNED: Final = re.compile(
    r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*([^\s;\\]+)(.*)$", re.MULTILINE
)
_DEFAULT: Final = ("https://pypi.org/simple", "https://files.pythonhosted.org")

Locked = dict[tuple[str, str], tuple[tuple[str, ...], str]]
"""Hashes, and the index where it is not the default one, by name and version."""


def find_hashes(locks: Mapping[str, Any], versions: Mapping[str, str], root: Path) -> Locked:
    """Find what the lock says that was installed from.

    Parameters
    ----------
    locks
        The facet ``locks``.
    versions
        What was installed.
    root
        Where the project's files lie now.

    Returns
    -------
    dict
        Of the lock that knows most of them. A lock that names another version of anything than was
        installed is passed over, and so is one that is not as it was recorded.
    """
    best: Locked = {}
    for path, lock in locks.items():
        pins: dict[str, str] = lock["versions"]
        shared = pins.keys() & versions.keys()
        if shared and all(versions[name] in pins[name].split(" | ") for name in shared):
            found = _read(root / path, lock["digest"])
            known = {key: value for key, value in found.items() if versions.get(key[0]) == key[1]}
            best = max(best, known, key=len)
    return best


def _read(path: Path, digest: str | None) -> Locked:
    """Read a lock, if it is the recorded one."""
    try:
        if digest_file(path).digest == digest:
            return read_locked(path.name, path.read_text(encoding="utf-8"))
    except (AnewError, OSError, UnicodeDecodeError):
        pass
    return {}


def read_locked(name: str, text: str) -> Locked:
    """Read the hashes of a lock file.

    Parameters
    ----------
    name
        The file's name, which tells the format.
    text
        What is in it: ``uv.lock``, ``poetry.lock``, ``pdm.lock``, ``pylock.toml`` (PEP 751),
        ``Pipfile.lock``, or requirements with ``--hash``.

    Returns
    -------
    dict
        Empty for what is broken, or has no hashes.
    """
    found: Locked = {}
    try:
        for package, version, about in _list_packages(name, text):
            hashes = tuple(sorted(set(_walk(about))))
            if hashes:
                spelled = re.sub(r"[-_.]+", "-", package).lower()
                found[spelled, version.removeprefix("==")] = hashes, _find_index(about)
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}
    return found


def _list_packages(name: str, text: str) -> Iterator[tuple[str, str, Any]]:
    if name == "Pipfile.lock":
        tree = json.loads(text)
        for section in ("default", "develop"):
            for package, about in tree.get(section, {}).items():
                yield package, str(about.get("version", "")), about
    elif name.endswith((".txt", "requirements.lock")):
        for found in _PINNED.finditer(re.sub(r"\\\s*\n", " ", text)):
            yield found[1], found[2], found[3].replace("--hash=", " ").split()
    elif name.endswith((".toml", ".lock")) and not name.startswith("pixi"):
        tree = tomllib.loads(text)
        for about in [*tree.get("package", ()), *tree.get("packages", ())]:
            yield about["name"], str(about.get("version", "")), about


def _walk(tree: Any) -> Iterator[str]:
    """Give all hashes of a tree, as ``sha256:...``."""
    if isinstance(tree, str):
        if _HASH.fullmatch(tree):
            yield tree
    elif isinstance(tree, dict):
        for algorithm in _ALGORITHMS:
            if isinstance(tree.get(algorithm), str):
                yield f"{algorithm}:{tree[algorithm]}"
        for value in tree.values():
            yield from _walk(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _walk(value)


def _find_index(about: Any) -> str:
    """Give the URL of the index, where it is named and not the default one."""
    if not isinstance(about, dict):
        return ""
    source = about.get("source")
    told = str(source.get("registry") if isinstance(source, dict) else about.get("index"))
    is_url = told.startswith(("https://", "http://"))
    return told if is_url and not told.startswith(_DEFAULT) else ""
