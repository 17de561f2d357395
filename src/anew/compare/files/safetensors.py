"""Comparing safetensors: a header in JSON, then the numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from anew.compare.files.way import Way
    from anew.compare.finding import Finding

__all__ = ["compare_safetensors"]

_DTYPES: Final = {
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    **{f"I{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"U{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    "BOOL": "?",
}


def compare_safetensors(a: bytes, b: bytes, way: Way) -> Finding:
    """Compare the tensors by name, whatever their order.

    Parameters
    ----------
    a, b
        Their bytes.
    way
        How to compare.
    """
    return way.compare_tree(_read(a), _read(b))


def _read(data: bytes) -> dict[str, Any]:
    import numpy as np

    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    found: dict[str, Any] = {"__metadata__": header.pop("__metadata__", {})}
    for name, said in header.items():
        first, last = said["data_offsets"]
        content = data[start + first : start + last]
        if said["dtype"] == "BF16":  # the upper half of a float of 32 bits
            halves = np.frombuffer(content, "<u2").astype("<u4") << 16
            array = halves.view("<f4")
        else:
            array = np.frombuffer(content, _DTYPES.get(said["dtype"], "u1"))
        found[name] = array.reshape(said["shape"]) if said["dtype"] in _DTYPES else array
    return found
