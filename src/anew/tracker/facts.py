"""What a process had imported and computed with, written when it ends.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys

from .places import recall_ignored

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from typing import Any

__all__ = ["code_of", "modules", "numerics"]

_OF_DEBUGGERS = ("/debugpy/", "/helpers/pydev/", "/pydevd")
_OF_PYTHON = frozenset(("site-packages", "dist-packages", "lib-dynload"))


def modules() -> dict[str, str]:
    """List what is imported: top-level modules, and all of the project, with their files."""
    found = {}
    for name, module in list(sys.modules.items()):
        if type(name) is not str or name.partition(".")[0] == "_anew_tracker":
            continue
        file = _file_of(module)
        if "." not in name or (file and not recall_ignored(file)):
            found[name] = file
    return found


def code_of(modules: dict[str, str]) -> list[str]:
    """List the files of modules that belong neither to Python nor to a distribution."""
    files = (file for file in modules.values() if file and not recall_ignored(file))
    return [file for file in files if not any(part in file for part in _OF_DEBUGGERS)]


def _file_of(module: Any) -> str:
    """Find the file of a module without waking one that is loaded lazily."""
    try:
        fields = object.__getattribute__(module, "__dict__")
    except AttributeError:
        return ""
    file = fields.get("__file__")
    if type(file) is not str:
        return ""
    return os.path.join(os.getcwd(), file) if file[:1] != "/" else file  # noqa: PTH109, PTH118


def numerics() -> dict[str, Any]:
    """Tell the hash seed, and what is cheap to ask of libraries that were used."""
    found: dict[str, Any] = {
        "hash_randomization": sys.flags.hash_randomization,
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
    }
    for ask in (_threads, _torch, _libraries):
        try:
            ask(found)
        except Exception:  # noqa: BLE001, S112 - a fact less, where a program is about to end
            continue
    return found


def _threads(found: dict[str, Any]) -> None:
    """Ask which native libraries compute, with how many threads, if that costs next to nothing."""
    if {"numpy", "ctypes", "json", "re"} <= sys.modules.keys() or "threadpoolctl" in sys.modules:
        import threadpoolctl

        found["threadpools"] = threadpoolctl.threadpool_info()


def _torch(found: dict[str, Any]) -> None:
    torch = sys.modules.get("torch")
    if torch is None:
        return
    found["torch"] = {
        "threads": torch.get_num_threads(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "cudnn_deterministic": torch.backends.cudnn.deterministic,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
    }


def _libraries(found: dict[str, Any]) -> None:
    """List the native libraries in use that are neither Python's nor in a Python package."""
    with open("/proc/self/maps", "rb") as file:  # noqa: PTH123
        lines = file.read().split(b"\n")
    paths = {line[line.index(b"/") :] for line in lines if b".so" in line and b"/" in line}
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/usr", "/usr/local"}
    own = (*(prefix + "/" for prefix in prefixes), os.path.dirname(os.__file__) + "/")  # noqa: PTH120
    found["libraries"] = [
        path
        for path in sorted(map(os.fsdecode, paths))
        if not path.startswith(own) and not _OF_PYTHON.intersection(path.split("/"))
    ]
