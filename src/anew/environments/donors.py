"""Packages taken over from the environment that a trial ran in, where they are still as they were.

What is in no index any more, or was never in one, may still be installed. Each file is copied only
if it has the hash that was noted when it was installed.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from importlib.metadata import PathDistribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.environments.current import ask, expand_recorded
from anew.environments.origins import read_origin
from anew.errors import EnvironmentProblemError
from anew.provenance.packages import packages_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Donor", "find_donors"]

_NOT_TAKEN: Final = (".pyc", ".pyo")


class Donor:
    """An installed package.

    Parameters
    ----------
    info
        Its folder ``*.dist-info``.
    prefix
        The folder of its environment.
    """

    def __init__(self, info: Path, prefix: Path) -> None:
        self.info = info
        self.prefix = prefix

    def give(self, prefix: Path) -> bool:
        """Copy the package into an environment of the same interpreter.

        Parameters
        ----------
        prefix
            The folder of the environment.

        Returns
        -------
        bool
            False when a file is gone, or is not as it was installed; then nothing is left of it.
        """
        new_site = next(prefix.glob("lib/python3*/site-packages"))
        done: list[Path] = []
        try:
            for file in PathDistribution(self.info).files or ():
                if file.suffix in _NOT_TAKEN:
                    continue
                old = Path(os.path.normpath(self.info.parent / file))
                new = Path(os.path.normpath(new_site / file))
                is_inside = any(map(old.is_relative_to, (self.prefix, self.info.parent)))
                if not is_inside or not new.is_relative_to(prefix):
                    continue
                done.append(new)
                new.parent.mkdir(parents=True, exist_ok=True)
                new.unlink(missing_ok=True)  # it may be a link into the cache of uv
                if file.hash and not _is_program(old, prefix=self.prefix):
                    _check(old, file.hash.mode, file.hash.value)
                shutil.copy2(old, new)
                if _is_program(old, prefix=self.prefix):
                    _move_program(new, self.prefix, prefix)
        except (OSError, ValueError):
            for path in done:
                path.unlink(missing_ok=True)
            # Empty, it would still be taken for an installed package.
            shutil.rmtree(new_site / self.info.name, ignore_errors=True)
            return False
        return bool(done)


def find_donors(facets: Mapping[str, Any], project: Path) -> dict[str, Donor]:
    """List the packages that are still installed as they were recorded.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    project
        The folder of the user's project.

    Returns
    -------
    dict
        By name: of the same version and origin, from where the trial ran. Nothing when that has
        another interpreter now. What is of a folder is left out: it is code, and not a version.
    """
    python = expand_recorded(facets, project)
    packages = facets.get("packages")
    if python is None or not packages:
        return {}
    try:
        asked = ask(python)
    except EnvironmentProblemError:
        return {}
    names = ("version", "implementation", "free_threaded")
    if any(asked.facts[name] != facets["python"].get(name, asked.facts[name]) for name in names):
        return {}
    today = packages_of(asked.paths, project)
    found: dict[str, Donor] = {}
    for distribution in distributions(path=list(asked.paths)):
        info = getattr(distribution, "_path", None)
        name = _normal(distribution.metadata["Name"] or "")
        if name in found or not isinstance(info, Path) or not (info / "RECORD").is_file():
            continue
        if _is_same(name, packages, today):
            found[name] = Donor(info, Path(asked.prefix))
    return found


def _is_same(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Tell whether a package is of the same version and origin, and not of a folder."""
    origin = old.get("origins", {}).get(name)
    if old["versions"].get(name) != new["versions"].get(name):
        return False
    if origin != new["origins"].get(name):
        return False
    read = read_origin(origin) if origin else None
    return not origin or bool(read and (not read.is_path or read.is_archive))


def _normal(name: str) -> str:
    """Write a name as the facet does."""
    return "-".join(filter(None, name.lower().replace("_", "-").replace(".", "-").split("-")))


def _is_program(path: Path, *, prefix: Path) -> bool:
    return path.parent == prefix / "bin"


def _move_program(path: Path, old: Path, new: Path) -> None:
    """Have a script started by the interpreter of its new environment."""
    content = path.read_bytes()
    first, mark, rest = content.partition(b"\n")
    if first.startswith(b"#!"):
        first = first.replace(os.fsencode(old / "bin"), os.fsencode(new / "bin"))
        path.write_bytes(first + mark + rest)


def _check(path: Path, algorithm: str, expected: str) -> None:
    """Hold a file against the hash in ``RECORD``, in URL-safe Base64 without padding."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).digest()
    if base64.urlsafe_b64encode(digest).decode().rstrip("=") != expected:
        message = f"not as it was installed: {path}"
        raise ValueError(message)
