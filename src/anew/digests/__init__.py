"""The identity of content: BLAKE3 for bytes and files, a typed encoding over xxh3-128 for values.

A digest says by its prefix how it was made. ``blake3:`` names the bytes of a file. ``xxh3-2:``
names a value in memory, whatever object, memory layout, process or hash seed it lives in.

Which types are known, and how: `register` takes one encoder per type; each family has its file.
They are loaded when a name that digests values is first used: bytes and files do without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anew.digests.files import FileDigest, digest_bytes, digest_file, use_memory
from anew.late import names_of

if TYPE_CHECKING:
    from anew.digests.families import (
        Chunk,
        Encoder,
        Walk,
        digest,
        digest_or_none,
        digest_value,
        register,
        register_digest,
    )

__all__ = [
    "Chunk",
    "Encoder",
    "FileDigest",
    "Walk",
    "digest",
    "digest_bytes",
    "digest_file",
    "digest_or_none",
    "digest_value",
    "register",
    "register_digest",
    "use_memory",
]

_OF_VALUES: Final = (
    *("Chunk", "Encoder", "Walk", "digest", "digest_or_none", "digest_value"),
    *("register", "register_digest"),
)
__getattr__ = names_of(__name__, dict.fromkeys(_OF_VALUES, "families"))
