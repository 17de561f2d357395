"""What live functions and classes say, from their texts, remembered for the process."""

from __future__ import annotations

import linecache
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anew.code.canonical import write_annotations, write_body, write_function
from anew.code.memory import remembered
from anew.code.opcodes import read_code
from anew.code.sources import find_sources, quick_key
from anew.code.texts import Text
from anew.notices import warn_once

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FunctionType

    from anew.code.sources import Source

__all__ = ["read_class", "read_function", "read_function_annotations", "read_module"]

_ENTRIES: Final = 1 << 14
_functions: dict[int, tuple[CodeType, Text]] = {}
_modules: dict[int, tuple[Source, Text]] = {}


def read_function(function: FunctionType) -> Text:
    """Read what a function does, from its text or else from its compiled code.

    Parameters
    ----------
    function
        A function of the project.

    Returns
    -------
    Text
        Remembered for its code object.
    """
    code = function.__code__
    known = _functions.get(id(code))
    if known is not None:
        return known[1]
    text = _read(function)
    while len(_functions) >= _ENTRIES:
        _functions.pop(next(iter(_functions)), None)
    _functions[id(code)] = code, text
    return text


def _read(function: FunctionType) -> Text:
    code = function.__code__
    # The key says what the code does: what is remembered for it is the text of the same code.
    found = remembered(code.co_filename, quick_key(code), partial(_find, function))
    if found is not None:
        return found
    has_text = next(find_sources(code.co_filename, function.__globals__), None) is not None
    if has_text or not _is_generated(function):
        why = "is not in its file as it runs" if has_text else "has no source text"
        warn_once(
            f"{function.__qualname__} {why} ({code.co_filename}): its compiled code counts, which "
            "another release of Python compiles differently",
            about=f"code {code.co_filename} {code.co_qualname}",
        )
    return read_code(code)


def _find(function: FunctionType) -> Text | None:
    """Find the text that a function was compiled from."""
    for source in find_sources(function.__code__.co_filename, function.__globals__):
        found = source.find(function.__code__)
        if found is not None:
            return write_function(found.node, found.class_name)
    return None


def _is_generated(function: FunctionType) -> bool:
    """Tell whether a library made a function from a text of its own."""
    return function.__globals__.get("__name__") not in sys.modules


def read_function_annotations(function: FunctionType) -> Text:
    """Read the annotations of a function, for the few that are looked at.

    Parameters
    ----------
    function
        A function of the project.

    Returns
    -------
    Text
        Empty when there are none, or they are not known.
    """
    for source in find_sources(function.__code__.co_filename, function.__globals__):
        found = source.find(function.__code__)
        if found is not None:
            return write_annotations(found.node)
    return Text(b"")


def read_class(kind: type, *, is_whole: bool) -> Text | None:
    """Read the annotations in the body of a class, or all that is no method.

    Parameters
    ----------
    kind
        A class of the project.
    is_whole
        Whether all statements count that define no function, not the annotations alone.

    Returns
    -------
    Text or None
        None when its text is not known.
    """
    line = getattr(kind, "__firstlineno__", None)
    key = f"{kind.__qualname__}:{line}:{is_whole}".encode()
    for file in _files(kind):
        found = remembered(file, key, partial(_find_class, file, kind.__qualname__, line, is_whole))
        if found is not None:
            return found
    return None


def _find_class(file: str, name: str, line: int | None, is_whole: bool) -> Text | None:  # noqa: FBT001 - of a call that is kept for later
    import ast

    for source in find_sources(file):
        found = source.find_class(name, line)
        if found is None:
            continue
        node: Any = found.node
        if is_whole:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
            return write_body([each for each in node.body if not isinstance(each, kinds)])
        return write_annotations(node)
    return None


def _files(kind: type) -> Iterator[str]:
    """Give the files that may hold the text of a class, the likeliest first."""
    seen = set()
    for each in list(vars(kind).values()):
        inner = getattr(each, "__func__", None) or getattr(each, "fget", None) or each
        code = getattr(inner, "__code__", None)
        if code is not None and code.co_qualname.rpartition(".")[0] == kind.__qualname__:
            seen.add(code.co_filename)
            yield code.co_filename
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None)
    if file is not None and file not in seen:
        yield file
    if file is None or kind.__module__ == "__main__":
        yield from [
            name
            for name, entry in reversed(list(linecache.cache.items()))
            if len(entry) > 1
            and entry[1] is None
            and any(kind.__name__ in line for line in entry[2])
        ]


def read_module(file: str) -> Text:
    """Read all statements of a module that is not loaded.

    Parameters
    ----------
    file
        Its path.

    Returns
    -------
    Text
        Its references are imports.
    """
    for source in find_sources(file):
        known = _modules.get(id(source))
        if known is None:
            known = _modules[id(source)] = source, write_body(source.tree.body)
        return known[1]
    with open(file, "rb") as stream:  # noqa: PTH123 - text
        return Text(stream.read())
