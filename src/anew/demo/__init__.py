"""A tour of anew on a real study: what `anew demo` does."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.errors import UsageError
from anew.settings import STORE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

__all__ = ["run_demo"]

_STUDY: Final = ("penguins.py", "penguins.csv", "README.md")

_BEFORE: Final = "np.ones(len(table)), lengths]"
_AFTER: Final = 'np.ones(len(table)), lengths, table["sex"] == "male"]'
_ROWS: Final = 300

_HINT: Final = "name a folder that is empty or not there yet, as in `anew demo penguins`"

_FIRST: Final = (
    ("Run it: that is a trial, recorded with all that it ran on.", "run penguins.py"),
    ("Another trial, with a stronger penalty.", "run penguins.py ridge=1000"),
    ("Both are on record.", "ls"),
)
_THEN: Final = (
    (
        "The first command once more. anew says what changed since the trial before.",
        "run penguins.py",
    ),
    ("The result is another one. Is the new column the reason?", "ls"),
    ("Who knows: more than that makes trial 3 differ from trial 1.", "diff 1 3"),
    ("Make trial 1 anew: its code and its data come from the record.", "reproduce 1"),
)
_NEXT: Final = (
    ("anew show 3", "all about the third trial"),
    ("anew run penguins.py --help", "what can be varied"),
    ("anew run penguins.py holdout=0.5", "vary it"),
    ("anew reproduce 3", "make that one anew, too"),
)


def run_demo(folder: Path | None = None) -> int:
    """Write a small study into a folder and take it through what anew does, for real.

    Parameters
    ----------
    folder
        An empty folder, or one that does not exist yet; a new one in the temporary directory by
        default.

    Returns
    -------
    int
        The exit status: 0, or that of the command that failed.

    Raises
    ------
    UsageError
        When the folder is a file, has something in it or cannot be written.

    Notes
    -----
    Runs this interpreter's `anew` in processes of its own, without any ``ANEW_*`` variable. Needs
    no network. The study stays where it is, with its edits and its trials.
    """
    from rich.console import Console

    place = _write_study(folder)
    tour = _Tour(place, Console(soft_wrap=True, highlight=False, markup=False, emoji=False))
    tour.say(f"penguins.py, a study of 344 penguins, is now in {place}")
    status = tour.run_all(_FIRST)
    if status == 0:
        tour.edit()
        status = tour.run_all(_THEN)
    if status == 0:
        tour.end()
    return status


def _write_study(folder: Path | None) -> Path:
    """Copy the study into a folder, with a store of its own wherever that lies."""
    place = Path(folder or tempfile.mkdtemp(prefix="anew-demo-")).absolute()
    try:
        _refuse_used(place)
        (place / STORE_FOLDER).mkdir(parents=True)
        for name in _STUDY:
            content = files(__name__).joinpath("study", name).read_bytes()
            (place / name).write_bytes(content)
    except OSError as error:
        message = f"cannot write the study into {str(place)!r}: {error.strerror or error}"
        raise UsageError(message, hint=_HINT) from error
    return place


def _refuse_used(place: Path) -> None:
    """Raise an error unless a folder is empty or not there."""
    if place.exists() and not place.is_dir():
        message = f"{str(place)!r} is a file, expected a folder"
        raise UsageError(message, hint=_HINT)
    if place.is_dir() and any(place.iterdir()):
        message = f"folder {str(place)!r} is not empty"
        raise UsageError(message, hint=_HINT)


class _Tour:
    """What is shown and done in the folder of the study."""

    def __init__(self, folder: Path, console: Console) -> None:
        self.folder = folder
        self.console = console

    def say(self, text: str) -> None:
        """Comment on what comes next."""
        self.console.print(f"# {text}", style="cyan")

    def run_all(self, commands: Iterable[tuple[str, str]]) -> int:
        """Run commands until one fails; give its status."""
        return next(filter(None, (self.run(why, command) for why, command in commands)), 0)

    def run(self, why: str, arguments: str) -> int:
        """Run a command of anew in the folder, after showing it."""
        self.console.print()
        self.say(why)
        self.console.print(f"$ anew {arguments}", style="bold")
        self.console.file.flush()
        done = subprocess.run(
            [sys.executable, "-m", "anew", *arguments.split()],
            cwd=self.folder,
            env=_clean_environment(),
            stdin=subprocess.DEVNULL,
            check=False,
        )
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        if status:
            sys.stderr.write(
                f"error: `anew {arguments}` ended with status {status}\n"
                f"hint: the study is in {self.folder}, to look into\n"
            )
        return status

    def edit(self) -> None:
        """Change a function of the script and lose rows of the data, as happens."""
        script, data = self.folder / "penguins.py", self.folder / "penguins.csv"
        text = script.read_text(encoding="utf-8")
        (line,) = [line for line in text.splitlines() if _BEFORE in line]
        script.write_text(text.replace(_BEFORE, _AFTER), encoding="utf-8")
        rows = data.read_text(encoding="utf-8").splitlines(keepends=True)
        data.write_text("".join(rows[: _ROWS + 1]), encoding="utf-8")
        self.console.print()
        self.say("Time passes. Somebody edits penguins.py and commits nothing:")
        self.console.print(f"-{line}", style="red")
        self.console.print(f"+{line.replace(_BEFORE, _AFTER)}", style="green")
        self.say(
            f"and a careless copy of penguins.csv loses its last {len(rows) - 1 - _ROWS} rows."
        )

    def end(self) -> None:
        """Say what to try next."""
        self.console.print()
        self.say("Your files are still as they were edited: trial 4 ran in a folder of its own.")
        self.say("Your turn: edit penguins.py, and try")
        for command in (*_enter_environment(), shlex.join(["cd", str(self.folder)])):
            self.console.print(f"$ {command}", style="bold")
        width = max(len(command) for command, _ in _NEXT)
        for command, what in _NEXT:
            self.console.print(f"$ {command:<{width}}", style="bold", end="")
            self.console.print(f"  # {what}", style="cyan")


def _clean_environment() -> dict[str, str]:
    """Give an environment without settings of anew, in which this anew is importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANEW_")}
    home = str(Path(__file__).resolve().parents[2])
    given = kept.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(Path(each).absolute()) for each in given if each]
    if home not in {*paths, sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        paths.insert(0, home)
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} if paths else kept


def _enter_environment() -> list[str]:
    """Give the command that puts `anew` on the user's path, when `uv run` did it for this one."""
    activate = Path(sys.prefix) / "bin" / "activate"
    is_on_path = shutil.which("anew") is not None and "UV_RUN_RECURSION_DEPTH" not in os.environ
    if is_on_path or not activate.is_file():
        return []
    return [shlex.join(["source", str(activate)])]
