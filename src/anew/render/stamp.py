"""Where stamps were put, a line for each file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from anew.render.screen import print_rendered
from anew.stamps import escape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anew.stamps import Place

__all__ = ["print_stamped"]


def print_stamped(places: Mapping[str, Place]) -> None:
    """Print which files were stamped.

    Parameters
    ----------
    places
        Where the stamp is, by file.
    """
    for file, place in places.items():
        beside = f"  beside it: {escape(place.path)}" if not place.inside else ""
        why = f" ({escape(place.why)})" if place.why else ""
        print_rendered(Text(f"stamped {escape(file)}{beside}{why}"))
