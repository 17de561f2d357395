"""The digest of a value in memory."""

from __future__ import annotations

import contextvars
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Final

from anew.digests.atoms import ATOMS
from anew.digests.walk import Walk, small_token
from anew.errors import ValueNotStoredError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PREFIX", "digest", "digest_or_none", "digest_value", "walk_value"]

PREFIX: Final = "xxh3-2:"
_STACK_BYTES: Final = 1 << 29
_STACK_FRAMES: Final = 200_000


def digest(value: object) -> str:
    """Give the digest of a value: equal contents have equal digests, in any process.

    Parameters
    ----------
    value
        Plain values and containers of them, paths, arrays, frames, tensors, models, functions,
        and whatever else can be pickled.

    Returns
    -------
    str
        ``xxh3-2:``, which is the algorithm and the version of the encoding, and 32 hexadecimal
        digits.

    Raises
    ------
    ValueNotStoredError
        When a part has no content that could be digested, such as a socket; the message begins
        with the way to it, ``value.callbacks[0]: a socket``.

    Notes
    -----
    *Apart*: values of different types (``1``, ``True``, ``1.0``, ``"1"``, ``b"1"``; a list and a
    tuple; an array of no dimension, its scalar and a number); ``0.0`` and ``-0.0``, and each NaN
    by its bits; dtype, shape and logical order of arrays; names and dtypes of columns, index,
    ``attrs`` and order of categories of frames; ``None``, NA, NaT and NaN; an ``OrderedDict`` by
    its order; ``Decimal("1.0")`` and ``Decimal("1.00")``.

    *Together*: dictionaries and sets in any order; one shared part or two equal ones; arrays in
    any memory layout and byte order, in memory or mapped from a file, whatever lies in padding
    or under a mask; frames whatever their blocks, whatever stores their texts, whatever lies
    under a gap; an index that counts, written out or not.

    A `pathlib.Path` is the content of the file or folder that it names, without names around it;
    in a folder, names and contents, but for what anew keeps in ``.anew``. One that names nothing
    is its text, as a path of `pathlib.PurePath` always is; a ``str`` is text. How a class says
    what its values are: a method ``__anew_digest__``, or `register_digest`.

    It does not depend on the process, the hash seed, or the release of Python; of objects that
    no encoder knows, it is as stable as what they tell pickle. The hash is not cryptographic: it
    tells values apart that differ by chance or by error, not by design.

    References
    ----------
    XXH3, 128 bits, of xxHash 0.8 (2020), https://xxhash.com.

    Examples
    --------
    >>> digest({"a": 1, "b": 2.5}) == digest({"b": 2.5, "a": 1})
    True
    >>> digest(1) == digest(True)
    False
    """
    return digest_value(value)


def digest_value(value: object, *, name: str = "value") -> str:
    """Give the digest of a value, as `digest` does.

    Parameters
    ----------
    value
        Any value.
    name
        What the value is called in an error.

    Returns
    -------
    str
        ``xxh3-2:`` and 32 hexadecimal digits.

    Raises
    ------
    ValueNotStoredError
        When a part has no content that could be digested; the message begins with ``name`` and
        the way from there.
    """
    import xxhash

    atom = ATOMS.get(type(value))
    if atom is not None:
        return PREFIX + xxhash.xxh3_128_hexdigest(atom(value))
    small = small_token(value)
    if small is not None:
        return PREFIX + xxhash.xxh3_128_hexdigest(small)
    try:
        return walk_value(value, name)[0]
    except RecursionError as error:
        what = f"{name}: a {type(value).__name__} is nested too deeply to be digested"
        raise ValueNotStoredError(what, hint="keep it as a flat list or array") from error


def walk_value(
    value: object,
    name: str,
    encode: Callable[[Walk], bytes] | None = None,
    *,
    in_code: bool = False,
) -> tuple[str, Walk]:
    """Digest a value, as often as it takes to know what counts.

    Parameters
    ----------
    value
        The value.
    name
        What it is called in an error.
    encode
        Makes its token, when it is not `Walk.token` that does.
    in_code
        Whether parts without content count by their type.

    Returns
    -------
    tuple
        The digest, and the walk with all that it saw.
    """
    import xxhash

    modes: frozenset[str] = frozenset()
    walk, token = _start(name, modes, in_code=in_code), b""
    while True:
        try:
            token = _walk(walk, value, encode)
        except RecursionError:
            if walk.code is None:  # data that is nested so deeply is refused
                raise
            walk = _start(name, modes, in_code=in_code)
            token = _call_deeply(partial(_walk, walk, value, encode))
        seen = modes if walk.code is None else modes | walk.code.flags
        if seen == modes:
            return PREFIX + xxhash.xxh3_128_hexdigest(token), walk
        modes = frozenset(seen)
        walk = _start(name, modes, in_code=in_code)


def _start(name: str, modes: frozenset[str], *, in_code: bool) -> Walk:
    walk = Walk(name)
    walk.in_code = int(in_code)
    if modes:
        from anew.digests.code_state import CodeState

        walk.code = CodeState(walk, modes)
    return walk


def _call_deeply(call: Callable[[], bytes]) -> bytes:
    """Call with a stack that is deep enough for helpers that call helpers a thousand times."""
    found: list[bytes | BaseException] = []

    def run() -> None:
        try:
            found.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked for
            found.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(_STACK_BYTES)
    context = contextvars.copy_context()
    try:
        sys.setrecursionlimit(max(limit, _STACK_FRAMES))
        thread = threading.Thread(target=context.run, args=(run,), name="anew-digest")
        thread.start()
    finally:
        threading.stack_size(size)
    thread.join()
    sys.setrecursionlimit(limit)
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def _walk(walk: Walk, value: object, encode: Callable[[Walk], bytes] | None) -> bytes:
    try:
        return walk.token(value) if encode is None else encode(walk)
    except (ValueNotStoredError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - parts of any class were asked, who may fail in any way
        what = f"it cannot be digested: {type(error).__name__}: {error}"
        return walk.refuse(what, hint="keep it out of the value", cause=error)


def digest_or_none(value: object) -> str | None:
    """Digest a value.

    Returns
    -------
    str or None
        None for a value that cannot be digested, so that it is never called equal to another.
    """
    try:
        return digest_value(value)
    except ValueNotStoredError:
        return None
