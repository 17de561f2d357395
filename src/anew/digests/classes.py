"""Encoders of classes: those of the project by what they do, all others by their name."""

from __future__ import annotations

import abc
import copyreg
import itertools
import re
import sys
from abc import _get_dump  # type: ignore[attr-defined]  # as `ABCMeta._dump_registry` does
from dataclasses import MISSING
from enum import EnumMeta
from functools import partial
from logging import Logger
from pathlib import PurePath
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final

from anew.code import libraries
from anew.code.definitions import read_class
from anew.code.targets import public_name
from anew.digests.code_state import Body, Whole, hash_part, state_of
from anew.digests.made import is_made
from anew.digests.references import encode_references, encode_value
from anew.digests.registry import register, register_in_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_SKIPPED: Final = frozenset(
    (
        *("__module__", "__qualname__", "__name__", "__doc__", "__dict__", "__weakref__"),
        *("__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__"),
        *("__static_attributes__", "__firstlineno__", "__orig_bases__", "__parameters__"),
        *("__type_params__", "_abc_impl", "__abstractmethods__", "__classcell__"),
        *("__dataclass_fields__", "__dataclass_params__", "__attrs_attrs__", "__attrs_props__"),
        *("__attrs_own_setattr__", "_is_protocol"),
        *("_is_runtime_protocol", "__protocol_attrs__", "__non_callable_proto_members__"),
        *("__readonly_keys__", "__mutable_keys__", "__closed__", "__extra_items__"),
        "__slotnames__",  # which pickle leaves there
    )
)
_UNREAD: Final = frozenset(
    (
        *("__builtins__", "__loader__", "__spec__", "__cached__", "__file__", "__path__"),
        *("__warningregistry__", "__annotations__", "__annotate__", "__doc__", "__name__"),
        *("__conditional_annotations__", "__package__", "In", "Out", "get_ipython"),
        *("exit", "quit"),
    )
)
"""What is in a module whatever it defines; what notebooks put there."""
_HISTORY: Final = re.compile(r"_+(i|ih|oh|dh)?\d*_*")
"""Names of a notebook's inputs and outputs."""
_MAKERS: Final = ("namedtuple_", "collections", "enum", "typing", "dataclasses")
_ENUM_SAID: Final = frozenset({"_ignore_", "_order_", "__doc__"})
_FIELD: Final = ("init", "repr", "hash", "compare", "kw_only")
_PARAMETERS: Final = ("init", "repr", "eq", "order", "unsafe_hash", "frozen")
_GENERATED: Final = ("__create_fn__.", "<attrs ")


@register(type, tag="class", subclasses=True)
def _encode_class(value: type, walk: Walk) -> Iterable[Chunk]:
    origin = libraries.origin_of(value.__module__)
    if origin.kind == libraries.PROJECT or is_made(value):
        return iter([walk.token(value.__qualname__), walk.token(state_of(walk).body(value))])
    if origin.kind == libraries.STANDARD:
        public = public_name(value)
        if public is not None:
            name = value.__qualname__
            return [walk.token(public[: -len(name) - 1]), walk.token(name)]
    return [walk.token(value.__module__), walk.token(value.__qualname__)]


@register(Body, tag="body")
def _encode_body(value: Body, walk: Walk) -> Iterable[Chunk]:
    walk.in_code += 1
    try:
        return iter(_encode_kind(value.kind, walk))
    finally:
        walk.in_code -= 1


def _encode_said(kind: type, walk: Walk, *, is_whole: bool) -> list[Chunk]:
    """Encode what the text of a class says beside its methods."""
    state = state_of(walk)
    text = None if is_made(kind) else read_class(kind, is_whole=is_whole)
    if text is None:
        state.enter_class(kind, hash_part(b"-"))
        return [b"-", *walk.mapping(vars(kind).get("__pydantic_fields__", {}).items())]
    names = [each.name.encode() for each in text.references]
    state.enter_class(kind, hash_part(b"\0".join([text.text, *names])))
    state.flags.update(text.flags)
    state.strings.update(dict.fromkeys(text.strings))
    module = vars(sys.modules[kind.__module__]) if kind.__module__ in sys.modules else {}
    return [walk.token(text.text), *encode_references(text, None, module, walk)]


def _encode_kind(kind: type, walk: Walk) -> list[Chunk]:
    state = state_of(walk)
    chunks: list[Chunk] = []
    bases = [base for base in kind.__bases__ if base is not object]
    chunks += [encode_value(each, each.__name__, walk) for each in (*bases, type(kind))]
    state.see(kind.__dict__, None, tuple(kind.__dict__.values()))
    state.see_attribute(kind, "__bases__", kind.__bases__)
    is_known_meta = libraries.origin_of(type(kind).__module__).kind != libraries.LIBRARY
    chunks += _encode_said(kind, walk, is_whole=not is_known_meta)
    for name in sorted(vars(kind)):
        if is_known_meta or not name.startswith("_"):
            chunks += _encode_entry(kind, name, vars(kind)[name], walk)
    chunks += _encode_dataclass(kind, walk)
    chunks += _encode_reducer(kind, walk)
    if isinstance(kind, EnumMeta):
        members: dict[str, Any] = dict(kind.__members__)
        for name, member in members.items():
            chunks += [walk.token(name), walk.token(member._value_)]
    if "doc" in state.modes:
        chunks.append(walk.token(kind.__doc__))
    if state.modes & {"name", "class name"} or _shows_its_name(kind):
        chunks.append(walk.token(kind.__qualname__))
    if isinstance(kind, abc.ABCMeta):
        state.calls.append((abc.get_cache_token, abc.get_cache_token()))
        registered = [each() for each in _get_dump(kind)[0]]
        chunks += walk.unordered([each for each in registered if each is not None])
    return chunks


def _shows_its_name(kind: type) -> bool:
    """Tell whether the text of an instance begins with the name of the class."""
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return True
    shown: Any = getattr(kind, "__repr__", None)
    is_record = hasattr(kind, "__dataclass_params__") or hasattr(kind, "__attrs_attrs__")
    if is_record and isinstance(shown, FunctionType) and _is_generated(shown):
        return True
    module = getattr(shown, "__module__", "") or ""
    return module.partition(".")[0] in {"enum", "pydantic"}


def _encode_entry(kind: type, name: str, value: Any, walk: Walk) -> Iterator[Chunk]:
    """Encode something in the body of a class, unless it follows from what counts otherwise."""
    if name in _SKIPPED or _follows(kind, name, value):
        return
    qualified = f"{kind.__qualname__}.{name}"
    yield walk.token(name)
    yield encode_value(value, state_of(walk).name(kind.__module__, qualified), walk)


def _follows(kind: type, name: str, value: Any) -> bool:
    """Tell whether Python or a library put something into a class of its own accord."""
    if isinstance(value, MemberDescriptorType | GetSetDescriptorType):
        return True
    if (value is None and name == "__hash__") or name.startswith("__pydantic_"):
        return True
    function = getattr(value, "__func__", value)
    if isinstance(function, FunctionType):
        return _is_generated(function) or (_is_made(kind) and _is_of(function, _MAKERS))
    if isinstance(kind, EnumMeta):
        is_sunder = name.startswith("_") and name.endswith("_") and name not in _ENUM_SAID
        return is_sunder or name in kind.__members__ or callable(value)
    return type(value).__name__ == "_tuplegetter"


def _is_made(kind: type) -> bool:
    """Tell whether Python fills a class with functions: a named tuple, an enum, a protocol."""
    is_record = hasattr(kind, "_fields") or hasattr(kind, "__dataclass_fields__")
    return is_record or isinstance(kind, EnumMeta) or bool(vars(kind).get("_is_protocol"))


def _is_of(function: FunctionType, modules: tuple[str, ...]) -> bool:
    return str(function.__globals__.get("__name__", "")).startswith(modules)


def _is_generated(function: FunctionType) -> bool:
    """Tell whether `dataclass` or attrs wrote a method, which follows from the fields."""
    code = getattr(function.__dict__.get("__wrapped__", function), "__code__", function.__code__)
    return code.co_qualname.startswith("__create_fn__.") or code.co_filename.startswith("<attrs ")


def _encode_dataclass(kind: type, walk: Walk) -> Iterator[Chunk]:
    for name, field in vars(kind).get("__dataclass_fields__", {}).items():
        yield walk.token(name)
        yield walk.token([getattr(field, each, None) for each in _FIELD])
        said = getattr(field, "_field_type", None)  # whether it is a variable of the class
        yield walk.token(getattr(said, "name", None))
        for each in ("default", "default_factory"):
            value = getattr(field, each)
            label = state_of(walk).name(kind.__module__, f"{kind.__qualname__}.{name}")
            yield b"-" if value is MISSING else encode_value(value, label, walk)
        yield from walk.mapping(field.metadata.items())
    parameters = vars(kind).get("__dataclass_params__")
    if parameters is not None:
        yield walk.token([getattr(parameters, each, None) for each in _PARAMETERS])
    for field in vars(kind).get("__attrs_attrs__", ()):
        yield walk.token([field.name, field.eq, field.order, field.hash, field.init, field.kw_only])
        for each in ("default", "validator", "converter"):
            yield encode_value(getattr(field, each), f"{kind.__qualname__}.{field.name}", walk)


def _encode_reducer(kind: type, walk: Walk) -> Iterator[Chunk]:
    """Encode the function by which `copy` and `pickle` take instances apart, if one is said."""
    reducer = copyreg.dispatch_table.get(kind)
    if reducer is not None:
        state_of(walk).calls.append((partial(copyreg.dispatch_table.get, kind), reducer))
        yield encode_value(reducer, f"copyreg of {kind.__qualname__}", walk)


@register(Whole, tag="whole module")
def _encode_whole(value: Whole, walk: Walk) -> Iterable[Chunk]:
    state = state_of(walk)
    state.is_volatile = True
    chunks: list[Chunk] = []
    for name in sorted(value.contents):
        if name in _UNREAD or _HISTORY.fullmatch(name):
            continue
        chunks.append(walk.token(name))
        chunks.append(encode_value(value.contents[name], f"{value.name}.{name}", walk))
    return iter(chunks)


@register_in_code(PurePath, tag="path in code")
def _encode_path(value: PurePath, walk: Walk) -> list[Chunk]:
    return [walk.token(value.as_posix())]


@register_in_code(Logger, tag="logger")
def _encode_logger(value: Logger, walk: Walk) -> list[Chunk]:
    walk.opaque.append(value)
    return []


@register_in_code(itertools.count, tag="count")
@register_in_code(itertools.repeat, tag="repeat")
def _encode_endless(value: Any, walk: Walk) -> list[Chunk]:
    return [walk.token(repr(value))]
