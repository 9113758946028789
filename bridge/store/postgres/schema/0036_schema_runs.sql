-- Works with the code of schema 30 and newer.
-- Which files of the schema were run since this one, by which version of the bridge, when, and how long each took.
CREATE TABLE schema_runs (
    number  BIGINT PRIMARY KEY,
    version TEXT COLLATE "C" NOT NULL,
    at_ms   BIGINT NOT NULL,
    took_ms BIGINT NOT NULL
);
