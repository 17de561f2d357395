"""Runs of a trial, each in a folder and a store of its own, that are compared and thrown away."""

from __future__ import annotations

import ctypes
import shutil
import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, cast

from anew.compare import compare_trials, first_difference
from anew.errors import NotReproducibleError
from anew.notices import warn_once
from anew.reproduce.child import last_lines
from anew.reproduce.environment import provide
from anew.reproduce.limits import limit_of
from anew.reproduce.recipe import recipe_of
from anew.reproduce.rerun import prepare, rerun
from anew.reproduce.scratch import Scratch
from anew.verify import disturbing
from anew.verify.judging import find_ignored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from anew.model import Trial, Verdict
    from anew.reproduce.recipe import Recipe
    from anew.reproduce.record import Record
    from anew.reproduce.rerun import Made
    from anew.stores.sqlite import SQLiteStore
    from anew.verify.conditions import Change
    from anew.verify.wishes import Wishes

__all__ = ["Key", "Outcome", "Run", "Runs"]

Key = tuple[str, str]
"""Kind and name of an output."""

_BAD: Final = frozenset({"different", "missing", "extra"})
_NO_RANDOM_ADDRESSES: Final = 0x0040000


@dataclass(frozen=True)
class Run:
    """One run.

    Parameters
    ----------
    change
        What was changed.
    trial
        The trial that it made; None when it made none.
    problem
        Why not.
    unseen
        Why it did not see all that was changed; empty when it did.
    printed
        The lines that it printed about itself.
    status
        The exit status of its process; negative for a signal.
    """

    change: Change
    trial: Trial | None = None
    problem: str = ""
    unseen: str = ""
    printed: tuple[str, ...] = ()
    status: int = 0


@dataclass(frozen=True)
class Outcome:
    """How one run compares with another.

    Parameters
    ----------
    run
        The run; its trial is there no more.
    verdicts
        How each output compares.
    first
        Where the two part.
    """

    run: Run
    verdicts: tuple[Verdict, ...] = ()
    first: str = ""

    @property
    def bad(self) -> dict[Key, Verdict]:
        """The outputs that are not the same."""
        return {(v.kind, v.name): v for v in self.verdicts if v.verdict in _BAD}


@dataclass
class Runs:
    """Runs a trial again.

    Parameters
    ----------
    record
        The record of the trial.
    wanted
        How it is verified.
    scratch
        The folder in which all of it happens.
    plain
        What is changed for every run.
    parallel
        How many runs go on at once.
    tell
        Called with a line on each run.

    Attributes
    ----------
    ignored : dict
        By output what was ignored where two runs were otherwise the same.
    """

    record: Record
    wanted: Wishes
    scratch: Scratch
    plain: Change
    parallel: int
    tell: Callable[[str], None]
    environment: str = ""
    reference: Run | None = None
    ignored: dict[Key, str] = field(default_factory=dict)
    _made: list[Change] = field(default_factory=list)
    _slots: SimpleQueue[str] = field(default_factory=SimpleQueue)
    _numbers: Iterator[int] = field(default_factory=count)
    _seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number in range(self.parallel):
            self._slots.put(f"work{number}")

    @property
    def number(self) -> int:
        """How many runs there were."""
        return len(self._made)

    def begin(self) -> Run:
        """Make the run that all others are compared with.

        Raises
        ------
        NotReproducibleError
            When it makes no trial, or one that fails while the recorded one did not.
        """
        run = self.make(self.plain)
        trial, where = run.trial, self.record.where
        if trial is None:
            raise NotReproducibleError(run.problem, where=where, hint="anew reproduce tells more")
        if trial.status != "finished" and self.record.trial.status == "finished":
            message = f"it {_tell_end(run, trial)} when it was run again"
            number = self.record.trial.number
            hint = f"anew reproduce {number} --keep leaves what it ran in, to look into"
            raise NotReproducibleError(message, where=where, hint=hint)
        self.reference = run
        return run

    def run(self, changes: Iterable[Change]) -> Iterator[Outcome]:
        """Run the trial with changes and compare each with the reference.

        Parameters
        ----------
        changes
            What is changed, for one run each.
        """
        with ThreadPoolExecutor(self.parallel) as pool:
            waiting: deque[Future[Outcome]] = deque()
            for change in changes:
                waiting.append(pool.submit(self._run, self.plain | change))
                if len(waiting) == self.parallel:  # who has seen enough spares the rest
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _run(self, change: Change) -> Outcome:
        run = self.make(change)
        try:
            return self.compare(self.reference, run)
        finally:
            self.drop(run)

    def compare(self, one: Run | None, other: Run) -> Outcome:
        """Compare what two runs made.

        Parameters
        ----------
        one, other
            The runs; the first one has a trial.
        """
        if one is None or one.trial is None or other.trial is None:
            return Outcome(other)
        far = {"rtol": self.wanted.rtol, "atol": self.wanted.atol}
        verdicts = compare_trials(one.trial, other.trial, **far, terms=self.record.terms)
        self.ignored |= find_ignored(verdicts)
        found = Outcome(other, tuple(verdicts))
        if not found.bad:
            return found
        first = first_difference(one.trial, other.trial, **far, terms=self.record.terms)
        return replace(found, first=first or "")

    def drop(self, run: Run) -> None:
        """Throw away what a run made.

        Parameters
        ----------
        run
            The run; its trial cannot be asked any longer.
        """
        if run.trial is not None:
            store = cast("SQLiteStore", run.trial.source)
            store.close()
            shutil.rmtree(store.folder, ignore_errors=True)

    def make(self, change: Change, slot: str = "") -> Run:
        """Run the trial.

        Parameters
        ----------
        change
            What is changed.
        slot
            In which folder; in one that is free by default.
        """
        taken = slot or self._slots.get()
        try:
            return self._make(change, taken)
        finally:
            self._empty(taken)
            if not slot:
                self._slots.put(taken)

    def _make(self, change: Change, slot: str) -> Run:
        self._made.append(change)
        self.tell(f"run {self.number}: {change.text}")
        place = self.scratch.folder / slot / change.place
        place.mkdir(parents=True)
        scratch = Scratch(place, self.scratch.lock)
        kept = self.scratch.folder / f"kept{next(self._numbers):06}"
        recipe = _change(recipe_of(self.record), change, scratch)
        limit = limit_of(self.wanted.timeout, self._seconds)
        recipe = replace(recipe, store=kept, in_place=False, limit_s=limit)
        prepared = prepare(recipe, scratch)
        environment = provide(recipe_of(self.record), prepared.move.new_root, self.wanted.env)
        self.environment = environment.said
        with _addresses(still=change.still):
            made = rerun(prepared, environment, offline=self.wanted.offline)
        lines = last_lines(scratch.output, 1000)
        for warning in made.warnings:
            warn_once(warning)
        if made.problem:
            return Run(change, problem=made.problem)
        self._seconds.append(made.seconds)
        if made.trial is None:
            told = f"it ended with status {made.status} before the trial began"
            return Run(change, problem=f"{told}: {lines[-1]}" if lines else told)
        unseen = _find_unseen(change, scratch, made)
        return Run(change, made.trial, "", unseen, tuple(lines), made.status)

    def _empty(self, slot: str) -> None:
        """Have the folder of a run free for the next, whatever rights the work gave to its own."""
        trash = self.scratch.folder / f"trash{next(self._numbers):06}"
        (self.scratch.folder / slot).rename(trash)
        shutil.rmtree(trash, ignore_errors=True)


def _tell_end(run: Run, trial: Trial) -> str:
    """Say how a trial ended that did not finish: what went wrong in it, else in its process."""
    verb = trial.status if trial.status == "failed" else f"was {trial.status}"
    last = "".join(f": {line}" for line in run.printed[-1:])
    return f"{verb} ({trial.error or f'its process ended with status {run.status}{last}'})"


def _place(scratch: Scratch) -> Path:
    """Give the folder of what Python processes find changed."""
    return scratch.folder / "changed"


def _find_unseen(change: Change, scratch: Scratch, made: Made) -> str:
    """Say why a run did not see all that was changed."""
    if change.place and change.place not in made.move.new_root.parts:
        return "its code names the folder of the project, and is shown it at that place"
    if all((_place(scratch) / f"{name}.seen").exists() for name in change.switches):
        return ""
    return "no Python process of the trial took it up"


def _change(recipe: Recipe, change: Change, scratch: Scratch) -> Recipe:
    """Give the recipe with a change in it."""
    variables = {**recipe.variables, **change.variables}
    if not change.switches:
        return replace(recipe, variables=variables)
    folder = _place(scratch)
    folder.mkdir()
    shutil.copyfile(disturbing.__file__, folder / "sitecustomize.py")
    switches = ";".join(f"{name}={value}" for name, value in change.switches.items())
    variables[disturbing.VARIABLE] = switches
    if "program" in recipe.facets:
        variables[disturbing.OUTER] = "1"
    command = recipe.facets["command"]
    command = {**command, "paths": [str(folder), *command["paths"]]}
    return replace(recipe, variables=variables, facets={**recipe.facets, "command": command})


@contextmanager
def _addresses(*, still: bool) -> Iterator[None]:
    """Have what this thread starts get the same addresses each time; see personality(2)."""
    if not still:
        yield
        return
    library = ctypes.CDLL(None)
    before = library.personality(_NO_RANDOM_ADDRESSES) if sys.platform == "linux" else -1
    try:
        yield
    finally:
        if before != -1:
            library.personality(before)
