"""Attributes that are sure to be the same when the code runs."""

from __future__ import annotations

import abc
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any, Final

from anew.code import libraries
from anew.code.modules import find_module
from anew.code.targets import MISSING, Target

__all__ = ["follow_attribute"]

_NAMESPACES: Final = (SimpleNamespace,)
_PLAIN: Final[Any] = object.__getattribute__


def follow_attribute(value: Any, attribute: str, see: Any) -> Target | None:
    """Follow one attribute.

    Parameters
    ----------
    value
        Any object.
    attribute
        The name.
    see
        As for `follow`.

    Returns
    -------
    Target or None
        None when the object as a whole has to count.
    """
    if isinstance(value, ModuleType):
        return _module_attribute(value, attribute, see)
    if isinstance(value, type):
        return _class_attribute(value, attribute, see)
    if isinstance(value, FunctionType):
        return _function_attribute(value, attribute, see)
    return _instance_attribute(value, attribute, see)


def _function_attribute(value: FunctionType, attribute: str, see: Any) -> Target | None:
    if attribute in {"__doc__", "__name__", "__qualname__", "__module__"}:
        told = getattr(value, attribute)
        see(value, f".{attribute}", told)
        return Target("value", told)
    found = value.__dict__.get(attribute, MISSING)
    see(value.__dict__, attribute, found)
    return None if found is MISSING else Target("value", found)


def _module_attribute(module: ModuleType, attribute: str, see: Any) -> Target | None:
    origin = libraries.origin_of(module.__name__)
    if origin.kind not in {libraries.PROJECT, libraries.EXTENSION}:
        return None
    contents = vars(module)
    found = contents.get(attribute, MISSING)
    see(contents, attribute, found)
    if attribute == "__dict__":
        return None
    if found is not MISSING:
        return Target("value", found)
    return _late_attribute(module, attribute, see)


def _late_attribute(module: ModuleType, attribute: str, see: Any) -> Target | None:
    """Follow what a module does not have yet: a module below it, or what it makes when asked."""
    if hasattr(module, "__path__"):
        below = find_module(f"{module.__name__}.{attribute}", see)
        if below.kind != "absent":
            return below
    if "__getattr__" in vars(module):
        see(None, "", None)
        try:
            return Target("value", getattr(module, attribute))
        except Exception:  # noqa: BLE001 - it may refuse in any way
            return None
    return Target("absent", name=f"{module.__name__}.{attribute}")


def _class_attribute(kind: type, attribute: str, see: Any) -> Target | None:
    """Follow an attribute of a class of the project that looks nothing up by itself."""
    if type(kind) not in (type, abc.ABCMeta) or attribute.startswith("__"):
        return None
    see(kind, ".__mro__", kind.__mro__)
    for base in kind.__mro__:
        if attribute not in base.__dict__:
            see(base.__dict__, attribute, MISSING)
            continue
        if libraries.origin_of(base.__module__).kind != libraries.PROJECT:
            return None
        found = base.__dict__[attribute]
        see(base.__dict__, attribute, found)
        if isinstance(found, staticmethod):
            return Target("value", found.__func__)
        if isinstance(found, FunctionType) or not hasattr(type(found), "__get__"):
            return Target("value", found)
        return None
    return None


def _instance_attribute(value: Any, attribute: str, see: Any) -> Target | None:
    """Follow an attribute that an object keeps in its dictionary, as most do."""
    kind = type(value)
    attributes = getattr(value, "__dict__", None)
    if (
        type(attributes) is not dict
        or attribute not in attributes
        or (kind not in _NAMESPACES and getattr(kind, "__getattribute__", None) is not _PLAIN)
        or hasattr(getattr(kind, attribute, None), "__set__")
        or attribute.startswith("__")
        or not _is_transparent(kind)
    ):
        return None
    see(value, ".__class__", kind)
    see(attributes, attribute, attributes[attribute])
    return Target("value", attributes[attribute])


def _is_transparent(kind: type) -> bool:
    if kind in _NAMESPACES or (kind.__module__, kind.__name__) == ("argparse", "Namespace"):
        return True
    return libraries.origin_of(kind.__module__).kind == libraries.PROJECT
