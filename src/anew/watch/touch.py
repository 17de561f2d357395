"""What one execution of a step touches: files read and written, and what it gives besides."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Any

from anew.watch.alive import unseen
from anew.watch.children import Standing
from anew.watch.conditions import (
    CURRENT_FOLDER,
    MADE,
    VARIABLE,
    class_of,
    content_of,
    folder_of,
    known_of,
    look,
    matching,
    state_of,
    strength,
    variable_of,
    write_listing,
    write_matches,
)
from anew.watch.notes import join_printed
from anew.watch.readings import note
from anew.watch.trees import see_trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from anew.watch.conditions import State
    from anew.watch.loads import Load
    from anew.watch.notes import Note
    from anew.watch.trees import Inside

__all__ = ["Touch"]


class Touch:
    """What one execution of a step touches.

    Attributes
    ----------
    reads : dict
        By absolute path what the step knew of a file or folder, as `anew.watch.conditions` tells;
        None for what it looked for and did not find.
    writes : dict
        By absolute path the digest of each file that it wrote and that is there at its end;
        complete when it has ended.
    notes : list of Note
        What it printed, warned of, logged and saved, in the order of happening.
    obstacle : str
        Why what was seen cannot be relied upon; empty as a rule.

    Notes
    -----
    What an inner step touches, the outer one touches too. A file that the step itself wrote
    before is not a read; one that it wrote and removed again is neither.
    """

    def __init__(self, root: str, outer: Touch | None) -> None:
        self.root = root
        self.outer = outer
        self.thread = threading.get_ident()
        self.is_alive = False
        self.obstacle = ""
        self.standing = Standing(0.0, {})  # of other processes, when it began
        self.reads: dict[str, str | None] = {}
        self.writes: dict[str, str] = {}
        self.notes: list[Note] = []
        self.folder: str | None = None  # the current one, where it counts
        self.is_placed = False  # whether the current folder counts by itself
        self.classes: set[str] = set()  # that something was unpickled to
        self.loads: list[Load] = []  # modules of the project, first loaded or asked for by name
        self.ears: dict[str, Any] = {}  # the streams that it began with
        self.shown_by: tuple[Any, ...] = ()  # what showed warnings then
        self.noted: dict[str, dict[int, int]] = {}  # how often code was seen to read a path
        self._written: dict[str, bool] = {}  # whether something was there before
        self._folders: set[str] = set()  # that it made
        self._made: dict[str, set[str]] = {}  # names that were not there before, by folder
        self._listed: dict[str, list[str]] = {}
        self._matched: dict[str, list[str]] = {}  # by pattern
        self._trees: dict[str, Inside] = {}  # folders that others were told of
        self._asides: set[str] = set()  # of which only a library asked whether they are there
        self._before: dict[str, State | None] = {}  # what may be written unseen, as it was
        self._named: set[str] = set()  # told to others, which may read or write them unseen

    def note(self, item: Note) -> None:
        """Note something that it gives besides its value.

        Parameters
        ----------
        item
            What it gave.
        """
        for touch in self.chain():
            touch.notes.append(item)

    def add_reads(self, reads: Mapping[str, str | None]) -> None:
        """Add what a reused inner call had read.

        Parameters
        ----------
        reads
            `reads` of that call, with absolute paths. To be added before what it wrote.
        """
        for path, condition in reads.items():
            if path == CURRENT_FOLDER:
                self.learn_folder(condition)
                continue
            for touch in self.chain():
                touch.learn(path, condition)
            note(self, path)

    def add_writes(self, writes: Mapping[str, str]) -> None:
        """Add what a reused inner call had written.

        Parameters
        ----------
        writes
            `writes` of that call, with absolute paths.
        """
        for path in writes:
            self.output(path)

    def input(self, path: str | os.PathLike[str]) -> None:
        """Declare a file that is read, for what cannot be seen.

        Parameters
        ----------
        path
            The file.
        """
        with unseen():
            place = os.path.abspath(path)  # noqa: PTH100 - paths are text here
            self.add_reads({place: known_of(place, look(place))})

    def output(self, path: str | os.PathLike[str]) -> None:
        """Declare a file that is written, for what cannot be seen.

        Parameters
        ----------
        path
            The file, before or after it is written.
        """
        place = os.path.abspath(path)  # noqa: PTH100
        for touch in self.chain():
            touch.own(place, was_there=place in touch.reads and touch.reads[place] is not None)

    def hinder(self, why: str) -> None:
        """Say why what was seen cannot be relied upon.

        Parameters
        ----------
        why
            What could not be followed.
        """
        for touch in self.chain():
            touch.obstacle = touch.obstacle or why

    # What the hook, the functions beside it and `touching` tell of.

    def chain(self) -> Iterator[Touch]:
        """Give this touch and those around it, as far as they have not ended."""
        touch: Touch | None = self
        while touch is not None:
            if touch.is_alive:
                yield touch
            touch = touch.outer

    def learn(self, path: str, condition: str | None, *, aside: bool = False) -> None:
        """Take down what the step knows of a path, unless it is the step's own making."""
        if self.is_own(path) or (condition == "folder" and self.root.startswith(path)):
            return
        if path not in self.reads:
            self.reads[path] = condition
            if aside:
                self._asides.add(path)
                self.expect_write(path)
        elif self.reads[path] is not None and strength(condition) > strength(self.reads[path]):
            self.reads[path] = condition
        if not aside:
            self._asides.discard(path)

    def learn_listing(self, path: str, names: list[str]) -> None:
        """Take down what a folder holds, but for what the step made in it."""
        if self.is_own(path) or path in self._listed:
            return
        own = self._made.get(path, ())
        self._listed[path] = [name for name in names if name not in own]
        self.learn(path, write_listing(self._listed[path]))

    def learn_matches(self, pattern: str, paths: list[str]) -> None:
        """Take down what a pattern matches, but for what the step made."""
        if pattern not in self._matched:
            self._matched[pattern] = [path for path in paths if not self._is_made(path)]
            self.learn(pattern, write_matches(pattern, self._matched[pattern]))

    def own(self, path: str, *, was_there: bool) -> None:
        """Take down that the step writes a file."""
        if path not in self._written:
            self._written[path] = was_there
            if not was_there:
                self.leave_out(path)

    def own_folder(self, path: str) -> None:
        """Take down that the step makes a folder."""
        self._folders.add(path)
        self.leave_out(path)

    def leave_out(self, path: str) -> None:
        """Take down that something came to be of which it cannot be told whose it is."""
        folder, _, name = path.rpartition(os.sep)
        self._made.setdefault(folder or os.sep, set()).add(name)

    def pass_over(self, path: str) -> None:
        """Forget that others were told of a file which somebody has changed since."""
        self._before.pop(path, None)
        self._named.discard(path)

    def _is_made(self, path: str) -> bool:
        folder, _, name = path.rpartition(os.sep)
        return name in self._made.get(folder or os.sep, ()) or self.is_own(folder)

    def move(self, old: str, new: str, *, was_there: bool) -> None:
        """Take down that the step gives a file or folder another name."""
        if old not in self._folders:
            self.own(new, was_there=was_there)
            return
        self.own_folder(new)
        for path in list(self._written):
            if path.startswith(old + os.sep):
                self.own(new + path[len(old) :], was_there=False)

    def is_own(self, path: str) -> bool:
        """Tell whether the step wrote a file, or made a folder around it."""
        if path in self._written:
            return True
        if self._folders:
            while path and path not in self._folders:
                path = path.rpartition(os.sep)[0]
            return bool(path)
        return False

    def name(self, path: str, found: os.stat_result | None) -> None:
        """Take down a file whose name others are told: a C library, or another program."""
        if path not in self._before and not self.is_own(path):
            self._before[path] = state_of(found) if found else None
            self._named.add(path)

    def is_told(self, path: str) -> bool:
        """Tell whether there is nothing to learn of a folder that other programs are told of."""
        return path in self._trees or self.is_own(path)

    def name_folder(self, path: str, inside: Inside) -> None:
        """Take down a folder whose name another program is told, with all that is in it."""
        self._trees[path] = inside
        for folder, names in inside.names.items():
            self.learn_listing(folder, names)
        for file, found in inside.files.items():
            self.name(file, found)
        if not inside.is_whole:
            self.hinder(f"{path}, which a program was told of, has too many files to look at")

    def expect_write(self, path: str) -> None:
        """Take down a file that may be written by what cannot be seen."""
        found = look(path)
        self._before.setdefault(path, state_of(found) if found else None)

    def learn_folder(self, folder: str | None = None) -> None:
        """Take down the current folder: a path began at it, or somebody asked which it is."""
        for touch in self.chain():
            touch.folder = touch.folder or folder or folder_of(touch.root)
            touch.is_placed |= folder is not None

    def learn_variable(self, name: str) -> None:
        """Take down that a variable of the environment was read."""
        for touch in self.chain():
            touch.reads.setdefault(VARIABLE + name, variable_of(name))

    def learn_class(self, name: str) -> None:
        """Take down that something was unpickled to a class of the project."""
        for touch in self.chain():
            touch.classes.add(name)

    @property
    def has_ends(self) -> bool:
        """Whether there is anything for `finish` to do."""
        watched = self._before or self._written or self._listed or self._folders or self._matched
        return bool(self.notes or watched or self.classes or self.folder)

    def finish(self) -> None:
        """Find out what was written, and tell what was known before from what was made."""
        self.notes[:] = join_printed(self.notes)
        for name in self.classes:
            self.reads[name] = class_of(name)
        if self._trees:
            see_trees(self, self._trees)
        for path, before in list(self._before.items()):
            if path not in self._written:
                self._see_unseen(path, before)
        for path in list(self._written):
            self._settle(path)
        for path in self._folders & self.reads.keys():
            if self.reads[path] is None:
                del self.reads[path]
        self._leave_out_made()
        if not (self.is_placed or self.writes or self.reads):
            self.folder = None  # what was asked for in it does not count

    def _leave_out_made(self) -> None:
        """Leave out of what was listed or matched what the step made."""
        for folder, names in list(self._listed.items()):
            made = [n for n in self._made.get(folder, ()) if look(os.path.join(folder, n))]  # noqa: PTH118
            if (self.reads.get(folder) or "").startswith("listing:"):
                self.reads[folder] = write_listing(names, made)
        for pattern in self._matched.keys() & self.reads.keys():
            own = [path for path in matching(pattern) if self._is_made(path)]
            self.reads[pattern] = write_matches(pattern, self._matched[pattern], own)

    def _see_unseen(self, path: str, before: State | None) -> None:
        """See whether a file was written by what cannot be seen; if not, it may have been read."""
        found = look(path)
        touches = (self, *(self.outer.chain() if self.outer else ()))
        if found is None:
            if before is not None and path in self._named:
                self.reads.setdefault(path, "exists")  # no more, and so the condition fails
        elif not stat.S_ISREG(found.st_mode):
            return
        elif before is None or state_of(found)[:4] != before[:4]:
            for touch in touches:
                touch.own(path, was_there=before is not None)
        elif path in self._named:
            content = content_of(path, found)
            for touch in touches:
                touch.learn(path, content)

    def _settle(self, path: str) -> None:
        """Say what a file that was written holds now, and what of it was known before."""
        found = look(path)
        is_missing = path in self.reads and self.reads[path] is None
        if found is None or not stat.S_ISREG(found.st_mode):
            if is_missing:
                del self.reads[path]  # made and removed again
            return
        self.writes[path] = content_of(path, found)
        if path in self._asides:
            self.reads.pop(path, None)  # whether it was there was not the step's question
        elif is_missing:
            self.reads[path] = MADE + self.writes[path]
