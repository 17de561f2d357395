"""Who touched what while a step ran: files, printed text, warnings.

`touching` watches one execution of a step. Files are seen by an audit hook and by functions that
stand in for a few of `os` (`hook`, `presence`); what is printed and warned of, by streams that pass
everything on (`hearing`). Each thing is put down to the step in whose context it happens (`alive`).

What only a step needs (`steps`) is loaded with the first name of it, by whoever may run one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.late import names_of
from anew.watch.alive import current, unseen
from anew.watch.streams import Streams

if TYPE_CHECKING:
    from anew.watch.notes import (
        Declared,
        Logged,
        LoggedMany,
        Marked,
        Note,
        Printed,
        Saved,
        Warned,
        notes_from_json,
        notes_to_json,
        replay,
    )
    from anew.watch.steps import CURRENT_FOLDER, VARIABLE, Finding, Touch, holds, touching

__all__ = [
    "CURRENT_FOLDER",
    "VARIABLE",
    "Declared",
    "Finding",
    "Logged",
    "LoggedMany",
    "Marked",
    "Note",
    "Printed",
    "Saved",
    "Streams",
    "Touch",
    "Warned",
    "current",
    "holds",
    "notes_from_json",
    "notes_to_json",
    "replay",
    "touching",
    "unseen",
]

_OF_NOTES: Final = (
    *("Declared", "Logged", "LoggedMany", "Marked", "Note", "Printed", "Saved", "Warned"),
    *("notes_from_json", "notes_to_json", "replay"),
)
_OF_STEPS: Final = ("CURRENT_FOLDER", "VARIABLE", "Finding", "Touch", "holds", "touching")
__getattr__ = names_of(
    __name__, dict.fromkeys(_OF_NOTES, "notes") | dict.fromkeys(_OF_STEPS, "steps")
)
