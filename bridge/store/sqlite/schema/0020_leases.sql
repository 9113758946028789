-- The processes that share this database. heartbeat: how often each has shown that it lives; the others watch it change
-- and compare no times. The times are for people.
CREATE TABLE machines (
    id              TEXT    PRIMARY KEY,
    name            TEXT    NOT NULL,
    started_ms      INTEGER NOT NULL,
    heartbeat       INTEGER NOT NULL,
    heartbeat_ms    INTEGER NOT NULL,
    is_draining     INTEGER NOT NULL DEFAULT 0,
    reaches_discord INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

-- Which process connects the accounts of a Discord person. epoch: grows with each holder. machine: NULL for none.
CREATE TABLE leases (
    person_hash TEXT    PRIMARY KEY,
    machine     TEXT,
    epoch       INTEGER NOT NULL,
    since_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX leases_machine ON leases (machine);

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('machines', 'machines', '4 1'),
    ('leases', 'leases', '100 1'),
    ('leases', 'leases_machine', '100 25');
ANALYZE sqlite_schema;
