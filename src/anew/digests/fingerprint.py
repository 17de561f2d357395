"""The fingerprint of code: all that a function's behaviour depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anew.code.memory import flush
from anew.digests.known import find_known, remember
from anew.digests.reached import keep_reach
from anew.digests.recalled import keep, recall
from anew.digests.values import walk_value

if TYPE_CHECKING:
    from anew.digests.walk import Walk
    from anew.model import Part

__all__ = ["Fingerprint", "fingerprint"]


@dataclass(frozen=True)
class Fingerprint:
    """What a function's behaviour depends on.

    ``digest`` is of all of it. ``parts`` are the things that were reached, each with a digest of
    its own: that of a helper is of its own text, not of what it reaches. ``strings`` are texts in
    the code that look like names of files. ``opaque`` are the names of things without content,
    such as a lock.
    """

    digest: str
    parts: tuple[Part, ...]
    strings: tuple[str, ...]
    opaque: tuple[str, ...]


def fingerprint(function: Any) -> Fingerprint:
    """Give the fingerprint of a function.

    Parameters
    ----------
    function
        A function, or anything that can be called: a method, a partial, a class, an object.

    Returns
    -------
    Fingerprint
        Of its code, the code of the project that it reaches, the values of the globals that it
        uses, and the versions of the libraries.

    Notes
    -----
    It follows the live objects as they are now; nothing is run but the import of a module that the
    function imports itself, and that only defines things.
    """
    known = find_known(function)
    if known is not None:
        return known
    kept = recall(function)
    if kept is not None:
        found, state = Fingerprint(*kept[0]), kept[1]
    else:
        found, walk = _follow(function)
        if walk.code is None:
            return found
        state = walk.code
        keep(function, state, found)
    remember(function, state, found)
    keep_reach(function, state)
    flush()
    return found


def _follow(function: Any) -> tuple[Fingerprint, Walk]:
    """Make the fingerprint of a function from all that it reaches."""
    from anew.digests.references import encode_value

    digest, walk = walk_value(
        function, "function", lambda walk: encode_value(function, "function", walk), in_code=True
    )
    state = walk.code
    if state is None:
        return Fingerprint(digest, (), (), ()), walk
    parts = tuple(state.parts.values())
    texts = tuple(sorted(state.strings)), tuple(sorted(state.opaque))
    return Fingerprint(digest, parts, *texts), walk
