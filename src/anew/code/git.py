"""Running git: the one place from which the program is called.

Two kinds of repository are spoken to. The user's is only read, with the user's own configuration.
Anew's own is read and written, and no configuration of the user or the machine reaches it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from anew.errors import SnapshotError
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from subprocess import CompletedProcess, Popen

__all__ = ["Git", "has_git", "own_git", "user_git"]

# A hung network folder must not hang the work; no honest call comes near this.
_TIMEOUT_S: Final = 300.0

# Nothing that git would run, ask or rewrite because of somebody's configuration.
# A repository of somebody else is read, too, as in a container: nothing of its configuration runs.
_HARMLESS: Final = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "safe.directory": "*",
}

# Bytes, names and modes are kept as they are on every machine.
_EXACT: Final = {
    **_HARMLESS,
    "advice.detachedHead": "false",
    "commit.gpgsign": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fileMode": "true",
    "core.ignoreCase": "false",
    "core.precomposeUnicode": "false",
    "core.protectHFS": "false",
    "core.protectNTFS": "false",
    "core.quotePath": "false",
    "core.safecrlf": "false",
    "core.splitIndex": "false",
    "core.symlinks": "true",
    "core.untrackedCache": "false",
    "gc.auto": "0",
}

# The same tree must give the same commit on every machine, so nothing of the moment is in it.
_IDENTITY: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "anew"), ("EMAIL", "anew@localhost"), ("DATE", "@0 +0000"))
}


@dataclass(frozen=True)
class Git:
    """A way to call git: where, with which options and in which environment.

    Parameters
    ----------
    cwd
        The folder in which git runs.
    options
        What stands between ``git`` and the verb.
    environment
        The whole environment of the process.
    """

    cwd: Path
    options: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """Run git and give what it printed.

        Parameters
        ----------
        *arguments
            The verb and its arguments.
        stdin
            What git reads.

        Returns
        -------
        bytes
            What git wrote to its standard output.

        Raises
        ------
        SnapshotError
            When there is no git program, or when it fails.
        """
        done = self._call(arguments, stdin)
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            message = f"git {arguments[0]} failed with status {done.returncode}: {said}"
            hint = "run the same command by hand in that folder; git says what it misses"
            raise SnapshotError(message, where=str(self.cwd), hint=hint)
        return done.stdout

    def ask(self, *arguments: str, stdin: bytes = b"", also: int = 0) -> bytes | None:
        """Run git and give what it printed, or None when it fails.

        Parameters
        ----------
        *arguments
            The verb and its arguments.
        stdin
            What git reads.
        also
            A status with which it does not fail, either.

        Returns
        -------
        bytes or None
            What git wrote to its standard output.
        """
        done = self._call(arguments, stdin)
        return done.stdout if done.returncode in {0, also} else None

    def start(self, *arguments: str) -> Popen[bytes]:
        """Start git with pipes to both of its ends.

        Parameters
        ----------
        *arguments
            The verb and its arguments.

        Returns
        -------
        subprocess.Popen
            The running process; the caller ends it.
        """
        import subprocess

        try:
            return subprocess.Popen(
                self._command(arguments),
                cwd=self.cwd,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise self._not_started(error) from error

    def without_filters(self, names: Iterable[str]) -> Git:
        """Give a git that runs none of the user's filters.

        Parameters
        ----------
        names
            Of the filters that are configured.

        Returns
        -------
        Git
            The same, with options that switch them off.
        """
        off = {
            f"filter.{name}.{what}": "false" if what == "required" else ""
            for name in names
            for what in ("clean", "smudge", "process", "required")
        }
        return Git(self.cwd, (*self.options, *_as_options(off)), self.environment)

    def _call(self, arguments: tuple[str, ...], stdin: bytes) -> CompletedProcess[bytes]:
        """Run git to its end."""
        import subprocess

        try:
            return subprocess.run(
                self._command(arguments),
                cwd=self.cwd,
                env=self.environment,
                input=stdin,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except OSError as error:
            raise self._not_started(error) from error
        except subprocess.TimeoutExpired as error:
            message = f"git {arguments[0]} took longer than {_TIMEOUT_S:.0f} s"
            hint = "is this folder a project? leave large folders out with a .gitignore file"
            raise SnapshotError(message, where=str(self.cwd), hint=hint) from error

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return ["git", *self.options, *arguments]

    def _not_started(self, error: OSError) -> SnapshotError:
        """Tell a missing program from a missing folder."""
        if self.cwd.is_dir():
            return SnapshotError(
                f"git cannot be started: {error.strerror}",
                hint="install git (https://git-scm.com/downloads) so that it is on PATH",
            )
        return SnapshotError(f"no such folder: {str(self.cwd)!r}", hint="name a folder that exists")


def has_git() -> bool:
    """Tell whether there is a git program; `shutil` takes longer to load than this to look."""
    places = (f"{folder}/git" for folder in os.get_exec_path())
    return any(os.path.isfile(place) and os.access(place, os.X_OK) for place in places)  # noqa: PTH113


def user_git(folder: Path) -> Git:
    """Give the git that reads the user's repository and writes nothing to it.

    Parameters
    ----------
    folder
        A folder of the user's.

    Returns
    -------
    Git
        The user's configuration holds, except where it would run a program.
    """
    kept = ("GIT_CONFIG", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
    return Git(folder, _as_options(_HARMLESS), _environment(kept))


def own_git(
    git_dir: Path,
    *,
    work_tree: Path | None = None,
    cwd: Path | None = None,
    index: Path | None = None,
    excludes: Path | None = None,
) -> Git:
    """Give the git that works on anew's own bare repository.

    Parameters
    ----------
    git_dir
        The bare repository.
    work_tree
        The folder whose files are meant, when files are.
    cwd
        The folder to which paths are relative; the work tree by default, else ``git_dir``.
    index
        The index to use; by default one that does not exist, which is an empty one.
    excludes
        A file of patterns that the user ignores everywhere.

    Returns
    -------
    Git
        No configuration of the user or of the machine reaches it.
    """
    git_dir = git_dir.absolute()  # git runs in another folder
    configuration = (
        dict(_EXACT) if excludes is None else {**_EXACT, "core.excludesFile": str(excludes)}
    )
    options = [*_as_options(configuration), f"--git-dir={git_dir}"]
    if work_tree is not None:
        options.append(f"--work-tree={work_tree}")
    environment = {
        **_environment(()),
        **_IDENTITY,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_INDEX_FILE": str(index or git_dir / "no-index"),
        "GIT_NO_REPLACE_OBJECTS": "1",
    }
    return Git(cwd or work_tree or git_dir, tuple(options), environment)


def _as_options(configuration: dict[str, str]) -> tuple[str, ...]:
    """Write configuration as options of the command line, which win over every file."""
    return tuple(
        part for name, value in configuration.items() for part in ("-c", f"{name}={value}")
    )


def _environment(kept: tuple[str, ...]) -> dict[str, str]:
    """Give the environment without what would point git somewhere else."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(kept)
    }
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    return {**environment, **quiet}
