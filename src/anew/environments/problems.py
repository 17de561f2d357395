"""What stands in the way of an environment, said before anything is run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anew.errors import EnvironmentProblemError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["NEAREST", "Problem", "RebuildError"]

NEAREST: Final = "--env nearest takes the nearest version"
_WAYS: Final = (
    "--env nearest replaces it by what comes next to it, "
    "--env current runs in the environment of today"
)


@dataclass(frozen=True)
class Problem:
    """One thing that cannot be had again.

    Parameters
    ----------
    what
        The package with its version, the interpreter, or a program.
    why
        Why it cannot be had.
    hint
        The way on.
    """

    what: str
    why: str
    hint: str = NEAREST

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


class RebuildError(EnvironmentProblemError):
    """The environment of a trial cannot be rebuilt.

    Parameters
    ----------
    problems
        All that is known to stand in the way.

    Notes
    -----
    ``problems`` holds them, each with the way on.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        lines = "".join(f"\n    {problem}" for problem in self.problems)
        hints = {p.hint for p in self.problems if p.hint and p.hint != NEAREST}
        message = f"the environment of the trial cannot be rebuilt:{lines}"
        super().__init__(message, hint="; ".join([*sorted(hints), _WAYS]))
