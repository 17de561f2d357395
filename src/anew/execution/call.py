"""One call of a step: spared when a memo of it holds, else computed, watched and kept."""

from __future__ import annotations

import os
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_or_none
from anew.execution.output import Output, bring
from anew.graph import Ref, leaves, map_values
from anew.memo import choose
from anew.model import Parameter, Part, StepRecord
from anew.notices import warn_once
from anew.recorder import attach
from anew.reuse.arguments import PLAIN, Given, bind, make_parts, with_names
from anew.reuse.asking import ask
from anew.reuse.effects import find_broken, read_effects, replay, tell_conditions
from anew.reuse.remember import Worth, memos_of, remember
from anew.reuse.watched import watched
from anew.seeds import seeded, with_seed_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from anew.digests.fingerprint import Fingerprint
    from anew.graph import Planned, Step
    from anew.memos import Found, Memos
    from anew.recorder import Handle, Recorder
    from anew.reuse.asking import Asked
    from anew.reuse.watched import Done

__all__ = ["NOT_KEPT", "Call"]

_FIXED: Final = frozenset({bool, bytes, complex, float, int, str, type(None), Ref})
"""Values that nobody can change; what stands in the place of an input is looked at there."""

NOT_KEPT: Final = "its value was not kept"


class Call:
    """What a worker runs for a node: opaque to Dask, which gives the inputs beside it.

    Parameters
    ----------
    planned
        The node in its place; the parameters among its arguments have become values.
    inputs
        The labels of the steps it takes values from.
    seed
        Its seed.
    trial
        The trial that it belongs to.
    code
        The fingerprint of its code; None when there is none.
    """

    def __init__(
        self,
        planned: Planned,
        inputs: tuple[str, ...],
        seed: int,
        trial: Handle,
        code: Fingerprint | None,
    ) -> None:
        self.step: Step[Any, Any] = planned.node.step
        self.function = self.step.dotted_name
        self.label = planned.label
        self.places = planned.inputs
        self.args = planned.args
        self.kwargs = planned.kwargs
        self.inputs = inputs
        self.seed = seed
        self.trial = trial
        self.code = code.digest if code else None
        self.strings = code.strings if code else ()
        # Why it is computed whatever memos there are; empty when a memo will do.
        self.reason = ""
        # Arguments that are credentials: their text is not recorded.
        self.hidden: frozenset[str] = frozenset()
        # Places of inputs that no other step takes.
        self.own: frozenset[int] = frozenset()
        # The memos of its key; None as long as nobody has looked.
        self.earlier: list[Found] | None = None
        # The place of an equal call, which goes first.
        self.after: int | None = None
        # What it is asked and what is against its memos, where that is known beforehand.
        self.settled: tuple[Asked, str] | None = None
        # Whether its key was found to have no memos when the graph was settled.
        self.is_new = False
        self.draws = False
        self.is_target = False

    def fill_parameters(
        self, values: dict[str, Any], hidden: set[str], copy: Callable[[Any], Any]
    ) -> None:
        """Put the values of parameters in their places, for each use a copy of its own."""

        def fill(value: Any) -> Any:
            return copy(values[value.name]) if isinstance(value, Parameter) else value

        def is_hidden(value: Any) -> bool:
            return isinstance(value, Parameter) and value.name in hidden

        if hidden:
            named = bind(self.step.function, self.args, self.kwargs)
            self.hidden = frozenset(
                n for n, value in named.items() if any(map(is_hidden, leaves(value)))
            )
        self.args, self.kwargs = map_values(self.args, fill), map_values(self.kwargs, fill)

    @property
    def memos(self) -> Memos:
        """The memos of the trial's store."""
        return memos_of(self.trial.store, self.trial.memo_limit)

    def __call__(self, *inputs: Output) -> Output:
        """Settle the call in a worker: take over what a memo tells, or compute."""
        with attach(self.trial) as recorder:
            asked, against = self.settled or (None, "")
            if asked is None:
                asked = self.ask(inputs)
                found, against = self.find(recorder, asked)
            else:
                found = None
            if found is None:
                output = self.compute(recorder, inputs, asked, against)
                if os.getpid() != self.trial.pid:
                    self.memos.flush()  # nobody will call here when the trial ends
                return output
            output = self.promise(found, asked, inputs)
            self.take_over(recorder, found, asked, output)
            return output

    def ask(self, inputs: tuple[Output, ...]) -> Asked:
        """Digest what the step is called with, knowing its inputs by their digests alone."""
        known = dict(zip(self.places, inputs, strict=True))
        args, kwargs = self._fill(
            lambda at: Given(known[at].label, with_names(known[at].content, known[at].names))
        )
        named = bind(self.step.function, args, kwargs)
        libraries = {name for each in inputs for name in each.libraries}
        parts = make_parts(named, hidden=self.hidden, libraries=libraries)
        if self._fill_seed(args, kwargs).keys() != kwargs.keys():
            parts.append(Part("seed", "seed", str(self.seed), str(self.seed)))
        return ask(self.function, self.code or "", parts, trial=self.trial.uuid)

    def _fill(self, give: Callable[[int], Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Give the arguments, with something in each place of another step's value."""

        def fill(value: Any) -> Any:
            return give(value.index) if isinstance(value, Ref) else value

        args = [each if type(each) in PLAIN else map_values(each, fill) for each in self.args]
        return tuple(args), map_values(self.kwargs, fill) if self.kwargs else {}

    def _fill_seed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return with_seed_arguments(self.step.function, args, kwargs, self.seed)

    # --- spared ----------------------------------------------------------------------------------

    def find(
        self, recorder: Recorder, asked: Asked, written: Mapping[str, str] | None = None
    ) -> tuple[Found | None, str]:
        """Find the memo that holds, or say what is against the newest one.

        Parameters
        ----------
        recorder
            The trial's.
        asked
            The call.
        written
            Files that are going to be written before, by absolute path, with their digests.
        """
        if asked.key is None or self.reason:
            return None, self.reason
        self.earlier = [] if self.is_new else self.memos.find(asked.key, seed=self.seed)
        found, against = choose(
            self.earlier,
            seed=self.seed,
            broken=partial(find_broken, root=recorder.root, memos=self.memos, written=written),
        )
        if found and self.is_target and not _has_value(recorder, found):
            return None, NOT_KEPT  # a trial is for the value of its result, and nothing else
        return found, against

    def promise(self, found: Found, asked: Asked, inputs: tuple[Output, ...]) -> Output:
        """Give the outcome that a memo tells of, its value to be had when somebody asks for it."""
        effects = read_effects(found.memo.effects)
        return Output(
            self.label,
            found.memo.content,
            effects.libraries,
            effects.names,
            cost=0.0 if found.payload else found.memo.cost,
            inputs=inputs,
            again=partial(self._again, inputs, asked),
            kept=(self.memos, found) if found.payload else None,
        )

    def _again(self, inputs: tuple[Output, ...], asked: Asked) -> Any:
        """Compute after all: the value is wanted, and not to be had."""
        with attach(self.trial) as recorder:
            return self.compute(recorder, inputs, asked, NOT_KEPT).value()

    def take_over(self, recorder: Recorder, found: Found, asked: Asked, output: Output) -> None:
        """Record that the call was spared, and give again what it gave besides its value."""
        began, clock = time.time(), time.perf_counter()
        memo, effects = found.memo, read_effects(found.memo.effects)
        replay(effects, recorder=recorder, memos=self.memos, root=recorder.root)
        recorder.add_reads(memo.reads)
        for path, digest in effects.files.items():
            recorder.add_output(path, digest)
        for role in self._roles():
            if effects.kept is not None and recorder.has(effects.kept):
                recorder.adopt(effects.kept, role, self.label)
            else:
                recorder.keep(role, self.label, output.value(), content=output.content)
        if found.payload:
            self.memos.mark_used(found)
        recorder.add_step(
            self._tell(
                asked,
                "reused",
                (began, time.perf_counter() - clock),
                conditions=tell_conditions(memo.reads, memo.seed, root=recorder.root),
                digest=memo.content,
                drew=memo.seed is not None,
                reused=memo.trial,
            )
        )

    def _roles(self) -> list[str]:
        """Name what a trial keeps the value as."""
        return ["value"] * (self.step.persist is True) + ["result"] * self.is_target

    # --- computed --------------------------------------------------------------------------------

    def compute(
        self, recorder: Recorder, inputs: tuple[Output, ...], asked: Asked, reason: str
    ) -> Output:
        """Run the step on the values of its inputs, recording it."""
        known = dict(zip(self.places, bring(inputs), strict=True))
        args, kwargs = self._fill(known.__getitem__)
        began, clock = time.time(), time.perf_counter()
        try:
            done = self._run(recorder.root, args, self._fill_seed(args, kwargs))
        except BaseException:
            spent = (began, time.perf_counter() - clock)
            recorder.add_step(self._tell(asked, "failed", spent, reason=reason))
            raise
        if any(each.is_damaged() for each in inputs):
            return self.compute(recorder, inputs, asked, reason)
        is_shared = self._find_changed(asked, inputs, args, kwargs)
        recorder.add_step(
            self._tell(
                asked,
                "finished",
                (began, done.seconds),
                conditions=tell_conditions(done.reads, done.seed, root=recorder.root),
                digest=done.content,
                drew=done.seed is not None,
                reason=reason or done.obstacle,
            )
        )
        for path, digest in done.writes.items():
            recorder.add_output(path, digest)
        kept = None
        for role in self._roles():
            kept = recorder.keep(role, self.label, done.value, content=done.content)
        cost = done.seconds + sum(each.cost for each in inputs)
        output = Output(
            self.label, done.content, done.libraries, done.names, cost, in_memory=done.value
        )
        if self.step.pure and not is_shared:
            worth = Worth(self.step.persist, cost, kept)
            memo = remember(self.memos, asked, done, worth, self.earlier)
            if memo is not None:
                output.keep_at(self.memos, memo)
        return output

    def _run(self, root: Path, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Done:
        """Call the function, and see what it does."""
        function = self.step.function
        drawing = seeded(function, self.seed, draws=self.draws, nested=self.trial.nested)
        names, given = self.strings, (args, kwargs)
        watching = watched(given, root=root, drawing=drawing, names=names, function=function)
        with watching as execution:
            execution.value = function(*args, **kwargs)
        return execution.done(seed=self.seed)

    def _find_changed(
        self, asked: Asked, inputs: tuple[Output, ...], args: Any, kwargs: dict[str, Any]
    ) -> bool:
        """Warn of arguments that the step changed; tell whether another step saw one of them."""
        changed = {
            place: output
            for place, output in zip(self.places, inputs, strict=True)
            if type(output.load()) not in _FIXED
            and output.content not in {None, digest_or_none(output.load())}
        }
        written = bind(self.step.function, self.args, self.kwargs)
        loose = [
            name
            for name, value in written.items()
            if type(value) not in _FIXED and not any(map(_is_ref, leaves(value)))
        ]
        names: list[str] = []
        if loose:
            named = bind(self.step.function, args, kwargs)
            names = asked.find_changed({name: named[name] for name in loose})
        if names or changed:
            told = ", ".join([*names, *(f"the value of {o.label}" for o in changed.values())])
            warn_once(
                f"step {self.label} changes its argument: {told}. Other steps may see the change "
                "or not, as it happens: let it work on a copy",
                about=f"changes {self.function} {told}",
            )
        for output in changed.values():
            output.spoil()
        return bool(changed.keys() - self.own)

    def _tell(
        self,
        asked: Asked,
        status: str,
        spent: tuple[float, float],
        *,
        conditions: Sequence[Part] = (),
        **told: Any,
    ) -> StepRecord:
        """Put the call on record."""
        started, seconds = spent
        return StepRecord(
            label=self.label,
            function=self.function,
            started=started,
            seconds=seconds,
            worker=threading.current_thread().name,
            status=status,
            seed=self.seed,
            inputs=self.inputs,
            key=asked.key,
            code=self.code,
            parts=tuple(dict.fromkeys((*asked.parts, *conditions))) if conditions else asked.parts,
            **{"digest": None, **told},
        )


def _is_ref(value: object) -> bool:
    return isinstance(value, Ref)


def _has_value(recorder: Recorder, found: Found) -> bool:
    """Tell whether the value of a memo can be had without computing it."""
    kept = read_effects(found.memo.effects).kept
    return found.payload is not None or (kept is not None and recorder.has(kept))
