"""The arguments of a call: by name, each with its digest."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.code.libraries import PROJECT, origin_of
from anew.digests import digest_or_none, digest_value
from anew.digests.references import find_libraries
from anew.errors import ValueNotStoredError
from anew.formats import summarize
from anew.model import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = [
    "PLAIN",
    "Given",
    "bind",
    "digest_arguments",
    "libraries_of",
    "make_parts",
    "names_of",
    "with_names",
]

_LOOKED_AT: Final = 1000
PLAIN: Final = frozenset({bool, bytes, complex, float, int, str, type(None)})


@dataclass(frozen=True)
class Given:
    """In the place of an argument, the value that another step gave, known by its digest alone."""

    label: str
    content: str | None

    def __anew_digest__(self) -> object:
        """Stand for the value; refused where it has no digest."""
        if self.content is None:
            message = f"the value of {self.label} has no digest"
            raise ValueNotStoredError(message)
        return self.content


@dataclass(frozen=True)
class _Shape:
    """The signature of a function; ``names`` when every argument has a name to be given by.

    The first ``places`` of them may be given by position, too.
    """

    signature: inspect.Signature
    names: tuple[str, ...] | None
    places: int
    defaults: dict[str, Any]
    owned: tuple[Any, ...]  # what its key names by identity, kept so that no other can have it


@lru_cache(maxsize=4096)
def _shape_of(function: Callable[..., Any], *_: int) -> _Shape | None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions of C have none
        return None
    known = signature.parameters
    kinds = [each.kind for each in known.values()]
    places = kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    is_plain = places + kinds.count(inspect.Parameter.KEYWORD_ONLY) == len(kinds)
    given = {n: each.default for n, each in known.items() if each.default is not each.empty}
    owned = (getattr(function, "__defaults__", None), getattr(function, "__kwdefaults__", None))
    return _Shape(signature, tuple(known) if is_plain else None, places, given, owned)


def bind(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Name the arguments of a call, those left out included, in the order of the signature.

    Parameters
    ----------
    function
        What is called.
    args, kwargs
        The arguments.

    Returns
    -------
    dict
        However the call is written, the same names; positions where there is no signature. What
        does not fit the signature is named by position: the call itself will say so.
    """
    by_identity = (
        id(getattr(function, "__defaults__", None)),
        id(getattr(function, "__kwdefaults__", None)),
    )
    try:
        shape = _shape_of(function, *by_identity)
    except TypeError:  # a callable that cannot be hashed
        shape = _shape_of.__wrapped__(function)
    if shape is None:
        return {str(place): value for place, value in enumerate(args)} | kwargs
    names = shape.names
    if names is not None and len(args) <= shape.places:
        named = dict(zip(names, args, strict=False))
        rest = names[len(args) :]
        if not kwargs or kwargs.keys() <= set(rest):
            # Put together in the order of the signature, with the defaults of what is left out.
            for name in rest:
                if name in kwargs:
                    named[name] = kwargs[name]
                elif name in shape.defaults:
                    named[name] = shape.defaults[name]
            return named
    return _bind_slowly(shape.signature, args, kwargs)


def _bind_slowly(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    """Bind arguments of which some have no place or no name of their own."""
    try:
        bound = signature.bind_partial(*args, **kwargs)
    except TypeError:
        return {str(place): value for place, value in enumerate(args)} | kwargs
    bound.apply_defaults()
    return bound.arguments


def make_parts(
    arguments: dict[str, Any],
    *,
    ignore: Collection[str] = (),
    hidden: Collection[str] = (),
    is_told: bool = True,
    libraries: Iterable[str] = (),
) -> list[Part]:
    """Digest the arguments of a call, and name the libraries that their classes are from.

    Parameters
    ----------
    arguments
        By name, as `bind` gives them.
    ignore
        Names that do not count.
    hidden
        Names whose values nobody should see.
    is_told
        Whether each part has a text for people.
    libraries
        Distributions that count besides, as `libraries_of` names them.

    Returns
    -------
    list of Part
        One for each argument, its digest None when the value has none; one for each library.
    """
    parts, found = [], set(libraries)
    for name, value in arguments.items():
        if name not in ignore:
            told = _tell(name, value, hidden) if is_told else ""
            parts.append(Part("argument", name, _digest(value), told))
            if type(value) not in PLAIN and type(value) is not Given:
                found.update(libraries_of(value))
    return [*parts, *(Part("library", each, each, each) for each in sorted(found))]


def digest_arguments(
    arguments: dict[str, Any], ignore: Collection[str] = ()
) -> dict[str, str | None]:
    """Digest the arguments of a call once more, to see whether it has changed one.

    Parameters
    ----------
    arguments
        By name, as `bind` gives them.
    ignore
        Names that do not count.
    """
    return {name: _digest(value) for name, value in arguments.items() if name not in ignore}


def _digest(value: Any) -> str | None:
    kind = type(value)
    if kind in PLAIN:
        return digest_value(value)
    if kind is Given:
        content: str | None = value.content
        return content
    return with_names(digest_or_none(value), names_of(value))


def with_names(digest: str | None, names: tuple[str, ...]) -> str | None:
    """Add to the digest of a value the names of the paths in it."""
    return f"{digest} {list(names)}" if digest and names else digest


def names_of(value: Any) -> tuple[str, ...]:
    """Name the paths in a value: their digest is the content, but the name may matter, too."""
    return tuple(each.name for each in _paths(value))


def _paths(value: Any) -> list[PurePath]:
    """Find the paths in a value, however deep, as far as it is not large."""
    found: list[PurePath] = []
    seen: set[int] = set()
    waiting = [value]
    while waiting and len(seen) < _LOOKED_AT:
        each = waiting.pop()
        if isinstance(each, PurePath):
            found.append(each)
        elif type(each) not in PLAIN and id(each) not in seen:
            seen.add(id(each))
            waiting += _inside(each)
    return found


def _inside(value: Any) -> list[Any]:
    """Give what is directly inside a value."""
    if isinstance(value, dict):
        return list(value.values())[:_LOOKED_AT][::-1]
    if isinstance(value, list | tuple):
        return list(value[:_LOOKED_AT])[::-1]
    attributes = getattr(value, "__dict__", None)
    if type(attributes) is dict and origin_of(type(value).__module__).kind == PROJECT:
        return list(attributes.values())[::-1]
    return []


def _tell(name: str, value: Any, hidden: Collection[str]) -> str:
    if type(value) is Given:
        return f"from {value.label}"
    return "***" if name in hidden else summarize(value)


def libraries_of(value: Any) -> tuple[str, ...]:
    """Name the distributions that a value's classes are from, with their versions."""
    if type(value) in PLAIN:
        return ()
    return tuple(f"{each.name} {each.version}" for each in find_libraries(value))
