"""What a rebuilt environment is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Environment"]


@dataclass(frozen=True)
class Environment:
    """An interpreter with its packages, in which a trial can be run again.

    Parameters
    ----------
    python
        The interpreter.
    prefix
        The folder of the environment; None for an interpreter of the system, which is in none.
    how
        ``exact``, ``nearest`` when something was replaced by what comes next to it, or
        ``current``.
    said
        How it was had, on one line.
    differences
        In what it differs from the recorded one, a line each.
    """

    python: Path
    prefix: Path | None
    how: str
    said: str
    differences: tuple[str, ...] = ()

    @property
    def is_conda(self) -> bool:
        """Whether it is of conda, and so has no script that activates it."""
        return self.prefix is not None and (self.prefix / "conda-meta").is_dir()
