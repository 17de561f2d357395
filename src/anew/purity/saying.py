"""Saying at definition what keeps a function from giving the same for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.notices import logger, warn_once
from anew.purity.search import find_impure

if TYPE_CHECKING:
    from anew.purity.search import Impurity

__all__ = ["say_impurities"]


def say_impurities(function: object, name: str, *, otherwise: str = "") -> None:
    """Warn of what a function uses that may differ though its arguments do not.

    Parameters
    ----------
    function
        A function, or anything else that can be called.
    name
        What the user calls it: the step.
    otherwise
        What else can be done than to mend it.

    Notes
    -----
    One warning for each thing, in this process once for each definition. Never raises, whatever
    the function is, unless the user has made errors of warnings.
    """
    try:
        found = {each.what: each for each in reversed(find_impure(function))}
        definition = _name_definition(function)
    except Exception as error:  # noqa: BLE001 - objects of any kind were looked at
        logger.debug("%s could not be searched for impurities: %s", name, error)
        return
    for each in reversed(found.values()):
        warn_once(_write(name, each, otherwise), about=f"impure {definition} {name}: {each.what}")


def _name_definition(function: object) -> str:
    """Tell one definition from another of the same name."""
    code = getattr(function, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code else ""
    return f"{getattr(function, '__module__', '')} {place}"


def _write(name: str, impurity: Impurity, otherwise: str) -> str:
    return (
        f"{name} may not give the same for the same arguments: {impurity.what} {impurity.why} "
        f"({impurity.where}); {impurity.instead}{otherwise and f', or {otherwise}'}"
    )
