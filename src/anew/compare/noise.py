"""What differs from run to run and says nothing of the result, by named rules.

A rule is asked only where two texts differ, and whatever it hides is named beside the verdict:
``same content, ignoring time stamps (rule: time)``. A number without a word that makes it a
duration is never noise, nor is a time stamp of another time than that at which the trials ran.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from anew.compare.stamps import STAMP, is_of
from anew.errors import UsageError, near_misses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.compare.stamps import Span

__all__ = ["RULES", "Noise", "Rule", "choose_rules", "is_duration"]

_RANDOM: Final = r"(?:tmp(?:\.\w{10}|\w{8})\b|(?:[\w.-]*[._-])?(?=\w*\d)\w{8,})(?:\.\w+)?"
_NUMBER: Final = r"\d+(?:[.,]\d+)?(?:e-?\d+)?"
_UNIT: Final = (
    r"(?:ns|[uµμ]s|ms|s|secs?|seconds?|milliseconds?|microseconds?|min|mins|minutes?|hours?|hrs?)\b"
)
_SPAN: Final = (
    rf"(?:\d+ ?h(?:ours?)?,? )?(?:\d+ ?m(?:in(?:utes?)?)?,? )?{_NUMBER}\s?{_UNIT}"
    rf"(?: and {_NUMBER} {_UNIT})?|(?:\d+m)\d+(?:\.\d+)?s|\d+(?::\d\d){{1,2}}(?:\.\d+)?\b"
)
_DONE: Final = (
    r"(?:finished|completed?|done|ended|passed|failed|ran|run|computed|trained|fitted|fit|loaded|"
    r"saved|built|executed|evaluated|solved|converged|processed|simulated|wrote|written|read)"
)
_TOOK: Final = (
    r"(?:elapsed|took|takes|taken|duration|run[ -]?time|wall[ -]?(?:clock|time)|"
    r"(?:total|real|user|sys|system|training|train|fit|fitting|execution|computation|"
    r"computing|processing|loading|evaluation|inference|solve|solver|cpu|step) time|"
    r"time (?:elapsed|taken|spent|needed|used))"
)


@dataclass(frozen=True)
class Rule:
    """One kind of noise.

    Parameters
    ----------
    name
        By which it is switched on and off.
    pattern
        What it hides in a text, but for the group ``said`` that only shows what is meant.
    hint
        What is in every text that it hides something of, and is found sooner.
    why
        What that is, for people.
    """

    name: str
    pattern: re.Pattern[str]
    hint: re.Pattern[str]
    why: str

    def may_hide(self, text: str) -> bool:
        """Tell whether there may be something to hide in a text."""
        return self.hint.search(text) is not None


# What a line of plain numbers, of which there may be very many, has nothing of.
_WORTH: Final = re.compile(r"[a-df-zA-DF-Z:/]|(?<![\d.])\d{8}")


def _rule(name: str, pattern: str, hint: str, why: str) -> Rule:
    wanted = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return Rule(name, wanted, re.compile(hint, re.IGNORECASE), why)


RULES: Final = (
    _rule(  # as Python and glibc write them: another number of base 16 may be a digest, or a result
        "address",
        r"\bat 0x[0-9a-f]{6,16}\b|\b0x(?:5[56]|7[ef])[0-9a-f]{10}\b",
        r"0x",
        "addresses in memory",
    ),
    _rule(
        "id",
        r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
        r"|\b(?:pid|process id|thread id|tid)[ =:#]{1,2}\d+\b"
        r"|\baltair-viz-[0-9a-f]{32}\b|\bT_[0-9a-f]{5}(?![0-9a-f])",
        r"[0-9a-f]{8}-|id[ =:#]|altair|T_",
        "ids of this run",
    ),
    _rule(
        "path",  # the part of it that is made up anew
        rf"(?<![\w.])(?:/private)?(?:/tmp|/var/tmp|/var/folders/\w\w/\w+/T|/dev/shm)/{_RANDOM}"
        rf"|\\appdata\\local\\temp\\{_RANDOM}"
        r"|\bpytest-of-\w+/pytest-\d+\b|\btmp(?:\.\w{10}|\w{8})\b",
        r"tmp|temp|/var/|/dev/shm/|pytest-of",
        "temporary paths",
    ),
    _rule("time", STAMP, r":\d\d|(?<![\d.])\d{8}|[a-z]{3}[a-z.]*,? \d", "time stamps"),
    _rule(
        "progress",
        r"\[\d[\d:]*<[\d:?]+, *(?:\d+(?:\.\d+)?|\?) ?\w*/\w+"
        r"|\b\d+(?:\.\d+)? ?(?:it|[kmg]?i?b|rows|samples|examples|steps|iterations)/s(?:ec)?\b"
        r"|\b(?:\d+s )?\d+(?:\.\d+)? ?(?:ns|[uµμ]s|ms|s)/(?:step|it|iter|epoch|batch|sample)\b"
        r"|\b(?:eta|remaining):? *\d+(?::\d\d){1,2}\b",
        r"/\w|eta|remaining",
        "rates of progress",
    ),
    _rule(
        "duration",
        rf"\b{_TOOK}\b[^\w\n]{{0,4}}(?:(?:is|was|of|about|in|for)\s+)?(?:{_SPAN})"
        rf"|\b{_TOOK}(?: \(?(?:s|ms|secs?|seconds)\)?)?\s*[:=]\s*{_NUMBER}\b"
        rf"|\b(?:cpu )?times: (?:(?:user|sys|total):? *(?:{_SPAN}),? *){{1,3}}"
        r"|\b(?:real|user|sys)\s+\d+m\d+(?:\.\d+)?s"
        rf"|(?P<said>\b{_DONE}\b[^\n.]{{0,40}}?\b(?:in|after|within)\s+)(?:{_SPAN})",
        r"[a-z]{3}",
        "durations",
    ),
)

# Names of numbers that are how long something took, and of those that are so where they stand alone
# and not in a table, which may be of anything.
_ALWAYS: Final = {
    *("elapsed", "elapsed_time", "runtime", "run_time"),
    *("walltime", "wall_time", "wall_clock"),
}
_ALONE: Final = {"duration", "seconds", "secs", "time", "timestamp", "time_stamp"}
_OF_WORK: Final = (
    r"fit|score|train|training|test|eval|evaluation|run|wall|cpu|gpu|total|elapsed|exec|execution|"
    r"compute|computation|inference|predict|prediction|load|loading|build|start|end|begin|finish|"
    r"step|epoch|iteration|process|processing|solve|solver|query|preprocessing|real|user|sys|system"
)
_WORKED: Final = re.compile(
    rf"(?:.*_)?(?:{_OF_WORK})_?(?:time|seconds|secs|duration)(?:_?(?:s|ms|ns|sec|seconds))?"
    r"|(?:time|seconds|duration|elapsed|runtime|walltime|wall_time)_(?:s|ms|ns|us|sec|secs|seconds)"
    r"|(?:time|seconds)_(?:taken|elapsed|spent|per_\w+|this_\w+|total_\w+|since_\w+)"
    r"|(?:mean|std|min|max|avg)_(?:fit|score)_time"
)


def is_duration(name: str, *, in_table: bool = False) -> bool:
    """Tell whether a number of that name is how long something took, or when.

    Parameters
    ----------
    name
        The name of a metric, a key or a column.
    in_table
        Whether it names many numbers, which may be the durations that are studied.

    Examples
    --------
    >>> [is_duration(name) for name in ("seconds", "fit_time", "Elapsed", "half_life", "lifetime")]
    [True, True, True, False, False]
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.rsplit("/", 1)[-1].strip())
    plain = re.sub(r"[\s.\-]+", "_", plain).lower()
    return plain in _ALWAYS or bool(_WORKED.fullmatch(plain)) or (plain in _ALONE and not in_table)


@dataclass(frozen=True)
class Noise:
    """What two texts may differ in without being different.

    Parameters
    ----------
    rules
        Those in force.
    moved
        Pairs of folders: where something was for the first text, and where for the second.
    spans
        When the first and the second trial ran, in UTC seconds; None when that is not known.
    """

    rules: tuple[Rule, ...] = RULES
    moved: tuple[tuple[str, str], ...] = ()
    spans: tuple[Span, Span] | None = None

    def has(self, name: str) -> bool:
        """Tell whether a rule is in force."""
        return any(rule.name == name for rule in self.rules)

    def relocate(self, text: str) -> str:
        """Name the folders of the second text as the first one does."""
        for old, new in self.moved:
            if old != new and new.strip("/\\") and new in text:
                pattern = rf"(?<![\w.-]){re.escape(new)}(?![\w-])"
                text = re.sub(pattern, lambda _, old=old: old, text)  # type: ignore[misc]
        return text

    def hide(self, text: str, side: int, rules: Iterable[Rule] | None = None) -> str:
        """Put names of rules in the place of what they hide."""
        if not _WORTH.search(text):
            return text
        for rule in self.rules if rules is None else rules:
            if not rule.may_hide(text):
                continue
            text = rule.pattern.sub(self._write(rule, side), text)
        return text

    def _write(self, rule: Rule, side: int) -> Callable[[re.Match[str]], str]:
        def write(found: re.Match[str]) -> str:
            if rule.name == "time" and not is_of(found[0], self.spans and self.spans[side]):
                return found[0]
            said = found.groupdict().get("said") or ""  # what was done may be a result
            return f"{said}⟨{rule.name}⟩"

        return write

    def explain(self, a: str, b: str) -> tuple[str, ...] | None:
        """Name the rules under which two texts are equal, as few as can be; None if they are not.

        Parameters
        ----------
        a, b
            Texts that differ.
        """
        moved = self.relocate(b)
        if a == moved:
            return ("place",)
        if not _WORTH.search(a):
            return None
        needed = [rule for rule in self.rules if rule.may_hide(a) and rule.pattern.search(a)]
        if not needed:
            return None
        if self.hide(a, 0, needed) != self.hide(moved, 1, needed):
            return None
        for rule in tuple(needed):
            others = [each for each in needed if each is not rule]
            if self.hide(a, 0, others) == self.hide(moved, 1, others):
                needed = others
        names = tuple(rule.name for rule in needed)
        hidden = self.hide(a, 0, needed) != self.hide(b, 1, needed)
        return ("place", *names) if hidden else names

    def settle(self, a: Any, b: Any) -> tuple[Any, tuple[str, ...]]:
        """Make a tree of plain values equal to another in all that is noise.

        Parameters
        ----------
        a, b
            Trees of dictionaries, lists, texts and numbers.

        Returns
        -------
        tree : object
            The second, with the noise of the first.
        used : tuple of str
            The names of the rules that were needed.
        """
        used: dict[str, None] = {}
        return self._settle(a, b, used), tuple(used)

    def _settle(self, a: Any, b: Any, used: dict[str, None], *, in_table: bool = False) -> Any:
        if type(a) is not type(b):
            return b
        if type(a) is dict and a.keys() == b.keys():
            return {
                key: a[key]
                if self._is_noise(key, (a[key], b[key]), used, in_table=in_table)
                else self._settle(a[key], b[key], used, in_table=in_table)
                for key in b
            }
        if type(a) is list and len(a) == len(b):
            return [self._settle(x, y, used, in_table=True) for x, y in zip(a, b, strict=True)]
        if type(a) is str and a != b and (names := self.explain(a, b)) is not None:
            used.update(dict.fromkeys(names))
            return a
        return b

    def _is_noise(
        self, key: Any, pair: tuple[Any, Any], used: dict[str, None], *, in_table: bool
    ) -> bool:
        """Tell whether two numbers, or lists of as many, differ as durations do."""
        a, b = (each if type(each) is list else [each] for each in pair)
        is_many = in_table or type(pair[0]) is list
        if len(a) != len(b) or not self.is_duration(key, in_table=is_many):
            return False
        is_noise = all(type(each) in {int, float} for each in (*a, *b)) and a != b
        if is_noise:
            used["duration"] = None
        return is_noise

    def is_duration(self, name: object, *, in_table: bool = False) -> bool:
        """Tell whether a number of that name is a duration, and that is noise."""
        known = isinstance(name, str) and self.has("duration")
        return known and is_duration(str(name), in_table=in_table)

    def tell(self, names: Iterable[str]) -> str:
        """Say what was ignored, and by which rules."""
        named = list(dict.fromkeys(names))
        if not named:
            return ""
        whys = {"place": "where the project is", **{rule.name: rule.why for rule in RULES}}
        what = " and ".join(whys.get(name, name) for name in named)
        return f"ignoring {what} (rule{'s' * (len(named) > 1)}: {', '.join(named)})"


def choose_rules(names: Iterable[str] | None = None) -> tuple[Rule, ...]:
    """Give the rules of some names.

    Parameters
    ----------
    names
        Those that are to be in force; with a ``-`` before a name, all but those; None for all.

    Raises
    ------
    UsageError
        When there is no such rule.
    """
    if names is None:
        return RULES
    listed = list(names)
    known = [rule.name for rule in RULES]
    for name in listed:
        if name.removeprefix("-") not in known:
            message = f"there is no rule {name!r} of noise"
            raise UsageError(message, hint=near_misses(name, known))
    return tuple(rule for rule in RULES if _is_chosen(rule.name, listed))


def _is_chosen(name: str, listed: list[str]) -> bool:
    wanted = [each for each in listed if not each.startswith("-")]
    return f"-{name}" not in listed and (name in wanted or (not wanted and bool(listed)))
