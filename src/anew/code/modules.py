"""Modules that are imported in the body of a function: loaded ones, and files of others."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from contextlib import suppress
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from anew.code import libraries
from anew.code.importing import is_harmless
from anew.code.targets import MISSING, Target

if TYPE_CHECKING:
    from anew.code.libraries import Origin

__all__ = ["find_import", "find_module", "with_path"]


def find_import(name: str, path: tuple[str, ...], module: Any, see: Any) -> Target:
    """Find a module that is imported in the body of a function.

    Parameters
    ----------
    name
        Its name, with a dot for each level of a relative import.
    path
        The names below it.
    module
        The globals of the module that imports it.
    see
        As for `follow`.

    Returns
    -------
    Target
        The module, with the names as its rest; or its file, when it is not loaded.
    """
    if name.startswith("."):
        package = module.get("__package__") or module.get("__name__", "").rpartition(".")[0]
        try:
            name = importlib.util.resolve_name(name, package)
        except ImportError:
            return Target("absent", name=name)
    found = find_module(name, see)
    return found._replace(rest=path) if found.kind == "value" else with_path(found, path)


def with_path(found: Target, path: tuple[str, ...]) -> Target:
    """Add attributes to what counts by its name.

    Parameters
    ----------
    found
        Any target.
    path
        The attributes.

    Returns
    -------
    Target
        The same when it is of another kind.
    """
    return found._replace(name=".".join([found.name, *path])) if found.kind == "name" else found


def find_module(name: str, see: Any) -> Target:
    """Give a module, loaded when that does nothing else; else its file.

    Parameters
    ----------
    name
        Its full name.
    see
        As for `follow`.

    Returns
    -------
    Target
        Of kind ``"value"``, ``"name"``, ``"file"`` or ``"absent"``.
    """
    loaded = sys.modules.get(name)
    see(sys.modules, name, loaded if loaded is not None else MISSING)
    if loaded is not None:
        return Target("value", loaded, name)
    spec = _spec(name)
    if spec is None:
        see(None, "", None)
        return Target("absent", name=name)
    origin = _spec_origin(name, spec)
    if origin.kind in {libraries.STANDARD, libraries.LIBRARY, libraries.OWN}:
        return Target("name", name=name, origin=origin)
    see(None, "", None)
    file = spec.origin if spec.has_location else None
    if origin.kind == libraries.PROJECT and file and is_harmless(file):
        with suppress(Exception):  # what runs there may fail in any way, and will say so then
            return Target("value", importlib.import_module(name), name)
    return Target("file", file, name, origin=origin)


def _spec(name: str) -> Any:
    """Find a module without importing what it is in."""
    parent, _, _ = name.rpartition(".")
    try:
        if not parent:
            return importlib.util.find_spec(name)
        around = sys.modules.get(parent) or _spec(parent)
        folders = getattr(around, "__path__", None) or getattr(
            around, "submodule_search_locations", None
        )
        return PathFinder.find_spec(name, list(folders)) if folders else None
    except Exception:  # noqa: BLE001 - a module may answer anything as its ``__path__``, or raise
        return None


def _spec_origin(name: str, spec: Any) -> Origin:
    if spec.has_location and spec.origin:
        return libraries.origin_of_file(os.path.abspath(spec.origin))  # noqa: PTH100 - text
    folders = list(spec.submodule_search_locations or ())
    if folders:
        return libraries.origin_of_file(folders[0])
    return libraries.origin_of(name)
