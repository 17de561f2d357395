"""The text of a filter or an order as a tree, and as a function of a trial."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anew.errors import UnknownNameError, UsageError
from anew.where.values import (
    compare,
    gather,
    give,
    join,
    look_up,
    make_key,
    miss,
    negate,
    truth,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.where.values import Value

__all__ = ["Filter", "Order", "compile_sort", "compile_where", "name_of"]

R = TypeVar("R", bound=Mapping[str, Any])

_HINT: Final = """as in --where 'rmse < 40 and model == "ridge"'"""

_EMPTY: Final = "it is empty"
_NESTED: Final = "it is nested too deeply"
_LONG: Final = "it is too long"
_SYNTAX: Final = "invalid syntax"

_POINTED_AT: Final = 120
"""Length up to which a text is shown with a caret."""

_LONGEST: Final = 100_000
_DEEPEST: Final = 100
"""More levels than anyone means; Python's own limit depends on who calls."""


class Filter:
    """Tells of mappings of values by name whether they match.

    Parameters
    ----------
    tree
        The expression.
    value
        The function that it stands for.
    """

    def __init__(self, tree: ast.expr, value: Value) -> None:
        self.tree = tree
        self._value = value

    def __call__(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a mapping matches."""
        return truth(self._value(row)) is True


class Order:
    """Sorts mappings of values by name into a new list; those that lack a name come last.

    Parameters
    ----------
    keys
        Each name, and whether it counts from the highest to the lowest.
    """

    def __init__(self, keys: list[tuple[str, bool]]) -> None:
        self.keys = keys

    def __call__(self, rows: Iterable[R]) -> list[R]:
        """Sort mappings."""
        listed = list(rows)
        for name, is_reversed in reversed(self.keys):
            listed = _sort_stably(listed, name, is_reversed=is_reversed)
        return listed


def _sort_stably(rows: list[R], name: str, *, is_reversed: bool) -> list[R]:
    """Sort by one key, values of different kinds apart, those that are missing last."""
    key = make_key(look_up(name))
    keyed = [(key(row), row) for row in rows]
    present = [pair for pair in keyed if pair[0] is not None]
    present.sort(key=lambda pair: pair[0] or (), reverse=is_reversed)
    return [row for _, row in present] + [row for found, row in keyed if found is None]


def compile_where(text: str, *, known: Collection[str] | None = None) -> Filter:
    """Turn a filter into a function.

    Parameters
    ----------
    text
        An expression of names, numbers, texts, lists, comparisons, ``and``, ``or``, ``not`` and
        ``missing(name)``. A name is that of a fact, a parameter or a metric; ``param.x`` and
        ``metric.x`` tell apart, ``metric["val/loss"]`` names what is no identifier. A text compared
        with a time is a time in ISO 8601, local unless it says otherwise.
    known
        The names that mean something; any name does when None.

    Returns
    -------
    Filter
        Tells whether a mapping of values by name matches.

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
    tree = reader.parse()
    return Filter(tree, reader.read(tree))


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
    Order
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
    keys: list[tuple[str, bool]] = []
    for node in tree.elts if isinstance(tree, ast.Tuple) else [tree]:
        is_reversed = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
        name = node.operand if isinstance(node, ast.UnaryOp) and is_reversed else node
        keys.append((reader.find_name(name), is_reversed))
    return Order(keys)


def name_of(node: ast.expr) -> str | None:
    """Give the name that a node stands for; None when it is no name."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(owner, name) | ast.Subscript(owner, ast.Constant(str() as name)):
            first = name_of(owner)
            return None if first is None else f"{first}.{name}"
    return None


class _Reader:
    """Reads one expression into functions of a row."""

    def __init__(self, text: Any, known: Collection[str] | None, *, what: str, hint: str) -> None:
        self.known = known
        self.what = what
        self.hint = hint
        if not isinstance(text, str):
            why = f"it is {type(text).__name__}, expected a text"
            raise self._fault(why)
        self.text = " ".join(text.split("\n")).strip()

    def parse(self) -> ast.expr:
        """Parse the text; no code is made of it."""
        if not self.text:
            raise self._fault(_EMPTY)
        if len(self.text) > _LONGEST:
            raise self._fault(_LONG)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                tree = ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            place = (error.offset or len(self.text) + 1) - 1
            hint = "write '==' to compare" if self.text[place : place + 1] == "=" else None
            raise self._fault(_SYNTAX, place, hint) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise self._fault(_NESTED) from error
        if _is_deep(tree):
            raise self._fault(_NESTED)
        return tree

    def _fault(self, why: str, place: int | None = None, hint: str | None = None) -> UsageError:
        """Say what cannot be read, and point at the place with a caret."""
        message = f"cannot read the {self.what}: {why}"
        if place is not None and len(self.text) < _POINTED_AT:
            message += f"\n    {self.text}\n    {' ' * place}^"
        return UsageError(message, hint=hint or self.hint)

    def _fault_at(self, node: ast.expr, why: str, hint: str | None = None) -> UsageError:
        before = self.text.encode()[: node.col_offset]
        return self._fault(why, len(before.decode(errors="replace")), hint)

    def read(self, node: ast.expr) -> Value:
        """Give the function that a node stands for."""
        match node:
            case ast.BoolOp(op, parts):
                value = join([self.read(each) for each in parts], decisive=isinstance(op, ast.Or))
            case ast.UnaryOp(ast.Not(), part):
                value = negate(self.read(part))
            case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as number)):
                value = give(-number)
            case ast.Constant(str() | int() | float() | None as constant):
                value = give(constant)
            case ast.List(parts) | ast.Tuple(parts) | ast.Set(parts):
                value = gather([self.read(each) for each in parts])
            case ast.Compare(first, operators, rest):
                value = self._read_comparison([first, *rest], operators)
            case ast.Call(ast.Name("missing"), [asked], []):
                value = miss(self.find_name(asked))
            case _:
                value = look_up(self.find_name(node))
        return value

    def _read_comparison(self, parts: list[ast.expr], operators: list[ast.cmpop]) -> Value:
        values = [self.read(part) for part in parts]
        kinds = [type(each) for each in operators]
        links = [compare(*link) for link in zip(values, kinds, values[1:], strict=False)]
        return links[0] if len(links) == 1 else join(links, decisive=False)

    def find_name(self, node: ast.expr) -> str:
        """Give the name that a node stands for, which must be known."""
        name = name_of(node)
        if name is None:
            raise self._fault_of_node(node)
        if self.known is not None and name not in self.known:
            raise self._fault_of_name(name)
        return name

    def _fault_of_node(self, node: ast.expr) -> UsageError:
        """Point at what is understood in no filter, be it inside of what looks like a name."""
        while isinstance(node, ast.Attribute | ast.Subscript) and name_of(node.value) is None:
            node = node.value
        match node:
            case ast.BinOp(_, ast.BitAnd() | ast.BitOr(), _):
                return self._fault_at(node, "'&' and '|' are not understood", "write 'and' or 'or'")
            case ast.Call(ast.Name("missing")):
                return self._fault_at(node, "missing() takes one name", "as in missing(rmse)")
        return self._fault_at(node, f"{_NODES.get(type(node), 'this')} cannot stand here")

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
        known = set(self.known or ())
        for name in known:
            prefix, _, rest = name.partition(".")
            if prefix not in {"param", "metric"} or rest not in known:
                yield name


def _is_deep(tree: ast.expr) -> bool:
    """Tell whether more is nested than anyone means."""
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return False
    return True


_NODES: Final[dict[type[ast.expr], str]] = {
    ast.BinOp: "arithmetic",
    ast.BoolOp: "a condition",
    ast.Call: "a call",
    ast.Compare: "a comparison",
    ast.Constant: "a value",
    ast.UnaryOp: "a sign",
}
