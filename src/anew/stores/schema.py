"""The tables of a store, for SQL that can be read without anew."""

from __future__ import annotations

from typing import Final

__all__ = ["APPLICATION_ID", "SCHEMA", "VERSION"]

VERSION: Final = 4
"""Of the schema; kept in ``PRAGMA user_version``."""

APPLICATION_ID: Final = 0x616E6577
"""``anew`` in ASCII: how `file(1)` and we know that a database is ours."""

SCHEMA: Final = """
CREATE TABLE experiments (
    name TEXT PRIMARY KEY,
    seed INTEGER,
    created REAL NOT NULL
) STRICT;

CREATE TABLE trials (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice, not even after a removal
    uuid TEXT NOT NULL UNIQUE,
    experiment TEXT NOT NULL REFERENCES experiments (name),
    status TEXT NOT NULL,
    started REAL NOT NULL,                     -- UTC seconds
    seconds REAL,
    seed TEXT NOT NULL,                        -- 64 bits unsigned do not fit an INTEGER
    parameters TEXT NOT NULL,                  -- JSON
    metrics TEXT NOT NULL DEFAULT '{}',        -- JSON: the last value of each
    process TEXT NOT NULL,                     -- JSON: who runs it, to tell a killed trial
    reproduces TEXT,                           -- UUID of the trial that this one made anew
    error TEXT,                                -- JSON
    parent TEXT,                               -- UUID of the trial within which it ran
    tags TEXT NOT NULL DEFAULT '[]',           -- JSON: words to find it by
    notes TEXT NOT NULL DEFAULT '[]'           -- JSON: what somebody wants to remember
) STRICT;
CREATE INDEX trials_of_experiment ON trials (experiment, number);
CREATE INDEX trials_running ON trials (status) WHERE status = 'running';

CREATE TABLE facets (
    digest TEXT PRIMARY KEY,
    content TEXT NOT NULL                      -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE trial_facets (
    trial TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL REFERENCES facets (digest),
    PRIMARY KEY (trial, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    trial TEXT NOT NULL,
    label TEXT NOT NULL,
    function TEXT NOT NULL,
    started REAL NOT NULL,
    seconds REAL NOT NULL,
    worker TEXT NOT NULL,
    status TEXT NOT NULL,
    seed TEXT NOT NULL,
    digest TEXT,
    inputs TEXT NOT NULL DEFAULT '[]',         -- JSON: labels of the steps it took values from
    drew INTEGER NOT NULL DEFAULT 0,           -- from a random generator that all code shares
    key TEXT,                                  -- digest of code and arguments
    code TEXT,                                 -- digest of the code alone
    parts TEXT NOT NULL DEFAULT '[]',          -- JSON: the arguments, files and seed
    reused TEXT,                               -- UUID of the trial that computed it
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX steps_of_trial ON steps (trial, started);
CREATE INDEX steps_that_drew ON steps (function) WHERE drew;

CREATE TABLE codes (
    digest TEXT PRIMARY KEY,
    parts TEXT NOT NULL                        -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY,
    trial TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    format TEXT,
    digest TEXT,
    content TEXT,
    size_bytes INTEGER NOT NULL,
    summary TEXT NOT NULL,
    UNIQUE (trial, role, name)
) STRICT;

CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    trial TEXT NOT NULL,
    role TEXT NOT NULL,
    path TEXT NOT NULL,
    digest TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    rows INTEGER,
    kept INTEGER NOT NULL,
    count INTEGER,                             -- files in it, when it is a folder
    origin TEXT NOT NULL DEFAULT '',           -- URL that it came from
    first REAL,                                -- UTC seconds of its first use
    last REAL,
    UNIQUE (trial, role, path)
) STRICT;

CREATE TABLE blocks (
    trial TEXT NOT NULL,
    metric TEXT NOT NULL,
    number INTEGER NOT NULL,                   -- from 0, in the order of logging
    count INTEGER NOT NULL,                    -- of points
    first_step INTEGER,
    last_step INTEGER,
    first REAL,                                -- values; NaN is NULL
    last REAL,
    lo REAL,                                   -- the least that is not NaN
    lo_step INTEGER,
    lo_time REAL,
    hi REAL,                                   -- the greatest
    hi_step INTEGER,
    hi_time REAL,
    points BLOB NOT NULL,                      -- steps, values, times
    PRIMARY KEY (trial, metric, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE folded (
    trial TEXT NOT NULL,
    file TEXT NOT NULL,                        -- of the journal
    size INTEGER NOT NULL,                     -- bytes of it that the tables have
    time REAL,                                 -- UTC seconds of the last that it says there
    PRIMARY KEY (trial, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE console (
    trial TEXT NOT NULL,
    number INTEGER NOT NULL,                   -- from 0, in the order of printing
    size INTEGER NOT NULL,                     -- in characters
    dropped INTEGER NOT NULL,                  -- characters before it that are not kept
    text BLOB NOT NULL,                        -- zlib of JSON: [[stream, text, time], ...]
    PRIMARY KEY (trial, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    trial TEXT NOT NULL,
    time REAL NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX events_of_trial ON events (trial);
"""
