"""Values as standard files, and back.

A value is kept in the first format in which it comes back equal: text and bytes as they are, plain
values as JSON, arrays as NPY, frames as Parquet, figures as PNG, anything else as a pickle. The
suffix of an artifact's name asks for a format: ``table.csv``, ``figure.svg``.

Reading a pickle executes what is in it: only values of a store that is trusted should be decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anew.late import names_of

if TYPE_CHECKING:
    from anew.formats.choice import Encoded, decode, encode
    from anew.formats.picture import Picture
    from anew.formats.summary import summarize

__all__ = ["Encoded", "Picture", "decode", "encode", "summarize"]

__getattr__ = names_of(
    __name__,
    {
        **dict.fromkeys(("Encoded", "decode", "encode"), "choice"),
        "Picture": "picture",
        "summarize": "summary",
    },
)
