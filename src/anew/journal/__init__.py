"""What a running trial says, safe against ``kill -9``: one ``write`` for each thing said.

A record is a frame: kind (1 byte), length (4), CRC-32 of all the rest (4), the payload. A page
that the operating system has taken survives the process, so every call that returned is there
after a kill. A write cut short by a full disk leaves a torn frame, which a reader steps over: it
goes on at the next place where kind, length and checksum agree. Several processes may append to one
journal, as the workers of a trial do. Points and printed text of the process that began the trial
go to files of its own, each of which is removed when the store has what it says.
"""

from __future__ import annotations

from anew.journal.columns import Columns, step_after
from anew.journal.items import (
    CodeParts,
    Ended,
    Event,
    LoggedMany,
    LoggedPoint,
    Marked,
    Parsed,
    Printed,
)
from anew.journal.many import from_note, to_note, to_points
from anew.journal.reading import read_journal
from anew.journal.said import Said, join_said
from anew.journal.voice import Voice
from anew.journal.writing import Journal

__all__ = [
    "CodeParts",
    "Columns",
    "Ended",
    "Event",
    "Journal",
    "LoggedMany",
    "LoggedPoint",
    "Marked",
    "Parsed",
    "Printed",
    "Said",
    "Voice",
    "from_note",
    "join_said",
    "read_journal",
    "step_after",
    "to_note",
    "to_points",
]
