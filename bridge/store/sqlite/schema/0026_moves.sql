-- The move of a whole installation between databases that this one is or was part of: at most one row. role: source or
-- target. other: the other database, for people. state: unfinished, finished, given_up (a bridge was started on the source).
-- counts: how many rows were moved, as JSON, in a source that is finished.
CREATE TABLE moves (
    id     TEXT    PRIMARY KEY,
    role   TEXT    NOT NULL,
    other  TEXT    NOT NULL,
    state  TEXT    NOT NULL,
    at_ms  INTEGER NOT NULL,
    counts TEXT
) STRICT, WITHOUT ROWID;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('moves', 'moves', '1 1');
ANALYZE sqlite_schema;
