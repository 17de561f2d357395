"""Where trials are kept. `open_store` gives the store of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anew.errors import UsageError
from anew.settings import load_settings

if TYPE_CHECKING:
    from anew.settings import Settings
    from anew.types import Store

__all__ = ["open_set", "open_store"]

_open: dict[Path, Store] = {}
"""One store, and so one connection, per folder and process."""


def open_store(store: str | Path | None = None, *, root: Path | None = None) -> Store:
    """Open the store of a project; it is made when something is first recorded.

    Parameters
    ----------
    store
        A folder. By default the setting ``store``: ``.anew`` in the project's folder.
    root
        The project's folder; found from the current folder by default.

    Returns
    -------
    Store
        The store. Several processes may have it open and write to it at once.

    Raises
    ------
    UsageError
        When the store is a URL of a kind that is not supported.
    StoreError
        When it cannot be read or written, is damaged, or is from a later version of anew.
    """
    if isinstance(store, Path) and store.is_absolute():
        return _open_folder(store.resolve())  # no setting could say otherwise
    return open_set(load_settings(root, store=None if store is None else str(store)))


def open_set(settings: Settings) -> Store:
    """Open the store that settings name; see `open_store`.

    Parameters
    ----------
    settings
        Those of a project.
    """
    if "://" in settings.store:
        message = f"no store for {settings.store!r}"
        raise UsageError(message, hint="give a folder, as in store='.anew'")
    return _open_folder(settings.folder)


def _open_folder(folder: Path) -> Store:
    from anew.stores.sqlite import SQLiteStore

    return _open.get(folder) or _open.setdefault(folder, SQLiteStore(folder))
