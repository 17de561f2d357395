"""A graph of steps run on Dask as one trial. What is recorded is recorded inside each step.

Only Dask's stable surface is used: `delayed`, `compute` and the names of schedulers.
"""

from __future__ import annotations

import copy
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anew.errors import (
    StoreError,
    UnsetParameterError,
    UsageError,
    near_misses,
)
from anew.graph import Ref, leaves, map_values, plan_graph
from anew.model import UNSET, Parameter, StepRecord
from anew.recorder import attach, begin, digest_or_none, recording
from anew.seeds import seed_for, seeded, with_seed_arguments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.graph import Node, Planned, Step
    from anew.model import Trial
    from anew.recorder import Handle, Recorder
    from anew.types import Store

__all__ = ["Outcome", "run_node"]

_SCHEDULERS = ("threads", "sync", "processes")


@dataclass(frozen=True)
class Outcome:
    """The value of a run, and the record of it."""

    value: Any
    recorder: Recorder

    @property
    def trial(self) -> Trial:
        """The record, with the value at hand."""
        trial = self.recorder.store.trial(self.recorder.handle.number)
        trial._live["result"] = self.value  # noqa: SLF001 - spares reading back what is here
        return trial


def run_node(
    node: Node,
    parameters: Mapping[str, Any] | None = None,
    *,
    seed: Any = None,
    scheduler: Any = None,
) -> Outcome:
    """Run the graph up to a node as one trial.

    Parameters
    ----------
    node
        The node whose value the trial is for.
    parameters
        Values for this trial alone.
    seed
        A root seed, ``"new"``, or None for the experiment's own.
    scheduler
        See `Node.compute`.
    """
    experiment = node.step.experiment
    if experiment is None:
        message = f"step {node.step.__name__!r} belongs to no experiment"
        raise UsageError(message, hint="build the graph where the experiment is defined")
    planned = plan_graph(node)
    values = experiment.parameters | dict(parameters or {})
    _refuse_unset(planned, values, experiment.name)
    chosen = _choose_scheduler(experiment.scheduler if scheduler is None else scheduler)
    _import_libraries()
    recorder = begin(experiment.name, values, settings=experiment.settings, seed=seed)
    with recording(recorder):
        drawing = _find_drawing(planned, recorder.store)
        calls = _make_calls(planned, values, recorder.handle, drawing)
        value = _compute(calls, chosen)
    if recorder.handle.reproduces:
        raise SystemExit(0)  # the trial is made anew; what its script does next is beside the point
    return Outcome(value, recorder)


def _import_libraries() -> None:
    """Import what every run needs before the clock starts."""
    import dask
    import numpy as np

    _ = dask, np


def _refuse_unset(planned: list[Planned], values: dict[str, Any], experiment: str) -> None:
    used = {
        leaf.name
        for each in planned
        for leaf in leaves((each.args, each.kwargs))
        if isinstance(leaf, Parameter)
    }
    unset = sorted(name for name in used if values.get(name, UNSET) is UNSET)
    if unset:
        raise UnsetParameterError(unset, experiment=experiment)


def _choose_scheduler(scheduler: Any) -> Any:
    """Check a scheduler's name; clients and executors pass."""
    if isinstance(scheduler, str) and scheduler not in _SCHEDULERS:
        message = f"unknown scheduler {scheduler!r}"
        hint = f"{near_misses(scheduler, _SCHEDULERS)}; or give a distributed.Client"
        raise UsageError(message, hint=hint)
    return scheduler


class Call:
    """What a worker runs for a node: opaque to Dask, which gets the inputs beside it."""

    def __init__(
        self,
        planned: Planned,
        inputs: tuple[str, ...],
        seed: int,
        trial: Handle,
        *,
        is_target: bool,
    ) -> None:
        self.step: Step[Any, Any] = planned.node.step
        self.label = planned.label
        self.places = planned.inputs
        self.args = planned.args
        self.kwargs = planned.kwargs
        self.inputs = inputs
        self.seed = seed
        self.trial = trial
        self.draws = False
        self.is_target = is_target

    def __call__(self, *values: Any) -> Any:
        """Run the step on the values of its inputs, recording it."""
        known = dict(zip(self.places, values, strict=True))

        def fill(value: Any) -> Any:
            return known[value.index] if isinstance(value, Ref) else value

        args, kwargs = map_values(self.args, fill), map_values(self.kwargs, fill)
        function = self.step.function
        kwargs = with_seed_arguments(function, args, kwargs, self.seed)
        with attach(self.trial) as recorder:
            started, clock = time.time(), time.perf_counter()

            def record(status: str, **found: Any) -> None:
                seconds = time.perf_counter() - clock
                recorder.add_step(self._tell(status, started, seconds, **found))

            nested = self.trial.nested
            try:
                with seeded(function, self.seed, draws=self.draws, nested=nested) as drawn:
                    value = function(*args, **kwargs)
            except BaseException:
                record("failed")
                raise
            digest = digest_or_none(value)
            record("finished", digest=digest, drew=drawn.is_seen)
            if self.step.persist:
                recorder.keep("value", self.label, value, content=digest)
            if self.is_target:
                recorder.keep("result", self.label, value, content=digest)
        return value

    def _tell(
        self,
        status: str,
        started: float,
        seconds: float,
        *,
        digest: str | None = None,
        drew: bool = False,
    ) -> StepRecord:
        """Put one execution on record."""
        return StepRecord(
            label=self.label,
            function=_name(self.step),
            started=started,
            seconds=seconds,
            worker=threading.current_thread().name,
            status=status,
            seed=self.seed,
            digest=digest,
            inputs=self.inputs,
            drew=drew,
        )


def _name(step: Step[Any, Any]) -> str:
    """Give the dotted name of a step's function."""
    return f"{step.function.__module__}.{step.function.__qualname__}"


def _find_drawing(planned: list[Planned], store: Store) -> set[str]:
    """Name the functions that an earlier trial saw draw from a generator that all share."""
    names = {_name(each.node.step) for each in planned}
    try:
        return {name for name in names if store.has_drawn(name)}
    except StoreError:
        return set()  # what is not known now is seen when they run


def _make_calls(
    planned: list[Planned], values: dict[str, Any], trial: Handle, drawing: set[str]
) -> list[Call]:
    """Turn planned nodes into calls: parameters get their values, each step its seed."""

    def fill(value: Any) -> Any:
        return _copy(values[value.name]) if isinstance(value, Parameter) else value

    uses: Counter[str] = Counter()
    calls = []
    for each in planned:
        identity = _seed_identity(each, trial.root)
        uses[identity] += 1
        seed = seed_for(trial.seed, identity, str(uses[identity]))
        inputs = tuple(planned[place].label for place in each.inputs)
        call = Call(each, inputs, seed, trial, is_target=each is planned[-1])
        call.draws = _name(call.step) in drawing
        call.args, call.kwargs = map_values(each.args, fill), map_values(each.kwargs, fill)
        calls.append(call)
    return calls


def _copy(value: Any) -> Any:
    """Give each use of a parameter a value of its own, which a step may change in place."""
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 - whatever cannot be copied is shared, as everywhere in Python
        return value


def _seed_identity(planned: Planned, root: str) -> str:
    """Name a node by its step and its literal arguments.

    So `boot(data, 1)` and `boot(data, 2)` draw apart, while the value of a parameter changes no
    seed, and neither does what happens above the step, nor the folder that the project is in.
    """

    def reduce(value: Any) -> Any:
        if isinstance(value, Parameter):
            return ("parameter", value.name)
        if isinstance(value, str | os.PathLike) and _is_inside(value, root):
            return ("file", os.path.relpath(value, root))
        return "input" if isinstance(value, Ref) else value

    arguments = map_values((planned.args, planned.kwargs), reduce)
    return f"{planned.node.step.__name__} {digest_or_none(arguments)}"


def _is_inside(path: str | os.PathLike[Any], root: str) -> bool:
    """Tell whether a text or path names a file of the project in full."""
    text = os.fspath(path)
    return isinstance(text, str) and os.path.normpath(text).startswith(f"{root}{os.sep}")


def _compute(calls: list[Call], scheduler: Any) -> Any:
    """Run the calls on Dask and give the value of the last one."""
    from dask import compute, delayed  # type: ignore[attr-defined]  # both are public

    made: list[Any] = []
    for call in calls:
        inputs = [made[place] for place in call.places]
        key = f"{call.label}-{call.trial.uuid}"
        run = delayed(call, name=f"call-{key}", pure=False, traverse=False)
        made.append(run(*inputs, dask_key_name=key))
    try:
        (value,) = compute(made[-1], scheduler=scheduler)  # type: ignore[no-untyped-call]
    except Exception as error:
        original = getattr(error, "exception", None)
        if type(error).__module__ == "dask.multiprocessing" and original is not None:
            raise original from error  # what the step raised, without Dask's wrapping
        raise
    return value
