"""Whose code a function or class is: the project's or that of something installed."""

from __future__ import annotations

import os
import sys
import sysconfig
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import FunctionType

    from anew.purity.reading import Body

__all__ = ["is_of_project", "name_place"]

_ANEW: Final = str(Path(__file__).parents[1])
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def is_of_project(value: FunctionType | type) -> bool:
    """Tell the project's own code from what is installed and from Python's.

    Parameters
    ----------
    value
        A function with Python code, or a class.
    """
    if isinstance(value, type):
        return _is_module_of_project(value.__module__)
    path = value.__code__.co_filename
    if path.startswith("<"):
        names = value.__globals__
        if path.startswith("<frozen"):
            return False
        path = str(names.get("__file__") or "")
        if not path:
            return _is_module_of_project(names.get("__name__"))
    return _is_path_of_project(path)


def _is_module_of_project(name: Any) -> bool:
    """Tell by the module; one without a file is a notebook's, or the interpreter's own."""
    path = getattr(sys.modules.get(name), "__file__", None) if isinstance(name, str) else None
    if path is None:
        return not isinstance(name, str) or name.partition(".")[0] not in sys.stdlib_module_names
    return _is_path_of_project(path)


@lru_cache(maxsize=4096)
def _is_path_of_project(path: str) -> bool:
    parents = Path(path).parents
    if not _INSTALLED.isdisjoint(part.name for part in parents):
        return False
    own = {Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")}
    own |= {place.resolve() for place in own} | {Path(_ANEW)}
    return own.isdisjoint(parents)


def name_place(title: str, body: Body, at: int) -> str:
    """Say where in the project something is.

    Parameters
    ----------
    title
        The function's name.
    body
        Its code.
    at
        Which instruction.

    Returns
    -------
    str
        As ``fit() in models/ridge.py:12``, the path from the current folder where it is below it.
        Without a line where the code was written by a library, as that of a dataclass.
    """
    path, line = body.code.co_filename, f":{body.line(at)}"
    if "ipykernel" in path or path.startswith("<ipython"):
        return f"{title}() in a cell{line}"
    if path.startswith("<") and "__file__" in body.names:
        path, line = str(body.names["__file__"]), ""
    with suppress(OSError):  # the current folder may be gone
        path = path.removeprefix(f"{Path.cwd()}{os.sep}")
    return f"{title}() in {path}{line}"
