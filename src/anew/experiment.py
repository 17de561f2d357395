"""The experiment: parameters, steps and the result of one question, and the trials of it."""

from __future__ import annotations

import inspect
import os
import sys
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

from anew.errors import AnewError, UnknownParameterError, UnknownTrialError, UsageError
from anew.graph import Node, Step, leaves
from anew.model import UNSET, Parameter, check_name
from anew.notices import show_error
from anew.purity import say_impurities
from anew.settings import Settings, find_project, load_settings
from anew.stores import open_store
from anew.watch import current

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    import pandas as pd

    from anew.model import Trial
    from anew.types import Store

__all__ = ["RESERVED", "Experiment"]

P = ParamSpec("P")
R = TypeVar("R")

RESERVED = {"fresh", "scheduler", "seed"}


class Experiment:
    """A named set of trials that ask one question.

    Parameters
    ----------
    name
        The experiment's name.
    store
        The folder in which trials are kept; the project's ``.anew`` by default. Nothing is made
        before the first trial.
    scheduler
        What runs the steps: ``"threads"``, ``"sync"``, ``"processes"`` or a `distributed.Client`.

    Examples
    --------
    >>> import anew
    >>> ex = anew.Experiment("circle")
    >>> radius = ex.parameter("radius", default=1.0, help="in metres")
    >>> @ex.result
    ... def area(radius):
    ...     return 3 * radius**2
    >>> area(2.0)
    12.0
    >>> area(radius)
    <node area(radius)>
    """

    def __init__(
        self, name: str, store: str | Path | None = None, *, scheduler: Any = "threads"
    ) -> None:
        self.name = check_name("experiment", name)
        self.scheduler = scheduler
        self.outcome: Node | None = None
        self._place = store
        self._declared: dict[str, Parameter] = {}
        self._values: dict[str, Any] = {}
        self._steps: list[Step[Any, Any]] = []
        self._used: set[str] = set()

    def __repr__(self) -> str:
        return f"Experiment({self.name!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what a step may ask for in another process: who it logs to, and parameters."""
        place = None if self._place is None else os.fspath(self._place)
        state = {"_declared": self._declared, "_values": self._values}
        return Experiment, (self.name, place), state

    # --- declaring -------------------------------------------------------------------------------

    def parameter(self, name: str, default: Any = UNSET, help: str = "") -> Any:  # noqa: A002
        """Declare a named input value that trials vary.

        Parameters
        ----------
        name
            A Python identifier.
        default
            Its value unless another is set. Without one, a value must be set before a trial.
        help
            One line on what it means, with its unit.

        Returns
        -------
        Parameter
            To be passed to steps in the place of its value.
        """
        if not name.isidentifier() or name in RESERVED:
            why = "is reserved" if name in RESERVED else "is not a Python identifier"
            message = f"parameter name {name!r} {why}"
            raise UsageError(message, where=f"experiment {self.name!r}", hint="choose another")
        declared = Parameter(name, default, help)
        # By repr: arrays, for one, have no single answer to whether they are equal.
        if repr(self._declared.get(name, declared)) != repr(declared) and not _is_interactive():
            message = f"parameter {name!r} is declared twice, differently"
            raise UsageError(message, where=f"experiment {self.name!r}", hint="declare it once")
        self._declared[name] = declared
        return declared

    @overload
    def step(self, function: Callable[P, R], /) -> Step[P, R]: ...
    @overload
    def step(
        self,
        function: None = None,
        /,
        *,
        persist: bool | Literal["auto"] = "auto",
        pure: bool = True,
    ) -> Callable[[Callable[P, R]], Step[P, R]]: ...
    def step(
        self,
        function: Any = None,
        /,
        *,
        persist: bool | Literal["auto"] = "auto",
        pure: bool = True,
    ) -> Any:
        """Make a function a step, as ``@ex.step`` or ``@ex.step(persist=True)``.

        Parameters
        ----------
        function
            A plain function. It stays one: see `Step`.
        persist
            Whether the values that it returns are kept: True, so that they can be had by
            ``trial.value(name)`` and need not be computed again; ``"auto"``, those that cost more
            to compute again than to store and read; False, never.
        pure
            Whether it gives the same for the same arguments, files and seed. Otherwise it runs in
            every trial.

        Returns
        -------
        Step
            The step; a decorator that makes one when no function is given.
        """
        return self._declare(function, persist=persist, pure=pure)

    @overload
    def result(self, function: Callable[P, R], /) -> Step[P, R]: ...
    @overload
    def result(
        self,
        function: None = None,
        /,
        *,
        persist: bool | Literal["auto"] = "auto",
        pure: bool = True,
    ) -> Callable[[Callable[P, R]], Step[P, R]]: ...
    def result(
        self,
        function: Any = None,
        /,
        *,
        persist: bool | Literal["auto"] = "auto",
        pure: bool = True,
    ) -> Any:
        """Make a function the step whose value the trials are for, as ``@ex.result``.

        Parameters
        ----------
        function
            A plain function; see `Experiment.step`.
        persist
            As for `Experiment.step`; the value is kept as the trial's result in any case.
        pure
            As for `Experiment.step`.

        Returns
        -------
        Step
            The step. The graph of its latest node is what `Experiment.run` runs.
        """
        return self._declare(function, persist=persist, pure=pure, is_result=True)

    def _declare(self, function: Any, **options: Any) -> Any:
        """Make a step of a function, or of the one that is decorated next."""
        if options["persist"] not in {True, False, "auto"}:
            message = f"persist is {options['persist']!r}, expected True, False or 'auto'"
            raise UsageError(message, hint="@ex.step(persist=True)")

        def add(given: Callable[..., Any]) -> Step[Any, Any]:
            step = Step(given, self, **options)
            if step.pure:
                name = step.__name__
                say_impurities(given, name, otherwise=f"mark {name} with pure=False")
            self._steps.append(step)
            return step

        return add if function is None else add(function)

    # --- parameters ------------------------------------------------------------------------------

    @property
    def parameters(self) -> dict[str, Any]:
        """The value of each parameter that has one: the one set, else the default.

        A step that asks for them, and does not get them as arguments, runs in every trial.
        """
        if touch := current():
            touch.hinder("it asked the experiment for its parameters: pass them as arguments")
            self._used |= self._declared.keys()
        defaults = {name: p.default for name, p in self._declared.items() if p.default is not UNSET}
        values = defaults | self._values
        return {name: values[name] for name in self._declared if name in values}

    @property
    def declared(self) -> dict[str, Parameter]:
        """The declared parameters by name."""
        return dict(self._declared)

    def set_parameters(self, **values: Any) -> None:
        """Set the values of parameters for the trials to come.

        Parameters
        ----------
        **values
            A value for each parameter to set; the others stay.

        Raises
        ------
        UnknownParameterError
            When a name is not declared; nothing is set then.
        """
        self._values.update(self._known(values))

    def _known(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        for name in values:
            if name not in self._declared:
                raise UnknownParameterError(name, known=self._declared, experiment=self.name)
        return values

    # --- running ---------------------------------------------------------------------------------

    def note_use(self, node: Node) -> None:
        """Note which parameters a node takes, to say which of them none does.

        Parameters
        ----------
        node
            A node of one of the experiment's steps.
        """
        used = (leaf.name for leaf in leaves((node.args, node.kwargs)) if type(leaf) is Parameter)
        self._used.update(used)

    @property
    def unused(self) -> list[str]:
        """The declared parameters that no step takes."""
        return sorted(self._declared.keys() - self._used)

    def run(
        self, seed: Any = None, *, scheduler: Any = None, fresh: bool = False, **parameters: Any
    ) -> Trial:
        """Run the graph of the result as a trial.

        A step that is known to give what it gave in an earlier trial is not run again.

        Parameters
        ----------
        seed
            A root seed from 0, ``"new"``, or None for the experiment's own, which is drawn at its
            first trial and kept, so that trials differ by their parameters alone.
        scheduler
            What runs the steps of this trial; that of the experiment by default.
        fresh
            Whether to compute every step, whatever is known from earlier trials.
        **parameters
            Values for this trial alone.

        Returns
        -------
        Trial
            The record of it.

        Raises
        ------
        UnknownParameterError
            When a parameter is not declared.
        UnsetParameterError
            When a parameter has no value.
        UsageError
            When the result's graph has not been built.
        """
        from anew.execution import How, run_node

        own = self._known(parameters)
        outcome = self._outcome_node()
        return run_node(outcome, own, How(seed, scheduler, fresh)).trial

    def main(self) -> None:
        """Make the script a command: ``python bikes.py alpha=0.3 --seed 1``.

        To be called at the end of the script. Does nothing when the script is imported.
        """
        if sys._getframe(1).f_globals.get("__name__") != "__main__":  # noqa: SLF001
            return  # imported, by a test, a worker process or `anew run`
        from anew.run import command_line, end_interrupted

        try:
            status = command_line(self, sys.argv[1:], program=f"python {sys.argv[0]}")
        except AnewError as error:
            show_error(error.message, error.hint)
            status = error.exit_code
        except KeyboardInterrupt:
            status = end_interrupted()
        raise SystemExit(status)

    def _outcome_node(self) -> Node:
        if self.outcome is not None:
            return self.outcome
        results = [step for step in self._steps if step.is_result]
        if results and not _required(results[-1]):
            return results[-1].node()
        name = results[-1].__name__ if results else "score"
        message = f"experiment {self.name!r} has no graph of its result yet"
        hint = (
            f"call the result step with nodes and parameters: {name}(fit(frame, alpha), frame)"
            if results
            else "mark the function whose value the trials are for with @ex.result, and call it"
        )
        raise UsageError(message, hint=hint)

    # --- inside a step ---------------------------------------------------------------------------

    def log(
        self, metrics: Mapping[str, Any] | None = None, /, *, step: int | None = None, **named: Any
    ) -> None:
        """Record metrics of the trial that is running; see `anew.log`.

        Parameters
        ----------
        metrics
            Values by name, for names that are not identifiers.
        step
            The step number of the values; the one after the last of each series by default.
        **named
            Values by name: anything that `float` takes.
        """
        from anew.ambient import log

        log(metrics, step=step, **named)

    def log_many(self, name: str, steps: Any, values: Any, times: Any = None) -> None:
        """Record many values of one metric of the trial that is running.

        Parameters
        ----------
        name
            The metric's name.
        steps
            Whole numbers of 64 bits: an array, list or range of shape (n_points,). None for those
            after the last of the series.
        values
            Numbers, kept as float64: an array, tensor, column or list of shape (n_points,).
        times
            UTC seconds, of shape (n_points,); that of the call for all by default.
        """
        from anew.ambient import log_many

        log_many(name, steps, values, times)

    def save(self, name: str, value: Any) -> None:
        """Keep a value with the trial that is running; see `anew.save`.

        Parameters
        ----------
        name
            Its name, such as ``"prediction.png"``.
        value
            The value.
        """
        from anew.ambient import save

        save(name, value)

    # --- reading ---------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The store that the experiment's trials are kept in."""
        return open_store(self.settings.folder)

    @property
    def settings(self) -> Settings:
        """The settings of the project that is worked in, with the experiment's own store."""
        store = None if self._place is None else os.fspath(self._place)
        return load_settings(find_project(), store=store)

    def trials(
        self,
        where: str | None = None,
        sort: str | None = None,
        columns: str | Iterable[str] | None = None,
        limit: int | None = None,
    ) -> pd.DataFrame:
        """List the experiment's trials.

        Parameters
        ----------
        where
            Only trials for which it is true: an expression in Python's syntax, which is read and
            never executed, as ``'rmse < 40 and model == "ridge"'``.
        sort
            Names, separated by commas, ``-`` before one that counts from the highest, as
            ``"model, -rmse"``. By number otherwise.
        columns
            Names of columns, as a list or separated by commas; all there are otherwise.
        limit
            How many at most: the first in an order that is given, otherwise the most recent ones.

        Returns
        -------
        pandas.DataFrame, shape (n_trials, n_columns)
            One row per trial, indexed by its number: parameters, last value of each metric,
            result, status, started (UTC) and seconds.

        Raises
        ------
        UsageError
            When an expression cannot be read; the message shows the place.
        UnknownNameError
            When a name is neither a fact, a parameter nor a metric.
        """
        from anew.query import frame_of_store, search

        wishes = {"where": where, "sort": sort, "columns": columns, "limit": limit}
        if all(wish is None for wish in wishes.values()):
            return frame_of_store(self.store, self.name)
        return search(self.store, self.name, **wishes).to_frame()

    def metrics(
        self,
        *names: str,
        trials: Iterable[Trial | int | str] | None = None,
        points: int | None = None,
    ) -> pd.DataFrame:
        """Give the series of metrics of several trials.

        Parameters
        ----------
        *names
            The metrics; all by default.
        trials
            Trials, their numbers, or unique prefixes of their UUIDs; all of the experiment by
            default.
        points
            How many points of each series at most, from 4: its first and last one, and the
            extremes of stretches, so that no spike is lost. All of them by default.

        Returns
        -------
        pandas.DataFrame, shape (n_points, 5)
            Columns ``trial`` (its number), ``metric``, ``step`` (int64), ``value`` (float64) and
            ``time`` (UTC), trial by trial and in the order of logging.

        Raises
        ------
        UnknownNameError
            When none of the trials has such a metric.
        UnknownTrialError
            When there is no such trial.
        UsageError
            When ``points`` is less than 4.
        """
        from anew.query import to_long_frame

        if trials is None:
            listed = self.store.trials(self.name)
        else:
            listed = [self.trial(t) if isinstance(t, int | str) else t for t in trials]
        return to_long_frame(listed, names, points)

    def trial(self, number: int | str) -> Trial:
        """Find a trial of this experiment.

        Parameters
        ----------
        number
            Its number, ``"first"``, ``"last"`` or a unique prefix of its UUID.

        Returns
        -------
        Trial
            The record of it.

        Raises
        ------
        UnknownTrialError
            When there is no such trial, or it belongs to another experiment.
        """
        store = self.store
        if number in {"first", "last"}:
            own = store.trials(self.name)
            if own:
                return own[0 if number == "first" else -1]
        found = store.trial(number)
        if found.experiment != self.name:
            why = f"a trial of experiment {found.experiment!r}, not of {self.name!r}"
            raise UnknownTrialError(number, store=store.url, why=why)
        return found


def _required(step: Step[Any, Any]) -> list[str]:
    """Name the arguments without which a step cannot be called."""
    empty = inspect.Parameter.empty
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [
        name
        for name, each in inspect.signature(step.function).parameters.items()
        if each.default is empty
        and each.kind not in variable
        and name not in {"seed", "rng", "random_state"}
    ]


def _is_interactive() -> bool:
    """Tell whether a cell may be run again, declaring the same things differently."""
    return hasattr(sys, "ps1") or "ipykernel" in sys.modules
