"""What a reference stands for, and the names by which libraries are known."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.code import libraries

if TYPE_CHECKING:
    from anew.code.libraries import Origin

__all__ = ["MISSING", "Target", "foreign_name", "public_name"]

MISSING: Final = object()


class Target(NamedTuple):
    """What a reference stands for.

    ``kind`` is ``"value"``, ``"name"`` (something that counts by its name alone: a builtin, or a
    thing of Python's library or of a distribution), ``"module"`` (all of it), ``"variable"``,
    ``"environment"``, ``"file"`` (a module of the project that is not loaded) or ``"absent"``.
    ``rest`` are the attributes that were not followed; ``name`` is for people.
    """

    kind: str
    value: Any = None
    name: str = ""
    rest: tuple[str, ...] = ()
    origin: Origin | None = None


def public_name(value: Any) -> str | None:
    """Find the shortest name by which a function or class of a library can be reached.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    str or None
        None when it is not found where it says that it is.
    """
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if not isinstance(name, str) or "<" in name:
        return None
    owner = getattr(value, "__self__", None)
    homes = [getattr(value, "__module__", None)]
    if owner is not None and not isinstance(owner, ModuleType):
        homes = [type(owner).__module__]
        name = value.__name__
    for home in homes:
        if not isinstance(home, str):
            continue
        parts = home.split(".")
        places = [".".join(parts[: i + 1]) for i in range(len(parts))]
        if parts[0].startswith("_"):
            places.insert(0, parts[0].lstrip("_"))
        for place in places:
            if _at(sys.modules.get(place), name) is value:
                return f"{place}.{name}"
    return None


def foreign_name(value: Any) -> str | None:
    """Find the name of a function or class that is not the project's.

    Parameters
    ----------
    value
        Anything.

    Returns
    -------
    str or None
        None when no module of a library or of Python has it.
    """
    public = public_name(value)
    if public is None:
        return None
    module = public.rpartition(".")[0]
    while module and module not in sys.modules:
        module = module.rpartition(".")[0]
    is_ours = libraries.origin_of(module).kind in {libraries.PROJECT, libraries.EXTENSION}
    return None if is_ours else public


def _at(module: Any, name: str) -> Any:
    found = module
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
        if isinstance(found, staticmethod):
            found = found.__func__
    return found
