"""Whether a module can be loaded without doing anything but define."""

from __future__ import annotations

import ast
import importlib.util
import sys
from functools import lru_cache
from typing import Any, Final

from anew.code.scopes import is_for_checkers
from anew.code.syntax import parse

__all__ = ["is_harmless"]

_DEPTH: Final = 8
_QUIET_CALLS: Final = frozenset(
    [
        "re.compile",
        "compile",
        "Path",
        "PurePath",
        "frozenset",
        "set",
        "dict",
        "list",
        "tuple",
        "sorted",
        "range",
        "len",
        "int",
        "float",
        "str",
        "bool",
        "bytes",
        "namedtuple",
        "NamedTuple",
        "TypeVar",
        "ParamSpec",
        "NewType",
        "TypedDict",
        "Enum",
        "getLogger",
        "partial",
        "field",
        "Fraction",
        "Decimal",
        "OrderedDict",
        "defaultdict",
        "Counter",
        "deque",
        "MappingProxyType",
        "timedelta",
        "date",
        "datetime",
        "array",
        "asarray",
        "zeros",
        "ones",
        "arange",
        "linspace",
        "eye",
        "object",
        "get",
        "join",
        "min",
        "max",
        "sum",
        "abs",
        "round",
        "zip",
        "map",
        "filter",
        "enumerate",
        "Lock",
        "RLock",
        "ContextVar",
        "itemgetter",
        "attrgetter",
    ]
)


@lru_cache(maxsize=1024)
def is_harmless(file: str, depth: int = 0) -> bool:
    """Tell whether loading a module would only define things, and load nothing heavy.

    Parameters
    ----------
    file
        Its file.
    depth
        How many modules lead to it.

    Returns
    -------
    bool
        False when in doubt.
    """
    if depth > _DEPTH or not file.endswith(".py"):
        return False
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - text
            tree = parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return False
    return all(_defines(statement, file, depth) for statement in tree.body)


def _defines(statement: ast.stmt, file: str, depth: int) -> bool:
    """Tell whether a statement of a module only defines."""
    match statement:
        case ast.Import(names=names):
            return all(_loads_little(alias.name, depth) for alias in names)
        case ast.ImportFrom(module=module, level=level):
            return level > 0 or _loads_little(module or "", depth)
        case ast.Assign() | ast.AugAssign() | ast.AnnAssign():
            return statement.value is None or _is_quiet(statement.value)
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.If(test=test) if not is_for_checkers(statement) and not _is_quiet(test):
            return False
    inner = _statements(statement)
    return inner is not None and all(_defines(each, file, depth) for each in inner)


def _statements(statement: ast.stmt) -> list[ast.stmt] | None:
    """Give what runs within a statement that defines, None for one that does something."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Pass() | ast.Expr(ast.Constant()):
            return []
        case ast.ClassDef(body=body):
            return body
        case ast.If(body=body, orelse=orelse):
            return orelse if is_for_checkers(statement) else body + orelse
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            return body + [each for handler in handlers for each in handler.body] + orelse + final
    return None


def _is_quiet(value: ast.expr) -> bool:
    """Tell whether an expression only makes a value."""
    return all(_is_quiet_call(node) for node in ast.walk(value))


def _is_quiet_call(node: ast.AST) -> bool:
    if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
        return False
    if not isinstance(node, ast.Call):
        return True
    function: Any = node.func
    return (getattr(function, "attr", None) or getattr(function, "id", None)) in _QUIET_CALLS


def _loads_little(name: str, depth: int) -> bool:
    top = name.partition(".")[0]
    if name in sys.modules or top in sys.stdlib_module_names:
        return True
    if top in sys.modules and "." in name:
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None or not spec.has_location or not spec.origin or "-packages" in spec.origin:
        return False
    return is_harmless(spec.origin, depth + 1)
