"""Writing expressions: attributes, calls, items, texts."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

from anew.code.naming import Naming, last_name
from anew.code.texts import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.code.scopes import Scope

__all__ = ["Expressions"]

_FLAGS: Final = {
    "__doc__": "doc",
    "getdoc": "doc",
    "__name__": "name",
    "__qualname__": "name",
    "__module__": "name",
    "__annotations__": "annotations",
    "__annotate__": "annotations",
    "get_type_hints": "annotations",
    "get_annotations": "annotations",
    "signature": "annotations",
    "getfullargspec": "annotations",
    "co_varnames": "annotations",
    "getsource": "source",
    "getsourcelines": "source",
}
"""Ways in which code reads what does not count otherwise."""
_GETATTR: Final = frozenset({"getattr", "hasattr"})
_QUERIES: Final = frozenset({"query", "eval"})
_QUERIED: Final = re.compile(r"@([A-Za-z_]\w*)")


class Expressions(Naming):
    """Writes the expressions that want more than their fields."""

    def __init__(self, scope: Scope | None, class_name: str | None, *, by_name: bool) -> None:
        super().__init__(scope, class_name, by_name=by_name)
        self.writers |= {
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.JoinedStr: self._joined,
            ast.Subscript: self._subscript,
        }

    def _attribute(self, node: ast.Attribute) -> None:
        if not isinstance(node.ctx, ast.Load):
            tag = "del" if isinstance(node.ctx, ast.Del) else "set"
            self.out.append(f"({tag} {node.attr} ")
            if not self._chain(node.value, how="target"):
                self.write(node.value)
            self.out.append(")")
            return
        if self._chain(node):
            return
        self._flag(node.attr)
        if _FLAGS.get(node.attr) == "name":
            self._flag_class(node.value)
        self.out.append(f"(. {node.attr} ")
        self.write(node.value)
        self.out.append(")")

    def _flag(self, name: str) -> None:
        if name in _FLAGS:
            self.flags.add(_FLAGS[name])

    def _flag_class(self, node: ast.AST) -> None:
        """Take the name of a class, not of a function, to be what is read."""
        match node:
            case ast.Call(func=ast.Name(id="type")) | ast.Attribute(attr="__class__"):
                self.flags.discard("name")
                self.flags.add("class name")

    def _call(self, node: ast.Call) -> None:
        match node:
            case ast.Call(
                func=ast.Name(id=name), args=[base, ast.Constant(value=str() as attr), *rest]
            ) if name in _GETATTR and attr.isidentifier() and not node.keywords:
                self._getattr(name, ast.Attribute(base, attr, ast.Load()), rest)
                return
            case ast.Call(func=ast.Attribute(attr=method)) if method in _QUERIES:
                self._query(node)
        self.out.append("(Call ")
        if (last := last_name(node.func)) is not None:
            self._flag(last)
        if not self._chain(node.func, _asked_for(node)):
            self.write(node.func)
        for argument in node.args:
            self.out.append(",")
            self.write(argument)
        for keyword in node.keywords:
            self.out.append(f" {keyword.arg or '**'}=")
            self.write(keyword.value)
        self.out.append(")")

    def _getattr(self, name: str, read: ast.Attribute, rest: list[ast.expr]) -> None:
        """Write `getattr` with a known name as the attribute that it is."""
        if name == "getattr" and not rest:
            self.write(read)
            return
        self.out.append(f"({name} ")
        self.write(read)
        for each in rest:
            self.write(each)
        self.out.append(")")

    def _query(self, node: ast.Call) -> None:
        """Refer to the globals that a query of a data frame names after an ``@``."""
        for text in (each.value for each in node.args if isinstance(each, ast.Constant)):
            for name in _QUERIED.findall(text) if isinstance(text, str) else ():
                if self.scope is None or self.scope.owner(name) is None:
                    self._refer(Reference(name))

    def _subscript(self, node: ast.Subscript) -> None:
        self.out.append("([] ")
        is_read = isinstance(node.ctx, ast.Load)
        self.out.append("" if is_read else f"{type(node.ctx).__name__} ")
        how = "read" if is_read else "item"
        if not self._chain(node.value, node.slice, how):
            self.write(node.value)
        self.out.append(",")
        self.write(node.slice)
        self.out.append(")")

    def _compare(self, node: ast.Compare) -> None:
        self.out.append("(Compare ")
        self.write(node.left)
        asked: ast.AST = node.left
        for operator, other in zip(node.ops, node.comparators, strict=True):
            self.out.append(f" {type(operator).__name__} ")
            is_asked = isinstance(operator, ast.In | ast.NotIn)
            if not self._chain(other, asked if is_asked else None):
                self.write(other)
            asked = other
        self.out.append(")")

    def _joined(self, node: ast.JoinedStr) -> None:
        """Write an f-string; releases of Python cut the texts in it differently."""
        parts = _merge_texts(node.values)
        if len(parts) <= 1 and all(isinstance(each, str) for each in parts):
            self._constant(parts[0] if parts else "")
            return
        self.out.append("(f")
        for part in parts:
            if isinstance(part, str):
                self.out.append(f"s{len(part)}:{part}")
            elif isinstance(part, ast.FormattedValue):
                self._formatted(part)
            else:
                self.write(part)
        self.out.append(")")

    def _formatted(self, node: ast.FormattedValue) -> None:
        self.out.append(f"(% {node.conversion} ")
        self.write(node.value)
        if isinstance(node.format_spec, ast.JoinedStr) and node.format_spec.values:
            self.out.append(":")
            self._joined(node.format_spec)
        self.out.append(")")


def _asked_for(node: ast.Call) -> ast.expr | None:
    """Give the first argument of a call, which may say what is asked for."""
    if node.args:
        return node.args[0]
    return next((each.value for each in node.keywords if each.arg in {"key", "name"}), None)


def _merge_texts(values: Iterable[ast.expr]) -> list[str | ast.expr]:
    parts: list[str | ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            if parts and isinstance(parts[-1], str):
                parts[-1] += value.value
            elif value.value:
                parts.append(value.value)
        else:
            parts.append(value)
    return parts
