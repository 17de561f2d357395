"""Why each step of a trial was reused or computed, and what made the difference."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from anew.changes import grouped
from anew.code.changed_sources import ChangedSources
from anew.errors import UnknownNameError, UnknownTrialError
from anew.model import Part
from anew.why.given import Given
from anew.why.pairs import kind_of, name_of, pair_up, show_pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.model import FileUse, StepRecord, Trial
    from anew.types import Store
    from anew.why.pairs import Pair

__all__ = ["Difference", "Reason", "why"]

_LOOKED_AT: Final = 50
_NAMED: Final = 3

_FROM: Final = "from "
"""How the text of an argument begins that another step gave; the step's label follows."""

_SOURCES: Final = frozenset({"function", "helper", "class"})
_CONDITIONS: Final = frozenset({"class", "file", "folder", "seed", "variable"})
"""Kinds of parts that a step met while it ran, as it went."""


@dataclass(frozen=True)
class Difference:
    """One thing that a step depends on, and that was another one before.

    Parameters
    ----------
    kind
        What it is: function, helper, class, global, closure, default, library, variable,
        extension, argument, file or seed; code where no more is known.
    name
        Its name.
    old, new
        On one line; None where there was none, or is none.
    source
        A unified diff of the source of a function or class, where both snapshots have it.
    given
        The step that an argument is from, where it is the same one.
    detail
        Where two values first differ that are more than a number or a text.
    """

    kind: str
    name: str
    old: str | None
    new: str | None
    source: str = ""
    given: str = ""
    detail: str = ""

    @property
    def subject(self) -> str:
        """What differs, with the step that an argument is from."""
        name = self.kind if self.kind == self.name else f"{self.kind} {self.name}"
        return f"{name} ({_FROM}{self.given})" if self.given else name

    @property
    def text(self) -> str:
        """How it differs, on one line."""
        if self.detail:
            return self.detail
        if self.old == self.new:
            return "content changed"
        if self.old is None:
            return f"new: {self.new}"
        return f"gone: {self.old}" if self.new is None else f"{self.old} → {self.new}"


@dataclass(frozen=True)
class Reason:
    """Why a step of a trial was reused or computed.

    Parameters
    ----------
    label
        The step.
    decision
        ``reused``, ``computed`` or ``failed``.
    text
        The reason on one line.
    seconds
        How long the step took in this trial.
    origin
        The number of the trial whose outcome was reused; None when it was computed, or when that
        trial is not in the store any more.
    spared
        How many seconds the step took there.
    against
        The number of the earlier trial that a computed step is compared with: the most similar of
        its last executions.
    differences
        What the step depends on that was another one there.
    """

    label: str
    decision: str
    text: str
    seconds: float
    origin: int | None = None
    spared: float | None = None
    against: int | None = None
    differences: tuple[Difference, ...] = ()


def why(trial: Trial, step: str | None = None) -> list[Reason]:
    """Say why steps were reused or computed, and what made the difference.

    Parameters
    ----------
    trial
        The trial.
    step
        A step's label, or the name of its function; all steps by default.

    Returns
    -------
    list of Reason
        In the order in which the steps began.

    Raises
    ------
    UnknownNameError
        When the trial has no such step.
    """
    # A step that was reused and whose value was wanted, but not to be had, was computed after all.
    ranked = sorted(trial.steps, key=lambda each: each.status != "reused")
    steps = sorted({each.label: each for each in ranked}.values(), key=lambda each: each.started)
    asked = steps if step is None else _choose(trial, steps, step)
    known = _Known(trial, cast("Store", trial.source))
    return [known.explain(each) for each in asked]


def _choose(trial: Trial, steps: list[StepRecord], name: str) -> list[StepRecord]:
    """Find steps by label, else by the name of the function, in full or its end."""
    found = [step for step in steps if step.label == name]
    found = found or [s for s in steps if f".{s.function}".endswith(f".{name}")]
    if not found:
        kind, labels = "step", [step.label for step in steps]
        raise UnknownNameError(kind, name, known=labels, where=f"trial {trial.number}")
    return found


@dataclass
class _Known:
    """What is looked up once for all steps of a trial."""

    trial: Trial
    store: Store
    codes: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    origins: dict[str, Trial | None] = field(default_factory=dict)
    sources: dict[int, ChangedSources] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = Given(self.store)

    def explain(self, step: StepRecord) -> Reason:
        """Give the reason of one step."""
        if step.status == "reused":
            return self._explain_reused(step)
        decision = "failed" if step.status == "failed" else "computed"
        candidates = self.store.steps_like(
            self.trial.experiment, step, before=self.trial.number, limit=_LOOKED_AT
        )
        told = [(n, uuid, old) for n, uuid, old in candidates if old.code or old.parts]
        if not told or not (step.code or step.parts):
            text = step.reason or _explain_unknown(step, is_first=not candidates)
            return Reason(step.label, decision, text, step.seconds)
        pairs = [self._compare(old, step) for _, _, old in told]
        place = min(range(len(told)), key=lambda each: len(pairs[each]))
        number, uuid, old = told[place]
        told_once = dict.fromkeys(self._describe(pair, number, uuid) for pair in pairs[place])
        differences = tuple(told_once)
        return Reason(
            step.label,
            decision,
            _explain_computed(step, old, differences, number),
            step.seconds,
            against=number,
            differences=differences,
        )

    def _explain_reused(self, step: StepRecord) -> Reason:
        """Say where a reused step is from; all that it depends on is as it was there."""
        origin = self._find(step.reused or "")
        counts = Counter(part.kind for part in step.parts)
        same = [
            "code",
            *([_count(counts["argument"], "argument")] if counts["argument"] else []),
            *([_count(counts["file"], "file")] if counts["file"] else []),
            *(["the seed"] if counts["seed"] else []),
        ]
        place = f"trial {origin.number}" if origin else "a trial that is not in the store any more"
        text = f"reused from {place}: {_join(same)} {'are' if len(same) > 1 else 'is'} the same"
        number = origin.number if origin else None
        spared = _find_seconds(origin, step) if origin else None
        return Reason(step.label, "reused", text, step.seconds, origin=number, spared=spared)

    def _find(self, uuid: str) -> Trial | None:
        """Find the trial that computed an outcome; None when it is gone."""
        if uuid not in self.origins:
            try:
                self.origins[uuid] = self.store.trial(uuid)
            except UnknownTrialError:
                self.origins[uuid] = None
        return self.origins[uuid]

    def _compare(self, old: StepRecord, new: StepRecord) -> list[Pair]:
        """Pair up what differs between two executions."""
        code: list[Pair] = []
        if old.code != new.code:
            parts = self._code(old.code), self._code(new.code)
            code = list(pair_up(*parts)) if all(parts) else []
            whole = (Part("code", each.function, each.code) for each in (old, new))
            code = code or [(next(whole), next(whole))]
        named = {(p.kind, p.name) for pair in code for p in pair if p is not None}
        met = [p for p in pair_up(old.parts, new.parts) if (kind_of(p), name_of(p)) not in named]
        # A file that only one of them read is a consequence, of whatever else differs.
        causes = [p for p in met if None not in p or kind_of(p) not in _CONDITIONS]
        is_same = old.key == new.key
        return [*code, *causes] if code or causes or is_same else met

    def _code(self, digest: str | None) -> tuple[Part, ...]:
        if digest is None:
            return ()
        if digest not in self.codes:
            self.codes[digest] = self.store.code_parts(digest)
        return self.codes[digest]

    def _describe(self, pair: Pair, number: int, uuid: str) -> Difference:
        """Put a pair of parts into words."""
        kind, name, source = kind_of(pair), name_of(pair), ""
        if kind == "argument" and (told := self._look_into(name, pair, uuid)):
            return told
        if kind == "file":
            pair = self._measure(pair[0], uuid), self._measure(pair[1], self.trial.uuid)
        old, new = pair
        if old and new and kind in _SOURCES:
            if number not in self.sources:
                before = self.trial.source.code(uuid)
                self.sources[number] = ChangedSources(before, self.trial.code)
            source = self.sources[number].diff(old.name, name)
        return Difference(kind, name, *show_pair(old, new), source)

    def _look_into(self, name: str, pair: Pair, uuid: str) -> Difference | None:
        """Compare the values of an argument that one step gave in both trials."""
        old, new = pair
        if old is None or new is None or old.text != new.text or not new.text.startswith(_FROM):
            return None
        label, before = new.text.removeprefix(_FROM), self._find(uuid)
        changed = None
        if before is not None and old.digest and new.digest:
            sides = (before, old.digest), (self.trial, new.digest)
            changed = self.given.compare(label, *sides)
        if changed is None:
            return Difference("argument", name, old.text, new.text, given=label)
        shown = changed.old, changed.new
        return Difference("argument", name, *shown, given=label, detail=changed.detail)

    def _measure(self, part: Part | None, uuid: str) -> Part | None:
        """Show a file by its size, where the trial that read it has that on record."""
        if part is None or part.digest is None:
            return part
        uses = self.store.files(uuid)
        sizes = [_show_size(u) for u in uses if (u.path, u.digest) == (part.name, part.digest)]
        return replace(part, text=sizes[0]) if sizes else part


def _show_size(use: FileUse) -> str:
    return f"{grouped(use.size_bytes)} bytes" if use.rows is None else f"{grouped(use.rows)} rows"


def _explain_unknown(step: StepRecord, *, is_first: bool) -> str:
    """Say why a step was computed that can be compared with nothing."""
    if not step.code and not step.parts:
        return "what it depended on is not recorded"
    if is_first:
        return _explain_keyless(step) or "first time"
    return "first time that what it depends on is recorded"


def _explain_keyless(step: StepRecord) -> str:
    """Say why a step has no key, so that it can never be reused."""
    if step.key is not None:
        return ""
    without = [f"argument {p.name}" for p in step.parts if p.digest is None and p.kind != "file"]
    without = without or ([] if step.code else ["its code"])
    return f"{_join(without)} cannot be digested" if without else ""


def _explain_computed(
    step: StepRecord, old: StepRecord, differences: tuple[Difference, ...], number: int
) -> str:
    """Say why a step was computed, given what differs from an earlier execution."""
    recorded = step.reason or _explain_keyless(step)
    if not differences:
        if recorded:
            return recorded
        if step.key == old.key:
            return f"the same as in trial {number}, of which no outcome was at hand"
        return f"something changed since trial {number} that is not known by name"
    subjects = [each.subject for each in differences[:_NAMED]]
    if len(differences) > _NAMED:
        subjects.append(f"{len(differences) - _NAMED} more")
    verb = "changed"
    if len(differences) == 1 and None in (differences[0].old, differences[0].new):
        verb = "is new" if differences[0].old is None else "is gone"
    changed = f"{_join(subjects)} {verb} since trial {number}"
    is_told = any(PurePath(each.name).name in recorded for each in differences)
    return changed if is_told or not recorded else f"{recorded}; {changed}"


def _find_seconds(origin: Trial, step: StepRecord) -> float | None:
    """Find how long a reused step took where it was computed."""
    computed = [each for each in origin.steps if each.status == "finished"]
    alike = [each for each in computed if each.key == step.key and step.key is not None]
    alike = alike or [each for each in computed if each.label == step.label]
    return alike[0].seconds if alike else None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _join(names: Sequence[str]) -> str:
    """Join names as in a sentence."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
