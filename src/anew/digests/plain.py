"""Encoders of Python's own plain types, and of the parts of any sequence."""

from __future__ import annotations

import datetime as dt
import re
from collections import OrderedDict
from decimal import Decimal
from enum import Enum, Flag
from fractions import Fraction
from types import UnionType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from anew.digests.atoms import BLOCK_ITEMS, pack
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from zoneinfo import ZoneInfo

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__ = ["encode_block", "encode_sequence"]


@register(list, tag="list")
@register(tuple, tag="tuple")
def _encode_list(value: list[Any] | tuple[Any, ...], walk: Walk) -> Iterable[Chunk]:
    return encode_sequence(value, walk)


def encode_sequence(values: list[Any] | tuple[Any, ...], walk: Walk) -> Iterable[Chunk]:
    """Encode parts in their order.

    Parameters
    ----------
    values
        The parts.
    walk
        The walk that they belong to.

    Returns
    -------
    iterable of bytes
        Their number, and blocks of parts as `encode_block` writes them.
    """
    count = len(values).to_bytes(8, "little")
    if len(values) <= BLOCK_ITEMS:
        return [count, *encode_block(values, walk)]
    return _encode_blocks(count, values, walk)


def _encode_blocks(
    count: bytes, values: list[Any] | tuple[Any, ...], walk: Walk
) -> Iterator[Chunk]:
    yield count
    for start in range(0, len(values), BLOCK_ITEMS):
        yield from encode_block(values[start : start + BLOCK_ITEMS], walk, start)


def encode_block(
    values: list[Any] | tuple[Any, ...], walk: Walk, start: int = 0, template: str = ITEM
) -> list[Chunk]:
    """Encode some consecutive parts.

    Parameters
    ----------
    values
        The parts, at most `BLOCK_ITEMS`.
    walk
        The walk that they belong to.
    start
        The place of the first among all parts.
    template
        How a part is reached by its place, for error messages.

    Returns
    -------
    list of bytes
        Their tokens, packed when they are plain atoms.
    """
    packed = pack(values)
    if packed is not None:
        return [b"=", packed]
    return [b":", *[walk.token(part, template, i) for i, part in enumerate(values, start)]]


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


@register(range, tag="range")
def _encode_range(value: range, walk: Walk) -> list[Chunk]:
    # As ranges are compared: by what they give, of which an end says too much and a step may.
    if not value:
        return [walk.token((0, 0, 1))]
    first, last = int(value[0]), int(value[-1])
    step = int(value.step) if first != last else 1
    return [walk.token((first, last + step, step))]


@register(slice, tag="slice")
def _encode_slice(value: slice, walk: Walk) -> list[Chunk]:
    return [
        walk.token(value.start, ATTRIBUTE, "start"),
        walk.token(value.stop, ATTRIBUTE, "stop"),
        walk.token(value.step, ATTRIBUTE, "step"),
    ]


@register(Enum, tag="enum", subclasses=True)
def _encode_enum(value: Enum, walk: Walk) -> list[Chunk]:
    # The name of a combination of flags is put together anew by each release of Python.
    name = None if isinstance(value, Flag) else value.name
    return [
        walk.token(type(value)),
        walk.token(name),
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
    # Sign, digits and exponent, so 1.0 is not 1.00; of a NaN, whether it signals, and its digits.
    sign, digits, exponent = value.as_tuple()
    return [walk.token((sign, "".join(map(str, digits)), exponent))]


@register(Fraction, tag="Fraction")
def _encode_fraction(value: Fraction, walk: Walk) -> list[Chunk]:
    return [walk.token((value.numerator, value.denominator))]


@register(UUID, tag="UUID")
def _encode_uuid(value: UUID, walk: Walk) -> list[Chunk]:
    return [walk.token(value.bytes)]


@register(re.Pattern, tag="pattern")
def _encode_pattern(value: re.Pattern[Any], walk: Walk) -> list[Chunk]:
    return [walk.token(value.pattern), walk.token(value.flags)]


@register(UnionType, "typing._UnionGenericAlias", tag="union")
def _encode_union(value: UnionType, walk: Walk) -> list[Chunk]:
    return list(walk.unordered(value.__args__))
