"""The plan of a reproduction: how the process that runs a trial again knows that it does.

`anew.reproduce` writes the plan, the recorder of the other process reads it. The command of a trial
may begin several trials, as a loop does; the plan names which of them is the one to make anew.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Final

from anew.errors import UsageError
from anew.records import asdict, dataclass, field
from anew.tracker import silent

__all__ = ["OTHERS", "VARIABLE", "Plan", "absolute", "current_plan", "find_input"]

VARIABLE: Final = "ANEW_PLAN"
"""The environment variable that names the plan's file."""

OTHERS: Final = ".anew"
"""In the scratch folder: the store of trials that are thrown away. No tracker looks into one."""


@dataclass(frozen=True)
class Plan:
    """Which trial to make anew, and with what.

    Parameters
    ----------
    uuid
        The trial that is made anew.
    ordinal
        Which of the trials that its process began it was, from 1.
    seed
        Its root seed.
    store
        The folder of the store that the reproduction is recorded in.
    snapshot
        The facet ``snapshot`` of the trial: the code that was checked out.
    inputs
        Where inputs from outside the project are now, by the path that the trial used.
    folder
        The scratch folder.
    fresh
        Whether every step is computed, also one whose value is known.
    """

    uuid: str
    ordinal: int
    seed: int
    store: str
    snapshot: dict[str, object]
    inputs: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    fresh: bool = True

    def write(self, path: Path) -> None:
        """Write the plan to a file."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def claim(self, ordinal: int) -> bool:
        """Tell whether a trial of this process is the one; only the first that asks is.

        Parameters
        ----------
        ordinal
            Which trial of its process it is, from 1.
        """
        if ordinal != self.ordinal:
            return False
        try:
            (Path(self.folder) / "claimed").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def tell(self, uuid: str) -> None:
        """Note the UUID of the trial that makes the other anew, for whoever waits for it."""
        (Path(self.folder) / "made").write_text(uuid, encoding="utf-8")

    def place(self, *, is_turn: bool) -> Path:
        """Give the store for a trial: the others that the command begins are thrown away."""
        return Path(self.store) if is_turn else Path(self.folder) / OTHERS


@cache
def current_plan() -> Plan | None:
    """Give the plan that this process follows; None in ordinary life.

    Raises
    ------
    UsageError
        When the variable names something else than a plan.
    """
    path = os.environ.get(VARIABLE)
    try:
        with silent():  # it is no file of a trial that runs around this one
            return Plan(**json.loads(Path(path).read_text(encoding="utf-8"))) if path else None
    except (OSError, TypeError, ValueError) as error:
        message = f"the plan of a reproduction cannot be read: {error}"
        raise UsageError(message, where=path, hint=f"unset {VARIABLE}") from error


def find_input(path: str | os.PathLike[str]) -> Path:
    """Find where an input is to be read: elsewhere than it says only in a reproduction.

    Parameters
    ----------
    path
        The path that the program names.
    """
    plan = current_plan()
    return Path(plan.inputs.get(absolute(path), path) if plan else path)


def absolute(path: str | os.PathLike[str]) -> str:
    """Make a path absolute without following links: the name that was asked for is recorded."""
    return os.path.abspath(path)  # noqa: PTH100 - `Path.resolve` follows links
