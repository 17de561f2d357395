"""How the work was started: command line, folder, environment."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.provenance.asked import find_asked
from anew.provenance.masking import mask_arguments, mask_variable, show_path

if TYPE_CHECKING:
    from collections.abc import Hashable
    from types import ModuleType

__all__ = ["CommandCollector", "is_recorded"]

# Variables that change what is computed or printed. Of others, those that the sources ask for.
_ALLOWED: Final = re.compile(
    r"(PYTHON|OMP_|OPENBLAS_|MKL_|NUMEXPR_|BLIS_|VECLIB_|GOTO_|NPY_|JOBLIB_|LC_)\w*"
    r"|TZ|LANG|LANGUAGE|SOURCE_DATE_EPOCH|CUBLAS_WORKSPACE_CONFIG|CUDA_VISIBLE_DEVICES|MPLBACKEND"
)

_STATUS: Final = "/proc/self/status"
_HEAD_BYTES: Final = 512
"""Of what the kernel tells of a process; the umask comes second, after the name."""

_HASH_SEED: Final = "PYTHONHASHSEED"


class CommandCollector:
    """Collect the command line, the folders that imports come from and allowed variables."""

    name = "command"
    at_end = False

    def freshness(self, root: Path) -> Hashable:
        """Give what the facet is made of, before it is made readable."""
        asked = find_asked(root)
        names = [name for name in os.environ if name in asked or _ALLOWED.fullmatch(name)]
        variables = tuple((name, os.environ.get(name)) for name in names)
        main = getattr(sys.modules.get("__main__"), "__file__", None)
        return (
            str(root),
            _folder(),
            tuple(sys.argv),
            tuple(sys.path),
            variables,
            main,
            _umask(),
        )

    def collect(self, root: Path) -> dict[str, Any]:
        """Put the command into words that hold on another machine."""
        main = sys.modules.get("__main__")
        how = _how(main)
        asked = find_asked(root)
        return {
            "argv": _arguments(root, how),
            "how": how,
            "main": _main_file(main, how, root),
            "module": _module_name(main),
            "cwd": show_path(_folder(), root) if _folder() else None,
            "paths": _paths(root),
            "environment": {
                name: mask_variable(name, value)
                for name, value in sorted(os.environ.items())
                if name in asked or _ALLOWED.fullmatch(name)
            },
            **({"asked": sorted(asked)} if asked else {}),
            "umask": _umask(),
            **({"set_by_anew": [_HASH_SEED]} if _sets_hash_seed() else {}),
        }


def _sets_hash_seed() -> bool:
    """Tell whether the hash seed is that which `anew run` sets where the user set none."""
    return os.environ.get(_HASH_SEED) == "0" and (_is_anew() or "ANEW_PARENT" in os.environ)


def is_recorded(variable: str) -> bool:
    """Tell whether an environment variable of that name is always recorded."""
    return bool(_ALLOWED.fullmatch(variable))


def _folder() -> str:
    """Give the current folder; empty when somebody removed it."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def _umask() -> str | None:
    """Give the umask in octal, where it can be read without setting it."""
    try:
        with open(_STATUS, "rb", buffering=0) as file:  # noqa: PTH123 - for each trial
            status = file.read(_HEAD_BYTES)
    except OSError:
        return None
    words = status.partition(b"\nUmask:")[2].split(maxsplit=1)
    return words[0].decode("ascii") if words else None


def _how(main: ModuleType | None) -> str:
    """Tell in which way Python was started."""
    shell = type(getattr(main, "get_ipython", lambda: None)()).__name__
    if shell == "ZMQInteractiveShell":
        return "notebook"
    name = _module_name(main)
    if name == "anew" or _is_anew():
        return "anew"
    if shell != "NoneType" or hasattr(sys, "ps1"):
        return "interactive"
    if name:
        return "module"
    return "script" if getattr(main, "__file__", None) else "inline"


def _is_anew() -> bool:
    """Tell whether the command ``anew`` runs the work, whatever it tells the work of itself."""
    words = sys.orig_argv[1:3]
    return words == ["-m", "anew"] or Path("".join(words[:1])).name == "anew"


def _module_name(main: ModuleType | None) -> str | None:
    """Give the name after ``python -m``."""
    spec = getattr(main, "__spec__", None)
    name = getattr(spec, "name", None)
    # A script's name where a worker imports it again.
    if not isinstance(name, str) or name == "__mp_main__":
        return None
    return name.removesuffix(".__main__")


def _main_file(main: ModuleType | None, how: str, root: Path) -> str | None:
    """Give the file that was started: the script, or the notebook as its server names it."""
    file = getattr(main, "__file__", None)
    if how == "notebook":
        named = getattr(main, "__vsc_ipynb_file__", None) or os.environ.get("JPY_SESSION_NAME")
        file = named if named and named.endswith(".ipynb") else None
    return show_path(Path(_folder(), file), root) if file else None


def _arguments(root: Path, how: str) -> list[str]:
    """Give the words of the command line as Python got them, secrets masked."""
    words = list(sys.orig_argv) or list(sys.argv)
    if how == "notebook":
        # The rest names a kernel and a file that live as long as the kernel.
        words = words[:3]
    if "--multiprocessing-fork" in words:
        # A worker's own line says numbers of pipes; what it works for is in sys.argv.
        words = [words[0], *sys.argv]
    program = show_path(words[0], root) if Path(words[0]).is_absolute() else words[0]
    return [program, *mask_arguments(words[1:])]


def _paths(root: Path) -> list[str]:
    """Give the folders inside of the project that modules are imported from."""
    base = Path(os.path.realpath(root))
    environments = {Path(os.path.realpath(prefix)) for prefix in (sys.prefix, sys.base_prefix)}
    inside: dict[str, None] = {}
    for entry in sys.path:
        place = Path(os.path.realpath(entry or "."))
        if place.is_relative_to(base) and not any(
            place.is_relative_to(e) for e in environments if e != base
        ):
            inside[place.relative_to(base).as_posix()] = None
    return list(inside)
