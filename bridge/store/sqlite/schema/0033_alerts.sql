-- What the operator was last told of an account that is not connected: who sends the alerts next repeats none, and tells
-- that the account is connected again.
CREATE TABLE alerts (
    tenant   TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    standing TEXT    NOT NULL,
    told_ms  INTEGER NOT NULL,
    PRIMARY KEY (tenant, channel)
) STRICT, WITHOUT ROWID;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('alerts', 'alerts', '10 5 1');
ANALYZE sqlite_schema;
