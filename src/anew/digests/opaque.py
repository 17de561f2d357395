"""What counts by its type when code refers to it: locks, sockets, connections, open files."""

from __future__ import annotations

import gc
import io
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Final

from anew.notices import warn_once

if TYPE_CHECKING:
    from anew.digests.walk import Walk

__all__ = ["CODE", "encode_opaque", "is_machinery", "warn_of"]

CODE: Final = frozenset({b"function", b"body", b"class", b"whole module", b"method"})
"""Tags of code: code that is not understood must not be taken for data without content."""
# Their objects are what is in them; those of the rest of the library are what they do.
_CONTAINERS: Final = frozenset({"builtins", "collections", "functools", "types", "argparse"})

# What these make decides when and where something is done, not what comes out.
_ORDERLY: Final = frozenset(
    {
        *("_thread", "threading", "logging", "concurrent", "asyncio", "multiprocessing"),
        *("_asyncio", "_multiprocessing", "subprocess", "dask", "distributed"),
    }
)


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
    if kind.__module__ == "itertools":  # which from Python 3.14 on tells no more
        return parts + [walk.token(each) for each in gc.get_referents(value) if each is not kind]
    called = gc.get_referents(value) if callable(value) else []
    return parts + [walk.token(each) for each in called if isinstance(each, FunctionType)]


def warn_of(values: list[object], name: str) -> None:
    """Say once of something that code reads that no change of its content will be seen.

    Parameters
    ----------
    values
        What has no content that could be told.
    name
        What the code calls it, or what they are in.
    """
    for value in values:
        kind = type(value)
        is_written = isinstance(value, io.IOBase) and (value.closed or not value.readable())
        if kind.__module__.partition(".")[0] not in _ORDERLY and not is_written:
            warn_once(
                f"{name}: what is in a {kind.__module__}.{kind.__qualname__} cannot be told, so a "
                "change of it leads to no recomputation: make it where it is used, or say "
                "pure=False",
                about=f"opaque {name} {kind.__qualname__}",
            )
