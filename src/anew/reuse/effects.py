"""What a call gave besides its value, and what it depended on besides its arguments."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from anew.errors import AnewError
from anew.formats.size import write_size
from anew.model import Artifact, Part
from anew.notices import warn_once
from anew.tracker.masking import is_secret_name, mask_variable
from anew.watch import CURRENT_FOLDER, VARIABLE, holds, notes_from_json, notes_to_json
from anew.watch import replay as print_again
from anew.watch.conditions import variable_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from anew.memos import Found, Memos
    from anew.recorder import Recorder
    from anew.reuse.watched import Done

__all__ = ["Effects", "find_broken", "gather", "read_effects", "replay", "tell_conditions"]

_SHOWN_DIGITS: Final = 8
_SHOWN_VARIABLE: Final = 40
_SEPARATORS: Final = re.compile("[-_.+]")  # written in one way here, in another there


@dataclass(frozen=True)
class Effects:
    """What a call gave besides its value.

    Parameters
    ----------
    notes
        What it printed, warned of, logged and saved, in the order of happening.
    files
        What it wrote: path, relative to the project when inside it, and digest.
    libraries
        The distributions that the value's classes are from, with their versions.
    names
        The names of the paths in the value.
    kept
        The value as the trial kept it, if it did.
    """

    notes: tuple[Any, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    kept: Artifact | None = None

    def write(self) -> str:
        """Write down as JSON; an empty text when there is nothing."""
        if not (self.notes or self.files or self.libraries or self.names or self.kept):
            return ""
        told = {
            "notes": notes_to_json(self.notes),
            "files": self.files,
            "libraries": self.libraries,
            "names": self.names,
            "kept": asdict(self.kept) if self.kept else None,
        }
        return json.dumps({name: value for name, value in told.items() if value})


@lru_cache(maxsize=1024)
def read_effects(text: str) -> Effects:
    """Read what `Effects.write` wrote."""
    if not text:
        return Effects()
    told = json.loads(text)
    kept = told.get("kept")
    return Effects(
        notes=tuple(notes_from_json(told.get("notes", []))),
        files=told.get("files", {}),
        libraries=tuple(told.get("libraries", ())),
        names=tuple(told.get("names", ())),
        kept=Artifact(**kept) if kept else None,
    )


def gather(done: Done, *, memos: Memos, kept: Artifact | None) -> Effects:
    """Take down what a call gave, and keep a copy of each file that it wrote."""
    for path, digest in done.writes.items():
        memos.files.put_file(done.root / path, digest)
    return Effects(done.notes, done.writes, done.libraries, done.names, kept)


def find_broken(
    found: Found, *, root: Path, memos: Memos, written: Mapping[str, str] | None = None
) -> str | None:
    """Name the first condition of a memo that does not hold.

    Parameters
    ----------
    found
        The memo.
    root
        The project's folder.
    memos
        Where the files that the call wrote are kept.
    written
        Files that are going to be written before, by absolute path, with their digests.

    Returns
    -------
    str or None
        Such as ``"file hourly.csv changed"``; None when the memo can be taken over.
    """
    if not (found.memo.reads or found.memo.effects):  # as most often
        return None
    broken = holds(found.memo.reads, root, written=written)
    if broken is not None:
        kind = _kind(broken, dict(found.memo.reads)[broken])
        shown = broken if kind in {"folder", "variable"} else f"{kind} {broken}"
        return f"{shown} is not as it was"
    effects = read_effects(found.memo.effects)
    for library in effects.libraries:
        if not _is_installed(library):
            return f"library {library} is not installed any more"
    for path, digest in effects.files.items():
        if not _is_there(root / path, digest) and not memos.files.has(digest):
            return f"file {path} that it wrote is not as it was, and was not kept"
    return None


@lru_cache(maxsize=256)
def _is_installed(library: str) -> bool:
    """Tell whether a distribution is there in the version that a value's class was from."""
    from importlib.metadata import PackageNotFoundError, version

    name, _, known = library.rpartition(" ")
    try:
        return _SEPARATORS.sub(".", version(name)) == _SEPARATORS.sub(".", known)
    except PackageNotFoundError:
        return False


def _is_there(path: Path, digest: str) -> bool:
    from anew.digests import digest_file

    try:
        return digest_file(path).digest == digest
    except OSError:
        return False


def tell_conditions(
    reads: Iterable[tuple[str, str | None]], seed: int | None, *, root: Path
) -> list[Part]:
    """Put the conditions of a memo on record.

    Parameters
    ----------
    reads
        What the call read: paths, each with a digest or None for what was missing.
    seed
        What it drew with, if it did.
    root
        The project's folder.
    """
    parts = [
        Part("variable", name, state, _tell_variable(name, state))
        if (name := path.removeprefix(VARIABLE)) != path
        else Part(_kind(path, state), path, state, _tell(root / path, state))
        for path, state in reads
    ]
    if seed is not None:
        parts.append(Part("seed", "seed", str(seed), str(seed)))
    return parts


def _kind(path: str, state: str | None) -> str:
    """Say what a condition is about."""
    if path == CURRENT_FOLDER:
        return "folder"
    scheme = (state or "").partition(":")[0]
    return scheme if scheme in {"class", "variable"} else "file"


def _tell_variable(name: str, state: str | None) -> str:
    """Show a variable of the environment, unless it may be a credential or has changed since."""
    value = os.environ.get(name)
    if state != variable_of(name):
        return (state or "").rpartition(":")[2][:_SHOWN_DIGITS]
    if value is None:
        return "not set"
    is_shown = len(value) <= _SHOWN_VARIABLE and not is_secret_name(name)
    return repr(mask_variable(name, value)) if is_shown else "set"


def _tell(path: Path, state: str | None) -> str:
    """Show the state of a file on one line."""
    from anew.digests import digest_file

    if state is None:
        return "missing"
    scheme, _, digits = state.partition(":")
    if scheme != "blake3":
        if path.name == CURRENT_FOLDER:
            return digits
        return f"{scheme} {digits.rpartition(':')[2][:_SHOWN_DIGITS]}"
    size = ""
    with suppress(OSError):
        found = digest_file(path)
        if found.digest == state:
            rows = "" if found.rows is None else f"{found.rows} rows, "
            size = f"{rows}{write_size(found.size_bytes)}, "
    return f"{size}{digits[:_SHOWN_DIGITS]}"


def replay(effects: Effects, *, recorder: Recorder | None, memos: Memos, root: Path) -> None:
    """Give again what a call gave besides its value, without the call.

    Parameters
    ----------
    effects
        What it gave.
    recorder
        The trial that it is given to; None outside of one.
    memos
        Where the files that it wrote are kept.
    root
        The project's folder.
    """
    print_again(effects.notes, root)
    if recorder is not None:
        recorder.repeat(effects.notes)
    for path, digest in effects.files.items():
        place = root / path
        try:
            if not _is_there(place, digest):
                memos.files.copy_to(digest, place)
        except (AnewError, OSError) as error:
            warn_once(f"{path} could not be written again: {error}", about=str(place))
