"""What the plugins see, as it is read back from a trace.

Of anew alone: the tracker that is loaded where anew is not installed only writes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from ..records import dataclass, field, field_names

__all__ = ["Draw", "Fetched", "Parsed"]


@dataclass(frozen=True)
class Parsed:
    """The arguments of a program as its own parser gave them, with defaults and without secrets.

    Parameters
    ----------
    by
        The library: ``"argparse"``, ``"click"``, ``"hydra"`` and so on.
    values
        Values that JSON can write, by name; dotted where they were nested.
    given
        The names that were given, those of the other values being defaults; empty when unknown.
    """

    kind: ClassVar[str] = "arguments"

    by: str
    values: dict[str, Any] = field(default_factory=dict)
    given: tuple[str, ...] = ()

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Parsed:
        """Make it of a line of a trace."""
        return cls(record["by"], record["values"], tuple(record["given"]))


@dataclass(frozen=True)
class Fetched:
    """What came back from a URL.

    Parameters
    ----------
    url
        Where it was asked for, without secrets.
    method
        Of HTTP, in capitals.
    status
        Of HTTP; 0 when unknown.
    etag
        As the server told it, ``""`` when it told none.
    size_bytes
        How much the program read.
    digest
        Of what the program read, as ``"blake2b:"`` and 64 hexadecimal digits.
    by
        The library that fetched it.
    whole
        Whether the program read it to its end.
    """

    kind: ClassVar[str] = "source"

    url: str
    method: str
    status: int
    etag: str
    size_bytes: int
    digest: str
    by: str
    whole: bool = True

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Fetched:
        """Make it of a line of a trace."""
        return cls(**{name: record[name] for name in field_names(cls) if name in record})


@dataclass(frozen=True)
class Draw:
    """A global generator of random numbers that was drawn from though nothing had seeded it.

    Parameters
    ----------
    generator
        ``"random"``, ``"numpy"``, ``"torch"``; ``"numpy.random.default_rng"`` for one that was made
        without a seed.
    file, line, function
        Where the user's code draws first; ``""`` and 0 as long as nobody looked for it.
    is_seeded
        Whether it was seeded later, or at times.
    """

    kind: ClassVar[str] = "draw"

    generator: str
    file: str = ""
    line: int = 0
    function: str = ""
    is_seeded: bool = False

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Draw:
        """Make it of a line of a trace."""
        place = record.get("file", ""), record.get("line", 0), record.get("function", "")
        return cls(record["generator"], *place, bool(record.get("is_seeded")))
