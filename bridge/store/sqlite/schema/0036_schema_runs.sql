-- Which files of the schema were run since this one, by which version of the bridge, when, and how long each took.
CREATE TABLE schema_runs (
    number  INTEGER PRIMARY KEY,
    version TEXT    NOT NULL,
    at_ms   INTEGER NOT NULL,
    took_ms INTEGER NOT NULL
) STRICT;
