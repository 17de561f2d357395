"""What the parts of a filter give for one trial: values, and truths of three kinds."""

from __future__ import annotations

import ast
import operator
import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self

from anew.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Value = Callable[[Mapping[str, Any]], Any]

__all__ = [
    "UNKNOWN",
    "Commits",
    "Version",
    "compare",
    "gather",
    "give",
    "is_missing",
    "join",
    "look_up",
    "make_key",
    "miss",
    "negate",
    "to_time",
    "truth",
]

UNKNOWN: Final = object()
"""What a comparison gives that has no answer."""

_OPERATORS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, container: item in container,
    ast.NotIn: lambda item, container: item not in container,
}

_SHORTEST: Final = 4
"""So many digits of a commit are enough to mean it."""


class Version(str):
    """The version of a package: a text that is compared as versions are."""

    __slots__ = ()


class Commits(str):
    """The commits of a trial's code: that of the snapshot, and that of the user's repository.

    It is equal to either of them, also when that is abbreviated.
    """

    __slots__ = ("all",)
    __hash__ = str.__hash__

    all: tuple[str, ...]

    def __new__(cls, *commits: str) -> Self:
        """Make it; the first one is what is shown."""
        made = super().__new__(cls, commits[0])
        made.all = commits
        return made

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        is_short = len(other) < _SHORTEST
        return not is_short and any(each.startswith(other.lower()) for each in self.all)

    def __ne__(self, other: object) -> bool:
        return not self == other


def look_up(name: str) -> Value:
    """Give the function that looks a name up."""
    return lambda row: row.get(name, UNKNOWN)


def miss(name: str) -> Value:
    """Give the function that tells whether a trial lacks a name."""
    return lambda row: row.get(name, UNKNOWN) is UNKNOWN


def give(constant: Any) -> Value:
    """Give the function that gives the same for every trial."""
    return lambda row: constant  # noqa: ARG005 - a constant of every row


def gather(values: list[Value]) -> Value:
    """Give the function that makes a list; one with an unknown part is unknown."""

    def gathered(row: Mapping[str, Any]) -> Any:
        made = [value(row) for value in values]
        return UNKNOWN if any(each is UNKNOWN for each in made) else made

    return gathered


def truth(value: Any) -> Any:
    """Give True, False or unknown; a missing value of a name is unknown, another one its truth."""
    return value if value is UNKNOWN else bool(value)


def negate(value: Value) -> Value:
    """Give the function that says the contrary."""

    def negated(row: Mapping[str, Any]) -> Any:
        answer = truth(value(row))
        return answer if answer is UNKNOWN else not answer

    return negated


def join(values: list[Value], *, decisive: bool) -> Value:
    """Join conditions by ``or``, which True decides, or by ``and``, which False does."""

    def joined(row: Mapping[str, Any]) -> Any:
        answer: Any = not decisive
        for value in values:
            part = truth(value(row))
            if part is decisive:
                return decisive
            if part is UNKNOWN:
                answer = UNKNOWN
        return answer

    return joined


def compare(left: Value, kind: type[ast.cmpop], right: Value) -> Value:
    """Compare two values; what cannot be compared has no answer."""
    ask = _OPERATORS[kind]

    def compared(row: Mapping[str, Any]) -> Any:
        one, other = left(row), right(row)
        if one is UNKNOWN or other is UNKNOWN:
            return UNKNOWN
        if isinstance(one, datetime) or isinstance(other, datetime):
            one, other = to_time(one), to_time(other)
        if isinstance(one, Version) or isinstance(other, Version):
            one, other = to_version(one), to_version(other)
        try:
            return bool(ask(one, other))
        except (TypeError, ValueError):
            return UNKNOWN

    return compared


def to_time(value: Any) -> Any:
    """Read a text as a time, local unless it says otherwise."""
    if isinstance(value, list):
        return [to_time(each) for each in value]
    if not isinstance(value, str):
        return value
    try:
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError) as error:
        message = f"{value!r} is not a time"
        raise UsageError(message, hint="""as in started > "2026-11-21 08:30\"""") from error


def to_version(value: Any) -> Any:
    """Read a text as a version by PEP 440; of what is none, the digits in it count."""
    if isinstance(value, list):
        return [to_version(each) for each in value]
    if isinstance(value, int | float):
        message = f"{value!r} is a number, and no version"
        raise UsageError(message, hint="""as in package.numpy >= "2.4\"""")
    return _make_version(str(value)) if isinstance(value, str) else value


@cache
def _make_version(text: str) -> Any:
    from packaging.version import InvalidVersion, parse

    try:
        return parse(text)
    except InvalidVersion:
        return parse(".".join(re.findall(r"[0-9]+", text)) or "0")


def make_key(value: Value) -> Callable[[Mapping[str, Any]], tuple[int, Any] | None]:
    """Make what values of any kinds are ordered by; None for one that is missing."""
    return lambda row: _rank(value(row))


def is_missing(value: Any) -> bool:
    """Tell whether a value has no place in an order."""
    return value is UNKNOWN or value is None or value != value  # noqa: PLR0124 - NaN is not itself


def _rank(value: Any) -> tuple[int, Any] | None:
    """Tell numbers, times, versions, texts and all others apart, in this order."""
    if is_missing(value):
        return None
    if isinstance(value, int | float):
        return 0, value
    if isinstance(value, datetime):
        return 1, value
    if isinstance(value, Version):
        return 2, _make_version(str(value))
    return (3, value) if isinstance(value, str) else (4, repr(value))
