"""Classes that were made while a program ran, by a function of a library."""

from __future__ import annotations

import sys
from typing import Any, Final

from anew.code import libraries

__all__ = ["is_made"]

_LIBRARIES: Final = frozenset({libraries.LIBRARY, libraries.STANDARD})
_SORTS: Final = 1 << 8 | 1 << 9 | 1 << 10  # Py_TPFLAGS_IMMUTABLETYPE, _HEAPTYPE, _BASETYPE
_IN_PYTHON: Final = 1 << 9 | 1 << 10
"""What a class statement, and a call of `type`, always makes; compiled classes seldom are so."""


def is_made(kind: type) -> bool:
    """Tell whether a class says that it is a library's, and the library does not have it.

    Parameters
    ----------
    kind
        Any class.

    Returns
    -------
    bool
        Whether it counts by its content: what `types.new_class` was given, say, nobody's version
        tells.
    """
    if kind.__flags__ & _SORTS != _IN_PYTHON or "__pyx_vtable__" in vars(kind):
        return False
    if libraries.origin_of(kind.__module__).kind not in _LIBRARIES:
        return False
    found: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is not kind
