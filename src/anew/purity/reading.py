"""Reading compiled code: which live objects its names lead to, and how they are used.

Code objects are read, not sources: they are there for functions of a notebook and of `exec` too,
and reading them takes microseconds.
"""

from __future__ import annotations

import builtins
import dis
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.purity.known import ITERATION, UNKNOWN, Known, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

__all__ = ["Body", "Call", "Use"]

_CODE: Final = dis.opmap
_CACHE: Final = _CODE["CACHE"]
_EXTENDED: Final = _CODE["EXTENDED_ARG"]
_PUSH_NULL: Final = _CODE["PUSH_NULL"]
_LOAD_CONST: Final = _CODE["LOAD_CONST"]
_POP_TOP: Final = _CODE["POP_TOP"]
_JUMP_FORWARD: Final = _CODE["JUMP_FORWARD"]
_GET_ITER: Final = _CODE["GET_ITER"]
_CALL_KW: Final = _CODE.get("CALL_KW", -1)
_CALLS: Final = {_CODE.get("PRECALL", _CODE["CALL"]), _CALL_KW}
_KW_NAMES: Final = _CODE.get("KW_NAMES", -1)

# Since 3.12 LOAD_ATTR does the work of LOAD_METHOD, told by the lowest bit of its argument.
_HAS_LOAD_METHOD: Final = "LOAD_METHOD" in _CODE and "PRECALL" in _CODE

_CELLS: Final = ("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF")
_GROUPS: Final = {
    "global": ("LOAD_GLOBAL",),
    "name": ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"),
    "attribute": ("LOAD_ATTR",),
    "method": ("LOAD_METHOD",) if _HAS_LOAD_METHOD else (),
    "local": ("LOAD_FAST", "LOAD_FAST_BORROW", "LOAD_FAST_CHECK", *_CELLS),
    "pair": ("LOAD_FAST_LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW"),
    "store": ("STORE_FAST", "STORE_DEREF"),
    "store name": ("STORE_NAME", "STORE_GLOBAL"),
    "store, load": ("STORE_FAST_LOAD_FAST",),
    "store pair": ("STORE_FAST_STORE_FAST",),
    "import": ("IMPORT_NAME",),
    "from": ("IMPORT_FROM",),
}
_KIND: Final = {_CODE[n]: kind for kind, names in _GROUPS.items() for n in names if n in _CODE}
_NOTHING: Final = frozenset({_PUSH_NULL, _POP_TOP, _CODE.get("SWAP", -1)})


# Of Python's own names those that may be impure; most code is full of the others.
_BUILTINS: Final[dict[str, object]] = {"hash": builtins.hash, "input": builtins.input}


class Use(NamedTuple):
    """A name, or an attribute of one, where code loads it.

    Parameters
    ----------
    value
        The live object that it leads to.
    path
        The name as it is written.
    at
        Which instruction loads it.
    is_called
        Whether it is called there.
    next_name
        The attribute that is taken of it; empty when none is.
    """

    value: object
    path: str
    at: int
    is_called: bool
    next_name: str


class Call(NamedTuple):
    """The arguments of a call.

    Parameters
    ----------
    number
        How many there are.
    names
        The names of the last ones, which are given by name.
    first
        The first argument, when it is a constant.
    """

    number: int
    names: tuple[str, ...]
    first: object


def _decode(code: CodeType) -> list[tuple[int, int, int]]:
    """Give operation, argument and offset of each instruction."""
    raw = code.co_code
    pairs = zip(raw[::2], raw[1::2], range(0, len(raw), 2), strict=True)
    found = [each for each in pairs if each[0] != _CACHE]
    if _EXTENDED not in raw[::2]:
        return found
    joined, high = [], 0
    for operation, low, at in found:
        if operation == _EXTENDED:
            high = (low | high) << 8
        else:
            joined.append((operation, low | high, at))
            high = 0
    return joined


class Body:
    """A code object with what its names lead to.

    Parameters
    ----------
    code
        The code object.
    names
        The globals of its function.
    bound
        What is known of its locals and of the variables around it.
    known
        What finds attributes.
    """

    def __init__(
        self, code: CodeType, names: dict[str, Any], bound: dict[str, object], known: Known
    ) -> None:
        self.code = code
        self.names = names
        self._attribute = known.attribute
        self.bound = dict(bound)
        self._instructions = _decode(code)
        cells = [name for name in code.co_cellvars if name not in code.co_varnames]
        self._slots = (*code.co_varnames, *cells, *code.co_freevars)
        self._stored: dict[str, object] = {}
        self._value: object = UNKNOWN
        self._module: object = UNKNOWN
        self._path = ""
        self._is_callee = False

    def uses(self) -> Iterator[Use]:
        """Give what the code loads, as far as it can be seen, in the order of the code."""
        following = iter([*self._instructions[1:], (_POP_TOP, 0, 0)])
        for index, (operation, argument, _) in enumerate(self._instructions):
            after, after_argument, _ = next(following)
            kind = _KIND.get(operation)
            if kind is None:
                if operation not in _NOTHING:
                    self._value = UNKNOWN
                continue
            if self._value is UNKNOWN and kind in {"attribute", "method"}:
                continue
            if kind == "local" and self.bound.get(self._slots[argument], UNKNOWN) is UNKNOWN:
                self._value = UNKNOWN  # most names: arguments and what is computed
                continue
            self._follow(kind, index, argument)
            if self._value is UNKNOWN or kind in {"import", "from", "store", "store name"}:
                continue
            name = self._name_attribute(after, after_argument)
            is_called = not name and (self._is_callee or after == _PUSH_NULL)
            yield Use(self._value, self._path, index, is_called, name)

    def _follow(self, kind: str, index: int, argument: int) -> None:
        """Follow one instruction to what is on top of the stack after it."""
        match kind:
            case "global":
                self._begin(self.code.co_names[argument >> 1], index, is_null=bool(argument & 1))
            case "name":
                self._begin(self.code.co_names[argument], index)
            case "local":
                self._begin_local(argument, index)
            case "pair":
                self._begin_local(argument & 15, index)
            case "attribute" | "method":
                self._descend(kind, index, argument)
            case "import" | "from":
                self._import(kind, index, self.code.co_names[argument])
            case _:
                self._put(kind, index, argument)

    def _descend(self, kind: str, index: int, argument: int) -> None:
        """Go to an attribute of what is on top."""
        name = self._name_attribute(self._instructions[index][0], argument)
        self._value = self._attribute(self._value, name)
        self._path += f".{name}"
        self._is_callee |= kind == "method" or (not _HAS_LOAD_METHOD and bool(argument & 1))

    def _put(self, kind: str, index: int, argument: int) -> None:
        """Bind a name to what is on top; since 3.13 two instructions may be one."""
        if kind == "store name":
            self._store(self._stored, self.code.co_names[argument], index)
        elif kind == "store":
            self._store(self.bound, self._slots[argument], index)
        else:
            self._store(self.bound, self._slots[argument >> 4], index)
            if kind == "store, load":
                self._begin_local(argument & 15, index)
            else:
                self._store(self.bound, self._slots[argument & 15], index)

    def _begin(self, name: str, index: int, *, is_null: bool = False) -> None:
        """Look up a name outside of the code's own locals."""
        for place in (self._stored, self.names, _BUILTINS):
            if name in place:
                self._value = place[name]
                break
        else:
            self._value = self.bound.get(name, UNKNOWN)
        self._path, self._is_callee = name, is_null or self._is_after_null(index)

    def _begin_local(self, slot: int, index: int) -> None:
        name = self._slots[slot]
        self._value = self.bound.get(name, UNKNOWN)
        self._path, self._is_callee = name, self._is_after_null(index)

    def _is_after_null(self, index: int) -> bool:
        # Up to 3.12 the mark of a call comes before what is called, since then after it.
        is_before = _CALL_KW == -1
        return is_before and index > 0 and self._instructions[index - 1][0] == _PUSH_NULL

    def _store(self, place: dict[str, object], name: str, index: int) -> None:
        # `except ImportError: name = None` leaves the name what it is when all goes well.
        if self._value is not UNKNOWN or self._constant(index - 1) is not None:
            place[name] = self._value
        self._value = UNKNOWN

    def _name_attribute(self, operation: int, argument: int) -> str:
        """Name the attribute that an instruction takes; empty when it takes none."""
        kind = _KIND.get(operation)
        if kind not in {"attribute", "method"}:
            return ITERATION if operation == _GET_ITER else ""
        return self.code.co_names[argument if _HAS_LOAD_METHOD else argument >> 1]

    def _import(self, kind: str, index: int, name: str) -> None:
        """Follow an import inside the code, to what is loaded."""
        before = self._instructions[index - 1]
        if kind == "from":
            if before[0] == _POP_TOP:  # `import a.b.c as d` goes down step by step
                self._module = self._value
            self._value = self._attribute(self._module, name)
            return
        is_bare = before[0] == _LOAD_CONST and self.code.co_consts[before[1]] is None
        operation, argument, _ = self._instructions[index - 2]
        level = self.code.co_consts[argument] if operation == _LOAD_CONST else argument
        if level:
            package = str(self.names.get("__package__") or "").split(".")
            name = ".".join([*package[: len(package) - level + 1], *filter(None, [name])])
        self._module = self._value = load(name.partition(".")[0] if is_bare else name)

    def find_call(self, use: Use) -> Call | None:
        """Find the arguments with which something is called.

        Parameters
        ----------
        use
            The use, one that is called.

        Returns
        -------
        Call or None
            None when the number of arguments cannot be told.
        """
        start = use.at + 1
        if self._instructions[start][0] == _PUSH_NULL:
            start += 1
        depth, names = 0, ()
        for index, (operation, argument, _) in enumerate(self._instructions[start:], start):
            if operation == _KW_NAMES:
                names = self.code.co_consts[argument]
            elif operation in _CALLS and depth == argument + (operation == _CALL_KW):
                names = self._constant(index - 1) if operation == _CALL_KW else names
                return Call(argument, names, self._constant(start) if argument else UNKNOWN)
            else:
                has_argument = operation >= dis.HAVE_ARGUMENT
                depth += dis.stack_effect(operation, argument if has_argument else None, jump=False)
                depth -= operation == _JUMP_FORWARD  # of `a if b else c` one value stays
            if depth < 0:
                return None
        return None

    def _constant(self, index: int) -> Any:
        """Give the constant that an instruction loads."""
        operation, argument, _ = self._instructions[index]
        return self.code.co_consts[argument] if operation == _LOAD_CONST else UNKNOWN

    def line(self, index: int) -> int:
        """Give the line of an instruction.

        Parameters
        ----------
        index
            Which instruction.
        """
        at = self._instructions[index][2]
        lines = (line for start, end, line in self.code.co_lines() if start <= at < end and line)
        return next(lines, self.code.co_firstlineno)
