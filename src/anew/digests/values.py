"""The digest of a value in memory."""

from __future__ import annotations

from typing import Final

from anew.digests.walk import Walk
from anew.errors import ValueNotStoredError

__all__ = ["digest_value"]

_PREFIX: Final = "xxh3-1:"


def digest_value(value: object, *, name: str = "value") -> str:
    """Give the digest of what a value says, not of how it lies in memory.

    Parameters
    ----------
    value
        Plain values and containers of them, numpy arrays, pandas frames, classes and functions
        by name, and whatever can be pickled, by its parts.
    name
        What the value is called in an error.

    Returns
    -------
    str
        ``xxh3-1:`` and 32 hexadecimal digits.

    Raises
    ------
    ValueNotStoredError
        When a part has no content that could be digested, such as an open file; the message
        begins with the way to it.

    Notes
    -----
    *Apart*: values of different types (``1``, ``True``, ``1.0``), ``0.0`` and ``-0.0``, dtypes,
    shapes, names of columns, index. *Together*: dictionaries and sets in any order, any NaN,
    arrays in any memory layout, frames whatever their blocks, one shared part or two equal ones.

    It does not depend on the process, the hash seed, or the release of Python for plain values,
    arrays and frames. Objects of other types are as stable as what they tell pickle. A function
    or class is what its name says, except a lambda, a local function and one of ``__main__``,
    which are their code and what they close over; the globals that they use are not followed.

    The hash is not cryptographic: it tells values apart that differ by chance or by error, not
    by design.

    References
    ----------
    XXH3, 128 bits, of xxHash 0.8 (2020), https://xxhash.com.

    Examples
    --------
    >>> digest_value({"a": 1, "b": 2.5}) == digest_value({"b": 2.5, "a": 1})
    True
    >>> digest_value(1) == digest_value(True)
    False
    """
    import xxhash

    walk = Walk(name)
    try:
        token = walk.token(value)
    except ValueNotStoredError:
        raise
    except RecursionError as error:
        what = f"{name}: a {type(value).__name__} is nested too deeply to be digested"
        raise ValueNotStoredError(what, hint="keep it as a flat list or array") from error
    except Exception as error:  # noqa: BLE001 - parts of any class were asked, who may fail in any way
        what = f"it cannot be digested: {type(error).__name__}: {error}"
        walk.refuse(what, hint="keep it out of the value", cause=error)
    return _PREFIX + xxhash.xxh3_128_hexdigest(token)
