"""Writing names: numbers for locals, holes for what comes from outside."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from anew.code.texts import Reference, Text, is_file_name, mangle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from anew.code.scopes import Import, Scope

__all__ = ["Naming", "last_name", "read_chain"]

_IGNORED: Final = frozenset({"ctx", "type_comment", "kind", "type_ignores"})
_WHOLE: Final = frozenset({"eval", "exec", "globals"})
"""Builtins that may see every global of the module."""


class Naming:
    """Writes one tree."""

    def __init__(self, scope: Scope | None, class_name: str | None, *, by_name: bool) -> None:
        self.out: list[str] = []
        self.references: list[Reference] = []
        self.strings: dict[str, None] = {}
        self.flags: set[str] = set()
        self.scope = scope
        self.class_name = class_name
        self.by_name = by_name
        self.numbers: dict[tuple[int, str], int] = {}
        self.scopes: list[Scope] = []  # kept, so that no id is given twice
        self.imported: dict[tuple[int, str], list[Import]] = {}
        self.below: dict[str, None] = {}
        """Modules that are imported and not bound: ``a.b`` of ``import a.b``."""
        self.used: set[tuple[int, str]] = set()
        self.writers: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Constant: self._constant_node,
            ast.Name: self._name,
        }

    def finish(self) -> Text:
        """Give what was written."""
        text = "".join(self.out).encode("utf-8", "surrogatepass")
        references = *self._effects(), *self.references  # what an import does, others find done
        return Text(text, references, tuple(self.strings), tuple(sorted(self.flags)))

    def _effects(self) -> Iterator[Reference]:
        """Give what is imported for what that does: nothing in it is asked for."""
        for name, targets in self.imported.items():
            if name not in self.used:
                yield from (Reference("", path, module) for module, path in targets)
        for module in self.below:
            top, *path = module.split(".")
            if not any(each.module == top and _begins(each.path, path) for each in self.references):
                yield Reference("", (), module)

    # Trees

    def write(self, node: ast.AST) -> None:
        """Write any tree."""
        writer = self.writers.get(type(node))
        if writer is not None:
            writer(node)
        else:
            self._write_fields(node)

    def _write_fields(self, node: ast.AST) -> None:
        self.out.append(f"({type(node).__name__}")
        for field in node._fields:
            value = getattr(node, field, None)
            if field in _IGNORED or value is None or value == []:
                continue
            self.out.append(f" {field}=")
            self._write_value(value, field)
        self.out.append(")")

    def _write_value(self, value: Any, field: str) -> None:
        if isinstance(value, ast.AST):
            self.write(value)
        elif isinstance(value, list):
            if value and isinstance(value[0], ast.stmt):
                self.write_statements(value)
                return
            self.out.append("[")
            for each in value:
                self._write_value(each, field)
            self.out.append("]")
        elif field in {"name", "rest"}:  # of an exception handler or a pattern
            self._bind(value)
        else:
            self._constant(value)

    def write_statements(self, statements: Iterable[ast.stmt]) -> None:
        """Write statements, those left out that do nothing when they run."""
        self.out.append("{")
        for statement in statements:
            if not _does_nothing(statement):
                self.write(statement)
        self.out.append("}")

    def write_annotation(self, name: str, annotation: ast.expr) -> None:
        """Write that a name is annotated."""
        self._constant(name)
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            with suppress(SyntaxError):  # what is quoted means the same
                annotation = ast.parse(annotation.value.strip(), mode="eval").body
        self.write(annotation)

    # Names

    def _name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.out.append("-" if isinstance(node.ctx, ast.Del) else "")
            self._bind(node.id)
            return
        if not self._chain(node):
            self._local(node.id, is_read=True)

    def _bind(self, name: str) -> None:
        """Write a name that is assigned: a global by its name."""
        owner = self.scope.owner(name) if self.scope is not None else None
        if owner is None:
            self._constant(mangle(name, self.class_name))
        else:
            self._local(name)

    def _local(self, name: str, *, is_read: bool = False) -> None:
        owner = self.scope.owner(name) if self.scope is not None else None
        if owner is None or owner.kind == "class":
            self.out.append(f"${name};")
            if is_read:  # in the body of a class a name may still be the global
                self._refer(Reference(mangle(name, self.class_name)))
            return
        number = self.numbers.setdefault((id(owner), name), len(self.numbers))
        self.out.append(f"${number}{':' + name if self.by_name else ''};")

    def _chain(self, node: ast.AST, key: ast.AST | None = None, how: str = "read") -> bool:
        """Write a name with attributes as a reference, when it comes from outside."""
        found = read_chain(node)
        if found is None:
            return False
        root, path = found
        if root == "super":
            self._refer(Reference("__class__"))
        owner = self.scope.owner(root) if self.scope is not None else None
        if owner is not None and root not in owner.imports:
            return False
        asked = self._key(key)
        mangled = tuple(mangle(each, self.class_name) for each in path)
        if owner is None:
            if root in _WHOLE and not path:
                self._refer(Reference(root, how="whole"))
            self._hole(Reference(mangle(root, self.class_name), mangled, None, asked, how))
            return True
        self.used.add((id(owner), root))
        targets = [
            Reference("", (*below, *mangled), module, asked, how)
            for module, below in owner.imports[root]
        ]
        if len(targets) == 1 and root not in owner.assigned:
            self._hole(targets[0])
            return True
        # It may be one of several things: all of them count, and the text as it is written.
        for target in targets:
            self._refer(target)
        self.out.append(f"({'.'.join(path)} ")
        self._local(root)
        self.out.append(")")
        return True

    def _key(self, node: ast.AST | None) -> str | tuple[str, tuple[str, ...]] | None:
        """Give what something is asked for, when that is a text or a name from outside."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr) and node.values:
            first = node.values[0]
            is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
            return f"{first.value}\0" if is_text else None  # type: ignore[attr-defined]
        found = read_chain(node) if node is not None else None
        if found is None or (self.scope is not None and self.scope.owner(found[0])):
            return None
        return found

    def _hole(self, reference: Reference) -> None:
        self.out.append("?" if reference.how == "read" else "!")
        self._refer(reference)

    def _refer(self, reference: Reference) -> None:
        self.references.append(reference)

    # Constants

    def _constant_node(self, node: ast.Constant) -> None:
        self._constant(node.value)

    def _constant(self, value: Any) -> None:
        if isinstance(value, str):
            if is_file_name(value):
                self.strings[value] = None
            self.out.append(f"s{len(value)}:{value}")
        else:
            self.out.append(_spell(value))


def _begins(path: tuple[str, ...], beginning: list[str]) -> bool:
    return list(path[: len(beginning)]) == beginning


def _does_nothing(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Global() | ast.Nonlocal() | ast.Expr(value=ast.Constant()):
            return True
    return False


def read_chain(node: ast.AST | None) -> tuple[str, tuple[str, ...]] | None:
    """Read ``a.b.c`` as a name and attributes."""
    path: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=attr):
                path.append(attr)
                node = value
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[value, ast.Constant(value=str() as attr)],
                keywords=[],
            ) if attr.isidentifier():
                path.append(attr)
                node = value
            case ast.Name(id=name):
                return name, tuple(reversed(path))
            case _:
                return None


def last_name(node: ast.AST) -> str | None:
    """Give the last name in something like ``a.b``."""
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _spell(value: Any) -> str:
    """Write a constant, types apart."""
    if isinstance(value, bool) or value is None or value is Ellipsis:
        return f"{value};"
    if isinstance(value, int):
        return f"i{value:x};"
    if isinstance(value, float):
        return f"f{value.hex()};"
    if isinstance(value, complex):
        return f"c{value.real.hex()},{value.imag.hex()};"
    if isinstance(value, bytes):
        return f"b{value.hex()};"
    return f"{type(value).__name__}:{value!r};"
