"""Filters and orders for trials in Python's own syntax, read but never run as Python.

A filter is three-valued, as in SQL: a comparison with a name that a trial lacks is neither true nor
false, and a trial matches when the whole is true.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from anew.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Order", "Predicate", "compile_sort", "compile_where"]

R = TypeVar("R", bound=Mapping[str, Any])
Predicate = Callable[[Mapping[str, Any]], bool]
_Value = Callable[[Mapping[str, Any]], Any]


class Order(Protocol):
    """Sorts mappings of values by name into a new list."""

    def __call__(self, rows: Iterable[R], /) -> list[R]:
        """Sort the rows."""


_UNKNOWN: Final = object()
"""What a comparison gives that has no answer."""

_HINT: Final = """as in --where 'rmse < 40 and model == "ridge"'"""

_EMPTY: Final = "it is empty"
_NESTED: Final = "it is nested too deeply"
_SYNTAX: Final = "invalid syntax"

_POINTED_AT: Final = 120
"""Length up to which a text is shown with a caret."""

_OPERATORS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}


def compile_where(text: str, *, known: Collection[str] | None = None) -> Predicate:
    """Turn a filter into a function.

    Parameters
    ----------
    text
        An expression of names, numbers, texts, lists, comparisons, ``and``, ``or`` and ``not``. A
        name is that of a fact, a parameter or a metric; ``param.x`` and ``metric.x`` tell apart,
        ``metric["val/loss"]`` names what is no identifier. A text compared with a time is a time
        in ISO 8601, local unless it says otherwise.
    known
        The names that mean something; any name does when None.

    Returns
    -------
    callable
        Whether a mapping of values by name matches.

    Raises
    ------
    UsageError
        When the text is not such an expression; the message shows the place.
    UnknownNameError
        When a name is not known.

    Examples
    --------
    >>> matches = compile_where('rmse < 40 and model == "ridge"')
    >>> matches({"rmse": 35.7, "model": "ridge"}), matches({"model": "ridge"})
    (True, False)
    """
    reader = _Reader(text, known, what="filter", hint=_HINT)
    value = reader.compile()

    def matches(row: Mapping[str, Any]) -> bool:
        return _truth(value(row)) is True

    return matches


def compile_sort(text: str, *, known: Collection[str] | None = None) -> Order:
    """Turn a sort order into a function.

    Parameters
    ----------
    text
        Names, separated by commas, ``-`` before one that counts from the highest to the lowest.
    known
        The names that mean something; any name does when None.

    Returns
    -------
    callable
        Sorts mappings of values by name into a list; those that lack a name come last.

    Raises
    ------
    UsageError
        When the text is not such a list; the message shows the place.
    UnknownNameError
        When a name is not known.

    Examples
    --------
    >>> in_order = compile_sort("-rmse")
    >>> in_order([{"rmse": 1}, {}, {"rmse": 2}])
    [{'rmse': 2}, {'rmse': 1}, {}]
    """
    reader = _Reader(text, known, what="order", hint="as in --sort 'model, -rmse'")
    tree = reader.parse()
    keys: list[tuple[_Value, bool]] = []
    for node in tree.elts if isinstance(tree, ast.Tuple) else [tree]:
        is_reversed = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        name = node.operand if isinstance(node, ast.UnaryOp) and is_reversed else node
        keys.append((reader.read_name(name), is_reversed))

    def in_order(rows: Iterable[R]) -> list[R]:
        listed = list(rows)
        for value, is_reversed in reversed(keys):
            _sort_stably(listed, value, is_reversed=is_reversed)
        return listed

    return in_order


def _sort_stably(rows: list[R], value: _Value, *, is_reversed: bool) -> None:
    """Sort by one key, values of different kinds apart, those that are missing last."""
    rows.sort(key=lambda row: _rank(value(row)), reverse=is_reversed)
    rows.sort(key=lambda row: _is_missing(value(row)))


def _is_missing(value: Any) -> bool:
    return value is _UNKNOWN or value is None or value != value  # noqa: PLR0124 - NaN is not itself


def _rank(value: Any) -> tuple[int, Any]:
    """Make values of any kinds comparable: numbers, then times, then texts, then all others."""
    if _is_missing(value):
        return 4, 0
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, datetime):
        return 1, value
    return (2, value) if isinstance(value, str) else (3, repr(value))


class _Reader:
    """Reads one expression into functions of a row."""

    def __init__(self, text: str, known: Collection[str] | None, *, what: str, hint: str) -> None:
        self.text = " ".join(text.split("\n")).strip()
        self.known = known
        self.what = what
        self.hint = hint

    def compile(self) -> _Value:
        """Give the function that the text stands for."""
        tree = self.parse()
        try:
            return self.read(tree)
        except RecursionError:
            raise self._fault(_NESTED) from None

    def parse(self) -> ast.expr:
        """Parse the text; no code is made of it."""
        if not self.text:
            raise self._fault(_EMPTY)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            place = (error.offset or len(self.text) + 1) - 1
            hint = "write '==' to compare" if self.text[place : place + 1] == "=" else None
            raise self._fault(_SYNTAX, place, hint) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise self._fault(_NESTED) from error

    def _fault(self, why: str, place: int | None = None, hint: str | None = None) -> UsageError:
        """Say what cannot be read, and point at the place with a caret."""
        message = f"cannot read the {self.what}: {why}"
        if place is not None and len(self.text) < _POINTED_AT:
            message += f"\n    {self.text}\n    {' ' * place}^"
        return UsageError(message, hint=hint or self.hint)

    def _fault_at(self, node: ast.expr, why: str, hint: str | None = None) -> UsageError:
        before = self.text.encode()[: node.col_offset]
        return self._fault(why, len(before.decode(errors="replace")), hint)

    def read(self, node: ast.expr) -> _Value:
        """Give the function that a node stands for."""
        match node:
            case ast.BoolOp(op, parts):
                value = _join([self.read(each) for each in parts], decisive=isinstance(op, ast.Or))
            case ast.UnaryOp(ast.Not(), part):
                value = _negate(self.read(part))
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
                value = _give(-number)
            case ast.Constant(str() | int() | float() | None as constant):
                value = _give(constant)
            case ast.List(parts) | ast.Tuple(parts) | ast.Set(parts):
                value = _gather([self.read(each) for each in parts])
            case ast.Compare(first, operators, rest):
                value = self._read_comparison([first, *rest], operators)
            case ast.BinOp(_, ast.BitAnd() | ast.BitOr(), _):
                raise self._fault_at(node, "'&' and '|' are not understood", "write 'and' or 'or'")
            case _:
                value = self.read_name(node)
        return value

    def _read_comparison(self, parts: list[ast.expr], operators: list[ast.cmpop]) -> _Value:
        values = [self.read(part) for part in parts]
        compares = [_OPERATORS[type(each)] for each in operators]
        links = [_compare(*link) for link in zip(values, compares, values[1:], strict=False)]
        return links[0] if len(links) == 1 else _join(links, decisive=False)

    def read_name(self, node: ast.expr) -> _Value:
        """Give the function that looks a name up."""
        name = ".".join(self._name_parts(node))
        if self.known is not None and name not in self.known:
            raise self._fault_of_name(name)
        return lambda row: row.get(name, _UNKNOWN)

    def _fault_of_name(self, name: str) -> UsageError:
        both = [f"{prefix}.{name}" for prefix in ("param", "metric")]
        if self.known is not None and all(each in self.known for each in both):
            message = f"{name!r} is a parameter and a metric"
            return UsageError(message, where=self.what, hint=f"write {' or '.join(both)}")
        kind = "fact, parameter or metric"
        error = UnknownNameError(kind, name, known=self._short_names(), where=self.what)
        error.hint = f'{error.hint} (a text needs quotes: "{name}")'
        return error

    def _short_names(self) -> Iterator[str]:
        """Give each known name once: prefixed only where the bare one is ambiguous."""
        for name in self.known or ():
            prefix, _, rest = name.partition(".")
            if prefix not in {"param", "metric"} or rest not in (self.known or ()):
                yield name

    def _name_parts(self, node: ast.expr) -> list[str]:
        match node:
            case ast.Name(name):
                return [name]
            case ast.Attribute(owner, name):
                return [*self._name_parts(owner), name]
            case ast.Subscript(owner, ast.Constant(str() as name)):
                return [*self._name_parts(owner), name]
            case _:
                raise self._fault_at(node, f"{_NODES.get(type(node), 'this')} cannot stand here")


_NODES: Final[dict[type[ast.expr], str]] = {
    ast.BinOp: "arithmetic",
    ast.BoolOp: "a condition",
    ast.Call: "a call",
    ast.Compare: "a comparison",
    ast.Constant: "a value",
    ast.UnaryOp: "a sign",
}


def _give(constant: Any) -> _Value:
    return lambda row: constant  # noqa: ARG005 - a constant of every row


def _gather(values: list[_Value]) -> _Value:
    return lambda row: [value(row) for value in values]


def _truth(value: Any) -> Any:
    """Give True, False or unknown; a missing value of a name is unknown, another one its truth."""
    return value if value is _UNKNOWN else bool(value)


def _negate(value: _Value) -> _Value:
    def negated(row: Mapping[str, Any]) -> Any:
        truth = _truth(value(row))
        return truth if truth is _UNKNOWN else not truth

    return negated


def _join(values: list[_Value], *, decisive: bool) -> _Value:
    """Join conditions by ``or``, which True decides, or by ``and``, which False does."""

    def joined(row: Mapping[str, Any]) -> Any:
        answer: Any = not decisive
        for value in values:
            truth = _truth(value(row))
            if truth is decisive:
                return decisive
            if truth is _UNKNOWN:
                answer = _UNKNOWN
        return answer

    return joined


def _compare(left: _Value, compare: Callable[[Any, Any], Any], right: _Value) -> _Value:
    """Compare two values; what cannot be compared has no answer."""

    def compared(row: Mapping[str, Any]) -> Any:
        one, other = left(row), right(row)
        if one is _UNKNOWN or other is _UNKNOWN:
            return _UNKNOWN
        if isinstance(one, datetime) or isinstance(other, datetime):
            one, other = _to_time(one), _to_time(other)
        try:
            return bool(compare(one, other))
        except (TypeError, ValueError):
            return _UNKNOWN

    return compared


def _to_time(value: Any) -> Any:
    """Read a text as a time, local unless it says otherwise."""
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value).astimezone()
    except ValueError as error:
        message = f"{value!r} is not a time"
        raise UsageError(message, hint="""as in started > "2026-11-21 08:30\"""") from error
