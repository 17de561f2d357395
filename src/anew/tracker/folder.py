"""The folder in which the processes of a trial leave their traces."""

from __future__ import annotations

import json
import os
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

__all__ = ["HANDLE", "make_folder", "remove_folder"]

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


def remove_folder(folder: Path) -> None:
    """Remove the folder of a trial, as far as that can be done.

    Parameters
    ----------
    folder
        Its traces have been read.
    """
    try:
        with os.scandir(folder) as found:
            for each in found:
                os.unlink(each.path)  # noqa: PTH108 - at every end of a run
        folder.rmdir()
    except OSError:  # not only files in it, or somebody still writes
        from shutil import rmtree

        rmtree(folder, ignore_errors=True)
