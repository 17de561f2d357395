"""Where a file came from, fact by fact."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from anew.origins.origin import ALTERED, GUESSED, SAME, UNCHANGED, UNVERIFIED
from anew.render.screen import print_line, print_rendered
from anew.render.text import cut, join_names, show_value
from anew.stamps import escape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anew.origins import Origin

__all__ = ["print_origin"]

_STYLES: Final = {
    UNCHANGED: "green",
    SAME: "green",
    GUESSED: "yellow",
    UNVERIFIED: "yellow",
    ALTERED: "red",
}
_DIGITS: Final = 12
_LONGEST: Final = 400
_NAMES: Final = len("parameters  ")


def print_origin(path: Path, origin: Origin | None, fault: str) -> None:
    """Print what is known of a file.

    Parameters
    ----------
    path
        The file.
    origin
        Where it came from; None when nothing is known.
    fault
        Why not, where something kept from finding out.
    """
    head = Text.assemble((escape(path), "bold"), ": ")
    if origin is None:
        print_rendered(head + Text(escape(fault or "nothing is known of it"), style="red"))
        return
    print_rendered(head + Text(escape(origin.summary), style=_STYLES[origin.state]))
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, min_width=len("parameters"))
    grid.add_column(overflow="fold")
    for name, text in _facts(origin):
        if text:
            grid.add_row("", Text(name, style="dim"), Text(cut(escape(text), _LONGEST)))
    print_rendered(grid)
    if origin.again:  # not broken, so that it can be pasted
        line = Text.assemble("  ", ("again".ljust(_NAMES), "dim"), escape(origin.again))
        print_line(line)


def _facts(origin: Origin) -> Iterator[tuple[str, str]]:
    number = f"{origin.number} ({origin.trial})" if origin.number else origin.trial
    code = f"snapshot {origin.snapshot[:_DIGITS]}" if origin.snapshot else ""
    if origin.commit:
        code = f"{code}, on commit {origin.commit[:_DIGITS]}".removeprefix(", ")
    parameters = (f"{n}={show_value(v)}" for n, v in origin.parameters.items())
    inputs = (f"{path} {digest[: 7 + _DIGITS]}" for path, digest in origin.inputs.items())
    yield from (("remark", remark) for remark in origin.remarks)
    yield "trial", number
    yield "when", origin.date
    yield "who", "@".join(each for each in (origin.user, origin.host) if each)
    yield "code", code
    yield "command", " ".join(origin.command)
    yield "parameters", join_names(parameters, 12)
    yield "inputs", join_names(inputs, 8)
    yield "also", join_names(origin.others)
    yield "found by", origin.by
    yield "store", origin.store
