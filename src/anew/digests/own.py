"""What one says of one's own types: ``__anew_digest__`` and `register_digest`."""

from __future__ import annotations

import operator
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anew.digests import registry
from anew.digests.registry import Registration
from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__ = ["register_digest"]

_TAG: Final = b"own"
_METHOD: Final = "__anew_digest__"

Says = TypeVar("Says", bound="Callable[[Any], object]")

# The newest last, so that it is found first.
_registered: dict[type | str, Registration] = {}


def register_digest(kind: type | str) -> Callable[[Says], Says]:
    """Say what the digest of a type is made of.

    Parameters
    ----------
    kind
        The type, which stands for its subclasses too. Or its dotted name, such as
        ``"shapely.Point"``, for one that may never be imported.

    Returns
    -------
    callable
        A decorator for a function of a value of that type, which gives what the value is: any
        value that has a digest, such as a tuple of its parts.

    Raises
    ------
    UsageError
        When the type is one of Python's builtins: what those are made of is settled.

    Notes
    -----
    It goes before everything but a method ``__anew_digest__`` of the class. Registered again, the
    type has the new meaning at once; a cell of a notebook may be run twice.

    Examples
    --------
    >>> class Sensor:
    ...     def __init__(self, name, connection):
    ...         self.name = name
    ...         self.connection = connection
    >>> @register_digest(Sensor)
    ... def say(sensor):
    ...     return sensor.name
    """
    if isinstance(kind, type) and kind.__module__ == "builtins":
        message = f"the digest of {kind.__name__!r} is settled"
        raise UsageError(message, hint="derive a class from it, and register that")
    given: object = kind
    if not isinstance(given, type | str):
        message = f"{kind!r} is neither a type nor the dotted name of one"
        raise UsageError(message, hint="@anew.register_digest(MyType)")

    def enter(say: Says) -> Says:
        for known in [known for known in _registered if _is_same(known, kind)]:
            del _registered[known]
        _registered[kind] = Registration(_TAG, partial(_encode, say))
        registry.forget_found()
        return say

    return enter


def _find(kind: type) -> Registration | None:
    """Find what a class or the nearest one that it derives from says, or is said to be."""
    for base in kind.__mro__:
        if vars(base).get(_METHOD) is not None:
            return _BY_METHOD
        for known in reversed(_registered):
            if _is_same(known, base):
                return _registered[known]
    return None


def _is_same(known: type | str, kind: type | str) -> bool:
    """Tell whether two ways to name a type name one; a name counts where its module is loaded."""
    if isinstance(known, str) and isinstance(kind, type):
        return known == f"{kind.__module__}.{kind.__qualname__}" or _resolve(known) is kind
    return known == kind or _resolve(known) is _resolve(kind)


def _resolve(kind: type | str) -> object:
    if isinstance(kind, type):
        return kind
    parts = kind.split(".")
    for i in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:i]))
        if module is not None:
            try:
                return operator.attrgetter(".".join(parts[i:]))(module)
            except AttributeError:
                return kind
    return kind


def _encode(say: Callable[[Any], object], value: Any, walk: Walk) -> list[Chunk]:
    said = say(value)
    if said is value:
        walk.refuse(
            f"what the digest of a {type(value).__name__} is made of must be another value",
            hint="return its parts, such as a tuple of its attributes",
        )
    return [walk.token(type(value)), walk.token(said, f".{_METHOD}()")]


def _encode_by_method(value: Any, walk: Walk) -> list[Chunk]:
    return _encode(type(value).__anew_digest__, value, walk)


_BY_METHOD: Final = Registration(_TAG, _encode_by_method)
registry.prefer(_find)
