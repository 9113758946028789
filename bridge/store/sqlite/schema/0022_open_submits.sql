-- Jobs with a callback whose submit is not answered yet: another process must not send it before. until_ms: by when the
-- answer is written, or its process has ended.
CREATE TABLE open_submits (
    job      TEXT    PRIMARY KEY,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('open_submits', 'open_submits', '10 1');
ANALYZE sqlite_schema;
