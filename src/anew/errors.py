"""Every error and warning of anew, and what each one asks of its reader.

::

    AnewError (Exception)
    ├── UsageError (ValueError)
    │   ├── UnknownParameterError (KeyError)
    │   ├── UnsetParameterError
    │   ├── UnknownTrialError (KeyError)
    │   ├── UnknownNameError (KeyError)
    │   ├── InvalidNameError
    │   └── ScriptError
    ├── EnvironmentProblemError (RuntimeError)
    │   ├── SnapshotError
    │   ├── NotReproducibleError
    │   └── StrictError
    ├── StoreError (OSError)
    │   ├── StoreTooNewError
    │   ├── StoreCorruptError
    │   ├── StoreNotWritableError
    │   ├── ObjectMissingError
    │   ├── ObjectCorruptError
    │   ├── BundleError
    │   └── MemoLostError
    ├── StampError (ValueError)
    └── ValueNotStoredError (TypeError)

    AnewWarning (UserWarning)

An error has three parts: what is wrong, with the offending value; where; and what to do about it.
The exit status of the command follows from the branch: 2 for usage, 3 for the environment, 4 for
the store.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "AnewError",
    "AnewWarning",
    "BundleError",
    "EnvironmentProblemError",
    "InvalidNameError",
    "MemoLostError",
    "NotReproducibleError",
    "ObjectCorruptError",
    "ObjectMissingError",
    "ScriptError",
    "SnapshotError",
    "StampError",
    "StoreCorruptError",
    "StoreError",
    "StoreNotWritableError",
    "StoreTooNewError",
    "StrictError",
    "UnknownNameError",
    "UnknownParameterError",
    "UnknownTrialError",
    "UnsetParameterError",
    "UsageError",
    "ValueNotStoredError",
    "near_misses",
]


def near_misses(name: str, known: Iterable[str]) -> str:
    """Say which of the known names were probably meant.

    Parameters
    ----------
    name
        The name that is not known.
    known
        The names that are.

    Returns
    -------
    str
        ``did you mean 'alpha'?``, or the known names, or an empty text when there are none.
    """
    import difflib

    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"known: {', '.join(names)}" if names else ""


def _rebuild(kind: type[AnewError], state: dict[str, Any]) -> AnewError:
    """Make an error again on the other side of a process border, past its keyword arguments."""
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (state["what"],)
    return error


class AnewError(Exception):
    """Base of every error that anew raises on its own account.

    Parameters
    ----------
    what
        What is wrong, with the offending value.
    where
        Trial, step, parameter or file at which it went wrong.
    hint
        A command or an argument that mends it.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    @property
    def message(self) -> str:
        """What is wrong and where, on one line, without the hint."""
        return f"{self.what} ({self.where})" if self.where else self.what

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Callable[..., AnewError], tuple[Any, ...]]:
        return _rebuild, (type(self), dict(self.__dict__))


class UsageError(AnewError, ValueError):
    """Something was asked for in a way that cannot be answered."""


class UnknownParameterError(UsageError, KeyError):
    """A parameter that the experiment does not declare was given a value."""

    def __init__(self, name: str, *, known: Iterable[str], experiment: str) -> None:
        self.name = name
        self.known = tuple(known)
        super().__init__(
            f"unknown parameter {name!r}",
            where=f"experiment {experiment!r}",
            hint=near_misses(name, self.known)
            or f"declare it: ex.parameter({name!r}, default=...)",
        )


class UnsetParameterError(UsageError):
    """A parameter without a default was given no value before the trial began."""

    def __init__(self, names: Iterable[str], *, experiment: str) -> None:
        self.names = tuple(names)
        several = "parameters" if len(self.names) > 1 else "parameter"
        super().__init__(
            f"{several} {', '.join(map(repr, self.names))} without a value",
            where=f"experiment {experiment!r}",
            hint=f"ex.set_parameters({', '.join(f'{n}=...' for n in self.names)}), "
            f"or on the command line: {' '.join(f'{n}=VALUE' for n in self.names)}",
        )


class UnknownTrialError(UsageError, KeyError):
    """No trial, or more than one, goes by the given number or UUID prefix."""

    def __init__(self, reference: object, *, store: str, why: str = "no such trial") -> None:
        self.reference = reference
        super().__init__(
            f"{why}: {reference!r}",
            where=f"store {store}",
            hint="`anew ls` lists the trials; a number, 'last', 'first' or a UUID prefix names one",
        )


class UnknownNameError(UsageError, KeyError):
    """A step, metric, artifact, file or column that is not there was asked for."""

    def __init__(self, kind: str, name: str, *, known: Iterable[str], where: str) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        super().__init__(
            f"no {kind} {name!r}",
            where=where,
            hint=near_misses(name, self.known) or f"it has no {kind} at all",
        )


class InvalidNameError(UsageError):
    """A name that could leave its folder, or that cannot be written down."""

    def __init__(self, kind: str, name: object, *, why: str) -> None:
        self.kind = kind
        self.name = name
        super().__init__(
            f"{kind} name {name!r} {why}",
            hint="use a relative name of letters, digits, '.', '-', '_' and '/', without '..'",
        )


class ScriptError(UsageError):
    """A script that cannot be run as an experiment."""


class EnvironmentProblemError(AnewError, RuntimeError):
    """The machine lacks something that the work needs."""

    exit_code = 3


class SnapshotError(EnvironmentProblemError):
    """The source tree could not be kept, or could not be checked out again."""


class NotReproducibleError(EnvironmentProblemError):
    """The record of a trial does not say enough to run it again."""


class StrictError(EnvironmentProblemError):
    """Strict mode found that others could not make the result anew, and nothing was run.

    ``obstacles`` holds what stands in the way, each with the command or edit that mends it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        hint: str | None = None,
        obstacles: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.obstacles = tuple(obstacles)
        super().__init__(what, where=where, hint=hint)


class StoreError(AnewError, OSError):
    """The store could not be read or written."""

    exit_code = 4


class StoreTooNewError(StoreError):
    """The store was written by a later version of anew than this one."""


class StoreCorruptError(StoreError):
    """The database of the store is damaged."""


class StoreNotWritableError(StoreError):
    """The store cannot be made or written where it should be."""


class ObjectMissingError(StoreError):
    """Content that a trial refers to is not in the object store."""


class ObjectCorruptError(StoreError):
    """Content in the object store does not have the digest that it is filed under."""


class BundleError(StoreError):
    """A bundle, or what a remote holds, is damaged or is not what anew wrote."""


class MemoLostError(StoreError):
    """The value of a memoised call is not there any more, or cannot be read."""


class StampError(AnewError, ValueError):
    """A stamp cannot be read or trusted, or a file cannot be given one."""


class ValueNotStoredError(AnewError, TypeError):
    """A value that no format can keep, or that was not kept for that reason."""

    exit_code = 4


class AnewWarning(UserWarning):
    """Something could not be recorded; the work itself went on."""
