"""What is known of where a file came from."""

from __future__ import annotations

from typing import Any, Final

from anew.records import asdict, dataclass, replace
from anew.stamps import Provenance

__all__ = ["ALTERED", "GUESSED", "SAME", "UNCHANGED", "UNVERIFIED", "Origin"]

UNCHANGED: Final = "unchanged"
SAME: Final = "same content"
GUESSED: Final = "guess"
ALTERED: Final = "altered"
UNVERIFIED: Final = "not verified"

_READ: Final = "input"


@dataclass(frozen=True)
class Origin(Provenance):
    """Where a file came from, and how far that is to be believed.

    The fields of `Provenance` are those of the trial as the store has it, and those of the stamp
    where no store knows the trial.

    Parameters
    ----------
    file
        The file that was asked about.
    by
        How it was found: ``"stamp"``, ``"content"`` (its bytes), ``"decoded content"`` (its pixels,
        numbers, cells or lines), ``"likeness"``.
    state
        ``"unchanged"``: the trial recorded these very bytes; ``"same content"``: it recorded what
        is in it, in another container; ``"altered"``: it is not what the stamp, or the record of
        the trial that the stamp names, says; ``"not verified"``: the stamp says so, and no store
        bears it out; ``"guess"``: a picture that looks alike.
    role
        ``"artifact"``, ``"result"``, ``"value"``, ``"output"``, ``"later"`` or ``"input"``; empty
        where only a stamp tells.
    name
        What the trial called it: a name, or a path.
    distance
        Of a picture that looks alike, the share of its features that differ, from 0 to 1.
    user, host
        Who ran the trial, and where.
    again
        The command that makes it anew.
    others
        Other trials with the same content: number and role.
    remarks
        What else has to be known, the gravest first.
    """

    file: str = ""
    by: str = ""
    state: str = ""
    role: str = ""
    name: str = ""
    distance: float | None = None
    user: str = ""
    host: str = ""
    again: str = ""
    others: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_made(self) -> bool:
        """Whether a trial made it, rather than read it."""
        return self.role not in {"", _READ}

    @property
    def is_sure(self) -> bool:
        """Whether the store bears it out."""
        return self.state in {UNCHANGED, SAME}

    @property
    def is_altered(self) -> bool:
        """Whether it is not what it says it is."""
        return self.state == ALTERED

    @property
    def summary(self) -> str:
        """What it is, on one line."""
        what = {"": "file", "later": "output", "value": "value of step"}.get(self.role, self.role)
        named = f"{what} {self.name!r}" if self.name else what
        said = {
            UNCHANGED: "unchanged",
            SAME: "saved again with the same content",
            GUESSED: "a guess: it looks alike",
            ALTERED: "altered since",
            UNVERIFIED: "it says so itself, and no store bears it out",
        }
        number = f"trial {self.number}" if self.number else f"trial {self.trial}"
        return f"{named} of {number} of {self.experiment}: {said[self.state]}"

    def having(self, **facts: Any) -> Origin:
        """Give the same with other values of some fields."""
        changed: Origin = replace(self, **facts)
        return changed

    def to_dict(self) -> dict[str, Any]:
        """Give plain data, as ``anew whence --json`` prints it."""
        told: dict[str, Any] = asdict(self)
        first = {name: told.pop(name) for name in ("file", "by", "state", "role", "name")}
        return {**first, "is_verified": self.is_sure, "summary": self.summary, **told}
