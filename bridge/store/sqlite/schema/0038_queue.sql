-- A job that waits for an account has none yet. Only the constraint goes, so no row is written again: this is the way that
-- SQLite documents for it (lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
   SET sql = replace(sql, 'account     INTEGER NOT NULL REFERENCES', 'account     INTEGER REFERENCES')
 WHERE type = 'table' AND name = 'jobs';
PRAGMA writable_schema = RESET;

-- The jobs that wait for an account, in the order in which they are given one. place: whose turn it is among those of a
-- priority; the jobs of a group stand in it one after another. channel, account: the one that it waits for; without them,
-- any account of the tenant's list.
CREATE TABLE queue (
    job        TEXT    PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    tenant     TEXT    NOT NULL,
    priority   INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    grouped_by TEXT    NOT NULL,
    channel    TEXT,
    account    INTEGER,
    most_jobs  INTEGER,
    file_bytes INTEGER NOT NULL,
    queued_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_order ON queue (tenant, priority DESC, place, number);
CREATE INDEX queue_age ON queue (queued_ms);

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('queue', 'queue', '200 1'),
    ('queue', 'queue_order', '200 200 100 2 1'),
    ('queue', 'queue_age', '200 1');
ANALYZE sqlite_schema;
