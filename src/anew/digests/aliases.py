"""Encoders of types that have other types behind their names: aliases, new types, variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NewType

from anew.digests.code_state import state_of
from anew.digests.references import encode_value
from anew.digests.registry import register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.registry import Chunk
    from anew.digests.walk import Walk

__all__: list[str] = []

_VARIABLE: Final = ("__bound__", "__constraints__", "__default__")
_VARIANCE: Final = ("__covariant__", "__contravariant__", "__infer_variance__")


@register(NewType, tag="new type")
def _encode_new_type(value: NewType, walk: Walk) -> Iterator[Chunk]:
    yield from _encode_parts(value, ("__supertype__",), walk)


@register("typing.TypeAliasType", tag="type alias")
def _encode_alias(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield from _encode_parts(value, ("__value__", "__type_params__"), walk)


@register("typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple", tag="type variable")
def _encode_type_variable(value: Any, walk: Walk) -> Iterator[Chunk]:
    yield walk.token([bool(getattr(value, each, False)) for each in _VARIANCE])
    yield from _encode_parts(value, _VARIABLE, walk)


def _encode_parts(value: Any, names: tuple[str, ...], walk: Walk) -> Iterator[Chunk]:
    """Encode what is behind a name, and the name where it may be shown."""
    is_named = not walk.in_code or "name" in state_of(walk).modes
    yield walk.token(value.__name__ if is_named else None)
    for name in names:
        try:
            part = getattr(value, name, None)
        except Exception:  # noqa: BLE001 - it is evaluated now, and may refer to what is not there
            part = None
        is_absent = type(part).__name__ == "NoDefaultType"
        yield encode_value(None if is_absent else part, f"{value.__name__}.{name}", walk)
