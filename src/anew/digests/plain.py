"""Encoders of Python's own types."""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from anew.digests.atoms import pack
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__ = ["encode_sequence"]


@register(list, tag="list")
def _encode_list(value: list[Any], walk: Walk) -> list[Chunk]:
    return encode_sequence(value, walk)


@register(tuple, tag="tuple")
def _encode_tuple(value: tuple[Any, ...], walk: Walk) -> list[Chunk]:
    return encode_sequence(value, walk)


def encode_sequence(values: list[Any] | tuple[Any, ...], walk: Walk) -> list[Chunk]:
    """Encode parts in their order.

    Parameters
    ----------
    values
        The parts.
    walk
        The walk that they belong to.

    Returns
    -------
    list of bytes
        Their number and their tokens, packed when they are atoms of one type.
    """
    count = len(values).to_bytes(8, "little")
    packed = pack(values)
    if packed is not None:
        return [b"=", count, packed]
    return [b":", count, *[walk.token(part, ITEM, i) for i, part in enumerate(values)]]


@register(dict, tag="dict")
def _encode_dict(value: dict[Any, Any], walk: Walk) -> list[Chunk]:
    return list(walk.mapping(value.items()))


@register(OrderedDict, tag="OrderedDict")
def _encode_ordered_dict(value: OrderedDict[Any, Any], walk: Walk) -> Iterator[Chunk]:
    for key, part in value.items():
        yield walk.token(key, ".keys()")
        yield walk.token(part, ITEM, key)


@register(set, tag="set")
@register(frozenset, tag="frozenset")
def _encode_set(value: set[Any] | frozenset[Any], walk: Walk) -> list[Chunk]:
    return list(walk.unordered(value))


@register(bytearray, tag="bytearray")
def _encode_bytearray(value: bytearray, walk: Walk) -> list[Chunk]:
    return [walk.token(bytes(value))]


@register(range, tag="range")
@register(slice, tag="slice")
def _encode_range(value: range | slice, walk: Walk) -> list[Chunk]:
    return [
        walk.token(value.start, ATTRIBUTE, "start"),
        walk.token(value.stop, ATTRIBUTE, "stop"),
        walk.token(value.step, ATTRIBUTE, "step"),
    ]


@register(Enum, tag="enum", subclasses=True)
def _encode_enum(value: Enum, walk: Walk) -> list[Chunk]:
    return [
        walk.token(type(value)),
        walk.token(value.name),
        walk.token(value.value, ATTRIBUTE, "value"),
    ]


@register(dt.date, tag="date")
def _encode_date(value: dt.date, walk: Walk) -> list[Chunk]:
    return [walk.token(value.isoformat())]


@register(dt.datetime, tag="datetime")
@register(dt.time, tag="time")
def _encode_time(value: dt.datetime | dt.time, walk: Walk) -> list[Chunk]:
    local = value.replace(tzinfo=None).isoformat()
    return [walk.token((local, value.fold)), walk.token(value.tzinfo, ATTRIBUTE, "tzinfo")]


@register(dt.timedelta, tag="timedelta")
def _encode_timedelta(value: dt.timedelta, walk: Walk) -> list[Chunk]:
    return [walk.token((value.days, value.seconds, value.microseconds))]


@register("zoneinfo.ZoneInfo", tag="zone")
def _encode_zone(value: ZoneInfo, walk: Walk) -> list[Chunk]:
    if value.key is None:
        walk.refuse("a time zone read from a file, without a name", hint="use ZoneInfo('NAME')")
    return [walk.token(value.key)]


@register(Decimal, tag="Decimal")
def _encode_decimal(value: Decimal, walk: Walk) -> list[Chunk]:
    sign, digits, exponent = value.as_tuple()
    return [walk.token((sign, "".join(map(str, digits)), exponent))]


@register(Fraction, tag="Fraction")
def _encode_fraction(value: Fraction, walk: Walk) -> list[Chunk]:
    return [walk.token((value.numerator, value.denominator))]


@register(UUID, tag="UUID")
def _encode_uuid(value: UUID, walk: Walk) -> list[Chunk]:
    return [walk.token(value.bytes)]


@register(PurePath, tag="path", subclasses=True)
def _encode_path(value: PurePath, walk: Walk) -> list[Chunk]:
    return [walk.token(value.as_posix())]
