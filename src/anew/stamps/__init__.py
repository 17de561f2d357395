"""Provenance inside output files: written, read, and looked past.

`document` is what a stamp says, each family of formats has a module that finds and puts it, `writing`
changes files safely, `sidecar` is for those without a place, `reading` gives a stamp, and the content
without it: to all of anew, a stamped file is the file that it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.stamps.document import Provenance, escape
    from anew.stamps.reading import bare_bytes, bare_digest, bare_pieces, read_stamp
    from anew.stamps.sidecar import is_sidecar
    from anew.stamps.writing import Place, write_stamp

__all__ = [
    "Place",
    "Provenance",
    "bare_bytes",
    "bare_digest",
    "bare_pieces",
    "escape",
    "is_sidecar",
    "read_stamp",
    "write_stamp",
]

__getattr__ = names_of(
    __name__,
    {
        **dict.fromkeys(("Provenance", "escape"), "document"),
        **dict.fromkeys(("bare_bytes", "bare_digest", "bare_pieces", "read_stamp"), "reading"),
        "is_sidecar": "sidecar",
        **dict.fromkeys(("Place", "write_stamp"), "writing"),
    },
)
