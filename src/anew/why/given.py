"""What changed in the value that one step gave another, as far as it was kept."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from anew.formats import summarize
from anew.memos import MEMO_FOLDER, Memos
from anew.purity import first_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from anew.model import Trial
    from anew.types import Store

__all__ = ["Changed", "Given"]

_LIMIT_BYTES: Final = 1 << 28
"""A larger value is not read for the sake of one line."""

_PLAIN: Final = (bool, bytes, complex, float, int, str, type(None))
_ABSENT: Final = object()


class Changed(NamedTuple):
    """How a value changed: as it is shown, before and after, and where it first differs."""

    old: str
    new: str
    detail: str


class Given:
    """The values that steps of trials gave on.

    Parameters
    ----------
    store
        Where the trials are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], Changed | None] = {}

    @cached_property
    def _memos(self) -> Memos:
        return Memos(self._store.folder / MEMO_FOLDER)

    def compare(self, label: str, old: tuple[Trial, str], new: tuple[Trial, str]) -> Changed | None:
        """Say how the value of a step changed.

        Parameters
        ----------
        label
            The step's, in both trials.
        old, new
            The trial, and the digest of what the step gave there.

        Returns
        -------
        Changed or None
            None when one of the values was not kept, or cannot be read.
        """
        key = old[1], new[1]
        if key not in self._known:
            values = [self._find(trial, label, digest) for trial, digest in (old, new)]
            is_known = not any(value is _ABSENT for value in values)
            self._known[key] = _describe(*values) if is_known else None
        return self._known[key]

    def _find(self, trial: Trial, label: str, digest: str) -> Any:
        """Find a value with the trial, else among the memos."""
        content = digest.partition(" ")[0]  # names of paths may follow
        for kept in self._store.artifacts(trial.uuid):
            is_it = kept.name == label and kept.content == content and kept.role != "artifact"
            if is_it and kept.digest and kept.size_bytes <= _LIMIT_BYTES:
                return _try(self._store.load, kept)
        keys = {each.key for each in trial.steps if each.label == label}
        for key in keys - {None}:
            for found in self._memos.find(str(key)):
                is_it = found.memo.content == content and found.payload is not None
                if is_it and found.size_bytes <= _LIMIT_BYTES:
                    return _try(self._memos.load, found)
        return _ABSENT


def _try(load: Callable[[Any], Any], kept: Any) -> Any:
    """Load a value; its class may not be there any more."""
    with suppress(Exception):
        return load(kept)
    return _ABSENT


def _describe(old: Any, new: Any) -> Changed:
    """Put two values into words: small ones as they are, of others what first differs."""
    shown = summarize(old), summarize(new)
    is_small = all(isinstance(each, _PLAIN) for each in (old, new)) and shown[0] != shown[1]
    return Changed(*shown, "" if is_small else first_difference(old, new))
