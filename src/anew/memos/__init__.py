"""Memoised calls kept on disk: an index in SQLite, values as files that are mapped.

A *memo* is the kept record of one call: a key, made of the digests of its code and arguments, and
what it gave and touched. `Memos` keeps them in a folder: ``memo.db``, ``values/`` and ``files/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.memos.eviction import clean_store, find_named
    from anew.memos.folder import NOTHING, Memos
    from anew.memos.known_files import MEMO_FOLDER, KnownCode, KnownFiles, use_known
    from anew.memos.payload import Encoded
    from anew.memos.record import Found, Freed, FreedValue, Info, Memo, Used

__all__ = [
    "MEMO_FOLDER",
    "NOTHING",
    "Encoded",
    "Found",
    "Freed",
    "FreedValue",
    "Info",
    "KnownCode",
    "KnownFiles",
    "Memo",
    "Memos",
    "Used",
    "clean_store",
    "find_named",
    "use_known",
]

__getattr__ = names_of(
    __name__,
    {
        **dict.fromkeys(("clean_store", "find_named"), "eviction"),
        **dict.fromkeys(("NOTHING", "Memos"), "folder"),
        **dict.fromkeys(("MEMO_FOLDER", "KnownCode", "KnownFiles", "use_known"), "known_files"),
        "Encoded": "payload",
        **dict.fromkeys(("Found", "Freed", "FreedValue", "Info", "Memo", "Used"), "record"),
    },
)
