"""How a trial stands before the rules, a line for each, and below it what mends it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from anew.render.screen import print_rendered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.guards import Item
    from anew.model import Trial

__all__ = ["print_check"]

_STYLES: Final = {"met": "green", "not met": "red", "not applicable": "dim"}


def print_check(trial: Trial, items: Sequence[Item]) -> None:
    """Print verdicts on a trial.

    Parameters
    ----------
    trial
        The trial.
    items
        The verdicts, those of one source together.
    """
    print_rendered(Text(f"{trial.experiment}: trial {trial.number}", style="bold"))
    for source, group in groupby(items, key=lambda item: item.source):
        print_rendered("")
        print_rendered(Text(source, style="dim"))
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        for item in group:
            told = Text.assemble((item.rule, "bold"), f": {item.why}")
            if item.mend:
                told.append(f"\n{item.mend}", style="cyan")
            grid.add_row(Text(item.verdict, style=_STYLES[item.verdict]), told)
        print_rendered(grid)
    counted = {verdict: sum(item.verdict == verdict for item in items) for verdict in _STYLES}
    told_all = ", ".join(f"{number} {verdict}" for verdict, number in counted.items() if number)
    print_rendered("")
    print_rendered(Text(told_all, style="red" if counted["not met"] else "green"))
