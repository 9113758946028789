-- The videos of the mirror. file: the id of the attachment. state: pending, kept, given_up or deleting. A pending one is to
-- be downloaded from due_ms on, unless claim_ms is later, until which somebody does. Of one that is deleting the file is
-- deleted, then the row. size: as Discord announced it. sha256: there is a file.
CREATE TABLE media (
    name     TEXT    PRIMARY KEY,
    job      TEXT    NOT NULL,
    tenant   TEXT    NOT NULL,
    file     TEXT    NOT NULL,
    state    TEXT    NOT NULL,
    size     INTEGER NOT NULL,
    sha256   TEXT,
    tries    INTEGER NOT NULL DEFAULT 0,
    due_ms   INTEGER NOT NULL,
    claim_ms INTEGER NOT NULL DEFAULT 0,
    made_ms  INTEGER NOT NULL,
    UNIQUE (job, file)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_pending ON media (made_ms) WHERE state = 'pending';
CREATE INDEX media_waiting ON media (tenant) WHERE state = 'pending';
CREATE INDEX media_kept ON media (made_ms) WHERE state = 'kept';
CREATE INDEX media_by_age ON media (made_ms) WHERE state <> 'deleting';
CREATE INDEX media_leaving ON media (claim_ms) WHERE state = 'deleting';

-- Whoever deletes a job: its videos can no longer be fetched, and are deleted.
CREATE TRIGGER jobs_media_deleted AFTER DELETE ON jobs BEGIN
    UPDATE media SET state = 'deleting', tenant = '' WHERE job = old.id;
END;

-- In the statistics of 0012, for what is new.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('media', 'media', '100000 1'),
    ('media', 'sqlite_autoindex_media_2', '100000 2 1'),
    ('media', 'media_pending', '100 1 1'),
    ('media', 'media_waiting', '100 10 1'),
    ('media', 'media_kept', '90000 1 1'),
    ('media', 'media_by_age', '100000 1 1'),
    ('media', 'media_leaving', '50 25 1');
ANALYZE sqlite_schema;
