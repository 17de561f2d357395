"""What things that are under way hold, when code refers to them: iterators, queues, and such."""

from __future__ import annotations

import contextvars
import gc
import io
import queue
import sys
import threading
import weakref
from contextlib import suppress
from types import AsyncGeneratorType, CellType, CoroutineType, FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any, Final

from anew.code.opcodes import read_code
from anew.digests.files import digest_file
from anew.digests.opaque import encode_opaque
from anew.digests.references import encode_references
from anew.digests.registry import register_in_code
from anew.digests.walk import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, KeysView

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_UNSET: Final = object()
_IN_A_LIST: Final = sys.version_info < (3, 13)
"""Where a `queue.SimpleQueue` has its items: in a list, or in itself."""


@register_in_code(type({}.keys()), tag="keys")
@register_in_code(type({}.items()), tag="items")
def _encode_view(value: KeysView[Any], walk: Walk) -> list[Chunk]:
    return list(walk.unordered(value))


@register_in_code(type({}.values()), tag="values")
def _encode_values(value: Iterable[Any], walk: Walk) -> list[Chunk]:
    return [walk.token(list(value))]


@register_in_code(contextvars.ContextVar, tag="context variable")
def _encode_variable(value: contextvars.ContextVar[Any], walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.name)
    held = value.get(_UNSET)  # which gives this default rather than its own
    if held is _UNSET:
        try:
            held = value.get()
        except LookupError:
            return
    yield walk.token(held, ".get()")


@register_in_code(threading.local, tag="local")
def _encode_local(value: threading.local, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(type(value))
    yield from walk.mapping(vars(value).items(), ATTRIBUTE)


@register_in_code(weakref.ref, tag="weak reference")
def _encode_reference(value: weakref.ref[Any], walk: Walk) -> list[Chunk]:
    return [walk.token(value(), "()")]


@register_in_code(weakref.WeakKeyDictionary, tag="weak keys")
@register_in_code(weakref.WeakValueDictionary, tag="weak values")
def _encode_weak(value: Any, walk: Walk) -> list[Chunk]:
    return list(walk.mapping(list(value.items())))


@register_in_code(weakref.WeakSet, tag="weak set")
def _encode_weak_set(value: weakref.WeakSet[Any], walk: Walk) -> list[Chunk]:
    return list(walk.unordered(list(value)))


@register_in_code(queue.Queue, tag="queue")
def _encode_queue(value: queue.Queue[Any], walk: Walk) -> list[Chunk]:
    # Of the deque, or the list, as it is: its other parts are locks.
    return [walk.token(type(value)), walk.token(value.maxsize), walk.token(value.queue)]


@register_in_code(queue.SimpleQueue, tag="simple queue")
def _encode_simple_queue(value: queue.SimpleQueue[Any], walk: Walk) -> list[Chunk]:
    # Its list has holes, which only gc steps over.
    held = gc.get_referents(*gc.get_referents(value)[:1]) if _IN_A_LIST else gc.get_referents(value)
    return [walk.token([each for each in held if each is not type(value)])]


@register_in_code(io.TextIOWrapper, tag="text file")
@register_in_code(io.BufferedReader, tag="buffered file")
@register_in_code(io.FileIO, tag="raw file")
def _encode_file(value: Any, walk: Walk) -> list[Chunk]:
    """Encode what is still to be read; what is written is nothing that comes in."""
    with suppress(AttributeError, OSError, ValueError):  # it is detached, no file, or closed
        if value.readable() and not value.writable() and isinstance(value.name, str):
            return [walk.token((digest_file(value.name).digest, value.tell()))]
    return [*encode_opaque(value, walk)]


@register_in_code(GeneratorType, tag="generator")
@register_in_code(CoroutineType, tag="coroutine")
@register_in_code(AsyncGeneratorType, tag="asynchronous generator")
def _encode_generator(value: Any, walk: Walk) -> list[Chunk]:
    """Encode what is still to be done: the function, its variables, and where it stands."""
    prefix = {GeneratorType: "gi", CoroutineType: "cr"}.get(type(value), "ag")
    frame, code = getattr(value, f"{prefix}_frame"), getattr(value, f"{prefix}_code")
    if frame is None:
        return [b"-"]
    held = dict(frame.f_locals)
    cells = [CellType(held[each]) if each in held else CellType() for each in code.co_freevars]
    function = FunctionType(code, frame.f_globals, code.co_name, None, tuple(cells))
    chunks = [walk.token(frame.f_lasti), *walk.mapping(held.items())]
    if code.co_name == "<genexpr>":  # which has no text of its own
        text = read_code(code)
        found = encode_references(text, function, frame.f_globals, walk)
        return [*chunks, walk.token(text.text), *found]
    return [*chunks, walk.token(function)]
