"""Encoders of records: classes that say by attrs or pydantic which fields they have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__ = ["encode_fields", "has_fields"]

_CACHED_HASH: Final = "_attrs_cached_hash"


def has_fields(kind: type) -> bool:
    """Tell whether attrs made a class, and the class leaves to it how it is pickled.

    Parameters
    ----------
    kind
        Any class.

    Returns
    -------
    bool
        Whether `encode_fields` encodes its instances.
    """
    names = ("__reduce__", "__reduce_ex__")
    is_plain = all(getattr(kind, name) is getattr(object, name) for name in names)
    return is_plain and hasattr(kind, "__attrs_attrs__")


def encode_fields(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode a record of attrs: its class, its fields, and what else was set on it.

    Parameters
    ----------
    value
        An instance of a class for which `has_fields` holds.
    walk
        The walk that it belongs to.

    Yields
    ------
    bytes
        A field counts whether or not it is compared or shown; a hash that is kept, and a
        property that is computed once, say nothing more.
    """
    yield walk.token(type(value))
    names = [field.name for field in type(value).__attrs_attrs__]
    fields = {name: getattr(value, name) for name in names if _is_set(value, name)}
    yield from walk.mapping(
        (fields | _find_others(value, {*names, _CACHED_HASH})).items(), ATTRIBUTE
    )


def _is_set(value: Any, name: str) -> bool:
    """Tell whether a field has a value: one that no initialiser sets may have none."""
    try:
        object.__getattribute__(value, name)
    except AttributeError:
        return False
    return True


def _find_others(value: Any, known: set[str]) -> dict[str, Any]:
    """Give the attributes of an object that are neither known nor computed from others."""
    kind = type(value)
    return {
        name: part
        for name, part in getattr(value, "__dict__", {}).items()
        if name not in known and not isinstance(_find_on_class(kind, name), cached_property)
    }


def _find_on_class(kind: type, name: str) -> object:
    """Find an attribute of a class without asking its descriptor."""
    return next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)


@register("pydantic.main.BaseModel", "pydantic.v1.main.BaseModel", tag="pydantic")
def _encode_model(value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode fields, extra and private ones; which of them were given explicitly says nothing."""
    yield walk.token(type(value))
    yield from _encode_part(_find_others(value, set()), walk)
    yield from _encode_part(getattr(value, "__pydantic_extra__", None), walk)
    private = getattr(value, "__pydantic_private__", None)
    if private is None:  # before pydantic 2 each has a slot
        names = getattr(type(value), "__private_attributes__", {})
        private = {name: getattr(value, name) for name in names if _is_set(value, name)}
    yield from _encode_part(private, walk)


def _encode_part(attributes: dict[str, Any] | None, walk: Walk) -> Iterator[Chunk]:
    """Encode attributes of one kind, with their number, so that kinds do not run together."""
    attributes = attributes or {}
    yield len(attributes).to_bytes(8, "little")
    yield from walk.mapping(attributes.items(), ATTRIBUTE)
