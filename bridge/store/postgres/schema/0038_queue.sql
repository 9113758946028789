-- Works with the code of schema 30 and newer.
-- A job that waits for an account has none yet. Code that knows no queue leaves such a job alone: it cannot read it.
ALTER TABLE jobs ALTER COLUMN account DROP NOT NULL;

-- The jobs that wait for an account, in the order in which they are given one. place: whose turn it is among those of a
-- priority; the jobs of a group stand in it one after another. channel, account: the one that it waits for; without them,
-- any account of the tenant's list.
CREATE TABLE queue (
    job        TEXT COLLATE "C" PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    tenant     TEXT COLLATE "C" NOT NULL,
    priority   BIGINT NOT NULL,
    place      BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    grouped_by TEXT COLLATE "C" NOT NULL,
    channel    TEXT COLLATE "C",
    account    BIGINT,
    most_jobs  BIGINT,
    file_bytes BIGINT NOT NULL,
    queued_ms  BIGINT NOT NULL
);
CREATE INDEX queue_order ON queue (tenant, priority DESC, place, number);
CREATE INDEX queue_age ON queue (queued_ms);
