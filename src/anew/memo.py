"""Which results still hold: the kernel of reuse. Pure: it reads nothing and writes nothing.

A call is known by its *key*: the digest of the function's code and of its arguments. What else a
call turned out to depend on shows only while it runs: the files it read, and the seed if it drew
random numbers. These are *conditions* of its memo. So one key may have several memos, as many as
there were states of the files, and a call is spared when the conditions of one of them hold.

A memo names the digest of the value that the call gave. That alone makes the keys of the calls
after it, so a whole chain is decided without loading a value; and a call that is computed again
and gives an equal value leaves the keys after it as they are.

References
----------
Mokhov, Mitchell, Peyton Jones: Build systems à la carte (2018): constructive traces and early
cut-off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anew.memos import Found
    from anew.model import Part

__all__ = ["choose", "is_worth_keeping", "make_key"]

_SMALL_BYTES = 8 << 10


def make_key(code: str, arguments: Iterable[Part]) -> str | None:
    """Give the key of a call.

    Parameters
    ----------
    code
        The digest of the function's code.
    arguments
        The arguments in the order of the signature.

    Returns
    -------
    str or None
        The digest of both; None when an argument has no digest, for then nothing is known of it.
    """
    import xxhash

    told = [code]
    for part in arguments:
        digest = part.digest
        if digest is None:
            return None
        told.append(f"{part.kind} {len(part.name)} {part.name} {len(digest)} {digest}")
    return f"key-1:{xxhash.xxh3_128_hexdigest(' '.join(told).encode())}"


def choose(
    found: Sequence[Found], *, seed: int | None, broken: Callable[[Found], str | None]
) -> tuple[Found | None, str]:
    """Choose the memo whose conditions hold.

    Parameters
    ----------
    found
        The memos of a key, the newest first.
    seed
        The seed that the call would draw with; None outside of a trial.
    broken
        Names the first condition of a memo that does not hold, such as a file that changed, and
        None when all of them do.

    Returns
    -------
    Found or None
        The first memo that holds.
    str
        Why none does: what is against the newest one, or an empty text when there is none at all.
    """
    against = ""
    for each in found:
        if each.memo.seed is not None and each.memo.seed != seed:
            problem: str | None = f"seed {each.memo.seed} became {seed}"
        else:
            problem = broken(each)
        if problem is None:
            return each, ""
        against = against or problem
    return None, against


def is_worth_keeping(
    persist: object, size_bytes: int, cost: float, *, keeping: Callable[[int], float]
) -> bool:
    """Decide whether a value is kept.

    Parameters
    ----------
    persist
        True, False, or ``"auto"``: when having the value again costs more than keeping it.
    size_bytes
        The size of the value as it would be kept.
    cost
        Seconds that computing it again would take.
    keeping
        Gives the seconds that storing and reading so many bytes would take.
    """
    if persist == "auto":
        return size_bytes <= _SMALL_BYTES or cost > keeping(size_bytes)
    return bool(persist)
