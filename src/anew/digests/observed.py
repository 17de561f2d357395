"""What functions refer to, told so that another process can see whether it finds the same.

Only what is told in full can be compared: functions of the project by their code and by what they
hold, plain values by their digests, things of libraries by their names. With anything else a
function is not told at all, and its fingerprint is made anew in each process.
"""

from __future__ import annotations

import marshal
import os
import sys
from operator import attrgetter
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.code import libraries
from anew.code.sources import quick_key
from anew.code.targets import MISSING, foreign_name, public_name
from anew.digests.atoms import ATOMS
from anew.digests.known import is_fixed, redigest
from anew.digests.references import origin_of_value, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Asked", "Binding", "Bindings", "Observed", "UntellableError", "is_plain_code"]

_NAMED: Final = frozenset({libraries.STANDARD, libraries.LIBRARY, libraries.OWN})
_OWN_PACKAGE: Final = __name__.partition(".")[0]
_PLAIN: Final = frozenset({list, tuple, dict})
_LEVELS: Final = 3
_ITEMS: Final = 256
_MARSHAL: Final = 2  # as for `quick_key`
_PARTS: Final = attrgetter(
    *("__code__", "__defaults__", "__kwdefaults__", "__dict__", "__closure__", "__globals__"),
    *("__module__", "__name__", "__qualname__"),
)
_EMPTY: Final = ("empty",)
_ASKING: Final = {
    "os": ("environ", "environb", "getenv", "getenvb"),
    "importlib": ("import_module",),
    "sys": ("modules",),
}
"""What the walk looks at in these modules without noting it."""


class UntellableError(Exception):
    """Something cannot be told so that another process could compare it."""


class Asked(NamedTuple):
    """What is looked up by name.

    ``globals`` are names of modules, whether they are asked for names of things alone, and the
    names that are looked up there; ``loaded`` are modules; ``variables`` are those of the
    environment. ``is_plain`` says that `marshal` writes all code equally in each process.
    """

    globals: tuple[tuple[str, bool, tuple[str, ...]], ...]
    loaded: tuple[str, ...]
    variables: tuple[str, ...]
    is_plain: bool


Binding = tuple[Any, Any, Any]


class Bindings:
    """What was read, as the walk notes it."""

    def __init__(self) -> None:
        self.globals: list[tuple[dict[str, Any], tuple[str, ...], list[Any]]] = []
        self.functions: list[tuple[Any, ...]] = []
        self.others: list[Binding] = []

    def append(self, binding: Binding) -> None:
        """Note one more."""
        self.others.append(binding)

    def __iter__(self) -> Iterator[Binding]:
        """Give place, name and value of each; all at once they would set off the collector."""
        for contents, names, values in self.globals:
            for name, value in zip(names, values, strict=True):
                yield contents, name, value
        for function, code, defaults, named, values, wrapped in self.functions:
            yield function, ".__code__", code
            yield function, ".__defaults__", defaults
            yield function, ".__kwdefaults__", named
            yield function.__dict__, "__wrapped__", wrapped
            if named:
                yield named, None, values
        yield from self.others


class Observed:
    """What a function of the project refers to, as it is now.

    Parameters
    ----------
    function
        The function.
    asked
        What is looked up when its code is followed.

    Raises
    ------
    UntellableError
        When there is something that cannot be told.
    """

    def __init__(self, function: FunctionType, asked: Asked) -> None:
        from xxhash import xxh3_128_digest

        self.functions: list[FunctionType] = []
        self.bindings = Bindings()
        self.mutable: list[tuple[Any, bytes | None]] = []
        self._numbers: dict[int, int] = {}
        self._modules: dict[str, tuple[Any, ...]] = {}
        self._things: dict[int, tuple[Any, tuple[Any, ...]]] = {}
        self._codes: list[CodeType] = []
        self._homes: dict[int, str] = {}
        self._projects: dict[str, bool] = {}
        self._tell(function)
        told = [_write(self._tell_globals(each)) for each in asked.globals]
        for name in asked.loaded:
            self.bindings.append((sys.modules, name, sys.modules[name]))
        for name in asked.variables:
            self.bindings.append((os.environ, name, os.environ.get(name)))
        told += [_write(self._tell(value)) for _, _, value in self.bindings.others]
        told += [_write(self._tell_function(each)) for each in self.functions]  # which grow
        told.append(_write(tuple(self._modules.items())))
        codes = self._codes
        keys = [marshal.dumps(codes, _MARSHAL)] if asked.is_plain else map(quick_key, codes)
        self.digest = xxh3_128_digest(b"".join((*told, *keys)))

    def _tell_globals(self, asked: tuple[str, bool, tuple[str, ...]]) -> tuple[Any, ...]:
        name, is_by_name, names = asked
        module = sys.modules[name]
        self._tell_module(module)
        contents = vars(module)
        values = [contents.get(each, MISSING) for each in names]
        self.bindings.globals.append((contents, names, values))
        return tuple(map(self._tell_by_name if is_by_name else self._tell, values))

    def _tell(self, value: Any) -> Any:
        """Tell a value: unlike ones never are the same bytes, text, number, None or tuple."""
        kind = type(value)
        atom = ATOMS.get(kind)
        if atom is not None:
            return atom(value)
        known: Any = self._numbers.get(id(value))
        if known is not None:
            return known
        if value is MISSING:
            return None
        if kind is not FunctionType or not self._is_followed(value):
            return self._tell_other(value, kind)
        number = self._numbers[id(value)] = len(self.functions)
        self.functions.append(value)
        return number

    def _tell_other(self, value: Any, kind: type) -> Any:
        """Tell what is neither an atom nor a function of the project."""
        if kind is ModuleType:
            return self._tell_module(value)
        if kind in _PLAIN:
            return self._tell_plain(value)
        if kind.__module__.partition(".")[0] == _OWN_PACKAGE:
            wrapped = getattr(value, "__wrapped__", MISSING)
            return kind.__module__, kind.__qualname__, self._tell(wrapped)
        if id(value) not in self._things:
            self._things[id(value)] = value, _tell_thing(value, kind)
        return self._things[id(value)][1]

    def _tell_by_name(self, value: Any) -> Any:
        """Tell what counts by its name alone, unless the project has put it there."""
        kind = type(value)
        if value is MISSING or isinstance(value, ModuleType):
            return self._tell(value)
        if kind is FunctionType and self._is_followed(value):
            return self._tell(value)
        if isinstance(value, type) and not _is_named(libraries.origin_of(value.__module__)):
            raise UntellableError
        return "by name", kind.__module__, kind.__qualname__, public_name(value)

    def _tell_module(self, module: ModuleType) -> str:
        contents = vars(module)
        name = contents["__name__"]
        if name in self._modules:
            return str(name)
        origin = libraries.origin_of(name)
        if sys.modules.get(name) is not module or origin.kind == libraries.EXTENSION:
            raise UntellableError
        makes = ("__path__" in contents, "__getattr__" in contents)
        looked = [_tell_asking(contents.get(each)) for each in _ASKING.get(name, ())]
        package = contents.get("__package__")
        self._modules[name] = (*origin, package, *makes, *looked)
        return str(name)

    def _tell_plain(self, value: Any) -> tuple[Any, ...]:
        token = redigest(value) if _is_plain(value) else None
        if token is None:
            raise UntellableError
        if not is_fixed(value):
            self.mutable.append((value, token))
        return "plain", token, show(value)

    def _tell_function(self, function: FunctionType) -> tuple[Any, ...]:
        """Tell all that a function holds but its code."""
        code, defaults, named, attributes, cells, inside, *names = _PARTS(function)
        values = tuple(named.values()) if named else None
        wrapped = attributes.get("__wrapped__", MISSING)
        self._codes.append(code)
        self.bindings.functions.append((function, code, defaults, named, values, wrapped))
        tell = self._tell
        told = [self._homes.get(id(inside)) or self._find_home(inside), *names]
        told.append(defaults and tuple([tell(each) for each in defaults]))
        told.append(values and (*named, *[tell(each) for each in values]))
        if cells:
            told.append(tuple(map(self._tell_cell, cells)))
        if attributes:
            told.append(tuple([(name, tell(each)) for name, each in attributes.items()]))
        return tuple(told)

    def _find_home(self, inside: dict[str, Any]) -> str:
        """Give the name of the module whose globals these are."""
        module = sys.modules.get(inside["__name__"])
        if type(module) is not ModuleType or vars(module) is not inside:
            raise UntellableError
        home = self._homes[id(inside)] = self._tell_module(module)
        return home

    def _is_followed(self, function: FunctionType) -> bool:
        """Tell whether a function is the project's."""
        file = function.__code__.co_filename
        known = self._projects.get(file)
        if known is None:
            known = libraries.origin_of_function(function).kind == libraries.PROJECT
            if os.path.isabs(file):  # noqa: PTH117 - text
                self._projects[file] = known
        return known

    def _tell_cell(self, cell: Any) -> Any:
        try:
            content = cell.cell_contents
        except ValueError:
            content = MISSING
        self.bindings.append((cell, ".cell_contents", content))
        return _EMPTY if content is MISSING else self._tell(content)


def _write(told: Any) -> bytes:
    """Write what was told so that equal is written equally, and that it says where it ends."""
    return marshal.dumps(told, 0)


def _tell_thing(value: Any, kind: type) -> tuple[Any, ...]:
    """Tell something of a library, which counts by its name."""
    name = foreign_name(value) if callable(value) else None
    origins = (libraries.origin_of(kind.__module__), origin_of_value(value))
    if name is None or not all(map(_is_named, origins)):
        raise UntellableError
    return kind.__module__, kind.__qualname__, value.__module__, name, *origins[1]


def _tell_asking(value: Any) -> tuple[Any, ...]:
    kind = type(value)
    return kind.__module__, kind.__qualname__, public_name(value)


def _is_named(origin: libraries.Origin) -> bool:
    return origin.kind in _NAMED


def _is_plain(value: Any) -> bool:
    """Tell whether a value is made of few atoms."""
    level: list[Any] = [value]
    for _ in range(_LEVELS):
        inner = list(_parts(level))
        if len(inner) > _ITEMS:
            return False
        level = [each for each in inner if type(each) not in ATOMS]
        if not all(type(each) in _PLAIN for each in level):
            return False
    return not level


def _parts(values: Iterable[Any]) -> Iterator[Any]:
    for each in values:
        yield from each
        if type(each) is dict:
            yield from each.values()


def is_plain_code(code: CodeType) -> bool:
    """Tell whether `marshal` writes code equally in each process.

    Parameters
    ----------
    code
        The code.

    Returns
    -------
    bool
        False for sets, whose order is another one in each, and for what it does not write.
    """
    return all(
        is_plain_code(each) if type(each) is CodeType else type(each) not in (frozenset, slice)
        for each in code.co_consts
    )
