"""Comparing what two trials printed, stream by stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anew.compare.files.texts import compare_decoded
from anew.compare.finding import IDENTICAL, SAME_CONTENT, Finding, suggest_tolerance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.compare.terms import Case
    from anew.model import Trial

__all__ = ["STREAMS", "compare_console", "render_lines"]

STREAMS: Final = ("stdout", "stderr")

# Commands to the terminal: of colour and cursor, of its title (ECMA-48, 5.4 and 8.3.89).
_ANSI: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


# What anew itself says, of this trial and of those before.
_OWN: Final = re.compile(r"^(?:anew: .*|\S.*:\d+: AnewWarning: .*(?:\n  .*)?)\n?", re.MULTILINE)


def compare_console(case: Case) -> Iterator[tuple[str, Finding]]:
    """Compare each stream to which one of the trials printed.

    Parameters
    ----------
    case
        The trials.

    Yields
    ------
    name : str
        ``stdout`` or ``stderr``.
    found : Finding
        By the lines that are seen in the end: neither colours count, nor what a bar of progress
        wrote over.
    """
    printed = [_gather(trial) for trial in (case.a, case.b)]
    for name in STREAMS:
        old, new = (_OWN.sub("", each.get(name, "")) for each in printed)
        if old == new:
            if old:
                yield name, Finding()
            continue
        way = case.way(name)
        found = compare_decoded(render_lines(old), render_lines(new), way)
        if found.verdict == IDENTICAL:
            found = Finding(SAME_CONTENT, "the same lines are seen")
        yield name, suggest_tolerance(found, way.tolerance)


def _gather(trial: Trial) -> dict[str, str]:
    """Join what went to each stream."""
    streams: dict[str, list[str]] = {}
    for stream, text in trial.source.console(trial.uuid):
        streams.setdefault(stream, []).append(text)
    return {stream: "".join(texts) for stream, texts in streams.items()}


def render_lines(text: str) -> str:
    r"""Give the lines that are seen on a terminal in the end.

    Parameters
    ----------
    text
        What was printed.

    Examples
    --------
    >>> render_lines("\x1b[31m 10 %\r 100 %\ndone\r\n")
    ' 100 %\ndone\n'
    """
    plain = _ANSI.sub("", text).replace("\r\n", "\n")
    return "\n".join(_render(line) for line in plain.split("\n"))


def _render(line: str) -> str:
    """Give the last of what was written over each other, blanks at the end left out."""
    written = [part for part in line.split("\r") if part.strip()]
    return (written[-1] if written else "").rstrip()
