"""The tables of the index of memos, for SQL that can be read without anew."""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "SCHEMA", "VERSION"]

VERSION: Final = 1
"""Of the schema; kept in ``PRAGMA user_version``."""

APPLICATION_ID: Final = 0x616E6D6F
"""``anmo`` in ASCII: how `file(1)` and we know that a database is ours."""

SCHEMA: Final = """
CREATE TABLE memos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
    key TEXT NOT NULL,
    function TEXT NOT NULL,
    content TEXT,
    seconds REAL NOT NULL,
    cost REAL NOT NULL,
    seed TEXT,                             -- 64 bits unsigned do not fit an INTEGER
    reads TEXT NOT NULL,                   -- JSON: [[path, digest or null], ...], sorted; or empty
    effects TEXT NOT NULL,                 -- JSON, or empty
    code TEXT NOT NULL,
    parts TEXT NOT NULL,                   -- JSON, or empty
    trial TEXT,
    created REAL NOT NULL,                 -- UTC seconds
    used REAL NOT NULL,                    -- UTC seconds, to the hour
    payload TEXT,                          -- name of a file below values/
    size INTEGER NOT NULL DEFAULT 0,       -- of the payload, in bytes
    inline BLOB                            -- or the payload itself
) STRICT;
CREATE INDEX memos_of_key ON memos (key);  -- and in it by id
CREATE INDEX memos_of_function ON memos (function);
CREATE INDEX memos_of_payload ON memos (payload) WHERE payload IS NOT NULL;

CREATE TABLE files (                       -- contents of files that calls wrote, below files/
    memo INTEGER NOT NULL REFERENCES memos (id),
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (memo, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX files_of_digest ON files (digest);

CREATE TABLE contents (                    -- payloads and files, each once
    name TEXT PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
    bytes INTEGER NOT NULL,                -- of contents and of payloads in rows
    overhead REAL NOT NULL,                -- seconds that keeping anything takes here
    per_byte REAL NOT NULL                 -- and seconds for each byte more
) STRICT;
INSERT INTO totals VALUES (0, 1e-3, 1e-9);

CREATE TRIGGER content_comes AFTER INSERT ON contents BEGIN
    UPDATE totals SET bytes = bytes + NEW.size;
END;
CREATE TRIGGER content_goes AFTER DELETE ON contents BEGIN
    UPDATE totals SET bytes = bytes - OLD.size;
END;
CREATE TRIGGER inline_comes AFTER INSERT ON memos WHEN NEW.inline IS NOT NULL BEGIN
    UPDATE totals SET bytes = bytes + length(NEW.inline);
END;
CREATE TRIGGER inline_goes AFTER DELETE ON memos WHEN OLD.inline IS NOT NULL BEGIN
    UPDATE totals SET bytes = bytes - length(OLD.inline);
END;
CREATE TRIGGER inline_freed AFTER UPDATE OF inline ON memos BEGIN
    UPDATE totals SET bytes = bytes - ifnull(length(OLD.inline), 0) + ifnull(length(NEW.inline), 0);
END;
"""
