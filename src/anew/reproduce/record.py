"""What is needed of the record of a trial to run it again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from anew.compare.terms import Terms
from anew.errors import NotReproducibleError
from anew.settings import load_settings

if TYPE_CHECKING:
    from anew.model import Trial
    from anew.types import Store

__all__ = ["Record", "read_record"]

_NEEDED: Final = {
    "snapshot": "a trial without its code cannot be made anew; is git installed?",
    "command": "run it again by a command: python FILE, or anew run FILE",
}


@dataclass(frozen=True)
class Record:
    """The record of a trial that can be run again.

    Parameters
    ----------
    trial
        The trial.
    store
        Its store.
    facets
        Content of its facets by name; ``snapshot`` and ``command`` are among them.
    ordinal
        Which of the trials that its process began it was, from 1.
    root
        The project's folder; empty when it was not recorded.
    """

    trial: Trial
    store: Store
    facets: dict[str, dict[str, Any]]
    ordinal: int
    root: str

    @cached_property
    def terms(self) -> Terms:
        """The tolerances and rules of noise that the settings of the project say today."""
        root = Path(self.root) if self.root and Path(self.root).is_dir() else None
        return Terms.from_settings(load_settings(root or Path(self.store.folder).parent))

    @property
    def where(self) -> str:
        """What the trial is called in errors."""
        return f"trial {self.trial.number}"


def read_record(trial: Trial) -> Record:
    """Read what is needed of a trial, or of its original where it is a reproduction of one here.

    Parameters
    ----------
    trial
        The trial.

    Raises
    ------
    NotReproducibleError
        When the trial is still running, or when its code or its command was not recorded.
    """
    store = cast("Store", trial.source)
    while trial.reproduces and store.numbers([trial.reproduces]):
        trial = store.trial(trial.reproduces)
    where = f"trial {trial.number}"
    if trial.status == "running":
        message, hint = "the trial is still running", "wait for its end, then make it anew"
        raise NotReproducibleError(message, where=where, hint=hint)
    facets = trial.facets
    for name, hint in _NEEDED.items():
        if name not in facets:
            message = f"no {name} was recorded{_explain(store, trial, name)}"
            raise NotReproducibleError(message, where=where, hint=hint)
    process = store.process(trial.uuid)
    return Record(trial, store, facets, process.get("ordinal", 1), process.get("root", ""))


def _explain(store: Store, trial: Trial, name: str) -> str:
    """Say why a facet was not recorded, when that was noted."""
    told = [text for kind, text in store.events(trial.uuid) if kind == "collector"]
    return next((f": {t.removeprefix(f'{name}: ')}" for t in told if t.startswith(f"{name}: ")), "")
