"""Where a file came from: by its stamp, by its content, by what it shows.

A name is never trusted, and neither is a stamp that the store does not bear out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.origins.finding import find_origin, list_files, whence
    from anew.origins.origin import Origin
    from anew.origins.plots import data_behind

__all__ = ["Origin", "data_behind", "find_origin", "list_files", "whence"]

__getattr__ = names_of(
    __name__,
    {
        "Origin": "origin",
        "data_behind": "plots",
        **dict.fromkeys(("find_origin", "list_files", "whence"), "finding"),
    },
)
