"""The causes of a difference, one sentence each, and what was not found out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from anew.render.screen import note, print_rendered

if TYPE_CHECKING:
    from anew.bisect import Bisection, Cause

__all__ = ["print_bisection"]

_LINES: Final = 12
_UNRESOLVED: Final = 10


def print_bisection(found: Bisection) -> None:
    """Print why a trial differs from another one.

    Parameters
    ----------
    found
        What the search found.
    """
    for cause, line in zip(found.causes, found.lines, strict=True):
        print_rendered(Text(line, style="bold green" if found.is_explained else "bold"))
        if not cause.is_minimal:
            told = "  without one of them nothing ran: they cannot be told apart"
            print_rendered(Text(told, style="yellow"))
        for commit in cause.commits:
            print_rendered(Text(f"  commit {commit}"))
        _print_lines(cause)
    if found.problem:
        print_rendered(Text(f"not explained: {found.problem}", style="bold red"))
    if found.hint:
        print_rendered(Text(f"  {found.hint}"))
    if found.not_searched and not found.hint.startswith("not searched"):
        print_rendered(Text(f"not searched: {'; '.join(found.not_searched)}", style="dim"))
    if found.noise:
        told = f"not looked at, for it is another one each time: {', '.join(found.noise)}"
        print_rendered(Text(told, style="yellow"))
    for text in found.unresolved[:_UNRESOLVED]:
        print_rendered(Text(f"unresolved: {text}", style="yellow"))
    if len(found.unresolved) > _UNRESOLVED:
        more = len(found.unresolved) - _UNRESOLVED
        print_rendered(Text(f"unresolved: {more} more mixtures", style="yellow"))
    note(_summarize(found))


def _print_lines(cause: Cause) -> None:
    """Show the hunks of a cause."""
    for change in cause.changes:
        lines = change.diff.splitlines()
        for line in lines[:_LINES]:
            print_rendered(Text(f"  {line}", style="green" if line.startswith("+") else "red"))
        if len(lines) > _LINES:
            print_rendered(Text(f"  and {len(lines) - _LINES} more lines", style="dim"))


def _summarize(found: Bisection) -> str:
    """Say what it took."""
    runs = f"{found.runs} run{'s' if found.runs != 1 else ''}"
    known = f" and {found.known} known before" if found.known else ""
    changes = f"{found.candidates} change{'s' if found.candidates != 1 else ''}"
    return f"{runs}{known}, {found.seconds:.1f} s, {changes} between the trials"
