-- Works with the code of schema 25 and newer.
-- The move of a whole installation between databases that this one is or was part of: at most one row. role: source or
-- target. other: the other database, for people. state: unfinished, finished, given_up (a bridge was started on the source).
-- counts: how many rows were moved, as JSON, in a source that is finished.
CREATE TABLE moves (
    id     TEXT COLLATE "C" PRIMARY KEY,
    role   TEXT COLLATE "C" NOT NULL,
    other  TEXT COLLATE "C" NOT NULL,
    state  TEXT COLLATE "C" NOT NULL,
    at_ms  BIGINT NOT NULL,
    counts TEXT COLLATE "C"
);
