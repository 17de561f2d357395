"""conda environments, made again from the explicit list of their packages."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from anew.environments.interpreters import clean_variables
from anew.environments.problems import Problem
from anew.provenance.masking import MASK

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Conda", "find_conda", "find_conda_problems"]

_PROGRAMS: Final = ("mamba", "micromamba", "conda", "pixi")
_FILE: Final = re.compile(r"(.+)-([^-]+)-([^-]+)\.(?:conda|tar\.bz2)")
_MANIFEST: Final = "pixi.toml"


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

    def make(self, explicit: Sequence[str], prefix: Path) -> tuple[Path, str]:
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
        str
            Why it could not be made; empty when it was.
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
            env={**clean_variables(os.environ), "CONDA_ALWAYS_YES": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[self.lock] if self.lock is not None else (),
            check=False,
        )
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = (said[-1] if said else f"status {done.returncode}") if done.returncode else ""
        return place, why

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
        Problem(url.rpartition("/")[2], f"it is from a private channel: {url}", "--env current")
        for url in private
    ]
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
        place, _, file = urlsplit(url)._replace(fragment="").geturl().rpartition("/")
        channel, _, platform = place.rpartition("/")
        found = _FILE.fullmatch(file)
        if found:
            channels[channel] = None
            if platform != "noarch":
                platforms[platform] = None
            exact = {"version": f"=={found[2]}", "build": found[3], "channel": channel}
            told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in exact.items())
            lines.append(f"{json.dumps(found[1])} = {{ {told} }}")
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
