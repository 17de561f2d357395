"""Which encoder belongs to which type."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from anew.digests.walk import Walk

__all__ = ["Chunk", "Encoder", "Registration", "find", "forget_found", "prefer", "register"]

Chunk: TypeAlias = bytes | memoryview
Encoder: TypeAlias = Callable[[Any, "Walk"], Iterable[Chunk]]


@dataclass(frozen=True)
class Registration:
    """How values of one type are encoded, and the tag that keeps them apart from all others."""

    tag: bytes
    encode: Encoder


_exact: dict[type, Registration] = {}
_families: dict[type, Registration] = {}
_named: dict[str, Registration] = {}
# Asked before all others: they give the registration of a class that has one from its user.
_preferred: list[Callable[[type], Registration | None]] = []


def register(
    *kinds: type | str, tag: str, subclasses: bool = False
) -> Callable[[Encoder], Encoder]:
    """Register the encoder of one or more types.

    Parameters
    ----------
    *kinds
        A type, or the dotted name of a type of a package that may not be installed, such as
        ``"numpy.ndarray"``. A name stands for all subclasses too, since it is looked for in the
        method resolution order; give every name under which releases of the package know it.
    tag
        What keeps the encoding apart from all others.
    subclasses
        Whether a type given as itself stands for its subclasses too.

    Returns
    -------
    callable
        A decorator for the encoder: a function of a value and a `Walk`, which gives the chunks
        of bytes that the value's digest is made of. Each chunk must say by itself where it ends,
        or be of a length that an earlier chunk says.

    Examples
    --------
    >>> @register("shapely.geometry.base.BaseGeometry", tag="shapely")
    ... def encode_geometry(value, walk):
    ...     return [walk.token(value.geom_type), walk.token(value.wkb)]
    """

    def enter(encode: Encoder) -> Encoder:
        registration = Registration(tag.encode(), encode)
        for kind in kinds:
            if isinstance(kind, str):
                _enter(_named, kind, registration)
            else:
                _enter(_families if subclasses else _exact, kind, registration)
        forget_found()
        return encode

    return enter


def prefer(look: Callable[[type], Registration | None]) -> None:
    """Ask a function for the registration of a class before looking for one here."""
    _preferred.append(look)


_in_code: dict[type, Registration] = {}


def register_in_code(kind: type, *, tag: str) -> Callable[[Encoder], Encoder]:
    """Register how values of a type, and of its subclasses, count when code refers to them.

    Parameters
    ----------
    kind
        The type.
    tag
        What keeps the encoding apart from all others.

    Returns
    -------
    callable
        A decorator for the encoder, as for `register`.
    """

    def enter(encode: Encoder) -> Encoder:
        _enter(_in_code, kind, Registration(tag.encode(), encode))
        return encode

    return enter


@lru_cache(maxsize=4096)
def find_in_code(kind: type) -> Registration | None:
    """Find how values of a type count when code refers to them, None when as always."""
    import anew.digests.families  # noqa: F401 - whoever looks must find them all

    return next((_in_code[base] for base in kind.__mro__ if base in _in_code), None)


def _enter(table: dict[Any, Registration], kind: type | str, registration: Registration) -> None:
    """Enter a registration where there is none: two encoders for a type would be a riddle."""
    if kind in table:
        message = f"an encoder is registered for {kind!r} already"
        raise ValueError(message)
    table[kind] = registration


def find(kind: type) -> Registration:
    """Find the registration of a type: its own, or that of the nearest class it derives from."""
    if hasattr(kind, "__anew_digest__"):  # which a class may be given at any time
        return _look_for(kind)
    return _look_once_for(kind)


def _look_for(kind: type) -> Registration:
    import anew.digests.families  # noqa: F401 - whoever looks must find them all

    for look in _preferred:
        found = look(kind)
        if found is not None:
            return found
    if kind in _exact:
        return _exact[kind]
    for base in kind.__mro__:
        named = _named.get(f"{base.__module__}.{base.__qualname__}")
        if named is not None:
            return named
        if base in _families:
            return _families[base]
    message = "no encoder for object itself: anew.digests.objects was not imported"
    raise LookupError(message)


_look_once_for = lru_cache(maxsize=4096)(_look_for)
forget_found = _look_once_for.cache_clear
