"""The interpreter of a trial: installed, downloaded, or the one that comes next to it."""

from __future__ import annotations

import os
import re
import time
from typing import TYPE_CHECKING, Any, Final

from anew.environments.interpreters import (
    choose,
    describe_python,
    list_candidates,
    list_interpreters,
)
from anew.environments.origins import expand_path
from anew.environments.problems import Problem
from anew.environments.uv import find_uv
from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from anew.environments.interpreters import Interpreter
    from anew.environments.place import Place

__all__ = ["find_python"]

_PATIENCE_S: Final = 90.0
_AGAIN_S: Final = 3600.0


def find_python(
    facet: Mapping[str, Any] | None, project: Path, place: Place, *, how: str
) -> tuple[Interpreter | None, Problem | None]:
    """Find the interpreter of a trial.

    Parameters
    ----------
    facet
        The facet ``python``.
    project
        The folder of the user's project.
    place
        Where downloaded interpreters, and the answers of others, are kept.
    how
        ``exact`` or ``nearest``; see `anew.environments.interpreters.choose`.

    Returns
    -------
    Interpreter or None
        The recorded version; one that uv downloads; the nearest.
    Problem or None
        That there is none.
    """
    if not facet or not facet.get("version"):
        return None, Problem("the interpreter", "was not recorded", "--env current")
    version = facet["version"]
    recorded = facet.get("executable")
    own = [expand_path(recorded, project)] if recorded else []
    found = _ask(facet, [*own, *list_candidates(version, [place.pythons])], place, how="same")
    if not found and _download(facet, place):
        found = _ask(facet, list_candidates(version, [place.pythons]), place, how="same")
    found = found or _ask(facet, list_candidates(version, [place.pythons]), place, how=how)
    if found:
        return found, None
    why = "it is not installed, nor is another patch of it, and it could not be downloaded"
    is_common = facet.get("implementation", "CPython") == "CPython"
    hint = f"pyenv install {version}" if is_common else ""
    return None, Problem(describe_python(facet), why, hint)


def _ask(
    facet: Mapping[str, Any], candidates: list[Path], place: Place, *, how: str
) -> Interpreter | None:
    return choose(facet, list_interpreters(candidates, place.known), how=how)


def _download(facet: Mapping[str, Any], place: Place) -> bool:
    """Have uv download an interpreter, into the folder of anew, if the network allows it.

    What failed is not tried again for an hour: without a network, each rerun would wait for it.
    """
    version = facet["version"]
    is_offered = facet.get("implementation", "CPython") == "CPython"
    if not is_offered or not re.fullmatch(r"3\.[\w.]+", version):
        return False
    request = f"cpython-{version}{'+freethreaded' if facet.get('free_threaded') else ''}"
    tried = place.pythons / f"{request}.tried"
    is_refused = os.environ.get("UV_PYTHON_DOWNLOADS") in {"never", "manual"}
    if is_refused or os.environ.get("UV_OFFLINE") or _age(tried) < _AGAIN_S:
        return False
    try:
        place.pythons.mkdir(parents=True, exist_ok=True)
        tried.touch()
        uv = find_uv(place.pythons)
    except (EnvironmentProblemError, OSError):
        return False
    more = {"UV_PYTHON_INSTALL_DIR": str(place.pythons), "UV_HTTP_RETRIES": "0"}
    words = ["python", "install", "--no-bin", request]
    return uv.run(words, more=more, timeout=_PATIENCE_S).is_good


def _age(path: Path) -> float:
    """Give how long ago a file was written, in seconds."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")
