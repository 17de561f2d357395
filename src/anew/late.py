"""Names of a package that are loaded when they are first used, so that others cost nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["names_of"]


def names_of(package: str, places: Mapping[str, str]) -> Callable[[str], Any]:
    """Make what a package has as ``__getattr__`` (PEP 562).

    Parameters
    ----------
    package
        Its name.
    places
        The module of the package that has a name, by that name.

    Returns
    -------
    callable
        It loads a name and keeps it in the package.
    """

    def find(name: str) -> Any:
        if name not in places:
            message = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(message)
        module = import_module(f"{package}.{places[name]}")
        found = {each: getattr(module, each) for each in places if places[each] == places[name]}
        vars(sys.modules[package]).update(found)  # also over a module of that name
        return found[name]

    return find
