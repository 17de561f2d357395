"""Where rebuilt environments are kept, by the digest of what is in them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import EnvironmentProblemError
from anew.provenance.kept import write_whole
from anew.provenance.packages import mark_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Kept", "Place", "find_place"]

_VARIABLE: Final = "ANEW_ENVIRONMENTS"
_TIMEOUT_S: Final = 30.0


@dataclass(frozen=True)
class Kept:
    """An environment that is whole.

    Parameters
    ----------
    prefix
        Its folder.
    about
        What was noted when it was made.
    """

    prefix: Path
    about: dict[str, Any]

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.prefix / "bin" / "python"


@dataclass(frozen=True)
class Place:
    """A folder of environments.

    Parameters
    ----------
    folder
        The folder; nothing is lost with it but time.
    """

    folder: Path

    @property
    def known(self) -> Path:
        """Where the answers of interpreters are."""
        return self.folder / "interpreters"

    @property
    def pythons(self) -> Path:
        """Where interpreters are that uv downloaded."""
        return self.folder / "pythons"

    def room(self, content: Mapping[str, Any]) -> Path:
        """Give the folder for an environment, there or not.

        Parameters
        ----------
        content
            All that it is made of, as JSON.
        """
        text = json.dumps(content, sort_keys=True)
        return self.folder / hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def find(self, room: Path) -> Kept | None:
        """Give the environment of a folder if it is whole, starts, and is as it was made.

        Parameters
        ----------
        room
            Its folder.
        """
        about = _read(_mark(room))
        if about is None or about["packages"] != _digest_of(Path(about["prefix"])):
            return None
        kept = Kept(Path(about["prefix"]), about)
        return kept if _starts(kept.python) else None

    def finish(self, room: Path, prefix: Path, about: Mapping[str, Any]) -> Kept:
        """Note that an environment is whole: the last that is done to it.

        Parameters
        ----------
        room
            Its folder.
        prefix
            The environment in it.
        about
            What is to be known of it later.
        """
        told = {**about, "prefix": str(prefix), "packages": _digest_of(prefix)}
        write_whole(_mark(room), json.dumps(told))
        return Kept(prefix, told)

    def clear(self, room: Path) -> None:
        """Remove what is in a folder: the mark first, so that what is left is not whole.

        Parameters
        ----------
        room
            The folder.
        """
        _mark(room).unlink(missing_ok=True)
        shutil.rmtree(room, ignore_errors=True)
        if room.exists():
            message = f"the folder {str(room)!r} cannot be removed"
            raise EnvironmentProblemError(message, hint=f"rm -rf {room}")
        room.mkdir(parents=True)

    @contextmanager
    def only_one(self, room: Path) -> Iterator[int]:
        """Keep every other process out of a folder that is being filled.

        Parameters
        ----------
        room
            The folder.

        Yields
        ------
        int
            The descriptor that holds the lock. A program that inherits it holds it, too: one
            that outlives a killed builder still keeps the others out.

        Raises
        ------
        EnvironmentProblemError
            When the folder of environments cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(f"{room}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            message = f"environments cannot be kept: {error.strerror}"
            hint = f"make the folder writable, or set {_VARIABLE} to another one"
            raise EnvironmentProblemError(message, where=str(self.folder), hint=hint) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def prune(self) -> None:
        """Remove the environments of project folders that are gone, such as scratch folders."""
        for mark in self.folder.glob("*/made.json"):
            about = _read(mark)
            if about and about.get("root") and not Path(about["root"]).is_dir():
                with suppress(OSError, EnvironmentProblemError), self.only_one(mark.parent):
                    self.clear(mark.parent)
                    mark.parent.rmdir()
                    Path(f"{mark.parent}.lock").unlink()


def find_place() -> Place:
    """Give the folder of the user's environments: what is set, else one in the cache folder."""
    told = os.environ.get(_VARIABLE)
    if told:
        return Place(Path(told).expanduser().absolute())
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111
    return Place(Path(cache).absolute() / "anew" / "environments")


def _mark(room: Path) -> Path:
    return room / "made.json"


def _read(mark: Path) -> dict[str, Any] | None:
    """Read what was noted; None for what is not whole."""
    try:
        about = json.loads(mark.read_bytes())
        return about if {"prefix", "packages"} <= about.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _digest_of(prefix: Path) -> str:
    """Give what changes when somebody installs or removes something."""
    sites = sorted(map(str, prefix.glob("lib/python3*/site-packages")))
    of_conda = sorted(path.name for path in prefix.glob("conda-meta/*.json"))
    marks = repr((mark_packages(sites, prefix), of_conda))
    return hashlib.blake2b(marks.encode(), digest_size=16).hexdigest()


def _starts(python: Path) -> bool:
    """Tell whether an interpreter is still there and works."""
    try:
        command = [str(python), "-I", "-S", "-c", "pass"]
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0
