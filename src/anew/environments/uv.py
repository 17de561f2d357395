"""uv, which makes environments and fills them: found, and started with what it needs alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from anew.environments.indexes import find_pip_places, find_project_places, join_places
from anew.environments.interpreters import clean_variables
from anew.environments.place import find_place
from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Answer", "Uv", "find_uv"]

# What would send packages elsewhere, or ask for more than is known.
_LEFT_OUT: Final = re.compile(
    r"UV_(PYTHON|SYSTEM_PYTHON|PROJECT\w*|REQUIRE_HASHES|\w*LOCKED|FROZEN|CONSTRAINT|OVERRIDE"
    r"|EXCLUDE\w*|NO_(INDEX|BINARY\w*|BUILD\w*))"
)
_NETWORK: Final = re.compile(
    r"dns error|error sending request|tcp connect|timed out|network (is unreachable|was disabled)"
    r"|failed to (lookup|resolve) address|Could not connect",
    re.IGNORECASE,
)

_BLOCKS: Final = frozenset({"[stdout]", "[stderr]", "--- stderr"})
_WRONG: Final = re.compile(r"\b(error|fatal|not found|No such)\b", re.IGNORECASE)
_ABSENT: Final = re.compile(r"was not found|there is no version|has no |No solution")


@dataclass(frozen=True)
class Answer:
    """What uv said.

    Parameters
    ----------
    status
        Its exit status.
    printed
        What it printed on standard output.
    said
        What it said on standard error.
    """

    status: int
    printed: str
    said: str

    @property
    def is_good(self) -> bool:
        """Whether it did what it was asked for."""
        return self.status == 0

    @property
    def is_network(self) -> bool:
        """Whether the network was in the way."""
        return not self.is_good and bool(_NETWORK.search(self.said))

    @property
    def is_absent(self) -> bool:
        """Whether something that was asked for is nowhere."""
        return not self.is_good and bool(_ABSENT.search(self.said))

    @property
    def is_build_failure(self) -> bool:
        """Whether a package was had, and could not be built: no other place changes that."""
        return not self.is_good and "The build backend returned an error" in self.said

    @property
    def reason(self) -> str:
        """What of it says most, on one line."""
        if "Hash mismatch" in self.said:
            return "its content is not what the lock says (hash mismatch)"
        lines = [line for line in map(str.strip, self.said.splitlines()) if line]
        lines = [line for line in lines if not line.startswith("hint: ")]
        if any(line in _BLOCKS for line in lines):
            wrong = [line for line in lines if _WRONG.search(line)]
            return (wrong or lines)[-1]
        causes = [line.partition("cause: ")[2] for line in lines if line.startswith("cause: ")]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return ([*lines[-1:], *errors[:1], *causes[:1]] or ["uv does not say why"])[-1]


@dataclass
class Uv:
    """The program, and how it is started.

    Parameters
    ----------
    program
        Its path.
    places
        Variables that say which indexes the project has.
    lock
        A file descriptor that it holds open as long as it works, so that nobody takes away what
        it writes to, even if this process is killed.
    is_offline
        Whether the network was found to be down: then it is not asked again.
    """

    program: str
    places: dict[str, str] = field(default_factory=dict)
    lock: int | None = None
    is_offline: bool = False

    def run(
        self,
        words: Sequence[str],
        *,
        text: str = "",
        more: dict[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Start uv and wait for its end.

        Parameters
        ----------
        words
            Its arguments.
        text
            What it reads from standard input.
        more
            Environment variables over those of this process; lists of places are joined.
        timeout
            After how many seconds it is ended; it then has said that it timed out.
        """
        variables = {
            name: value
            for name, value in clean_variables(os.environ).items()
            if not _LEFT_OUT.fullmatch(name)
        }
        variables = join_places(more or {}, variables, self.places)
        variables |= {"UV_NO_PROGRESS": "1", "NO_COLOR": "1"}
        try:
            done = subprocess.run(
                [self.program, *words],
                input=text.encode(),
                cwd=_find_folder(),
                env=variables,
                capture_output=True,
                pass_fds=[self.lock] if self.lock is not None else (),
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Answer(1, "", f"timed out after {timeout:.0f} s")
        except OSError as error:
            return Answer(1, "", f"uv does not start: {error.strerror}")
        printed, said = (each.decode(errors="replace") for each in (done.stdout, done.stderr))
        return Answer(done.returncode, printed, said)

    def ask(
        self, words: Sequence[str], *, text: str = "", more: dict[str, str] | None = None
    ) -> Answer:
        """Have uv install or resolve: from its cache, else from the network, else as pip would.

        Parameters
        ----------
        words, text, more
            As for `run`.

        Notes
        -----
        What is pinned to its last digit is the same from the cache, and there within a third of
        the time. The places that pip knows of come last: uv does not look into its settings.
        """
        answer = self.run([*words, "--offline"], text=text, more=more)
        if answer.is_good or answer.is_build_failure or self.is_offline:
            return answer
        online = self.run(words, text=text, more=more)
        places = find_pip_places(os.environ) if online.is_absent else {}
        if places:
            with_pip = self.run(words, text=text, more=join_places(more or {}, places))
            online = with_pip if not with_pip.is_absent else online
        self.is_offline = online.is_network
        # Without a network, what is not in the cache says more than that there is none.
        return answer if self.is_offline else online


def find_uv(root: Path, lock: int | None = None) -> Uv:
    """Find uv: that which came with anew, else the one on the path.

    Parameters
    ----------
    root
        The project, whose settings say which indexes there are.
    lock
        A file descriptor that it holds.

    Raises
    ------
    EnvironmentProblemError
        When there is none.
    """
    return Uv(_find_program(), find_project_places(root), lock)


def _find_folder() -> Path:
    """Give a folder in which uv finds no settings but those of the user.

    A project may override versions, or have packages installed elsewhere.
    """
    folder = find_place().folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "uv.toml").touch()
    except OSError:
        return Path(folder.anchor)
    return folder


def _find_program() -> str:
    """Give the path of uv; that of the package needs no shim to choose it."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, OSError):
        found = shutil.which("uv")
    if not found:
        message = "uv, which rebuilds environments, is not there"
        hint = "pip install uv, or --env current to use the environment of today"
        raise EnvironmentProblemError(message, hint=hint)
    return found
