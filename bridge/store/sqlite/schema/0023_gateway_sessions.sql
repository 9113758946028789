-- Where another process can resume the gateway session of a token: Discord's address for it, its id, the last event of
-- it that was processed, and when that was stored.
CREATE TABLE gateway_sessions (
    token_hash TEXT    PRIMARY KEY,
    url        TEXT    NOT NULL,
    session_id TEXT    NOT NULL,
    sequence   INTEGER NOT NULL,
    stored_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which process has stored a condition is known by the lease that it was stored under.
ALTER TABLE conditions DROP COLUMN machine;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('gateway_sessions', 'gateway_sessions', '100 1');
ANALYZE sqlite_schema;
