"""The folder in which the processes of a trial leave their traces."""

from __future__ import annotations

import json
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

__all__ = ["HANDLE", "make_folder"]

HANDLE: Final = "trial.json"
"""The file of the trace folder that says which trial it is."""


def make_folder(store: str | Path, handle: dict[str, Any]) -> Path:
    """Make the folder of a trial.

    Parameters
    ----------
    store
        The store's folder.
    handle
        What tells the trial, ``uuid`` among it: all JSON.

    Returns
    -------
    Path
        The folder, with the handle in it.
    """
    folder = Path(store) / "traces" / str(handle["uuid"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HANDLE).write_text(json.dumps(handle), encoding="utf-8")
    return folder
