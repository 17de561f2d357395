"""What the store says of trials that a text names: each is looked up once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anew.errors import AnewError, UnknownNameError
from anew.query import to_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from anew.model import Trial
    from anew.reproduce import Reproduction
    from anew.types import Store

__all__ = ["Ledger"]


class Ledger:
    """The trials of a store, as rows by what a text calls them.

    Parameters
    ----------
    store
        The store.
    remake
        What makes a trial anew, where that is wanted before a number of it is believed.
    """

    def __init__(self, store: Store, remake: Callable[[Trial], Reproduction] | None) -> None:
        self.store = store
        self._remake = remake
        self._trials: dict[str, Trial] = {}  # as they were named before any was made anew
        self._rows: dict[str, Mapping[str, Any]] = {}
        self._made: dict[str, tuple[Reproduction | None, str]] = {}

    def value(self, trial: str, name: str) -> Any:
        """Give what a trial has by a name.

        Raises
        ------
        UnknownTrialError
            When there is no such trial.
        UnknownNameError
            When it has nothing of that name.
        """
        row = self._row(self._find(trial))
        if (value := row.get(name)) is None:
            kind, where = "value", f"trial {trial}"
            raise UnknownNameError(kind, name, known=row, where=where)
        return value

    def made(self, trial: str, name: str) -> tuple[Any, str]:
        """Make the trial anew, and give what the new one has by a name, or why it has nothing.

        Returns
        -------
        tuple of (object, str)
            The value as recorded where nothing is to be made anew.
        """
        if self._remake is None:
            return self.value(trial, name), ""
        found, why = self._make(self._find(trial))
        if found is None or found.made is None:
            return None, why
        value = self._row(found.made).get(name)
        return value, "" if value is not None else f"it gave no {name} this time"

    def doubt(self, trial: str, name: str) -> str:
        """Make the trial anew, and say why it does not give a file; nothing where it does.

        Returns
        -------
        str
            Empty, too, where nothing is to be made anew.
        """
        if self._remake is None:
            return ""
        found, why = self._make(self._find(trial))
        told = [each for each in found.verdicts if each.name == name] if found else []
        if why or not told:
            return why or f"it gave no {name} this time"
        wrong = [each.verdict for each in told if not each.is_good]
        return f"made anew it gives another {name}: {wrong[0]}" if wrong else ""

    def _find(self, trial: str) -> Trial:
        if trial not in self._trials:
            self._trials[trial] = self.store.trial(trial)
        return self._trials[trial]

    def _row(self, trial: Trial) -> Mapping[str, Any]:
        if trial.uuid not in self._rows:
            (self._rows[trial.uuid],) = to_values([trial])
        return self._rows[trial.uuid]

    def _make(self, trial: Trial) -> tuple[Reproduction | None, str]:
        """Make a trial anew, once; say why that could not be."""
        if trial.uuid not in self._made:
            found, why = None, ""
            try:
                found = self._remake(trial) if self._remake else None
            except AnewError as error:
                why = f"it could not be made anew: {error.message}"
            if found is not None and found.made is None:
                why = "it could not be made anew: its command began no trial"
            self._made[trial.uuid] = found, why
        return self._made[trial.uuid]
