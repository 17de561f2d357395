"""What the references of code stand for, as tokens of the walk, and as parts for people."""

from __future__ import annotations

import os
import re
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.code import libraries
from anew.code.definitions import read_module
from anew.code.reach import follow
from anew.code.targets import Target, foreign_name, public_name
from anew.code.texts import is_file_name
from anew.digests.atoms import ATOMS
from anew.digests.code_state import hash_part, state_of
from anew.digests.known import is_fixed
from anew.digests.made import is_made
from anew.digests.opaque import warn_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anew.code.libraries import Origin
    from anew.code.texts import Reference, Text
    from anew.digests.code_state import CodeState
    from anew.digests.walk import Walk

__all__ = ["encode_references", "encode_value", "find_libraries", "origin_of_value", "show"]

_TEXT_CHARACTERS: Final = 80
_FOLLOWED: Final = frozenset({libraries.PROJECT, libraries.EXTENSION})
_NAMED_FLAGS: Final = {
    "__doc__": "doc",
    "__annotations__": "annotations",
    "__name__": "name",
    "__qualname__": "name",
    "__module__": "name",
}
_ITEMS: Final = 1000
_SECRET: Final = re.compile(r"auth|cred|key|pass|pwd|secret|session|token", re.IGNORECASE)
_SHOWN_VARIABLE: Final = 40
_DEPTH: Final = 3


def encode_references(
    text: Text, function: FunctionType | None, module: dict[str, Any], walk: Walk
) -> list[bytes]:
    """Encode what the references of a text stand for, in their order.

    Parameters
    ----------
    text
        What a function or class says.
    function
        The live function, None for a class.
    module
        Its globals.
    walk
        The walk that it belongs to.

    Returns
    -------
    list of bytes
        One for each reference.
    """
    state = state_of(walk)
    cells = function.__code__.co_freevars if function is not None else ()
    owner = function.__module__ if function is not None else module.get("__name__")
    shared = state.shared.setdefault(id(module), {})
    known: dict[Reference, bytes] = {}
    found = []
    for reference in text.references:
        is_closure = reference.root in cells
        token = known.get(reference) or (None if is_closure else shared.get(reference))
        if token is None:
            target = _follow(reference, function, module, state)
            token = _encode_target(target, reference, owner, walk, is_closure=is_closure)
            known[reference] = token
            if not is_closure and (target.kind == "name" or type(target.value) in ATOMS):
                shared[reference] = token  # the same for every function of the module
        found.append(token)
    return found


def _follow(reference: Reference, function: Any, module: Any, state: CodeState) -> Target:
    if reference.how == "whole":
        if reference.root in module:
            state.see(module, reference.root, module[reference.root])
            return Target("absent")
        return Target("module", module, str(module.get("__name__")))
    return follow(reference, function, module, state.see)


def _encode_target(
    target: Target, reference: Reference, owner: str | None, walk: Walk, *, is_closure: bool
) -> bytes:
    state = state_of(walk)
    rest = walk.token(target.rest) if target.rest else b""
    if target.kind == "value":
        name = reference.name.removesuffix(".".join(("", *target.rest)))
        kind = "closure" if is_closure else "global"
        full = name if is_closure else state.name(owner, name)
        rest += _encode_asked(target, walk)
        return b"v" + encode_value(target.value, full, walk, kind=kind) + rest
    if target.kind == "name":
        if target.origin is not None and target.origin.kind == libraries.OWN:
            return b"o"
        return b"n" + walk.token(target.name) + state.library(target.origin)
    if target.kind == "module":
        return b"m" + state.whole(target.value, target.name) + rest
    return _encode_other(target, walk)


def _encode_asked(target: Target, walk: Walk) -> bytes:
    """Note what is read of a value that otherwise does not count."""
    state = state_of(walk)
    asked = target.rest[:1]
    if asked and asked[0] in _NAMED_FLAGS:
        state.flags.add(_NAMED_FLAGS[asked[0]])
    if asked != ("__subclasses__",) or not isinstance(target.value, type):
        return b""
    state.is_volatile = True
    below: list[type] = sorted(target.value.__subclasses__(), key=lambda kind: kind.__qualname__)
    return b"".join(walk.token(each) for each in below)


def _encode_other(target: Target, walk: Walk) -> bytes:
    """Encode what is no object of this process."""
    state = state_of(walk)
    if target.kind == "variable":
        return b"e" + _encode_variable(target.name, state, walk)
    if target.kind == "environment":
        state.opaque["os.environ"] = None
        return b"E"
    if target.kind == "file":
        return b"f" + _encode_file(target, state, walk)
    return b"-" + walk.token(target.name)


def _encode_variable(name: str, state: CodeState, walk: Walk) -> bytes:
    value = os.environ.get(name)
    state.bindings.append((os.environ, name, value))
    token = walk.token((name, value))
    state.add("variable", name, hash_part(token), _show_variable(name, value))
    return token


def _show_variable(name: str, value: str | None) -> str:
    """Show a variable of the environment, unless it may be a credential."""
    if value is None:
        return "not set"
    return "set" if _SECRET.search(name) or len(value) > _SHOWN_VARIABLE else repr(value)


def _encode_file(target: Target, state: CodeState, walk: Walk) -> bytes:
    """Encode a module of the project that is not loaded, with those that it imports."""
    state.is_volatile = True
    if target.origin is not None and target.origin.kind == libraries.EXTENSION:
        return state.extension(target.origin)
    tokens = [walk.token(target.name)]
    waiting, seen = [(target.value, target.name)], set()
    while waiting:
        file, name = waiting.pop()
        if not file or file in seen:
            continue
        seen.add(file)
        state.modules.add(name)
        try:
            text = read_module(file)
        except OSError:
            continue
        state.add("helper", name, hash_part(text.text))
        tokens.append(walk.token(text.text))
        package = {"__package__": name if file.endswith("__init__.py") else name.rpartition(".")[0]}
        for reference in text.references:
            if reference.module is not None:
                found = follow(reference._replace(path=()), None, package, _see_nothing)
                if found.kind == "file":
                    waiting.append((found.value, found.name))
                elif found.kind == "name":
                    tokens.append(state.library(found.origin))
                elif found.kind == "module":
                    tokens.append(state.whole(found.value, found.name))
    return b"".join(tokens)


def _see_nothing(mapping: Any, key: str, value: Any) -> None:
    """Take no note."""


def encode_value(value: Any, name: str, walk: Walk, *, kind: str = "global") -> bytes:
    """Encode a value that code refers to.

    Parameters
    ----------
    value
        The value: code, or data.
    name
        What it is called, for people.
    walk
        The walk that it belongs to.
    kind
        The kind of part that it is when it is data.

    Returns
    -------
    bytes
        Its token, and the versions of the libraries that it is made of.
    """
    if type(value) in ATOMS:
        return _encode_data(value, name, walk, kind)
    own = _unwrap_own(value)
    if own is not value:
        return b"o" if own is None else encode_value(own, name, walk, kind=kind)
    if isinstance(value, type | FunctionType | ModuleType) or _is_code(value):
        return _encode_code(value, walk)
    return _encode_data(value, name, walk, kind)


def _encode_code(value: Any, walk: Walk) -> bytes:
    """Encode a class, a function or a module: what it does when it is the project's, or a name."""
    state = state_of(walk)
    if isinstance(value, type):
        origin = libraries.origin_of(value.__module__)
        if origin.kind in _FOLLOWED or is_made(value):
            return walk.token(state.body(value)) + state.library(origin)
        return _encode_named(value, origin, walk)
    origin = origin_of_value(value)
    if origin.kind == libraries.PROJECT or foreign_name(value) is None:
        return walk.token(value) + state.extension(origin)
    return _encode_named(value, origin, walk)


def _encode_data(value: Any, name: str, walk: Walk, kind: str) -> bytes:
    state = state_of(walk)
    before = len(walk.opaque)
    token = walk.token(value)
    versions = b"".join(state.library(each) for each in find_libraries(value))
    if len(walk.opaque) > before:
        state.opaque[name] = None
        warn_of(walk.opaque[before:], name)
    if not is_fixed(value):
        state.mutable.append((value, token if walk.is_free(token) else None))
    state.add(kind, name, hash_part(token), show(value))
    if value is not sys.argv:  # which names the script
        _note_strings(value, state)
    return token + versions


def _encode_named(value: Any, origin: Origin, walk: Walk) -> bytes:
    if origin.kind == libraries.OWN:
        return b"o"
    name = public_name(value) or f"{value.__module__}.{value.__qualname__}"
    return walk.token(name) + state_of(walk).library(origin)


def _is_code(value: Any) -> bool:
    return callable(value) and public_name(value) is not None


def origin_of_value(value: Any) -> Origin:
    """Say what a function, class, module or other object belongs to.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    Origin
        That of its module, or of the module of its type.
    """
    if isinstance(value, FunctionType):
        return libraries.origin_of_function(value)
    if isinstance(value, ModuleType):
        return libraries.origin_of(value.__name__)
    if isinstance(value, type):
        return libraries.origin_of(value.__module__)
    name = public_name(value)
    return libraries.origin_of(name.rpartition(".")[0] if name else type(value).__module__)


def _unwrap_own(value: Any) -> Any:
    """Give the function that an object of anew stands for, None for one that says nothing."""
    module = type(value).__module__
    if not f"{module}.".startswith("anew."):
        return value
    return getattr(value, "__wrapped__", None)


def find_libraries(value: Any, depth: int = 0) -> list[Origin]:
    """Find the distributions whose classes a value is made of, without looking far.

    Parameters
    ----------
    value
        Any value.
    depth
        How far inside another value it was found.

    Returns
    -------
    list of Origin
        Sorted.
    """
    kind = type(value)
    if kind in ATOMS:
        return []
    found: dict[Origin, None] = {}
    is_code = isinstance(value, type | FunctionType | BuiltinFunctionType)
    origin = origin_of_value(value) if is_code else libraries.origin_of(kind.__module__)
    if origin.kind == libraries.LIBRARY:
        return [origin]
    if depth < _DEPTH:
        for each in _items(value):
            found.update(dict.fromkeys(find_libraries(each, depth + 1)))
    return sorted(found)


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return list(value.values())[:_ITEMS]
    if isinstance(value, list | tuple):
        return value[:_ITEMS]
    if isinstance(value, set | frozenset):
        return list(value)[:_ITEMS]
    attributes = getattr(value, "__dict__", None)
    return list(attributes.values())[:_ITEMS] if type(attributes) is dict else ()


def _note_strings(value: Any, state: CodeState, depth: int = 0) -> None:
    if isinstance(value, str):
        if is_file_name(value):
            state.strings[value] = None
    elif depth < _DEPTH and isinstance(value, dict | list | tuple | set | frozenset):
        for each in _items(value):
            _note_strings(each, state, depth + 1)


def show(value: Any) -> str:
    """Show a value on one line.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    str
        Its text when that is short, else its type and shape.
    """
    kind = type(value)
    if kind in ATOMS or kind in (list, tuple, dict, set, frozenset):
        try:
            text = repr(value)
        except Exception:  # noqa: BLE001 - parts of any class
            text = ""
        if 0 < len(text) <= _TEXT_CHARACTERS and "\n" not in text and " at 0x" not in text:
            return text
    shape = getattr(value, "shape", None)
    shown = f" {shape}" if isinstance(shape, tuple) else ""
    return f"{kind.__name__}{shown}"[:_TEXT_CHARACTERS]
