"""A graph of steps run on Dask as one trial. What is recorded is recorded inside each step.

Only Dask's stable surface is used: graphs as dictionaries, `compute` and the names of schedulers.
"""

from __future__ import annotations

import copy
import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_or_none
from anew.errors import (
    StoreError,
    UnsetParameterError,
    UsageError,
    near_misses,
)
from anew.execution.call import Call
from anew.execution.chain import Sealed, make_chains, perform
from anew.execution.output import ABSENT, Output
from anew.execution.settle import settle
from anew.graph import Ref, leaves, map_values, plan_graph
from anew.model import UNSET, Parameter
from anew.notices import warn_once
from anew.plan import current_plan
from anew.provenance.masking import mask_parameters
from anew.recorder import begin, recording
from anew.reuse.remember import remembering
from anew.seeds import seed_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.digests.fingerprint import Fingerprint
    from anew.experiment import Experiment
    from anew.graph import Node, Planned
    from anew.model import Trial
    from anew.recorder import Recorder
    from anew.types import Store

__all__ = ["How", "Outcome", "run_node"]

_SCHEDULERS: Final = ("threads", "sync", "processes")


@dataclass(frozen=True)
class Outcome:
    """The value of a run, and the record of it."""

    value: Any
    recorder: Recorder

    @property
    def trial(self) -> Trial:
        """The record, with the value where it is at hand."""
        trial = self.recorder.store.trial(self.recorder.handle.number)
        if self.value is not ABSENT:  # spares reading back what is here
            trial._live["result"] = self.value  # noqa: SLF001 - of one and the same house
        return trial


@dataclass(frozen=True)
class How:
    """How a graph is run.

    Parameters
    ----------
    seed
        A root seed, ``"new"``, or None for the experiment's own.
    scheduler, fresh
        See `Node.compute`.
    is_wanted
        Whether the value is needed at once, and not only when the trial is asked for it.
    """

    seed: Any = None
    scheduler: Any = None
    fresh: bool = False
    is_wanted: bool = False


def run_node(node: Node, parameters: Mapping[str, Any], how: How) -> Outcome:
    """Run the graph up to a node as one trial.

    Parameters
    ----------
    node
        The node whose value the trial is for.
    parameters
        Values for this trial alone.
    how
        How it is run.
    """
    experiment = node.step.experiment
    if experiment is None:
        message = f"step {node.step.__name__!r} belongs to no experiment"
        raise UsageError(message, hint="build the graph where the experiment is defined")
    planned = plan_graph(node)
    values = experiment.parameters | dict(parameters)
    _refuse_unset(planned, values, experiment.name)
    chosen = _choose_scheduler(experiment.scheduler if how.scheduler is None else how.scheduler)
    _say_unused(experiment)
    settings = experiment.settings
    recorder = begin(experiment.name, values, settings=settings, seed=how.seed, is_seeded=True)
    with recording(recorder), remembering(recorder.handle):
        calls = _make_calls(planned, values, recorder, is_fresh=how.fresh)
        known = settle(calls, recorder, is_apart=chosen not in {"threads", "sync"})
        output = known[-1] or _compute(calls, known, chosen)
        value = output.value() if how.is_wanted or output.is_in_memory else ABSENT
    if recorder.handle.reproduces:
        raise SystemExit(0)  # the trial is made anew; what its script does next is beside the point
    return Outcome(value, recorder)


def _say_unused(experiment: Experiment) -> None:
    """Say which parameters could as well not be there."""
    for name in experiment.unused:
        warn_once(
            f"parameter {name!r} of experiment {experiment.name!r} is read by no step: its value "
            "changes nothing",
            about=f"unread {experiment.name} {name}",
        )


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


def _find_drawing(planned: list[Planned], store: Store) -> set[str]:
    """Name the functions that an earlier trial saw draw from a generator that all share."""
    names = {each.node.step.dotted_name for each in planned}
    try:
        return {name for name in names if store.has_drawn(name)}
    except StoreError:
        return set()  # what is not known now is seen when they run


def _make_calls(
    planned: list[Planned], values: dict[str, Any], recorder: Recorder, *, is_fresh: bool
) -> list[Call]:
    """Turn planned nodes into calls: parameters get their values, each step its seed."""
    trial = recorder.handle
    drawing = _find_drawing(planned, recorder.store)
    codes = _find_codes(planned, recorder)
    hidden = {name for name, value in mask_parameters(values).items() if value is not values[name]}
    takers = Counter(place for each in planned for place in each.inputs)
    uses: Counter[str] = Counter()
    calls = []
    plan = current_plan()
    is_anew = bool(trial.reproduces and plan and plan.fresh)
    for each in planned:
        identity = _seed_identity(each, trial.root)
        uses[identity] += 1
        seed = seed_for(trial.seed, identity, str(uses[identity]))
        inputs = tuple(planned[place].label for place in each.inputs)
        call = Call(each, inputs, seed, trial, codes[id(each.node.step)])
        call.fill_parameters(values, hidden, _copy)
        call.draws = call.function in drawing
        call.is_target = each is planned[-1]
        call.own = frozenset(place for place in each.inputs if takers[place] == 1)
        if is_fresh or is_anew:
            call.reason = "fresh=True" if is_fresh else "made anew"
        elif not call.step.pure:
            call.reason = "pure=False"
        calls.append(call)
    return calls


def _find_codes(planned: list[Planned], recorder: Recorder) -> dict[int, Fingerprint | None]:
    """Find the fingerprint of each step's code, as it is now."""
    from anew.digests.fingerprint import fingerprint

    codes: dict[int, Fingerprint | None] = {}
    for step in {id(each.node.step): each.node.step for each in planned}.values():
        try:
            codes[id(step)] = found = fingerprint(step.function)
        except Exception as error:  # noqa: BLE001 - without one the step runs as it always did
            codes[id(step)] = None
            recorder.warn(f"{step.__name__}() always runs, for its code has no digest: {error}")
        else:
            recorder.add_code(found.digest, found.parts)
    return codes


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
        if isinstance(value, os.PathLike):
            return ("file", os.fspath(value))  # not its content: other data, same seed
        return "input" if isinstance(value, Ref) else value

    arguments = map_values((planned.args, planned.kwargs), reduce)
    return f"{planned.node.step.__name__} {digest_or_none(arguments)}"


def _is_inside(path: str | os.PathLike[Any], root: str) -> bool:
    """Tell whether a text or path names a file of the project in full."""
    text = os.fspath(path)
    return isinstance(text, str) and os.path.normpath(text).startswith(f"{root}{os.sep}")


def _compute(calls: list[Call], known: list[Output | None], scheduler: Any) -> Output:
    """Run on Dask the calls that are not settled yet, and give the outcome of the last one."""
    from dask import compute  # type: ignore[attr-defined]  # it is public
    from dask.delayed import Delayed

    # Written out: `delayed` makes a layer for each piece of work, and a thousand of them take Dask
    # longer to go through than the work. The name of another piece stands for what it gives.
    made: dict[int, Any] = {at: Sealed(each) for at, each in enumerate(known) if each is not None}
    graph: dict[str, Any] = {}
    name = ""
    for chain in make_chains(calls, known):
        name = made[chain.end] = f"{chain.last.label}-{chain.last.trial.uuid}"
        graph[name] = (perform, Sealed(chain.links), *(made[place] for place in chain.inputs))
    try:
        (last,) = compute(Delayed(name, graph), scheduler=scheduler)  # type: ignore[no-untyped-call]
    except Exception as error:
        original = getattr(error, "exception", None)
        if type(error).__module__ == "dask.multiprocessing" and original is not None:
            raise original from error  # what the step raised, without Dask's wrapping
        raise
    return last  # type: ignore[no-any-return]  # Dask's functions have no types
