"""Encoders of classes, functions and of any object, by what it tells pickle of itself."""

from __future__ import annotations

import copyreg
import sys
from collections import OrderedDict
from functools import reduce
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_PROTOCOL: Final = 4
_PARTS: Final = 6
_HINT: Final = "keep it out of the value, or give its class a __reduce__ that names what it is"


@register(type, tag="class", subclasses=True)
def _encode_class(value: type, walk: Walk) -> list[Chunk]:
    return [walk.token(value.__module__), walk.token(value.__qualname__)]


@register(ModuleType, tag="module")
def _encode_module(value: ModuleType, walk: Walk) -> list[Chunk]:
    return [walk.token(value.__name__)]


@register(FunctionType, tag="function")
def _encode_function(value: FunctionType, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.__module__)
    yield walk.token(value.__qualname__)
    if _is_found_by_name(value):
        return
    yield walk.token(value.__code__)
    yield walk.token(value.__defaults__, ATTRIBUTE, "__defaults__")
    yield walk.token(value.__kwdefaults__, ATTRIBUTE, "__kwdefaults__")
    for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
        try:
            content = cell.cell_contents
        except ValueError:  # a cell that is not filled yet
            yield b"-"
        else:
            yield b"+" + walk.token(content, ".__closure__[{}]", name)


def _is_found_by_name(function: FunctionType) -> bool:
    """Tell whether the name says which function it is; in ``__main__`` it never does."""
    if function.__module__ == "__main__" or function.__module__ not in sys.modules:
        return False
    try:
        found = reduce(getattr, function.__qualname__.split("."), sys.modules[function.__module__])
    except AttributeError:
        return False
    return found is function  # type: ignore[comparison-overlap]


@register(CodeType, tag="code")
def _encode_code(value: CodeType, walk: Walk) -> list[Chunk]:
    return [
        walk.token(value.co_code),
        walk.token(value.co_consts, ".co_consts"),
        walk.token((value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)),
        walk.token((value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount)),
        walk.token((value.co_flags, value.co_exceptiontable)),
    ]


@register(set, frozenset, tag="set of a class", subclasses=True)
def _encode_derived_set(value: set[Any] | frozenset[Any], walk: Walk) -> Iterator[Chunk]:
    # What such a set tells pickle is a list of its elements, in the order of their hashes.
    yield walk.token(type(value))
    yield len(value).to_bytes(8, "little")
    yield from walk.unordered(value)
    yield from walk.mapping(getattr(value, "__dict__", {}).items(), ATTRIBUTE)


@register("matplotlib.artist.Artist", tag="artist")
def _encode_artist(value: object, walk: Walk) -> list[Chunk]:
    walk.refuse(
        f"{_describe(value)} cannot be digested",
        hint="give on the data that it shows, and draw where it is saved",
    )


@register(object, tag="object", subclasses=True)
def _encode_object(value: object, walk: Walk) -> Iterator[Chunk]:
    reduced = _reduce(value, walk)
    if isinstance(reduced, str):
        module = getattr(value, "__module__", None) or type(value).__module__
        yield b"n" + walk.token((module, reduced))
        return
    make, arguments, state, items, pairs, setter = (*reduced, *[None] * _PARTS)[:_PARTS]
    yield b"r" + walk.token(make, ".__reduce__()[0]")
    yield len(arguments).to_bytes(8, "little")
    for i, argument in enumerate(arguments):
        yield walk.token(argument, ".__reduce__()[1][{}]", i)
    yield from _encode_state(state, walk)
    yield walk.token(setter, ".__reduce__()[5]")
    parts = [walk.token(part, ITEM, i) for i, part in enumerate(items or ())]
    yield len(parts).to_bytes(8, "little")
    yield from parts
    if isinstance(value, OrderedDict):
        for key, part in pairs or ():
            yield walk.token(key, ".keys()")
            yield walk.token(part, ITEM, key)
    else:
        yield from walk.mapping(pairs or ())


def _reduce(value: object, walk: Walk) -> str | tuple[Any, ...]:
    """Ask an object what it is made of, in the way that pickle and copy do."""
    reducer = copyreg.dispatch_table.get(type(value))
    try:
        reduced = reducer(value) if reducer else value.__reduce_ex__(_PROTOCOL)
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001 - any refusal, of any library, is a refusal
        walk.refuse(f"{_describe(value)} cannot be digested", hint=_HINT, cause=error)
    if not isinstance(reduced, str | tuple):
        walk.refuse(f"{_describe(value)} has a __reduce__ without an answer", hint=_HINT)
    return reduced


def _encode_state(state: object, walk: Walk) -> Iterator[Chunk]:
    """Encode the attributes of an object: a dictionary, a pair with those in slots, or its own."""
    pair = state if isinstance(state, tuple) and len(state) == 2 else (state, None)  # noqa: PLR2004
    known = [part or {} for part in pair if part is None or type(part) is dict]
    if len(known) < len(pair):
        yield b"s" + walk.token(state, ".__getstate__()")
        return
    for attributes in known:
        tokens = walk.mapping(attributes.items(), ATTRIBUTE)
        yield b"a" + len(tokens).to_bytes(8, "little")
        yield from tokens


def _describe(value: object) -> str:
    """Name an object by its class, with the article that the name wants."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in set('aeiou') else 'a'} {name}"
