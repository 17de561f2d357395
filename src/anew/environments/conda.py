"""conda environments, made again from the explicit list of their packages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from anew.environments.interpreters import clean_variables
from anew.environments.problems import Problem, RebuildError
from anew.provenance.conda import conda_platform, split_url
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Conda", "CondaFailedError", "explicit_of", "find_conda", "find_conda_problems"]

_PROGRAMS: Final = ("mamba", "micromamba", "conda", "pixi")
_PLATFORM: Final = re.compile(r"/((?:linux|osx|win)-[^/]+)/[^/]+$")
_MANIFEST: Final = "pixi.toml"
_SETTINGS: Final = {
    "CONDA_ALWAYS_YES": "true",
    "CONDA_REGISTER_ENVS": "false",
    "MAMBA_REGISTER_ENVS": "false",
}
"""No questions, and no entry in the user's own list of environments."""


class CondaFailedError(RebuildError):
    """A program of conda was there, and could not make the environment."""


class Conda:
    """One of the programs that install packages of conda.

    Parameters
    ----------
    program
        Its path.
    lock
        A file descriptor that it holds open as long as it works.
    """

    def __init__(self, program: str, lock: int | None = None) -> None:
        self.program = program
        self.name = Path(program).name
        self.lock = lock

    def make(self, explicit: Sequence[str], prefix: Path) -> Path:
        """Make an environment of exactly the listed packages.

        Parameters
        ----------
        explicit
            URLs of packages, each with its MD5 behind a ``#`` if it is known.
        prefix
            The folder of the environment.

        Returns
        -------
        pathlib.Path
            Where the environment really is: pixi decides on that itself.

        Raises
        ------
        CondaFailedError
            When it could not be made: it names the packages that were in the way.
        """
        prefix.mkdir(parents=True, exist_ok=True)
        if self.name == "pixi":
            (prefix / _MANIFEST).write_text(write_manifest(explicit), encoding="utf-8")
            place = prefix / ".pixi" / "envs" / "default"
        else:
            listed = "\n".join(["@EXPLICIT", *explicit, ""])
            (prefix / "explicit.txt").write_text(listed, encoding="utf-8")
            place = prefix / "conda"
        done = subprocess.run(
            self.command(prefix, place),
            env={**clean_variables(os.environ), **_SETTINGS},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[self.lock] if self.lock is not None else (),
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            raise CondaFailedError(_diagnose(explicit, said.strip() or f"status {done.returncode}"))
        return place

    def command(self, folder: Path, place: Path) -> list[str]:
        """Give the words of the command.

        Parameters
        ----------
        folder
            Where the list, or the manifest, was written.
        place
            The environment that it makes.
        """
        if self.name == "pixi":
            return [self.program, "install", "--manifest-path", str(folder / _MANIFEST)]
        listed = str(folder / "explicit.txt")
        return [self.program, "create", "--yes", "--prefix", str(place), "--file", listed]


def explicit_of(facets: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the packages of conda, if a trial ran in an environment of conda.

    Parameters
    ----------
    facets
        Facets of the trial by name.
    """
    is_conda = facets.get("python", {}).get("prefix") == "conda"
    return tuple(facets.get("conda", {}).get("explicit", ())) if is_conda else ()


def find_conda(lock: int | None = None) -> Conda | None:
    """Find a program that makes conda environments; None when there is none.

    Parameters
    ----------
    lock
        A file descriptor that it is to hold.
    """
    told = [os.environ.get("MAMBA_EXE"), os.environ.get("CONDA_EXE")]
    found = next(filter(None, (*map(shutil.which, _PROGRAMS), *told)), None)
    return Conda(found, lock) if found else None


def find_conda_problems(explicit: Sequence[str]) -> list[Problem]:
    """List what stands in the way of a conda environment.

    Parameters
    ----------
    explicit
        URLs of packages.
    """
    private = [url for url in explicit if MASK in url]
    problems = [
        Problem(_name(url), f"it is from a private channel: {url}", "--env current")
        for url in private
    ]
    problems += [
        Problem(_name(url), "conda does not know where it was installed from", "--env current")
        for url in explicit
        if "://" not in url
    ]
    here = conda_platform()
    # A processor of Apple also runs what is for those of Intel.
    run_here = {here, "osx-64"} if here == "osx-arm64" else {here}
    if other := {found[1] for found in map(_PLATFORM.search, explicit) if found} - run_here:
        why = f"its packages are for {', '.join(sorted(other))}, and this is {here}"
        problems.append(Problem("the conda environment", why))
    if find_conda() is None:
        why = "none of conda, mamba, micromamba and pixi is there, and the trial ran with conda"
        hint = "install micromamba, or --env nearest to have its packages from PyPI"
        problems.append(Problem("the conda environment", why, hint))
    return problems


def write_manifest(explicit: Sequence[str]) -> str:
    """Write the list as a manifest of pixi, each package by version and build.

    Parameters
    ----------
    explicit
        URLs of packages.
    """
    channels: dict[str, None] = {}
    platforms: dict[str, None] = {}
    lines = []
    for url in explicit:
        place = urlsplit(url)._replace(fragment="").geturl().rpartition("/")[0]
        channel, _, platform = place.rpartition("/")
        if found := split_url(url):
            name, version, build = found
            channels[channel] = None
            if platform != "noarch":
                platforms[platform] = None
            exact = {"version": f"=={version}", "build": build, "channel": channel}
            told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in exact.items())
            lines.append(f"{json.dumps(name)} = {{ {told} }}")
    return "\n".join(
        [
            "[workspace]",
            'name = "anew"',
            f"channels = {json.dumps(list(channels))}",
            f"platforms = {json.dumps(list(platforms))}",
            "",
            "[dependencies]",
            *lines,
            "",
        ]
    )


def _name(url: str) -> str:
    """Name a package by its file."""
    return url.partition("#")[0].rpartition("/")[2]


def _diagnose(explicit: Sequence[str], said: str) -> list[Problem]:
    """Find the packages that a program of conda complains of; it may say the same several times."""
    lines = [line for line in map(str.strip, said.splitlines()) if line]
    problems = []
    for url in explicit:
        name, path = _name(url), Path(unquote(urlsplit(url).path))
        named = re.compile(rf"(?<![\w.-]){re.escape(name)}(?!\w)")
        if told := [line for line in lines if named.search(line)]:
            problems.append(Problem(name, told[0]))
        elif url.startswith("file:") and not path.exists():  # it stops at the first
            problems.append(Problem(name, f"its file is gone: {path}"))
    return problems or [Problem("the conda environment", lines[-1])]
