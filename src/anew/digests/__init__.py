"""The identity of content: BLAKE3 for bytes and files, a typed encoding over xxh3-128 for values.

A digest says by its prefix how it was made. ``blake3:`` names the bytes of a file. ``xxh3-2:``
names a value in memory, whatever object, memory layout, process or hash seed it lives in.

Which types are known, and how: `register` takes one encoder per type; each family has its file.
"""

from __future__ import annotations

from anew.digests import (
    arrays,
    arrow,
    classes,
    containers,
    frames,
    functions,
    masked,
    models,
    objects,
    paths,
    plain,
    polars,
    records,
    sparse,
    tensors,
    xarray,
)
from anew.digests.files import FileDigest, digest_bytes, digest_file, use_memory
from anew.digests.own import register_digest
from anew.digests.registry import Chunk, Encoder, register
from anew.digests.values import digest, digest_or_none, digest_value
from anew.digests.walk import Walk

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

# A family registers its encoders when its module is read; none of them imports what it encodes.
_FAMILIES = (
    *(plain, containers, paths, arrays, masked, frames, functions, classes, objects),
    *(arrow, models, polars, records, sparse, tensors, xarray),
)
