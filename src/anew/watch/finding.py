"""What a step finds that another one read before it, which then is its condition, too.

A reader keeps what it read in `functools.lru_cache`, in a global, a class or an object that is
filled on demand, in a closure, or as a module that is imported once. What could not have been
found there is no condition: code that keeps nothing reads again for everybody who calls it.
"""

from __future__ import annotations

import gc
import inspect
import sys
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from types import FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.digests.atoms import ATOMS
from anew.digests.fingerprint import fingerprint
from anew.digests.reached import nested_in, reach_of
from anew.watch.alive import unseen
from anew.watch.asking import is_of_project
from anew.watch.children import have_forked
from anew.watch.conditions import CURRENT_FOLDER, strength
from anew.watch.loads import LOADERS, tell_of_loads
from anew.watch.readings import MODULES, READINGS, is_kept_by, sight_of_global
from anew.watch.shapes import inside, is_own_kind, shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.digests.reached import Reach
    from anew.watch.readings import Reader, Sight
    from anew.watch.touch import Touch

__all__ = ["Finding"]

_OBJECTS: Final = 10_000
_LINK: Final = "_lru_list_elem"
_CONTAINERS: Final = (dict, list, tuple, set, frozenset)
_CODE: Final = (FunctionType, MethodType, type(lru_cache(lambda: None)))
_DEPTH: Final = 4
_ITEMS: Final = 100


class Finding:
    """What one execution of a function may find; made when it begins.

    Parameters
    ----------
    function
        The function; None when nothing is known of it.
    arguments
        Those it is called with.
    """

    def __init__(self, function: Callable[..., Any] | None, arguments: Any) -> None:
        self._function = function
        self._arguments = arguments
        self._found: dict[tuple[str, str | None], None] = {}
        self._uses: dict[int, int] = {}
        self._known: list[Reach] = []
        if READINGS or MODULES:
            self._known = self._reaches()
            wrappers = [each for reach in self._known for each in reach.wrappers]
            self._uses = {id(each): _uses_of(each)[0] for each in wrappers}

    def _reaches(self) -> list[Reach]:
        """Find what the code reaches, and that of its arguments."""
        if self._function is None:
            return []
        if self._known and not any(reach.is_partial for reach in self._known):
            return self._known
        found = [_reach(self._function)]
        found += map(_reach, _code_in(self._arguments))
        return [reach for reach in found if reach is not None]

    def tell(self, touch: Touch) -> None:
        """Tell a touch what the execution found, before it ends.

        Parameters
        ----------
        touch
            That of the execution.
        """
        if not (READINGS or MODULES or LOADERS or touch.loads):
            return
        try:
            self._tell_of_loads(touch)
            is_copied = have_forked(touch)
            for reach in self._reaches():
                for name in MODULES.keys() & reach.modules if MODULES else ():
                    self._take(list(MODULES[name].items()))
                if is_copied:
                    for wrapper in reach.wrappers:
                        self._take_of_wrapper(wrapper, None)
                self._look_at_wrappers(reach)
                self._look_at_readers(reach)
        except Exception as error:  # noqa: BLE001 - a step is never broken by who looks at it
            touch.hinder(f"what it found could not be followed: {error}")
        for path, condition in self._found:
            known = touch.reads.get(path)
            if known != condition and strength(known) == strength(condition):
                touch.hinder(f"it read {path}, and found what was read of it before a change")
            touch.add_reads({path: condition})

    def _tell_of_loads(self, touch: Touch) -> None:
        """Tell of modules that were loaded by name: now, or before by code that loads them."""
        if not (LOADERS or touch.loads):
            return
        reaches = self._reaches()
        codes = {key for reach in reaches for key in reach.codes}
        unpickled = {_file_of(name.partition(":")[0]) for name in touch.classes}
        paths = [path for key in codes & LOADERS.keys() for path in LOADERS[key][1]]
        for path, first, importer in touch.loads:
            is_followed = importer is not None and (not reaches or id(importer) in codes)
            if not is_followed and first not in unpickled:
                paths.append(path)
        tell_of_loads(touch, paths)

    def _take(self, reads: Iterable[tuple[tuple[str, Any], tuple[Any, str | None]]]) -> None:
        """Take reads as conditions, unless they were the making of the step that read."""
        for (path, _), (known, folder) in reads:
            if path in known:
                self._found[path, known[path]] = None
                if folder is not None:
                    self._found[CURRENT_FOLDER, folder] = None

    # Kept by lru_cache

    def _look_at_wrappers(self, reach: Reach) -> None:
        """Take what was read behind each `lru_cache` that was asked for what it had."""
        waiting = []
        for wrapper in reach.wrappers:
            now, hits = _uses_of(wrapper)
            before = self._uses.get(id(wrapper), 0)
            uses = now - before if now >= before else now
            if uses and hits:
                waiting.append((wrapper, uses))
        if len(reach.wrappers) == 1 or not waiting:
            for wrapper, uses in waiting:
                self._take_of_wrapper(wrapper, uses)
            return
        within = {id(each): each for wrapper, _ in waiting for each in _wrappers_in(wrapper)}
        for wrapper, uses in waiting:
            if id(wrapper) not in within:
                self._take_of_wrapper(wrapper, uses)
        for each in within.values():
            self._take_of_wrapper(each, None)

    def _take_of_wrapper(self, wrapper: Any, uses: int | None) -> None:
        """Take what was read behind an `lru_cache`, for the calls that it knew last if it tells."""
        keys = _newest_keys(wrapper, uses) if uses else None
        function = getattr(wrapper, "__wrapped__", None)
        while function is not None:
            reader = READINGS.get(id(getattr(function, "__code__", None)))
            if reader is not None and isinstance(function, FunctionType):
                for sight, reads in list(reader.groups.items()):
                    if _is_of(sight, reader, function):
                        self._take(r for r in list(reads.items()) if _is_among(r[0][1], keys))
            function = getattr(function, "__wrapped__", None)

    # Kept by code itself

    def _look_at_readers(self, reach: Reach) -> None:
        """Take what was read by code that has put something away since."""
        readers = [READINGS[key] for key in reach.codes.keys() & READINGS.keys()]
        seen: dict[int, Any] | None = None
        given: dict[int, Any] | None = None
        for reader in readers:
            for function in reach.codes[id(reader.code)]:
                now = {n: sight_of_global(reader, n, function.__globals__) for n in reader.watched}
                for sight, reads in list(reader.groups.items()):
                    is_kept = _is_of(sight, reader, function) and (
                        any(now[name] != state for name, state in sight.names)
                        or _has_filled_cell(sight, function)
                    )
                    if not is_kept and sight.arguments:
                        seen = _visible(reach) if seen is None else seen
                        is_kept = any(
                            key in seen and shape(seen[key]) != state
                            for key, state in sight.arguments
                        )
                    if not is_kept and sight.is_property:
                        given = _gather([self._arguments]) if given is None else given
                        is_kept = _is_given(sight, reader, given)
                    if is_kept:
                        self._take(list(reads.items()))


def _reach(function: Any) -> Reach | None:
    """Find what code reaches; anew where it reaches a module that was not loaded."""
    reach = reach_of(function)
    if reach is not None and not reach.is_partial:
        return reach
    with unseen():
        fingerprint(function)
    now = reach_of(function)
    if now is None or reach is None:
        return now
    return replace(now, modules=now.modules | reach.modules, is_partial=True)


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)


def _code_in(arguments: Any) -> list[Any]:
    """Give the functions and the classes of the project among arguments, without looking far."""
    found: dict[int, Any] = {}
    waiting = [(arguments, 0)]
    for value, depth in waiting:
        kind = type(value)
        if kind in ATOMS:
            continue
        if kind in _CONTAINERS and depth < _DEPTH:
            parts = value.values() if kind is dict else value
            waiting += [(part, depth + 1) for part in islice(parts, _ITEMS)]
        elif kind in _CODE or isinstance(value, type):
            is_own = is_own_kind(value) if isinstance(value, type) else _is_own_function(value)
            found |= {id(value): value} if is_own else {}
        elif is_own_kind(kind):
            found[id(kind)] = kind
    return list(found.values())


def _is_own_function(value: Any) -> bool:
    """Tell whether a function, or what `lru_cache` made of one, is the project's."""
    code = getattr(inspect.unwrap(value), "__code__", None)
    return code is not None and is_of_project(code.co_filename)


def _uses_of(wrapper: Any) -> tuple[int, int]:
    """Say how often an `lru_cache` was asked, and how often it had the answer."""
    told = wrapper.cache_info()
    return told.hits + told.misses, told.hits


def _wrappers_in(wrapper: Any) -> Iterable[Any]:
    """Find the `lru_cache` wrappers that the function of another one reaches."""
    function = wrapper.__wrapped__
    with unseen():
        fingerprint(function)
    reach = reach_of(function)
    return reach.wrappers if reach else ()


def _newest_keys(wrapper: Any, count: int) -> list[Any] | None:
    """Give the keys that were asked for last; None where `lru_cache` does not tell.

    One of limited size keeps its entries in the order of their last use.
    """
    parts = gc.get_referents(wrapper)[1:]
    keys: list[Any] = []
    while len(parts) > len(keys) * 3 + 2 and _is_link(parts[len(keys) * 3 + 2]):
        keys.append(parts[len(keys) * 3])
    told = wrapper.cache_info()
    is_whole = len(keys) == told.currsize and told.maxsize is not None
    return keys[-count:] if is_whole and not wrapper.cache_parameters()["typed"] else None


def _is_link(part: Any) -> bool:
    return isinstance(part, type) and part.__name__ == _LINK


def _is_among(arguments: tuple[Any, ...] | None, keys: list[Any] | None) -> bool:
    """Tell whether a call with these arguments may have one of the keys."""
    if arguments is None or keys is None:
        return True
    return any(_is_key_of(key, arguments) for key in keys)


def _is_key_of(key: Any, arguments: tuple[Any, ...]) -> bool:
    """Tell whether a key of `lru_cache` may be of a call with these arguments."""
    if type(key) is not tuple:
        return key in arguments
    for part in key:
        if type(part) is object:  # between those by place and those by name
            return True
        if part not in arguments:
            return False
    return True


def _is_of(sight: Sight, reader: Reader, function: FunctionType) -> bool:
    """Tell whether it may have been this function, of all those with the same code."""
    cells = _cells(function)
    return all(
        name in reader.stored or name not in cells or id(cells[name]) == key
        for name, key, _ in sight.cells
    )


def _has_filled_cell(sight: Sight, function: FunctionType) -> bool:
    """Tell whether a variable around a function was set or filled since it read."""
    cells = _cells(function)
    return any(
        name in cells and (id(cells[name]), shape(cells[name])) != (key, state)
        for name, key, state in sight.cells
    )


def _cells(function: FunctionType) -> dict[str, Any]:
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:
            found[name] = None
    return found


def _visible(reach: Reach) -> dict[int, Any]:
    """Gather the objects that code comes by through globals, defaults and closures."""
    roots: list[Any] = []
    for function in reach.functions:
        roots += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        roots += _cells(function).values()
        names = {name for code in nested_in(function.__code__) for name in code.co_names}
        for name in names & function.__globals__.keys():
            value = function.__globals__[name]
            if isinstance(value, ModuleType):
                roots += [vars(value)[each] for each in names & vars(value).keys()]
            else:
                roots.append(value)
    return _gather(roots)


def _gather(roots: list[Any]) -> dict[int, Any]:
    """Gather objects and what is inside them."""
    found: dict[int, Any] = {}
    for value in roots:
        found.setdefault(id(value), value)
    waiting = list(found.values())
    while waiting and len(found) < _OBJECTS:
        value = waiting.pop()
        kind = type(value)
        parts = inside(value) or []
        for part in [*parts, kind] if is_own_kind(kind) else parts:
            if id(part) not in found:
                found[id(part)] = part
                waiting.append(part)
    return found


def _is_given(sight: Sight, reader: Reader, given: dict[int, Any]) -> bool:
    """Tell whether an argument has kept what a `cached_property` read.

    Of an object that came from elsewhere it cannot be told which one it was; then all count.
    """
    name = reader.code.co_name
    owners = {each[0] for other in reader.groups for each in other.arguments[:1]}
    for key, value in given.items():
        if not is_own_kind(type(value)) or name not in getattr(value, "__dict__", {}):
            continue
        is_first = bool(sight.arguments) and sight.arguments[0][0] == key
        if is_kept_by(reader.code, value) and (is_first or key not in owners):
            return True
    return False
