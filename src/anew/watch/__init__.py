"""Who touched what while a step ran: files, printed text, warnings.

`touching` watches one execution of a step. Files are seen by an audit hook and by functions that
stand in for a few of `os` (`hook`, `presence`); what is printed and warned of, by streams that pass
everything on (`hearing`). Each thing is put down to the step in whose context it happens (`alive`).
"""

from __future__ import annotations

from anew.watch.alive import current, unseen
from anew.watch.conditions import CURRENT_FOLDER, VARIABLE, holds
from anew.watch.notes import (
    Declared,
    Logged,
    Note,
    Printed,
    Saved,
    Warned,
    notes_from_json,
    notes_to_json,
    replay,
)
from anew.watch.streams import Streams
from anew.watch.touch import Touch
from anew.watch.touching import touching

__all__ = [
    "CURRENT_FOLDER",
    "VARIABLE",
    "Declared",
    "Logged",
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
