"""What a process had imported and computed with, written when it ends.

Standard library only, Python 3.9 and later: the tracker is loaded where anew is not installed.
"""

from __future__ import annotations

import os
import sys

from .places import is_ignored

TYPE_CHECKING = False  # importing `typing` costs as much as the whole tracker
if TYPE_CHECKING:
    from typing import Any

__all__ = ["code_of", "modules", "numerics"]

_OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + "/"  # noqa: PTH100, PTH120
_OF_DEBUGGERS = ("/debugpy/", "/helpers/pydev/", "/pydevd")
_OF_PYTHON = frozenset(("site-packages", "dist-packages", "lib-dynload"))
_MOST = 10_000
_Module = type(sys)
_others: set[str] = set()
"""Files of modules that belong to no project: what is ignored once, is ignored for good."""

_COMPUTING = (b"blas", b"mkl_rt", b"blis", b"iomp", b"gomp", b"libomp", b"vcomp")
"""In the names of libraries that compute with threads of their own."""


def modules() -> dict[str, str]:
    """List what is imported: top-level modules, and all of the project, with their files.

    Those of anew are no part of any project: it records, and computes nothing.
    """
    found, fields_of = {}, object.__getattribute__  # which wakes none that is loaded lazily
    for name, module in list(sys.modules.items()):
        try:
            fields = module.__dict__ if type(module) is _Module else fields_of(module, "__dict__")
        except AttributeError:
            fields = {}
        file = fields.get("__file__")
        if type(file) is not str or type(name) is not str:
            file = ""
        elif file in _others and "." in name:
            continue
        elif file[:1] != "/":
            file = _absolute(file)
        if type(name) is str and ("." not in name or (file and not _is_of_others(file))):
            found[name] = file
    return {n: f for n, f in found.items() if n.partition(".")[0] != "_anew_tracker"}


def code_of(modules: dict[str, str]) -> list[str]:
    """List the files of modules that belong neither to Python nor to a distribution."""
    files = (file for file in modules.values() if file and not _is_of_others(file))
    return [file for file in files if not any(part in file for part in _OF_DEBUGGERS)]


def _is_of_others(file: str) -> bool:
    """Tell it of a module's file: each trial of a loop asks for the same thousand."""
    if file in _others:
        return True
    if not (file.startswith(_OWN) or is_ignored(file)):
        return False
    if len(_others) >= _MOST:
        _others.clear()
    _others.add(file)
    return True


def _absolute(file: str) -> str:
    return os.path.join(os.getcwd(), file) if file else ""  # noqa: PTH109, PTH118


def numerics(*, is_ending: bool = True) -> dict[str, Any]:
    """Tell the hash seed, and what is cheap to ask of libraries that were used.

    Of a process that goes on, whoever traces a part of it can ask for the threads in a better way.
    """
    found: dict[str, Any] = {
        "hash_randomization": sys.flags.hash_randomization,
        "hash_seed": os.environ.get("PYTHONHASHSEED"),
    }
    for ask in (*((_threads,) if is_ending else ()), _torch, _libraries):
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
    """List native libraries that may compute with threads, or are neither Python's nor packaged."""
    with open("/proc/self/maps", "rb") as file:  # noqa: PTH123
        mapped = {line.partition(b" /")[2] for line in file.read().split(b"\n")}
    names = b"\n".join(mapped)
    is_any = any(name in names for name in _COMPUTING)
    computing = [path for path in mapped if any(n in path for n in _COMPUTING)] if is_any else []
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/usr", "/usr/local"}
    own = (*(prefix + "/" for prefix in prefixes), os.path.dirname(os.__file__) + "/")  # noqa: PTH120
    paths = sorted("/" + os.fsdecode(path) for path in mapped if b".so" in path)
    others = [
        path
        for path in paths
        if not path.startswith(own) and not _OF_PYTHON.intersection(path.split("/"))
    ]
    found.update(computing=sorted(map(os.fsdecode, computing)), libraries=others)
