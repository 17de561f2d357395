"""How two files are compared: how far apart numbers may be, and what is noise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from anew.compare.finding import SAME_CONTENT, Finding, Tolerance, worst
from anew.compare.noise import Noise

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TooLargeError", "Way", "ignoring"]

_DEPTH: Final = 5


class TooLargeError(ValueError):
    """What is compressed in a file is too large, or packed too deeply, to be looked into."""


@dataclass(frozen=True)
class Way:
    """How to compare two files.

    Parameters
    ----------
    tolerance
        How far apart numbers may be.
    noise
        What texts may differ in.
    name
        What the file is called; its suffix is a hint at what is in it.
    depth
        In how many archives it lies.
    """

    tolerance: Tolerance = field(default_factory=Tolerance)
    noise: Noise = field(default_factory=Noise)
    name: str = ""
    depth: int = 0

    @property
    def suffix(self) -> str:
        """The suffix of the name, in lower case."""
        stem, dot, suffix = self.name.rpartition(".")
        return f".{suffix.lower()}" if dot and stem and "/" not in suffix else ""

    def compare_inner(self, a: bytes, b: bytes, name: str) -> Finding:
        """Compare files that were in these ones."""
        from anew.compare.files.kinds import compare_files

        if self.depth >= _DEPTH:
            message = f"packed {self.depth} times"
            raise TooLargeError(message)
        return compare_files(a, b, replace(self, name=name, depth=self.depth + 1))

    def compare_values(self, a: Any, b: Any) -> Finding:
        """Compare values that were read from the files."""
        from anew.compare.values import compare_parts

        return compare_parts(a, b, self.tolerance)

    def compare_tree(self, a: Any, b: Any) -> Finding:
        """Compare plain values, of which some may be noise."""
        b, used = self.noise.settle(a, b)
        return ignoring(self.compare_values(a, b), self.noise, used)


def ignoring(found: Finding, noise: Noise, used: Iterable[str]) -> Finding:
    """Say what was ignored: then nothing is identical any more.

    Parameters
    ----------
    found
        How the rest compares.
    noise
        The rules.
    used
        The names of those that were needed.
    """
    told = noise.tell(used)
    if not told or not found.is_good:
        return found
    detail = f"{found.detail}; {told}" if found.detail else told
    return replace(found, verdict=worst(found.verdict, SAME_CONTENT), detail=detail)
