"""Look at what a Python function of a library is called with and gives, without being called.

A wrapper would show in every traceback, change what the function is, and break those that look it
up by identity. So the function keeps everything but its code, which is compiled again from its
source with one operation more: ``return value`` becomes ``return NOTE @ value``, on the same line.
What the operation gives is the value; nothing of it is left on the stack when something is raised.
"""

from __future__ import annotations

import ast
import sys
from types import CodeType, FunctionType

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    See = Callable[[Any, Any], Any]

__all__ = ["BEGIN", "END", "is_within", "note_begin", "note_call", "note_return", "note_yield"]

BEGIN = object()
END = object()
"""What is seen in the place of a value when a function begins, and where it ends by itself."""

_MARK = "\0anew\0"
_BEGIN = "\0anew begins\0"
_END = "\0anew ends\0"
_FUTURE = 0x1FE0000  # what `from __future__ import` may set in the flags of code


class _Note:
    """What stands before the operator: shows the value to whoever wants to see it."""

    __slots__ = ("see",)

    def __init__(self, see: See) -> None:
        self.see = see

    def __matmul__(self, value: Any) -> Any:
        try:  # noqa: SIM105 - contextlib costs time at start
            self.see(sys._getframe(1), value)
        except Exception:  # noqa: BLE001, S110 - a program is never broken by who looks at it
            pass
        return value


class _Returns(ast.NodeTransformer):
    """Put the mark before what the function returns, or yields."""

    def __init__(self, kind: type[ast.AST]) -> None:
        self.kind = kind

    def skip(self, node: ast.AST) -> ast.AST:
        """Leave functions within the function as they are."""
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = skip  # noqa: N815

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if isinstance(node, self.kind):
            value = node.value or ast.copy_location(ast.Constant(None), node)  # type: ignore[attr-defined]
            node.value = _mark(value)  # type: ignore[attr-defined]
        return node


def note_return(function: Any, see: See) -> bool:
    """Call ``see(frame, value)`` whenever a function returns by a ``return`` of its own.

    Parameters
    ----------
    function
        A function written in Python, or what wraps one as ``functools.wraps`` does.
    see
        What is called, with the frame of the function; whatever it raises is dropped.

    Returns
    -------
    bool
        Whether it could be done: not without the source.
    """
    return _change(function, see, _Returns(ast.Return).generic_visit)


def note_yield(function: Any, see: See) -> bool:
    """Call ``see(frame, value)`` whenever a generator yields, and with END when it is done."""
    yields = _Returns(ast.Yield)
    return _change(function, see, lambda node: _put_last(yields.generic_visit(node)))


def note_begin(function: Any, see: See) -> bool:
    """Call ``see(frame, BEGIN)`` whenever a function begins; otherwise as `note_return`."""
    return _change(function, see, _put_first)


def note_call(function: Any, see: See) -> bool:
    """Do as `note_begin` and as `note_return`, and tell END where a function ends without one."""
    returns = _Returns(ast.Return)
    return _change(function, see, lambda node: _put_first(_put_last(returns.generic_visit(node))))


def is_within(frame: Any, *functions: Any) -> bool:
    """Tell whether a call was made, at whatever depth, by one of some functions."""
    codes = {_unwrap(function).__code__ for function in functions}
    frame = frame.f_back
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


def _mark(value: Any) -> Any:
    mark = ast.copy_location(ast.Constant(_MARK), value)
    return ast.copy_location(ast.BinOp(mark, ast.MatMult(), value), value)


def _put_first(node: Any) -> Any:
    place = 1 if ast.get_docstring(node, clean=False) is not None else 0
    first = node.body[min(place, len(node.body) - 1)]
    node.body.insert(place, _say(_BEGIN, first))
    return node


def _put_last(node: Any) -> Any:
    node.body.append(_say(_END, node.body[-1]))
    return node


def _say(what: str, place: Any) -> Any:
    return ast.copy_location(ast.Expr(_mark(ast.copy_location(ast.Constant(what), place))), place)


def _unwrap(function: Any) -> Any:
    while not isinstance(function, FunctionType) or hasattr(function, "__wrapped__"):
        inner = getattr(function, "__wrapped__", None) or getattr(function, "__func__", None)
        if inner is None:
            break
        function = inner
    return function


def _change(function: Any, see: See, edit: Callable[[Any], Any]) -> bool:
    """Give a function the code that its edited source makes."""
    function = _unwrap(function)
    try:
        old = function.__code__
        new = _compile(old, function.__qualname__, edit)
        if new.co_freevars != old.co_freevars or new.co_varnames != old.co_varnames:
            return False
        note = _Note(see)
        meant = {_MARK: note, _BEGIN: BEGIN, _END: END}
        consts = tuple(meant.get(c, c) if isinstance(c, str) else c for c in new.co_consts)
        kept = {"co_qualname": old.co_qualname} if sys.version_info >= (3, 11) else {}
        function.__code__ = new.replace(co_consts=consts, **kept)
    except (AttributeError, OSError, SyntaxError, TypeError, ValueError):
        return False
    return True


def _compile(old: CodeType, qualname: str, edit: Callable[[Any], Any]) -> CodeType:
    """Compile the source of a function again, edited, where names mean the same."""
    lines = _read_source(old)
    is_indented = lines[0][:1].isspace()
    tree = ast.parse("if 1:\n" * is_indented + "\n".join(lines))
    node: Any = tree.body[0].body[0] if is_indented else tree.body[0]  # type: ignore[attr-defined]
    ast.increment_lineno(node, old.co_firstlineno - 1 - is_indented)
    node.decorator_list = []
    node = edit(node)
    owner = qualname.rpartition(".")[0].rpartition(".")[2]
    if owner and owner != "<locals>":
        node = _within(f"class {owner}: pass", node)
    free = [name for name in old.co_freevars if name != "__class__"]
    if free:
        node = _within(f"def outer({', '.join(free)}): pass", node)
    module = ast.fix_missing_locations(ast.Module([node], []))
    code = compile(module, old.co_filename, "exec", old.co_flags & _FUTURE, dont_inherit=True)
    return _find_code(code, old.co_name)


def _within(text: str, node: Any) -> Any:
    outer: Any = ast.parse(text).body[0]
    outer.body = [node]
    return outer


def _find_code(code: CodeType, name: str) -> CodeType:
    """Find the code of the one function that was compiled."""
    for each in _walk(code):
        if each.co_name == name and each is not code:
            return each
    raise ValueError(name)


def _walk(code: CodeType) -> Iterator[CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _walk(const)


def _lines_of(code: CodeType) -> Iterator[int]:
    if hasattr(code, "co_lines"):
        return (line for _, _, line in code.co_lines() if line)
    import dis  # Python 3.9

    return (line for _, line in dis.findlinestarts(code) if line)


def _read_source(code: CodeType) -> list[str]:
    """Read the lines of a function: up to its last statement, and what closes its brackets."""
    with open(code.co_filename, encoding="utf-8") as file:  # noqa: PTH123 - the least of imports
        lines = file.read().split("\n")
    first = code.co_firstlineno - 1
    last = max(line for each in _walk(code) for line in _lines_of(each))
    depth = len(lines[first]) - len(lines[first].lstrip())
    end = last
    while end < len(lines):
        text = lines[end].strip()
        if text and len(lines[end]) - len(lines[end].lstrip()) <= depth and text[0] not in ")]}":
            break
        end += 1
    return lines[first:end]
