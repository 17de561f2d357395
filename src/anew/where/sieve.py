"""A filter as a condition in SQL that no matching trial fails.

SQL cannot tell all that Python does: numbers of any size, NaN, lists, truths of three kinds. So it
only sifts: what passes is then asked of the filter itself. A condition therefore has to be true for
every trial for which the filter may be, and may be true for others.
"""

from __future__ import annotations

import ast
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.where.reading import name_of
from anew.where.values import to_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anew.where.reading import Filter

__all__ = ["Column", "Sieve", "sift"]


class Column(NamedTuple):
    """What a name is in SQL.

    Parameters
    ----------
    sql
        The expression.
    odd
        Conditions for the rows whose value SQL cannot tell.
    is_time
        Whether it is a time, in UTC seconds.
    is_truth
        Whether it is true or false.
    """

    sql: str
    odd: tuple[str, ...] = ()
    is_time: bool = False
    is_truth: bool = False


class Sieve(NamedTuple):
    """A condition in SQL.

    Parameters
    ----------
    sql
        Its text.
    arguments
        What is bound to its question marks.
    columns
        The expressions in it that come from names.
    """

    sql: str
    arguments: tuple[Any, ...]
    columns: tuple[str, ...]


_ALL: Final = "1"
_NONE: Final = "0"

_MOST_TERMS: Final = 100
"""SQLite takes a thousand levels and 32,766 arguments; a longer filter is left to Python."""

_CLOSE: Final = 1e-9
"""SQLite may read the last digit of a number otherwise than Python does."""

_LARGE: Final = 1e300
_TINY: Final = 1e-300

_SWAPPED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
}

_CONTRARY: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def sift(matches: Filter, find: Callable[[str], Column | None]) -> Sieve:
    """Turn a filter into a condition in SQL.

    Parameters
    ----------
    matches
        The filter.
    find
        Gives what a name is in SQL; None when it is nothing there.

    Returns
    -------
    Sieve
        True for every trial for which the filter is.
    """
    sifting = _Sifting(find)
    sql = sifting.condition(matches.tree, wanted=True)
    if sql == _ALL or len(sifting.arguments) > _MOST_TERMS:
        return Sieve(_ALL, (), ())
    return Sieve(sql, tuple(sifting.arguments), tuple(dict.fromkeys(sifting.columns)))


_Made = tuple["Callable[..., str]", tuple[Any, ...], bool]


class _Sifting:
    """What is made while a filter is gone through."""

    def __init__(self, find: Callable[[str], Column | None]) -> None:
        self.find = find
        self.arguments: list[Any] = []
        self.columns: list[str] = []

    def condition(self, node: ast.expr, *, wanted: bool) -> str:
        """Give what holds wherever a node may be true, or wherever it may be false."""
        match node:
            case ast.BoolOp(op, parts):
                each = [(self.condition, (part,), wanted) for part in parts]
                return self._join(each, is_any=isinstance(op, ast.Or) is wanted)
            case ast.UnaryOp(ast.Not(), part):
                return self.condition(part, wanted=not wanted)
            case ast.Compare(first, operators, rest):
                sides = [first, *rest]
                links = zip(sides, map(type, operators), rest, strict=False)
                made = [(self._compare, link, wanted) for link in links]
                return self._join(made, is_any=not wanted)
            case ast.Call(_, [asked]) if wanted:
                return self._miss(self._find(asked))
        column = self._find(node) if wanted else None
        return column.sql if column and column.is_truth else _ALL

    def _miss(self, column: Column | None) -> str:
        """Give what holds wherever a trial may lack a name."""
        if column is None or column.is_truth:
            return _ALL
        self.columns.append(column.sql)
        return f"({column.sql} IS NULL{_or(column)})"

    def _join(self, made: Sequence[_Made], *, is_any: bool) -> str:
        """Join conditions; what is bound by those that turn out to say nothing is forgotten."""
        absorbing, neutral = (_ALL, _NONE) if is_any else (_NONE, _ALL)
        before, parts = len(self.arguments), []
        for make, given, wanted in made:
            part = make(*given, wanted=wanted)
            if part == absorbing:
                del self.arguments[before:]
                return absorbing
            if part != neutral:
                parts.append(part)
        if len(parts) > _MOST_TERMS:
            del self.arguments[before:]
            return _ALL
        return f"({(' OR ' if is_any else ' AND ').join(parts)})" if parts else neutral

    def _compare(
        self, left: ast.expr, kind: type[ast.cmpop], right: ast.expr, *, wanted: bool
    ) -> str:
        """Give what holds wherever a comparison may have the wanted answer."""
        if not wanted:
            if kind not in _CONTRARY:
                return _ALL
            kind = _CONTRARY[kind]
        if kind is ast.In:
            return self._contain(left, right)
        column, other = self._find(left), right
        if column is None and kind in _SWAPPED:
            column, other, kind = self._find(right), left, _SWAPPED[kind]
        if column is None or kind in {ast.NotIn, ast.Is, ast.IsNot}:
            return _ALL
        if kind is ast.NotEq and (column.odd or column.is_time or column.is_truth):
            return _ALL  # None, NaN and lists are unequal, too
        return self._bound(column, kind, _constant(other))

    def _contain(self, left: ast.expr, right: ast.expr) -> str:
        """Give what holds wherever a value is in a list, or a text in a value."""
        column = self._find(left)
        if column is not None and isinstance(right, ast.List | ast.Tuple | ast.Set):
            made = [(self._equal, (column, part), True) for part in right.elts]
            return self._join(made, is_any=True)
        column, text = self._find(right), _constant(left)
        if column is None or column.is_time or column.is_truth:
            return _ALL
        if not isinstance(text, str) or not (text.isalnum() and text.isascii()):
            return _ALL
        self.arguments.append(text)
        return f"(instr({column.sql}, ?){_or(column)})"

    def _equal(self, column: Column, part: ast.expr, *, wanted: bool) -> str:  # noqa: ARG002
        return self._bound(column, ast.Eq, _constant(part))

    def _bound(self, column: Column, kind: type[ast.cmpop], constant: Any) -> str:
        """Give what holds wherever a value is in relation to a constant, or may be."""
        low, high = _limits(constant, column)
        if low is None or column.is_truth:
            return _ALL
        if kind is ast.NotEq and low != high:
            return _ALL
        self.columns.append(column.sql)
        if kind is ast.NotEq:
            self.arguments.append(low)
            return f"{column.sql} != ?"
        parts = []
        if kind in {ast.Eq, ast.Gt, ast.GtE}:
            parts.append(f"{column.sql} >= ?")
            self.arguments.append(low)
        if kind in {ast.Eq, ast.Lt, ast.LtE}:
            parts.append(f"{column.sql} <= ?")
            self.arguments.append(high)
        if low == high and len(parts) > 1:
            parts = [f"{column.sql} = ?"]
            self.arguments.pop()
        return f"({' AND '.join(parts)}{_or(column)})"

    def _find(self, node: ast.expr) -> Column | None:
        name = name_of(node)
        return None if name is None else self.find(name)


def _or(column: Column) -> str:
    return "".join(f" OR ({each})" for each in column.odd)


def _constant(node: ast.expr) -> Any:
    """Give the constant that a node is; None when it is none, or None itself."""
    match node:
        case ast.Constant(value):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
            return -number
    return None


def _limits(constant: Any, column: Column) -> tuple[Any, Any]:
    """Give between what SQLite finds all that Python takes for a constant; None when nowhere."""
    if column.is_time:
        constant = to_time(constant)
        if not isinstance(constant, datetime):
            return None, None
        seconds = constant.timestamp()
        return seconds - 1, seconds + 1
    if isinstance(constant, str):
        is_plain = "\0" not in constant and constant.isprintable()
        return (constant, constant) if is_plain else (None, None)
    if isinstance(constant, int | float) and abs(constant) < _LARGE:
        margin = abs(constant) * _CLOSE + _TINY
        return constant - margin, constant + margin
    return None, None
