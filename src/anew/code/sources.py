"""Where the text of a live function is, and whether it is still the text of what runs."""

from __future__ import annotations

import ast
import linecache
import marshal
import os
import sys
import threading
from types import CodeType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.code.syntax import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Definition", "Source", "code_key", "find_sources", "quick_key"]

# Bits of co_flags that say what a function is; the others say how it was compiled.
_MEANING: Final = 0x2AF
_HAS_DOCSTRING: Final = 0x4000000
_OPTIMIZED: Final = 0x1
_MARSHAL: Final = 2  # the last version that writes equal values equally
_CACHE_ENTRIES: Final = 512
_UNPARSED: Final = (SyntaxError, ValueError, RecursionError, MemoryError)

_Place = tuple[int, str]


class Definition(NamedTuple):
    """A function or class in a text: its tree, and the class whose body it stands in."""

    node: ast.AST
    class_name: str | None
    line: int


def code_key(code: CodeType) -> bytes:
    """Identify what a code object does, wherever it stands.

    Parameters
    ----------
    code
        The code.

    Returns
    -------
    bytes
        16 bytes, equal for code that differs in lines, file name and docstring alone. It depends on
        the release of Python, not on the process.
    """
    from xxhash import xxh3_128_digest

    return xxh3_128_digest(marshal.dumps(_parts(code), _MARSHAL))


def quick_key(code: CodeType) -> bytes:
    """Identify a code object with where it stands, which is five times as fast as `code_key`.

    Parameters
    ----------
    code
        The code.

    Returns
    -------
    bytes
        16 bytes, the same in every process. It depends on the release of Python.
    """
    from xxhash import xxh3_128_digest

    for each in _with_inner(code):
        if frozenset in map(type, each.co_consts):  # has another order in each process
            return code_key(code)
    try:
        return xxh3_128_digest(marshal.dumps(code, _MARSHAL))
    except ValueError:  # a slice, from 3.14 on
        return code_key(code)


def _parts(code: CodeType) -> tuple[Any, ...]:
    constants = list(code.co_consts)
    is_function = code.co_flags & _OPTIMIZED
    # Before 3.13 the first constant is a docstring or None; since then a flag says.
    is_documented = sys.version_info < (3, 13) or code.co_flags & _HAS_DOCSTRING
    if is_function and is_documented and constants and isinstance(constants[0], str):
        constants[0] = None
    return (
        code.co_code,
        tuple(_spell(each) for each in constants),
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        code.co_flags & _MEANING,
        code.co_exceptiontable,
        code.co_name,
    )


def _spell(value: Any) -> Any:
    """Write a constant so that marshal gives the same bytes in every process."""
    if isinstance(value, CodeType):
        return _parts(value)
    if isinstance(value, tuple):
        return ("tuple", *map(_spell, value))
    if isinstance(value, frozenset):
        return ("set", *sorted(marshal.dumps(_spell(each), _MARSHAL) for each in value))
    if isinstance(value, slice):
        return ("slice", _spell(value.start), _spell(value.stop), _spell(value.step))
    return value


class Source:
    """One version of a Python text, parsed.

    Parameters
    ----------
    text
        The text.
    """

    def __init__(self, text: str | bytes) -> None:
        self.tree, code = _parse(text)
        self._definitions: dict[_Place, list[Definition]] = {}
        self.classes: dict[str, list[Definition]] = {}
        self._enter(self.tree, "", None)
        self._codes: dict[bytes, list[CodeType]] = {}
        for each in _inner(code):
            self._codes.setdefault(code_key(each), []).append(each)

    def _enter(self, parent: ast.AST, prefix: str, class_name: str | None) -> None:
        waiting: list[tuple[ast.AST, str, str | None]] = [(parent, prefix, class_name)]
        while waiting:
            parent, prefix, class_name = waiting.pop()
            for node in ast.iter_child_nodes(parent):
                below = (node, prefix, class_name)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    below = (node, f"{prefix}{node.name}.<locals>.", class_name)
                    first = node.decorator_list[0] if node.decorator_list else node
                    self._add((first.lineno, node.name), node, class_name)
                elif isinstance(node, ast.Lambda):
                    below = (node, f"{prefix}<lambda>.<locals>.", class_name)
                    self._add((node.lineno, "<lambda>"), node, class_name)
                elif isinstance(node, ast.ClassDef):
                    below = (node, f"{prefix}{node.name}.", node.name)
                    top = node.decorator_list[0] if node.decorator_list else node
                    definition = Definition(node, class_name, top.lineno)
                    self.classes.setdefault(prefix + node.name, []).append(definition)
                waiting.append(below)

    def _add(self, place: _Place, node: ast.AST, class_name: str | None) -> None:
        self._definitions.setdefault(place, []).append(Definition(node, class_name, place[0]))

    def find(self, code: CodeType) -> Definition | None:
        """Find the definition that a code object was compiled from.

        Parameters
        ----------
        code
            The code of a live function.

        Returns
        -------
        Definition or None
            None when no definition in this text compiles to it.
        """
        same = self._codes.get(code_key(code), ())
        ranked = sorted(same, key=lambda each: each.co_firstlineno != code.co_firstlineno)
        for each in ranked:
            if (found := self._definition(each)) is not None:
                return found
        return self._rewritten(code) if not same else None

    def _definition(self, code: CodeType) -> Definition | None:
        known = self._definitions.get((code.co_firstlineno, code.co_name), [])
        if len(known) <= 1:
            return known[0] if known else None
        return _innermost(known, code)

    def _rewritten(self, code: CodeType) -> Definition | None:
        """Trust the text of a function whose assertions pytest has rewritten."""
        if not any(name.startswith("@py") for each in _with_inner(code) for name in each.co_names):
            return None
        return self._definition(code)

    def find_class(self, name: str, line: int | None) -> Definition | None:
        """Find the definition of a class.

        Parameters
        ----------
        name
            Its qualified name.
        line
            Its first line, when that is known; else the last of that name is meant.

        Returns
        -------
        Definition or None
            None when there is none.
        """
        known = self.classes.get(name, [])
        at_line = [each for each in known if each.line == line]
        found = at_line or known
        return found[-1] if found else None


def _parse(text: str | bytes) -> tuple[ast.Module, CodeType]:
    for flags in (0, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        try:
            tree = parse(text, flags)
            code = compile(text, "<source>", "exec", flags, dont_inherit=True)
        except SyntaxError:
            if flags:
                raise
        else:
            return tree, code
    raise AssertionError


def _inner(code: CodeType) -> Iterator[CodeType]:
    """Give the code of all functions within code."""
    waiting = [code]
    while waiting:
        for each in waiting.pop().co_consts:
            if isinstance(each, CodeType):
                waiting.append(each)
                if each.co_flags & _OPTIMIZED:
                    yield each


def _with_inner(code: CodeType) -> list[CodeType]:
    return [code, *_inner(code)]


def _innermost(known: list[Definition], code: CodeType) -> Definition | None:
    """Choose among the lambdas of one line: the smallest whose body holds the code."""
    spans = [
        (line, column, end_line or line, end_column)
        for line, end_line, column, end_column in code.co_positions()
        if line is not None
        and column is not None
        and end_column is not None
        and (line, column, end_column) != (code.co_firstlineno, 0, 0)
    ]
    if not spans:
        return None
    start = min(span[:2] for span in spans)
    end = max(span[2:] for span in spans)
    fitting = []
    for definition in known:
        body: Any = getattr(definition.node, "body", None)
        if not isinstance(body, ast.expr):
            continue
        first, last = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
        if first <= start and end <= last:  # parsed trees have ends
            size = (
                (body.end_lineno or 0) - body.lineno,
                (body.end_col_offset or 0) - body.col_offset,
            )
            fitting.append((size, definition))
    return min(fitting, key=lambda each: each[0])[1] if fitting else None


_lock = threading.Lock()
_versions: dict[str, dict[Any, Source | None]] = {}
"""For each file the versions that were seen, the latest last."""


def find_sources(file: str, module_globals: dict[str, Any] | None = None) -> Iterator[Source]:
    """Give the versions of a file that are known, the present one first.

    Parameters
    ----------
    file
        The name that code gives of its file: a path, or what `linecache` knows a cell by.
    module_globals
        The globals of the module, whose loader may have the text.

    Yields
    ------
    Source
        Those that can be parsed.
    """
    state, text = _read(file, module_globals)
    known = _versions.setdefault(file, {})
    if state not in known:
        source = None
        if text is not None:
            try:
                source = Source(text())
            except (*_UNPARSED, OSError):
                source = None
        with _lock:
            known[state] = source
            while len(known) > _CACHE_ENTRIES:
                del known[next(iter(known))]
    if known.get(state) is not None:
        yield known[state]  # type: ignore[misc]  # just seen not to be None
    for other, source in reversed(list(known.items())):
        if other != state and source is not None:
            yield source


def _read(file: str, module_globals: dict[str, Any] | None) -> tuple[Any, Any]:
    """Give what tells versions of a text apart, and a function that reads it."""
    entry = linecache.cache.get(file)
    if entry is not None and len(entry) > 1 and entry[1] is None:  # a cell, in memory alone
        text = "".join(entry[2])
        return (hash(text), len(text)), lambda: text
    try:
        stat = os.stat(file)  # noqa: PTH116 - the names of cells are no paths
    except (OSError, ValueError):
        lines = linecache.getlines(file, module_globals)
        text = "".join(lines)
        return (hash(text), len(text)), (lambda: text) if lines else None
    return (stat.st_size, stat.st_mtime_ns, stat.st_ino), lambda: _bytes(file)


def _bytes(file: str) -> bytes:
    with open(file, "rb") as stream:  # noqa: PTH123 - the name is text already
        return stream.read()
