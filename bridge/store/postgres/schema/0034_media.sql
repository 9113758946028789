-- Works with the code of schema 30 and newer.
-- The videos of the mirror. file: the id of the attachment. state: pending, kept, given_up or deleting. A pending one is to
-- be downloaded from due_ms on, unless claim_ms is later, until which somebody does. Of one that is deleting the file is
-- deleted, then the row. size: as Discord announced it. sha256: there is a file.
CREATE TABLE media (
    name     TEXT COLLATE "C" PRIMARY KEY,
    job      TEXT COLLATE "C" NOT NULL,
    tenant   TEXT COLLATE "C" NOT NULL,
    file     TEXT COLLATE "C" NOT NULL,
    state    TEXT COLLATE "C" NOT NULL,
    size     BIGINT NOT NULL,
    sha256   TEXT COLLATE "C",
    tries    BIGINT NOT NULL DEFAULT 0,
    due_ms   BIGINT NOT NULL,
    claim_ms BIGINT NOT NULL DEFAULT 0,
    made_ms  BIGINT NOT NULL,
    UNIQUE (job, file)
);
CREATE INDEX media_pending ON media (made_ms) WHERE state = 'pending';
CREATE INDEX media_waiting ON media (tenant) WHERE state = 'pending';
CREATE INDEX media_kept ON media (made_ms) WHERE state = 'kept';
CREATE INDEX media_by_age ON media (made_ms) WHERE state <> 'deleting';
CREATE INDEX media_leaving ON media (claim_ms) WHERE state = 'deleting';

-- Whoever deletes a job, older code too: its videos can no longer be fetched, and are deleted.
CREATE FUNCTION delete_media() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE media SET state = 'deleting', tenant = '' WHERE job = OLD.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER jobs_media_deleted AFTER DELETE ON jobs FOR EACH ROW EXECUTE FUNCTION delete_media();
