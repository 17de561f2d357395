"""Encoders of classes, functions and of any object, by what it tells pickle of itself."""

from __future__ import annotations

import copyreg
import gc
import sys
import warnings
from collections import OrderedDict
from types import CodeType
from typing import TYPE_CHECKING, Any, Final

from anew.digests.instances import find_attributes, is_derived, is_plain, name_state
from anew.digests.records import encode_fields, has_fields
from anew.digests.registry import register
from anew.digests.walk import ATTRIBUTE, ITEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_PROTOCOL: Final = 4
_PARTS: Final = 6
_OF_ITERATORS: Final = frozenset({"builtins", "itertools"})
_HINT: Final = "keep it out of the value, or give its class a __reduce__ that names what it is"


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


@register(
    "threading.Thread",
    "subprocess.Popen",
    "multiprocessing.process.BaseProcess",
    "concurrent.futures._base.Executor",
    "concurrent.futures._base.Future",
    "asyncio.events.AbstractEventLoop",
    "weakref.ReferenceType",
    tag="running",
)
def _encode_running(value: object, walk: Walk) -> list[Chunk]:
    walk.refuse(f"{_describe(value)} cannot be digested", hint=_HINT)


@register("matplotlib.artist.Artist", tag="artist")
def _encode_artist(value: object, walk: Walk) -> list[Chunk]:
    walk.refuse(
        f"{_describe(value)} cannot be digested",
        hint="give on the data that it shows, and draw where it is saved",
    )


@register(object, tag="object", subclasses=True)
def _encode_object(value: object, walk: Walk) -> Iterable[Chunk]:
    kind: type = type(value)
    if has_fields(kind):
        return encode_fields(value, walk)
    if is_plain(kind):
        return [b"o", walk.token(kind), *walk.mapping(find_attributes(value), ATTRIBUTE)]
    return _encode_reduced(value, walk)


def _encode_reduced(value: object, walk: Walk) -> Iterator[Chunk]:
    """Encode what an object tells pickle."""
    reduced = _reduce(value, walk)
    if isinstance(reduced, str):
        module = getattr(value, "__module__", None) or type(value).__module__
        yield b"n" + walk.token((module, reduced))
        yield from _encode_unnamed(value, str(module), reduced, walk)
        return
    make, arguments, state, items, pairs, setter = (*reduced, *[None] * _PARTS)[:_PARTS]
    kind: type = type(value)
    if state is None and is_derived(kind):
        state = value.__getstate__()
    yield b"r" + walk.token(make, ".__reduce__()[0]")
    yield len(arguments).to_bytes(8, "little")
    for i, argument in enumerate(arguments):
        yield walk.token(argument, ".__reduce__()[1][{}]", i)
    yield from _encode_state(name_state(value, state), walk)
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


def _encode_unnamed(value: object, module: str, name: str, walk: Walk) -> Iterator[Chunk]:
    """Encode what something calls that is not what has its name, such as a ufunc of one's own."""
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    if found is not value:
        called = [each for each in gc.get_referents(value) if callable(each)]
        yield from (walk.token(each) for each in called if each is not type(value))


def _reduce(value: object, walk: Walk) -> str | tuple[Any, ...]:
    """Ask an object what it is made of, in the way that pickle and copy do."""
    kind = type(value)
    is_iterator = kind.__module__ in _OF_ITERATORS and hasattr(kind, "__next__")
    if is_iterator and not walk.in_code:
        walk.refuse(f"{_describe(value)} can be read only once", hint="give a list of its items")
    is_warned_of = kind.__module__ == "itertools"  # from Python 3.12 on, to tell no more in 3.14
    reducer = _reduce_silently if is_warned_of else copyreg.dispatch_table.get(kind)
    try:
        reduced = reducer(value) if reducer else value.__reduce_ex__(_PROTOCOL)
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001 - any refusal, of any library, is a refusal
        walk.refuse(f"{_describe(value)} cannot be digested", hint=_HINT, cause=error)
    if not isinstance(reduced, str | tuple):
        walk.refuse(f"{_describe(value)} has a __reduce__ without an answer", hint=_HINT)
    return reduced


def _reduce_silently(value: object) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return value.__reduce_ex__(_PROTOCOL)


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
