"""What counts by its type when code refers to it: locks, sockets, connections, open files."""

from __future__ import annotations

import gc
import io
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from anew.digests.walk import Walk

__all__ = ["CODE", "encode_opaque", "is_machinery"]

CODE: Final = frozenset({b"function", b"body", b"class", b"whole module", b"method"})
"""Tags of code: code that is not understood must not be taken for data without content."""
# Their objects are what is in them; those of the rest of the library are what they do.
_CONTAINERS: Final = frozenset({"builtins", "collections", "functools", "types", "argparse"})


def is_machinery(kind: type) -> bool:
    """Tell whether a class is one of Python's that does something, such as a queue.

    Parameters
    ----------
    kind
        Any class.

    Returns
    -------
    bool
        Whether its objects have no content as a whole when a part of them has none.
    """
    top = kind.__module__.partition(".")[0]
    return top in sys.stdlib_module_names and top not in _CONTAINERS


def encode_opaque(value: object, walk: Walk) -> list[bytes]:
    """Encode the type of something, and the functions that it is known to call.

    Parameters
    ----------
    value
        What has no content; the walk is told.
    walk
        The walk that it belongs to.

    Returns
    -------
    list of bytes
        Chunks of its node.
    """
    walk.opaque.append(value)
    kind: type = type(value)
    parts = [f"{kind.__module__}.{kind.__qualname__}".encode()]
    if isinstance(value, io.IOBase):
        parts.append(str(getattr(value, "name", "")).encode())
    called = gc.get_referents(value) if callable(value) else []
    return parts + [walk.token(each) for each in called if isinstance(each, FunctionType)]
