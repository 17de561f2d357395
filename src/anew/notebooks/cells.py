"""The cells that a session of IPython executed, in their order."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["Cell", "History", "follow", "read_notebook"]

_ATTRIBUTE: Final = "_anew_history"
_VSCODE: Final = "__vsc_ipynb_file__"
_JUPYTER: Final = "JPY_SESSION_NAME"


@dataclass(frozen=True)
class Cell:
    """One execution of a cell.

    Parameters
    ----------
    source
        As it was typed, magics included.
    identity
        What the notebook calls the cell, the same when it is executed again; empty when unknown.
    """

    source: str
    identity: str = ""


class History:
    """What a session executed since it is followed, and before that as far as it knows itself.

    Parameters
    ----------
    shell
        The `IPython.core.interactiveshell.InteractiveShell`.
    """

    def __init__(self, shell: Any) -> None:
        known = getattr(shell.history_manager, "input_hist_raw", ())
        self.cells = [Cell(source) for source in known if source.strip()]
        self.shell = shell

    def add(self, info: Any) -> None:
        """Take down a cell that is about to be executed.

        Parameters
        ----------
        info
            The `IPython.core.interactiveshell.ExecutionInfo`.
        """
        if info.store_history and info.raw_cell.strip():
            self.cells.append(Cell(info.raw_cell, getattr(info, "cell_id", None) or ""))


def follow(shell: Any) -> History:
    """Follow what a session executes from now on, and give what is known of it.

    Parameters
    ----------
    shell
        The `IPython.core.interactiveshell.InteractiveShell`.
    """
    history: History | None = getattr(shell, _ATTRIBUTE, None)
    if history is None:
        history = History(shell)
        setattr(shell, _ATTRIBUTE, history)
        shell.events.register("pre_run_cell", history.add)
    return history


def read_notebook(shell: Any) -> dict[str, str]:
    """Read the notebook of a session as it is saved.

    Parameters
    ----------
    shell
        The `IPython.core.interactiveshell.InteractiveShell`.

    Returns
    -------
    dict
        The source of each cell of code by its identity; empty when there is no telling.
    """
    place = shell.user_ns.get(_VSCODE) or os.environ.get(_JUPYTER) or ""
    try:
        told = json.loads(Path(place).read_text(encoding="utf-8")) if place else {}
        return {
            cell["id"]: "".join(cell["source"])
            for cell in told.get("cells", ())
            if cell.get("cell_type") == "code"
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
