"""The memos kept in a folder."""

from __future__ import annotations

import os
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anew.errors import MemoLostError, StoreError, ValueNotStoredError
from anew.memos.eviction import clean, evict
from anew.memos.index import IndexLostError
from anew.memos.keeping import keep
from anew.memos.later import Later
from anew.memos.payload import Encoded, encode_value, read_inline
from anew.memos.place import Place
from anew.memos.record import INLINE, Found, Freed, Info, Memo, Used
from anew.memos.rows import FIND, FIND_OF_SEED, drop_rows, find_keys, sweep, to_found
from anew.notices import warn_once
from anew.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anew.memos.index import Index

__all__ = ["NOTHING", "Memos"]

NOTHING: Final[Any] = type("Nothing", (), {"__repr__": lambda _: "NOTHING"})()
"""Stands for "no value is given", since None is one."""

_HOUR: Final = 3600.0
_PENDING: Final = 256
_KEPT_AFTER_CLEANING: Final = 0.9
_PRIOR: Final = (1e-3, 1e-9)
"""Seconds that keeping takes where nothing was measured yet: in any case, and for each byte."""

_PER_FUNCTION: Final = """
SELECT function, count(*), sum(size + ifnull(
    (SELECT sum(size) FROM files WHERE memo = memos.id), 0)) AS bytes, sum(seconds)
FROM memos GROUP BY function ORDER BY bytes DESC, function
"""


class Memos:
    """Records of calls and their values, in a folder that many processes may use at once.

    Parameters
    ----------
    folder
        The folder. Nothing is made before something is first kept.
    limit_bytes
        How much values and files may take. The setting's default when it is not given.

    Attributes
    ----------
    files : FolderObjects
        Contents of files that calls wrote.

    Notes
    -----
    Whatever is wrong with the folder is a warning, said once: then nothing is found or kept, and
    the work goes on. A value is in its place before the row that refers to it.

    Reading a value may execute what is in a pickle: the folder is its owner's.
    """

    def __init__(self, folder: Path, *, limit_bytes: int | None = None) -> None:
        self.folder = Path(folder)
        self.limit_bytes = Settings.memo_limit if limit_bytes is None else limit_bytes
        self._place = Place(self.folder)
        self.files = self._place.files
        self._index = self._place.index
        self._payloads = self._place.payloads
        self._lost: set[object] = set()
        self._used: dict[int, float] = {}
        self._later = Later(self._place, self._lost)
        weakref.finalize(self, _end, self._index, self._used, self._later)

    def __reduce__(self) -> tuple[Callable[..., Memos], tuple[Any, ...]]:
        return _reopen, (self.folder, self.limit_bytes)

    def __repr__(self) -> str:
        return f"Memos({str(self.folder)!r})"

    def find(self, key: str, *, seed: int | None = None) -> list[Found]:
        """Find the memos of a key.

        Parameters
        ----------
        key
            The digest of code and arguments.
        seed
            Only memos that drew with this seed or did not draw; all by default.

        Returns
        -------
        list of Found
            The newest first; none when the folder cannot be read.
        """
        try:
            if key in self._later.keys:
                self._later.write()
            if seed is None:  # by cached functions, which ask for the same call again and again
                return list(self._index.ask(FIND, key, to_found))
            rows = self._index.query(FIND_OF_SEED, (key, str(seed)))
        except StoreError as error:
            self._warn("found", error)
            return []
        return [to_found(row) for row in rows]

    def known(self, keys: Iterable[str]) -> set[str]:
        """Tell of which keys there are memos: much sooner than by asking for each of them.

        Parameters
        ----------
        keys
            The keys.

        Returns
        -------
        set of str
            Those of the keys; none when the folder cannot be read.
        """
        try:
            self._later.write()
            return find_keys(self._index.query, list(keys))
        except StoreError as error:
            self._warn("found", error)
            return set()

    def has_value(self, memo: Found | Memo) -> bool:
        """Tell whether the value of a memo is there, without reading it."""
        found = self._locate(memo)
        if found is None or found.payload is None:
            return False
        return found.inline is not None or self._payloads.has(found.payload, found.size_bytes)

    def load(self, memo: Found | Memo) -> Any:
        """Give the value of a memo; large arrays lie in its file until they are written to.

        Parameters
        ----------
        memo
            What `find` gave; a bare record is looked up again.

        Returns
        -------
        object
            The value. The file never changes, whatever is done to it.

        Raises
        ------
        MemoLostError
            When there is none, or it is damaged, or its class is not there any more.
        """
        found = self._locate(memo)
        if found is None or found.payload is None:
            raise _lost(memo, "is not kept")
        try:
            if found.inline is not None:
                value = read_inline(found.inline)
            else:
                value = self._payloads.load(found.payload)
        except Exception as error:
            self._give_up(found)
            raise _lost(memo, f"cannot be read: {_describe(error)}") from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # how polars says that a file is damaged
                raise
            self._give_up(found)
            raise _lost(memo, f"cannot be read: {error}") from error
        self.mark_used(found)
        return value

    def mark_used(self, found: Found) -> None:
        """Note that a memo was reused, so that it is not the first to go.

        Parameters
        ----------
        found
            What `find` gave.

        Notes
        -----
        Written at most once an hour for each, many at a time, by the next thing that is kept.
        """
        now = time.time()
        if now - found.last_used > _HOUR:
            self._used[found.identity] = now
            if len(self._used) >= _PENDING:
                self._flush()

    def encode(self, value: object) -> Encoded:
        """Say what keeping a value takes; `put` takes the answer in its stead.

        Parameters
        ----------
        value
            Any value.

        Returns
        -------
        Encoded
            It refers to the value's own memory: to be used before that changes.

        Raises
        ------
        ValueNotStoredError
            When the value cannot be written down.
        """
        return encode_value(value)

    def seconds_to_keep(self, size_bytes: int) -> float:
        """Estimate how long keeping so much and reading it again takes here.

        Parameters
        ----------
        size_bytes
            The size.

        Returns
        -------
        float
            Seconds, from what was measured in this folder so far.
        """
        try:
            rows = self._index.query("SELECT overhead, per_byte FROM totals")
        except StoreError:
            rows = []
        overhead, per_byte = rows[0] if rows else _PRIOR
        return float(overhead + per_byte * size_bytes)

    def put(self, memo: Memo, value: object = NOTHING, *, files: Iterable[str] = ()) -> bool:
        """Keep the record of a call, and its value.

        Parameters
        ----------
        memo
            The record. It replaces the one of the same key, seed and reads.
        value
            The value, or what `encode` made of it. When none is given, one that is kept for the
            same call with the same content stays.
        files
            Digests of the contents in `files` that the record refers to.

        Returns
        -------
        bool
            Whether the record and the value, if one is given, are kept.
        """
        encoded, is_kept = self._encode_to_keep(value)
        given = (self._place, memo, encoded, tuple(files), self._lost)
        try:
            try:
                kept = keep(*given)
            except IndexLostError:  # it is set aside: begin a new one
                kept = keep(*given)
            self._flush()
            if kept.total_bytes > self.limit_bytes:
                evict(self._place, int(self.limit_bytes * _KEPT_AFTER_CLEANING))
        except StoreError as error:
            self._warn("kept", error)
            return False
        return is_kept and (kept.has_value or encoded is None)

    def put_later(self, memo: Memo, encoded: Encoded | None) -> bool:
        """Keep the record of a quick call, together with others within a quarter of a second.

        Parameters
        ----------
        memo
            The record.
        encoded
            Its value as `encode` gave it; None when none is kept.

        Returns
        -------
        bool
            Whether a value is kept.
        """
        if encoded is not None and encoded.inline is None:
            return self.put(memo, encoded)
        try:
            if self._later.add(memo, encoded) > self.limit_bytes:
                evict(self._place, int(self.limit_bytes * _KEPT_AFTER_CLEANING))
        except StoreError as error:
            self._warn("kept", error)
            return False
        return encoded is not None

    def flush(self) -> None:
        """Write down what was put off."""
        try:
            self._later.write()
            self._flush()
        except StoreError as error:
            self._warn("kept", error)

    def _encode_to_keep(self, value: object) -> tuple[Encoded | None, bool]:
        """Encode a value that is to be kept; None when there is none, or it cannot be."""
        if value is NOTHING:
            return None, True
        if not isinstance(value, Encoded):
            try:
                value = encode_value(value)
            except ValueNotStoredError:
                return None, False
        if value.size_bytes > self.limit_bytes:
            return None, False
        return value, True

    def forget(self, *, key: str | None = None, function: str | None = None) -> int:
        """Remove memos, and what only they referred to.

        Parameters
        ----------
        key
            Only those of this key.
        function
            Only those of the function of this dotted name.

        Returns
        -------
        int
            How many were removed; all there are when neither is given.
        """
        chosen = {"key": key, "function": function}
        given = {name: value for name, value in chosen.items() if value is not None}
        where = " AND ".join(f"{name} = ?" for name in given) or "1"
        try:
            self._later.write()
            if not self._index.path.exists():
                return 0
            with self._index.writing() as sql:
                query = f"SELECT id FROM memos WHERE {where}"  # noqa: S608 - names of columns
                rows = [row[0] for row in sql.execute(query, tuple(given.values()))]
                lone = drop_rows(sql, rows)
            sweep(self._place, lone)
        except StoreError as error:
            self._warn("forgotten", error)
            return 0
        return len(rows)

    def info(self) -> Info:
        """Say what is kept: how many calls, how many bytes, and of which functions."""
        try:
            self._later.write()
            functions = tuple(Used(*row) for row in self._index.query(_PER_FUNCTION))
            rows = self._index.query("SELECT bytes FROM totals")
        except StoreError as error:
            self._warn("read", error)
            return Info(0, 0, ())
        total = rows[0][0] if rows else 0
        return Info(sum(used.calls for used in functions), total, functions)

    def clean(self, limit_bytes: int | None = None, *, dry_run: bool = False) -> Freed:
        """Free space: what is least worth it goes first.

        Parameters
        ----------
        limit_bytes
            How much may stay; the folder's own limit by default.
        dry_run
            Only say what would be freed.

        Returns
        -------
        Freed
            What was freed.

        Notes
        -----
        What goes first has the fewest seconds of recomputing per byte, divided by one more than
        the days since it was last used. The records stay, without their values.
        """
        limit = self.limit_bytes if limit_bytes is None else limit_bytes
        try:
            self._later.write()
            self._flush()
            return clean(self._place, limit, dry_run=dry_run)
        except StoreError as error:
            self._warn("cleaned", error)
            return Freed()

    def close(self) -> None:
        """Close the index; the next use opens it again."""
        self.flush()
        self._index.close()

    def _locate(self, memo: Found | Memo) -> Found | None:
        if isinstance(memo, Found):
            return memo
        same = _conditions(memo)
        for found in self.find(memo.key, seed=memo.seed):
            if _conditions(found.memo) == same:
                return found
        return None

    def _give_up(self, found: Found) -> None:
        """Let the next put replace a value that cannot be read."""
        self._lost.add(found.identity if found.inline is not None else found.payload)

    def _flush(self) -> None:
        """Write down what was used."""
        if self._used:
            _write_used(self._index, self._used)

    def _warn(self, verb: str, error: OSError) -> None:
        warn_once(
            f"memos in {self.folder} cannot be {verb}: {error}",
            about=f"memos {self.folder} {verb}",
        )


def _end(index: Index, used: dict[int, float], later: Later) -> None:
    """Write down what was put off and close, unless this is a fork that has inherited that."""
    if later.process == os.getpid():
        with suppress(StoreError):
            later.write()
        if used:
            _write_used(index, used)
        index.close()


def _write_used(index: Index, used: dict[int, float]) -> None:
    """Write down what was used, many at once."""
    rows = [(now, identity) for identity, now in used.copy().items()]
    used.clear()
    with suppress(StoreError), index.writing() as sql:  # it only puts off their end
        sql.executemany("UPDATE memos SET used = ? WHERE id = ?", rows)


def _reopen(folder: Path, limit_bytes: int) -> Memos:
    """Open a folder in another process."""
    return Memos(folder, limit_bytes=limit_bytes)


def _conditions(memo: Memo) -> tuple[object, ...]:
    return memo.seed, sorted(memo.reads, key=lambda read: read[0])


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _lost(memo: Found | Memo, why: str) -> MemoLostError:
    record = memo.memo if isinstance(memo, Found) else memo
    place = None
    if isinstance(memo, Found) and memo.payload != INLINE:
        place = memo.payload
    return MemoLostError(
        f"the value of a call of {record.function} {why}",
        where=place,
        hint="call it again: it is computed and kept anew",
    )
