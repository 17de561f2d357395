"""Types of libraries, without loading the libraries.

A value can only be of a type whose module somebody has loaded. So where it is not loaded, there
is nothing to look for.
"""

from __future__ import annotations

import sys

__all__ = ["is_exactly", "is_instance"]


def is_exactly(value: object, *names: str) -> bool:
    """Tell whether the class of a value is one of those, not one derived from them.

    Parameters
    ----------
    value
        Any value.
    *names
        Dotted names, each a module and a class in it.

    Returns
    -------
    bool
        Never True for a module that is not loaded.
    """
    return any(type(value) is kind for kind in map(_loaded, names))


def is_instance(value: object, name: str) -> bool:
    """Tell whether a value is of a class or of one derived from it.

    Parameters
    ----------
    value
        Any value.
    name
        The dotted name of the class.

    Returns
    -------
    bool
        Never True for a module that is not loaded.
    """
    kind = _loaded(name)
    return kind is not None and isinstance(value, kind)


def _loaded(name: str) -> type | None:
    """Find a class by its dotted name among what is loaded."""
    module, _, attribute = name.rpartition(".")
    return getattr(sys.modules.get(module), attribute, None)
