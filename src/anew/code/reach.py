"""What a reference in a function stands for, found on the live objects."""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.code import libraries
from anew.code.attributes import follow_attribute
from anew.code.modules import find_import, find_module, with_path
from anew.code.targets import MISSING, Target, foreign_name, public_name
from anew.code.texts import Reference

if TYPE_CHECKING:
    from anew.code.libraries import Origin

__all__ = ["follow"]

_ASKED: Final = frozenset(map(type, (os.environ, os.getenv, __import__, sys.modules)))
_ASKING: Final = frozenset({"get", "pop", "setdefault", "__getitem__", "__contains__"})


def follow(
    reference: Reference, function: FunctionType | None, module: dict[str, Any], see: Any
) -> Target:
    """Find what a reference stands for.

    Parameters
    ----------
    reference
        The reference.
    function
        The live function that it was found in, None for a class.
    module
        The globals that it sees.
    see
        Told every binding on the way: the mapping, the key, and what it held.

    Returns
    -------
    Target
        Of kind ``"absent"`` when nothing has that name yet.
    """
    if reference.module is not None:
        start = find_import(reference.module, reference.path, module, see)
    else:
        start = _named(reference, function, module, see)
    if start.kind != "value":
        return start
    asked = _asked(start, reference, function, module, see)
    return asked or _walk_path(start.value, start.rest, reference, see)


def _named(reference: Reference, function: FunctionType | None, module: Any, see: Any) -> Target:
    """Look a name up as Python does: in cells, globals, builtins."""
    name = reference.root
    if function is not None and name in function.__code__.co_freevars:
        cell = function.__closure__[function.__code__.co_freevars.index(name)]  # type: ignore[index]
        try:
            content = cell.cell_contents
        except ValueError:
            content = MISSING
        see(cell, ".cell_contents", content)
        if content is MISSING:
            return Target("absent", name=name)
        return Target("value", content, name, reference.path)
    value = module.get(name, MISSING)
    see(module, name, value)
    if value is not MISSING:
        return Target("value", value, name, reference.path)
    value = vars(builtins).get(name, MISSING)
    see(vars(builtins), name, value)
    if value is MISSING:
        return Target("absent", name=name)
    if value is __import__ or not _is_builtin(value):
        return Target("value", value, name, reference.path)
    return Target("name", name="builtins." + reference.name)


def _is_builtin(value: Any) -> bool:
    """Tell whether something in builtins was put there by Python."""
    module = getattr(value, "__module__", None)
    if isinstance(module, str):
        return module in {"builtins", "io", "_io", "_sitebuiltins", "site"}
    return value is Ellipsis or value is NotImplemented or type(value).__module__ == "_sitebuiltins"


def _asked(
    start: Target, reference: Reference, function: Any, module: Any, see: Any
) -> Target | None:
    """Recognise what is asked for by a text: a variable of the environment, a module."""
    value, path = start.value, start.rest
    if isinstance(value, ModuleType) and value.__name__ in {"os", "importlib", "sys"} and path:
        value, path = getattr(value, path[0], None), path[1:]
    if type(value) not in _ASKED:
        return None
    if any(value is each for each in (os.environ, getattr(os, "environb", MISSING))):
        return _variable(path, reference, function, module, see)
    if any(value is each for each in (os.getenv, getattr(os, "getenvb", MISSING))):
        return _variable(("get",), reference, function, module, see)
    if path:
        return None
    return _asked_module(value, reference, function, module, see)


def _asked_module(
    value: Any, reference: Reference, function: Any, module: Any, see: Any
) -> Target | None:
    """Recognise a module that is asked for by its name."""
    key = _key(reference, function, module, see)
    if value is sys.modules:
        return find_module(key, see) if key is not None and key in sys.modules else None
    if value is not importlib.import_module and value is not __import__:
        return None
    if not key or "\0" in key:
        return Target("module", module, name=str(key))
    found = find_import(key, (), module, see)
    return _finish(found.value, (), key, see) if found.kind == "value" else found


def _variable(
    path: tuple[str, ...], reference: Reference, function: Any, module: Any, see: Any
) -> Target:
    """Tell which variable of the environment is read."""
    if reference.how == "item" or path[:1] == ("__setitem__",):
        return Target("name", name="os.environ")
    key = _key(reference, function, module, see)
    if key is None or (path and path[0] not in _ASKING):
        return Target("environment", name="os.environ")
    return Target("variable", key, key)


def _key(reference: Reference, function: Any, module: Any, see: Any) -> str | None:
    key = reference.key
    if isinstance(key, tuple):
        found = follow(Reference(key[0], tuple(key[1])), function, module, see)
        key = found.value if found.kind == "value" and not found.rest else None
    return key if isinstance(key, str) else None


def _walk_path(value: Any, path: tuple[str, ...], reference: Reference, see: Any) -> Target:
    """Follow attributes as far as they are sure to give the same when the code runs."""
    name = reference.name
    place = 0
    while place < len(path):
        attribute = path[place]
        step = follow_attribute(value, attribute, see)
        if step is None:
            break
        if step.kind != "value":
            return with_path(step, path[place + 1 :])._replace(rest=())
        value = step.value
        place += 1
    return _finish(value, path[place:], name, see, reference)


def _finish(
    value: Any, rest: tuple[str, ...], name: str, see: Any, reference: Reference | None = None
) -> Target:
    if isinstance(value, ModuleType):
        origin = libraries.origin_of(value.__name__)
        if origin.kind in {libraries.PROJECT, libraries.EXTENSION}:
            if reference is not None and reference.how == "target":
                return Target("name", name="a module")
            if origin.kind == libraries.EXTENSION:
                return Target("name", name=".".join([value.__name__, *rest]), origin=origin)
            return Target("module", vars(value), value.__name__, rest)
        return _library_path(value, rest, origin, see)
    named = None if rest else _library_name(value)
    return named or Target("value", value, name, rest)


def _library_name(value: Any) -> Target | None:
    """Name a function or class of a library, by whatever name the project has imported it."""
    public = foreign_name(value) if callable(value) else None
    if public is None:
        return None
    module = public.rpartition(".")[0]
    while module not in sys.modules:
        module = module.rpartition(".")[0]
    return Target("name", name=public, origin=libraries.origin_of(module))


def _library_path(module: ModuleType, path: tuple[str, ...], origin: Origin, see: Any) -> Target:
    """Name something in a library as its documentation does."""
    if module is sys and path[:1] == ("argv",):
        see(vars(sys), "argv", sys.argv)
        return Target("value", sys.argv, "sys.argv", path[1:])
    value: Any = module
    place = 0
    for attribute in path:
        place += 1
        contents = vars(value)
        # What it loads late is not loaded here.
        value = contents.get(attribute)
        see(contents, attribute, contents.get(attribute, MISSING))
        if not isinstance(value, ModuleType):
            break
    if _is_patched(value):
        return Target("value", value, ".".join([module.__name__, *path[:place]]), path[place:])
    if isinstance(value, ModuleType):
        return Target("name", name=".".join([value.__name__, *path[place:]]), origin=origin)
    public = public_name(value)
    dotted = public or ".".join([module.__name__, *path[:place]])
    return Target("name", name=".".join([dotted, *path[place:]]), origin=origin)


def _is_patched(value: Any) -> bool:
    """Tell whether the project has put something of its own into a library."""
    if isinstance(value, FunctionType):
        return libraries.origin_of_function(value).kind == libraries.PROJECT
    if isinstance(value, type):
        return libraries.origin_of(value.__module__).kind == libraries.PROJECT
    return False
