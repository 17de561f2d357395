"""What is said of a trial afterwards, and trials that are removed."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from anew.errors import UsageError
from anew.model import check_name
from anew.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.model import Trial
    from anew.types import Store

__all__ = ["Reference", "Removed", "add_note", "change_tags", "remove_trials"]


@dataclass(frozen=True)
class Reference:
    """What refers to a trial.

    ``kind`` is ``child``, ``reproduction``, ``reuse`` (its steps took over outcomes) or ``memo``;
    ``by`` is the number of the trial that refers, None for memos; ``count`` says how often.
    """

    to: int
    kind: str
    by: int | None
    count: int

    def __str__(self) -> str:
        several = "s" if self.count > 1 else ""
        said = {
            "child": f"trial {self.by} ran within it",
            "reproduction": f"trial {self.by} made it anew",
            "reuse": f"{self.count} step{several} of trial {self.by} reused what it computed",
            "memo": f"{self.count} value{several} of its steps can be reused",
        }
        return said[self.kind]


@dataclass(frozen=True)
class Removed:
    """What was removed: the numbers of the trials, and what referred to them."""

    numbers: list[int]
    references: list[Reference]


def change_tags(
    store: Store, reference: int | str, tags: Sequence[str], *, remove: bool = False
) -> Trial:
    """Add tags to a trial, or take them away.

    Parameters
    ----------
    store
        The store.
    reference
        A number, ``first``, ``last`` or a UUID prefix; the trial may still be running.
    tags
        The words.
    remove
        Whether they are taken away.

    Returns
    -------
    Trial
        The record of it now.

    Raises
    ------
    InvalidNameError
        When a word is empty, too long, or holds invisible characters.
    UsageError
        When a tag is to be taken away that the trial does not have.
    UnknownTrialError
        When there is no such trial.
    """
    trial = store.trial(reference)
    if remove:
        for tag in tags:
            if tag not in trial.tags:
                message = f"trial {trial.number} has no tag {tag!r}"
                raise UsageError(message, hint=f"its tags: {', '.join(trial.tags) or 'none'}")
        store.mark(trial.uuid, "tags", (), tags)
        if not set(tags).isdisjoint(store.trial(trial.uuid).tags):
            message = f"trial {trial.number} is still running, and says that it has this tag"
            raise UsageError(message, hint="wait for its end")
    else:
        store.mark(trial.uuid, "tags", [check_name("tag", tag) for tag in tags])
    return store.trial(trial.uuid)


def add_note(store: Store, reference: int | str, text: str) -> Trial:
    """Add to a trial what is to be remembered of it.

    Parameters
    ----------
    store
        The store.
    reference
        A number, ``first``, ``last`` or a UUID prefix; the trial may still be running.
    text
        Any text but an empty one.

    Returns
    -------
    Trial
        The record of it now.

    Raises
    ------
    UsageError
        When the text is empty.
    UnknownTrialError
        When there is no such trial.
    """
    trial = store.trial(reference)
    if not text.strip():
        message = "the note is empty"
        raise UsageError(message, hint=f'anew note {trial.number} "learning rate found by hand"')
    store.mark(trial.uuid, "notes", [text])
    return store.trial(trial.uuid)


def remove_trials(store: Store, references: Sequence[int | str], *, force: bool = False) -> Removed:
    """Remove trials from a store; their numbers are never given again.

    Parameters
    ----------
    store
        The store.
    references
        Numbers, ``first``, ``last`` or UUID prefixes.
    force
        Whether they are removed though other trials refer to them.

    Returns
    -------
    Removed
        Which, and what referred to them. Values that are kept for reuse stay.

    Raises
    ------
    UsageError
        When one is still running, or others refer to it and it is not forced; nothing is removed.
    UnknownTrialError
        When there is no such trial.
    """
    trials = {trial.uuid: trial for trial in map(store.trial, references)}
    for trial in trials.values():
        if trial.status == "running":
            message = f"trial {trial.number} is still running"
            raise UsageError(message, hint="wait for its end, or end its process")
    found = [
        Reference(trial.number, kind, number, count)
        for trial in trials.values()
        for kind, number, uuid, count in store.references(trial.uuid)
        if uuid not in trials
    ]
    if found and not force:
        told = "; ".join(f"trial {each.to}: {each}" for each in found)
        numbers = " ".join(str(trial.number) for trial in trials.values())
        hint = f"anew rm --force {numbers} removes it all the same"
        message = f"other trials refer to what would be removed: {told}"
        raise UsageError(message, hint=hint)
    found += [
        Reference(trial.number, "memo", None, count)
        for trial in trials.values()
        if (count := _count_memos(store, trial.uuid))
    ]
    store.close_ended()
    store.remove(trials)
    return Removed([trial.number for trial in trials.values()], found)


def _count_memos(store: Store, uuid: str) -> int:
    """Count the values kept for reuse that a trial computed."""
    from anew.memos import MEMO_FOLDER
    from anew.memos.index import Index

    with closing(Index(store.folder / MEMO_FOLDER / "memo.db")) as index:
        found = index.query("SELECT count(*) FROM memos WHERE trial = ?", (uuid,))
    return int(found[0][0]) if found else 0
