"""What came of a call, kept for the next time it is asked for."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew import digests
from anew.errors import AnewError
from anew.memo import is_worth_keeping
from anew.memos import MEMO_FOLDER, NOTHING, Memo, Memos, use_known
from anew.notices import warn_once
from anew.reuse.effects import gather

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anew.memos import Encoded, Found
    from anew.model import Artifact
    from anew.recorder import Handle
    from anew.reuse.asking import Asked
    from anew.reuse.watched import Done

__all__ = ["Worth", "is_sound", "memos_in", "memos_of", "remember", "remembering"]

_LOOKED_THROUGH_BYTES: Final = 1 << 20
"""A kept value up to this size is digested when it is loaded, to see that it is whole."""

_WORTH_A_LOOK: Final = 1e-3
"""Seconds: for less it does not pay to find out how large a value would be on the disk."""

_SMALL_BYTES: Final = 8 << 10


@lru_cache(maxsize=64)
def memos_in(folder: str, limit_bytes: int) -> Memos:
    """Give the memos of a folder, the same object for the whole process."""
    use_known(Path(folder))
    return Memos(Path(folder), limit_bytes=limit_bytes)


def memos_of(store: str, limit_bytes: int) -> Memos:
    """Give the memos of a trials' store."""
    return memos_in(f"{store}/{MEMO_FOLDER}", limit_bytes)


def is_sound(found: Found | Memo, value: Any) -> bool:
    """Tell whether a value that was loaded is the one that was kept.

    A large one is mapped into memory, and not looked through for that.
    """
    size = getattr(found, "size_bytes", None)
    if size is None or size > _LOOKED_THROUGH_BYTES:
        return True
    memo: Any = getattr(found, "memo", found)
    return bool(digests.digest_or_none(value) == memo.content)


@contextmanager
def remembering(trial: Handle) -> Iterator[None]:
    """See to it that what was put off is kept when the trial ends."""
    memos = memos_of(trial.store, trial.memo_limit)
    try:
        yield
    finally:
        memos.flush()


@dataclass(frozen=True)
class Worth:
    """What decides whether and where a value is kept.

    Parameters
    ----------
    persist
        True, False or ``"auto"``: see `anew.memo.is_worth_keeping`.
    cost
        Seconds that having the value again would take.
    kept
        The value as the trial keeps it anyway, if it does.
    """

    persist: bool | str
    cost: float
    kept: Artifact | None = None


def remember(
    memos: Memos, asked: Asked, done: Done, worth: Worth, earlier: list[Found] | None = None
) -> Memo | None:
    """Keep what came of a call, and its value where that is worth it.

    Parameters
    ----------
    memos
        Where.
    asked, done
        The call, and what came of it.
    worth
        Whether the value is worth keeping.
    earlier
        The memos of the key, if somebody has looked already.

    Returns
    -------
    Memo or None
        The memo of it; None when the value is not there to be loaded.
    """
    if asked.key is None or done.content is None or done.obstacle:
        return None
    try:
        effects = gather(done, memos=memos, kept=worth.kept).write()
    except (AnewError, OSError) as error:
        warn_once(f"{asked.function}() will run again: what it wrote was not kept: {error}")
        return None
    memo = Memo(
        key=asked.key,
        function=asked.function,
        content=done.content,
        seconds=done.seconds,
        cost=max(worth.cost, done.seconds),
        seed=done.seed,
        reads=done.reads,
        effects=effects,
        code=asked.code,
        parts="",
        trial=asked.trial,
        created=time.time(),
    )
    if earlier is None:
        earlier = memos.find(memo.key, seed=memo.seed)
    _compare_with_earlier(memos, memo, done.value, earlier)
    encoded = _choose_value(memos, memo, done.value, worth.persist)
    if done.writes or asked.trial is None:
        is_kept = memos.put(memo, NOTHING if encoded is None else encoded, files=done.files)
    else:
        is_kept = memos.put_later(memo, encoded)
    return memo if is_kept and encoded is not None else None


def _choose_value(memos: Memos, memo: Memo, value: Any, persist: object) -> Encoded | None:
    """Give a value as it is stored, if it is to be."""
    if not persist or (persist == "auto" and not _is_worth_a_look(value, memo.cost)):
        return None
    try:
        encoded = memos.encode(value)
    except AnewError as error:
        warn_once(f"the value of {memo.function}() is not kept: {error.what}", about=memo.function)
        return None
    size, cost = encoded.size_bytes, memo.cost
    is_worth = is_worth_keeping(persist, size, cost, keeping=memos.seconds_to_keep)
    return encoded if is_worth else None


def _is_worth_a_look(value: Any, cost: float) -> bool:
    return cost > _WORTH_A_LOOK or sys.getsizeof(value, 0) <= _SMALL_BYTES


def _is_same(one: Memo, other: Memo) -> bool:
    """Tell whether two memos of a key are for the same conditions."""
    return one.reads == other.reads and one.seed == other.seed


def _compare_with_earlier(memos: Memos, memo: Memo, value: Any, known: list[Found]) -> None:
    """Warn of a call that gave another value than it did before, though nothing differed."""
    for found in known:
        earlier = found.memo
        if not _is_same(earlier, memo) or earlier.content == memo.content:
            continue
        where = ""
        if found.payload:
            from anew.purity import first_difference

            with suppress(AnewError):
                where = f": {first_difference(memos.load(found), value)}"
        warn_once(
            f"{memo.function}() is not pure: with the same code, arguments and files it gave "
            f"another value{where}. Look for a clock, a generator without seed or a hidden state, "
            "or say @ex.step(pure=False)",
            about=f"pure {memo.key} {memo.content}",
        )
