"""The records of the two trials between which the cause is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anew.reproduce.record import Record, read_record

if TYPE_CHECKING:
    from anew.model import Trial

__all__ = ["read_ends"]

_COMMAND = "command"
_PATHS = "PYTHONPATH"


def read_ends(a: Trial, b: Trial) -> tuple[Record, Record]:
    """Read what is needed of two trials to run mixtures of them.

    Parameters
    ----------
    a, b
        The trials.

    Returns
    -------
    tuple of Record
        That of the original where one of them is a reproduction; its own where both were made of
        one original: then code and data are the same, and what it ran in is the question.

    Raises
    ------
    NotReproducibleError
        When a trial is still running, or when its code or its command was not recorded.
    """
    one, other = read_record(a), read_record(b)
    if one.trial.uuid != other.trial.uuid:
        return one, other
    return _read_own(a, one), _read_own(b, other)


def _read_own(trial: Trial, original: Record) -> Record:
    """Read the record of a reproduction as if it had been begun where the original was."""
    if trial.uuid == original.trial.uuid:
        return original
    facets = trial.facets
    then, now = original.facets[_COMMAND], facets.get(_COMMAND, {})
    variables = {name: v for name, v in now.get("environment", {}).items() if name != _PATHS}
    if _PATHS in then["environment"]:  # that of a reproduction leads to a scratch folder
        variables[_PATHS] = then["environment"][_PATHS]
    facets[_COMMAND] = {**then, "environment": variables}
    return replace(original, trial=trial, facets={**original.facets, **facets})
