"""All that digests values: each family of types registers its encoders when its module is read.

None of them imports what it encodes.
"""

from __future__ import annotations

from anew.digests import (
    aliases,
    arrays,
    arrow,
    classes,
    containers,
    frames,
    functions,
    live,
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
from anew.digests.own import register_digest
from anew.digests.registry import Chunk, Encoder, register
from anew.digests.values import digest, digest_or_none, digest_value
from anew.digests.walk import Walk

__all__ = [
    "Chunk",
    "Encoder",
    "Walk",
    "digest",
    "digest_or_none",
    "digest_value",
    "register",
    "register_digest",
]

_FAMILIES = (
    *(plain, containers, paths, arrays, masked, frames, functions, classes, aliases, live, objects),
    *(arrow, models, polars, records, sparse, tensors, xarray),
)
