"""Dataclasses that cost next to nothing to define: a command that starts defines fifty of them.

The decorator of the standard library writes and compiles the source of five methods for each, which
takes about a millisecond a class, and loads `inspect`. Here the methods are closures. To all who
look, such a class is a dataclass: what `dataclasses` keeps of one is made when it is asked for.
"""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import asdict, dataclass, field, replace

__all__ = ["asdict", "dataclass", "field", "field_names", "replace"]

_NONE: Final = object()
_FIELDS: Final = "_anew_fields"
_OPTIONS: Final = "_anew_options"
_STANDARD: Final = ("__dataclass_fields__", "__dataclass_params__", "__signature__")


class _Field:
    """What the body of a class says of one field, in the words of `dataclasses.field`."""

    def __init__(self, **said: Any) -> None:
        self.said = said
        self.default = said.get("default", _NONE)
        self.factory = said.get("default_factory", _NONE)
        self.by_name = said.get("kw_only", False)

    def fill(self, kind: type, name: str) -> Any:
        """Give the value where none is given."""
        if self.factory is not _NONE:
            return self.factory()
        if self.default is _NONE:
            message = f"{kind.__name__}() is not given {name!r}"
            raise TypeError(message)
        return self.default


def _dataclass(kind: type | None = None, **options: bool) -> Any:
    """Make a class one of plain data, by the options of `dataclasses.dataclass`."""
    if kind is None:
        return lambda named: _dataclass(named, **options)
    frozen = options.get("frozen", False)
    fields = _find_fields(kind)
    values = _make_getter([name for name, each in fields.items() if each.said.get("compare", True)])
    made: dict[str, Any] = {
        "__init__": _make_init(fields, getattr(kind, "__post_init__", None)),
        "__match_args__": tuple(name for name, each in fields.items() if not each.by_name),
        "__replace__": _replace,
    }
    if options.get("repr", True):
        shown = [name for name, each in fields.items() if each.said.get("repr", True)]
        made["__repr__"] = _make_repr(shown)
    if options.get("eq", True):  # what is equal by value, and can change, has no hash
        made |= {"__eq__": _make_eq(values), "__hash__": _make_hash(values) if frozen else None}
    if frozen:
        made |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
    made |= {_FIELDS: fields, _OPTIONS: options}
    made |= {name: _Standard(kind, name) for name in _STANDARD}
    own = set(vars(kind))
    for name, what in made.items():
        if name not in own:
            setattr(kind, name, what)
    return kind


def field_names(kind: Any) -> tuple[str, ...]:
    """Give the names of the fields of a record or its class, in order; none for another thing.

    Parameters
    ----------
    kind
        A record or its class, also one of the standard library.
    """
    found = getattr(kind, _FIELDS, None)
    if found is not None:
        return tuple(found)
    if not hasattr(kind, "__dataclass_fields__"):
        return ()
    from dataclasses import fields

    return tuple(each.name for each in fields(kind))


def _asdict(record: Any) -> dict[str, Any]:
    """Give the fields by name, and those of all records in them."""
    return {name: _spread(getattr(record, name)) for name in field_names(record)}


def _spread(value: Any) -> Any:
    if names := field_names(type(value)):
        return {name: _spread(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {name: _spread(each) for name, each in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(map(_spread, value))
    return value


def _replace(record: Any, /, **changes: Any) -> Any:
    """Make a record that is another in some fields."""
    names = [name for name in field_names(record) if name not in changes]
    kept = {name: getattr(record, name) for name in names}
    return type(record)(**kept, **changes)


def _find_fields(kind: type) -> dict[str, _Field]:
    """Find the fields of a class, those of its bases first; leave their defaults as attributes."""
    fields: dict[str, _Field] = {}
    for base in kind.__mro__[:0:-1]:
        fields |= vars(base).get(_FIELDS, {})
    for name in _annotated(kind):
        said = vars(kind).get(name, _NONE)
        if not isinstance(said, _Field):
            fields[name] = _Field() if said is _NONE else _Field(default=said)
            continue
        fields[name] = said
        if said.default is _NONE:
            delattr(kind, name)
        else:
            setattr(kind, name, said.default)
    return fields


def _annotated(kind: type) -> dict[str, Any]:
    """Give the annotations of a class that are those of fields."""
    found = getattr(kind, "__annotations__", {}).items()
    return {name: text for name, text in found if not str(text).startswith("ClassVar")}


def _make_getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Make what reads some attributes."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _make_init(fields: dict[str, _Field], after: Callable[[Any], None] | None) -> Any:
    order = [name for name, each in fields.items() if not each.by_name]
    count = len(fields)

    def __init__(self: Any, *given: Any, **named: Any) -> None:  # noqa: N807 - it becomes that
        own = self.__dict__
        own.update(zip(order, given, strict=False))
        if len(given) != count or named:
            for name, each in fields.items():
                if name not in own:
                    own[name] = named.pop(name) if name in named else each.fill(type(self), name)
        if named or len(given) > len(order):
            message = f"{type(self).__name__}() is given too much: {sorted(named) or len(given)}"
            raise TypeError(message)
        if after:
            after(self)

    return __init__


def _make_repr(names: list[str]) -> Any:
    def __repr__(self: Any) -> str:  # noqa: N807 - it becomes that
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return __repr__


def _make_eq(values: Callable[[Any], Any]) -> Any:
    def __eq__(self: Any, other: object) -> bool:  # noqa: N807 - it becomes that
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    return __eq__


def _make_hash(values: Callable[[Any], Any]) -> Any:
    return lambda self: hash(values(self))


def _refuse_to_set(_: object, name: str, __: object) -> None:
    from dataclasses import FrozenInstanceError

    message = f"cannot assign to field {name!r}"
    raise FrozenInstanceError(message)


def _refuse_to_delete(_: object, name: str) -> None:
    from dataclasses import FrozenInstanceError

    message = f"cannot delete field {name!r}"
    raise FrozenInstanceError(message)


class _Standard:
    """What the standard library keeps of a dataclass, made when it is first asked for."""

    def __init__(self, kind: type, name: str) -> None:
        self._kind, self._name = kind, name

    def __get__(self, _: object, owner: type) -> Any:
        if self._name == "__signature__" and owner.__init__ is not self._kind.__init__:  # type: ignore[misc]
            raise AttributeError(self._name)  # it is that of a subclass
        return getattr(_make_standard(self._kind), self._name)


@cache
def _make_standard(kind: type) -> Any:
    """Make a dataclass of the standard library that has the same fields."""
    import dataclasses
    import inspect

    types: dict[str, Any] = {}
    for base in kind.__mro__[::-1]:
        types |= _annotated(base)
    fields: dict[str, _Field] = getattr(kind, _FIELDS)
    listed = [(name, types[name], dataclasses.field(**fields[name].said)) for name in fields]
    made: Any = dataclasses.make_dataclass(kind.__name__, listed, **getattr(kind, _OPTIONS))
    made.__signature__ = inspect.signature(made)
    return made


if not TYPE_CHECKING:
    asdict, dataclass, field, replace = _asdict, _dataclass, _Field, _replace
