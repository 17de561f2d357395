"""Encoders of functions: by what they do, and what everything that they refer to stands for."""

from __future__ import annotations

import functools
import gc
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.code import libraries
from anew.code.definitions import read_function, read_function_annotations
from anew.code.targets import MISSING, foreign_name
from anew.digests.code_state import state_of
from anew.digests.references import encode_references, encode_value
from anew.digests.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.code.libraries import Origin
    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_FOLLOWED: Final = frozenset({libraries.PROJECT, libraries.EXTENSION})


@register(FunctionType, tag="function")
def _encode_function(value: FunctionType, walk: Walk) -> Iterable[Chunk]:
    origin = libraries.origin_of_function(value)
    walk.in_code += 1
    try:
        if origin.kind in _FOLLOWED:
            return iter(_encode_own(value, walk))
        return iter(_encode_foreign(value, walk, origin))
    finally:
        walk.in_code -= 1


def _encode_own(function: FunctionType, walk: Walk) -> list[Chunk]:
    text = read_function(function)
    state = state_of(walk)
    state.enter(function, text)
    chunks: list[Chunk] = [walk.token(text.text)]
    chunks += encode_references(text, function, function.__globals__, walk)
    if function.__closure__:
        chunks += _encode_type_variables(function, walk)
    for name in ("__defaults__", "__kwdefaults__"):
        chunks.append(_encode_defaults(function, name, walk))
    wrapped = function.__dict__.get("__wrapped__")
    state.see(function.__dict__, "__wrapped__", MISSING if wrapped is None else wrapped)
    if wrapped is not None:
        chunks.append(b"w" + encode_value(wrapped, "__wrapped__", walk))
    if "doc" in state.modes:
        chunks.append(walk.token(function.__doc__))
    if "name" in state.modes:
        chunks.append(walk.token(function.__qualname__))
    if "annotations" in state.modes:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        chunks.append(walk.token(names))
        said = read_function_annotations(function)
        chunks.append(walk.token(said.text))
        chunks += encode_references(said, function, function.__globals__, walk)
    if "source" in state.modes:
        import inspect

        try:
            chunks.append(walk.token(inspect.getsource(function)))
        except OSError:
            chunks.append(b"-")
    return chunks


def _encode_type_variables(function: FunctionType, walk: Walk) -> Iterator[Chunk]:
    """Encode the variables of ``def f[T]`` that are read, which its text says with its types."""
    for cell in function.__closure__ or ():
        if any(type(each).__module__ == "typing" for each in gc.get_referents(cell)):
            content = cell.cell_contents
            state_of(walk).see(cell, ".cell_contents", content)
            yield encode_value(content, str(content), walk, kind="closure")


def _encode_defaults(function: FunctionType, name: str, walk: Walk) -> bytes:
    defaults = getattr(function, name)
    state = state_of(walk)
    state.see_attribute(function, name, defaults)
    if not defaults:
        return b"-"
    if isinstance(defaults, dict):
        state.see(defaults, None, tuple(defaults.values()))
        named = sorted(defaults.items())
    else:
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        named = list(zip(names[-len(defaults) :], defaults, strict=False))
    owner = function.__name__
    tokens = [
        walk.token(key if isinstance(defaults, dict) else "")
        + encode_value(value, f"{owner}({key})", walk, kind="default")
        for key, value in named
    ]
    return len(tokens).to_bytes(8, "little") + b"".join(tokens)


def _encode_foreign(function: FunctionType, walk: Walk, origin: Origin) -> list[Chunk]:
    """Encode a function of a library: by its name, or by what it was made of."""
    state = state_of(walk)
    chunks: list[Chunk] = [state.library(origin)]
    public = foreign_name(function)
    if public is not None:
        return [*chunks, walk.token(public)]
    module = function.__globals__.get("__name__")
    chunks.append(walk.token((str(module), function.__code__.co_qualname)))
    if origin.kind == libraries.OWN:
        wrapped = function.__dict__.get("__wrapped__")
        return chunks if wrapped is None else [encode_value(wrapped, "__wrapped__", walk)]
    registered = function.__dict__.get("registry")
    if registered is not None and hasattr(function, "dispatch"):
        state.see(registered, None, tuple(registered.values()))
        chunks += walk.mapping(dict(registered).items())
        return chunks
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            content = cell.cell_contents
        except ValueError:
            chunks.append(b"-")
        else:
            state.see(cell, ".cell_contents", content)
            chunks.append(b"+" + encode_value(content, name, walk, kind="closure"))
    chunks.append(_encode_defaults(function, "__defaults__", walk))
    chunks.append(_encode_defaults(function, "__kwdefaults__", walk))
    return chunks


@register(MethodType, tag="method")
def _encode_method(value: MethodType, walk: Walk) -> Iterator[Chunk]:
    public = foreign_name(value)
    if public is not None:
        yield walk.token(public)
        return
    yield walk.token(value.__func__)
    yield encode_value(value.__self__, "__self__", walk)


@register(BuiltinFunctionType, tag="builtin")
def _encode_builtin(value: Any, walk: Walk) -> Iterator[Chunk]:
    owner = value.__self__
    public = foreign_name(value)
    if public is not None or owner is None or isinstance(owner, ModuleType):
        yield walk.token(public or f"{value.__module__}.{value.__qualname__}")
        return
    yield walk.token(value.__name__)
    yield walk.token(owner)


@register(property, tag="property", subclasses=True)
def _encode_property(value: property, walk: Walk) -> Iterator[Chunk]:
    for part in (value.fget, value.fset, value.fdel):
        yield walk.token(part)


@register(staticmethod, tag="staticmethod", subclasses=True)
@register(classmethod, tag="classmethod", subclasses=True)
def _encode_class_method(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.__func__)


@register(functools.cached_property, tag="cached_property", subclasses=True)
def _encode_cached_property(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.func)


@register(functools.partial, tag="partial", subclasses=True)
@register(functools.partialmethod, tag="partialmethod", subclasses=True)
def _encode_partial(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield encode_value(value.func, "func", walk)
    yield walk.token(tuple(value.args))
    yield from walk.mapping(value.keywords.items())


@register(functools.singledispatchmethod, tag="singledispatchmethod")
def _encode_dispatch_method(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token(value.func)
    yield walk.token(value.dispatcher)


@register(type(functools.lru_cache(lambda: None)), tag="lru_cache")
def _encode_cached(value: Any, walk: Walk) -> Iterator[Chunk]:
    state_of(walk).wrappers[id(value)] = value
    yield b"1" if value.cache_parameters()["typed"] else b"0"
    yield encode_value(value.__wrapped__, "__wrapped__", walk)


@register(ModuleType, tag="module", subclasses=True)
def _encode_module(value: ModuleType, walk: Walk) -> Iterable[Chunk]:
    origin = libraries.origin_of(value.__name__)
    state = state_of(walk)
    if origin.kind in _FOLLOWED:
        return iter([state.extension(origin), state.whole(vars(value), value.__name__)])
    return [state.library(origin) if walk.in_code else b"", walk.token(value.__name__)]


@register("anew.graph.Step", "anew.caching.Cached", tag="own code")
def _encode_step(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield encode_value(value.__wrapped__, "__wrapped__", walk)
