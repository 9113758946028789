-- Links that are about to expire and whose accounts another process runs: it deletes the row of a link when it begins to
-- renew it. until_ms: how long somebody waits for it.
CREATE TABLE link_requests (
    place    TEXT    PRIMARY KEY,
    url      TEXT    NOT NULL,
    tenant   TEXT    NOT NULL,
    account  INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('link_requests', 'link_requests', '10 1');
ANALYZE sqlite_schema;
