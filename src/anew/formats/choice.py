"""Which format a value is kept in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from anew.errors import UnknownNameError, ValueNotStoredError
from anew.formats.arrow import ARROW
from anew.formats.binary import BINARY
from anew.formats.csv import CSV
from anew.formats.figure import PDF, PNG, SVG
from anew.formats.file import FILE
from anew.formats.image import IMAGE
from anew.formats.json import JSON
from anew.formats.npy import NPY, NPY_SCALAR
from anew.formats.parquet import PARQUET
from anew.formats.pickle import PICKLE
from anew.formats.text import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.types import Format

__all__ = ["ALL_FORMATS", "Encoded", "decode", "encode", "suffix_of"]

# What is content already: never wrapped in anything, whatever the artifact is called.
_AS_IT_IS: Final[tuple[Format, ...]] = (FILE, TEXT, BINARY)
# Tried in this order when nothing is asked for.
_UNASKED: Final[tuple[Format, ...]] = (JSON, NPY, NPY_SCALAR, PARQUET, PNG, PICKLE)
_ASKED_ONLY: Final[tuple[Format, ...]] = (CSV, ARROW, SVG, PDF, IMAGE)

ALL_FORMATS: Final = (*_AS_IT_IS, *_UNASKED, *_ASKED_ONLY)
_BY_NAME: Final = {form.name: form for form in ALL_FORMATS}

_HINT: Final = "return or save the plain values, arrays or frames that it is made of"
_OTHER_SUFFIXES: Final = {".pickle": ".pkl", ".pq": ".parquet"}


@dataclass(frozen=True)
class Encoded:
    """A value as the bytes of a file: the format's name, the suffix for a file name, the bytes."""

    format: str
    suffix: str
    data: bytes


def encode(value: Any, *, name: str | None = None) -> Encoded:
    r"""Write a value in the first format in which it comes back equal.

    Parameters
    ----------
    value
        Any value. A `pathlib.Path` stands for the content of that file.
    name
        The artifact's name. Its suffix asks for a format, which is used if it fits the value;
        CSV, Arrow, SVG, PDF and, for images of Pillow, PNG are used only when they are asked for.

    Returns
    -------
    Encoded
        Format, suffix and bytes.

    Raises
    ------
    ValueNotStoredError
        When no format can keep the value.

    Notes
    -----
    A frame is read again at once, to see that it comes back equal.

    Examples
    --------
    >>> encode({"alpha": 0.3})
    Encoded(format='json', suffix='.json', data=b'{"alpha": 0.3}\n')
    >>> decode("json", b'{"alpha": 0.3}')
    {'alpha': 0.3}
    """
    suffix = PurePath(name).suffix.lower() if name else ""
    refusal: Exception | None = None
    for form in _fitting(value, suffix):
        try:
            data = form.encode(value)
        except Exception as error:  # noqa: BLE001 - refusals are in the words of many libraries
            refusal = error
            continue
        return Encoded(form.name, _name_suffix(form, value, suffix), data)
    raise ValueNotStoredError(
        getattr(refusal, "what", f"a {type(value).__name__} cannot be kept: {refusal}"),
        where=f"artifact {name!r}" if name else None,
        hint=getattr(refusal, "hint", _HINT),
    ) from refusal


def decode(format_name: str, data: bytes) -> Any:
    """Read a value again.

    Parameters
    ----------
    format_name
        The name of the format that it was kept in.
    data
        The bytes of the file.

    Returns
    -------
    object
        The value. A file comes back as its bytes, a figure as a `Picture`.

    Raises
    ------
    UnknownNameError
        When this version of anew knows no such format.
    """
    form = _BY_NAME.get(format_name)
    if form is None:
        kind = "format"
        raise UnknownNameError(kind, format_name, known=_BY_NAME, where="this version of anew")
    return form.decode(data)


def suffix_of(format_name: str) -> str:
    """Give the suffix of a format's files; none for one that this version does not know.

    Parameters
    ----------
    format_name
        The name of the format.
    """
    form = _BY_NAME.get(format_name)
    return form.suffix if form else ""


def _fitting(value: Any, suffix: str) -> Iterator[Format]:
    """Give the formats that accept a value, those that fit best first."""
    yield from (form for form in _AS_IT_IS if form.accepts(value))
    if FILE.accepts(value):
        return  # a path to nothing is a mistake, not a value to be kept in another way
    asked = _OTHER_SUFFIXES.get(suffix, suffix)
    for form in (*_UNASKED, *_ASKED_ONLY):
        if form.suffix == asked and form.accepts(value):
            yield form
    yield from (form for form in _UNASKED if form.suffix != asked and form.accepts(value))


def _name_suffix(form: Format, value: Any, suffix: str) -> str:
    """Give the suffix of a file: what is content already keeps the one that it has."""
    if form is FILE and isinstance(value, Path):
        return value.suffix
    return suffix if form in _AS_IT_IS and suffix else form.suffix
