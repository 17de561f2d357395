"""Reading the syntax of sources, also while other threads do."""

from __future__ import annotations

import ast
from typing import Final

__all__ = ["parse"]

_TRIES: Final = 20


def parse(source: str | bytes, flags: int = 0) -> ast.Module:
    """Read the syntax tree of a source.

    Parameters
    ----------
    source
        The source of a module.
    flags
        Further flags of `compile`.

    Raises
    ------
    SyntaxError, ValueError
        When it is none.

    Notes
    -----
    Until Python 3.12 threads share the counter of how deep a tree is: when another one takes over
    in the middle, `compile` gives up with a `SystemError`, and may well succeed the next time.

    References
    ----------
    https://github.com/python/cpython/issues/106905
    """
    for further in reversed(range(_TRIES)):
        try:
            tree: ast.Module = compile(
                source, "<source>", "exec", ast.PyCF_ONLY_AST | flags, dont_inherit=True
            )
        except SystemError:
            if not further:
                raise
        else:
            return tree
    raise AssertionError
