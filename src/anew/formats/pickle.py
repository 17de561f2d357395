"""Any other value as a pickle, the last resort."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from anew.types import Format

__all__ = ["PICKLE"]

_PROTOCOL: Final = 5


class _Pickle:
    """Whatever cloudpickle can write, classes and functions of a script included."""

    name = "pickle"
    suffix = ".pkl"

    def accepts(self, value: object) -> bool:  # noqa: ARG002 - only trying tells
        """Accept any value; only trying tells."""
        return True

    def encode(self, value: Any) -> bytes:
        """Write a pickle."""
        import cloudpickle

        data: bytes = cloudpickle.dumps(value, protocol=_PROTOCOL)
        return data

    def decode(self, data: bytes) -> Any:
        """Read a pickle, which executes what is in it."""
        return pickle.loads(data)  # noqa: S301 - the store's content is its owner's


PICKLE: Final[Format] = _Pickle()
