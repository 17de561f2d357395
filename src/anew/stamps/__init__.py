"""Provenance inside output files: written, read, and looked past.

`document` is what a stamp says, each family of formats has a module that finds and puts it,
`writing` changes files safely, `sidecar` is for those without a place, `reading` gives a stamp, and
the content without it: to all of anew, a stamped file is the file that it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.stamps.content import blocks
    from anew.stamps.document import Provenance, escape
    from anew.stamps.families import is_known
    from anew.stamps.reading import bare_bytes, bare_digest, bare_pieces, read_stamp
    from anew.stamps.sidecar import file_of, is_sidecar, without_stamps
    from anew.stamps.writing import Place, write_stamp

__all__ = [
    "Place",
    "Provenance",
    "bare_bytes",
    "bare_digest",
    "bare_pieces",
    "blocks",
    "escape",
    "file_of",
    "is_known",
    "is_sidecar",
    "read_stamp",
    "without_stamps",
    "write_stamp",
]

__getattr__ = names_of(
    __name__,
    {
        **dict.fromkeys(("Provenance", "escape"), "document"),
        **dict.fromkeys(("bare_bytes", "bare_digest", "bare_pieces", "read_stamp"), "reading"),
        "blocks": "content",
        "is_known": "families",
        **dict.fromkeys(("file_of", "is_sidecar", "without_stamps"), "sidecar"),
        **dict.fromkeys(("Place", "write_stamp"), "writing"),
    },
)
