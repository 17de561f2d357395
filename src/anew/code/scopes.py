"""Which names a scope of Python binds, and how: what is a local, what comes from outside."""

from __future__ import annotations

import ast
from typing import Any, Final

__all__ = ["Scope", "is_for_checkers", "open_scope"]

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS: Final = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

Import = tuple[str, tuple[str, ...]]
"""A module, with a dot for each level of a relative import, and the names below it."""


class Scope:
    """The names of a function, class or comprehension.

    Parameters
    ----------
    kind
        ``"function"``, ``"class"`` or ``"comprehension"``.
    outer
        The scope around it, None for the outermost.
    """

    def __init__(self, kind: str, outer: Scope | None) -> None:
        self.kind = kind
        self.outer = outer
        self.bound: set[str] = set()
        self.assigned: set[str] = set()
        """Names that are bound by something else than an import."""
        self.imports: dict[str, list[Import]] = {}
        self.outside: set[str] = set()
        """Names declared global: they skip all scopes around."""
        self.enclosing: set[str] = set()
        """Names declared nonlocal."""

    def bind(self, name: str) -> None:
        """Enter a name that is bound here."""
        self.bound.add(name)
        self.assigned.add(name)

    def owner(self, name: str) -> Scope | None:
        """Find the scope that a name belongs to; None when it comes from outside of all."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.outside:
                return None
            is_bound = name in scope.bound and name not in scope.enclosing
            if is_bound and (scope is self or scope.kind != "class"):
                return scope
            scope = scope.outer
        return None


def open_scope(node: ast.AST, outer: Scope | None) -> Scope:
    """Make the scope of a function, lambda, class or comprehension.

    Parameters
    ----------
    node
        The tree that has a scope of its own.
    outer
        The scope around it.

    Returns
    -------
    Scope
        With every name that the node binds.
    """
    if isinstance(node, _COMPREHENSIONS):
        scope = Scope("comprehension", outer)
        for generator in node.generators:
            _collect(generator.target, scope)
        return scope
    scope = Scope("class" if isinstance(node, ast.ClassDef) else "function", outer)
    arguments = getattr(node, "args", None)
    if isinstance(arguments, ast.arguments):
        for argument in _arguments(arguments):
            scope.bind(argument.arg)
    for parameter in getattr(node, "type_params", ()):
        scope.bind(parameter.name)
    body: Any = node.body  # type: ignore[attr-defined]  # all others have one
    for statement in body if isinstance(body, list) else [body]:
        _collect(statement, scope)
    return scope


def is_for_checkers(node: ast.AST) -> bool:
    """Tell whether a statement is ``if TYPE_CHECKING:``, which never runs.

    Parameters
    ----------
    node
        Any statement.
    """
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
    return False


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return named + [each for each in (arguments.vararg, arguments.kwarg) if each is not None]


def _collect(root: ast.AST, scope: Scope) -> None:
    """Enter the names that a tree binds, leaving out those of scopes inside of it."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                scope.bind(node.id)
        elif isinstance(node, _COMPREHENSIONS):
            _collect_walrus(node, scope)
        elif isinstance(node, ast.Lambda):
            waiting += [each for each in node.args.defaults + node.args.kw_defaults if each]
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            scope.bind(node.name)
            waiting += _outside_of_body(node)
        else:
            _bind(node, scope)
            if is_for_checkers(node):
                waiting += node.orelse  # type: ignore[attr-defined]  # it is an `if`
            else:
                waiting += ast.iter_child_nodes(node)


def _outside_of_body(node: Any) -> list[ast.AST]:
    """Give what a definition evaluates where it stands."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    defaults = node.args.defaults + node.args.kw_defaults
    return [*node.decorator_list, *(each for each in defaults if each)]


def _collect_walrus(node: ast.AST, scope: Scope) -> None:
    """Enter what ``:=`` binds within a comprehension: it belongs to the scope around."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.NamedExpr) and isinstance(inner.target, ast.Name):
            scope.bind(inner.target.id)


def _bind(node: ast.AST, scope: Scope) -> None:
    """Enter the names that are no `ast.Name`."""
    target: Import
    match node:
        case ast.Import(names=names):
            for alias in names:
                top = alias.name.partition(".")[0]
                target = (alias.name if alias.asname else top, ())
                scope.bound.add(alias.asname or top)
                scope.imports.setdefault(alias.asname or top, []).append(target)
        case ast.ImportFrom(module=module, names=names, level=level):
            for alias in names:
                target = ("." * level + (module or ""), (alias.name,))
                scope.bound.add(alias.asname or alias.name)
                scope.imports.setdefault(alias.asname or alias.name, []).append(target)
        case ast.Global(names=names):
            scope.outside.update(names)
        case ast.Nonlocal(names=names):
            scope.enclosing.update(names)
        case (
            ast.ExceptHandler(name=str() as name)
            | ast.MatchAs(name=str() as name)
            | ast.MatchStar(name=str() as name)
            | ast.MatchMapping(rest=str() as name)
        ):
            scope.bind(name)
