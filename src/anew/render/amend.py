"""What was said of a trial afterwards, and which were removed, in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from anew.render.screen import note, print_rendered
from anew.render.text import join_names

if TYPE_CHECKING:
    from anew.amend import Removed
    from anew.model import Trial

__all__ = ["print_marks", "print_removed"]


def print_marks(trial: Trial, kind: str) -> None:
    """Print the tags or the notes of a trial.

    Parameters
    ----------
    trial
        The trial.
    kind
        ``tags`` or ``notes``.
    """
    print_rendered(Text(f"trial {trial.number} of {trial.experiment}", style="bold"))
    for text in getattr(trial, kind):
        print_rendered(Text(f"  {text}"))


def print_removed(removed: Removed) -> None:
    """Print which trials were removed, and what referred to them.

    Parameters
    ----------
    removed
        What was removed.
    """
    numbers = join_names([str(number) for number in removed.numbers])
    print_rendered(Text(f"removed {'trial' if len(removed.numbers) == 1 else 'trials'} {numbers}"))
    for reference in removed.references:
        note(f"trial {reference.to}: {reference}")
