"""Fingerprints that another process has made, for a process that finds all as that one did."""

from __future__ import annotations

import marshal
import os
import sys
from operator import attrgetter, is_
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final

from anew.code import libraries, memory
from anew.code.sources import quick_key
from anew.digests import registry
from anew.digests.code_state import CodeState
from anew.digests.observed import Asked, Observed, UntellableError, is_plain_code
from anew.digests.walk import Walk
from anew.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.digests.fingerprint import Fingerprint

__all__ = ["keep", "recall"]

_FORMAT: Final = "fingerprint-1"
_MARSHAL: Final = 4
_FIELDS: Final = attrgetter("kind", "name", "digest", "text")
_WATCHED: Final = frozenset({".__code__", ".__defaults__", ".__kwdefaults__"})

# A process asks and tells once: a function that it changes is the next one's no more.
_tried: Final[set[str]] = set()
_kept: Final[set[str]] = set()


def recall(function: Any) -> tuple[tuple[Any, ...], CodeState] | None:
    """Give the fingerprint that was kept of a function, if all that it was made of is the same.

    Parameters
    ----------
    function
        Anything that can be called.

    Returns
    -------
    tuple or None
        The fields of the fingerprint, and what a walk would have seen; None when the code has to
        be followed.
    """
    key = _key(function)
    if key is None or key in _tried:
        return None
    _tried.add(key)
    data = memory.recall(key)
    if data is None:
        return None
    try:
        states, asked, digested, order, fields = marshal.loads(data)  # noqa: S302 - of this module
        if any(memory.state_of_file(file) != state for file, state in states):
            return None
        observed = Observed(function, Asked(*asked))
    except Exception:  # noqa: BLE001 - whatever it is, the walk knows what to make of it
        return None
    if observed.digest != digested or not _is_ours():
        return None
    state = CodeState(Walk("function"))
    state.bindings, state.mutable = observed.bindings, observed.mutable
    found = [observed.functions[number] for number in order]
    state.functions = {id(each): each for each in found}
    digest, parts, strings, opaque = fields
    return (digest, tuple(map(Part, *parts)), strings, opaque), state


def keep(function: Any, state: CodeState, found: Fingerprint) -> None:
    """Keep a fingerprint for other processes, if they can see whether it holds there.

    Parameters
    ----------
    function
        A function; other things that can be called are not kept.
    state
        What the walk saw.
    found
        What it gave.
    """
    key = _key(function)
    is_special = state.modes or state.is_volatile or state.calls or state.wrappers or state.modules
    if key is None or key in _kept or is_special or not _is_ours():
        return
    _kept.add(key)
    try:
        states = _read_from(state)
        asked = _asked_for(state)
        observed = Observed(function, asked)
    except Exception:  # noqa: BLE001 - what cannot be told is not kept
        return
    numbers = {id(each): number for number, each in enumerate(observed.functions)}
    if numbers.keys() != state.functions.keys():
        return
    seen = {(id(place), key): value for place, key, value in observed.bindings}
    if not all(_is_seen(each, seen) for each in state.bindings):
        return
    order = tuple(numbers[each] for each in state.functions)
    parts = tuple(zip(*map(_FIELDS, found.parts), strict=True))
    fields = (found.digest, parts, found.strings, found.opaque)
    row: Any = (states, tuple(asked), observed.digest, order, fields)
    memory.keep(key, marshal.dumps(row, _MARSHAL))


def _is_seen(binding: tuple[Any, Any, Any], seen: dict[tuple[int, Any], Any]) -> bool:
    """Tell whether what the walk has seen is among what was told, and still the same."""
    place, key, value = binding
    now = seen.get((id(place), key), seen)
    if key is None:  # the values of a dictionary, which is one of defaults
        return len(now) == len(value) and all(map(is_, now, value))
    return now is value or (place is os.environ and bool(now == value))


def _read_from(state: CodeState) -> tuple[tuple[str, str], ...]:
    """Give the files of the functions, each in the state in which its text was read."""
    states = {}
    for each in state.functions.values():
        name = memory.read_in(each.__code__.co_filename, quick_key(each.__code__))
        if name is None:
            raise UntellableError
        states[each.__code__.co_filename] = name
    return tuple(states.items())


def _asked_for(state: CodeState) -> Asked:
    """Sort what was looked up by where."""
    functions = state.functions.values()
    homes = {id(each.__globals__) for each in functions}
    known = {id(each.__dict__) for each in functions} | {
        id(each.__kwdefaults__) for each in functions
    }
    known |= {id(cell) for each in functions for cell in each.__closure__ or ()}
    looked: dict[str, dict[str, None]] = {}
    by_name: dict[str, bool] = {}
    loaded: dict[str, None] = {}
    variables: dict[str, None] = {}
    for place, key, _ in state.bindings:
        if place is os.environ:
            variables[key] = None
        elif place is sys.modules:
            loaded[key] = None
        elif id(place) in known or (id(place) in state.functions and key in _WATCHED):
            continue
        else:
            name = _module_of(place)
            if name == "sys" and key in {
                "modules",
                "argv",
            }:  # which the next process has its own of
                raise UntellableError
            looked.setdefault(name, {})[key] = None
            is_library = libraries.origin_of(name).kind != libraries.PROJECT
            by_name[name] = is_library and id(place) not in homes and name != "builtins"
    asked = tuple((name, by_name[name], tuple(keys)) for name, keys in looked.items())
    is_plain = all(is_plain_code(each.__code__) for each in functions)
    return Asked(asked, tuple(loaded), tuple(variables), is_plain)


def _module_of(place: Any) -> str:
    """Give the name of the module whose globals these are."""
    name = place.get("__name__") if type(place) is dict else None
    module = sys.modules.get(name) if isinstance(name, str) else None
    if not isinstance(name, str) or type(module) is not ModuleType or vars(module) is not place:
        raise UntellableError
    return name


def _key(function: Any) -> str | None:
    """Name a function, by what a process knows before it has read anything."""
    if type(function) is not FunctionType or _OWN_STATE is None or not memory.is_there():
        return None
    code = function.__code__
    named = (code.co_filename, str(function.__module__), function.__qualname__)
    python = f"{sys.implementation.cache_tag}-{sys.hexversion}-{sys.flags.optimize}"
    return "\0".join((_FORMAT, _OWN_STATE, python, *named))


def _own_files() -> Iterator[str]:
    around = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    for folder in ("code", "digests"):
        with os.scandir(os.path.join(around, folder)) as found:  # noqa: PTH118 - text
            for each in found:
                if each.name.endswith(".py"):
                    state = each.stat()
                    yield f"{folder} {each.name} {state.st_size} {state.st_mtime_ns}"


def _find_own_state() -> str | None:
    """Identify the code that makes fingerprints: another release may make others."""
    from xxhash import xxh3_64_hexdigest

    try:
        return xxh3_64_hexdigest("\0".join(sorted(_own_files())).encode())
    except OSError:  # in an archive
        return None


_OWN_STATE: Final = _find_own_state()  # now, while it is that of the code that is loaded


def _is_ours() -> bool:
    """Tell whether functions count as anew says, not as somebody has registered."""
    found = registry.find_in_code(FunctionType) or registry.find(FunctionType)
    return found.tag == b"function"
