"""What a step gave besides its value, in the order of happening, and giving it again."""

from __future__ import annotations

import builtins
import importlib
import sys
import warnings
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = [
    "Declared",
    "Logged",
    "LoggedMany",
    "Marked",
    "Note",
    "Printed",
    "Saved",
    "Warned",
    "join_printed",
    "notes_from_json",
    "notes_to_json",
    "replay",
]


@dataclass(frozen=True, slots=True)
class Printed:
    """Text that was printed to ``stdout`` or ``stderr``."""

    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that was shown.

    ``category`` is the dotted name of its class, ``filename`` is relative to the project when
    inside it.
    """

    category: str
    message: str
    filename: str
    lineno: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A value of a metric; ``step`` is None for the one after the last."""

    metric: str
    step: int | None
    value: float


@dataclass(frozen=True, slots=True)
class LoggedMany:
    """Many values of a metric, as `anew.journal.to_note` writes steps and values."""

    metric: str
    steps: str | None
    values: str


@dataclass(frozen=True, slots=True)
class Saved:
    """An artifact that was saved, with the fields of `anew.model.Artifact`."""

    name: str
    role: str
    format: str | None
    digest: str | None
    content: str | None
    size_bytes: int
    summary: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A file that was declared as read, with the fields of `anew.model.FileUse`."""

    path: str
    role: str
    digest: str
    size_bytes: int
    rows: int | None
    kept: bool
    count: int | None = None
    origin: str = ""
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A ``tag`` or a ``note`` of the trial."""

    kind: str
    text: str


Note: TypeAlias = Printed | Warned | Logged | LoggedMany | Saved | Declared | Marked

_KINDS: Final[dict[str, type[Note]]] = {
    "printed": Printed,
    "warned": Warned,
    "logged": Logged,
    "logged many": LoggedMany,
    "saved": Saved,
    "declared": Declared,
    "marked": Marked,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def notes_to_json(notes: Iterable[Note]) -> list[list[Any]]:
    """Turn notes into plain values for JSON.

    Parameters
    ----------
    notes
        The notes.

    Returns
    -------
    list
        For each note its kind and its fields.

    Examples
    --------
    >>> notes_to_json([Printed("stdout", "fit")])
    [['printed', {'stream': 'stdout', 'text': 'fit'}]]
    """
    return [[_NAMES[type(note)], asdict(note)] for note in notes]


def notes_from_json(plain: Iterable[Iterable[Any]]) -> list[Note]:
    """Turn what `notes_to_json` gave into notes again.

    Parameters
    ----------
    plain
        For each note its kind and its fields. Kinds of a later version are left out.

    Returns
    -------
    list of Note
        The notes.
    """
    return [_KINDS[kind](**fields) for kind, fields in plain if kind in _KINDS]


def join_printed(notes: Iterable[Note]) -> list[Note]:
    """Put together what was printed piece by piece to one stream."""
    joined: list[Note] = []
    pieces: list[str] = []
    stream = ""
    for note in notes:
        if isinstance(note, Printed) and note.stream == stream:
            pieces.append(note.text)
            continue
        if pieces:
            joined.append(Printed(stream, "".join(pieces)))
        if isinstance(note, Printed):
            stream, pieces = note.stream, [note.text]
        else:
            stream, pieces = "", []
            joined.append(note)
    if pieces:
        joined.append(Printed(stream, "".join(pieces)))
    return joined


def replay(notes: Iterable[Note], root: Path | None = None) -> None:
    """Print and warn again, as a step did when it was computed.

    Parameters
    ----------
    notes
        What it gave. Metrics and artifacts are left to the recorder.
    root
        The project's folder, to name files in it by where they are now.

    Raises
    ------
    Warning
        Where the program has turned such warnings into errors.
    """
    for note in notes:
        if isinstance(note, Printed):
            if (stream := getattr(sys, note.stream)) is not None:
                stream.write(note.text)
        elif isinstance(note, Warned):
            filename = str(root / note.filename) if root else note.filename
            _warn_again(note, filename)


def _warn_again(note: Warned, filename: str) -> None:
    """Warn with the class that the warning had, or one as near to it as there is now."""
    category = _find_category(note.category)
    try:
        message: Warning | str = category(note.message)
        if str(message) != note.message:
            message = note.message
    except Exception:  # noqa: BLE001 - a class of somebody's own may want other arguments
        message, category = note.message, UserWarning
    warnings.warn_explicit(message, category, filename, note.lineno)


def _find_category(name: str) -> type[Warning]:
    """Find a class by its dotted name; UserWarning for one that is gone."""
    module, _, qualname = name.rpartition(".")
    found: Any = None
    try:
        found = importlib.import_module(module) if module != "builtins" else builtins
        found = getattr(found, qualname)
    except Exception:  # noqa: BLE001 - whatever its module does: the text is still to be told
        return UserWarning
    return found if isinstance(found, type) and issubclass(found, Warning) else UserWarning
