"""Something is done when a library is imported, and nothing before.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

__all__ = ["when_imported"]

_actions: dict[str, list[Callable[[Any], None]]] = {}
_FROZEN = "<frozen importlib._bootstrap>"
_TRIMMED = "_call_with_frames_removed"  # what tracebacks of imports leave out


def when_imported(name: str, action: Callable[[Any], None]) -> None:
    """Do something with a module as soon as it is imported, or now if it is.

    Parameters
    ----------
    name
        The full name of the module.
    action
        Called with the module, once; an exception of it is never seen by the program.
    """
    if _is_loaded(name):
        _do(action, sys.modules[name])
        return
    _actions.setdefault(name, []).append(action)
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(0, _Finder)


def _do(action: Callable[[Any], None], module: Any) -> None:
    try:
        action(module)
    except Exception as error:  # noqa: BLE001
        from .active import Current

        name = getattr(module, "__name__", "a library")
        Current().unseen(f"what {name} does ({error!r})")


def _act(name: str) -> None:
    while actions := _actions.pop(name, ()):  # an action may ask for the same module
        for action in actions:
            _do(action, sys.modules.get(name))
    for late in [each for each in _actions if _is_loaded(each)]:  # was asked for while loading
        _act(late)


def _is_loaded(name: str) -> bool:
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return module is not None and not getattr(spec, "_initializing", False)


class _Finder:
    """Finds no module itself: has the loader of a named one tell when it is done."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        """Find a named module by the other finders."""
        if name not in _actions:
            return None
        for finder in list(sys.meta_path):
            find = None if finder is _Finder else getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find else None
            if spec is not None:
                _follow(name, spec.loader)
                return spec
        return None


def _follow(name: str, loader: Any) -> None:
    """Act when the loader has executed the module, by an attribute that is then gone again."""
    real = getattr(loader, "exec_module", None)
    if real is None or isinstance(loader, type):
        return

    def execute(module: Any) -> None:
        loader.__dict__.pop("exec_module", None)
        real(module)
        _act(name)

    code = execute.__code__
    execute.__code__ = code.replace(co_filename=_FROZEN, co_name=_TRIMMED)
    try:
        loader.exec_module = execute
    except AttributeError:  # a loader with slots: what the library does then is not seen
        return
