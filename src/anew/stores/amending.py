"""Trials that are tagged, annotated and removed after they were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anew.errors import StoreError
from anew.stores.adopting import Adopting
from anew.stores.encoding import read_json, to_json, to_text
from anew.stores.unkept import list_journals

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["Amending", "add_marks"]

_TABLES: Final = (
    "SELECT name FROM sqlite_schema AS known WHERE type = 'table'"
    " AND EXISTS (SELECT 1 FROM pragma_table_info(known.name) WHERE name = 'trial')"
)
"""All that say of a row which trial it belongs to."""

_REFERENCES: Final = {
    "child": "SELECT number, uuid, 1 FROM trials WHERE parent = ?",
    "reproduction": "SELECT number, uuid, 1 FROM trials WHERE reproduces = ?",
    "reuse": (
        "SELECT number, uuid, count(*) FROM steps JOIN trials ON trial = uuid"
        " WHERE reused = ? GROUP BY uuid"
    ),
}


class Amending(Adopting):
    """The part of a store that changes what was recorded, where a user asks for it."""

    def mark(self, uuid: str, kind: str, add: Sequence[str], remove: Collection[str] = ()) -> None:
        """Add tags or notes to a trial, running or not, or take some away.

        Parameters
        ----------
        uuid
            The trial's UUID.
        kind
            ``tags`` or ``notes``.
        add
            The texts to add; a tag that is there already stays once.
        remove
            The texts to take away.
        """
        with self.connection.writing() as sql:
            query = f"SELECT {kind} FROM trials WHERE uuid = ?"  # noqa: S608 - one of two words
            found = sql.execute(query, (uuid,)).fetchone()
            if found is None:
                message = f"trial {uuid} is not in the store any more"
                raise StoreError(message, where=self.url, hint="`anew ls` lists the trials")
            kept = [each for each in read_json(found[0]) if each not in remove]
            texts = [*kept, *map(to_text, add)]
            known = to_json(list(dict.fromkeys(texts)) if kind == "tags" else texts)
            sql.execute(f"UPDATE trials SET {kind} = ? WHERE uuid = ?", (known, uuid))  # noqa: S608

    def references(self, uuid: str) -> list[tuple[str, int, str, int]]:
        """List what refers to a trial: kind, number and UUID of the other trial, and how often."""
        return [
            (kind, *row)
            for kind, query in _REFERENCES.items()
            for row in self._rows(lambda *row: row, f"{query} ORDER BY number", uuid)
            if row[1] != uuid
        ]

    def remove(self, uuids: Iterable[str]) -> None:
        """Remove trials with all that only they have; their numbers are never given again.

        Facets and the content of files stay: other trials may have the same. `anew gc` frees the
        content that none has.
        """
        gone = list(uuids)
        with self.connection.writing() as sql:
            tables = [name for (name,) in sql.execute(_TABLES).fetchall()]
            for uuid in gone:
                for table in tables:
                    sql.execute(f"DELETE FROM {table} WHERE trial = ?", (uuid,))  # noqa: S608 - ours
                sql.execute("DELETE FROM trials WHERE uuid = ?", (uuid,))
        for uuid in gone:  # of one that could not be closed
            for path in list_journals(self.folder / "journal", uuid):
                path.unlink(missing_ok=True)


def add_marks(known: str, said: Iterable[Any]) -> str:
    """Add to the JSON of what a trial said itself what others said of it while it ran."""
    return to_json(list(dict.fromkeys([*said, *read_json(known)])))
