"""Whether programs read the parameters that they are given."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from anew.guards.sources import Source

__all__ = ["find_unread"]

# Whoever calls these may read every name without writing it.
_TAKES_ALL: Final = frozenset(
    {"_asdict", "_get_kwargs", "asdict", "astuple", "exec", "eval", "globals", "locals", "vars"}
)
_TAKES_ALL_AS_ATTRIBUTE: Final = frozenset({"__dict__", "__slots__", "_get_kwargs"})
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*?(\w+)(?:[!:][^{}]*)?\}")


def find_unread(given: Collection[str], sources: Iterable[Source]) -> list[str]:
    """Find parameters that nothing in a program reads.

    Parameters
    ----------
    given
        The names that were given explicitly; of dotted ones the last part counts.
    sources
        The project's files that the program loaded.

    Returns
    -------
    list of str
        The names that stand nowhere as attribute, key, keyword or variable that is read. Empty when
        a program hands all of them on at once, as ``vars(arguments)`` does, so that nothing can be
        told, and when there are no sources.
    """
    trees = [tree for _, tree in sources]
    read: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if _takes_all(node):
                return []
            read.update(_names(node))
    if not trees:
        return []
    return [name for name in given if _plain(name.rpartition(".")[2]) not in read]


def _plain(name: str) -> str:
    """Write an option as the attribute that it becomes."""
    return name.lstrip("-").replace("-", "_")


def _takes_all(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _TAKES_ALL_AS_ATTRIBUTE
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
    is_computed = (
        name == "getattr" and len(node.args) > 1 and not isinstance(node.args[1], ast.Constant)
    )
    return name in _TAKES_ALL or is_computed


def _names(node: ast.AST) -> Iterator[str]:
    """Give the names that a piece of code may read something by."""
    if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.attr if isinstance(node, ast.Attribute) else node.id
    elif isinstance(node, ast.Subscript):
        yield from _texts([node.slice])
    elif isinstance(node, ast.Call):
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
        if name in {"get", "getattr", "pop", "attrgetter", "itemgetter", "setdefault"}:
            yield from _texts(node.args)
    elif isinstance(node, ast.MatchClass):
        yield from node.kwd_attrs
    elif isinstance(node, ast.MatchMapping):
        yield from _texts(node.keys)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from _PLACEHOLDER.findall(node.value)


def _texts(nodes: Iterable[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _plain(node.value.rpartition(".")[2])
