"""One execution of a function, watched: its value, and all it gave and depended on besides."""

from __future__ import annotations

import inspect
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_or_none
from anew.reuse.arguments import libraries_of, names_of
from anew.watch import CURRENT_FOLDER, Finding, touching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from anew.seeds import Drawn
    from anew.watch import Note, Touch

__all__ = ["DREW_BESIDE", "Done", "Execution", "lengthen", "shorten", "watched"]


DREW_BESIDE: Final = "it drew from a generator that others may draw from, too"


@dataclass(frozen=True)
class Done:
    """What came of an execution.

    Parameters
    ----------
    value
        What the function returned.
    content
        The digest of the value; None when it has none.
    libraries
        The distributions that its classes are from, with their versions.
    names
        The names of the paths in it, whose digest is their content.
    seconds
        How long it took.
    reads
        What it read, sorted: paths, relative to the project when inside it, each with a digest or
        None for what was looked for and missing.
    writes
        The files that it wrote, likewise, with their digests.
    notes
        What it printed, warned of, logged and saved, in that order of happening.
    seed
        What it drew with from a generator that all share; None when it was not seen to draw.
    root
        The project's folder.
    obstacle
        Why its outcome cannot stand for another execution; empty when it can.
    """

    value: Any
    content: str | None
    libraries: tuple[str, ...]
    names: tuple[str, ...]
    seconds: float
    reads: tuple[tuple[str, str | None], ...]
    writes: dict[str, str]
    notes: tuple[Note, ...]
    seed: int | None
    root: Path
    obstacle: str

    @property
    def files(self) -> tuple[str, ...]:
        """The digests of the files that it wrote."""
        return tuple(self.writes.values())


class Execution:
    """An execution that goes on; ``value`` is to be set to what the function returns."""

    def __init__(self, root: Path, touch: Touch, drawn: Drawn) -> None:
        self.value: Any = None
        self.seconds = 0.0
        self._root = root
        self._touch = touch
        self._drawn = drawn

    def done(self, *, seed: int | None) -> Done:
        """Tell what came of it, once it has ended.

        Parameters
        ----------
        seed
            What it would have drawn with; None when that follows from code and arguments.
        """
        touch, drawn = self._touch, self._drawn
        reads = [(shorten(path, self._root), found) for path, found in touch.reads.items()]
        if touch.folder is not None:
            reads.append((CURRENT_FOLDER, touch.folder))
        return Done(
            value=self.value,
            content=digest_or_none(self.value),
            libraries=libraries_of(self.value),
            names=names_of(self.value),
            seconds=self.seconds,
            reads=tuple(sorted(reads)),
            writes={shorten(path, self._root): digest for path, digest in touch.writes.items()},
            notes=tuple(touch.notes),
            seed=seed if drawn.is_seen else None,
            root=self._root,
            obstacle=self._find_obstacle(),
        )

    def _find_obstacle(self) -> str:
        """Say why the outcome cannot be used again."""
        if self._drawn.is_seen and not self._drawn.is_safe:
            return DREW_BESIDE
        if self._drawn.is_unsure:
            return "a module was imported beside it that drew from a generator that all share"
        if inspect.isgenerator(self.value) or inspect.isawaitable(self.value):
            return "its value can be used only once"
        return self._touch.obstacle


@contextmanager
def watched(
    arguments: tuple[tuple[Any, ...], dict[str, Any]],
    *,
    root: Path,
    drawing: AbstractContextManager[Drawn],
    names: Iterable[str] = (),
    function: Callable[..., Any] | None = None,
) -> Iterator[Execution]:
    """See what a function does that runs in the block.

    Parameters
    ----------
    arguments
        Those it is called with.
    root
        The project's folder.
    drawing
        What seeds the generators that libraries share, and sees whether somebody draws.
    names
        Texts in the function's code that may be names of files.
    function
        The function, for what it finds that others have read before.

    Yields
    ------
    Execution
        Takes the value.
    """
    with drawing as drawn, touching(root, arguments, names=names) as touch:
        execution = Execution(root, touch, drawn)
        finding = Finding(function, arguments)
        clock = time.perf_counter()
        yield execution
        execution.seconds = time.perf_counter() - clock
        finding.tell(touch)


def shorten(path: str, root: Path) -> str:
    """Write a path relative to the project when it is inside, so that the project may be moved."""
    inside = f"{root}/"
    return path.removeprefix(inside)


def lengthen(path: str, condition: str | None, root: Path) -> str:
    """Undo what `shorten` did; what is filed under another name than a path stays."""
    is_path = condition is None or not condition.startswith(("class:", "folder:", "variable:"))
    return str(root / path) if is_path else path
