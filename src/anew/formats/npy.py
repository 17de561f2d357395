"""Arrays and scalars of numpy as NPY, the format of `numpy.save`.

The format is described in `numpy.lib.format`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from anew.digests import digest_value
from anew.formats.loaded import is_exactly, is_instance

if TYPE_CHECKING:
    import numpy as np

    from anew.types import Format

__all__ = ["NPY", "NPY_SCALAR"]

# All but objects and numpy's variable-width text, of which arrays hold only addresses.
_PLAIN_KINDS: Final = frozenset("biufcmMSUV")


class _Npy:
    """Arrays of numpy's own class, without Python objects in them."""

    name = "npy"
    suffix = ".npy"

    def accepts(self, value: Any) -> bool:
        """Tell whether the value is an array whose dtype the header can say."""
        return is_exactly(value, "numpy.ndarray", "numpy.memmap") and _is_plain(value.dtype)

    def encode(self, value: np.ndarray[Any, Any]) -> bytes:
        """Write NPY without pickles, in the oldest version that fits."""
        import numpy as np

        file = io.BytesIO()
        try:
            np.lib.format.write_array(file, value, version=(1, 0), allow_pickle=False)
        except ValueError:  # version 1.0 has small headers of Latin letters only
            file = io.BytesIO()
            np.lib.format.write_array(file, value, version=(3, 0), allow_pickle=False)
        return file.getvalue()

    def decode(self, data: bytes) -> np.ndarray[Any, Any]:
        """Read NPY; the array is writable."""
        import numpy as np

        array: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
        return array


class _NpyScalar:
    """Scalars of numpy, each as an array without dimensions."""

    name = "npy-scalar"
    suffix = ".npy"

    def accepts(self, value: Any) -> bool:
        """Tell whether the value is a scalar that comes back equal; text ending in NUL is not."""
        if not is_instance(value, "numpy.generic") or not _is_plain(value.dtype):
            return False
        again = self.decode(self.encode(value))
        return type(again) is type(value) and digest_value(again) == digest_value(value)

    def encode(self, value: np.generic) -> bytes:
        """Write NPY."""
        import numpy as np

        return NPY.encode(np.asarray(value))

    def decode(self, data: bytes) -> Any:
        """Read NPY and take the scalar out."""
        return NPY.decode(data)[()]


def _is_plain(dtype: np.dtype[Any]) -> bool:
    """Tell whether a dtype comes back equal from a header."""
    import numpy as np

    if dtype.metadata is not None:
        return False
    if dtype.subdtype is not None:
        return _is_plain(dtype.subdtype[0])
    if dtype.names is not None:
        if not all(_is_plain(dtype[name]) for name in dtype.names):
            return False
        header = np.lib.format.dtype_to_descr(dtype)
        return bool(np.lib.format.descr_to_dtype(header) == dtype)
    return dtype.kind in _PLAIN_KINDS and np.dtype(dtype.str) == dtype


NPY: Final[Format] = _Npy()
NPY_SCALAR: Final[Format] = _NpyScalar()
