"""Another interpreter than the one that runs: what it is, and what is installed for it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import EnvironmentProblemError
from anew.provenance.kept import write_whole
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Asked", "ask_interpreter"]

_TIMEOUT_S: Final = 60.0

# Runs in any Python from 3.9 on, where anew is not installed.
_QUESTION: Final = """
import json, os, platform, sys, sysconfig
flags = "dev_mode hash_randomization isolated no_site optimize utf8_mode".split()
kind = "venv" if sys.prefix != sys.base_prefix else "conda"
if kind == "conda" and not os.path.isdir(os.path.join(sys.prefix, "conda-meta")):
    kind = "system"
print(json.dumps({"paths": [p for p in sys.path if p], "prefix": sys.prefix, "facts": {
    "version": platform.python_version(), "implementation": platform.python_implementation(),
    "build": " ".join(platform.python_build()), "compiler": platform.python_compiler(),
    "executable": sys.executable, "prefix": kind,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "flags": {flag: int(getattr(sys.flags, flag)) for flag in flags}}}))
"""


@dataclass(frozen=True)
class Asked:
    """What an interpreter says of itself.

    Parameters
    ----------
    facts
        The content of the facet ``python``, the executable by its absolute path.
    paths
        Its ``sys.path``, the folder of the script left out.
    prefix
        The folder of its environment.
    """

    facts: dict[str, Any]
    paths: tuple[str, ...]
    prefix: str


def ask_interpreter(executable: str, environ: Mapping[str, str], place: Path) -> Asked:
    """Ask an interpreter what it is, once as long as nothing about it changes.

    Parameters
    ----------
    executable
        Its path.
    environ
        The variables that it will run with.
    place
        A folder for the answers.

    Returns
    -------
    Asked
        The answer: of a process of its own the first time, about 30 ms, else from the folder.

    Raises
    ------
    EnvironmentProblemError
        When it cannot be started, or does not answer.
    """
    plain = {n: v for n, v in environ.items() if not n.startswith("ANEW_")}
    key = "\0".join([executable, *(f"{n}={v}" for n, v in sorted(plain.items()) if _matters(n))])
    answer = place / f"{hashlib.blake2b(os.fsencode(key), digest_size=12).hexdigest()}.json"
    known = _load(answer)
    if known is None or known["marks"] != _mark(executable, known["told"]):
        told = _ask(executable, plain)
        known = {"told": told, "marks": _mark(executable, told)}
        with suppress(OSError):  # then it is asked each time
            write_whole(answer, json.dumps(known))
    told = known["told"]
    return Asked(told["facts"], tuple(told["paths"]), told["prefix"])


def _matters(variable: str) -> bool:
    return variable.startswith("PYTHON") or variable in {"VIRTUAL_ENV", "CONDA_PREFIX"}


def _load(answer: Path) -> dict[str, Any] | None:
    """Read an answer; a damaged one is asked for again."""
    try:
        known = json.loads(answer.read_bytes())
        return {"told": dict(known["told"]), "marks": list(known["marks"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _mark(executable: str, told: Mapping[str, Any]) -> list[Any]:
    """Give what changes when the interpreter is replaced, or a ``.pth`` file appears."""
    places = [executable, os.path.realpath(executable), f"{told['prefix']}/pyvenv.cfg"]
    marks: list[Any] = []
    for place in [*places, *told["paths"]]:
        try:
            found = Path(place).stat()
            marks.append([found.st_mtime_ns, found.st_size, found.st_ino])
        except OSError:
            marks.append(None)
    return marks


def _ask(executable: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Start it with a question."""
    try:
        done = subprocess.run(
            [executable, "-c", _QUESTION],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        return {"facts": dict(told["facts"]), "paths": told["paths"], "prefix": told["prefix"]}
    except (OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode(errors="replace").strip().splitlines()
        message = f"the interpreter does not start: {said[-1] if said else error}"
        hint = f"try `{executable} -V`, or make its environment anew"
        raise EnvironmentProblemError(message, where=executable, hint=hint) from error
