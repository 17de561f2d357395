"""The Python files of a project that a script reaches, parsed but never run."""

from __future__ import annotations

import ast
import json
import os
import re
import warnings
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.code.exclusion import ENVIRONMENT_MARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Source", "find_named", "find_sources", "parse_source"]

Source = tuple[str, ast.Module]
"""Path relative to the project, and what the file says."""

_IMPORT: Final = re.compile(r"^[ \t]*(?:import|from)[ \t]+(.+)$", re.MULTILINE)
_WORD: Final = re.compile(r"[^\W\d]\w*")
_LIMIT: Final = 2000
_CLOSED: Final = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages"})
_FOLDERS: Final = ("", "src")


def find_sources(root: Path, script: Path | None = None) -> list[Source]:
    """Parse the code of a project.

    Parameters
    ----------
    root
        The project's folder.
    script
        What is run: only what its import statements lead to inside the project is looked at. All
        Python files of the project when it is None, or is no Python.

    Returns
    -------
    list of Source
        The script first; files that cannot be parsed are left out. At most 2000.
    """
    root = Path(os.path.realpath(root))
    if script is None or script.suffix not in {".py", ".ipynb"}:
        found = ((path, parse_source(path)) for path in _list_python(root))
        return [(_name(path, root), tree) for path, tree in found if tree is not None]
    waiting, seen = [Path(os.path.realpath(script))], dict[Path, ast.Module]()
    folders = [waiting[0].parent, *(root / folder for folder in _FOLDERS)]
    while waiting and len(seen) < _LIMIT:
        path = waiting.pop()
        tree = None if path in seen else parse_source(path)
        if tree is not None:
            seen[path] = tree
            reached = (each for each in _reached(tree, path, folders) if each.is_relative_to(root))
            waiting += sorted(reached, reverse=True)
    return [(_name(path, root), tree) for path, tree in seen.items()]


def find_named(root: Path) -> set[str]:
    """Find the modules that import statements of a project name, in whatever way; cheaply.

    Parameters
    ----------
    root
        The project's folder.
    """
    named: set[str] = set()
    for path in _list_python(root):
        with suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
            named.update(name for line in _IMPORT.findall(text) for name in _WORD.findall(line))
    return named


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _list_python(root: Path) -> Iterator[Path]:
    """List the Python files below a folder, environments and hidden folders left out."""
    number = 0
    for folder, inner, files in os.walk(root):
        is_environment = folder != str(root) and not ENVIRONMENT_MARKS.isdisjoint((*files, *inner))
        inner[:] = sorted(n for n in inner if n[:1] != "." and n not in _CLOSED)
        if is_environment:
            inner.clear()
            continue
        for name in sorted(files):
            if name.endswith(".py") and number < _LIMIT:
                number += 1
                yield Path(folder, name)


def _reached(tree: ast.Module, path: Path, folders: list[Path]) -> set[Path]:
    """Find the files that the import statements of a file may load."""
    found: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found |= _find_module(alias.name.split("."), folders)
        elif isinstance(node, ast.ImportFrom):
            bases = [path.parents[node.level - 1]] if node.level else folders
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                found |= _find_module([*parts, alias.name], bases)
    return found


def _find_module(parts: list[str], folders: list[Path]) -> set[Path]:
    """Find the packages on the way to a module, and itself; its last part may be a name in it."""
    for folder in folders:
        place, found = folder, set[Path]()
        for part in parts:
            place = place / part
            files = (place / "__init__.py", place.with_name(f"{part}.py"))
            found |= {Path(os.path.realpath(file)) for file in files if file.is_file()}
        if found:
            return found
    return set()


def parse_source(path: Path) -> ast.Module | None:
    """Parse a Python file or a notebook.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    ast.Module or None
        None when it cannot be read or is no Python; of a notebook its code cells, one after the
        other, without magic commands.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return _parse(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=_LIMIT)
def _parse(path: Path, _changed: int, _size: int) -> ast.Module | None:
    try:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's escapes, which Python tells of itself
            return ast.parse(_read_cells(json.loads(data)) if path.suffix == ".ipynb" else data)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, KeyError, TypeError):
        return None


def _read_cells(notebook: dict[str, Any]) -> str:
    """Join the code cells of a notebook."""
    cells = ("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code")
    lines = (line for cell in cells for line in cell.splitlines())
    return "\n".join("" if line.lstrip()[:1] in {"%", "!", "?"} else line for line in lines)
