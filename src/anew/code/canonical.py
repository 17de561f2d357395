"""The text of a function as bytes that say what it does, the same on every release of Python.

What comes from outside of the function leaves a hole in the bytes and a `Reference` in their order:
the name that it goes by is of no account, only what it stands for. Names of locals are numbered.
Comments, formatting, docstrings and annotations are not in it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final

from anew.code.expressions import Expressions
from anew.code.naming import last_name
from anew.code.scopes import Scope, is_for_checkers, open_scope
from anew.code.texts import Reference, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["write_annotations", "write_body", "write_function"]

_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_BY_NAME: Final = frozenset({"eval", "exec", "locals", "vars", "dir"})
"""Builtins that see locals by their names."""


def write_function(node: ast.AST, class_name: str | None = None) -> Text:
    """Write what a function does when it is called.

    Parameters
    ----------
    node
        A function or lambda. Its defaults and decorators are not looked at: they are known by what
        they have become.
    class_name
        The class whose body it is in, for private names.

    Returns
    -------
    Text
        The same for functions that differ in nothing but what does not matter.
    """
    writer = _Writer(None, class_name, by_name=_sees_names(node))
    writer.write_root(node)
    return writer.finish()


def write_body(statements: Sequence[ast.stmt], class_name: str | None = None) -> Text:
    """Write statements of a class or module by the names that they use.

    Parameters
    ----------
    statements
        The statements, in order.
    class_name
        The class whose body they are in.

    Returns
    -------
    Text
        Its references are those of a class; names are in it as they are written.
    """
    scope = open_scope(ast.ClassDef("", [], [], list(statements), []), None)
    writer = _Writer(scope, class_name, by_name=True)
    writer.write_statements(statements)
    return writer.finish()


def write_annotations(node: ast.AST) -> Text:
    """Write the annotations of a class, or of the arguments of a function.

    Parameters
    ----------
    node
        A class, function or lambda.

    Returns
    -------
    Text
        Names and what they are said to be; empty when nothing is annotated.
    """
    writer = _Writer(Scope("class", None), None, by_name=True)
    if isinstance(node, ast.ClassDef):
        for statement in _flat(node.body):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                writer.write_annotation(statement.target.id, statement.annotation)
    elif isinstance(node, _FUNCTIONS):
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg) and argument.annotation is not None:
                writer.write_annotation(argument.arg, argument.annotation)
        if node.returns is not None:
            writer.write_annotation("return", node.returns)
    return writer.finish()


def _rank_required(arguments: ast.arguments) -> dict[str, int]:
    """Give the places of arguments without default among their names in alphabetical order."""
    has_default = len(arguments.args) - len(arguments.defaults)
    required = [each.arg for each in arguments.args[: max(has_default, 0)]]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    required += [each.arg for each, default in pairs if default is None]
    return {name: rank for rank, name in enumerate(sorted(required))}


def _flat(statements: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    """Give the statements of a class body, and those within its conditions."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _flat(each for each in ast.iter_child_nodes(statement) if _is_stmt(each))  # type: ignore[misc]  # filtered


def _is_stmt(node: ast.AST) -> bool:
    return isinstance(node, ast.stmt)


def _sees_names(node: ast.AST) -> bool:
    """Tell whether the names of locals count, since something may look them up."""
    found = 0
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name) if name in _BY_NAME:
                found += 1
            case ast.Call(func=ast.Name(id="vars" | "dir"), args=[_, *_]):
                found -= 1  # it looks into its argument
    return found > 0


class _Writer(Expressions):
    """Writes one tree."""

    def __init__(self, scope: Scope | None, class_name: str | None, *, by_name: bool) -> None:
        super().__init__(scope, class_name, by_name=by_name)
        self.writers |= {
            ast.AnnAssign: self._annotated,
            ast.AsyncFunctionDef: self._definition,
            ast.AugAssign: self._augmented,
            ast.ClassDef: self._class,
            ast.DictComp: self._comprehension,
            ast.FunctionDef: self._definition,
            ast.GeneratorExp: self._comprehension,
            ast.If: self._if,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
        }

    def write_root(self, node: Any) -> None:
        """Write the function itself, without its name and defaults."""
        self._enter(node)
        self.out.append("async " if isinstance(node, ast.AsyncFunctionDef) else "")
        self._arguments(node.args)
        self._body(node)
        self._leave()

    def _body(self, node: Any) -> None:
        if isinstance(node, ast.Lambda):
            self.out.append("{(Return value=")
            self.write(node.body)
            self.out.append(")}")
        else:
            self.write_statements(node.body)

    def _arguments(self, arguments: ast.arguments) -> None:
        """Write the arguments: by name those that can be given by name, or left out.

        Those that have to be given count by the order of their names alone. Under other names each
        call does the same, or fails: the names that it gives must be those that it does not give by
        place, and what could be exchanged then is the order.
        """
        ranks = {} if arguments.kwarg or self.by_name else _rank_required(arguments)
        self.out.append("(")
        for each in arguments.posonlyargs:
            self._bind(each.arg)
        for tag, group in (("/", arguments.args), ("*", arguments.kwonlyargs)):
            self.out.append(tag)
            for each in group:
                self._constant(ranks.get(each.arg, each.arg))
                self._bind(each.arg)
        for tag, star in (("*", arguments.vararg), ("**", arguments.kwarg)):
            if star is not None:
                self.out.append(tag)
                self._bind(star.arg)
        self.out.append(")")

    def _defaults(self, arguments: ast.arguments) -> None:
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            self.out.append("=")
            if default is not None:
                self.write(default)

    def _definition(self, node: Any) -> None:
        """Write a function inside of the function."""
        if any(last_name(each) == "overload" for each in node.decorator_list):
            return
        self.out.append("(def ")
        self._bind(node.name)
        for decorator in node.decorator_list:
            self.out.append("@")
            self.write(decorator)
        self._defaults(node.args)
        if self.scope is not None and self.scope.kind == "class":
            self._constant(node.name)
        self.write_root(node)
        self.out.append(")")

    def _lambda(self, node: ast.Lambda) -> None:
        self.out.append("(lambda ")
        self._defaults(node.args)
        self.write_root(node)
        self.out.append(")")

    def _class(self, node: ast.ClassDef) -> None:
        self.out.append("(class ")
        self._bind(node.name)
        self._constant(node.name)
        for tag, group in (("@", node.decorator_list), ("(", node.bases), ("=", node.keywords)):
            for each in group:
                self.out.append(tag)
                self.write(each)
        outer, self.class_name = self.class_name, node.name
        self._enter(node)
        self.write_statements(node.body)
        self._leave()
        self.class_name = outer
        self.out.append(")")

    def _comprehension(self, node: Any) -> None:
        self.out.append(f"({type(node).__name__} ")
        self.write(node.generators[0].iter)
        self._enter(node)
        for i, generator in enumerate(node.generators):
            self.out.append(" async for " if generator.is_async else " for ")
            if i:
                self.write(generator.iter)
            self.write(generator.target)
            for condition in generator.ifs:
                self.out.append(" if ")
                self.write(condition)
        for part in ("key", "value", "elt"):
            if hasattr(node, part):
                self.out.append(" = ")
                self.write(getattr(node, part))
        self._leave()
        self.out.append(")")

    def _enter(self, node: ast.AST) -> None:
        self.scope = open_scope(node, self.scope)
        self.scopes.append(self.scope)

    def _leave(self) -> None:
        self.scope = self.scope.outer if self.scope is not None else None

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Remember what is imported; it counts by what is done with it."""
        if self.scope is None:
            return
        inner = Scope("function", None)
        for alias in node.names:
            is_from = isinstance(node, ast.ImportFrom)
            name = alias.asname or (alias.name if is_from else alias.name.partition(".")[0])
            if not is_from and not alias.asname and "." in alias.name:
                self.below[alias.name] = None
            owner = self.scope.owner(name) or inner
            if name in owner.imports:
                self.imported[id(owner), name] = owner.imports[name]
            else:  # into a global
                module = alias.name
                if isinstance(node, ast.ImportFrom):
                    module = "." * node.level + (node.module or "")
                self._bind(name)
                self._refer(Reference("", (alias.name,) if is_from else (), module))

    def _if(self, node: ast.If) -> None:
        if is_for_checkers(node):
            for statement in node.orelse:
                self.write(statement)
        else:
            self._write_fields(node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        is_class = self.scope is not None and self.scope.kind == "class"
        if node.value is None and not is_class:
            if not isinstance(node.target, ast.Name):
                self.out.append("(Expr value=")
                self.write(node.target)
                self.out.append(")")
            return
        self.out.append("(Assign targets=[")
        self.write(node.target)
        self.out.append("]")
        if node.value is not None:
            self.out.append(" value=")
            self.write(node.value)
        if is_class:
            self.out.append(" annotation=")
            self.write_annotation("", node.annotation)
        self.out.append(")")

    def _augmented(self, node: ast.AugAssign) -> None:
        """Write an assignment that reads first: what it reads counts."""
        self.out.append(f"(AugAssign {type(node.op).__name__} ")
        target: Any = node.target
        read = type(target)(**dict(ast.iter_fields(target)) | {"ctx": ast.Load()})
        self.write(read)
        self.write(target)
        self.write(node.value)
        self.out.append(")")
