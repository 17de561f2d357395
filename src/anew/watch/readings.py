"""Which code of the project read what, and what that code could see that lasts.

What one step reads and keeps (`functools.lru_cache`, a global that is filled on demand, a module
that is imported) another step of the process finds, without reading. `anew.watch.finding` asks
here what it then depends on all the same.
"""

from __future__ import annotations

import dis
import os
import sys
from functools import lru_cache
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.digests.atoms import ATOMS
from anew.digests.reached import nested_in
from anew.watch.asking import is_of_project
from anew.watch.conditions import content_of, look, state_of
from anew.watch.shapes import is_own_kind, shape

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from anew.watch.conditions import State
    from anew.watch.touch import Touch

__all__ = [
    "MODULES",
    "READINGS",
    "Reader",
    "Sight",
    "is_kept_by",
    "note",
    "note_before",
    "sight_of_global",
    "tell_of_module",
]

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - paths are text here
_OTHER, _PROJECT, _STEP, _CALL = range(4)
_CALLS: Final = frozenset({"Cached.__call__", "Cached._call_async"})
_IMPORT: Final = "<frozen importlib._bootstrap>"
_SIGHTS: Final = 2048
_READS: Final = 4096
_TIMES: Final = 8
"""So often code is looked at that reads one file again and again within a step."""
_CODE: Final = (FunctionType, BuiltinFunctionType, property, staticmethod, classmethod)

_Read = tuple[str, "tuple[Any, ...] | None"]
"""A path, and the arguments that the code had; None where they do not tell calls apart."""
_Told = tuple[dict[str, "str | None"], "str | None"]
"""What the step that read came to know of all paths, and the current folder if that counts."""


class Sight(NamedTuple):
    """What code could see when it read, by identity and shape."""

    names: tuple[tuple[str, object], ...]  # globals
    arguments: tuple[tuple[int, object], ...]
    cells: tuple[tuple[str, int, object], ...]
    is_property: bool  # of functools, which keeps what the code gives


class Reader:
    """Code of the project that read something.

    Attributes
    ----------
    code : types.CodeType
        The code; kept, so that its identity is nobody else's.
    names : tuple of str
        The names that it uses.
    stored : frozenset of str
        The names of variables around it that it sets.
    groups : dict
        By what it could see then, what it read, and what was known of that.
    """

    def __init__(self, code: CodeType, contents: dict[str, Any]) -> None:
        self.code = code
        names = {name for each in nested_in(code) for name in each.co_names}
        self.names = tuple(sorted(names))
        stored: set[str] = set()
        for each in nested_in(code):
            for step in dis.get_instructions(each):
                if step.opname.startswith("STORE_") or step.opname.startswith("DELETE_"):
                    stored.update(_names_in(step.argval))
        self.stored = frozenset(stored)
        self._count = code.co_argcount + code.co_kwonlyargcount
        several = code.co_flags & (0x04 | 0x08)
        self._arguments = code.co_varnames[: self._count + several.bit_count()]
        self._is_telling = not several and stored.isdisjoint(self._arguments)
        self.watched = [name for name in self.names if self._may_last(name, contents)]
        self.groups: dict[Sight, dict[_Read, _Told]] = {}

    def _may_last(self, name: str, contents: dict[str, Any]) -> bool:
        """Tell whether a global may hold what was read."""
        if name not in contents:
            return name in self.stored or name == "globals"
        value = contents[name]
        if isinstance(value, ModuleType):
            return is_of_project(getattr(value, "__file__", None) or "<frozen built-in>")
        if isinstance(value, type):
            return is_own_kind(value)
        return name in self.stored or not isinstance(value, _CODE)

    def see(self, frame: FrameType) -> tuple[Sight, tuple[Any, ...] | None]:
        """Say what the code can see, and its arguments where they tell calls apart."""
        names: tuple[tuple[str, object], ...] = ()
        if self.watched:
            contents = frame.f_globals
            names = tuple([(each, sight_of_global(self, each, contents)) for each in self.watched])
        code = self.code
        if not (self._arguments or code.co_freevars):
            return Sight(names, (), (), False), ()  # noqa: FBT003 - a record
        variables = frame.f_locals
        given = tuple([variables.get(name) for name in self._arguments])
        others = [value for value in given if type(value) not in ATOMS]
        lasting: list[tuple[int, object]] = []
        for value in others:
            found = shape(value)
            if found is not None:
                lasting.append((id(value), found))
        cells = tuple(
            [
                (name, id(variables[name]), shape(variables[name]))
                for name in code.co_freevars
                if name in variables
            ]
        )
        is_property = bool(others) and others[0] is given[0] and is_kept_by(code, given[0])
        is_plain = self._is_telling and all(isinstance(value, PurePath) for value in others)
        return Sight(names, tuple(lasting), cells, is_property), given if is_plain else None


READINGS: Final[dict[int, Reader]] = {}
"""By the identity of code, what it read in this process while steps ran."""
MODULES: Final[dict[str, dict[_Read, _Told]]] = {}
"""By the name of a module, what was read while it was imported by a step."""


def _names_in(said: Any) -> tuple[str, ...]:
    """Give the names in what `dis` says of an instruction."""
    if isinstance(said, tuple):
        return tuple(each for each in said if isinstance(each, str))
    return (said,) if isinstance(said, str) else ()


def is_kept_by(code: CodeType, owner: object) -> bool:
    """Tell whether `functools.cached_property` keeps what code gives with its object.

    Parameters
    ----------
    code
        Of a function.
    owner
        The object.

    Returns
    -------
    bool
        Whether the class has the code under its name as such a property.
    """
    if not is_own_kind(type(owner)):
        return False
    for base in type(owner).__mro__:
        part = base.__dict__.get(code.co_name)
        if part is not None:
            return getattr(getattr(part, "func", None), "__code__", None) is code
    return False


def sight_of_global(reader: Reader, name: str, contents: dict[str, Any]) -> object:
    """Say what a global holds, by identity and shape.

    Parameters
    ----------
    reader
        The code that uses it.
    name
        Its name.
    contents
        The globals.

    Returns
    -------
    object
        To be compared. Of a module, what the code may mean of it.
    """
    value = contents.get(name)
    if type(value) in ATOMS and name != "globals":
        return id(value)
    if isinstance(value, ModuleType):
        inner = vars(value)
        found = [(each, inner.get(each)) for each in reader.names if each in inner]
        return tuple((each, id(part), shape(part)) for each, part in found)
    if name == "globals" and name not in contents:
        return len(contents)
    return id(value), shape(value)


@lru_cache(maxsize=1 << 13)
def _kind(filename: str) -> int:
    """Say what the code of a source file is on the way from a read to the step."""
    if not filename.startswith(_PACKAGE):
        return _PROJECT if is_of_project(filename) else _OTHER
    part = filename[len(_PACKAGE) :].partition(os.sep)[0]
    return {"execution": _STEP, "caching.py": _CALL, "demo": _PROJECT}.get(part, _OTHER)


def note(touch: Touch, path: str) -> None:
    """Note who reads something: all code between this and the outermost step.

    Parameters
    ----------
    touch
        The innermost one that it belongs to, which has learnt of it.
    path
        What is read.
    """
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - who reads is what counts
    told, seen = (touch.reads, touch.folder), touch.noted.setdefault(path, {})
    around: Touch | None = touch
    is_inner = False
    while frame is not None:
        code = frame.f_code
        kind = _kind(code.co_filename)
        if kind == _PROJECT:
            is_inner = True
            times = seen.get(id(code), 0)
            if times < _TIMES:
                seen[id(code)] = times + 1
                _note_at(frame, code, path, told)
        elif kind == _STEP:
            return
        elif kind == _CALL and is_inner and code.co_qualname in _CALLS:
            around = around.outer if around else None
            if around is None or not around.is_alive:
                return
        frame = frame.f_back


class _Before(dict[str, Any]):
    """A file as it was when it was read before the first step; its digest is found when asked."""

    def __getitem__(self, path: str) -> str:
        found = look(path)
        is_same = found is not None and state_of(found) == super().__getitem__(path)
        return content_of(path, found) if is_same else "blake3:of a file that was changed"


def note_before(frame: FrameType | None, path: str, state: State) -> None:
    """Note who reads a file while no step runs.

    Parameters
    ----------
    frame
        That of the innermost Python function.
    path
        The file.
    state
        What tells its content from another.
    """
    told: _Told = (_Before({path: state}), None)
    while frame is not None and not frame.f_code.co_filename.startswith(_PACKAGE):
        code = frame.f_code
        if code.co_name != "<module>" and _kind(code.co_filename) == _PROJECT:
            _note_at(frame, code, path, told)
        frame = frame.f_back


def _note_at(frame: FrameType, code: CodeType, path: str, told: _Told) -> None:
    """Note a read for one function, or for a module that is being imported."""
    if code.co_name == "<module>":
        above = frame.f_back
        if above is not None and above.f_code.co_filename == _IMPORT:
            MODULES.setdefault(str(frame.f_globals.get("__name__")), {})[path, None] = told
        return
    reader = READINGS.get(id(code))
    if reader is None:
        reader = READINGS.setdefault(id(code), Reader(code, frame.f_globals))
    sight, arguments = reader.see(frame)
    group = reader.groups.get(sight)
    if group is None:
        while len(reader.groups) >= _SIGHTS:
            reader.groups.pop(next(iter(reader.groups)), None)
        group = reader.groups.setdefault(sight, {})
    group[path, arguments] = told
    while len(group) > _READS:
        group.pop(next(iter(group)), None)


def tell_of_module(touch: Touch, name: str) -> None:
    """Tell who imports a module what was read when it was imported first.

    Parameters
    ----------
    touch
        To be told.
    name
        The module's.
    """
    for (path, _), (known, _) in list(MODULES.get(name, {}).items()):
        if path in known:
            touch.add_reads({path: known[path]})
