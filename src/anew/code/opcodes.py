"""The meaning of a function whose text is not known: its compiled code."""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Final

from anew.code.sources import code_key
from anew.code.texts import Reference, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

__all__ = ["read_code"]

_LOADS: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_CLASSDEREF"})
_ATTRIBUTES: Final = frozenset({"LOAD_ATTR", "LOAD_METHOD"})


def read_code(code: CodeType) -> Text:
    """Read what compiled code does and refers to.

    Parameters
    ----------
    code
        The code of a function.

    Returns
    -------
    Text
        Bytes that depend on the release of Python, and what it refers to.
    """
    references = list(dict.fromkeys(_references(code)))
    strings = [each for each in _constants(code) if isinstance(each, str)]
    return Text(code_key(code), tuple(references), tuple(strings))


def _references(code: CodeType) -> Iterator[Reference]:
    root, path = "", []
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in _ATTRIBUTES and root:
            path.append(str(instruction.argval))
            continue
        if root:
            yield Reference(root, tuple(path))
            root, path = "", []
        if name in _LOADS and isinstance(instruction.argval, str):
            root = instruction.argval if instruction.argval not in code.co_cellvars else ""
        elif name == "IMPORT_NAME":
            yield Reference("", (), str(instruction.argval))
    for each in code.co_consts:
        if hasattr(each, "co_code"):
            outer = set(code.co_cellvars)
            yield from (found for found in _references(each) if found.root not in outer)


def _constants(code: CodeType) -> Iterator[object]:
    for each in code.co_consts:
        if hasattr(each, "co_code"):
            yield from _constants(each)
        else:
            yield each
