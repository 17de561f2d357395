"""Which trials had content of a digest, and as what."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from anew.errors import StoreError
from anew.model import Use
from anew.stores.schema import VERSION
from anew.stores.searching import Searching

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Tracing"]

_COLUMNS: Final = "number, uuid, role, {name}, digest, size_bytes, {format}"
_SMALL_STORE: Final = 200
"""Of fewer trials all is looked through as quickly as an index is made."""

_PATIENCE_S: Final = 1.0
"""Who only asks waits no longer for others that write."""

_TABLES: Final = (("artifacts", "name", "format"), ("files", "path", "NULL"))


class Tracing(Searching):
    """The part of a store that finds trials by content."""

    def uses(self, digests: Collection[str]) -> list[Use]:
        """List what trials kept, wrote or read with one of some digests.

        Parameters
        ----------
        digests
            Of the bytes of a file.

        Returns
        -------
        list of Use
            In the order of the trials' numbers.
        """
        wanted = sorted(digests)
        self._index_digests()
        marks = ", ".join("?" * len(wanted))
        queries = [f"{_select(*each)} WHERE digest IN ({marks})" for each in _TABLES]
        found = self._rows(Use, " UNION ALL ".join(queries), *wanted, *wanted)
        return sorted({*found, *self._said_uses({*wanted})})

    def kept_folders(self) -> Iterator[Use]:
        """Give each folder that is one set of data, of which the listing is kept, the newest first.

        Its digest is that of the listing, which has the digests of the files in it.
        """
        query = f"{_select(*_TABLES[1])} WHERE count IS NOT NULL AND kept ORDER BY number DESC"
        seen: set[str] = set()
        for use in self._rows(Use, query):
            if use.digest not in seen:
                seen.add(use.digest)
                yield use

    def kept_contents(self) -> Iterator[Use]:
        """Give each content that trials kept or wrote, or read, once, the newest first."""
        kept = ("digest != ''", "digest != '' AND kept")
        pairs = zip(_TABLES, kept, strict=True)
        queries = [f"{_select(*each)} WHERE {condition}" for each, condition in pairs]
        seen: set[str] = set()
        query = f"{' UNION ALL '.join(queries)} ORDER BY number DESC"
        for use in [*self._said_uses(None), *self._rows(Use, query)]:
            if use.digest not in seen:
                seen.add(use.digest)
                yield use

    def _said_uses(self, digests: Collection[str] | None) -> Iterator[Use]:
        """Give those of trials that are not closed, which the tables do not have yet."""
        for trial in self.running():
            for each in self.artifacts(trial.uuid):
                if each.digest and (digests is None or each.digest in digests):
                    who = trial.number, trial.uuid, each.role, each.name
                    yield Use(*who, each.digest, each.size_bytes, each.format)
            for file in self.files(trial.uuid):
                if file.digest in digests if digests is not None else file.kept:
                    who = trial.number, trial.uuid, file.role, file.path
                    yield Use(*who, file.digest, file.size_bytes, None)

    def _index_digests(self) -> None:
        """Make the indexes by digest in a store that has grown, where it can be written."""
        if self.last_number() < _SMALL_STORE:
            return
        names = [f"{table}_by_digest" for table, _, _ in _TABLES]
        if all(self._has_index(name) for name in names):
            return
        with suppress(StoreError):  # nothing may be written here: it is slower then
            with self.connection.reading() as sql:
                (version,) = sql.execute("PRAGMA user_version").fetchone()
            if version == VERSION:  # reading migrates nothing
                with self.connection.writing(patience_s=_PATIENCE_S) as sql:
                    for table, name in zip((each[0] for each in _TABLES), names, strict=True):
                        sql.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table} (digest)")


def _select(table: str, name: str, form: str) -> str:
    columns = _COLUMNS.format(name=name, format=form)
    return f"SELECT {columns} FROM {table} JOIN trials ON trial = uuid"  # noqa: S608 - our own names
