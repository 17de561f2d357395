"""Values from elsewhere that are not read, for reading them would execute what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["distrust", "is_distrusted", "trust"]


def distrust(folder: Path, digests: Iterable[str]) -> None:
    """Mark values that are not to be read.

    Parameters
    ----------
    folder
        The folder of the store.
    digests
        Of their content.
    """
    for digest in digests:
        place = _mark(folder, digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def trust(folder: Path, digests: Iterable[str]) -> None:
    """Allow values to be read.

    Parameters
    ----------
    folder
        The folder of the store.
    digests
        Of their content.
    """
    for digest in digests:
        _mark(folder, digest).unlink(missing_ok=True)


def is_distrusted(folder: Path, digest: str) -> bool:
    """Tell whether a value is not to be read."""
    return _mark(folder, digest).exists()


def _mark(folder: Path, digest: str) -> Path:
    return folder / "distrusted" / digest.rpartition(":")[2]
