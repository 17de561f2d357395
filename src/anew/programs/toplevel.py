"""The experiments that a script makes at its top level, found by reading it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from anew.programs.detect import files_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["find_made"]


def find_made(script: Path, depth: int) -> set[str]:
    """Give the names that a module has its experiments by; one without a name has an empty one.

    Parameters
    ----------
    script
        The module's file.
    depth
        How many imports deep it may have them from.
    """
    try:
        tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    makers, found = set(), set()
    for statement in _run_at_import(tree.body):
        if isinstance(statement, ast.Import):
            makers |= {
                f"{(each.asname or each.name)}.Experiment"
                for each in statement.names
                if each.name in {"anew", "anew.experiment"}
            }
        elif isinstance(statement, ast.ImportFrom):
            if statement.module in {"anew", "anew.experiment"}:
                names = (e for e in statement.names if e.name == "Experiment")
                makers |= {each.asname or each.name for each in names}
            elif depth:
                found |= _find_imported(script, statement, depth)
        elif any(_name(call.func) in makers for call in _calls(statement)):
            found |= _targets(statement)
    return found


def _find_imported(script: Path, statement: ast.ImportFrom, depth: int) -> set[str]:
    """Give the experiments among the names that a script imports from a module beside it."""
    files = files_beside(script, statement.module or "")
    theirs = find_made(files[0], depth - 1) if files else set()
    asked = {each.name: each.asname or each.name for each in statement.names}
    return theirs - {""} if "*" in asked else {asked[name] for name in theirs & asked.keys()}


def _run_at_import(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that run when a module is imported, those within blocks included."""
    for statement in body:
        if isinstance(statement, ast.If) and _is_main_guard(statement.test):
            yield from _run_at_import(statement.orelse)
        elif isinstance(statement, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for name in ("body", "orelse", "finalbody"):
                yield from _run_at_import(getattr(statement, name, []))
            for handler in getattr(statement, "handlers", []):
                yield from _run_at_import(handler.body)
        elif not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement


def _is_main_guard(test: ast.expr) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "__name__" for each in ast.walk(test))


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    return (each for each in ast.walk(statement) if isinstance(each, ast.Call))


def _targets(statement: ast.stmt) -> set[str]:
    """Give the names that a statement assigns; an empty one when it assigns none."""
    names = {
        each.id
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    return names or {""}


def _name(function: ast.expr) -> str:
    """Give the dotted name of what is called."""
    try:
        return ast.unparse(function)
    except (ValueError, RecursionError):
        return ""
