"""Which Python a program runs in: the project's own, not that of anew."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anew.errors import EnvironmentProblemError
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Interpreter", "choose_interpreter"]


@dataclass(frozen=True)
class Interpreter:
    """An interpreter, and why it was chosen.

    Parameters
    ----------
    path
        The program.
    why
        Where it is from, in words.
    is_usual
        Whether ``python``, typed in the same place, would have been the same.
    """

    path: str
    why: str
    is_usual: bool


def choose_interpreter(root: Path, environ: Mapping[str, str]) -> Interpreter:
    """Choose the interpreter of a project.

    Parameters
    ----------
    root
        The project's folder.
    environ
        The environment variables.

    Returns
    -------
    Interpreter
        That of the active environment (``VIRTUAL_ENV``, else ``CONDA_PREFIX``), else that of the
        project's ``.venv``, else ``python`` or ``python3`` on the path, else anew's own.

    Raises
    ------
    EnvironmentProblemError
        When the environment that was chosen is broken.
    """
    names = ("python", "python3")
    search = environ.get("PATH", os.defpath)
    import shutil

    typed = next(filter(None, (shutil.which(name, path=search) for name in names)), None)
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if folder := environ.get(variable):
            path = _check(Path(folder), mend=f"unset {variable}")
            return Interpreter(str(path), f"the environment of {variable}", is_usual=True)
    own = root / ".venv"
    if (own / "pyvenv.cfg").is_file():
        path = _check(own, mend=f"python3 -m venv --clear {own}, and install what belongs in it")
        return Interpreter(str(path), "the project's .venv", is_usual=_is_in(typed, own))
    if typed:
        # Where one who typed `python` got another environment than the command is from.
        is_own = Path(typed).resolve() == Path(sys.executable).resolve()
        return Interpreter(typed, "on the path", is_usual=is_own)
    why = "anew's own, for there is no other on the path"
    return Interpreter(sys.executable, why, is_usual=False)


def _is_in(program: str | None, environment: Path) -> bool:
    """Tell whether a program belongs to an environment; it may be a link to one outside."""
    folder = environment / "bin"
    return program is not None and Path(program).parent.resolve() == folder.resolve()


def _check(environment: Path, *, mend: str) -> Path:
    """Give the interpreter of an environment that is whole."""
    path = environment / "bin" / "python"
    home = _find_home(environment)
    if not os.path.lexists(path):
        problem = "it has no bin/python"
    elif not path.exists():
        problem = f"bin/python leads to {path.readlink()}, which is gone"
    elif home and not home.is_dir():
        problem = f"it was made from the Python in {home}, which is gone"
    elif not os.access(path, os.X_OK):
        problem = "bin/python cannot be executed"
    else:
        return path
    message = f"the environment {str(environment)!r} is broken: {problem}"
    raise EnvironmentProblemError(message, hint=mend)


def _find_home(environment: Path) -> Path | None:
    """Give the folder of the interpreter that a virtual environment was made from."""
    try:
        text = (environment / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None  # of conda, or anything that has a bin/python
    pairs = (line.partition("=") for line in text.splitlines())
    return next((Path(value.strip()) for key, _, value in pairs if key.strip() == "home"), None)
