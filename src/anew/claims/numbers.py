"""Values as a text says them, and whether it says them right."""

from __future__ import annotations

import re
from typing import Any, Final

from anew.errors import UsageError

__all__ = ["check_form", "core_of", "default_form", "is_said", "write_value"]

_FORM: Final = re.compile(
    r"(?:.?[<>=^])?[-+ ]?z?#?0?\d{0,2}[,_]?(?:\.\d{1,2})?[bdeEfFgGosxX%]?", re.DOTALL
)
_AROUND: Final = re.compile(r"([\s$*_`~]*)(.*?)([\s$*_`~]*)", re.DOTALL)
_STYLED: Final = re.compile(r"(\\(?:text\w+|math\w+|emph|underline|num)\{)(.*)(\})", re.DOTALL)
_MOST_EXACT: Final = 1e15
_NUMBER: Final = re.compile(r"[-+]?(?:\d[\d,_]*)?(?:\.(?P<decimals>\d*))?(?P<power>[eE][-+]?\d+)?")


def check_form(form: str) -> str:
    """Give back a format specification that says how a number is written, and no more.

    Parameters
    ----------
    form
        As Python's `format` takes it for numbers; widths and precisions up to 99.

    Raises
    ------
    UsageError
        When it is something else.
    """
    if _FORM.fullmatch(form) is None:
        message = f"format is {form!r}, expected a format specification of Python"
        raise UsageError(message, hint="write it as in .2f, .3g or ,d")
    return form


def write_value(value: Any, form: str) -> str:
    """Write a value as a text is to say it.

    Parameters
    ----------
    value
        A number, a truth or a text.
    form
        The format specification; empty for that of `default_form`.

    Raises
    ------
    UsageError
        When it cannot be written so.

    Examples
    --------
    >>> write_value(35.678, ".2f"), write_value(1234567, ",d"), write_value("ridge", "")
    ('35.68', '1,234,567', 'ridge')
    """
    check_form(form)
    if not isinstance(value, bool | int | float | str):
        message = f"a {type(value).__name__} cannot be said in a text"
        raise UsageError(message, hint="name a number or a text: a metric, a parameter, a result")
    if not form:
        return format(value, default_form(value))
    try:
        return format(value, form).strip()
    except (ValueError, OverflowError) as error:
        message = f"{value!r} cannot be written with the format {form!r}: {error}"
        raise UsageError(message, hint="choose a format for such a value") from error


def default_form(value: float | str) -> str:
    """Give the format of a value for which none is asked: six digits where it has a fraction.

    Parameters
    ----------
    value
        What is to be written.
    """
    if not isinstance(value, float):
        return ""  # as `str` writes it
    return ".0f" if value.is_integer() and abs(value) < _MOST_EXACT else ".6g"


def core_of(text: str) -> tuple[str, str, str]:
    r"""Split a text into what stands around a number, and the number.

    Examples
    --------
    >>> core_of(" **35.68** "), core_of(r"\textbf{35.68}")
    ((' **', '35.68', '** '), ('\\textbf{', '35.68', '}'))
    """
    before, after = "", ""
    for pattern in (_AROUND, _STYLED, _AROUND):
        if found := pattern.fullmatch(text):
            before, text, after = before + found[1], found[2], found[3] + after
    return before, text, after


def is_said(text: str, value: Any, form: str) -> tuple[bool, str]:
    """Tell whether a text says a value, and how it should.

    Parameters
    ----------
    text
        The number as it stands in the text, without what is around it.
    value
        The value of the store.
    form
        The format specification. Where it is empty, a number may be rounded as the text likes.

    Returns
    -------
    tuple of (bool, str)
        Whether it is right, and what is.
    """
    text = text.replace("\N{MINUS SIGN}", "-")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    found = _NUMBER.fullmatch(text) if is_number and not form and text else None
    if found is None:
        expected = write_value(value, form)
        return text == expected, expected
    decimals = len(found["decimals"] or "")
    own = f".{min(decimals, 99)}{'e' if found['power'] else 'f'}"
    expected = write_value(value, own)
    try:
        return float(text.replace(",", "").replace("_", "")) == float(expected), expected
    except ValueError:
        return False, expected
