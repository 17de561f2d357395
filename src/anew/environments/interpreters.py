"""The interpreters of this machine, wherever they were installed, and the one that fits best."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import EnvironmentProblemError
from anew.provenance.interpreter import ask_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = [
    "Interpreter",
    "choose",
    "clean_variables",
    "describe_python",
    "list_candidates",
    "list_interpreters",
]

# An interpreter says of itself what it is when it is asked without these.
_LEFT_OUT: Final = re.compile(
    r"(PYTHON|ANEW_|COVERAGE_|VIRTUAL_ENV|CONDA_PREFIX|__PYVENV)\w*"
    r"|CONDA_(DEFAULT_ENV|SHLVL|PYTHON_EXE|PROMPT_MODIFIER)"
)
_NAME: Final = re.compile(r"(python|pypy)(3(\.\d+)?t?)?")
_FOLDERS: Final = (
    "~/.local/share/hatch/pythons/*/python/bin",
    "~/.asdf/installs/python/*/bin",
    "~/.local/share/mise/installs/python/*/bin",
    "~/.rye/py/*/bin",
    "/usr/local/bin",
    "/usr/bin",
    "/opt/homebrew/bin",
    "/opt/*/bin",
    "/opt/python/*/bin",
    "/Library/Frameworks/Python.framework/Versions/*/bin",
)
_CONDA: Final = ("miniconda3", "miniforge3", "mambaforge", "anaconda3", "micromamba")


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that starts.

    Parameters
    ----------
    path
        The program.
    version
        As in ``3.12.1``.
    implementation
        ``CPython``, ``PyPy`` …
    free_threaded
        Whether it was built without the global lock (PEP 703).
    """

    path: Path
    version: str
    implementation: str = "CPython"
    free_threaded: bool = False

    @property
    def named(self) -> str:
        """What it is called in a line."""
        return describe_python(asdict(self))


def describe_python(facet: Mapping[str, Any]) -> str:
    """Name a kind of interpreter.

    Parameters
    ----------
    facet
        What it says of itself: the content of the facet ``python``.
    """
    implementation = facet.get("implementation", "CPython")
    kind = "Python" if implementation == "CPython" else implementation
    build = " without the global lock" if facet.get("free_threaded") else ""
    return f"{kind} {facet.get('version', 'of an unknown version')}{build}"


def clean_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would make an interpreter another one than it is.

    Parameters
    ----------
    environ
        The environment variables.
    """
    return {name: value for name, value in environ.items() if not _LEFT_OUT.fullmatch(name)}


def list_interpreters(candidates: Iterable[Path], known: Path) -> Iterator[Interpreter]:
    """Ask each candidate what it is, once as long as it stays the same file.

    Parameters
    ----------
    candidates
        Paths of programs.
    known
        A folder for the answers.

    Yields
    ------
    Interpreter
        Those that start, one for each real file.
    """
    variables, seen = clean_variables(os.environ), set()
    for path in candidates:
        real = path.resolve()
        if real in seen or not os.access(path, os.X_OK):
            continue
        seen.add(real)
        try:
            facts = ask_interpreter(str(path), variables, known).facts
        except EnvironmentProblemError:
            continue  # of another machine, or too old to be asked
        yield Interpreter(
            path, facts["version"], facts["implementation"], bool(facts["free_threaded"])
        )


def list_candidates(version: str, folders: Iterable[Path] = ()) -> list[Path]:
    """List what may be interpreters, the likeliest first.

    Parameters
    ----------
    version
        The one that is looked for; paths that name it come first.
    folders
        Where to look besides: folders as uv fills them, one for each version.

    Returns
    -------
    list of pathlib.Path
        Those in the folders of pyenv, uv, conda and other tools, in those of the system, and on
        the path. Shims that choose an interpreter when they are started are left out.
    """
    found = [Path(sys.executable)]
    for folder in dict.fromkeys([*_list_folders(folders), *_list_path()]):
        if folder.name != "shims":
            found += _list_programs(folder)
    minor = ".".join(version.split(".")[:2])
    return sorted(
        dict.fromkeys(found), key=lambda path: (version not in str(path), minor not in str(path))
    )


def _list_programs(folder: Path) -> list[Path]:
    """List the programs of a folder that are called like an interpreter."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if _NAME.fullmatch(entry.name))
    except OSError:
        return []
    return [folder / name for name in names]


def _list_folders(more: Iterable[Path]) -> Iterator[Path]:
    """Give the folders into which tools and systems install interpreters."""
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - without a home, no error
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    for place in (os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python", *more):
        yield from _glob(Path(place), "*/bin")
    yield from _glob(pyenv, "versions/*/bin")
    for pattern in _FOLDERS:
        path = Path(os.path.expanduser(pattern))  # noqa: PTH111
        yield from _glob(Path(path.anchor), str(path.relative_to(path.anchor)))
    for prefix in _list_conda(home):
        yield prefix / "bin"


def _list_conda(home: Path) -> Iterator[Path]:
    """Give the environments of conda: those that it lists, and those in its usual places."""
    told = home / ".conda" / "environments.txt"
    if told.is_file():
        yield from map(Path, told.read_text(encoding="utf-8", errors="replace").split("\n"))
    roots = [home / name for name in _CONDA] + [Path("/opt/conda")]
    roots += [Path(os.environ[name]) for name in ("MAMBA_ROOT_PREFIX",) if os.environ.get(name)]
    for root in roots:
        yield root
        yield from _glob(root, "envs/*")


def _list_path() -> Iterator[Path]:
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        if folder:
            yield Path(folder)


def _glob(folder: Path, pattern: str) -> list[Path]:
    """List what fits; folders that cannot be read hold nothing."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def choose(
    facet: Mapping[str, Any], found: Iterable[Interpreter], *, how: str
) -> Interpreter | None:
    """Choose the interpreter that comes next to the recorded one.

    Parameters
    ----------
    facet
        The facet ``python``.
    found
        Those to choose from; no more of them are asked than needed.
    how
        ``same`` for the recorded version alone, ``exact`` for that or another patch of it,
        ``nearest`` for any.

    Returns
    -------
    Interpreter or None
        None when none is good enough. Of two that are equally near, the newer one.
    """
    best: tuple[tuple[int, ...], Interpreter] | None = None
    for each in found:
        far = _distance(facet, each)
        if best is None or far < best[0]:
            best = far, each
        if not any(far):
            break
    if best is None:
        return None
    *large, patch, newer = best[0]
    allowed = {"same": not any([*large, patch, newer]), "exact": not any(large)}
    return best[1] if allowed.get(how, True) else None


def _distance(facet: Mapping[str, Any], other: Interpreter) -> tuple[int, ...]:
    """Say how far two interpreters are apart: implementation, build, major, minor, patch."""
    is_same = other.version == facet["version"]
    wanted, got = _numbers(facet["version"]), _numbers(other.version)
    patch = abs(wanted[2] - got[2])
    return (
        int(other.implementation != facet.get("implementation", "CPython")),
        int(other.free_threaded != bool(facet.get("free_threaded"))),
        abs(wanted[0] - got[0]),
        abs(wanted[1] - got[1]),
        patch if patch or is_same else 1,  # a release candidate is no release
        int(got < wanted),
    )


def _numbers(version: str) -> tuple[int, int, int]:
    """Give major, minor and patch."""
    found = [int(number) for number in re.findall(r"\d+", version)[:3]]
    first, second, third = (*found, 0, 0, 0)[:3]
    return first, second, third
