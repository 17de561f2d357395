"""Which functions differ between two states of the source, as far as behaviour goes."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from anew.code.tree import changed_files, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

__all__ = ["changed_functions", "describe_changes"]

_MODULE: Final = "module"

# Text that decides what a program does. Pictures, tables and prose are not code.
_SOURCES: Final = re.compile(
    r"\.(py|pyi|pyx|pxd|ipynb|r|rmd|qmd|jl|m|lua|js|ts|java|go|rs|rb|pl|sql|stan|tex"
    r"|c|cc|cpp|h|hpp|cu|cuh|f|f90|f95|for|sh|bash|zsh|sbatch|smk"
    r"|toml|yaml|yml|json|cfg|ini|proto)",
    re.IGNORECASE,
)
_NAMED_SOURCES: Final = frozenset(
    {"CMakeLists.txt", "Dockerfile", "Makefile", "Snakefile", "requirements.txt"}
)

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_UNPARSED: Final = (SyntaxError, ValueError, RecursionError, MemoryError)


def changed_functions(old: str, new: str) -> list[str]:
    r"""Name the parts of a Python file whose behaviour may differ between two sources.

    Parameters
    ----------
    old, new
        The sources.

    Returns
    -------
    list of str
        Sorted: functions by name, methods as ``Model.fit``, classes for what else is in their
        bodies, and ``module`` for the statements outside of all definitions. Added and removed
        ones are among them. Comments, formatting, docstrings and the order of definitions do not
        count. What cannot be parsed is ``module`` as a whole.

    Examples
    --------
    >>> changed_functions("def f(x): return x", "def f(x):  # a note\n    return x + 1")
    ['f']
    """
    return sorted(_changes(old, new))


def describe_changes(
    git_dir: Path, a: str, b: str, *, ignore: Collection[str] = frozenset()
) -> list[str]:
    """Say what changed in the code between two snapshots, one part for each change.

    Parameters
    ----------
    git_dir
        Anew's repository.
    a, b
        Commits, the earlier one first.
    ignore
        Paths of files that are no code here, such as recorded inputs and outputs.

    Returns
    -------
    list of str
        Sorted, as ``fit() changed`` or, when several Python files differ, ``load() changed in
        features.py``. Empty when nothing but comments, formatting and docstrings did.

    Raises
    ------
    SnapshotError
        When a snapshot is not there.
    """
    python: dict[str, list[str]] = {}
    other: list[str] = []
    for status, path in changed_files(git_dir, a, b):
        if path in ignore or not _is_source(path):
            continue
        if status in "AD":
            parts = [f"{path} {'added' if status == 'A' else 'removed'}"]
        else:
            old, new = (read_file(git_dir, commit, path) for commit in (a, b))
            parts = _describe_file(path, old, new)
        if path.endswith(".py") and parts:
            python[path] = parts
        else:
            other += parts
    several = len(python) > 1
    for path, parts in python.items():
        place = f" in {path}" if several else ""
        other += [part if path in part else f"{part}{place}" for part in parts]
    return sorted(other)


def _is_source(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name in _NAMED_SOURCES or bool(_SOURCES.fullmatch(PurePosixPath(name).suffix))


def _describe_file(path: str, old: bytes, new: bytes) -> list[str]:
    """Say what changed in one file that both snapshots have."""
    if path.endswith(".py"):
        changes = _changes(_decode(old), _decode(new))
        return [
            f"{path} {how} at top level" if name == _MODULE else f"{what} {how}"
            for name, (what, how) in changes.items()
        ]
    meaning = _MEANINGS.get(PurePosixPath(path).suffix, _text)
    return [] if meaning(old) == meaning(new) else [f"{path} changed"]


def _changes(old: str, new: str) -> dict[str, tuple[str, str]]:
    """Give for each differing part its name for people, and what happened to it."""
    if old == new:
        return {}
    try:
        before, after = _parts(old), _parts(new)
    except _UNPARSED:
        return {_MODULE: (_MODULE, "changed")}
    changes = {}
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was != now:
            how = "added" if was is None else "removed" if now is None else "changed"
            changes[name] = ((now or was or [name])[0], how)
    return changes


def _parts(source: str) -> dict[str, list[str]]:
    """Take a source apart: for each part its name for people, then what it says."""
    parts: dict[str, list[str]] = {_MODULE: [_MODULE]}
    for statement in _without_docstring(ast.parse(source).body):
        _take_apart(statement, "", parts, _MODULE)
    return parts


def _take_apart(statement: ast.stmt, prefix: str, parts: dict[str, list[str]], home: str) -> None:
    """Enter a statement, and for a class the statements in it, under the names of their parts."""
    if not isinstance(statement, _Definition):
        parts[home].append(_dump(statement))
        return
    name = prefix + statement.name
    is_class = isinstance(statement, ast.ClassDef)
    # One name may be defined several times: a property with its setter, overloads.
    said = parts.setdefault(name, [f"class {name}" if is_class else f"{name}()"])
    if is_class:
        body, statement.body = _without_docstring(statement.body), []
        said.append(_dump(statement))
        for inner in body:
            _take_apart(inner, f"{name}.", parts, name)
    else:
        said.append(_dump(statement))


def _dump(node: ast.AST) -> str:
    """Write a tree as text without positions, comments and docstrings."""
    for inner in ast.walk(node):
        if isinstance(inner, _Definition):
            inner.body = _without_docstring(inner.body)
    return ast.dump(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """Leave out a leading docstring, and every ``pass``, which does nothing."""
    rest = body
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *others]:
            rest = others
    return [statement for statement in rest if not isinstance(statement, ast.Pass)]


def _decode(data: bytes) -> str:
    """Read Python source in the encoding that it declares."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        # Every byte has a meaning in Latin-1, so no difference is lost.
        return data.decode("latin-1")


def _text(data: bytes) -> Any:
    """Compare other files as text, whatever the line ends."""
    return data.replace(b"\r\n", b"\n").rstrip()


def _parsed(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Compare a file by what is read from it, or as text when it cannot be read."""

    def meaning(data: bytes) -> Any:
        try:
            return parse(data)
        except (*_UNPARSED, KeyError, TypeError, AttributeError):
            return _text(data)

    return meaning


def _toml(data: bytes) -> Any:
    return tomllib.loads(data.decode())


def _notebook(data: bytes) -> Any:
    """Give the code of a notebook; outputs and counters change with every execution."""
    return list(_cells(json.loads(data)))


def _cells(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            try:
                yield "".join(map(_dump, _without_docstring(ast.parse(source).body)))
            except _UNPARSED:  # a magic command, or R
                yield source


_MEANINGS: Final = {
    ".ipynb": _parsed(_notebook),
    ".json": _parsed(json.loads),
    ".toml": _parsed(_toml),
}
