"""Values that come from a cell which is not there any more, or says something else by now."""

from __future__ import annotations

import ast
import symtable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from anew.notebooks.cells import Cell

__all__ = ["Stale", "find_stale"]

_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Stale:
    """A name whose value nobody gets by running the notebook from top to bottom.

    Parameters
    ----------
    name
        The name.
    number
        Which of the executed cells gave the value, from 1.
    why
        ``"edited"`` or ``"deleted"``.
    """

    name: str
    number: int
    why: str

    def __str__(self) -> str:
        return f"{self.name} is from cell [{self.number}], which was {self.why} since it ran"


@dataclass(frozen=True)
class _Names:
    """Names that a cell gives a value to, and those that it takes from before."""

    given: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()


def find_stale(
    cells: Sequence[Cell], saved: Mapping[str, str], transform: Callable[[str], str] = str
) -> list[Stale]:
    """Find the names that the last cell uses and whose cells were edited or deleted since.

    Parameters
    ----------
    cells
        All that were executed, the one in question last.
    saved
        The notebook as it is saved: the source of each cell by its identity. Empty when unknown.
    transform
        Turns the source of a cell into Python, as magics need it.

    Returns
    -------
    list of Stale
        Each name once, also those that the cell depends on through others.
    """
    names = [_names(transform(cell.source)) for cell in cells]
    found: dict[str, Stale] = {}
    waiting = [(name, len(cells) - 1) for name in sorted(names[-1].taken)] if cells else []
    seen = set(waiting)
    while waiting:
        name, before = waiting.pop(0)
        giver = next((at for at in range(before - 1, -1, -1) if name in names[at].given), None)
        if giver is None:
            continue
        why = _why(giver, cells, saved)
        if why:
            found.setdefault(name, Stale(name, giver + 1, why))
        further = {(each, giver) for each in names[giver].taken} - seen
        seen |= further
        waiting += sorted(further)
    return list(found.values())


def _why(at: int, cells: Sequence[Cell], saved: Mapping[str, str]) -> str:
    """Say what became of a cell since it was executed; nothing when it is as it was."""
    cell = cells[at]
    if not cell.identity:
        return ""
    later = [each for each in cells[at + 1 :] if each.identity == cell.identity]
    if later and later[-1].source != cell.source:
        return "edited"
    if not saved or later:
        return ""
    if cell.identity not in saved:
        return "deleted"
    return "" if saved[cell.identity].strip() == cell.source.strip() else "edited"


def _names(source: str) -> _Names:
    """Find the names of a cell; those inside of functions are taken when these are called."""
    try:
        table, tree = symtable.symtable(source, "<cell>", "exec"), ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return _Names()
    given, taken = set(), set()
    for each in _walk(table):
        for symbol in each.get_symbols():
            if each is table or symbol.is_global():
                if symbol.is_assigned() or symbol.is_imported():
                    given.add(symbol.get_name())
                if symbol.is_referenced():
                    taken.add(symbol.get_name())
    return _Names(frozenset(given), frozenset((taken - given) | _taken_first(tree)))


def _walk(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Give a table of names and those within it."""
    yield table
    for child in table.get_children():
        yield from _walk(child)


def _taken_first(tree: ast.Module) -> set[str]:
    """Name what a cell takes before it gives it a value itself, statement by statement."""
    given: set[str] = set()
    first: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, _DEFINITIONS):
            given.add(statement.name)
            continue
        inner = {node.id for each in _comprehensions(statement) for node in _names_in(each.target)}
        is_simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        bound: set[str] = set()  # within the statement, in the order of the source
        for node in sorted(_names_in(statement), key=lambda node: (node.lineno, node.col_offset)):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
            elif node.id not in given | inner and (is_simple or node.id not in bound):
                first.add(node.id)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            first |= {statement.target.id} - given
        given |= bound
        if isinstance(statement, ast.Import | ast.ImportFrom):
            given |= {(each.asname or each.name).partition(".")[0] for each in statement.names}
    return first


def _names_in(tree: ast.AST) -> list[ast.Name]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _comprehensions(tree: ast.AST) -> list[ast.comprehension]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.comprehension)]
