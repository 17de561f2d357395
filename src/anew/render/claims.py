"""What texts say of results, one line each, as compilers tell of places."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.text import Text

from anew.render.screen import print_line, print_rendered
from anew.render.text import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anew.claims import Claim

__all__ = ["print_claims"]

_STYLES: Final = {
    "holds": "green",
    "fixed": "cyan",
    "stale": "red",
    "unknown": "red",
    "unbound": "yellow",
}


def print_claims(claims: Sequence[Claim]) -> None:
    """Print those that do not hold, and count all.

    Parameters
    ----------
    claims
        What was found.
    """
    for each in claims:
        if each.status != "holds":
            place = f"{each.file}:{each.line}:{each.column}: "
            said = (
                each.detail if each.kind == "number" else f"{each.kind} {each.text}: {each.detail}"
            )
            line = Text.assemble(place, (each.status, _STYLES[each.status]), f"  {said}")
            print_line(line)  # editors and tools read places from it
    counted = Counter(each.status for each in claims)
    told = ", ".join(f"{counted[name]} {_word(name, counted)}" for name in _STYLES if counted[name])
    style = "red" if counted["stale"] or counted["unknown"] else "green"
    print_rendered(Text(f"{count(len(claims), 'claim')}{': ' if told else ''}{told}", style=style))


def _word(status: str, counted: Counter[str]) -> str:
    return "hold" if status == "holds" and counted[status] > 1 else status
