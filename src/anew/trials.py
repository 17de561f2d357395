"""A block of code as a trial: the way in for loops, notebooks and other people's frameworks."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from anew.errors import UsageError
from anew.model import check_name
from anew.recorder import begin, recording
from anew.settings import find_project, load_settings

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    from anew.model import Trial
    from anew.recorder import Recorder

__all__ = ["Running", "trial"]


class Running:
    """A trial that runs, in the hands of the code that runs in it.

    Attributes
    ----------
    number, uuid, experiment, seed
        As in its record.
    parameters : dict
        By name.
    """

    def __init__(self, recorder: Recorder, parameters: dict[str, Any]) -> None:
        handle = recorder.handle
        self.number = handle.number
        self.uuid = handle.uuid
        self.experiment = handle.experiment
        self.seed = handle.seed
        self.parameters = parameters
        self._recorder = recorder

    def __repr__(self) -> str:
        return f"<trial {self.number} of {self.experiment}>"

    def log(
        self, metrics: Mapping[str, Any] | None = None, /, *, step: int | None = None, **named: Any
    ) -> None:
        """Record metrics; see `anew.log`.

        Parameters
        ----------
        metrics
            Values by name, for names that are not identifiers.
        step
            The step number of the values; the one after the last of each series by default.
        **named
            Values by name: anything that `float` takes.

        Raises
        ------
        UsageError
            When a value is not a number, or a name cannot be used.
        """
        self._recorder.log({**metrics, **named} if metrics else named, step=step)

    def log_many(self, name: str, steps: Any, values: Any, times: Any = None) -> None:
        """Record many values of one metric.

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

        Raises
        ------
        UsageError
            When they are no such numbers or not of one length, or the name cannot be used; nothing
            is recorded then.

        Examples
        --------
        >>> import anew, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with anew.trial("decay", store=folder) as trial:
        ...         trial.log_many("charge", range(0, 300, 100), [1.0, 0.37, 0.14])
        ...     trial.record.series("charge").steps
        array([  0, 100, 200])
        """
        self._recorder.log_many(name, steps, values, times)

    def save(self, name: str, value: Any) -> None:
        """Keep a value in a standard format; see `anew.save`.

        Parameters
        ----------
        name
            Its name, such as ``"prediction.png"``.
        value
            The value.
        """
        from anew.digests import digest_or_none
        from anew.plots import keep_figure

        check_name("artifact", name)
        self._recorder.keep("artifact", name, value, content=digest_or_none(value))
        keep_figure(self._recorder, name, value)

    def input(self, path: str | os.PathLike[str]) -> Path:
        """Record a file that is read, and keep its content; see `anew.input`.

        Parameters
        ----------
        path
            The file.

        Returns
        -------
        pathlib.Path
            The path to read it from.
        """
        return self._recorder.input(path)

    def output(self, path: str | os.PathLike[str]) -> Path:
        """Declare a file that is written; see `anew.output`.

        Parameters
        ----------
        path
            The file, before or after it is written.

        Returns
        -------
        pathlib.Path
            The path.
        """
        return self._recorder.output(path)

    def tag(self, *tags: str) -> None:
        """Add words by which the trial is to be found.

        Parameters
        ----------
        *tags
            The words.
        """
        for each in tags:
            self._recorder.mark("tag", each)

    def note(self, text: str) -> None:
        """Add what is to be remembered of the trial.

        Parameters
        ----------
        text
            Any text.
        """
        self._recorder.mark("note", text)

    @property
    def record(self) -> Trial:
        """What is recorded by now; complete when the block has ended."""
        return self._recorder.store.trial(self.uuid)


class trial:  # noqa: N801 - reads as a verb: with anew.trial("bikes") as trial
    """Run a block of code as a trial.

    Parameters
    ----------
    experiment
        The name of the experiment that it belongs to.
    parameters
        Values by name, for names that are not identifiers.
    seed
        A root seed from 0, or ``"new"``: then `random`, numpy and the like are seeded with it when
        the block begins. Without one nothing is seeded, and the trial's seed is the experiment's.
    store
        The folder in which the trial is kept; the project's ``.anew`` by default.
    tags
        Words by which the trial is to be found.
    **named
        The parameters by name.

    Raises
    ------
    UsageError
        When a name or the seed cannot be used, or a parameter is given twice.
    StrictError
        When the setting ``strict`` holds and others could not make the trial anew.
    StoreError
        When the trial cannot be recorded at all; the block does not run then.

    Notes
    -----
    The trial belongs to the context (`contextvars`) in which the block runs: threads and coroutines
    may each have one of their own. One within another is its child. Exceptions are recorded and go
    on unchanged.

    Examples
    --------
    >>> import anew, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with anew.trial("circle", radius=2.0, store=folder) as trial:
    ...         trial.log(area=3.14 * trial.parameters["radius"] ** 2)
    ...     trial.record.metrics
    {'area': 12.56}
    """

    def __init__(
        self,
        experiment: str,
        parameters: Mapping[str, Any] | None = None,
        /,
        *,
        seed: Any = None,
        store: str | os.PathLike[str] | None = None,
        tags: Iterable[str] = (),
        **named: Any,
    ) -> None:
        twice = sorted((parameters or {}).keys() & named.keys())
        if twice:
            message = f"parameter {twice[0]!r} is given twice"
            raise UsageError(message, hint="give it by name, or in the mapping")
        self._experiment = check_name("experiment", experiment)
        self._parameters = {**(parameters or {}), **named}
        self._seed = seed
        self._store = None if store is None else str(store)
        self._tags = (tags,) if isinstance(tags, str) else tuple(tags)
        self._open: list[tuple[ExitStack, Recorder]] = []

    def __enter__(self) -> Running:
        settings = load_settings(find_project(), store=self._store)
        is_seeded = self._seed is not None
        recorder = begin(
            self._experiment,
            self._parameters,
            settings=settings,
            seed=self._seed,
            is_seeded=is_seeded,
        )
        with ExitStack() as stack:
            stack.enter_context(recording(recorder))
            running = Running(recorder, self._parameters)
            running.tag(*self._tags)
            if is_seeded:
                from anew.seeds import seed_globally

                seed_globally(recorder.handle.seed)
            self._open.append((stack.pop_all(), recorder))
        return running

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        ending, recorder = self._open.pop()
        ending.__exit__(kind, error, traceback)
        if kind is None and recorder.handle.reproduces:
            raise SystemExit(0)  # what its script does next is beside the point
